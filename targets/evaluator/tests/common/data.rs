//! Series and events, and how they are fed.

use std::collections::BTreeMap;

use farthing_evaluator::{Evaluator, EventBatch, LabelId, SampleValue, SavedState, SeriesId};
use farthing_plan::{FieldKind, Plan};

use super::{HOUR, MIN, START};
use crate::judge::{Reading, Record, Series};

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to 1.
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From `low` to below `high`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low) as u64) as i64
    }
}

pub fn series(name: &str, labels: &[(&str, &str)], samples: Vec<(i64, Reading)>) -> Series {
    let labels = labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    Series { name: name.into(), labels, created_ms: None, samples }
}

/// A counter that rises by `rate(t)` per second, sampled at each of `times`.
pub fn rising(times: impl Iterator<Item = i64>, mut rate: impl FnMut(i64) -> f64) -> Vec<(i64, Reading)> {
    let (mut value, mut last) = (0.0, None);
    times
        .map(|t| {
            value += last.map_or(0.0, |last: i64| rate(t) * (t - last) as f64 / 1_000.0);
            last = Some(t);
            (t, Reading::Number(value))
        })
        .collect()
}

/// A counter that rises by so much in the first hour, evenly.
pub fn counted(name: &str, labels: &[(&str, &str)], in_the_hour: f64) -> Series {
    series(name, labels, rising(every(15_000, 0, HOUR), |_| in_the_hour / 3_600.0))
}

pub fn holding(times: impl Iterator<Item = i64>, mut value: impl FnMut(i64) -> f64) -> Vec<(i64, Reading)> {
    times.map(|t| (t, Reading::Number(value(t)))).collect()
}

/// From `START + from` to `START + to`, both included.
pub fn every(step: i64, from: i64, to: i64) -> impl Iterator<Item = i64> {
    (0..=(to - from) / step).map(move |i| START + from + i * step)
}

/// How time passes while data comes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// To now, at every minute.
    Live,
    /// To five minutes before what was fed.
    Backtest,
    /// Never before the end.
    AtOnce,
    /// As live, and again and again the evaluator is saved and another one goes on.
    Restarting,
}

/// A state, as a store would keep it.
#[derive(Clone, Default)]
pub struct Saved(pub BTreeMap<Vec<u8>, Vec<u8>>);

impl Saved {
    /// Takes in what changed.
    pub fn take(&mut self, evaluator: &mut Evaluator) {
        evaluator.save(&mut |key, value| match value {
            Some(value) => {
                self.0.insert(key.to_vec(), value.to_vec());
            }
            None => {
                self.0.remove(key);
            }
        });
    }

    /// An evaluator that goes on from here.
    pub fn restore(&self, plan: &Plan) -> Evaluator {
        Evaluator::restore(plan, self).expect("a state that was saved")
    }
}

impl SavedState for Saved {
    type Error = std::convert::Infallible;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Self::Error> {
        Ok(self.0.get(key).cloned())
    }

    fn scan(&self, prefix: &[u8], each: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), Self::Error> {
        let from = self.0.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
        from.for_each(|(key, value)| each(key, value));
        Ok(())
    }
}

/// Feeds data in order of time (events as they stand, merged with the samples by their place), up to `end`.
pub fn run(plan: &Plan, series: &[Series], events: &[Record], pace: Pace, end: i64) -> Evaluator {
    let mut saved = Saved::default();
    let mut evaluator = saved.restore(plan);
    let register = |evaluator: &mut Evaluator| -> Vec<Option<SeriesId>> {
        let of = |series: &Series| {
            let labels: Vec<(&str, &str)> = series.labels.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            evaluator.series(&series.name, &labels)
        };
        series.iter().map(of).collect()
    };
    let mut ids = register(&mut evaluator);
    for (id, series) in ids.iter().zip(series) {
        if let (Some(id), Some(created)) = (id, series.created_ms) {
            evaluator.created(*id, created).expect("a time");
        }
    }
    let mut inputs: Vec<(i64, Input)> = Vec::new();
    for (at, series) in series.iter().enumerate() {
        inputs.extend(series.samples.iter().map(|(time, reading)| (*time, Input::Sample(*time, at, *reading))));
    }
    // An event that is late comes after those that it comes after.
    let mut newest = i64::MIN;
    for record in events {
        newest = newest.max(record.time_ms);
        inputs.push((newest, Input::Event(record)));
    }
    inputs.sort_by_key(|input| input.0);
    let mut minute = i64::MIN;
    for (number, (time, input)) in inputs.into_iter().enumerate() {
        match input {
            Input::Event(record) => record_one(&mut evaluator, plan, record),
            Input::Sample(time, at, reading) => {
                let value = match reading {
                    Reading::Number(number) => SampleValue::Number(number),
                    Reading::Stale => SampleValue::Stale,
                };
                if let Some(id) = ids[at] {
                    evaluator.observe(id, time, value).expect("a sample in order");
                }
            }
        }
        if time.div_euclid(MIN) > minute {
            minute = time.div_euclid(MIN);
            match pace {
                Pace::Live | Pace::Restarting => evaluator.advance(minute * MIN),
                Pace::Backtest => evaluator.advance(time - 5 * MIN),
                Pace::AtOnce => {}
            }
        }
        if pace == Pace::Restarting && number % 7 == 3 {
            saved.take(&mut evaluator);
            if number % 91 == 3 {
                evaluator = saved.restore(plan);
                ids = register(&mut evaluator);
            }
        }
    }
    evaluator.advance(end);
    evaluator
}

enum Input<'a> {
    Sample(i64, usize, Reading),
    Event(&'a Record),
}

pub fn record_one(evaluator: &mut Evaluator, plan: &Plan, record: &Record) {
    let event = evaluator.event(&record.event).expect("an event of the plan");
    let labels = labels_of(evaluator, plan, record);
    evaluator.record(event, record.time_ms, &record.numbers, &labels).expect("a good event");
}

pub fn labels_of(evaluator: &mut Evaluator, plan: &Plan, record: &Record) -> Vec<LabelId> {
    let event = evaluator.event(&record.event).expect("an event of the plan");
    let fields = &plan.events.iter().find(|event| event.name == record.event).expect("an event of the plan").fields;
    let fields = fields.iter().enumerate().filter(|(_, field)| matches!(field.kind, FieldKind::Label { .. }));
    fields
        .zip(&record.labels)
        .map(|((index, _), value)| evaluator.label(event, index, value).expect("a label"))
        .collect()
}

/// All events in one batch.
pub fn record_all(evaluator: &mut Evaluator, plan: &Plan, records: &[Record]) {
    let Some(first) = records.first() else { return };
    let event = evaluator.event(&first.event).expect("an event of the plan");
    let labels: Vec<Vec<LabelId>> = records.iter().map(|record| labels_of(evaluator, plan, record)).collect();
    let times: Vec<i64> = records.iter().map(|record| record.time_ms).collect();
    let columns = |count: usize, at: &dyn Fn(usize, usize) -> f64| -> Vec<Vec<f64>> {
        (0..count).map(|column| (0..records.len()).map(|row| at(row, column)).collect()).collect()
    };
    let numbers = columns(first.numbers.len(), &|row, column| records[row].numbers[column]);
    let labels: Vec<Vec<LabelId>> =
        (0..first.labels.len()).map(|column| labels.iter().map(|row| row[column]).collect()).collect();
    let numbers: Vec<&[f64]> = numbers.iter().map(Vec::as_slice).collect();
    let labels: Vec<&[LabelId]> = labels.iter().map(Vec::as_slice).collect();
    let batch = EventBatch { times_ms: &times, numbers: &numbers, labels: &labels };
    let outcome = evaluator.record_batch(event, &batch).expect("a batch");
    assert_eq!(outcome.recorded, records.len() as u64);
}
