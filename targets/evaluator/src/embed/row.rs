//! One event on its way to the evaluator.

use super::memo::Memo;
use crate::{Evaluator, EventId, LabelId, RecordError};

/// Takes the fields of an event in the order of the plan, those of numbers and labels only.
pub struct Row<'a> {
    pub(super) evaluator: &'a mut Evaluator,
    pub(super) event: EventId,
    pub(super) fields: &'a [LabelField],
    pub(super) numbers: &'a mut Vec<f64>,
    pub(super) labels: &'a mut Vec<LabelId>,
    /// Of a batch, what is known of each label field's values.
    pub(super) known: &'a mut [Memo<LabelId>],
}

/// A label field of a kind of event.
#[derive(Clone, Debug)]
pub(super) struct LabelField {
    /// Its index in the event's fields.
    pub index: usize,
    /// Where its values are listed, the number of each, in the plan's order.
    pub listed: Vec<LabelId>,
}

impl Row<'_> {
    /// The next number field, as read: unscaled.
    pub fn number(&mut self, number: f64) {
        self.numbers.push(number);
    }

    /// The next label field, as text.
    ///
    /// # Errors
    /// As [`Evaluator::label`], and where the event has no more label fields.
    pub fn text(&mut self, value: &str) -> Result<(), RecordError> {
        let index = self.next()?.index;
        let mut look_up = || self.evaluator.label(self.event, index, value);
        let label = match self.known.get_mut(self.labels.len()) {
            Some(known) => known.get(value, look_up)?,
            None => look_up()?,
        };
        self.labels.push(label);
        Ok(())
    }

    /// The next label field, as an index into its listed values.
    ///
    /// # Errors
    /// Where it lists no such value, and where the event has no more label fields.
    pub fn listed(&mut self, value: usize) -> Result<(), RecordError> {
        let label = self.next()?.listed.get(value).copied().ok_or(RecordError::UnknownLabel)?;
        self.labels.push(label);
        Ok(())
    }

    fn next(&self) -> Result<&LabelField, RecordError> {
        let shape = || RecordError::Shape { numbers: self.numbers.len(), labels: self.fields.len() };
        self.fields.get(self.labels.len()).ok_or_else(shape)
    }
}
