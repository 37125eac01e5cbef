//! Series: from neighbouring samples to amounts in minutes.

use std::collections::HashMap;

use farthing_plan::{Aggregate, Comparison, Source};

use crate::{
    error::{EvaluatorError, ObserveError},
    matching::{Selector, value_of},
    report::Health,
    shape::{Shape, float},
    store::Store,
    time::{LOOK_BACK_MS, is_time, overlaps},
};

/// A series that some flow reads; given by [`Evaluator::series`](crate::Evaluator::series).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SeriesId(u32);

/// What a sample says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SampleValue {
    /// The series has this value. What is not a number, or infinite, is no sample.
    Number(f64),
    /// The series has ended here: Prometheus's stale marker.
    Stale,
}

impl SampleValue {
    /// The bits of the float by which Prometheus marks the end of a series.
    pub const STALE_BITS: u64 = 0x7ff0_0000_0000_0002;
}

impl From<f64> for SampleValue {
    /// A value as Prometheus stores it, in which one particular not-a-number is the stale marker.
    fn from(value: f64) -> Self {
        if value.to_bits() == Self::STALE_BITS { SampleValue::Stale } else { SampleValue::Number(value) }
    }
}

/// Beyond this a number is taken for a mistake: sums of such could leave the range of floats.
pub(crate) const LARGEST_NUMBER: f64 = 1e100;

/// Whether a float is a number that can be added up.
#[inline]
pub(crate) fn is_number(value: f64) -> bool {
    // False for what is not a number as well.
    value.abs() <= LARGEST_NUMBER
}

/// How a source reads a series.
#[derive(Clone, Copy, Debug)]
enum Reading {
    Counter { scale: f64 },
    Sum { scale: f64 },
    Count { scale: f64 },
    Time { when: Option<(Comparison, f64)> },
}

/// All sources of series, and all series that they read.
pub(crate) struct SeriesTable {
    /// By the series' name: each source's selector, reading, and the source's index.
    sources: HashMap<String, Vec<(Selector, Reading, usize)>>,
    ids: HashMap<(String, Vec<(String, String)>), SeriesId>,
    series: Vec<Series>,
}

/// One series.
struct Series {
    /// How it is read, and into which stream.
    bindings: Vec<(Reading, usize)>,
    /// Whether something reads it as a counter.
    counter: bool,
    /// The time of the last sample or marker.
    last_ms: Option<i64>,
    /// The last number.
    last: Option<(i64, f64)>,
    /// Whether a marker came after the last number.
    ended: bool,
    /// The first number, until its created timestamp was used.
    first: Option<(i64, f64)>,
    /// The created timestamp, until it was used.
    created: Option<i64>,
}

impl SeriesTable {
    pub(crate) fn new(shape: &Shape) -> Result<SeriesTable, EvaluatorError> {
        let mut sources: HashMap<String, Vec<_>> = HashMap::new();
        for (index, source) in shape.sources.iter().enumerate() {
            let reading = match source {
                Source::Counter { scale, .. } => Reading::Counter { scale: float(scale)? },
                Source::Gauge { scale, aggregate: Aggregate::Sum, .. } => Reading::Sum { scale: float(scale)? },
                Source::Gauge { scale, aggregate: Aggregate::Count, .. } => Reading::Count { scale: float(scale)? },
                Source::GaugeTime { when, .. } => Reading::Time {
                    when: match when {
                        Some((comparison, bound)) => Some((*comparison, float(bound)?)),
                        None => None,
                    },
                },
                Source::EventCount { .. } | Source::EventSum { .. } => continue,
            };
            if let Some((metric, selector)) = Selector::new(source)? {
                sources.entry(metric).or_default().push((selector, reading, index));
            }
        }
        Ok(SeriesTable { sources, ids: HashMap::new(), series: Vec::new() })
    }

    /// The series with these labels; none where no source reads it.
    pub(crate) fn register(&mut self, name: &str, labels: &[(&str, &str)], store: &mut Store) -> Option<SeriesId> {
        let sources = self.sources.get(name)?;
        // An empty label is an absent one; the name is no label here.
        let mut labels: Vec<(String, String)> = labels
            .iter()
            .filter(|(label, value)| !value.is_empty() && *label != "__name__")
            .map(|(label, value)| (label.to_string(), value.to_string()))
            .collect();
        labels.sort();
        let key = (name.to_string(), labels);
        if let Some(id) = self.ids.get(&key) {
            return Some(*id);
        }
        let labels = &key.1;
        let mut bindings = Vec::new();
        for (selector, reading, source) in sources {
            if !selector.selects(labels) {
                continue;
            }
            for by in store.shape.source_bys[*source].clone() {
                let values = store.shape.bys[by].iter().map(|label| value_of(labels, label).to_string()).collect();
                bindings.push((*reading, store.stream(*source, by, values)));
            }
        }
        if bindings.is_empty() {
            return None;
        }
        let id = SeriesId(u32::try_from(self.series.len()).ok()?);
        let counter = bindings.iter().any(|(reading, _)| matches!(reading, Reading::Counter { .. }));
        self.series.push(Series {
            bindings,
            counter,
            last_ms: None,
            last: None,
            ended: false,
            first: None,
            created: None,
        });
        self.ids.insert(key, id);
        Some(id)
    }

    /// One sample.
    pub(crate) fn observe(
        &mut self,
        id: SeriesId,
        time_ms: i64,
        value: SampleValue,
        store: &mut Store,
        health: &mut Health,
    ) -> Result<(), ObserveError> {
        let series = self.series.get_mut(id.0 as usize).ok_or(ObserveError::UnknownSeries)?;
        health.samples += 1;
        if !is_time(time_ms) {
            health.times_refused += 1;
            return Err(ObserveError::Time { time_ms });
        }
        if let Some(last_ms) = series.last_ms.filter(|last| time_ms <= *last) {
            health.samples_out_of_order += 1;
            return Err(ObserveError::OutOfOrder { last_ms, time_ms });
        }
        match value {
            SampleValue::Number(value) if !is_number(value) => {
                health.non_numbers += 1;
                return Ok(());
            }
            SampleValue::Number(value) if series.counter && value < 0.0 => {
                health.negative_counters += 1;
                return Err(ObserveError::NegativeCounter { value });
            }
            SampleValue::Number(_) => {}
            SampleValue::Stale => health.stale_markers += 1,
        }
        store.make_room(time_ms);
        series.take(time_ms, value, store, health);
        Ok(())
    }

    /// A counter's created timestamp.
    pub(crate) fn created(&mut self, id: SeriesId, time_ms: i64, store: &mut Store) -> Result<(), ObserveError> {
        let series = self.series.get_mut(id.0 as usize).ok_or(ObserveError::UnknownSeries)?;
        if !is_time(time_ms) {
            return Err(ObserveError::Time { time_ms });
        }
        // Only the first sample's matters: later beginnings show as resets.
        if series.counter && (series.last.is_none() || series.first.is_some()) {
            series.created = Some(time_ms);
            series.begin(store);
        }
        Ok(())
    }

    /// The bytes that it holds, without the text of names and labels.
    pub(crate) fn bytes(&self) -> usize {
        self.series
            .iter()
            .map(|series| size_of::<Series>() + series.bindings.capacity() * size_of::<(Reading, usize)>())
            .sum()
    }
}

impl Series {
    fn take(&mut self, time_ms: i64, value: SampleValue, store: &mut Store, health: &mut Health) {
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
                    f64::from(u8::from(holds(value, comparison, bound)))
                }
            };
            for (minute, part) in overlaps(from_ms, to_ms) {
                store.add(*stream, minute, per_second * (part as f64 / 1_000.0));
            }
        }
    }
}

/// Whether a value compares so with a bound.
pub(crate) fn holds(value: f64, comparison: Comparison, bound: f64) -> bool {
    match comparison {
        Comparison::Less => value < bound,
        Comparison::AtMost => value <= bound,
        Comparison::Greater => value > bound,
        Comparison::AtLeast => value >= bound,
    }
}
