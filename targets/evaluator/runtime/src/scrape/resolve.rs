//! Names whose every address is a target.

use std::{
    collections::BTreeSet,
    io,
    net::{SocketAddr, ToSocketAddrs as _},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use super::{
    Reason, ScrapeError, Target, TargetHealth, TargetSpec,
    control::{Control, End, lock},
    scraper::Shared,
    target::host_and_port,
    worker::{Worker, spawn},
};

/// From one look at a name's addresses to the next.
const EVERY: Duration = Duration::from_secs(30);
/// A name that is not found for so long has no addresses any more.
const FORGOTTEN: Duration = Duration::from_secs(5 * 60);
/// The most addresses of a name.
const MOST: usize = 256;

/// What finds the addresses of a host and port.
pub(super) type Lookup = Arc<dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync>;

/// A name that is looked up again and again.
pub(super) struct Name {
    pub control: Arc<Control>,
    pub workers: Arc<Mutex<Vec<Worker>>>,
    /// Why there are no addresses, or too many.
    pub health: Arc<Mutex<Option<TargetHealth>>>,
}

impl Name {
    pub fn start(spec: TargetSpec, shared: &Arc<Shared>) -> Self {
        let lookup = |host: &str, port: u16| {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            (host, port).to_socket_addrs().map(Iterator::collect)
        };
        Self::start_with(spec, shared, Arc::new(lookup), EVERY)
    }

    pub fn start_with(spec: TargetSpec, shared: &Arc<Shared>, lookup: Lookup, every: Duration) -> Self {
        let name = Name { control: Arc::default(), workers: Arc::default(), health: Arc::default() };
        let (control, workers, health) = (name.control.clone(), name.workers.clone(), name.health.clone());
        let of_name = TargetHealth::new(&Target::new(&spec, None));
        let shared = shared.clone();
        let mut failed = of_name.clone();
        let mut task = Task { spec, shared, control, workers, health, lookup, of_name, found: Instant::now() };
        if let Err(error) = spawn("resolve", move || task.run(every)) {
            failed.failed(&ScrapeError::new(Reason::Resolve, format!("no thread could be started: {error}")));
            *lock(&name.health) = Some(failed);
        }
        name
    }

    /// Ends the look-ups and all targets.
    pub fn end(&self, end: End) {
        self.control.end(end);
        // Under the lock, so that the look-up that is under way adds none after it.
        for worker in &*lock(&self.workers) {
            worker.control.end(end);
        }
    }
}

struct Task {
    spec: TargetSpec,
    shared: Arc<Shared>,
    control: Arc<Control>,
    workers: Arc<Mutex<Vec<Worker>>>,
    health: Arc<Mutex<Option<TargetHealth>>>,
    lookup: Lookup,
    /// Counts the failures.
    of_name: TargetHealth,
    /// When there were addresses last.
    found: Instant,
}

impl Task {
    fn run(&mut self, every: Duration) {
        let (host, port) = host_and_port(&self.spec.url);
        let mut next = Instant::now();
        while self.control.wait_until(next).is_none() {
            let found = (self.lookup)(&host, port);
            self.update(found);
            next = Instant::now() + every;
        }
    }

    fn update(&mut self, found: io::Result<Vec<SocketAddr>>) {
        let problem = match found {
            Ok(addresses) => {
                self.found = Instant::now();
                let all: BTreeSet<SocketAddr> = addresses.into_iter().collect();
                let kept: BTreeSet<SocketAddr> = all.iter().take(MOST).copied().collect();
                self.replace(&kept);
                match all.len() {
                    0 => Some("no address has this name".to_string()),
                    count if count > MOST => {
                        Some(format!("{count} addresses have this name; {MOST} of them are asked"))
                    }
                    _ => None,
                }
            }
            // A name server that fails for a while does not end what is well.
            Err(error) => {
                if self.found.elapsed() >= FORGOTTEN {
                    self.replace(&BTreeSet::new());
                }
                Some(error.to_string())
            }
        };
        match problem {
            Some(message) => self.of_name.failed(&ScrapeError::new(Reason::Resolve, message)),
            None => self.of_name.consecutive_failures = 0,
        }
        *lock(&self.health) = (self.of_name.consecutive_failures > 0).then(|| self.of_name.clone());
    }

    fn replace(&self, addresses: &BTreeSet<SocketAddr>) {
        let mut workers = lock(&self.workers);
        if self.control.wait_until(Instant::now()).is_some() {
            return;
        }
        workers.retain(|worker| {
            let stays = worker.target.address.is_some_and(|address| addresses.contains(&address));
            if !stays {
                worker.control.end(End::Removed);
            }
            stays
        });
        let known: BTreeSet<SocketAddr> = workers.iter().filter_map(|worker| worker.target.address).collect();
        for address in addresses.difference(&known) {
            workers.push(Worker::start(Target::new(&self.spec, Some(*address)), &self.shared));
        }
    }
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
