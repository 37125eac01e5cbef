//! The engine's thread.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use farthing_evaluator::{Evaluator, FlowTotal, RestoreError};
use farthing_gpu::Reader;
use farthing_plan::Plan;
use tokio::sync::oneshot;

use super::{
    Command, EngineOptions, NotTaken, Taken,
    answer::{Answers, Rate},
    feed::Targets,
    persist::Persistence,
    snapshot::{EngineHealth, Snapshot},
};
use crate::{
    alerts::{self, Notifier},
    clock::{Clock, Step},
    log::{Level, say},
    state::{OpenError, StateFile},
};

/// How often it looks at the clock.
const TICK: Duration = Duration::from_secs(1);
/// How often the GPUs that are sampled here are looked at. What adds up adds up in the sampler.
const GPUS: Duration = Duration::from_secs(5);
/// For how long samples may wait to be written.
const WRITE: Duration = Duration::from_secs(5);
/// For how long a snapshot is the newest.
const FRESH: Duration = Duration::from_secs(1);
/// How many messages are taken together at most.
const TOGETHER: usize = 128;

/// A batch that is counted and waits to be on the disk.
pub(super) struct Waiting {
    pub answer: oneshot::Sender<Result<Taken, NotTaken>>,
    pub taken: Taken,
}

pub(super) struct Worker {
    pub plan: Arc<Plan>,
    pub evaluator: Evaluator,
    pub persistence: Persistence,
    pub answers: Answers,
    pub rate: Rate,
    pub targets: Targets,
    pub health: EngineHealth,
    pub waiting: Vec<Waiting>,
    clock: Clock,
    gpus: Option<Reader>,
    notifier: Option<Arc<Notifier>>,
    /// When it began, in milliseconds since the epoch.
    started_ms: i64,
    /// The last minute that was evaluated.
    minute: i64,
    next_gpus: Instant,
    snapshot: Option<(Instant, Arc<Snapshot>)>,
    /// What flows had come to when all of it was on the disk.
    totals: Vec<FlowTotal>,
}

impl Worker {
    /// # Errors
    /// Where the state cannot be used.
    pub(super) fn open(options: EngineOptions) -> Result<Worker, OpenError> {
        let EngineOptions { plan, state, gpus, notifier, events_per_second, time } = options;
        let mut file = state.map(|folder| StateFile::open(&folder)).transpose()?;
        let mut evaluator = match &file {
            Some(file) => restore(&plan, file)?,
            None => Evaluator::new(&plan).map_err(|error| OpenError::Plan(error.to_string()))?,
        };
        if let (Some(file), Some(notifier)) = (&mut file, &notifier)
            && let Ok(Some(state)) = file.named(NOTIFIER)
        {
            match serde_json::from_slice(&state) {
                Ok(state) => notifier.restore(state),
                Err(error) => say(Level::Warn, "alerts", format_args!("what was told before is not known: {error}")),
            }
        }
        let report = evaluator.report();
        let mut clock = Clock::new(report.at_ms, time);
        let (started_ms, step) = clock.now();
        // Where it was away for long, nobody took in events: that none came says nothing.
        if report.at_ms > 0 {
            evaluator.absent(report.at_ms, started_ms);
        }
        let mut worker = Worker {
            plan,
            evaluator,
            persistence: Persistence::new(file),
            answers: Answers::default(),
            rate: Rate::new(events_per_second),
            targets: Targets::default(),
            health: EngineHealth::default(),
            waiting: Vec::new(),
            clock,
            gpus,
            notifier,
            started_ms,
            minute: report.at_ms.div_euclid(MINUTE_MS),
            next_gpus: Instant::now(),
            snapshot: None,
            totals: Vec::new(),
        };
        worker.stepped(step);
        // What is known now is on the disk before anything else happens: a folder that cannot be written is told at once.
        worker.write().map_err(|why| OpenError::Io {
            path: worker.persistence.path().unwrap_or_default(),
            error: std::io::Error::other(why),
        })?;
        worker.totals = worker.evaluator.totals();
        Ok(worker)
    }

    pub(super) fn run(mut self, commands: &Receiver<Command>) {
        let mut next_tick = Instant::now();
        loop {
            let until = next_tick.saturating_duration_since(Instant::now());
            let mut stop = None;
            match commands.recv_timeout(until) {
                Ok(command) => {
                    stop = self.take(command);
                    let more = std::iter::from_fn(|| commands.try_recv().ok()).take(TOGETHER);
                    for command in more {
                        stop = self.take(command).or(stop);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    self.finish();
                    return;
                }
            }
            if Instant::now() >= next_tick {
                self.tick();
                next_tick = Instant::now() + TICK;
            }
            if !self.waiting.is_empty() || self.persistence.is_due(WRITE) {
                // The failure is told, and answered to those who wait.
                let _ = self.write();
            }
            if let Some(stopped) = stop {
                self.finish();
                let _ = stopped.send(());
                return;
            }
        }
    }

    fn take(&mut self, command: Command) -> Option<oneshot::Sender<()>> {
        // An answer that nobody waits for any more is none.
        match command {
            Command::Scrape(scrape) => {
                self.now();
                let ahead_ms = self.clock.ahead_ms();
                self.feed(|targets, evaluator, health| targets.take(&scrape, ahead_ms, evaluator, health));
            }
            Command::Events(batch, answer) => self.events(batch, answer),
            Command::Snapshot(answer) => {
                let snapshot = self.snapshot();
                let _ = answer.send(snapshot);
            }
            Command::Reload(plan, answer) => {
                let result = self.reload(plan);
                let _ = answer.send(result);
            }
            Command::Look(looked) => {
                self.snapshot = None;
                self.tick();
                let _ = self.write();
                let _ = looked.send(());
            }
            Command::Stop(stopped) => return Some(stopped),
        }
        None
    }

    /// Gives samples to the evaluator. Where none of them is of a series that some flow reads, there is nothing to write.
    fn feed(&mut self, of: impl FnOnce(&mut Targets, &mut Evaluator, &mut EngineHealth)) {
        let known = |health: &EngineHealth| health.samples + health.samples_refused;
        let before = known(&self.health);
        of(&mut self.targets, &mut self.evaluator, &mut self.health);
        if known(&self.health) > before {
            self.persistence.changed();
        }
    }

    /// The time, by the clock that never goes back.
    pub(super) fn now(&mut self) -> i64 {
        let (now, step) = self.clock.now();
        if let Some(Step::Ahead(ms)) = step {
            self.evaluator.absent(now - ms, now);
        }
        self.stepped(step);
        now
    }

    fn stepped(&mut self, step: Option<Step>) {
        match step {
            None => {}
            Some(Step::Behind(ms)) => {
                self.health.clock_steps_back += 1;
                say(
                    Level::Warn,
                    "clock",
                    format_args!(
                        "the machine's clock is {} s behind what was judged already; farthing counts on by what \
                         passes, until the clock has come after it",
                        ms / 1_000
                    ),
                );
            }
            Some(Step::CaughtUp) => say(Level::Info, "clock", "the machine's clock has caught up"),
            Some(Step::Ahead(ms)) => {
                self.health.clock_steps_ahead += 1;
                say(
                    Level::Warn,
                    "clock",
                    format_args!(
                        "{} s passed at once: the machine slept, or its clock was set; what was not seen counts for nothing",
                        ms / 1_000
                    ),
                );
            }
        }
    }

    fn tick(&mut self) {
        let now = self.now();
        if let Some(gpus) = &self.gpus
            && Instant::now() >= self.next_gpus
        {
            self.next_gpus = Instant::now() + GPUS;
            let (samples, ahead_ms) = (gpus.snapshot(), self.clock.ahead_ms());
            self.feed(|targets, evaluator, health| targets.gpus(&samples, ahead_ms, evaluator, health));
        }
        let minute = now.div_euclid(MINUTE_MS);
        if minute > self.minute {
            self.minute = minute;
            self.evaluator.advance(now);
            self.persistence.changed();
            self.snapshot = None;
            self.notify(now);
        }
    }

    /// Tells which alerts fire as of this minute.
    fn notify(&mut self, now: i64) {
        let Some(notifier) = &self.notifier else { return };
        let report = self.evaluator.report();
        let mut firing = alerts::describe_all(&self.plan, &report);
        let mut last: HashMap<String, i64> = HashMap::new();
        for total in self.evaluator.totals() {
            if let Some(at) = total.last_ms {
                let known = last.entry(total.flow).or_insert(at);
                *known = at.max(*known);
            }
        }
        let last = |flow: &str| last.get(flow).copied();
        for service in &self.plan.services {
            firing.extend(alerts::silent(service, last, self.started_ms, now));
        }
        notifier.evaluate(now, firing);
        self.remember_told();
    }

    /// What was told of alerts is written with what comes next.
    fn remember_told(&mut self) {
        if let Some(notifier) = &self.notifier
            && let Ok(state) = serde_json::to_vec(&notifier.state())
        {
            self.persistence.remember(NOTIFIER, state);
        }
    }

    /// All that can be told now. What is in it is on the disk, as far as it can be written: a counter that was seen must
    /// not be less after a crash.
    fn snapshot(&mut self) -> Arc<Snapshot> {
        if let Some((made, snapshot)) = &self.snapshot
            && made.elapsed() < FRESH
        {
            return snapshot.clone();
        }
        let now = self.now();
        if self.persistence.has_changes() && self.persistence.refuses().is_none() {
            let _ = self.write();
        }
        // What could not be written is not shown.
        if self.persistence.why_not().is_none() {
            self.totals = self.evaluator.totals();
        }
        self.evaluator.advance(now);
        let snapshot = Arc::new(Snapshot {
            plan: self.plan.clone(),
            at_ms: now,
            started_ms: self.started_ms,
            report: self.evaluator.report(),
            totals: self.totals.clone(),
            state_bytes: self.evaluator.state_bytes(),
            file_bytes: self.persistence.bytes(),
            not_durable: self.persistence.why_not().map(str::to_string),
            health: EngineHealth { clock_behind_ms: self.clock.behind_ms(), ..self.health.clone() },
        });
        self.snapshot = Some((Instant::now(), snapshot.clone()));
        snapshot
    }

    /// Writes what changed, and answers those who wait for it.
    ///
    /// # Errors
    /// Why it cannot be written; then it is kept, and written with what comes next.
    pub(super) fn write(&mut self) -> Result<(), String> {
        let failed = self.persistence.why_not().is_some();
        let written = self.persistence.write(&mut self.evaluator);
        if written.is_err() != failed {
            // Whether it is ready has changed.
            self.snapshot = None;
        }
        if written.is_ok() && self.persistence.file().is_some() {
            self.answers.written();
        }
        for Waiting { answer, taken } in self.waiting.drain(..) {
            let said = match &written {
                Ok(()) => Ok(taken),
                Err(why) => Err(NotTaken::NotDurable { why: why.clone(), held: true }),
            };
            let _ = answer.send(said);
        }
        written
    }

    fn reload(&mut self, plan: Arc<Plan>) -> Result<(), String> {
        // Whatever the evaluator knows has to be in the file that the next one reads.
        self.write().map_err(|why| format!("the state cannot be written: {why}"))?;
        let evaluator = match self.persistence.file() {
            Some(file) => restore(&plan, file).map_err(|error| error.to_string())?,
            None => {
                say(Level::Warn, "state", "without --state the history ends where other files are read");
                Evaluator::new(&plan).map_err(|error| error.to_string())?
            }
        };
        self.evaluator = evaluator;
        self.plan = plan;
        self.totals = self.evaluator.totals();
        self.targets.renew(&mut self.evaluator);
        self.snapshot = None;
        self.health.reloads += 1;
        self.persistence.changed();
        Ok(())
    }

    fn finish(&mut self) {
        let now = self.now();
        self.evaluator.advance(now);
        self.remember_told();
        if let Err(why) = self.write() {
            say(Level::Error, "state", format_args!("what came last is lost: {why}"));
        }
    }
}

/// Under which name the notifier's state is kept.
const NOTIFIER: &str = "notifier";

const MINUTE_MS: i64 = 60_000;

fn restore(plan: &Plan, file: &StateFile) -> Result<Evaluator, OpenError> {
    let path = || file.path().to_path_buf();
    Evaluator::restore(plan, file).map_err(|error| match error {
        RestoreError::Read(error) => OpenError::read(path(), error),
        RestoreError::Plan(error) => OpenError::Plan(error.to_string()),
        RestoreError::Version { .. } => OpenError::Version { path: path(), what: error.to_string() },
        RestoreError::Damaged { record } => OpenError::Damaged { path: path(), what: record },
    })
}
