//! An evaluator that Python's threads share.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use farthing_evaluator::{Evaluator, EventBatch, LabelId};
use farthing_plan::{Event, FieldKind, Plan, Unit};
use pyo3::{
    prelude::*,
    types::{PyDict, PyString},
};
use serde_json::{Value, json};

use crate::{
    columns,
    errors::{Kind, raise},
    outcome::label,
    rows::{self, Columns},
    schema::{Schema, nearest},
    time,
};

/// A compiled plan and what was recorded.
#[pyclass(frozen, subclass, module = "farthing._farthing")]
pub(crate) struct Core {
    plan: Plan,
    /// Those of the plan's events, in its order.
    schemas: Vec<Schema>,
    evaluator: Mutex<Evaluator>,
}

/// Recorded, no numbers, too old, no times.
type Counts = (u64, u64, u64, u64);

#[pymethods]
impl Core {
    #[new]
    #[pyo3(signature = (*paths))]
    fn new(py: Python<'_>, paths: Vec<String>) -> PyResult<Core> {
        if paths.is_empty() {
            return Err(raise(py, Kind::Compile, "name a .slo file, or a folder of them"));
        }
        let made = py.detach(|| {
            let plan = farthing::compile_paths(&paths)?;
            let evaluator = Evaluator::new(&plan).map_err(|error| error.to_string())?;
            Ok::<_, String>((plan, evaluator))
        });
        let (plan, evaluator) = made.map_err(|message| raise(py, Kind::Compile, message))?;
        let schemas = plan.events.iter().filter_map(|event| {
            let id = evaluator.event(&event.name)?;
            Some(Schema::new(&plan, event, id))
        });
        Ok(Core { schemas: schemas.collect(), plan, evaluator: Mutex::new(evaluator) })
    }

    /// Records one event.
    #[pyo3(signature = (event, /, **fields))]
    fn record<'py>(&self, py: Python<'py>, event: &str, fields: Option<&Bound<'py, PyDict>>) -> PyResult<()> {
        let (schema, of) = self.event(py, event)?;
        let none = PyDict::new(py);
        let row = rows::row(py, schema, fields.unwrap_or(&none))?;
        let texts: Vec<&str> = row
            .labels
            .iter()
            .map(|text| text.as_ref().map_or(Ok(""), |text| text.to_str()))
            .collect::<PyResult<_>>()?;
        let (numbers, time_ms) = (&row.numbers, row.time_ms.unwrap_or_else(time::now));
        let record = |evaluator: &mut Evaluator| {
            let mut labels = Vec::with_capacity(texts.len());
            for (at, text) in texts.iter().enumerate() {
                labels.push(label(evaluator, schema, of, at, text)?);
            }
            evaluator.record(schema.id, time_ms, numbers, &labels).map_err(|error| error.to_string())
        };
        // Judging one event takes less than to let go of the interpreter; to wait for others does not.
        let result = match self.evaluator.try_lock() {
            Ok(mut evaluator) => record(&mut evaluator),
            Err(TryLockError::Poisoned(poisoned)) => record(&mut poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => py.detach(|| record(&mut self.lock())),
        };
        result.map_err(|message| raise(py, Kind::Record, message))
    }

    /// Records events that are given as mappings.
    #[pyo3(signature = (event, rows, /))]
    fn _record_many<'py>(&self, py: Python<'py>, event: &str, rows: &Bound<'py, PyAny>) -> PyResult<Counts> {
        let (schema, _) = self.event(py, event)?;
        let mut columns = Columns::new(schema);
        let now_ms = time::now();
        for (number, fields) in rows.try_iter()?.enumerate() {
            let fields = fields?;
            let fields = match fields.cast::<PyDict>() {
                Ok(dict) => dict.clone(),
                Err(_) => py.get_type::<PyDict>().call1((fields,))?.cast_into()?,
            };
            rows::row(py, schema, &fields)
                .and_then(|row| columns.push(&row, now_ms))
                .map_err(|error| at_row(py, number, error))?;
        }
        self.record_all(py, event, columns)
    }

    /// Records events that are given as columns.
    #[pyo3(signature = (event, columns, /))]
    fn _record_columns<'py>(&self, py: Python<'py>, event: &str, columns: &Bound<'py, PyDict>) -> PyResult<Counts> {
        let (schema, _) = self.event(py, event)?;
        let columns = columns::columns(py, schema, columns)?;
        self.record_all(py, event, columns)
    }

    /// Evaluates every minute that has ended by then; by now where none is given.
    #[pyo3(signature = (now=None))]
    fn advance(&self, py: Python<'_>, now: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let now_ms = now.map_or_else(|| Ok(time::now()), time::millis)?;
        py.detach(|| self.lock().advance(now_ms));
        Ok(())
    }

    /// The report as JSON, of one service, objective or trade-off where one is named.
    #[pyo3(signature = (now=None, part=None))]
    fn _report(
        &self,
        py: Python<'_>,
        now: Option<&Bound<'_, PyAny>>,
        part: Option<(String, String)>,
    ) -> PyResult<String> {
        let now_ms = now.map_or_else(|| Ok(time::now()), time::millis)?;
        Ok(py.detach(|| {
            let report = {
                let mut evaluator = self.lock();
                evaluator.advance(now_ms);
                evaluator.report()
            };
            let Some((kind, id)) = part else {
                return json(&report);
            };
            let mut services = report.services.iter();
            match kind.as_str() {
                "service" => services.find(|service| service.name == id).map(json),
                "objective" => services.flat_map(|service| &service.objectives).find(|own| own.id == id).map(json),
                _ => services.flat_map(|service| &service.tradeoffs).find(|own| own.id == id).map(json),
            }
            .unwrap_or_else(|| "null".to_string())
        }))
    }

    /// What there is, as JSON: events with their fields, services with the ids of objectives and trade-offs.
    fn _names(&self) -> String {
        let events = self.plan.events.iter().map(|event| {
            let fields = event.fields.iter().filter_map(|field| {
                let (kind, scale, values) = match &field.kind {
                    FieldKind::Time => ("time", Value::Null, Value::Null),
                    FieldKind::Label { allowed } => ("label", Value::Null, json!(allowed)),
                    FieldKind::Number { unit, scale } if *unit == Unit::base("s") => {
                        ("duration", json!(scale.to_f64()), Value::Null)
                    }
                    FieldKind::Number { .. } => ("number", Value::Null, Value::Null),
                    FieldKind::Derived { .. } => return None,
                };
                Some(json!({ "name": field.name, "kind": kind, "scale": scale, "values": values }))
            });
            json!({ "name": event.name, "fields": fields.collect::<Vec<_>>() })
        });
        let services = self.plan.services.iter().map(|service| {
            let objectives: Vec<&str> = service.objectives.iter().map(|own| own.id.as_str()).collect();
            let tradeoffs: Vec<&str> = service.tradeoffs.iter().map(|own| own.id.as_str()).collect();
            json!({ "name": service.name, "objectives": objectives, "tradeoffs": tradeoffs })
        });
        json!({ "events": events.collect::<Vec<_>>(), "services": services.collect::<Vec<_>>() }).to_string()
    }
}

impl Core {
    fn event(&self, py: Python<'_>, name: &str) -> PyResult<(&Schema, &Event)> {
        let known = self.schemas.iter().zip(&self.plan.events);
        known.clone().find(|(schema, _)| schema.name == name).ok_or_else(|| {
            let names: Vec<&str> = known.map(|(schema, _)| schema.name.as_str()).collect();
            let meant = nearest(name, names.iter().copied());
            let meant = meant.map_or(".".to_string(), |nearest| format!("; did you mean {nearest:?}?"));
            let message = match names.is_empty() {
                true => format!("there is no event {name:?}: the file declares none"),
                false => format!("there is no event {name:?}{meant} There is {}", names.join(", ")),
            };
            raise(py, Kind::Unknown, message)
        })
    }

    /// Without the interpreter: other threads of Python run meanwhile.
    fn record_all(&self, py: Python<'_>, event: &str, columns: Columns) -> PyResult<Counts> {
        let (schema, of) = self.event(py, event)?;
        let outcome = py.detach(|| {
            let mut evaluator = self.lock();
            let mut labels: Vec<Vec<LabelId>> = Vec::with_capacity(columns.labels.len());
            for (at, texts) in columns.labels.iter().enumerate() {
                let ids = texts.texts.iter().map(|text| label(&mut evaluator, schema, of, at, text));
                let ids: Vec<LabelId> = ids.collect::<Result<_, String>>()?;
                labels.push(texts.column.iter().map(|number| ids[*number as usize]).collect());
            }
            let numbers: Vec<&[f64]> = columns.numbers.iter().map(Vec::as_slice).collect();
            let labels: Vec<&[LabelId]> = labels.iter().map(Vec::as_slice).collect();
            let batch = EventBatch { times_ms: &columns.times_ms, numbers: &numbers, labels: &labels };
            evaluator.record_batch(schema.id, &batch).map_err(|error| error.to_string())
        });
        let outcome = outcome.map_err(|message: String| raise(py, Kind::Record, message))?;
        Ok((outcome.recorded, outcome.non_numbers, outcome.too_old, outcome.times_refused))
    }

    fn lock(&self) -> MutexGuard<'_, Evaluator> {
        self.evaluator.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A report's parts have string keys only.
fn json(part: &impl serde::Serialize) -> String {
    serde_json::to_string(part).unwrap_or_else(|_| "null".to_string())
}

/// The same error, with the number of its row before it.
fn at_row(py: Python<'_>, number: usize, error: PyErr) -> PyErr {
    let message: String = match error.value(py).str() {
        Ok(text) => text.to_string(),
        Err(_) => return error,
    };
    match error.get_type(py).call1((PyString::new(py, &format!("row {number}: {message}")),)) {
        Ok(value) => PyErr::from_value(value),
        Err(_) => error,
    }
}
