//! Label values by number, so that the path of events has no strings.

use std::collections::HashMap;

use farthing_plan::{Condition, Event, FieldKind};

use crate::{error::RecordError, shape::Shape};

/// A value of one label field; given by [`Evaluator::label`](crate::Evaluator::label).
///
/// Values that nothing asks for are one: a field that no objective is broken down by keeps no more values than its
/// conditions name, however many users or requests it tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LabelId(pub(super) u32);

/// The most different values of one field that objectives are broken down by.
pub const MAX_LABEL_VALUES: usize = 10_000;

/// The label fields of an event, in order.
pub(crate) struct LabelFields {
    fields: Vec<LabelField>,
}

struct LabelField {
    /// Its index in the event's fields.
    index: usize,
    name: String,
    /// The only values allowed, sorted; empty when any is.
    allowed: Vec<String>,
    /// Whether each value is told apart.
    open: bool,
    ids: HashMap<String, u32>,
    /// The text of each id; id 0 is any value that has none of its own.
    values: Vec<String>,
}

impl LabelFields {
    pub(super) fn new<'a>(
        event: &Event,
        conditions: impl Iterator<Item = &'a Condition>,
        shape: &Shape,
    ) -> LabelFields {
        let mut fields: Vec<LabelField> = event
            .fields
            .iter()
            .enumerate()
            .filter_map(|(index, field)| match &field.kind {
                FieldKind::Label { allowed } => {
                    let mut allowed = allowed.clone();
                    allowed.sort();
                    let open = shape.bys.iter().flatten().any(|label| *label == field.name);
                    Some(LabelField {
                        index,
                        name: field.name.clone(),
                        allowed,
                        open,
                        ids: HashMap::new(),
                        values: vec![String::new()],
                    })
                }
                _ => None,
            })
            .collect();
        for condition in conditions {
            if let Condition::Label { field, values, .. } = condition
                && let Some(field) = fields.iter_mut().find(|known| known.index == *field)
            {
                values.iter().for_each(|value| {
                    field.add(value);
                });
            }
        }
        LabelFields { fields }
    }

    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    /// The column of a field, by its index in the event's fields.
    pub(super) fn column(&self, field: usize) -> Option<usize> {
        self.fields.iter().position(|known| known.index == field)
    }

    /// The column of a field, by its name.
    pub(super) fn column_named(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|known| known.name == name)
    }

    /// The id of a value that a condition names.
    pub(super) fn id(&self, column: usize, value: &str) -> Option<u32> {
        self.fields[column].ids.get(value).copied()
    }

    /// The text of a value.
    pub(super) fn value(&self, column: usize, id: u32) -> &str {
        self.fields[column].values.get(id as usize).map_or("", String::as_str)
    }

    pub(super) fn intern(&mut self, field: usize, value: &str) -> Result<LabelId, RecordError> {
        let field =
            self.fields.iter_mut().find(|known| known.index == field).ok_or(RecordError::NoLabelField { field })?;
        if let Some(id) = field.ids.get(value) {
            return Ok(LabelId(*id));
        }
        if !field.allowed.is_empty() && field.allowed.binary_search_by(|known| known.as_str().cmp(value)).is_err() {
            return Err(RecordError::NotAllowed { field: field.name.clone(), value: value.to_string() });
        }
        if !field.open || value.is_empty() {
            return Ok(LabelId(0));
        }
        if field.values.len() > MAX_LABEL_VALUES {
            return Err(RecordError::TooManyValues { field: field.name.clone() });
        }
        Ok(LabelId(field.add(value)))
    }

    /// Whether each is an id of its field.
    #[inline]
    pub(super) fn check(&self, labels: &[LabelId]) -> Result<(), RecordError> {
        let known = self.fields.iter().zip(labels).all(|(field, label)| (label.0 as usize) < field.values.len());
        if known { Ok(()) } else { Err(RecordError::UnknownLabel) }
    }

    /// The bytes that it holds, without the text of values.
    pub(super) fn bytes(&self) -> usize {
        self.fields.iter().map(|field| field.values.capacity() * size_of::<(String, String, u32)>()).sum()
    }
}

impl LabelField {
    fn add(&mut self, value: &str) -> u32 {
        if let Some(id) = self.ids.get(value) {
            return *id;
        }
        // INVARIANT: fits, for there are at most MAX_LABEL_VALUES and those of conditions.
        let id = self.values.len() as u32;
        self.values.push(value.to_string());
        self.ids.insert(value.to_string(), id);
        id
    }
}
