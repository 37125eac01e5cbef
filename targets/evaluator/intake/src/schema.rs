//! What of an event is read, and from which columns.

use std::{fmt, sync::Arc};

use farthing_plan::{Event, FieldKind, Plan};

use crate::{
    cell::{Cell, label_of, number_of, time_of},
    fields::{is_kept, is_read, longest_period, read},
    names::{did_you_mean, plain},
    row::{Flaw, Row},
};

/// What rows of an event have to have. It holds what it needs of the plan, and is cheap to clone: rows are read where
/// no evaluator is.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema(Arc<Inner>);

#[derive(Debug, PartialEq)]
struct Inner {
    event: String,
    columns: Vec<Column>,
    numbers: usize,
    labels: Vec<LabelField>,
    longest_period: u64,
}

/// A column that is read: some flow needs its field, or it says when the event happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The column or key that the field is read from.
    pub(crate) name: String,
    /// The field in the language.
    pub(crate) field: String,
    pub(crate) kind: Kind,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Time,
    /// The number field of this index among the number fields.
    Number(usize),
    /// As above, among the label fields.
    Label(usize),
}

/// A label field of the event.
#[derive(Debug, PartialEq)]
pub(crate) struct LabelField {
    /// Its index in the event's fields.
    pub field: usize,
    /// Sorted; empty when any value is.
    pub allowed: Vec<String>,
    /// Whether the evaluator keeps its values.
    pub kept: bool,
}

impl LabelField {
    /// What it is where nothing reads it: a value that it allows.
    pub fn unread(&self) -> &str {
        self.allowed.first().map_or("", String::as_str)
    }
}

impl Column {
    /// The column's or key's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Schema {
    /// The schema of an event of a plan.
    ///
    /// # Errors
    /// Where the plan has no such event, or no objective reads it.
    pub fn new(plan: &Plan, event: &str) -> Result<Schema, SchemaError> {
        let Some(of) = plan.events.iter().find(|known| known.name == event) else {
            let known = plan.events.iter().map(|event| event.name.clone()).collect();
            return Err(SchemaError::Unknown { name: event.to_string(), known });
        };
        if !is_read(plan, of) {
            return Err(SchemaError::NotRead { name: event.to_string() });
        }
        Ok(Schema(Arc::new(Inner::new(plan, of))))
    }

    /// The event's name.
    pub fn event(&self) -> &str {
        &self.0.event
    }

    /// The columns that are read, in the order of the event's fields. [`Schema::cell`] counts them from 0.
    pub fn columns(&self) -> &[Column] {
        &self.0.columns
    }

    /// The column that says when an event happened; without one the time of arrival counts.
    pub fn time_column(&self) -> Option<&Column> {
        self.0.columns.iter().find(|column| column.kind == Kind::Time)
    }

    /// How many number fields the event has, read or not.
    pub fn numbers(&self) -> usize {
        self.0.numbers
    }

    /// Of each label field of the event, read or not, the index in the event's fields.
    pub fn label_fields(&self) -> impl ExactSizeIterator<Item = usize> {
        self.0.labels.iter().map(|label| label.field)
    }

    /// How many seconds after an event some objective may still count it: the longest period.
    pub fn longest_period(&self) -> u64 {
        self.0.longest_period
    }

    /// A row to be filled, again and again.
    pub fn empty_row(&self) -> Row {
        Row {
            time_ms: None,
            numbers: vec![f64::NAN; self.0.numbers],
            labels: self.0.labels.iter().map(|label| label.unread().to_string()).collect(),
        }
    }

    /// Puts one value into a row, by the index of its column.
    ///
    /// # Errors
    /// Where it is not what the column holds.
    pub fn cell(&self, row: &mut Row, column: usize, cell: Cell<'_>) -> Result<(), Flaw> {
        let Column { name, kind, .. } = &self.0.columns[column];
        let result = match *kind {
            Kind::Time => time_of(cell).map(|time_ms| row.time_ms = Some(time_ms)),
            Kind::Number(at) => number_of(cell).map(|number| row.numbers[at] = number),
            Kind::Label(at) => label_of(cell).and_then(|text| {
                self.allows(at, &text)?;
                let label = &mut row.labels[at];
                label.clear();
                label.push_str(&text);
                Ok(())
            }),
        };
        result.map_err(|message| Flaw { column: Some(plain(name)), message })
    }

    /// Whether a label field takes a value.
    fn allows(&self, label: usize, value: &str) -> Result<(), String> {
        let allowed = &self.0.labels[label].allowed;
        if allowed.is_empty() || allowed.binary_search_by(|known| known.as_str().cmp(value)).is_ok() {
            return Ok(());
        }
        Err(format!("{value:?} is none of the values that the event allows: {}", allowed.join(", ")))
    }

    pub(crate) fn labels(&self) -> &[LabelField] {
        &self.0.labels
    }

    /// The column that a label field is read from, by its index among the label fields; none where nothing reads it.
    pub fn label_column(&self, label: usize) -> Option<&Column> {
        self.0.columns.iter().find(|column| column.kind == Kind::Label(label))
    }
}

impl Inner {
    fn new(plan: &Plan, event: &Event) -> Inner {
        let read = read(plan, event);
        let (mut columns, mut labels, mut numbers) = (Vec::new(), Vec::new(), 0);
        for (field, of) in event.fields.iter().enumerate() {
            let kind = match &of.kind {
                FieldKind::Time => Kind::Time,
                FieldKind::Number { .. } => {
                    numbers += 1;
                    Kind::Number(numbers - 1)
                }
                FieldKind::Label { allowed } => {
                    let mut allowed = allowed.clone();
                    allowed.sort();
                    labels.push(LabelField { field, allowed, kept: is_kept(plan, &of.name) });
                    Kind::Label(labels.len() - 1)
                }
                FieldKind::Derived { .. } => continue,
            };
            if kind == Kind::Time || read.contains(&field) {
                columns.push(Column { name: of.column.clone(), field: of.name.clone(), kind });
            }
        }
        Inner { event: event.name.clone(), columns, numbers, labels, longest_period: longest_period(plan) }
    }
}

/// Why rows of an event cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaError {
    /// The plan has no event of this name.
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// No objective reads the event.
    NotRead {
        /// The event's name.
        name: String,
    },
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SchemaError::Unknown { name, known } if known.is_empty() => {
                write!(f, "there is no event {}; the .slo files declare none", plain(name))
            }
            SchemaError::Unknown { name, known } => {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let hint = did_you_mean(name, &known);
                write!(f, "there is no event {}{hint}; there are: {}", plain(name), known.join(", "))
            }
            SchemaError::NotRead { name } => write!(f, "no objective reads the event {name}"),
        }
    }
}

impl std::error::Error for SchemaError {}
