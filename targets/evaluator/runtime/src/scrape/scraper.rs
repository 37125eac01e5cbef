//! All targets.

use std::{
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

use super::{
    Scrape, Target, TargetHealth, TargetSpec,
    control::{End, Gate, lock},
    resolve::Name,
    worker::Worker,
};

/// Whether some flow reads a metric of this name.
pub type Filter = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// How long a stop waits for scrapes that are being handed over.
const PATIENCE: Duration = Duration::from_millis(800);

/// What all threads share.
pub(super) struct Shared {
    pub sink: Box<dyn Fn(Scrape) + Send + Sync>,
    pub gate: Gate,
    filter: RwLock<Filter>,
}

impl Shared {
    pub fn new(filter: Filter, sink: impl Fn(Scrape) + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Shared { sink: Box::new(sink), gate: Gate::default(), filter: RwLock::new(filter) })
    }

    pub fn filter(&self) -> Filter {
        self.filter.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Asks all targets, each in a thread of its own, until it is stopped or dropped.
pub struct Scraper {
    shared: Arc<Shared>,
    groups: Mutex<Vec<Group>>,
}

/// What one `--scrape` leads to.
struct Group {
    spec: TargetSpec,
    members: Members,
}

enum Members {
    One(Worker),
    Addresses(Name),
}

impl Group {
    fn start(spec: TargetSpec, shared: &Arc<Shared>) -> Self {
        let members = if spec.addresses {
            Members::Addresses(Name::start(spec.clone(), shared))
        } else {
            Members::One(Worker::start(Target::new(&spec, None), shared))
        };
        Group { spec, members }
    }

    fn end(&self, end: End) {
        match &self.members {
            Members::One(worker) => worker.control.end(end),
            Members::Addresses(name) => name.end(end),
        }
    }

    fn each(&self, of: &mut dyn FnMut(&Worker)) {
        match &self.members {
            Members::One(worker) => of(worker),
            Members::Addresses(name) => lock(&name.workers).iter().for_each(of),
        }
    }
}

impl Scraper {
    /// Begins to ask the targets. The samples of metrics that `filter` does not know are passed over before anything
    /// is kept of them; every scrape is given to `sink`, from the thread of its target. A sink that waits makes its
    /// target be asked later, and no other.
    pub fn start(specs: Vec<TargetSpec>, filter: Filter, sink: impl Fn(Scrape) + Send + Sync + 'static) -> Self {
        let scraper = Scraper { shared: Shared::new(filter, sink), groups: Mutex::default() };
        scraper.set_targets(specs);
        scraper
    }

    /// Changes the targets. Those that are as before go on undisturbed, new ones begin, and the series of those that
    /// are gone end, by a last [`Scrape`] whose reason is [`Reason::Removed`](super::Reason::Removed). The same URL
    /// with the same labels is asked once.
    pub fn set_targets(&self, specs: Vec<TargetSpec>) {
        let mut groups = lock(&self.groups);
        let mut wanted: Vec<TargetSpec> = Vec::new();
        for spec in specs {
            let same = |other: &TargetSpec| other.url == spec.url && other.labels == spec.labels;
            if !wanted.iter().any(same) {
                wanted.push(spec);
            }
        }
        let mut before = std::mem::take(&mut *groups);
        for spec in wanted {
            let known = before.iter().position(|group| group.spec == spec);
            groups.push(known.map_or_else(|| Group::start(spec, &self.shared), |at| before.swap_remove(at)));
        }
        before.iter().for_each(|group| group.end(End::Removed));
    }

    /// Changes which metrics are read, from the next scrape of each target on.
    pub fn set_filter(&self, filter: Filter) {
        *self.shared.filter.write().unwrap_or_else(PoisonError::into_inner) = filter;
    }

    /// How each target is, in their order. A name without addresses is there, too.
    pub fn health(&self) -> Vec<TargetHealth> {
        let mut all = Vec::new();
        for group in &*lock(&self.groups) {
            if let Members::Addresses(name) = &group.members {
                all.extend(lock(&name.health).clone());
            }
            group.each(&mut |worker| all.push(lock(&worker.health).clone()));
        }
        all
    }

    /// Stops asking, within a second. The sink is not called any more, unless it is still at a call that takes longer
    /// than that. A target that hangs keeps its thread until its timeout; what it says then is passed over.
    pub fn stop(&self) {
        let groups = std::mem::take(&mut *lock(&self.groups));
        groups.iter().for_each(|group| group.end(End::Stopped));
        self.shared.gate.shut(Instant::now() + PATIENCE);
    }
}

impl Drop for Scraper {
    fn drop(&mut self) {
        self.stop();
    }
}
