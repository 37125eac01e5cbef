//! What a webhook has been told, and what it has to be told: groups of alerts, in the form that Alertmanager's webhook
//! receivers read (version "4"; `notify/webhook/webhook.go` and `template/template.go` there).

use std::collections::{BTreeMap, BTreeSet};

use farthing_plan::Labels;
use serde::Serialize;

use super::{
    book::QUEUE,
    firing::{Alert, Firing, fingerprint, rfc3339},
    state::ToldAlert,
};

/// The most alerts in one message; the rest are counted.
const LISTED: usize = 1_000;

/// What a message is about: alerts of one name and one service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct GroupKey(Labels);

impl GroupKey {
    fn of(labels: &Labels) -> GroupKey {
        let named = ["alertname", "service"].into_iter();
        GroupKey(named.filter_map(|name| Some((name.to_string(), labels.get(name)?.clone()))).collect())
    }
}

#[derive(Debug)]
struct Item {
    alert: Alert,
    /// Since when it fires as the webhook was told; none where it was told nothing, or that it is resolved.
    told: Option<i64>,
}

impl Item {
    /// Whether the webhook knows something else.
    fn is_news(&self) -> bool {
        match self.alert.resolved_at_ms {
            None => self.told != Some(self.alert.firing.starts_at_ms),
            Some(_) => self.told.is_some(),
        }
    }

    fn is_firing(&self) -> bool {
        self.alert.resolved_at_ms.is_none()
    }
}

#[derive(Debug, Default)]
struct Group {
    items: BTreeMap<Labels, Item>,
    told_at_ms: Option<i64>,
}

/// What one webhook knows.
#[derive(Debug, Default)]
pub(crate) struct Told {
    groups: BTreeMap<GroupKey, Group>,
    in_flight: Option<GroupMessage>,
    /// Alerts that had to go, for there were too many.
    pub dropped: u64,
}

/// What is told of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMessage {
    /// The labels that the group is of.
    pub group: Labels,
    /// All that fire, and those that did when the webhook was told last.
    pub alerts: Vec<Alert>,
}

impl Told {
    /// Takes in all alerts that fire now.
    pub(crate) fn evaluate<'a>(&mut self, now_ms: i64, firing: impl Iterator<Item = &'a Firing>) {
        let mut seen: BTreeSet<&Labels> = BTreeSet::new();
        let mut room = QUEUE.saturating_sub(self.len());
        for firing in firing {
            seen.insert(&firing.labels);
            let group = self.groups.entry(GroupKey::of(&firing.labels)).or_default();
            let alert = Alert { firing: firing.clone(), resolved_at_ms: None };
            match group.items.get_mut(&firing.labels) {
                Some(item) => item.alert = alert,
                None if room == 0 => self.dropped += 1,
                None => {
                    room -= 1;
                    group.items.insert(firing.labels.clone(), Item { alert, told: None });
                }
            }
        }
        for item in self.groups.values_mut().flat_map(|group| group.items.values_mut()) {
            if item.is_firing() && !seen.contains(&item.alert.firing.labels) {
                item.alert.resolved_at_ms = Some(now_ms);
            }
        }
        self.prune();
    }

    /// Forgets what was resolved and told so, or never told. What is on its way stays until it is known whether it
    /// arrived.
    fn prune(&mut self) {
        let flying = self.in_flight.as_ref().map(|message| GroupKey(message.group.clone()));
        self.groups.retain(|key, group| {
            if flying.as_ref() != Some(key) {
                group.items.retain(|_, item| item.is_firing() || item.told.is_some());
            }
            !group.items.is_empty()
        });
    }

    fn len(&self) -> usize {
        self.groups.values().map(|group| group.items.len()).sum()
    }

    /// How many alerts it has to be told of.
    pub(crate) fn news(&self) -> usize {
        self.groups.values().flat_map(|group| group.items.values()).filter(|item| item.is_news()).count()
    }

    /// The next group to tell of, or when the next one has to be told again.
    pub(crate) fn take(&mut self, now_ms: i64, repeat_ms: i64) -> Result<GroupMessage, Option<i64>> {
        let mut next: Option<i64> = None;
        for (key, group) in &self.groups {
            let again = group.told_at_ms.filter(|_| group.items.values().any(Item::is_firing)).map(|told| {
                // A clock that was set back must not silence it for as long.
                if told > now_ms { now_ms } else { told.saturating_add(repeat_ms) }
            });
            if group.items.values().any(Item::is_news) || again.is_some_and(|again| again <= now_ms) {
                let told = group.items.values().filter(|item| item.is_firing() || item.told.is_some());
                let message =
                    GroupMessage { group: key.0.clone(), alerts: told.map(|item| item.alert.clone()).collect() };
                self.in_flight = Some(message.clone());
                return Ok(message);
            }
            next = next.into_iter().chain(again).min();
        }
        Err(next)
    }

    /// It arrived, or the webhook does not want it: how many alerts it told of.
    pub(crate) fn sent(&mut self, now_ms: i64) -> usize {
        let Some(message) = self.in_flight.take() else { return 0 };
        if let Some(group) = self.groups.get_mut(&GroupKey(message.group)) {
            group.told_at_ms = Some(now_ms);
            for alert in &message.alerts {
                if let Some(item) = group.items.get_mut(&alert.firing.labels) {
                    item.told = alert.resolved_at_ms.is_none().then_some(alert.firing.starts_at_ms);
                }
            }
        }
        self.prune();
        message.alerts.len()
    }

    /// It did not arrive.
    pub(crate) fn put_back(&mut self) {
        self.in_flight = None;
        self.prune();
    }

    /// What it was told, to be restored.
    pub(crate) fn state(&self) -> Vec<ToldAlert> {
        let mut all = Vec::new();
        for group in self.groups.values() {
            let Some(told_at_ms) = group.told_at_ms else { continue };
            all.extend(group.items.values().filter_map(|item| {
                Some(ToldAlert { alert: item.alert.clone(), told_start_ms: item.told?, told_at_ms })
            }));
        }
        all
    }

    /// What it was told before.
    pub(crate) fn restore(&mut self, told: Vec<ToldAlert>) {
        for ToldAlert { alert, told_start_ms, told_at_ms } in told {
            let group = self.groups.entry(GroupKey::of(&alert.firing.labels)).or_default();
            group.told_at_ms = group.told_at_ms.max(Some(told_at_ms));
            group.items.insert(alert.firing.labels.clone(), Item { alert, told: Some(told_start_ms) });
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    status: &'static str,
    labels: &'a Labels,
    annotations: &'a Labels,
    starts_at: String,
    ends_at: String,
    #[serde(rename = "generatorURL")]
    generator_url: &'a str,
    fingerprint: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    version: &'static str,
    group_key: String,
    truncated_alerts: usize,
    status: &'static str,
    receiver: &'static str,
    group_labels: &'a Labels,
    common_labels: Labels,
    common_annotations: Labels,
    #[serde(rename = "externalURL")]
    external_url: &'a str,
    alerts: Vec<Listed<'a>>,
}

impl GroupMessage {
    /// The body of a request. `external_url` is where people find farthing itself.
    pub(crate) fn body(&self, external_url: &str) -> String {
        let listed = &self.alerts[..self.alerts.len().min(LISTED)];
        let status = |is_firing: bool| if is_firing { "firing" } else { "resolved" };
        let body = Body {
            version: "4",
            group_key: self.key(),
            truncated_alerts: self.alerts.len() - listed.len(),
            status: status(self.alerts.iter().any(|alert| alert.resolved_at_ms.is_none())),
            receiver: "farthing",
            group_labels: &self.group,
            common_labels: common(self.alerts.iter().map(|alert| &alert.firing.labels)),
            common_annotations: common(self.alerts.iter().map(|alert| &alert.firing.annotations)),
            external_url,
            alerts: listed
                .iter()
                .map(|alert| Listed {
                    status: status(alert.resolved_at_ms.is_none()),
                    labels: &alert.firing.labels,
                    annotations: &alert.firing.annotations,
                    starts_at: rfc3339(alert.firing.starts_at_ms),
                    // Go's zero time, which is what Alertmanager writes while an alert fires.
                    ends_at: alert.resolved_at_ms.map_or_else(|| "0001-01-01T00:00:00Z".into(), rfc3339),
                    generator_url: &alert.firing.generator_url,
                    fingerprint: fingerprint(&alert.firing.labels),
                })
                .collect(),
        };
        serde_json::to_string(&body).expect("INVARIANT: texts with string keys are JSON")
    }

    /// `{}:{alertname="ErrorBudgetBurn", service="chat"}`, as Alertmanager writes the key of a group below its first
    /// route.
    fn key(&self) -> String {
        let pairs: Vec<String> = self.group.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
        format!("{{}}:{{{}}}", pairs.join(", "))
    }
}

/// What all have.
fn common<'a>(mut all: impl Iterator<Item = &'a Labels>) -> Labels {
    let mut common = all.next().cloned().unwrap_or_default();
    for other in all {
        common.retain(|name, value| other.get(name) == Some(value));
    }
    common
}
