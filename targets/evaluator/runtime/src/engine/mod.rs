//! The engine: one thread that owns the evaluator and the state file. All others send it what they have, and ask.
//!
//! Whatever waits when it looks is taken together and written in one transaction, so the more comes, the less each batch
//! costs. A batch of events is answered when that transaction is on the disk. Samples wait for the next one, a few
//! seconds at most: what is lost with the process is read again from the exporters' counters.

mod answer;
mod feed;
mod persist;
mod snapshot;
mod worker;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
};

use farthing_gpu::Reader;
use farthing_intake::{Mode, Parsed, Problems};
use farthing_plan::Plan;
use serde::{Deserialize, Serialize};
use tokio::sync::{oneshot, watch};

use crate::{alerts::Notifier, clock::Time, scrape::Scrape, state::OpenError};

pub use snapshot::{EngineHealth, Snapshot};

/// How many messages wait for the engine at most. A batch that finds it full is told to come later.
const QUEUE: usize = 256;

/// What an engine needs.
pub struct EngineOptions {
    /// What is evaluated.
    pub plan: Arc<Plan>,
    /// The folder of the state file; without one nothing outlives the process.
    pub state: Option<PathBuf>,
    /// GPUs that are sampled here.
    pub gpus: Option<Reader>,
    /// Who is told of alerts.
    pub notifier: Option<Arc<Notifier>>,
    /// How many events a second are taken in the long run.
    pub events_per_second: f64,
    /// Where the time comes from.
    pub time: Arc<dyn Time>,
}

/// A batch of events as it was read.
pub struct EventBatch {
    /// The plan that its rows were read by.
    pub plan: Arc<Plan>,
    /// Its rows.
    pub parsed: Parsed,
    /// What becomes of it where rows are bad.
    pub mode: Mode,
    /// A name of its sender's, so that it counts once however often it is sent.
    pub key: Option<String>,
}

/// What became of a batch. It is stored with the batch's key: one that is sent again has the same answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Events that count.
    pub taken: u64,
    /// Events that are older than every period: right, but of no use.
    pub too_old: u64,
    /// Rows that were left out.
    pub refused: u64,
    /// Whether this is the answer to an earlier batch with the same key, and nothing was counted now.
    #[serde(default)]
    pub again: bool,
    /// The first bad rows.
    #[serde(skip)]
    pub problems: Problems,
}

/// Why nothing of a batch was taken.
#[derive(Clone, Debug, PartialEq)]
pub enum NotTaken {
    /// Rows are bad, and it was to be all or nothing.
    Rows(Problems),
    /// The files changed between reading and taking it: send it again.
    OtherPlan,
    /// Too much comes; after so many seconds there is room.
    Busy {
        /// When to send it again.
        after_s: u64,
        /// What there is too much of.
        what: &'static str,
    },
    /// It cannot be written. Where it has a key it can be sent again without harm.
    NotDurable {
        /// Why.
        why: String,
        /// Whether it may be counted all the same, once there is room on the disk.
        held: bool,
    },
    /// The engine has ended.
    Ended,
}

enum Command {
    Scrape(Scrape),
    Events(EventBatch, oneshot::Sender<Result<Taken, NotTaken>>),
    Snapshot(oneshot::Sender<Arc<Snapshot>>),
    Reload(Arc<Plan>, oneshot::Sender<Result<(), String>>),
    Look(oneshot::Sender<()>),
    Stop(oneshot::Sender<()>),
}

/// A running engine. Clones are the same one.
#[derive(Clone)]
pub struct Engine {
    commands: SyncSender<Command>,
    /// Its sender is dropped when the thread ends.
    running: watch::Receiver<()>,
}

impl Engine {
    /// Opens the state and begins. The thread ends when [`Engine::stop`] was called, or by a panic.
    ///
    /// # Errors
    /// Where the state cannot be used.
    pub fn start(options: EngineOptions) -> Result<(Engine, JoinHandle<()>), OpenError> {
        let (commands, received): (_, Receiver<Command>) = sync_channel(QUEUE);
        let worker = worker::Worker::open(options)?;
        let (runs, running) = watch::channel(());
        let thread = std::thread::Builder::new().name("engine".to_string()).spawn(move || {
            // Dropped at the end, whatever it is.
            let _runs = runs;
            worker.run(&received);
        });
        let thread = thread.map_err(|error| OpenError::Io { path: PathBuf::from("a thread"), error })?;
        Ok((Engine { commands, running }, thread))
    }

    /// Gives it what a target said. Waits where it has much to do.
    pub fn scrape(&self, scrape: Scrape) {
        // Where it has ended, nobody counts any more.
        let _ = self.commands.send(Command::Scrape(scrape));
    }

    /// Gives it events; the answer comes when they are on the disk.
    ///
    /// # Errors
    /// Why nothing of them was taken.
    pub async fn events(&self, batch: EventBatch) -> Result<Taken, NotTaken> {
        let (answer, answered) = oneshot::channel();
        match self.commands.try_send(Command::Events(batch, answer)) {
            Ok(()) => answered.await.unwrap_or(Err(NotTaken::Ended)),
            Err(TrySendError::Full(_)) => Err(NotTaken::Busy { after_s: 1, what: "batches" }),
            Err(TrySendError::Disconnected(_)) => Err(NotTaken::Ended),
        }
    }

    /// All that can be told of it now; everything in it is on the disk. None where it has ended.
    pub async fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.ask(Command::Snapshot).await
    }

    /// Goes on with another plan, with the history that both share.
    ///
    /// # Errors
    /// Why it goes on with the one before.
    pub async fn reload(&self, plan: Arc<Plan>) -> Result<(), String> {
        let ended = || Err("the engine has ended".to_string());
        self.ask(|answer| Command::Reload(plan, answer)).await.unwrap_or_else(ended)
    }

    /// Looks at the clock now, as it does by itself every second: evaluates what has ended, and writes.
    pub async fn look(&self) {
        self.ask(Command::Look).await;
    }

    /// Waits until the thread has ended, whatever ended it.
    pub async fn ended(&self) {
        let mut running = self.running.clone();
        while running.changed().await.is_ok() {}
    }

    /// Writes everything and ends.
    pub async fn stop(&self) {
        self.ask(Command::Stop).await;
    }

    /// Sends a question without holding up the others where the queue is full.
    async fn ask<T: Send + 'static>(&self, question: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        let (commands, command) = (self.commands.clone(), question(answer));
        match commands.try_send(command) {
            Ok(()) => {}
            Err(TrySendError::Disconnected(_)) => return None,
            Err(TrySendError::Full(command)) => {
                let sent = tokio::task::spawn_blocking(move || commands.send(command).is_ok()).await;
                sent.ok().filter(|sent| *sent)?;
            }
        }
        answered.await.ok()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicBool, Ordering},
        time::Duration,
    };

    use super::*;

    /// A clock that is read by an engine until it breaks.
    struct Breaks(AtomicBool);

    impl Time for Breaks {
        fn wall_ms(&self) -> i64 {
            assert!(!self.0.load(Ordering::SeqCst), "the clock broke");
            1_700_000_000_000
        }

        fn passed(&self) -> Duration {
            Duration::ZERO
        }
    }

    #[tokio::test]
    async fn an_engine_that_panics_has_ended() {
        let time = Arc::new(Breaks(AtomicBool::new(false)));
        let plan = Plan {
            version: farthing_plan::VERSION,
            compiler: "test".into(),
            digest: String::new(),
            services: vec![],
            events: vec![],
            zones: vec![],
            scenarios: vec![],
        };
        let options = EngineOptions {
            plan: Arc::new(plan),
            state: None,
            gpus: None,
            notifier: None,
            events_per_second: 1.0,
            time: time.clone(),
        };
        let (engine, thread) = Engine::start(options).expect("an engine");
        assert!(engine.snapshot().await.is_some());
        time.0.store(true, Ordering::SeqCst);
        engine.ended().await;
        assert!(thread.join().is_err());
        assert!(engine.snapshot().await.is_none());
    }
}
