//! One evaluator for all threads of a program.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use farthing_plan::{Event as PlanEvent, Plan};

use super::{
    clock::millis,
    error::OpenError,
    handles::{Objective, Service, Tradeoff},
    recorder::{Event, Recorder},
};
use crate::{Evaluator, LabelId, Report};

/// An evaluator that threads share. Clones are the same evaluator: cheap, and each as good as the other.
///
/// Whatever is done with it, others wait for: a record for less than a microsecond, a report for milliseconds where
/// there are many groups.
#[derive(Clone)]
pub struct Shared {
    inner: Arc<Inner>,
}

struct Inner {
    /// The plan's events, for recorders.
    events: Vec<PlanEvent>,
    state: Mutex<State>,
}

/// What is behind the lock.
pub(super) struct State {
    pub evaluator: Evaluator,
    /// Room for the row that is being recorded.
    pub numbers: Vec<f64>,
    pub labels: Vec<LabelId>,
}

impl Shared {
    /// An evaluator of a plan, with no history.
    ///
    /// # Errors
    /// As [`Evaluator::new`].
    pub fn new(plan: &Plan) -> Result<Shared, OpenError> {
        let evaluator = Evaluator::new(plan)?;
        let state = Mutex::new(State { evaluator, numbers: Vec::new(), labels: Vec::new() });
        Ok(Shared { inner: Arc::new(Inner { events: plan.events.clone(), state }) })
    }

    /// As [`Shared::new`], of what `farthing compile --target plan` wrote.
    ///
    /// # Errors
    /// Where the text is no plan, or one of another version.
    pub fn from_json(plan: &str) -> Result<Shared, OpenError> {
        Shared::new(&Plan::from_json(plan)?)
    }

    /// What records events of one kind.
    ///
    /// # Errors
    /// Where the plan has no such event.
    pub fn recorder<K: Event>(&self) -> Result<Recorder<K>, OpenError> {
        Recorder::new(self)
    }

    /// The service of this name.
    ///
    /// # Errors
    /// Where the plan has no such service.
    pub fn service(&self, name: &str) -> Result<Service, OpenError> {
        Service::new(self, name)
    }

    /// The objective with this id, `service/name`.
    ///
    /// # Errors
    /// Where the plan has no such objective.
    pub fn objective(&self, id: &str) -> Result<Objective, OpenError> {
        Objective::new(self, id)
    }

    /// The trade-off with this id, `service/name`.
    ///
    /// # Errors
    /// Where the plan has no such trade-off.
    pub fn tradeoff(&self, id: &str) -> Result<Tradeoff, OpenError> {
        Tradeoff::new(self, id)
    }

    /// Evaluates every minute that has ended by `now`, alerts among it. Reports do it themselves; a program that wants to
    /// be told of alerts in time does it once a minute.
    pub fn advance(&self, now: SystemTime) {
        self.lock().evaluator.advance(millis(now));
    }

    /// The verdicts as of now, by the system's clock.
    pub fn report(&self) -> Report {
        self.report_at(SystemTime::now())
    }

    /// The verdicts as of a time, for programs with a clock of their own; as of the last minute evaluated where that is
    /// later. A time far ahead evaluates all minutes until then, and what comes for them later is late.
    pub fn report_at(&self, now: SystemTime) -> Report {
        let mut state = self.lock();
        state.evaluator.advance(millis(now));
        state.evaluator.report()
    }

    /// Does something with the evaluator itself, such as giving it samples of metrics, while all others wait. Do not
    /// replace it with that of another plan: handles would refuse all events, and their objectives not be judged.
    pub fn with<T>(&self, act: impl FnOnce(&mut Evaluator) -> T) -> T {
        act(&mut self.lock().evaluator)
    }

    /// The plan's event of this name.
    pub(super) fn event(&self, name: &str) -> Option<&PlanEvent> {
        self.inner.events.iter().find(|event| event.name == name)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // A thread that panicked in `with` has left an evaluator with what it was given until then: still the truth.
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}
