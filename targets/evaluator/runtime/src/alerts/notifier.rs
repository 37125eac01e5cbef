//! The threads that send, one for each destination.

use std::{
    collections::BTreeSet,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use super::{
    book::{Book, Due, Kind, Outcome, Timing},
    destination::Destination,
    error::AlertsError,
    firing::Firing,
    post::Poster,
    state::NotifierState,
};
use crate::clock::wall_ms;

/// How long a request may take.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// The longest time for which a thread sleeps: it looks at the clock again then, which may have been set.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// To whom alerts are sent, and how often.
#[derive(Clone, Debug)]
pub struct NotifierConfig {
    /// To whom; may be empty.
    pub destinations: Vec<Destination>,
    /// How often.
    pub timing: Timing,
    /// How long a request may take: [`TIMEOUT`].
    pub timeout: Duration,
    /// Where people find farthing itself, for webhooks and alerts without a URL of their own; may be empty.
    pub external_url: String,
}

impl Default for NotifierConfig {
    fn default() -> NotifierConfig {
        NotifierConfig {
            destinations: vec![],
            timing: Timing::default(),
            timeout: TIMEOUT,
            external_url: String::new(),
        }
    }
}

/// How sending to a destination goes, since the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestinationHealth {
    /// What it is.
    pub kind: Kind,
    /// Its URL without what may be secret; webhooks of one host are numbered from the second on, `https://host (2)`.
    pub name: String,
    /// Alerts that arrived, each time that one did.
    pub sent: u64,
    /// Requests that failed or were refused.
    pub failed: u64,
    /// Alerts that were dropped: too many waited, or they were refused.
    pub dropped: u64,
    /// Alerts that wait now.
    pub queue: usize,
    /// What went wrong last; none where the last request succeeded.
    pub last_error: Option<String>,
    /// When a request succeeded last, in milliseconds since the Unix epoch.
    pub last_success_ms: Option<i64>,
}

/// Sends alerts. See the module's documentation.
pub struct Notifier {
    shared: Arc<Shared>,
    external_url: String,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    book: Book,
    health: Vec<DestinationHealth>,
    is_stopping: bool,
    running: usize,
}

impl Shared {
    /// A thread that panicked has changed the book wholly or not at all: it panics, if ever, while it sends.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Notifier {
    /// Starts a thread for each destination.
    ///
    /// # Errors
    /// Where a destination is there twice, or the system has no more threads.
    pub fn start(config: NotifierConfig) -> Result<Notifier, AlertsError> {
        let mut keys = BTreeSet::new();
        let mut health: Vec<DestinationHealth> = Vec::new();
        for destination in &config.destinations {
            if !keys.insert(destination.key().to_string()) {
                return Err(AlertsError::Twice { url: destination.name().into() });
            }
            let same = config.destinations[..health.len()]
                .iter()
                .filter(|other| (other.kind(), other.name()) == (destination.kind(), destination.name()));
            let name = match same.count() {
                0 => destination.name().to_string(),
                before => format!("{} ({})", destination.name(), before + 1),
            };
            health.push(DestinationHealth {
                kind: destination.kind(),
                name,
                sent: 0,
                failed: 0,
                dropped: 0,
                queue: 0,
                last_error: None,
                last_success_ms: None,
            });
        }
        let kinds = config.destinations.iter().map(|destination| (destination.key().to_string(), destination.kind()));
        let book = Book::new(config.timing, kinds);
        let shared = Arc::new(Shared {
            state: Mutex::new(State { book, health, is_stopping: false, running: 0 }),
            changed: Condvar::new(),
        });
        // Dropped, it stops the threads that were started already.
        let notifier = Notifier { shared: shared.clone(), external_url: config.external_url };
        for (index, destination) in config.destinations.into_iter().enumerate() {
            let poster = Poster::new(destination, config.timeout);
            let (shared, external_url) = (shared.clone(), notifier.external_url.clone());
            shared.lock().running += 1;
            let of_thread = shared.clone();
            let started = thread::Builder::new().name(format!("alerts-{index}")).spawn(move || {
                // Also where it panics.
                let _running = Running(of_thread.clone());
                send(&of_thread, index, &poster, &external_url);
            });
            if let Err(error) = started {
                shared.lock().running -= 1;
                return Err(AlertsError::Thread(error.to_string()));
            }
        }
        Ok(notifier)
    }

    /// Takes in all alerts that fire as of an evaluation: what fired before and is not among them is resolved. Returns at
    /// once. `now_ms` is the time by the system's clock, in milliseconds since the Unix epoch.
    pub fn evaluate(&self, now_ms: i64, mut firing: Vec<Firing>) {
        for firing in firing.iter_mut().filter(|firing| firing.generator_url.is_empty()) {
            firing.generator_url.clone_from(&self.external_url);
        }
        self.shared.lock().book.evaluate(now_ms, firing);
        self.shared.changed.notify_all();
    }

    /// What must survive a restart, as of now.
    pub fn state(&self) -> NotifierState {
        self.shared.lock().book.state()
    }

    /// Goes on where [`Notifier::state`] was. To be called before the first [`Notifier::evaluate`].
    pub fn restore(&self, state: NotifierState) {
        self.shared.lock().book.restore(state);
        self.shared.changed.notify_all();
    }

    /// How sending goes, in the order of the destinations.
    pub fn health(&self) -> Vec<DestinationHealth> {
        let state = self.shared.lock();
        let mut health = state.health.clone();
        for (index, health) in health.iter_mut().enumerate() {
            (health.sent, health.dropped, health.queue) = state.book.counts(index);
        }
        health
    }

    /// How many alerts fire.
    pub fn firing(&self) -> usize {
        self.shared.lock().book.firing()
    }

    /// Sends what can be sent at once, for so long at most, and stops. What is left is in the state that is returned.
    pub fn stop(&self, grace: Duration) -> NotifierState {
        let until = Instant::now() + grace;
        let mut state = self.shared.lock();
        state.is_stopping = true;
        self.shared.changed.notify_all();
        while state.running > 0 {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.book.state()
    }
}

/// Without waiting for what is on its way.
impl Drop for Notifier {
    fn drop(&mut self) {
        self.shared.lock().is_stopping = true;
        self.shared.changed.notify_all();
    }
}

struct Running(Arc<Shared>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.lock().running -= 1;
        self.0.changed.notify_all();
    }
}

/// Sends to one destination until it is told to stop and nothing more can be sent.
fn send(shared: &Shared, index: usize, poster: &Poster, external_url: &str) {
    let mut state = shared.lock();
    loop {
        let now_ms = wall_ms();
        let message = match state.book.due(index, now_ms) {
            Due::Send(message) => message,
            Due::Wait(_) if state.is_stopping => return,
            Due::Wait(until) => {
                let pause = until.map_or(LONGEST_SLEEP, |until| {
                    Duration::from_millis(until.saturating_sub(now_ms).max(1).unsigned_abs())
                });
                let pause = pause.min(LONGEST_SLEEP);
                state = shared.changed.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
        };
        drop(state);
        let outcome = poster.post(&message.body(external_url));
        state = shared.lock();
        let now_ms = wall_ms();
        state.book.done(index, now_ms, &outcome);
        if let Some(health) = state.health.get_mut(index) {
            match outcome {
                Outcome::Delivered => {
                    health.last_error = None;
                    health.last_success_ms = Some(now_ms);
                }
                Outcome::Refused(why) | Outcome::Failed { why, .. } => {
                    health.failed += 1;
                    health.last_error = Some(why);
                }
            }
        }
        // Whoever waits for the end, and tests.
        shared.changed.notify_all();
    }
}
