//! Rounds of calls: what is read when, and what becomes of faults.

mod backoff;
mod merge;
mod messages;
mod reading;

use std::{sync::Arc, time::Duration};

pub(crate) use self::messages::{unit as unit_message, well as unit_well};
use self::{backoff::Backoff, messages::Said};
use crate::{
    board::{InFlight, Library, Shared, lock},
    call::{Call, Tally},
    change::{Change, ChangeKind},
    clock::Clock,
    config::Config,
    integral::Moment,
    processes::Directory,
    reader::Reader,
    row::Row,
    source::{Fault, FaultKind, GpuSource},
};

/// How often GPUs are looked for, and processes listed.
const RARELY: Duration = Duration::from_secs(10);
/// How often performance monitoring is read; its samples must be more than 100 ms apart.
const MONITORED: Duration = Duration::from_secs(1);

/// A sampler that makes its calls when it is told to: [`Sampler`](crate::Sampler) tells it from a thread of its own.
pub struct Sampling<S> {
    source: S,
    shared: Arc<Shared>,
    node: Option<Arc<str>>,
    rows: Vec<Row>,
    tally: Tally,
    library: Library,
    driver: Option<String>,
    /// GPUs that this user may not read at all.
    denied: usize,
    backoff: Backoff,
    next_list: Duration,
    next_monitoring: Duration,
    next_processes: Duration,
    directory: Directory,
    said: Said,
}

/// A round cannot go on.
enum Stopped {
    /// This unit is lost.
    Unit,
    /// The library has to be opened again.
    Library(Fault),
}

impl<S: GpuSource> Sampling<S> {
    /// A sampler of a source. The log takes a sentence for each change of what can be read.
    ///
    /// # Errors
    ///
    /// A sentence about what is wrong with the configuration.
    pub fn new(
        source: S,
        config: Config,
        clock: impl Clock,
        log: impl Fn(&Change<'_>) + Send + Sync + 'static,
    ) -> Result<Self, String> {
        config.check()?;
        let node = config.node.as_deref().map(Arc::from);
        let directory = Directory::new(config.proc_root.clone(), config.log_root.clone());
        let shared = Arc::new(Shared {
            config,
            clock: Arc::new(clock),
            log: Box::new(log),
            board: Default::default(),
            changed: Default::default(),
            in_flight: Default::default(),
            stop: Default::default(),
            stopped: Default::default(),
        });
        Ok(Sampling {
            source,
            shared,
            node,
            rows: Vec::new(),
            tally: Tally::default(),
            library: Library::default(),
            driver: None,
            denied: 0,
            backoff: Backoff::default(),
            next_list: Duration::ZERO,
            next_monitoring: Duration::ZERO,
            next_processes: Duration::ZERO,
            directory,
            said: Said::default(),
        })
    }

    /// What reads what this publishes.
    pub fn reader(&self) -> Reader {
        Reader::new(self.shared.clone())
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Makes the calls that are due, and publishes what they said.
    pub fn round(&mut self) {
        let now = self.now();
        if (self.driver.is_none() || self.incomplete()) && self.backoff.due(now.elapsed) {
            self.open(now);
        }
        if self.driver.is_some() {
            if let Err(fault) = self.read() {
                self.close(now, &fault);
            } else if self.incomplete() {
                self.backoff.begin(now.elapsed);
            } else {
                self.backoff.reset();
            }
        }
        self.publish(now);
    }

    /// Whether there are GPUs to be found: the library finds them only when it is opened.
    fn incomplete(&self) -> bool {
        self.rows.is_empty() || self.rows.iter().any(|row| row.lost.is_some())
    }

    fn now(&self) -> Moment {
        let (elapsed, time) = (self.shared.clock.elapsed(), self.shared.clock.unix_ms());
        Moment { elapsed, time, longest: self.shared.config.longest_span() }
    }

    /// Opens the library, again where it was open: only so are lost GPUs found, and updated drivers.
    fn open(&mut self, now: Moment) {
        self.backoff.wait(now.elapsed);
        self.driver = None;
        match self.call(Call::Open, None, S::open) {
            Ok(opened) => {
                self.driver = Some(opened.driver);
                self.next_list = now.elapsed;
            }
            Err(fault) => self.close(now, &fault),
        }
    }

    /// The library does not answer as a whole.
    fn close(&mut self, now: Moment, fault: &Fault) {
        self.source.close();
        self.driver = None;
        self.backoff.begin(now.elapsed);
        let kind = if fault.kind == FaultKind::NoLibrary { ChangeKind::NoLibrary } else { ChangeKind::Ill };
        let off = fault.kind == FaultKind::Off;
        self.library = Library { up: false, off, kind, message: messages::closed(fault) };
        for row in &mut self.rows {
            row.place = None;
            row.lose(messages::LIBRARY.into());
        }
    }

    /// Reads all that is due.
    fn read(&mut self) -> Result<(), Fault> {
        let now = self.now().elapsed;
        // Rounds are not evenly spaced: half an interval early is on time.
        let monitoring = now + self.shared.config.interval / 2 >= self.next_monitoring;
        if monitoring {
            self.next_monitoring = now + MONITORED;
        }
        let processes = now >= self.next_processes;
        if processes {
            self.next_processes = now + RARELY;
            self.directory.begin();
        }
        if now >= self.next_list {
            self.next_list = now + RARELY;
            match self.call(Call::List, None, S::list) {
                Ok(listing) => self.merge(listing),
                Err(fault) if self.rows.is_empty() || fault.kind == FaultKind::Driver => return Err(fault),
                // Some other time; what is known is still there.
                Err(_) => {}
            }
        }
        for row in 0..self.rows.len() {
            let read = self.read_row(row, monitoring, processes);
            if let Err(Stopped::Library(fault)) = read {
                return Err(fault);
            }
        }
        if processes {
            self.directory.forget();
        }
        let driver = self.driver.as_deref().unwrap_or_default();
        let well = !self.rows.is_empty() && self.denied == 0;
        let kind = if well { ChangeKind::Well } else { ChangeKind::Ill };
        self.library = Library { up: true, off: false, kind, message: messages::open(driver, &self.rows, self.denied) };
        Ok(())
    }

    /// Makes a call, as readers and the watch can see.
    fn call<T>(
        &mut self,
        call: Call,
        gpu: Option<u32>,
        make: impl FnOnce(&mut S) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let since = self.shared.clock.elapsed();
        *lock(&self.shared.in_flight) = Some(InFlight { call, gpu, since });
        let result = make(&mut self.source);
        *lock(&self.shared.in_flight) = None;
        let spent = self.shared.clock.elapsed().saturating_sub(since);
        self.tally.count(call, spent, result.as_ref().err());
        result
    }

    fn publish(&mut self, now: Moment) {
        {
            let mut board = lock(&self.shared.board);
            board.rows.clone_from(&self.rows);
            board.tally.clone_from(&self.tally);
            board.library.clone_from(&self.library);
            board.rounds += 1;
        }
        self.shared.changed.notify_all();
        self.said.changes(now.elapsed, &self.library, &self.rows, &self.shared.log);
    }
}
