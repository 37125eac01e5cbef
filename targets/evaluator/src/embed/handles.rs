//! Parts of a report by name.

use std::{sync::Arc, time::SystemTime};

use super::{error::OpenError, shared::Shared};
use crate::{ObjectiveReport, Report, ServiceReport, TradeoffReport};

/// An objective of a shared evaluator.
#[derive(Clone, Debug)]
pub struct Objective {
    shared: Shared,
    id: Arc<str>,
}

impl Objective {
    pub(super) fn new(shared: &Shared, id: &str) -> Result<Objective, OpenError> {
        let handle = Objective { shared: shared.clone(), id: id.into() };
        let report = handle.shared.with(|evaluator| evaluator.report());
        match handle.find(report) {
            Some(_) => Ok(handle),
            None => Err(OpenError::Unknown { what: "objective", name: id.to_string() }),
        }
    }

    /// `service/name`, and the class where it is one of several.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its verdicts as of now, by the system's clock.
    pub fn report(&self) -> ObjectiveReport {
        self.report_at(SystemTime::now())
    }

    /// Its verdicts as of a time: see [`Shared::report_at`].
    pub fn report_at(&self, now: SystemTime) -> ObjectiveReport {
        // INVARIANT: it was there when the handle was made; only who has replaced the evaluator sees this.
        self.find(self.shared.report_at(now)).unwrap_or_else(|| ObjectiveReport {
            id: self.id.to_string(),
            verdicts: Vec::new(),
            not_judged: Some(GONE.to_string()),
        })
    }

    fn find(&self, report: Report) -> Option<ObjectiveReport> {
        let mut objectives = report.services.into_iter().flat_map(|service| service.objectives);
        objectives.find(|objective| *objective.id == *self.id)
    }
}

/// A trade-off of a shared evaluator.
#[derive(Clone, Debug)]
pub struct Tradeoff {
    shared: Shared,
    id: Arc<str>,
}

impl Tradeoff {
    pub(super) fn new(shared: &Shared, id: &str) -> Result<Tradeoff, OpenError> {
        let handle = Tradeoff { shared: shared.clone(), id: id.into() };
        let report = handle.shared.with(|evaluator| evaluator.report());
        match handle.find(report) {
            Some(_) => Ok(handle),
            None => Err(OpenError::Unknown { what: "trade-off", name: id.to_string() }),
        }
    }

    /// `service/name`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its verdicts as of now, by the system's clock.
    pub fn report(&self) -> TradeoffReport {
        self.report_at(SystemTime::now())
    }

    /// Its verdicts as of a time: see [`Shared::report_at`].
    pub fn report_at(&self, now: SystemTime) -> TradeoffReport {
        // INVARIANT: it was there when the handle was made; only who has replaced the evaluator sees this.
        self.find(self.shared.report_at(now)).unwrap_or_else(|| TradeoffReport {
            id: self.id.to_string(),
            verdicts: Vec::new(),
            not_judged: Some(GONE.to_string()),
        })
    }

    fn find(&self, report: Report) -> Option<TradeoffReport> {
        let mut tradeoffs = report.services.into_iter().flat_map(|service| service.tradeoffs);
        tradeoffs.find(|tradeoff| *tradeoff.id == *self.id)
    }
}

/// A service of a shared evaluator.
#[derive(Clone, Debug)]
pub struct Service {
    shared: Shared,
    name: Arc<str>,
}

impl Service {
    pub(super) fn new(shared: &Shared, name: &str) -> Result<Service, OpenError> {
        let handle = Service { shared: shared.clone(), name: name.into() };
        let report = handle.shared.with(|evaluator| evaluator.report());
        match handle.find(report) {
            Some(_) => Ok(handle),
            None => Err(OpenError::Unknown { what: "service", name: name.to_string() }),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its verdicts as of now, by the system's clock.
    pub fn report(&self) -> ServiceReport {
        self.report_at(SystemTime::now())
    }

    /// Its verdicts as of a time: see [`Shared::report_at`].
    pub fn report_at(&self, now: SystemTime) -> ServiceReport {
        // INVARIANT: it was there when the handle was made; only who has replaced the evaluator sees this.
        self.find(self.shared.report_at(now)).unwrap_or_else(|| ServiceReport {
            name: self.name.to_string(),
            objectives: Vec::new(),
            tradeoffs: Vec::new(),
        })
    }

    fn find(&self, report: Report) -> Option<ServiceReport> {
        report.services.into_iter().find(|service| *service.name == *self.name)
    }
}

/// Why something is not judged that was there once.
const GONE: &str = "the evaluator was replaced by that of another plan";
