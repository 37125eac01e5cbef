//! Events as structs.

use std::{fmt, marker::PhantomData, sync::Arc, time::SystemTime};

use farthing_plan::FieldKind;

use super::{
    clock::millis,
    error::OpenError,
    memo::Memo,
    row::{LabelField, Row},
    shared::{Shared, State},
};
use crate::{BatchOutcome, EventBatch, EventId, LabelId, RecordError};

/// A struct that holds one event. `farthing compile --target rust` implements it.
pub trait Event {
    /// The struct with any lifetime it may have being `'static`: what tells kinds of events apart.
    type Kind;
    /// The event's name in the plan.
    const NAME: &'static str;

    /// When it happened; none where it does not say so, and counts when it is recorded.
    fn time(&self) -> Option<SystemTime>;

    /// Gives all numbers and labels, in the order of the plan's fields.
    ///
    /// # Errors
    /// Those of the row.
    fn fill(&self, row: &mut Row<'_>) -> Result<(), RecordError>;
}

impl<E: Event> Event for &E {
    type Kind = E::Kind;
    const NAME: &'static str = E::NAME;

    fn time(&self) -> Option<SystemTime> {
        E::time(self)
    }

    fn fill(&self, row: &mut Row<'_>) -> Result<(), RecordError> {
        E::fill(self, row)
    }
}

/// Records events of one kind. Clones record for the same evaluator.
pub struct Recorder<K> {
    shared: Shared,
    event: EventId,
    labels: Arc<[LabelField]>,
    /// How many number fields there are.
    numbers: usize,
    kind: PhantomData<fn(K)>,
}

impl<K: Event> Recorder<K> {
    pub(super) fn new(shared: &Shared) -> Result<Recorder<K>, OpenError> {
        let unknown = || OpenError::Unknown { what: "event", name: K::NAME.to_string() };
        let of = shared.event(K::NAME).ok_or_else(unknown)?;
        let evaluator = &mut shared.lock().evaluator;
        let event = evaluator.event(K::NAME).ok_or_else(unknown)?;
        let mut labels = Vec::new();
        for (index, field) in of.fields.iter().enumerate() {
            let FieldKind::Label { allowed } = &field.kind else {
                continue;
            };
            let listed = allowed.iter().map(|value| evaluator.label(event, index, value)).collect::<Result<_, _>>();
            labels.push(LabelField { index, listed: listed.map_err(|_| unknown())? });
        }
        let numbers = of.fields.iter().filter(|field| matches!(field.kind, FieldKind::Number { .. })).count();
        Ok(Recorder { shared: shared.clone(), event, labels: labels.into(), numbers, kind: PhantomData })
    }
}

impl<K> Recorder<K> {
    /// Records one event, at its own time or, where it has none, now.
    ///
    /// # Errors
    /// As [`Evaluator::record`](crate::Evaluator::record) and [`Evaluator::label`](crate::Evaluator::label). Then it
    /// counts for nothing.
    pub fn record(&self, event: impl Event<Kind = K>) -> Result<(), RecordError> {
        self.record_at(event.time().unwrap_or_else(SystemTime::now), event)
    }

    /// Records one event at a time, whatever it says itself.
    ///
    /// # Errors
    /// As [`Recorder::record`].
    pub fn record_at(&self, at: SystemTime, event: impl Event<Kind = K>) -> Result<(), RecordError> {
        let State { evaluator, numbers, labels } = &mut *self.shared.lock();
        numbers.clear();
        labels.clear();
        let known = &mut [];
        event.fill(&mut Row { evaluator, event: self.event, fields: &self.labels, numbers, labels, known })?;
        evaluator.record(self.event, millis(at), numbers, labels)
    }

    /// Records many events, faster than one by one; those without a time of their own, now. Single events
    /// with a number or a time that is none do not stop the others; the outcome counts them. Other threads wait until
    /// all of them are recorded, so give some thousands at a time.
    ///
    /// # Errors
    /// Where a label is refused, as by [`Evaluator::label`](crate::Evaluator::label). Then nothing of the batch counts.
    pub fn record_batch<E: Event<Kind = K>>(&self, events: &[E]) -> Result<BatchOutcome, RecordError> {
        let now = SystemTime::now();
        let mut times = Vec::with_capacity(events.len());
        let mut number_columns = vec![Vec::with_capacity(events.len()); self.numbers];
        let mut label_columns: Vec<Vec<LabelId>> = vec![Vec::with_capacity(events.len()); self.labels.len()];
        let known: &mut [Memo<LabelId>] = &mut self.labels.iter().map(|_| Memo::new()).collect::<Vec<_>>();
        let State { evaluator, numbers, labels } = &mut *self.shared.lock();
        for event in events {
            numbers.clear();
            labels.clear();
            event.fill(&mut Row { evaluator, event: self.event, fields: &self.labels, numbers, labels, known })?;
            times.push(millis(event.time().unwrap_or(now)));
            // Where a row is too short or too long, so is its column, and the batch is refused as a whole.
            number_columns.iter_mut().zip(numbers.iter()).for_each(|(column, number)| column.push(*number));
            label_columns.iter_mut().zip(labels.iter()).for_each(|(column, label)| column.push(*label));
        }
        let numbers: Vec<&[f64]> = number_columns.iter().map(Vec::as_slice).collect();
        let labels: Vec<&[LabelId]> = label_columns.iter().map(Vec::as_slice).collect();
        evaluator.record_batch(self.event, &EventBatch { times_ms: &times, numbers: &numbers, labels: &labels })
    }
}

impl<K> Clone for Recorder<K> {
    fn clone(&self) -> Self {
        Recorder {
            shared: self.shared.clone(),
            event: self.event,
            labels: Arc::clone(&self.labels),
            numbers: self.numbers,
            kind: PhantomData,
        }
    }
}

impl<K> fmt::Debug for Recorder<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("event", &self.event).finish_non_exhaustive()
    }
}
