//! From cells to batches of events.

use farthing_evaluator::{Evaluator, EventBatch, EventId, LabelId, RecordError};
use farthing_intake::{Cell, Flaw, Row, Schema, too_many_values};
use farthing_plan::{Event, Plan};

use crate::{
    Failure,
    report::{moment, plain},
};

/// Events in a batch.
const BATCH: usize = 4_096;
/// How far, in milliseconds, an event may lie before the newest one: the evaluator judges minutes an hour after.
const LATE: i64 = 3_600_000;

/// Takes rows one by one and gives them to the evaluator in batches.
pub(super) struct Intake {
    id: EventId,
    evaluator: Evaluator,
    /// What is read, and from which columns.
    pub schema: Schema,
    /// The row that is being read.
    row: Row,
    /// Its labels by number; what nothing reads stays so.
    row_labels: Vec<LabelId>,
    times: Vec<i64>,
    numbers: Vec<Vec<f64>>,
    labels: Vec<Vec<LabelId>>,
    newest_ms: i64,
    last_ms: Option<i64>,
}

impl Intake {
    /// # Errors
    /// Where no objective reads the event, or it does not say when it happened.
    pub fn new(plan: &Plan, mut evaluator: Evaluator, event: &Event) -> Result<Self, Failure> {
        let name = &event.name;
        let schema = Schema::new(plan, name).map_err(Failure::input)?;
        let Some(id) = evaluator.event(name) else {
            return Err(Failure::input(format!("no objective reads the event {name}")));
        };
        if schema.time_column().is_none() {
            return Err(Failure::input(format!(
                "the event {name} does not say when it happened: add a field such as `at: time from \"TIMESTAMP\"`"
            )));
        }
        let row = schema.empty_row();
        let labels = schema.label_fields().zip(&row.labels).map(|(field, text)| evaluator.label(id, field, text));
        let row_labels: Vec<LabelId> = labels.collect::<Result<_, _>>().map_err(Failure::input)?;
        Ok(Intake {
            id,
            evaluator,
            times: Vec::with_capacity(BATCH),
            numbers: vec![Vec::with_capacity(BATCH); schema.numbers()],
            labels: vec![Vec::with_capacity(BATCH); row_labels.len()],
            row,
            row_labels,
            schema,
            newest_ms: i64::MIN,
            last_ms: None,
        })
    }

    /// One cell of the row that is being read.
    pub fn text(&mut self, column: usize, text: &str) -> Result<(), Flaw> {
        self.schema.cell(&mut self.row, column, Cell::Text(text))
    }

    /// A row that is a JSON object.
    pub fn json(&mut self, text: &[u8]) -> Result<(), Flaw> {
        self.schema.json(&mut self.row, text)?;
        self.end_row()
    }

    /// The row is complete.
    ///
    /// # Errors
    /// Where it lies so far before an earlier row that it could not be judged rightly any more, and where the evaluator
    /// refuses a label.
    pub fn end_row(&mut self) -> Result<(), Flaw> {
        self.look_up_labels()?;
        // INVARIANT: the time's column is read like all others.
        let time_ms = self.row.time_ms.unwrap_or_default();
        if time_ms < self.newest_ms.saturating_sub(LATE) {
            return Err(Flaw {
                message: format!(
                    "{} UTC is more than an hour before an earlier row ({} UTC): the rows must be in the order of \
                     time, give or take an hour; sort the file by this column",
                    moment(time_ms),
                    moment(self.newest_ms)
                ),
                column: self.schema.time_column().map(|time| plain(time.name())),
            });
        }
        self.newest_ms = self.newest_ms.max(time_ms);
        self.times.push(time_ms);
        for (column, number) in self.numbers.iter_mut().zip(&self.row.numbers) {
            column.push(*number);
        }
        for (column, label) in self.labels.iter_mut().zip(&self.row_labels) {
            column.push(*label);
        }
        if self.times.len() == BATCH {
            self.flush().map_err(|error| Flaw::of_row(error.to_string()))?;
        }
        Ok(())
    }

    fn look_up_labels(&mut self) -> Result<(), Flaw> {
        for (at, field) in self.schema.label_fields().enumerate() {
            let Some(column) = self.schema.label_column(at) else { continue };
            self.row_labels[at] = self.evaluator.label(self.id, field, &self.row.labels[at]).map_err(|error| Flaw {
                column: Some(plain(column.name())),
                message: match error {
                    RecordError::TooManyValues { .. } => too_many_values(),
                    error => error.to_string(),
                },
            })?;
        }
        Ok(())
    }

    /// The evaluator with all events, and the time of the last one; none where there was no event.
    ///
    /// # Errors
    /// Where the evaluator refuses the last batch, which it never does for events that were looked at here.
    pub fn finish(mut self) -> Result<Option<(Evaluator, i64)>, Failure> {
        self.flush().map_err(Failure::input)?;
        Ok(self.last_ms.map(|last_ms| (self.evaluator, last_ms)))
    }

    fn flush(&mut self) -> Result<(), RecordError> {
        if self.times.is_empty() {
            return Ok(());
        }
        let numbers: Vec<&[f64]> = self.numbers.iter().map(Vec::as_slice).collect();
        let labels: Vec<&[LabelId]> = self.labels.iter().map(Vec::as_slice).collect();
        let batch = EventBatch { times_ms: &self.times, numbers: &numbers, labels: &labels };
        self.evaluator.record_batch(self.id, &batch)?;
        self.last_ms = Some(self.newest_ms);
        self.times.clear();
        self.numbers.iter_mut().for_each(Vec::clear);
        self.labels.iter_mut().for_each(Vec::clear);
        Ok(())
    }
}
