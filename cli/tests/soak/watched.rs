//! The process as whoever runs it sees it.

use std::{
    collections::BTreeMap,
    fs, thread,
    time::{Duration, Instant},
};

use crate::{
    agent::{Connection, Daemon, Metrics},
    load::Load,
};

/// For how long something is waited for before the test fails.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// A running process, what it said last, and the target that has no faults.
pub struct Watched<'a> {
    daemon: &'a Daemon,
    connection: Connection,
    steady: String,
    now: Metrics,
}

impl<'a> Watched<'a> {
    pub fn new(daemon: &'a Daemon, steady: String) -> Self {
        let mut connection = Connection::open(daemon.listens()).expect("it listens");
        let now = Metrics::ask(&mut connection).expect("it answers");
        Watched { daemon, connection, steady, now }
    }

    /// Looks until something is so. Whatever is wrong, it lives, and no total goes down.
    pub fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let until = Instant::now() + PATIENCE;
        loop {
            let before = self.totals();
            self.now = Metrics::ask(&mut self.connection).expect("it answers");
            for (series, total) in self.totals() {
                let known = before.get(&series).copied().unwrap_or_default();
                assert!(total >= known, "{what}: {series} was {known} and is {total}");
            }
            assert_eq!(self.status("/-/healthy"), 200, "{what}");
            if is_so(self) {
                return;
            }
            let lines = || self.daemon.lines();
            assert!(Instant::now() < until, "not so after {PATIENCE:?}: {what}: {:?} {:#?}", self.now, lines());
            thread::sleep(PAUSE);
        }
    }

    /// What has no fault goes on: the steady target's samples count, and events are taken.
    pub fn goes_on(&mut self, load: &Load) {
        let (first, events) = (self.flow("chat/first"), self.flow("chat/requests"));
        let [acknowledged, _] = load.counts();
        self.until("the others go on", |now| {
            let counts = now.flow("chat/first") > first && now.flow("chat/requests") > events;
            counts && now.is_up(&now.steady) && now.writable() && load.counts()[0] > acknowledged + 2
        });
    }

    /// While the disk is full: batches are refused, what works goes on in memory, and what is shown stays as it was, until
    /// this time was judged.
    pub fn full(&mut self, load: &Load, judged: f64) {
        let (shown, [_, refused]) = (self.totals(), load.counts());
        let samples = self.now.sum("farthing_samples_total", &[]);
        self.until("the disk stays full", |now| {
            assert!(!now.writable());
            assert_eq!(now.totals(), shown, "what is not on the disk is not shown");
            let goes_on = now.now.sum("farthing_samples_total", &[]) > samples + 2.0 && now.is_up(&now.steady);
            goes_on && load.counts()[1] > refused + 1 && now.minute() >= judged
        });
    }

    pub fn is_up(&self, url: &str) -> bool {
        self.now.sum("farthing_scrape_up", &[url]) == 1.0
    }

    pub fn gpu_up(&self) -> bool {
        self.now.sum("farthing_gpu_up", &["gpu=\"0\""]) == 1.0
    }

    pub fn writable(&self) -> bool {
        self.now.sum("farthing_state_writable", &[]) == 1.0
    }

    pub fn flow(&self, flow: &str) -> f64 {
        self.now.sum("farthing_flow_total", &[&format!("flow=\"{flow}\"")])
    }

    /// The end of the last minute that was judged, in seconds.
    pub fn minute(&self) -> f64 {
        let (_, end) = self.now.of("farthing_evaluated_timestamp_seconds").next().expect("it judges minutes");
        end
    }

    /// All flows' totals.
    pub fn totals(&self) -> BTreeMap<String, f64> {
        self.now.of("farthing_flow_total").map(|(series, total)| (series.to_string(), total)).collect()
    }

    /// How many lines of what it said have this in them.
    pub fn said(&self, what: &str) -> usize {
        self.daemon.lines().iter().filter(|line| line.contains(what)).count()
    }

    pub fn status(&mut self, path: &str) -> u16 {
        self.connection.get(path).expect("it answers").status
    }

    /// What of its memory is in use, in bytes.
    pub fn memory(&self) -> u64 {
        let text = fs::read_to_string(format!("/proc/{}/status", self.daemon.pid())).expect("it lives");
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux tells it");
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kib * 1024
    }
}
