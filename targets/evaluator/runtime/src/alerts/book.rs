//! What has to be sent to whom, as of any time: a state machine without clock, threads or IO.

use std::collections::BTreeMap;

use farthing_plan::Labels;

use super::{
    backoff::Backoff,
    firing::{Alert, Firing},
    manager::{self, Postable, Queue},
    state::{DestinationState, NotifierState},
    webhook::{GroupMessage, Told},
};

/// The most alerts that wait for one destination: beyond it, the oldest are dropped.
pub const QUEUE: usize = 10_000;

/// How long a resolved alert is sent again, in milliseconds: Prometheus's `resolvedRetention`.
const RETENTION_MS: i64 = 15 * 60_000;

/// What a destination is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An Alertmanager with the API version 2.
    Alertmanager,
    /// Whatever takes what Alertmanager's webhook receivers take.
    Webhook,
}

impl Kind {
    /// The value of the label `kind` of metrics.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Alertmanager => "alertmanager",
            Kind::Webhook => "webhook",
        }
    }
}

/// How often things are told again, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// The time between two evaluations.
    pub interval_ms: i64,
    /// The time after which an Alertmanager is sent again what fires.
    pub resend_ms: i64,
    /// The time after which a webhook is told again what fires.
    pub repeat_ms: i64,
}

impl Default for Timing {
    /// A minute, a minute as in Prometheus, and four hours as in Alertmanager.
    fn default() -> Timing {
        Timing { interval_ms: 60_000, resend_ms: 60_000, repeat_ms: 4 * 3_600_000 }
    }
}

/// What to do for a destination now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// Send this, and tell [`Book::done`] how it went.
    Send(Message),
    /// Nothing until this time, or until the next evaluation.
    Wait(Option<i64>),
}

/// What to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    Alerts(Vec<Postable>),
    Group(GroupMessage),
}

impl Message {
    /// The alerts in it, each with the time from which it counts as resolved; none where that is open.
    pub fn alerts(&self) -> Vec<(&Alert, Option<i64>)> {
        match &self.content {
            Content::Alerts(batch) => {
                batch.iter().map(|postable| (&postable.alert, Some(postable.ends_at_ms))).collect()
            }
            Content::Group(group) => group.alerts.iter().map(|alert| (alert, alert.resolved_at_ms)).collect(),
        }
    }

    /// The body of a request, as JSON.
    pub fn body(&self, external_url: &str) -> String {
        match &self.content {
            Content::Alerts(batch) => manager::body(batch),
            Content::Group(group) => group.body(external_url),
        }
    }
}

/// How sending went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It arrived.
    Delivered,
    /// The destination does not want it, and would not the next time.
    Refused(String),
    /// It may succeed the next time.
    Failed {
        /// What went wrong.
        why: String,
        /// The pause that the destination asks for.
        retry_after_ms: Option<i64>,
    },
}

#[derive(Debug)]
struct Entry {
    alert: Alert,
    sent_ms: Option<i64>,
}

#[derive(Debug)]
enum Waiting {
    Manager(Queue),
    Webhook(Told),
}

#[derive(Debug)]
struct Outbox {
    waiting: Waiting,
    backoff: Backoff,
    /// Alerts that arrived.
    sent: u64,
    /// Alerts that were refused.
    refused: u64,
}

/// The alerts that fire, and what each destination has to be sent. See the module's documentation for the rules.
///
/// Times are milliseconds since the Unix epoch. They may go back: then things are sent early, not late.
#[derive(Debug)]
pub struct Book {
    timing: Timing,
    alerts: BTreeMap<Labels, Entry>,
    outboxes: Vec<(String, Outbox)>,
}

impl Book {
    /// Knows nothing yet. Destinations are their keys, by which their state is found again, and what they are; they
    /// are numbered from 0 in this order.
    pub fn new(timing: Timing, destinations: impl IntoIterator<Item = (String, Kind)>) -> Book {
        let outbox = |kind| {
            let waiting = match kind {
                Kind::Alertmanager => Waiting::Manager(Queue::default()),
                Kind::Webhook => Waiting::Webhook(Told::default()),
            };
            Outbox { waiting, backoff: Backoff::default(), sent: 0, refused: 0 }
        };
        let outboxes = destinations.into_iter().map(|(key, kind)| (key, outbox(kind))).collect();
        Book { timing, alerts: BTreeMap::new(), outboxes }
    }

    /// Takes in all alerts that fire as of an evaluation: what fired before and is not among them is resolved.
    pub fn evaluate(&mut self, now_ms: i64, firing: Vec<Firing>) {
        let mut before = std::mem::take(&mut self.alerts);
        for mut firing in firing {
            let known = before.remove(&firing.labels).filter(|entry| entry.alert.resolved_at_ms.is_none());
            let mut sent_ms = None;
            if let Some(known) = known {
                firing.starts_at_ms = known.alert.firing.starts_at_ms;
                sent_ms = known.sent_ms;
            }
            let alert = Alert { firing, resolved_at_ms: None };
            self.alerts.insert(alert.firing.labels.clone(), Entry { alert, sent_ms });
        }
        for (labels, mut entry) in before {
            let resolved_at = *entry.alert.resolved_at_ms.get_or_insert_with(|| {
                entry.sent_ms = None;
                now_ms
            });
            if now_ms.saturating_sub(resolved_at) <= RETENTION_MS {
                self.alerts.insert(labels, entry);
            }
        }
        self.post(now_ms);
        let firing = || self.alerts.values().filter(|entry| entry.alert.resolved_at_ms.is_none());
        for (_, outbox) in &mut self.outboxes {
            if let Waiting::Webhook(told) = &mut outbox.waiting {
                told.evaluate(now_ms, firing().map(|entry| &entry.alert.firing));
            }
        }
    }

    /// Puts what has to be sent to Alertmanagers in their queues.
    fn post(&mut self, now_ms: i64) {
        let Timing { interval_ms, resend_ms, .. } = self.timing;
        // Two evaluations, or two requests, may fail before it looks resolved.
        let open_until = now_ms.saturating_add(4 * interval_ms.max(resend_ms));
        for entry in self.alerts.values_mut() {
            let is_due = entry.sent_ms.is_none_or(|sent| sent > now_ms || now_ms - sent >= resend_ms);
            if !is_due {
                continue;
            }
            entry.sent_ms = Some(now_ms);
            let ends_at_ms = entry.alert.resolved_at_ms.unwrap_or(open_until);
            for (_, outbox) in &mut self.outboxes {
                if let Waiting::Manager(queue) = &mut outbox.waiting {
                    queue.push(Postable { alert: entry.alert.clone(), ends_at_ms });
                }
            }
        }
    }

    /// What to do for a destination. After a [`Due::Send`] it is not asked for the same one until [`Book::done`].
    pub fn due(&mut self, destination: usize, now_ms: i64) -> Due {
        let repeat_ms = self.timing.repeat_ms;
        let Some((_, outbox)) = self.outboxes.get_mut(destination) else { return Due::Wait(None) };
        if let Some(until) = outbox.backoff.until(now_ms) {
            return Due::Wait(Some(until));
        }
        let content = match &mut outbox.waiting {
            Waiting::Manager(queue) if queue.is_empty() => return Due::Wait(None),
            Waiting::Manager(queue) => Content::Alerts(queue.take()),
            Waiting::Webhook(told) => match told.take(now_ms, repeat_ms) {
                Ok(message) => Content::Group(message),
                Err(next) => return Due::Wait(next),
            },
        };
        Due::Send(Message { content })
    }

    /// How sending the last message to a destination went.
    pub fn done(&mut self, destination: usize, now_ms: i64, outcome: &Outcome) {
        let Some((_, outbox)) = self.outboxes.get_mut(destination) else { return };
        if let Outcome::Failed { retry_after_ms, .. } = outcome {
            outbox.backoff.fail(now_ms, *retry_after_ms);
            match &mut outbox.waiting {
                Waiting::Manager(queue) => queue.put_back(),
                Waiting::Webhook(told) => told.put_back(),
            }
            return;
        }
        outbox.backoff.reset();
        let alerts = match &mut outbox.waiting {
            Waiting::Manager(queue) => queue.sent(),
            Waiting::Webhook(told) => told.sent(now_ms),
        } as u64;
        match outcome {
            Outcome::Delivered => outbox.sent += alerts,
            _ => outbox.refused += alerts,
        }
    }

    /// Of a destination, how many alerts arrived, how many were dropped because there were too many or because they were
    /// refused, and how many wait.
    pub fn counts(&self, destination: usize) -> (u64, u64, usize) {
        let Some((_, outbox)) = self.outboxes.get(destination) else { return (0, 0, 0) };
        let (dropped, waiting) = match &outbox.waiting {
            Waiting::Manager(queue) => (queue.dropped, queue.len()),
            Waiting::Webhook(told) => (told.dropped, told.news()),
        };
        (outbox.sent, outbox.refused + dropped, waiting)
    }

    /// How many alerts fire.
    pub fn firing(&self) -> usize {
        self.alerts.values().filter(|entry| entry.alert.resolved_at_ms.is_none()).count()
    }

    /// What must survive a restart.
    pub fn state(&self) -> NotifierState {
        let of = |outbox: &Outbox| match &outbox.waiting {
            Waiting::Manager(queue) => {
                DestinationState { undelivered: queue.resolved().cloned().collect(), told: vec![] }
            }
            Waiting::Webhook(told) => DestinationState { undelivered: vec![], told: told.state() },
        };
        NotifierState {
            alerts: self.alerts.values().map(|entry| entry.alert.clone()).collect(),
            destinations: self.outboxes.iter().map(|(key, outbox)| (key.clone(), of(outbox))).collect(),
        }
    }

    /// Goes on where [`Book::state`] was, before the first evaluation: Alertmanagers are sent all again, webhooks only what
    /// they do not know. A destination that the state does not know starts with nothing.
    pub fn restore(&mut self, state: NotifierState) {
        let NotifierState { alerts, mut destinations } = state;
        let entries = alerts.into_iter().map(|alert| (alert.firing.labels.clone(), Entry { alert, sent_ms: None }));
        self.alerts = entries.collect();
        for (key, outbox) in &mut self.outboxes {
            let DestinationState { undelivered, told: known } = destinations.remove(key).unwrap_or_default();
            match &mut outbox.waiting {
                Waiting::Manager(queue) => {
                    for alert in undelivered {
                        let ends_at_ms = alert.resolved_at_ms.unwrap_or_default();
                        queue.push(Postable { alert, ends_at_ms });
                    }
                }
                Waiting::Webhook(told) => told.restore(known),
            }
        }
    }
}
