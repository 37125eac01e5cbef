//! How targets are.

use std::{collections::BTreeMap, time::Duration};

use farthing_exposition::{Kind, Writer};

use super::{Batch, Reason, ScrapeError, Target};

/// How a target is, and how it was.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetHealth {
    /// Where its metrics are.
    pub url: String,
    /// Its labels.
    pub labels: Vec<(String, String)>,
    /// Whether its last scrape succeeded; none before the first.
    pub up: Option<bool>,
    /// When the last scrape began, in milliseconds since 1970.
    pub last_ms: Option<i64>,
    /// How long the last one took.
    pub duration: Duration,
    /// Samples of the last one, 0 where it failed.
    pub samples_read: usize,
    /// Of those, the samples that objectives read.
    pub samples_kept: usize,
    /// Of those that objectives read, the ones passed over, for their series was there twice.
    pub duplicates: usize,
    /// What was wrong the last time that something was, which may be long ago.
    pub last_error: Option<String>,
    /// Failures since the last success.
    pub consecutive_failures: u64,
    /// All failures, by reason.
    pub errors: BTreeMap<Reason, u64>,
}

impl TargetHealth {
    pub(super) fn new(target: &Target) -> Self {
        TargetHealth {
            url: target.url.clone(),
            labels: target.labels.clone(),
            up: None,
            last_ms: None,
            duration: Duration::ZERO,
            samples_read: 0,
            samples_kept: 0,
            duplicates: 0,
            last_error: None,
            consecutive_failures: 0,
            errors: BTreeMap::new(),
        }
    }

    pub(super) fn succeeded(&mut self, batch: &Batch) {
        self.up = Some(true);
        self.consecutive_failures = 0;
        (self.samples_read, self.samples_kept, self.duplicates) = (batch.read, batch.samples.len(), batch.duplicates);
    }

    pub(super) fn failed(&mut self, error: &ScrapeError) {
        self.up = Some(false);
        self.consecutive_failures += 1;
        *self.errors.entry(error.reason).or_default() += 1;
        self.last_error = Some(error.message.clone());
        (self.samples_read, self.samples_kept, self.duplicates) = (0, 0, 0);
    }

    /// Its labels on metrics: its own, its URL, and one more perhaps.
    fn labelled<'a>(&'a self, more: Option<(&'a str, &'a str)>) -> Vec<(&'a str, &'a str)> {
        let mut labels: Vec<(&str, &str)> = [("url", self.url.as_str())].into_iter().chain(more).collect();
        let own = self.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        // A label that is configured with one of those names stays out.
        let own: Vec<_> = own.filter(|(name, _)| labels.iter().all(|(known, _)| known != name)).collect();
        labels.extend(own);
        labels
    }
}

/// Writes the health of targets as metrics. Targets that were not asked yet are left out.
pub fn write_health(health: &[TargetHealth], writer: &mut Writer) {
    let gauge = |writer: &mut Writer, name, unit, help, value: &dyn Fn(&TargetHealth) -> f64| {
        writer.family(name, Kind::Gauge, unit, help);
        for target in health.iter().filter(|target| target.up.is_some()) {
            writer.sample("", &target.labelled(None), value(target));
        }
    };
    gauge(writer, "farthing_scrape_up", "", "Whether the target's last scrape succeeded.", &|target| {
        f64::from(u8::from(target.up == Some(true)))
    });
    gauge(writer, "farthing_scrape_duration_seconds", "seconds", "How long the last scrape took.", &|target| {
        target.duration.as_secs_f64()
    });
    gauge(writer, "farthing_scrape_samples", "", "Samples that the last scrape had.", &|target| {
        target.samples_read as f64
    });
    gauge(writer, "farthing_scrape_samples_kept", "", "Samples of the last scrape that objectives read.", &|target| {
        target.samples_kept as f64
    });
    gauge(
        writer,
        "farthing_scrape_samples_duplicate",
        "",
        "Samples of the last scrape passed over, for their series was there twice.",
        &|target| target.duplicates as f64,
    );
    writer.family("farthing_scrape_errors", Kind::Counter, "", "Scrapes that failed, by reason.");
    for target in health {
        for (reason, count) in &target.errors {
            writer.sample("_total", &target.labelled(Some(("reason", reason.as_str()))), *count as f64);
        }
    }
}
