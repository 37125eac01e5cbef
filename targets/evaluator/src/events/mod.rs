//! Events: from records to amounts in minutes.
//!
//! For each kind of event, what its flows read is compiled once: the distinct polynomials, the distinct conditions,
//! and the measures (a count or a polynomial, under some conditions). A record or a run of records in one minute
//! evaluates each of them once, however many flows share it.

mod batch;
mod condition;
mod groups;
mod labels;
mod polynomial;
mod program;
mod run;

pub use batch::{BatchOutcome, EventBatch};
pub use labels::{LabelId, MAX_LABEL_VALUES};

use farthing_plan::Plan;

use crate::{
    error::{EvaluatorError, RecordError},
    report::Health,
    shape::Shape,
    store::Store,
    time::{Minute, is_time, minute_of},
};

use self::{batch::Scratch, program::Program};

/// A kind of event; given by [`Evaluator::event`](crate::Evaluator::event).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventId(u32);

/// All kinds of events of a plan.
pub(crate) struct EventTable {
    events: Vec<Intake>,
}

/// One kind of event.
struct Intake {
    name: String,
    program: Program,
    scratch: Scratch,
    /// The latest minute seen.
    newest: Minute,
}

impl EventTable {
    pub(crate) fn new(plan: &Plan, shape: &Shape) -> Result<EventTable, EvaluatorError> {
        let events = plan
            .events
            .iter()
            .map(|event| {
                let program = Program::new(event, shape)?;
                let scratch = Scratch::new(&program);
                Ok(Intake { name: event.name.clone(), program, scratch, newest: 0 })
            })
            .collect::<Result<_, EvaluatorError>>()?;
        Ok(EventTable { events })
    }

    pub(crate) fn event(&self, name: &str) -> Option<EventId> {
        let index = self.events.iter().position(|event| event.name == name)?;
        u32::try_from(index).ok().map(EventId)
    }

    pub(crate) fn label(&mut self, event: EventId, field: usize, value: &str) -> Result<LabelId, RecordError> {
        self.intake(event)?.program.labels.intern(field, value)
    }

    /// One event.
    pub(crate) fn record(
        &mut self,
        event: EventId,
        time_ms: i64,
        numbers: &[f64],
        labels: &[LabelId],
        store: &mut Store,
        health: &mut Health,
    ) -> Result<(), RecordError> {
        let intake = self.intake(event)?;
        let program = &mut intake.program;
        if numbers.len() != program.numbers.len() || labels.len() != program.labels.len() {
            return Err(RecordError::Shape { numbers: program.numbers.len(), labels: program.labels.len() });
        }
        program.labels.check(labels)?;
        health.events += 1;
        if !is_time(time_ms) {
            health.times_refused += 1;
            return Err(RecordError::Time { time_ms });
        }
        if let Err(column) = program.check(numbers) {
            health.non_numbers += 1;
            return Err(RecordError::NotANumber { field: program.numbers[column].clone() });
        }
        store.make_room(time_ms);
        let minute = minute_of(time_ms);
        if intake.newest > minute {
            health.events_out_of_order += 1;
        }
        intake.newest = intake.newest.max(minute);
        if minute <= store.horizon() {
            health.events_too_old += 1;
            return Ok(());
        }
        program.record(minute, numbers, labels, store);
        Ok(())
    }

    /// Many events, in columns.
    pub(crate) fn record_batch(
        &mut self,
        event: EventId,
        batch: &EventBatch<'_>,
        store: &mut Store,
        health: &mut Health,
    ) -> Result<BatchOutcome, RecordError> {
        let intake = self.intake(event)?;
        batch::record(&mut intake.program, &mut intake.scratch, &mut intake.newest, batch, store, health)
    }

    /// The bytes that it holds, without the text of labels.
    pub(crate) fn bytes(&self) -> usize {
        self.events.iter().map(|event| event.program.bytes()).sum()
    }

    fn intake(&mut self, event: EventId) -> Result<&mut Intake, RecordError> {
        self.events.get_mut(event.0 as usize).ok_or(RecordError::UnknownEvent)
    }
}
