//! Where the fleet's samples go: into the evaluator, and into memory where they are to be written.

use farthing_evaluator::{Evaluator, Report, SampleValue, SeriesId};
use farthing_plan::Plan;

use crate::Failure;

/// The type of a metric family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// A series that was registered.
#[derive(Clone, Copy)]
pub(super) struct Handle(usize);

/// A series with its samples.
pub(super) struct Written {
    pub kind: Kind,
    pub family: String,
    /// What follows the family's name in that of the series: `_total`, `_bucket`.
    pub suffix: String,
    pub labels: Vec<(String, String)>,
    pub created_ms: Option<i64>,
    pub samples: Vec<(i64, f64)>,
}

pub(super) struct Recorder {
    evaluator: Evaluator,
    /// None for those that no objective reads.
    ids: Vec<Option<SeriesId>>,
    written: Option<Vec<Written>>,
    /// While it is blind, samples are lost.
    pub blind: bool,
}

impl Recorder {
    /// A recorder for a plan; `keep` is whether samples are to be written.
    pub fn new(plan: &Plan, keep: bool) -> Result<Self, Failure> {
        let evaluator = Evaluator::new(plan)
            .map_err(|error| Failure::input(format!("the built-in example cannot be evaluated: {error}")))?;
        Ok(Recorder { evaluator, ids: Vec::new(), written: keep.then(Vec::new), blind: false })
    }

    pub fn series(&mut self, kind: Kind, family: &str, suffix: &str, labels: &[(&str, &str)]) -> Handle {
        self.ids.push(self.evaluator.series(&format!("{family}{suffix}"), labels));
        if let Some(written) = &mut self.written {
            let labels = labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
            let (family, suffix) = (family.to_string(), suffix.to_string());
            written.push(Written { kind, family, suffix, labels, created_ms: None, samples: Vec::new() });
        }
        Handle(self.ids.len() - 1)
    }

    /// When a counter began at 0.
    pub fn created(&mut self, series: Handle, at_ms: i64) {
        if let Some(id) = self.ids[series.0] {
            self.evaluator.created(id, at_ms).expect("INVARIANT: a time of the story");
        }
        if let Some(written) = &mut self.written {
            written[series.0].created_ms = Some(at_ms);
        }
    }

    /// A sample, later than the last one of its series.
    pub fn sample(&mut self, series: Handle, at_ms: i64, value: f64) {
        if self.blind {
            return;
        }
        if let Some(id) = self.ids[series.0] {
            let observed = self.evaluator.observe(id, at_ms, SampleValue::Number(value));
            observed.expect("INVARIANT: each minute is later than the one before, and no counter is below 0");
        }
        if let Some(written) = &mut self.written {
            written[series.0].samples.push((at_ms, value));
        }
    }

    pub fn advance(&mut self, now_ms: i64) {
        self.evaluator.advance(now_ms);
    }

    pub fn report(&self) -> Report {
        self.evaluator.report()
    }

    /// What was kept to be written: all series in the order in which they were registered.
    pub fn written(self) -> Vec<Written> {
        self.written.unwrap_or_default()
    }
}
