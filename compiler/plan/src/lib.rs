//! What a compiled `.slo` file means.
//!
//! A [`Plan`] is the contract between the compiler and the targets: small, versioned, serializable and complete.
//! No target looks back at syntax, and no target decides what an objective means.
//!
//! Everything is a **flow**: an amount that accumulates over time. An **indicator** is a pair of flows, a numerator
//! and a denominator, that are observed together. An **objective** is a pair of linear forms over such a pair: the
//! *excess* (what was lost) and the *allowance* (what was allowed).
//!
//! Units are canonical: seconds, bytes, joules, one unit of each currency, one of each counted thing, and ratios
//! (not percent). Every [`Exact`] in a plan is in these units unless its field says otherwise.

mod calendar;
mod duration;
mod event;
mod exact;
mod flow;
mod indicator;
mod objective;
mod scenario;
mod tradeoff;
mod unit;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use calendar::{CalendarUnit, Offset, Period, Zone, civil, days};
pub use duration::duration_text;
pub use event::{Comparison, Condition, Event, Field, FieldKind, Monomial, Polynomial};
pub use exact::{Exact, ExactError, MAX_BITS, MAX_DIGITS, decimal_places};
pub use flow::{Aggregate, Flow, MatchOp, Matcher, QueryKind, Source};
pub use indicator::{Combination, Derivation, Exclusion, Indicator, Part, Term, WhenAbsent};
pub use objective::{
    Alert, BudgetMode, BurnBasis, BurnForm, Equality, Form, Guard, Linear, Objective, Role, Severity, Side, Spending,
};
pub use scenario::{
    AlertWord, EventRate, EventValue, Expectation, Expected, Scenario, Segment, SegmentKind, TestEvents, TestSeries,
};
pub use tradeoff::{Corner, CornerKind, Tradeoff};
pub use unit::{MAX_POWER, Shown, Unit};

/// The version of this format. A reader refuses a plan with another one.
pub const VERSION: u32 = 2;

/// A gap between two samples of one series longer than this, in seconds, is time not observed: nothing is counted
/// for it. It is Prometheus's look-back.
pub const LOOK_BACK: u64 = 300;

/// The finest step of time, in seconds: flows are kept and compared by minutes.
pub const MINUTE: u64 = 60;

/// The step of long windows, in seconds.
pub const SLOT: u64 = 600;

/// The shortest window, in seconds, that is read from slots; shorter ones are read from minutes.
pub const LONG_WINDOW: u64 = 86_400;

/// All services of one compilation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// [`VERSION`].
    pub version: u32,
    /// The compiler's name and version.
    pub compiler: String,
    /// A digest of the source texts, in hexadecimal: the same input has the same digest.
    pub digest: String,
    /// In the order of the sources.
    pub services: Vec<Service>,
    /// The kinds of records that the application itself reports.
    pub events: Vec<Event>,
    /// The time zones that calendar periods name, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<Zone>,
    /// The tests of the files, in the order of the sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scenarios: Vec<Scenario>,
}

/// A service: the flows it has, what is measured and what is promised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Service {
    /// Its name, an identifier, unique in the plan.
    pub name: String,
    /// What people call it; the name where nothing was stated.
    pub title: String,
    /// Who owns it.
    pub owner: Option<String>,
    /// The flows read from samples and events, each once.
    pub flows: Vec<Flow>,
    /// The pairs of flows that objectives judge.
    pub indicators: Vec<Indicator>,
    /// What is promised.
    pub objectives: Vec<Objective>,
    /// Promises of several objectives at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tradeoffs: Vec<Tradeoff>,
}

impl Service {
    /// The flow with this id.
    pub fn flow(&self, id: &str) -> Option<&Flow> {
        self.flows.iter().find(|flow| flow.id == id)
    }

    /// The indicator with this id.
    pub fn indicator(&self, id: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|indicator| indicator.id == id)
    }

    /// The objective with this id.
    pub fn objective(&self, id: &str) -> Option<&Objective> {
        self.objectives.iter().find(|objective| objective.id == id)
    }
}

/// Label names and values, sorted.
pub type Labels = BTreeMap<String, String>;

/// Why a text is not a plan.
#[derive(Debug)]
pub enum PlanError {
    /// Not JSON of a plan's shape.
    Malformed(serde_json::Error),
    /// Written by a compiler with another format.
    Version {
        /// The version found.
        found: u32,
    },
}

impl std::fmt::Display for PlanError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PlanError::Malformed(error) => write!(f, "not a plan: {error}"),
            PlanError::Version { found } => {
                write!(
                    f,
                    "a plan of version {found}; this farthing reads version {VERSION}: compile the .slo files again"
                )
            }
        }
    }
}

impl std::error::Error for PlanError {}

impl Plan {
    /// The names of the series that its flows read, as exposed, `_bucket` and all; some of them more than once.
    pub fn metrics(&self) -> impl Iterator<Item = &str> {
        self.services.iter().flat_map(|service| &service.flows).filter_map(|flow| flow.source.metric())
    }

    /// The time zone with this name.
    pub fn zone(&self, name: &str) -> Option<&Zone> {
        self.zones.iter().find(|zone| zone.name == name)
    }

    /// The plan as JSON, the same bytes for the same plan.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a plan has string keys only");
        text.push('\n');
        text
    }

    /// Reads what [`Plan::to_json`] wrote.
    ///
    /// # Errors
    /// When the text is not such JSON, or of another version.
    pub fn from_json(text: &str) -> Result<Plan, PlanError> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let head: Head = serde_json::from_str(text).map_err(PlanError::Malformed)?;
        if head.version != VERSION {
            return Err(PlanError::Version { found: head.version });
        }
        serde_json::from_str(text).map_err(PlanError::Malformed)
    }
}
