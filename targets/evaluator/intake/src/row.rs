//! One event.

use std::borrow::Cow;

use crate::{
    cell::Cell,
    names::{did_you_mean, listed},
    schema::{Column, Schema},
};

/// One event, as [`Schema::json`], [`Schema::values`] or [`Schema::cell`] read it. It is good where they said so; after
/// an error its values are those of different events.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// When it happened, in milliseconds since the epoch; none where the event does not say.
    pub time_ms: Option<i64>,
    /// Of each number field the number as read, unscaled; not a number where nothing reads the field.
    pub numbers: Vec<f64>,
    /// Of each label field the text; some value that is allowed where nothing reads the field.
    pub labels: Vec<String>,
}

/// What is wrong in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The column or key, where it is one.
    pub column: Option<String>,
    /// What is wrong with it and what to do.
    pub message: String,
}

impl Flaw {
    /// A flaw of no single column.
    pub fn of_row(message: impl Into<String>) -> Flaw {
        Flaw { column: None, message: message.into() }
    }
}

/// A value that a program has at hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// A number; of a time, Unix seconds or milliseconds.
    Number(f64),
    /// A whole number: as a label it keeps all its digits.
    Integer(i64),
    /// A text; of a time, as in a file.
    Text(&'a str),
    /// As a label, `true` or `false`.
    Bool(bool),
    /// As a label, the empty text.
    Null,
}

impl<'a> From<Value<'a>> for Cell<'a> {
    fn from(value: Value<'a>) -> Cell<'a> {
        match value {
            Value::Number(number) => Cell::Number(number),
            Value::Integer(number) => Cell::Whole(number.into()),
            Value::Text(text) => Cell::Text(text),
            Value::Bool(true) => Cell::Other("true"),
            Value::Bool(false) => Cell::Other("false"),
            Value::Null => Cell::Other("null"),
        }
    }
}

impl Schema {
    /// Fills a row from values by name: that of the column, or of the field in the language. Names that nothing reads
    /// are passed over.
    ///
    /// # Errors
    /// Where a value that is needed is not there, is there twice, or is not what its field holds; the messages are those
    /// of JSON lines.
    pub fn values(&self, row: &mut Row, values: &[(&str, Value<'_>)]) -> Result<(), Flaw> {
        for (at, column) in self.columns().iter().enumerate() {
            let mut found = self.named(column, values);
            let Some(value) = found.next() else {
                let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
                return Err(absent(&column.name, &names));
            };
            if found.next().is_some() {
                return Err(twice(&column.name));
            }
            self.cell(row, at, value.into())?;
        }
        Ok(())
    }

    /// The values of a column. The name of a field is not its own where another column is called so.
    fn named<'v>(&self, column: &Column, values: &[(&str, Value<'v>)]) -> impl Iterator<Item = Value<'v>> {
        let own = self.columns().iter().all(|other| other.name != column.field);
        let is = move |name: &str| name == column.name || (own && name == column.field);
        values.iter().filter(move |(name, _)| is(name)).map(|(_, value)| *value)
    }
}

/// A key is there twice.
pub(crate) fn twice(column: &str) -> Flaw {
    Flaw::of_row(format!("the key {column:?} is there twice"))
}

/// What a row lacks, and what it has.
pub(crate) fn absent(column: &str, keys: &[&str]) -> Flaw {
    let has: Cow<'_, str> =
        if keys.is_empty() { "it has no keys".into() } else { format!("it has: {}", listed(keys)).into() };
    Flaw::of_row(format!("there is no key {column:?}{}; {has}", did_you_mean(column, keys)))
}
