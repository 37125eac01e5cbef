//! What the sampler has published, for all who read it. Nobody holds a lock while a call is made.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    call::{Call, Tally},
    change::{Change, ChangeKind},
    clock::Clock,
    config::Config,
    row::Row,
};

/// What readers see.
#[derive(Debug, Default)]
pub(crate) struct Board {
    pub rows: Vec<Row>,
    pub tally: Tally,
    pub library: Library,
    /// How many rounds were made.
    pub rounds: u64,
}

/// Whether the library is open, and what there is to say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Library {
    pub up: bool,
    /// Nobody wants it.
    pub off: bool,
    pub kind: ChangeKind,
    pub message: String,
}

impl Default for Library {
    fn default() -> Self {
        Library { up: false, off: false, kind: ChangeKind::Ill, message: "GPU sampling is starting".into() }
    }
}

/// A call that was begun and has not returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InFlight {
    pub call: Call,
    /// The number of its GPU.
    pub gpu: Option<u32>,
    pub since: Duration,
}

/// What the sampler's threads and its readers share.
pub(crate) struct Shared {
    pub config: Config,
    pub clock: Arc<dyn Clock>,
    pub log: Box<dyn Fn(&Change<'_>) + Send + Sync>,
    pub board: Mutex<Board>,
    /// A round was made.
    pub changed: Condvar,
    pub in_flight: Mutex<Option<InFlight>>,
    pub stop: Mutex<Stop>,
    pub stopped: Condvar,
}

/// How far the sampler is with ending.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stop {
    pub asked: bool,
    pub ended: bool,
}

/// Locks. What is behind the lock is whole even where a thread panicked with it: it is only ever replaced.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// The call that has not returned for too long.
    pub fn hung(&self) -> Option<InFlight> {
        let in_flight = (*lock(&self.in_flight))?;
        let waited = self.clock.elapsed().saturating_sub(in_flight.since);
        (waited >= self.config.hang).then_some(in_flight)
    }
}

impl InFlight {
    /// What is said of a call that hangs.
    pub fn message(&self, hang: Duration) -> String {
        let of = self.gpu.map_or(String::new(), |gpu| format!(" of GPU {gpu}"));
        format!(
            "{}{of} has not returned for {} s: the driver hangs; no GPU is sampled until it returns, or the driver is \
             reloaded",
            self.call.name(),
            hang.as_secs_f64()
        )
    }
}
