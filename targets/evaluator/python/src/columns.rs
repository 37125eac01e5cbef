//! Columns of Python: buffers of numbers, such as those of `array` and numpy, or any sequences.

use std::collections::HashMap;

use pyo3::{
    buffer::{Element, PyBuffer},
    prelude::*,
    types::{PyDict, PyList, PyString},
};

use crate::{
    errors::{Kind, raise},
    rows::{Columns, Texts, number, of_field, text},
    schema::{Schema, Slot},
    time,
};

/// Reads columns by their names, all of one length.
pub(crate) fn columns<'py>(py: Python<'py>, schema: &Schema, given: &Bound<'py, PyDict>) -> PyResult<Columns> {
    let mut columns = Columns::new(schema);
    let mut lengths: Vec<(String, usize)> = Vec::new();
    let mut seen = Vec::new();
    for (name, values) in given {
        let name: String = name.extract()?;
        let field = schema.field(&name).ok_or_else(|| raise(py, Kind::Unknown, schema.no_field(&name)))?;
        seen.push(field.slot);
        let length = match field.slot {
            Slot::Time => {
                columns.times_ms = times(py, &name, &values)?;
                columns.times_ms.len()
            }
            Slot::Number(at) => {
                columns.numbers[at] = numbers(py, &name, &values)?;
                columns.numbers[at].len()
            }
            Slot::Label(at) => {
                texts(py, &name, &values, &mut columns.labels[at])?;
                columns.labels[at].column.len()
            }
        };
        lengths.push((name, length));
    }
    let length = lengths.first().map_or(0, |(_, length)| *length);
    if let Some((name, other)) = lengths.iter().find(|(_, other)| *other != length) {
        let message = format!("the column {name:?} has {other} values, and {:?} has {length}", lengths[0].0);
        return Err(raise(py, Kind::Record, message));
    }
    for field in schema.fields.iter().filter(|field| !seen.contains(&field.slot)) {
        if field.needed {
            return Err(raise(py, Kind::Record, schema.missing(field)));
        }
        match field.slot {
            Slot::Time => columns.times_ms = vec![time::now(); length],
            Slot::Number(at) => columns.numbers[at] = vec![f64::NAN; length],
            Slot::Label(at) => (0..length).for_each(|_| columns.labels[at].push("")),
        }
    }
    Ok(columns)
}

fn numbers(py: Python<'_>, name: &str, values: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
    if let Some(numbers) = buffer(py, values) {
        return Ok(numbers);
    }
    each(values, |value| number(py, name, value))
}

fn times(py: Python<'_>, name: &str, values: &Bound<'_, PyAny>) -> PyResult<Vec<i64>> {
    if let Some(seconds) = buffer(py, values) {
        let millis = seconds.into_iter().map(time::of_seconds).collect::<Result<_, _>>();
        return millis.map_err(|message| raise(py, Kind::Record, format!("{name:?}: {message}")));
    }
    each(values, |value| time::millis(value).map_err(|error| of_field(py, name, &error)))
}

fn texts(py: Python<'_>, name: &str, values: &Bound<'_, PyAny>, texts: &mut Texts) -> PyResult<()> {
    // Most columns repeat few objects. An object of a list stays where it is while this reads: nothing here runs Python.
    let mut known: HashMap<usize, u32> = HashMap::new();
    let stays = values.is_exact_instance_of::<PyList>();
    texts.column = each(values, |value| {
        let place = value.as_ptr() as usize;
        if let Some(number) = known.get(&place).filter(|_| stays) {
            return Ok(*number);
        }
        let text: Bound<'_, PyString> = text(py, name, value)?;
        let number = texts.number(text.to_str()?);
        if known.len() < 10_000 {
            known.insert(place, number);
        }
        Ok(number)
    })?;
    Ok(())
}

/// Each value of a list, or of whatever can be gone through.
fn each<T>(values: &Bound<'_, PyAny>, mut of: impl FnMut(&Bound<'_, PyAny>) -> PyResult<T>) -> PyResult<Vec<T>> {
    if let Ok(list) = values.cast_exact::<PyList>() {
        return list.iter().map(|value| of(&value)).collect();
    }
    values.try_iter()?.map(|value| of(&value?)).collect()
}

/// A buffer of numbers of some kind, in one dimension.
fn buffer(py: Python<'_>, values: &Bound<'_, PyAny>) -> Option<Vec<f64>> {
    fn of<T: Element>(py: Python<'_>, values: &Bound<'_, PyAny>, float: fn(T) -> f64) -> Option<Vec<f64>> {
        let buffer = PyBuffer::<T>::get(values).ok().filter(|buffer| buffer.dimensions() == 1)?;
        Some(buffer.to_vec(py).ok()?.into_iter().map(float).collect())
    }
    if values.is_exact_instance_of::<PyList>() {
        return None;
    }
    of::<f64>(py, values, |number| number)
        .or_else(|| of::<i64>(py, values, |number| number as f64))
        .or_else(|| of::<i32>(py, values, f64::from))
        .or_else(|| of::<f32>(py, values, f64::from))
        .or_else(|| of::<u32>(py, values, f64::from))
        .or_else(|| of::<u64>(py, values, |number| number as f64))
        .or_else(|| of::<i16>(py, values, f64::from))
        .or_else(|| of::<u16>(py, values, f64::from))
}
