//! Label values by number, so that the path of events has no strings.

use std::collections::HashMap;

use farthing_plan::{Condition, Event, FieldKind};
use regex::Regex;

use crate::{
    error::{EvaluatorError, RecordError},
    matching::whole,
    shape::Shape,
};

/// A value of one label field; given by [`Evaluator::label`](crate::Evaluator::label).
///
/// Values that nothing asks for are one: a field that no objective is broken down by keeps no more values than its
/// conditions name and tell apart by patterns, however many users or requests it tells apart.
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
    /// The patterns of conditions, each with its text.
    patterns: Vec<(String, Regex)>,
    /// For each id, which of the patterns match its values. Id 0 is the empty value where there are patterns.
    matches: Vec<Vec<bool>>,
    /// Where values are not told apart: the id of those that match these patterns, and are named by no condition.
    classes: HashMap<Vec<bool>, u32>,
}

impl LabelFields {
    pub(super) fn new<'a>(
        event: &Event,
        conditions: impl Iterator<Item = &'a Condition>,
        shape: &Shape,
    ) -> Result<LabelFields, EvaluatorError> {
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
                        patterns: Vec::new(),
                        matches: vec![Vec::new()],
                        classes: HashMap::new(),
                    })
                }
                _ => None,
            })
            .collect();
        let conditions: Vec<&Condition> = conditions.collect();
        // All patterns first: each value is matched once, with all of them.
        for condition in &conditions {
            if let Condition::Pattern { field, pattern, .. } = condition
                && let Some(field) = fields.iter_mut().find(|known| known.index == *field)
                && !field.patterns.iter().any(|(known, _)| known == pattern)
            {
                field.patterns.push((pattern.clone(), whole(pattern)?));
            }
        }
        for field in &mut fields {
            let empty = field.matched("");
            field.matches[0] = empty.clone();
            field.classes.insert(empty, 0);
        }
        for condition in &conditions {
            if let Condition::Label { field, values, .. } = condition
                && let Some(field) = fields.iter_mut().find(|known| known.index == *field)
            {
                values.iter().for_each(|value| {
                    field.add(value);
                });
            }
        }
        Ok(LabelFields { fields })
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

    /// The number of a pattern that a condition names.
    pub(super) fn pattern(&self, column: usize, pattern: &str) -> Option<usize> {
        self.fields[column].patterns.iter().position(|(known, _)| known == pattern)
    }

    /// Whether a value matches a pattern.
    #[inline]
    pub(super) fn matches(&self, column: usize, label: LabelId, pattern: usize) -> bool {
        self.fields[column].matches[label.0 as usize][pattern]
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
        if value.is_empty() {
            return Ok(LabelId(0));
        }
        if !field.open {
            return Ok(LabelId(field.class(value)));
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
        self.matches.push(self.matched(value));
        self.ids.insert(value.to_string(), id);
        id
    }

    /// The id of a value of a field that keeps no values: of all those that match the same patterns.
    fn class(&mut self, value: &str) -> u32 {
        let matched = self.matched(value);
        if let Some(id) = self.classes.get(&matched) {
            return *id;
        }
        let id = self.values.len() as u32;
        self.values.push(String::new());
        self.matches.push(matched.clone());
        self.classes.insert(matched, id);
        id
    }

    fn matched(&self, value: &str) -> Vec<bool> {
        self.patterns.iter().map(|(_, pattern)| pattern.is_match(value)).collect()
    }
}
