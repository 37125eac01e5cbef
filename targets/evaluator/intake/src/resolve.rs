//! From columns to the evaluator: first checked, then recorded.

use std::fmt;

use farthing_evaluator::{BatchOutcome, Evaluator, EventBatch, EventId, LabelId, MAX_LABEL_VALUES, RecordError};

use crate::{
    batch::{Labels, Parsed},
    names::plain,
    problems::Problems,
    row::Flaw,
    schema::Column,
};

/// What becomes of a batch with bad rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They are left out, the others taken.
    Partial,
    /// Nothing is taken.
    AllOrNothing,
}

/// A batch that the evaluator will take, with its labels by number.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    event: EventId,
    times_ms: Vec<i64>,
    numbers: Vec<Vec<f64>>,
    labels: Vec<Vec<LabelId>>,
    problems: Problems,
}

/// Why nothing of a batch is taken.
#[derive(Clone, Debug, PartialEq)]
pub enum Unresolved {
    /// Rows are bad, and it was to be all or nothing.
    Rows(Problems),
    /// The evaluator is of another plan than the schema: read the rows again.
    OtherPlan(RecordError),
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unresolved::Rows(problems) => write!(f, "{problems}"),
            Unresolved::OtherPlan(error) => write!(f, "the rows were read by another plan: {error}"),
        }
    }
}

impl std::error::Error for Unresolved {}

impl Parsed {
    /// Gets the numbers of the labels: each value is looked up once. Nothing is recorded yet, but the evaluator knows the
    /// values from here on.
    ///
    /// # Errors
    /// Where a row is bad and it is all or nothing, and where the evaluator's plan has no such event.
    pub fn resolve(self, evaluator: &mut Evaluator, mode: Mode) -> Result<Batch, Unresolved> {
        if mode == Mode::AllOrNothing && !self.problems.is_empty() {
            return Err(Unresolved::Rows(self.problems));
        }
        let event = evaluator.event(self.schema.event()).ok_or(Unresolved::OtherPlan(RecordError::UnknownEvent))?;
        let mut bad_rows = BadRows::default();
        let mut dictionaries = Vec::with_capacity(self.labels.len());
        for (at, (column, field)) in self.labels.iter().zip(self.schema.label_fields()).enumerate() {
            let mut ids = Vec::with_capacity(column.values.len());
            let mut refused = false;
            for value in &column.values {
                ids.push(match evaluator.label(event, field, value) {
                    Ok(id) => Ok(id),
                    Err(error) => {
                        refused = true;
                        Err(bad_rows.flaw(error, self.schema.label_column(at))?)
                    }
                });
            }
            if refused {
                bad_rows.find(column, &ids);
            }
            dictionaries.push(ids);
        }
        let (mut times_ms, mut numbers, mut problems) = (self.times_ms, self.numbers, self.problems);
        let is_good = |row: usize| bad_rows.flaw_of.get(row).is_none_or(Option::is_none);
        if !bad_rows.flaw_of.is_empty() {
            problems.merge(bad_rows.problems(&self.lines, self.listed), self.listed);
            if mode == Mode::AllOrNothing {
                return Err(Unresolved::Rows(problems));
            }
            keep(&mut times_ms, is_good);
            numbers.iter_mut().for_each(|column| keep(column, is_good));
        }
        let columns = self.labels.iter().zip(&dictionaries).map(|(column, ids)| {
            let good = column.ids.iter().enumerate().filter(|(row, _)| is_good(*row));
            good.filter_map(|(_, id)| ids[*id as usize].ok()).collect()
        });
        let labels = columns.collect();
        Ok(Batch { event, times_ms, numbers, labels, problems })
    }
}

/// Rows with a label that the evaluator refuses.
#[derive(Default)]
struct BadRows {
    /// What is wrong with a value.
    flaws: Vec<Flaw>,
    /// For each row its first flaw, if any; empty where all are good.
    flaw_of: Vec<Option<usize>>,
}

impl BadRows {
    /// The number of a flaw of a value.
    fn flaw(&mut self, error: RecordError, column: Option<&Column>) -> Result<usize, Unresolved> {
        let message = match error {
            RecordError::NotAllowed { .. } => error.to_string(),
            RecordError::TooManyValues { .. } => too_many_values(),
            error => return Err(Unresolved::OtherPlan(error)),
        };
        self.flaws.push(Flaw { column: column.map(|column| plain(column.name())), message });
        Ok(self.flaws.len() - 1)
    }

    /// Finds the rows of refused values.
    fn find(&mut self, column: &Labels, ids: &[Result<LabelId, usize>]) {
        self.flaw_of.resize(column.ids.len(), None);
        for (flaw, id) in self.flaw_of.iter_mut().zip(&column.ids) {
            *flaw = flaw.or(ids[*id as usize].err());
        }
    }

    fn problems(&self, lines: &[u32], most: usize) -> Problems {
        let mut problems = Problems::default();
        for (line, flaw) in lines.iter().zip(&self.flaw_of) {
            if let Some(flaw) = flaw {
                problems.add(*line, self.flaws[*flaw].clone(), most);
            }
        }
        problems
    }
}

/// Keeps the elements of good rows.
fn keep<T>(column: &mut Vec<T>, is_good: impl Fn(usize) -> bool) {
    let mut row = 0;
    column.retain(|_| {
        row += 1;
        is_good(row - 1)
    });
}

/// What is wrong with a label's value that the evaluator has no room for.
pub fn too_many_values() -> String {
    format!("more than {MAX_LABEL_VALUES} different values: too many to break an objective down by")
}

impl Batch {
    /// How many events it has.
    pub fn len(&self) -> usize {
        self.times_ms.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.times_ms.is_empty()
    }

    /// When its events happened, in milliseconds since the epoch.
    pub fn times_ms(&self) -> &[i64] {
        &self.times_ms
    }

    /// The rows that were left out.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// Gives the events to the evaluator that the batch was resolved with.
    ///
    /// # Errors
    /// Only where it is another one.
    pub fn record(&self, evaluator: &mut Evaluator) -> Result<BatchOutcome, RecordError> {
        let numbers: Vec<&[f64]> = self.numbers.iter().map(Vec::as_slice).collect();
        let labels: Vec<&[LabelId]> = self.labels.iter().map(Vec::as_slice).collect();
        let batch = EventBatch { times_ms: &self.times_ms, numbers: &numbers, labels: &labels };
        evaluator.record_batch(self.event, &batch)
    }
}
