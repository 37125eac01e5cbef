//! Objectives: what is promised, as excess and allowance, and when somebody is told.

use serde::{Deserialize, Serialize};

use crate::{Comparison, Exact, Labels, Shown, Unit};

/// A promise about one indicator over one compliance period.
///
/// With N(w) and D(w) the numerator's and the denominator's amounts in a window w:
///
/// - excess `E(w) = excess.numerator * N(w) + excess.denominator * D(w)`: what was lost, may be negative for means;
/// - allowance `A(w) = allowance.numerator * N(w) + allowance.denominator * D(w)`: what was allowed;
/// - budget consumed `E(P) / A(P)`, left `A(P) - E(P)`, both over the period P;
/// - burn rate over w `(E(w) / w) / (A(P) / observed(P))`, observed(P) being the time that both flows were observed.
///
/// Where `A(P)` is not above 0 there was no volume, and there is no verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// `service/name`.
    pub id: String,
    /// Its name, an identifier, unique in the service.
    pub name: String,
    /// What people call it; the name where nothing was stated.
    pub title: String,
    /// The doc comment of its declaration.
    pub doc: Option<String>,
    /// The id of an indicator of the same service.
    pub indicator: String,
    /// What was stated, for people. Targets compute with `excess` and `allowance` only.
    pub form: Form,
    /// The promise as people read it: `cost_per_answer <= $0.01 per request`.
    pub statement: String,
    /// E, over numerator and denominator.
    pub excess: Linear,
    /// A, over numerator and denominator.
    pub allowance: Linear,
    /// The unit of excess and allowance: `USD` when a budget is money, `request` when it is a count.
    pub budget_unit: Unit,
    /// How amounts of that unit are shown.
    pub budget_shown: Shown,
    /// The compliance period in seconds, rolling.
    pub period: u64,
    /// The labels that it is broken down by, sorted.
    pub by: Vec<String>,
    /// When somebody is told; long windows ascending.
    pub alerts: Vec<Alert>,
    /// Labels for alerts, the service's and the objective's own.
    pub labels: Labels,
    /// Annotations for alerts, the service's and the objective's own.
    pub annotations: Labels,
    /// What to do, for whoever is paged.
    pub runbook: Option<String>,
}

/// What was stated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Form {
    /// `numerator / denominator <= target` (or `>=`), with a budget as a share of the target.
    Mean {
        /// `AtMost` or `AtLeast`.
        comparison: Comparison,
        /// In canonical units.
        target: Exact,
        /// How target and measured values are shown.
        shown: Shown,
        /// The budget: 0.05 for 5%.
        budget: Exact,
    },
    /// At least this share is good.
    Share {
        /// The share: 0.99.
        share: Exact,
        /// What is counted, for people: `requests`, `time`.
        of: String,
        /// What is good, for people: `cost < $0.001`.
        good: String,
    },
    /// A quantile lies below (or above) a bound: the share form with the quantile as its share.
    Quantile {
        /// The share: 0.95 for p95.
        quantile: Exact,
        /// Of what, for people: `vllm::time_to_first_token`.
        of: String,
        /// The comparison.
        comparison: Comparison,
        /// The bound in canonical units.
        bound: Exact,
        /// How the bound is shown.
        shown: Shown,
    },
}

/// `numerator * N + denominator * D`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linear {
    /// What the numerator's amount is multiplied by.
    pub numerator: Exact,
    /// What the denominator's amount is multiplied by.
    pub denominator: Exact,
}

/// Somebody is told when the burn rate is above `factor` over both windows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Who is told.
    pub severity: Severity,
    /// The long window in seconds.
    pub long: u64,
    /// The short window in seconds: it ends the alert soon after the burning ends.
    pub short: u64,
    /// The burn rate above which it fires.
    pub factor: Exact,
    /// Where the factor comes from.
    pub basis: BurnBasis,
    /// The highest burn rate that the objective can have, where there is one: `1 / (1 - share)`.
    /// INVARIANT: above `factor`; the compiler refuses alerts that cannot fire.
    pub highest: Option<Exact>,
}

/// Where a factor comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BurnBasis {
    /// This share of the budget is gone within the long window: `factor = share * period / long`.
    Share {
        /// The share: 0.02 for 2%.
        share: Exact,
    },
    /// Stated as a factor.
    Stated,
}

/// Who is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Somebody is woken.
    Page,
    /// Somebody looks at it in working hours.
    Ticket,
}

impl Severity {
    /// The value of the label `severity`.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Page => "page",
            Severity::Ticket => "ticket",
        }
    }
}
