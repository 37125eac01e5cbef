//! Samples in threads of its own.

use std::{
    sync::{Arc, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::{
    board::{Shared, lock},
    change::{Change, ChangeKind},
    clock::{Clock, SystemClock},
    config::Config,
    reader::{Reader, Sample, Status},
    sampling::Sampling,
    source::GpuSource,
};

/// Samples GPUs until it is dropped. One thread makes the calls; another notices where one of them hangs.
pub struct Sampler {
    shared: Arc<Shared>,
    reader: Reader,
    threads: Vec<JoinHandle<()>>,
}

/// How long dropping a sampler waits for a call that does not return.
const PATIENCE: Duration = Duration::from_secs(2);

impl Sampler {
    /// Begins to sample a source. The log takes a sentence for each change of what can be read: no library, a GPU that
    /// is lost or back, a call that hangs.
    ///
    /// # Errors
    ///
    /// A sentence about what is wrong with the configuration, or why no thread could be started.
    pub fn start(
        source: impl GpuSource,
        config: Config,
        log: impl Fn(&Change<'_>) + Send + Sync + 'static,
    ) -> Result<Sampler, String> {
        Sampler::start_with_clock(source, config, SystemClock::new(), log)
    }

    /// As [`start`](Sampler::start), with other clocks than the machine's for what lasts and what is written down.
    /// Rounds are still made as the machine's clock goes.
    ///
    /// # Errors
    ///
    /// As [`start`](Sampler::start).
    pub fn start_with_clock(
        source: impl GpuSource,
        config: Config,
        clock: impl Clock,
        log: impl Fn(&Change<'_>) + Send + Sync + 'static,
    ) -> Result<Sampler, String> {
        let sampling = Sampling::new(source, config, clock, log)?;
        let shared = sampling.shared().clone();
        let mut sampler = Sampler { reader: sampling.reader(), shared: shared.clone(), threads: Vec::new() };
        let start = |name: &str, run: Box<dyn FnOnce() + Send>| {
            let thread = thread::Builder::new().name(name.into()).spawn(run);
            thread.map_err(|error| format!("no thread could be started to sample GPUs: {error}"))
        };
        sampler.threads.push(start("gpu-sampler", Box::new(move || sample(sampling)))?);
        sampler.threads.push(start("gpu-watch", Box::new(move || watch(&shared)))?);
        Ok(sampler)
    }

    /// What reads it, and outlives it.
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// As [`Reader::snapshot`].
    pub fn snapshot(&self) -> Vec<Sample> {
        self.reader.snapshot()
    }

    /// As [`Reader::status`].
    pub fn status(&self) -> Status {
        self.reader.status()
    }
}

impl Drop for Sampler {
    /// Ends both threads. One whose call hangs is left to itself: it cannot be ended, and touches nothing of others.
    fn drop(&mut self) {
        let mut stop = lock(&self.shared.stop);
        stop.asked = true;
        self.shared.stopped.notify_all();
        let waited = self.shared.stopped.wait_timeout_while(stop, PATIENCE, |stop| !stop.ended);
        let ended = waited.unwrap_or_else(PoisonError::into_inner).0.ended;
        for thread in self.threads.drain(..) {
            if ended {
                // A thread that panicked has said so, and its sampler is gone either way.
                let _ = thread.join();
            }
        }
    }
}

/// Waits, unless it is asked to stop; whether it is.
fn stopped_within(shared: &Shared, time: Duration) -> bool {
    let stop = lock(&shared.stop);
    let waited = shared.stopped.wait_timeout_while(stop, time, |stop| !stop.asked);
    waited.unwrap_or_else(PoisonError::into_inner).0.asked
}

/// Says that the sampler has ended, in whatever way.
struct End(Arc<Shared>);

impl Drop for End {
    fn drop(&mut self) {
        if thread::panicking() {
            let message = "GPU sampling has ended, by a fault in farthing: please report it";
            let mut board = lock(&self.0.board);
            board.library.up = false;
            board.library.message = message.into();
            board.rows.iter_mut().for_each(|row| row.lose(message.into()));
            drop(board);
            (self.0.log)(&Change { kind: ChangeKind::Ill, text: message });
        }
        lock(&self.0.stop).ended = true;
        self.0.stopped.notify_all();
    }
}

fn sample<S: GpuSource>(mut sampling: Sampling<S>) {
    let end = End(sampling.shared().clone());
    let interval = end.0.config.interval;
    let mut next = Instant::now();
    loop {
        sampling.round();
        // A round that took too long is not made up for.
        next = (next + interval).max(Instant::now());
        if stopped_within(&end.0, next.saturating_duration_since(Instant::now())) {
            return;
        }
    }
}

/// Says where a call hangs, and that it has returned.
fn watch(shared: &Shared) {
    let mut hanging = None;
    while !stopped_within(shared, (shared.config.hang / 5).max(Duration::from_millis(10))) {
        match (shared.hung(), hanging) {
            (Some(hung), before) if before != Some(hung) => {
                (shared.log)(&Change { kind: ChangeKind::Ill, text: &hung.message(shared.config.hang) });
                hanging = Some(hung);
            }
            (None, Some(before)) => {
                let text = format!("{} has returned: GPUs are sampled again", before.call.name());
                (shared.log)(&Change { kind: ChangeKind::Well, text: &text });
                hanging = None;
            }
            _ => {}
        }
        if lock(&shared.stop).ended {
            return;
        }
    }
}
