//! From cells to batches of events.

use farthing_evaluator::{Evaluator, EventBatch, EventId, LabelId, RecordError};
use farthing_plan::{Event, FieldKind, Plan};

use super::{
    super::time,
    fields::{Kind, Wanted, is_read, wanted},
    rows::Problem,
};
use crate::{
    Failure,
    report::{moment, plain},
};

/// Events in a batch.
const BATCH: usize = 4_096;
/// How far, in milliseconds, an event may lie before the newest one: the evaluator judges minutes an hour after.
const LATE: i64 = 3_600_000;
/// Beyond this the evaluator takes a number for a mistake.
const LARGEST: f64 = 1e100;

/// A value of a row.
pub(super) enum Cell<'a> {
    Text(&'a str),
    Number(f64),
    /// A JSON value that is neither, by its name: `an object`.
    Other(&'static str),
}

/// Takes rows cell by cell and gives them to the evaluator in batches.
pub(super) struct Intake<'p> {
    event: &'p Event,
    id: EventId,
    evaluator: Evaluator,
    /// The columns to be read.
    pub wanted: Vec<Wanted>,
    /// The row that is being read.
    row: Row,
    times: Vec<i64>,
    numbers: Vec<Vec<f64>>,
    labels: Vec<Vec<LabelId>>,
    newest_ms: i64,
    last_ms: Option<i64>,
}

struct Row {
    time_ms: i64,
    numbers: Vec<f64>,
    labels: Vec<LabelId>,
}

impl<'p> Intake<'p> {
    /// # Errors
    /// Where the event does not say when it happened.
    pub fn new(plan: &Plan, mut evaluator: Evaluator, event: &'p Event) -> Result<Self, Failure> {
        let name = &event.name;
        let Some(id) = evaluator.event(name).filter(|_| is_read(plan, event)) else {
            return Err(Failure::input(format!("no objective reads the event {name}")));
        };
        let wanted = wanted(plan, event);
        if !wanted.iter().any(|wanted| wanted.kind == Kind::Time) {
            return Err(Failure::input(format!(
                "the event {name} does not say when it happened: add a field such as `at: time from \"TIMESTAMP\"`"
            )));
        }
        let mut row = Row { time_ms: 0, numbers: Vec::new(), labels: Vec::new() };
        for (field, of) in event.fields.iter().enumerate() {
            match &of.kind {
                // What nothing reads stays so.
                FieldKind::Number { .. } => row.numbers.push(f64::NAN),
                FieldKind::Label { allowed } => {
                    let any = allowed.first().map_or("", String::as_str);
                    row.labels.push(evaluator.label(id, field, any).map_err(Failure::input)?);
                }
                FieldKind::Time | FieldKind::Derived { .. } => {}
            }
        }
        Ok(Intake {
            event,
            id,
            evaluator,
            wanted,
            times: Vec::with_capacity(BATCH),
            numbers: vec![Vec::with_capacity(BATCH); row.numbers.len()],
            labels: vec![Vec::with_capacity(BATCH); row.labels.len()],
            row,
            newest_ms: i64::MIN,
            last_ms: None,
        })
    }

    /// One value of the row that is being read.
    pub fn cell(&mut self, wanted: usize, cell: Cell<'_>) -> Result<(), Problem> {
        let Wanted { kind, field, .. } = self.wanted[wanted];
        let result = match kind {
            Kind::Time => time_of(cell).map(|time_ms| self.row.time_ms = time_ms),
            Kind::Number(at) => number_of(cell).map(|number| self.row.numbers[at] = number),
            Kind::Label(at) => label_of(cell).and_then(|text| match self.evaluator.label(self.id, field, &text) {
                Ok(label) => {
                    self.row.labels[at] = label;
                    Ok(())
                }
                Err(error) => Err(self.refused(field, &error)),
            }),
        };
        result.map_err(|message| Problem { column: Some(plain(&self.wanted[wanted].column)), message })
    }

    /// The row is complete.
    ///
    /// # Errors
    /// Where it lies so far before an earlier row that it could not be judged rightly any more.
    pub fn end_row(&mut self) -> Result<(), Problem> {
        let time_ms = self.row.time_ms;
        if time_ms < self.newest_ms.saturating_sub(LATE) {
            let column = self.wanted.iter().find(|wanted| wanted.kind == Kind::Time).map(|time| plain(&time.column));
            return Err(Problem {
                message: format!(
                    "{} UTC is more than an hour before an earlier row ({} UTC): the rows must be in the order of \
                     time, give or take an hour; sort the file by this column",
                    moment(time_ms),
                    moment(self.newest_ms)
                ),
                column,
            });
        }
        self.newest_ms = self.newest_ms.max(time_ms);
        self.times.push(time_ms);
        for (column, number) in self.numbers.iter_mut().zip(&self.row.numbers) {
            column.push(*number);
        }
        for (column, label) in self.labels.iter_mut().zip(&self.row.labels) {
            column.push(*label);
        }
        if self.times.len() == BATCH {
            self.flush().map_err(|error| Problem::of_row(error.to_string()))?;
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

    /// Why the evaluator does not take a label, and what it would take.
    fn refused(&self, field: usize, error: &RecordError) -> String {
        match (error, &self.event.fields[field].kind) {
            (RecordError::NotAllowed { value, .. }, FieldKind::Label { allowed }) => {
                format!("{value:?} is none of the values that the event allows: {}", allowed.join(", "))
            }
            (RecordError::TooManyValues { .. }, _) => format!(
                "more than {} different values: too many to break an objective down by",
                farthing_evaluator::MAX_LABEL_VALUES
            ),
            _ => error.to_string(),
        }
    }
}

fn time_of(cell: Cell<'_>) -> Result<i64, String> {
    let time_ms = match cell {
        Cell::Text(text) => time::parse(text)?,
        Cell::Number(number) => time::unix(number)?,
        Cell::Other(what) => return Err(format!("{what}, where a time is needed")),
    };
    if time_ms < 0 { Err("a time before 1970".to_string()) } else { Ok(time_ms) }
}

fn number_of(cell: Cell<'_>) -> Result<f64, String> {
    let number = match cell {
        Cell::Number(number) => number,
        Cell::Text(text) => match integer(text.as_bytes()) {
            Some(number) => return Ok(number),
            None => text.trim().parse().map_err(|_| no_number(text.trim()))?,
        },
        Cell::Other(what) => return Err(format!("{what}, where a number is needed")),
    };
    if number.abs() <= LARGEST { Ok(number) } else { Err(format!("{number} cannot be added up")) }
}

/// What most cells are, fast: at most 15 digits, which a float holds exactly.
fn integer(digits: &[u8]) -> Option<f64> {
    if digits.is_empty() || digits.len() > 15 {
        return None;
    }
    let mut number = 0u64;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        number = number * 10 + u64::from(digit - b'0');
    }
    Some(number as f64)
}

fn no_number(text: &str) -> String {
    match text {
        "" => "empty; a number is needed".to_string(),
        _ if text.contains(',') && text.replace(',', "").parse::<f64>().is_ok() => {
            format!("{text:?} is not a number: thousands are not separated, and the decimal sign is a point")
        }
        _ => format!("{text:?} is not a number"),
    }
}

fn label_of<'a>(cell: Cell<'a>) -> Result<std::borrow::Cow<'a, str>, String> {
    match cell {
        Cell::Text(text) => Ok(text.into()),
        // 3, not 3.0: as it stands in the file.
        Cell::Number(number) => Ok(number.to_string().into()),
        Cell::Other("null") => Ok("".into()),
        Cell::Other("true") => Ok("true".into()),
        Cell::Other("false") => Ok("false".into()),
        Cell::Other(what) => Err(format!("{what}, where a text is needed")),
    }
}
