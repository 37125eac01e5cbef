//! One series: from neighbouring samples to amounts in minutes.

use farthing_plan::Comparison;

use super::SampleValue;
use crate::{
    report::Health,
    store::Store,
    time::{LOOK_BACK_MS, overlaps},
};

/// How a source reads a series.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reading {
    Counter { scale: f64 },
    Sum { scale: f64 },
    Count { scale: f64 },
    Time { when: Option<(Comparison, f64)> },
}

/// One series.
pub(super) struct Series {
    /// How it is read, and into which stream.
    bindings: Vec<(Reading, usize)>,
    /// Whether something reads it as a counter.
    pub counter: bool,
    /// The time of the last sample or marker.
    pub last_ms: Option<i64>,
    /// The last number.
    last: Option<(i64, f64)>,
    /// Whether a marker came after the last number.
    ended: bool,
    /// The first number, until its created timestamp was used.
    first: Option<(i64, f64)>,
    /// The created timestamp, until it was used.
    created: Option<i64>,
}

/// What is remembered of a series beside how it is read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct SeriesState {
    pub last_ms: Option<i64>,
    pub last: Option<(i64, f64)>,
    pub ended: bool,
    pub first: Option<(i64, f64)>,
    pub created: Option<i64>,
}

impl Series {
    pub(super) fn new(bindings: Vec<(Reading, usize)>) -> Series {
        let counter = bindings.iter().any(|(reading, _)| matches!(reading, Reading::Counter { .. }));
        Series { bindings, counter, last_ms: None, last: None, ended: false, first: None, created: None }
    }

    /// One sample or marker, after the last one.
    pub(super) fn take(&mut self, time_ms: i64, value: SampleValue, store: &mut Store, health: &mut Health) {
        self.last_ms = Some(time_ms);
        if let Some((last_ms, last)) = self.last {
            let observed = time_ms - last_ms <= LOOK_BACK_MS;
            if !(observed || self.ended && value == SampleValue::Stale) {
                health.gaps += 1;
            }
            if let (true, SampleValue::Number(number)) = (observed && self.counter, value) {
                health.resets += u64::from(number < last);
                self.count(last_ms, last, time_ms, number, store);
            }
            if observed && !self.ended {
                self.hold(last_ms, last, time_ms, store);
            }
        }
        match value {
            SampleValue::Stale => self.ended = true,
            SampleValue::Number(number) => {
                let first = self.last.is_none();
                self.last = Some((time_ms, number));
                self.ended = false;
                if first {
                    self.first = Some((time_ms, number));
                    self.begin(store);
                }
            }
        }
    }

    /// The created timestamp. Only the first sample's matters: later beginnings show as resets.
    pub(super) fn created(&mut self, time_ms: i64, store: &mut Store) {
        if self.counter && (self.last.is_none() || self.first.is_some()) {
            self.created = Some(time_ms);
            self.begin(store);
        }
    }

    /// What it remembers.
    pub(super) fn state(&self) -> SeriesState {
        let Series { last_ms, last, ended, first, created, .. } = *self;
        SeriesState { last_ms, last, ended, first, created }
    }

    /// Sets what it remembers.
    pub(super) fn restore(&mut self, state: SeriesState) {
        let SeriesState { last_ms, last, ended, first, created } = state;
        *self = Series {
            bindings: std::mem::take(&mut self.bindings),
            counter: self.counter,
            last_ms,
            last,
            ended,
            first,
            created,
        };
    }

    /// The bytes that it holds.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Series>() + self.bindings.capacity() * size_of::<(Reading, usize)>()
    }

    /// The first number of a counter, when its created timestamp is known too: it began there at 0.
    fn begin(&mut self, store: &mut Store) {
        if let (Some((first_ms, first)), Some(created_ms)) = (self.first, self.created) {
            self.first = None;
            if created_ms < first_ms && first_ms - created_ms <= LOOK_BACK_MS {
                self.count(created_ms, 0.0, first_ms, first, store);
            }
        }
    }

    /// Counters: what was added is spread evenly.
    fn count(&self, from_ms: i64, from: f64, to_ms: i64, to: f64, store: &mut Store) {
        let increase = if to < from { to } else { to - from };
        let length = (to_ms - from_ms) as f64;
        for (minute, part) in overlaps(from_ms, to_ms) {
            let share = increase * (part as f64 / length);
            for (reading, stream) in &self.bindings {
                if let Reading::Counter { scale } = reading {
                    store.add(*stream, minute, share * scale);
                }
            }
        }
    }

    /// Gauges: a value holds until the next sample.
    fn hold(&self, from_ms: i64, value: f64, to_ms: i64, store: &mut Store) {
        for (reading, stream) in &self.bindings {
            let per_second = match *reading {
                Reading::Counter { .. } => continue,
                Reading::Sum { scale } => value * scale,
                Reading::Count { scale } => scale,
                Reading::Time { when: None } => 1.0,
                Reading::Time { when: Some((comparison, bound)) } => {
                    f64::from(u8::from(comparison.holds(&value, &bound)))
                }
            };
            for (minute, part) in overlaps(from_ms, to_ms) {
                store.add(*stream, minute, per_second * (part as f64 / 1_000.0));
            }
        }
    }
}
