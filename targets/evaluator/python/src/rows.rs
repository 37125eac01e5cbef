//! From names and values to events. All that Python's package knows of rows is here.

use std::collections::HashMap;

use pyo3::{
    prelude::*,
    types::{PyDict, PyString},
};

use crate::{
    errors::{Kind, raise},
    schema::{Schema, Slot},
    time,
};

/// One event, its labels still texts.
pub(crate) struct Row<'py> {
    /// None where nothing was said.
    pub time_ms: Option<i64>,
    pub numbers: Vec<f64>,
    pub labels: Vec<Option<Bound<'py, PyString>>>,
}

/// Reads an event. What no objective reads may be left out, or be None.
pub(crate) fn row<'py>(py: Python<'py>, schema: &Schema, fields: &Bound<'py, PyDict>) -> PyResult<Row<'py>> {
    let mut row = Row {
        time_ms: None,
        numbers: vec![f64::NAN; schema.numbers],
        labels: (0..schema.labels.len()).map(|_| None).collect(),
    };
    for (name, value) in fields {
        let name = name.cast::<PyString>()?;
        let name = name.to_str()?;
        let field = schema.field(name).ok_or_else(|| raise(py, Kind::Unknown, schema.no_field(name)))?;
        if value.is_none() {
            continue;
        }
        match field.slot {
            Slot::Time => row.time_ms = Some(time::millis(&value).map_err(|error| of_field(py, name, &error))?),
            Slot::Number(at) => row.numbers[at] = number(py, name, &value)?,
            Slot::Label(at) => row.labels[at] = Some(text(py, name, &value)?),
        }
    }
    for field in schema.fields.iter().filter(|field| field.needed) {
        let missing = match field.slot {
            Slot::Time => false,
            Slot::Number(at) => row.numbers[at].is_nan(),
            Slot::Label(at) => row.labels[at].is_none(),
        };
        if missing {
            return Err(raise(py, Kind::Record, schema.missing(field)));
        }
    }
    Ok(row)
}

/// A finite number, or one that is counted as refused where an objective reads it.
pub(crate) fn number(py: Python<'_>, name: &str, value: &Bound<'_, PyAny>) -> PyResult<f64> {
    let number = value.extract::<f64>().map_err(|_| wrong(py, name, "a number", value))?;
    if number.is_finite() {
        Ok(number)
    } else {
        Err(raise(py, Kind::Record, format!("{name:?} is {number}, and a finite number is needed")))
    }
}

/// The text of a label.
pub(crate) fn text<'py>(py: Python<'_>, name: &str, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    value.cast::<PyString>().cloned().map_err(|_| wrong(py, name, "a text", value))
}

fn wrong(py: Python<'_>, name: &str, needed: &str, value: &Bound<'_, PyAny>) -> PyErr {
    let kind = value.get_type().name().map_or("that".to_string(), |kind| kind.to_string());
    raise(py, Kind::Record, format!("{name:?} is of the type {kind}, and {needed} is needed"))
}

/// What is wrong with a time, with the field's name before it.
pub(crate) fn of_field(py: Python<'_>, name: &str, error: &PyErr) -> PyErr {
    raise(py, Kind::Record, format!("{name:?}: {}", error.value(py)))
}

/// Events in columns, on their way from Python to the evaluator. Labels are numbers of texts, each once.
pub(crate) struct Columns {
    pub times_ms: Vec<i64>,
    pub numbers: Vec<Vec<f64>>,
    pub labels: Vec<Texts>,
}

/// A column of texts.
#[derive(Default)]
pub(crate) struct Texts {
    numbers: HashMap<String, u32>,
    pub texts: Vec<String>,
    pub column: Vec<u32>,
}

impl Texts {
    /// The number of a text.
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.texts.len() as u32;
        self.numbers.insert(text.to_string(), number);
        self.texts.push(text.to_string());
        number
    }

    pub fn push(&mut self, text: &str) {
        let number = self.number(text);
        self.column.push(number);
    }
}

impl Columns {
    pub fn new(schema: &Schema) -> Columns {
        Columns {
            times_ms: Vec::new(),
            numbers: vec![Vec::new(); schema.numbers],
            labels: schema.labels.iter().map(|_| Texts::default()).collect(),
        }
    }

    /// One event more.
    pub fn push(&mut self, row: &Row<'_>, now_ms: i64) -> PyResult<()> {
        self.times_ms.push(row.time_ms.unwrap_or(now_ms));
        self.numbers.iter_mut().zip(&row.numbers).for_each(|(column, number)| column.push(*number));
        for (column, text) in self.labels.iter_mut().zip(&row.labels) {
            column.push(text.as_ref().map_or(Ok(""), |text| text.to_str())?);
        }
        Ok(())
    }
}
