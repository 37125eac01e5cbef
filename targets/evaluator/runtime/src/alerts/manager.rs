//! What waits for an Alertmanager: the newest of each alert, in the order in which they began to wait.
//!
//! Field names are those of `postableAlert` in Alertmanager's `api/v2/openapi.yaml`.

use std::collections::BTreeMap;

use farthing_plan::Labels;
use serde::Serialize;

use super::{
    book::QUEUE,
    firing::{Alert, rfc3339},
};

/// The most alerts in one request.
pub const BATCH: usize = 64;

/// An alert with the time from which Alertmanager holds it for resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Postable {
    pub alert: Alert,
    pub ends_at_ms: i64,
}

/// A queue in which each alert is once.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    /// By the number under which each began to wait.
    waiting: BTreeMap<u64, Postable>,
    numbers: BTreeMap<Labels, u64>,
    next: u64,
    in_flight: Vec<(u64, Postable)>,
    /// Alerts that had to go, for there were too many.
    pub dropped: u64,
}

impl Queue {
    /// Adds an alert, or replaces what waits of it.
    pub(crate) fn push(&mut self, postable: Postable) {
        let number = match self.numbers.get(&postable.alert.firing.labels) {
            Some(number) => *number,
            None => {
                let number = self.next;
                self.next += 1;
                self.numbers.insert(postable.alert.firing.labels.clone(), number);
                number
            }
        };
        self.waiting.insert(number, postable);
        self.bound();
    }

    fn bound(&mut self) {
        while self.waiting.len() > QUEUE {
            if let Some((_, oldest)) = self.waiting.pop_first() {
                self.numbers.remove(&oldest.alert.firing.labels);
                self.dropped += 1;
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How many wait, those on their way included.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len() + self.in_flight.len()
    }

    /// Takes the oldest ones out to send them, until [`Queue::sent`] or [`Queue::put_back`].
    pub(crate) fn take(&mut self) -> Vec<Postable> {
        while self.in_flight.len() < BATCH {
            let Some((number, postable)) = self.waiting.pop_first() else { break };
            self.numbers.remove(&postable.alert.firing.labels);
            self.in_flight.push((number, postable));
        }
        self.in_flight.iter().map(|(_, postable)| postable.clone()).collect()
    }

    /// They arrived, or will never: how many they were.
    pub(crate) fn sent(&mut self) -> usize {
        std::mem::take(&mut self.in_flight).len()
    }

    /// They did not arrive: they wait in their old places, but for those of which something newer waits already.
    pub(crate) fn put_back(&mut self) {
        for (number, postable) in std::mem::take(&mut self.in_flight) {
            if !self.numbers.contains_key(&postable.alert.firing.labels) {
                self.numbers.insert(postable.alert.firing.labels.clone(), number);
                self.waiting.insert(number, postable);
            }
        }
        self.bound();
    }

    /// What is lost with this queue: alerts that nobody sends again.
    pub(crate) fn resolved(&self) -> impl Iterator<Item = &Alert> {
        let all = self.in_flight.iter().map(|(_, postable)| postable).chain(self.waiting.values());
        all.map(|postable| &postable.alert).filter(|alert| alert.resolved_at_ms.is_some())
    }
}

/// The body of a request.
pub(crate) fn body(batch: &[Postable]) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Posted<'a> {
        labels: &'a Labels,
        annotations: &'a Labels,
        starts_at: String,
        ends_at: String,
        #[serde(rename = "generatorURL", skip_serializing_if = "str::is_empty")]
        generator_url: &'a str,
    }
    let posted: Vec<Posted> = batch
        .iter()
        .map(|Postable { alert, ends_at_ms }| Posted {
            labels: &alert.firing.labels,
            annotations: &alert.firing.annotations,
            starts_at: rfc3339(alert.firing.starts_at_ms),
            ends_at: rfc3339(*ends_at_ms),
            generator_url: &alert.firing.generator_url,
        })
        .collect();
    serde_json::to_string(&posted).expect("INVARIANT: texts with string keys are JSON")
}
