//! Where the process is at the moment.

use std::{
    net::SocketAddr,
    sync::{Condvar, Mutex},
    time::Duration,
};

use crate::agent::lock;

/// For how long a client waits for the next process before the test fails.
const PATIENCE: Duration = Duration::from_secs(300);

#[derive(Clone, Default)]
struct Now {
    /// Counts the processes that were seen to listen.
    process: u64,
    address: Option<SocketAddr>,
    /// What was acknowledged before this process began.
    floor: Vec<[u64; 2]>,
    over: bool,
}

/// Where clients find the process, and what it must know.
#[derive(Default)]
pub struct Place {
    now: Mutex<Now>,
    changed: Condvar,
}

impl Place {
    /// The next process listens here; so much was acknowledged before it began, by sender.
    pub fn moves(&self, address: SocketAddr, floor: Vec<[u64; 2]>) {
        let mut now = lock(&self.now);
        *now = Now { process: now.process + 1, address: Some(address), floor, over: false };
        self.changed.notify_all();
    }

    /// Clients end when they have their answers.
    pub fn finish(&self) {
        lock(&self.now).over = true;
        self.changed.notify_all();
    }

    pub fn is_over(&self) -> bool {
        lock(&self.now).over
    }

    /// Waits for a process after this one: its number, where it is, and what was acknowledged before it. None where there
    /// will be no more.
    pub fn after(&self, process: u64) -> Option<(u64, SocketAddr, Vec<[u64; 2]>)> {
        let waits = |now: &mut Now| now.process <= process && !now.over;
        let (now, waited) =
            self.changed.wait_timeout_while(lock(&self.now), PATIENCE, waits).expect("no panic while it is held");
        assert!(!waited.timed_out(), "the connection broke, and there was no next process");
        let now = now.clone();
        now.address.filter(|_| now.process > process).map(|address| (now.process, address, now.floor))
    }
}
