//! The agent's process: an engine with its state file, whose time is told.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use farthing_plan::Plan;
use farthing_runtime::{
    Time,
    engine::{Engine, EngineOptions},
    state::FILE,
};

use crate::{Directory, Failure};

/// What a test says the time is, in milliseconds since the epoch.
struct Told(AtomicI64);

impl Time for Told {
    fn wall_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    fn passed(&self) -> Duration {
        Duration::from_millis(self.wall_ms().unsigned_abs())
    }
}

/// An engine, the folders of its state, and its time.
pub(super) struct Process {
    engine: Engine,
    /// None while it is being started again.
    thread: Option<JoinHandle<()>>,
    plan: Arc<Plan>,
    time: Arc<Told>,
    since_ms: i64,
    folder: Directory,
    /// How many folders of states there are below.
    states: u32,
}

impl Process {
    /// One without history, that begins at a time.
    pub(super) fn start(plan: Arc<Plan>, now_ms: i64) -> Result<Process, Failure> {
        let folder = Directory::in_memory("agent")?;
        let time = Arc::new(Told(AtomicI64::new(now_ms)));
        let (engine, thread) = begin(plan.clone(), folder.path().join("0"), time.clone())?;
        Ok(Process { engine, thread: Some(thread), plan, time, since_ms: now_ms, folder, states: 1 })
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// When it began.
    pub(super) fn since_ms(&self) -> i64 {
        self.since_ms
    }

    pub(super) fn set_time(&self, now_ms: i64) {
        self.time.0.store(now_ms, Ordering::SeqCst);
    }

    /// Ends as a service manager has it, and begins again at a time.
    pub(super) async fn stop(&mut self, back_ms: i64) -> Result<(), Failure> {
        let state = self.folder.path().join((self.states - 1).to_string());
        self.finish().await?;
        self.begin(state, back_ms)
    }

    /// A copy of the state as it is on the disk now.
    pub(super) fn copy(&mut self) -> Result<PathBuf, Failure> {
        let [from, to] = [self.states - 1, self.states].map(|number| self.folder.path().join(number.to_string()));
        self.states += 1;
        std::fs::create_dir_all(&to)?;
        std::fs::copy(from.join(FILE), to.join(FILE))?;
        Ok(to)
    }

    /// Begins at a time with a copied state: what this one did since is forgotten.
    pub(super) async fn go_on_from(&mut self, state: PathBuf, back_ms: i64) -> Result<(), Failure> {
        self.finish().await?;
        self.begin(state, back_ms)
    }

    /// Ends, and has its files closed.
    pub(super) async fn finish(&mut self) -> Result<(), Failure> {
        self.engine.stop().await;
        let joined = self.thread.take().map_or(Ok(()), JoinHandle::join);
        joined.map_err(|_| Failure::new("the agent panicked"))
    }

    fn begin(&mut self, state: PathBuf, now_ms: i64) -> Result<(), Failure> {
        let time = Arc::new(Told(AtomicI64::new(now_ms)));
        let (engine, thread) = begin(self.plan.clone(), state, time.clone())?;
        (self.engine, self.thread, self.time, self.since_ms) = (engine, Some(thread), time, now_ms);
        Ok(())
    }
}

fn begin(plan: Arc<Plan>, state: PathBuf, time: Arc<Told>) -> Result<(Engine, JoinHandle<()>), Failure> {
    let options = EngineOptions { plan, state: Some(state), gpus: None, notifier: None, events_per_second: 1e9, time };
    Engine::start(options).map_err(|error| Failure::new(error.to_string()))
}
