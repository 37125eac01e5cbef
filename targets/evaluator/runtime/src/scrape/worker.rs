//! The thread of one target.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use super::{
    Reason, Scrape, ScrapeError, Target, TargetHealth,
    client::Client,
    control::{Control, End, lock},
    scraper::Shared,
    table::Table,
};
use crate::{
    clock::wall_ms,
    log::{Level, say},
};

/// Bytes of a thread's stack: TLS needs the most. Only what is used is memory.
const STACK: usize = 1 << 20;

/// A target that is being asked.
pub(super) struct Worker {
    pub target: Arc<Target>,
    pub control: Arc<Control>,
    pub health: Arc<Mutex<TargetHealth>>,
}

impl Worker {
    /// Begins to ask. Where the system has no thread to give, the health says so.
    pub fn start(target: Target, shared: &Arc<Shared>) -> Self {
        let target = Arc::new(target);
        let health = Arc::new(Mutex::new(TargetHealth::new(&target)));
        let worker = Worker { target, control: Arc::default(), health };
        let task = Task {
            client: Client::new(worker.target.clone()),
            target: worker.target.clone(),
            control: worker.control.clone(),
            health: worker.health.clone(),
            shared: shared.clone(),
            table: Table::default(),
        };
        if let Err(error) = spawn("scrape", move || task.run()) {
            let error = ScrapeError::new(Reason::Connect, format!("no thread could be started: {error}"));
            lock(&worker.health).failed(&error);
        }
        worker
    }
}

pub(super) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.to_string()).stack_size(STACK).spawn(run).map(drop)
}

struct Task {
    target: Arc<Target>,
    control: Arc<Control>,
    health: Arc<Mutex<TargetHealth>>,
    shared: Arc<Shared>,
    client: Client,
    table: Table,
}

impl Task {
    fn run(mut self) {
        let interval = self.target.options.interval;
        // The first at once, so that what is wrong shows early; the others at the target's own time.
        let mut next = Instant::now();
        let mut following = next + offset(&self.target);
        if following < next + interval / 2 {
            following += interval;
        }
        let end = loop {
            if let Some(end) = self.control.wait_until(next) {
                break end;
            }
            self.scrape();
            let late = Instant::now().saturating_duration_since(following);
            // What was missed is not made up for.
            let missed = late.as_nanos().div_ceil(interval.as_nanos().max(1)) as u32;
            next = following + interval * missed;
            following = next + interval;
        };
        if end == End::Removed {
            let error = ScrapeError::new(Reason::Removed, "the target is no longer asked");
            let ended = self.table.end_all();
            self.deliver(wall_ms(), Duration::ZERO, ended, Err(error));
        }
    }

    fn scrape(&mut self) {
        let (started_ms, started) = (wall_ms(), Instant::now());
        let fetched = self.client.fetch();
        let duration = started.elapsed();
        let filter = self.shared.filter();
        let read = fetched.and_then(|(text, format)| self.table.read(text, format, &self.target, &*filter, started_ms));
        let (ended, result) = match read {
            Ok((batch, ended)) => (ended, Ok(batch)),
            Err(error) => (self.table.end_all(), Err(error)),
        };
        let before = {
            let mut health = lock(&self.health);
            let before = health.up;
            (health.last_ms, health.duration) = (Some(started_ms), duration);
            match &result {
                Ok(batch) => health.succeeded(batch),
                Err(error) => health.failed(error),
            }
            before
        };
        self.tell(before, &result);
        let succeeded = result.is_ok();
        self.deliver(started_ms, duration, ended, result);
        if succeeded {
            self.table.tidy();
        }
    }

    /// Says what has changed: once that a target fails, however long it does, and once that it is back.
    fn tell(&self, before: Option<bool>, result: &Result<super::Batch, ScrapeError>) {
        let url = &self.target.url;
        match (before, result) {
            (None | Some(true), Err(error)) => say(Level::Warn, "scrape", format_args!("{url}: {}", error.message)),
            (Some(false), Ok(_)) => say(Level::Info, "scrape", format_args!("{url} answers again")),
            _ => {}
        }
    }

    fn deliver(
        &mut self,
        started_ms: i64,
        duration: Duration,
        ended: Vec<u32>,
        result: Result<super::Batch, ScrapeError>,
    ) {
        let scrape =
            Scrape { target: self.target.clone(), started_ms, duration, series: self.table.news(), ended, result };
        self.shared.gate.pass(|| (self.shared.sink)(scrape));
    }
}

/// When in the interval a target is asked: always the same for the same target, and spread over all of them.
fn offset(target: &Target) -> Duration {
    let mut hasher = DefaultHasher::new();
    (&target.url, &target.labels).hash(&mut hasher);
    target.options.interval.mul_f64(hasher.finish() as f64 / u64::MAX as f64)
}
