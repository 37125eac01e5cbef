//! What was sent and what was acknowledged, kept outside of the process that is killed.

use std::sync::Mutex;

use crate::agent::{Metrics, lock};

/// Events, and the tokens in them.
pub type Count = [u64; 2];

/// One sender's.
#[derive(Default)]
pub struct Account {
    pub name: &'static str,
    /// Whether its batches have keys: then each counts exactly once in the end.
    pub keyed: bool,
    sums: Mutex<Sums>,
}

#[derive(Clone, Copy, Default)]
struct Sums {
    sent: Count,
    acknowledged: Count,
    batches: u64,
    /// Answers to batches that were counted before.
    again: u64,
}

impl Account {
    pub fn new(name: &'static str, keyed: bool) -> Account {
        Account { name, keyed, ..Account::default() }
    }

    /// Called before the first byte of a batch is sent.
    pub fn sends(&self, count: Count) {
        add(&mut lock(&self.sums).sent, count);
    }

    /// Called when the answer is there.
    pub fn acknowledged(&self, count: Count) {
        let mut sums = lock(&self.sums);
        add(&mut sums.acknowledged, count);
        sums.batches += 1;
    }

    pub fn was_known(&self) {
        lock(&self.sums).again += 1;
    }

    pub fn floor(&self) -> Count {
        lock(&self.sums).acknowledged
    }

    /// Batches that were acknowledged, those whose answer came again, and events.
    pub fn figures(&self) -> [u64; 3] {
        let sums = lock(&self.sums);
        [sums.batches, sums.again, sums.acknowledged[0]]
    }

    /// What the process says of this sender.
    pub fn told(&self, metrics: &Metrics) -> Count {
        let sender = format!("sender=\"{}\"", self.name);
        let sum = |flow: &str| metrics.sum("farthing_flow_total", &[&format!("flow=\"{flow}\""), &sender]) as u64;
        [sum("chat/requests"), sum("chat/requests.generated")]
    }

    /// While it runs: all that was acknowledged when the process began, and not more than was sent.
    pub fn check(&self, metrics: &Metrics, floor: Count) {
        let told = self.told(metrics);
        let sent = lock(&self.sums).sent;
        for of in 0..2 {
            assert!(told[of] >= floor[of], "{}: {told:?} of {floor:?} acknowledged: something is lost", self.name);
            assert!(told[of] <= sent[of], "{}: {told:?} of {sent:?} sent: something counts twice", self.name);
        }
    }

    /// In the end, when nothing waits for an answer.
    pub fn check_last(&self, metrics: &Metrics) {
        let Sums { sent, acknowledged, .. } = *lock(&self.sums);
        self.check(metrics, acknowledged);
        if self.keyed {
            assert_eq!(self.told(metrics), acknowledged, "{}", self.name);
            assert_eq!(sent, acknowledged, "{}: each batch was sent until it was acknowledged", self.name);
        }
    }
}

fn add(sum: &mut Count, count: Count) {
    for of in 0..2 {
        sum[of] += count[of];
    }
}
