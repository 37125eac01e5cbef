//! A plan made ready to be evaluated: ids are resolved to indices, exact factors to floats, windows to steps.

mod derivation;
mod exclusion;
mod indicator;
mod objective;
mod window;

use std::collections::BTreeMap;

use farthing_plan::{Exact, Plan, Source};

use crate::{
    error::EvaluatorError,
    time::{Minute, SLOT_MINUTES, last_slot},
};

pub(crate) use derivation::{DerivedForm, DerivedShape};
pub(crate) use exclusion::ExclusionShape;
pub(crate) use indicator::{DirectShape, IndicatorShape, Kind};
pub(crate) use objective::{AlertShape, ObjectiveShape};
pub(crate) use window::{PeriodShape, Span, Window};

/// The longest period or window: five years.
pub const LONGEST_PERIOD: u64 = 5 * 366 * 86_400;

/// Beyond this, products of amounts and factors could leave the range of floats.
const LARGEST_FACTOR: f64 = 1e60;

/// Minutes that data may be ahead of the minute evaluated, before the evaluation follows by itself.
pub(crate) const AHEAD: i64 = 60;

/// What all state is laid out by.
pub(crate) struct Shape {
    /// The distinct sources of all flows: two flows of one source, whose labels have the same names, are one.
    pub sources: Vec<SourceShape>,
    /// The distinct label lists that indicators are broken down by.
    pub bys: Vec<Vec<String>>,
    /// For each source, the lists in `bys` that it is kept by.
    pub source_bys: Vec<Vec<usize>>,
    /// The distinct lists of exclusions.
    pub exclusions: Vec<ExclusionShape>,
    /// Indicators, each broken down by one label list; parts before what is derived from them.
    pub indicators: Vec<IndicatorShape>,
    /// All objectives, in the order of the plan.
    pub objectives: Vec<ObjectiveShape>,
    /// The flows of all services, but for queries.
    pub flows: Vec<FlowShape>,
    /// Minutes that are kept one by one: a power of two.
    pub ring: usize,
    /// The longest window that is read from minutes.
    pub longest_minutes: i64,
    /// The longest period that is read from minutes.
    pub period_minutes: i64,
    /// The longest period that is read from slots, in slots.
    pub period_slots: i64,
}

/// A flow by all of its labels, for who counts it as a whole.
pub(crate) struct FlowShape {
    /// The service's name.
    pub service: String,
    /// The flow's id.
    pub id: String,
    /// Indices into [`Shape::sources`] and [`Shape::bys`].
    pub source: usize,
    pub by: usize,
}

/// A source as it is read.
#[derive(Clone, PartialEq)]
pub(crate) struct SourceShape {
    pub source: Source,
    /// Labels that its series call otherwise: the name in `by`, and theirs.
    pub renamed: BTreeMap<String, String>,
}

impl SourceShape {
    /// What the source's series call a label.
    pub(crate) fn own_name<'a>(&'a self, label: &'a str) -> &'a str {
        self.renamed.get(label).map_or(label, String::as_str)
    }
}

impl Shape {
    pub(crate) fn new(plan: &Plan) -> Result<Shape, EvaluatorError> {
        let mut shape = Shape {
            sources: Vec::new(),
            bys: Vec::new(),
            source_bys: Vec::new(),
            exclusions: Vec::new(),
            indicators: Vec::new(),
            objectives: Vec::new(),
            flows: Vec::new(),
            ring: 0,
            longest_minutes: 6 * 60,
            period_minutes: 0,
            period_slots: 0,
        };
        for service in &plan.services {
            let mut indicators = indicator::Indicators::new(service);
            for objective in &service.objectives {
                shape.objective(plan, &mut indicators, objective)?;
            }
            for flow in service.flows.iter().filter(|flow| !matches!(flow.source, Source::Query { .. })) {
                let by = position_or_push(&mut shape.bys, &flow.by);
                let source = shape.source(service, &flow.id, by, &service.name)?;
                shape.flows.push(FlowShape { service: service.name.clone(), id: flow.id.clone(), source, by });
            }
        }
        // The slot that a minute lies in is kept for as long as the minute is; hence two more slots, and some.
        let kept = shape.longest_minutes + AHEAD + 4 * SLOT_MINUTES;
        shape.ring = (kept as usize).next_power_of_two();
        Ok(shape)
    }

    /// Keeps enough of an indicator, and of its parts, for a window.
    fn keep(&mut self, indicator: usize, window: Window) {
        if !window.long {
            self.longest_minutes = self.longest_minutes.max(window.steps);
            return;
        }
        let shape = &mut self.indicators[indicator];
        shape.slots = shape.slots.max(window.steps as usize);
        if let Some(exclusion) = shape.exclusion {
            let slots = &mut self.exclusions[exclusion].slots;
            *slots = (*slots).max(window.steps as usize);
        }
        for part in self.indicators[indicator].parts() {
            self.keep(part, window);
        }
    }

    /// The last minute that is too old for every period that ends at `now`.
    pub(crate) fn horizon(&self, now: Minute) -> Minute {
        (now - self.period_minutes).min((last_slot(now) - self.period_slots) * SLOT_MINUTES)
    }

    /// The first minute that is kept one by one while `now` is the last one evaluated. It begins a slot, so that
    /// every slot is either made of minutes that are all kept, or is closed.
    pub(crate) fn live_from(&self, now: Minute) -> Minute {
        last_slot(now - self.longest_minutes - SLOT_MINUTES) * SLOT_MINUTES + 1
    }
}

/// The nearest float, refused where arithmetic with it could overflow.
pub(crate) fn float(exact: &Exact) -> Result<f64, EvaluatorError> {
    let value = exact.to_f64();
    // Written so that what is not a number is refused as well.
    if value.abs() <= LARGEST_FACTOR { Ok(value) } else { Err(EvaluatorError::Factor { factor: exact.to_string() }) }
}

pub(crate) fn missing(what: &'static str, name: &str, by: &str) -> EvaluatorError {
    EvaluatorError::Missing { what, name: name.to_string(), by: by.to_string() }
}

/// Where `item` is in `items`, put at the end where it was not.
pub(crate) fn position_or_push<T: Clone + PartialEq>(items: &mut Vec<T>, item: &T) -> usize {
    items.iter().position(|known| known == item).unwrap_or_else(|| {
        items.push(item.clone());
        items.len() - 1
    })
}
