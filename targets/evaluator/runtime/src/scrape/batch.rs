//! What a scrape hands over.

use std::{sync::Arc, time::Duration};

use super::{ScrapeError, Target};

/// One scrape, successful or not, or the end of a target.
///
/// The scrapes of a target come one after the other, from one thread.
#[derive(Debug)]
pub struct Scrape {
    /// Whose it is.
    pub target: Arc<Target>,
    /// When it began, by the wall clock, in milliseconds since 1970. It is the time of the samples that have none of
    /// their own, and of what ended.
    pub started_ms: i64,
    /// How long it took, from the connection to the last byte.
    pub duration: Duration,
    /// The series that were never seen before. Take them in before the rest, also where the scrape failed.
    pub series: NewSeries,
    /// The series that were in the scrape before and are not in this one, as places in the target's table. All of
    /// them where the scrape failed or the target is gone. Series with times of their own do not end, as in Prometheus.
    pub ended: Vec<u32>,
    /// What was read.
    pub result: Result<Batch, ScrapeError>,
}

/// How the table of a target's series grew.
///
/// Samples name their series by its place in this table. It only grows, until most of it is gone from the target; then
/// a new epoch begins with the series that are left, in a table of their own.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewSeries {
    /// Where it is not that of the scrape before, all places known of this target are to be forgotten.
    pub epoch: u32,
    /// The place of the first one in `added`; the others follow.
    pub first: u32,
    /// The new ones.
    pub added: Vec<Arc<Series>>,
}

/// A series, with the target's labels.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Series {
    /// The metric's name.
    pub name: String,
    /// Labels, sorted by name, none of them empty.
    pub labels: Vec<(String, String)>,
}

/// The samples of a scrape.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// In the order of the text.
    pub samples: Vec<BatchSample>,
    /// All samples that the text had, those that nothing reads among them.
    pub read: usize,
    /// Samples passed over, for their series had one of the same time already.
    pub duplicates: usize,
}

/// One sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchSample {
    /// The series' place in the target's table.
    pub series: u32,
    /// Its value.
    pub value: f64,
    /// Its own time, or the scrape's, in milliseconds since 1970.
    pub time_ms: i64,
    /// When the counter, histogram or summary began, in milliseconds since 1970, where the exporter tells.
    pub created_ms: Option<i64>,
}
