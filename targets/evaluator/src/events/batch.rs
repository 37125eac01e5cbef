//! Many events at once, in columns: the fast path.

use super::{labels::LabelId, program::Program};
use crate::{
    error::RecordError,
    report::Health,
    series::{LARGEST_NUMBER, is_number},
    store::Store,
    time::{MINUTE_MS, Minute, is_time, minute_of},
};

/// Events of one kind in columns of one length.
#[derive(Clone, Copy, Debug)]
pub struct EventBatch<'a> {
    /// Milliseconds since the Unix epoch, in any order; in order is faster.
    pub times_ms: &'a [i64],
    /// One column for each number field of the event, in order; numbers as read, unscaled.
    pub numbers: &'a [&'a [f64]],
    /// One column for each label field of the event, in order.
    pub labels: &'a [&'a [LabelId]],
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchOutcome {
    /// Events that count.
    pub recorded: u64,
    /// Events refused because a number that a flow reads is not a number, infinite or beyond 10^100.
    pub non_numbers: u64,
    /// Events older than every period that could count them.
    pub too_old: u64,
    /// Events refused because their time is before 1970 or after 9999.
    pub times_refused: u64,
}

/// Events that are evaluated together: their columns stay in the nearest cache.
const RUN: usize = 1024;

/// Room for one run.
pub(crate) struct Scratch {
    pub values: Vec<f64>,
    pub sizes: Vec<f64>,
    /// For each condition, 1.0 where it holds, else 0.0: as factors they need no branches.
    pub masks: Vec<Vec<f64>>,
    /// The product of a measure's conditions.
    pub mask: Vec<f64>,
    /// The sums of the columns that are read.
    pub sums: Vec<f64>,
    pub numbers: Vec<f64>,
    pub labels: Vec<LabelId>,
}

impl Scratch {
    pub(super) fn new(program: &Program) -> Scratch {
        Scratch {
            values: vec![0.0; RUN],
            sizes: vec![0.0; RUN],
            masks: vec![vec![0.0; RUN]; program.conditions.len()],
            mask: vec![0.0; RUN],
            sums: vec![0.0; program.numbers.len()],
            numbers: vec![0.0; program.numbers.len()],
            labels: vec![LabelId(0); program.labels.len()],
        }
    }
}

pub(super) fn record(
    program: &mut Program,
    scratch: &mut Scratch,
    newest: &mut Minute,
    batch: &EventBatch<'_>,
    store: &mut Store,
    health: &mut Health,
) -> Result<BatchOutcome, RecordError> {
    if batch.numbers.len() != program.numbers.len() || batch.labels.len() != program.labels.len() {
        return Err(RecordError::Shape { numbers: program.numbers.len(), labels: program.labels.len() });
    }
    let length = batch.times_ms.len();
    let same = batch.numbers.iter().all(|column| column.len() == length)
        && batch.labels.iter().all(|column| column.len() == length);
    if !same {
        return Err(RecordError::Columns);
    }
    for at in 0..if batch.labels.is_empty() { 0 } else { length } {
        for (label, column) in scratch.labels.iter_mut().zip(batch.labels) {
            *label = column[at];
        }
        program.labels.check(&scratch.labels)?;
    }
    let mut outcome = BatchOutcome::default();
    let mut run = Vec::with_capacity(batch.numbers.len());
    let mut start = 0;
    while start < length {
        let time_ms = batch.times_ms[start];
        if !is_time(time_ms) {
            outcome.times_refused += 1;
            start += 1;
            continue;
        }
        let minute = minute_of(time_ms);
        let (after, until) = ((minute - 1) * MINUTE_MS, minute * MINUTE_MS);
        let rest = &batch.times_ms[start..length.min(start + RUN)];
        let count = rest.iter().position(|time| *time <= after || *time > until).unwrap_or(rest.len());
        let end = start + count;
        run.clear();
        run.extend(batch.numbers.iter().map(|column| &column[start..end]));
        // As with single events: the time counts when at least one event of the run is one.
        let all = program.sums_are_numbers(&run, &mut scratch.sums);
        let good =
            if all { count } else { (0..count).filter(|i| program.check_at(&run, *i, &mut scratch.numbers)).count() };
        outcome.non_numbers += (count - good) as u64;
        if good > 0 {
            store.make_room(rest.iter().take(count).copied().min().unwrap_or(time_ms));
            if *newest > minute {
                health.events_out_of_order += good as u64;
            }
            *newest = (*newest).max(minute);
            if minute <= store.horizon() {
                outcome.too_old += good as u64;
            } else {
                outcome.recorded += good as u64;
                let labels: Vec<&[LabelId]> = batch.labels.iter().map(|column| &column[start..end]).collect();
                if all {
                    program.record_run(minute, &run, &labels, count, scratch, store);
                } else {
                    program.record_each(minute, &run, &labels, scratch, store);
                }
            }
        }
        start = end;
    }
    health.events += length as u64;
    health.non_numbers += outcome.non_numbers;
    health.events_too_old += outcome.too_old;
    health.times_refused += outcome.times_refused;
    Ok(outcome)
}

impl Program {
    /// Sums the columns that are read. Whether no number of them can be other than [`Program::check`] lets pass: sums
    /// of absolute values are only within limits where each of them is. Otherwise they are looked at one by one.
    fn sums_are_numbers(&self, run: &[&[f64]], sums: &mut [f64]) -> bool {
        let mut largest: f64 = 1.0;
        for &column in &self.read {
            let (sum, size) = sum_and_size(run[column]);
            sums[column] = sum;
            // Not `max`, which would pass over what is not a number.
            if !is_number(size) {
                return false;
            }
            largest = largest.max(size);
        }
        // No value of a polynomial can exceed it with all numbers at their largest.
        self.polynomials.iter().all(|polynomial| {
            let of_terms = polynomial.terms.iter().map(|(factor, of)| factor.abs() * largest.powi(of.len() as i32));
            of_terms.sum::<f64>() + polynomial.constant.abs() <= LARGEST_NUMBER
        })
    }

    /// Whether one event of a run passes [`Program::check`].
    fn check_at(&self, run: &[&[f64]], at: usize, numbers: &mut [f64]) -> bool {
        for (number, column) in numbers.iter_mut().zip(run) {
            *number = column[at];
        }
        self.check(numbers).is_ok()
    }

    /// A run in which some events are to be refused.
    fn record_each(
        &mut self,
        minute: Minute,
        run: &[&[f64]],
        labels: &[&[LabelId]],
        scratch: &mut Scratch,
        store: &mut Store,
    ) {
        for at in 0..run.first().map_or(0, |column| column.len()) {
            if self.check_at(run, at, &mut scratch.numbers) {
                for (label, column) in scratch.labels.iter_mut().zip(labels) {
                    *label = column[at];
                }
                self.record(minute, &scratch.numbers, &scratch.labels, store);
            }
        }
    }
}

/// The sum of a column and of its absolute values, in eight lanes: wide, and with shorter chains of rounding.
fn sum_and_size(column: &[f64]) -> (f64, f64) {
    let (mut sums, mut sizes) = ([0.0; 8], [0.0; 8]);
    let chunks = column.chunks_exact(8);
    let rest = chunks.remainder();
    for chunk in chunks {
        for lane in 0..8 {
            sums[lane] += chunk[lane];
            sizes[lane] += chunk[lane].abs();
        }
    }
    let (sum, size) = (sums.iter().sum::<f64>(), sizes.iter().sum::<f64>());
    rest.iter().fold((sum, size), |(sum, size), number| (sum + number, size + number.abs()))
}
