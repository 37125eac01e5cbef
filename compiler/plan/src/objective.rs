//! Objectives: what is promised, as excess and allowance, and when somebody is told.

use serde::{Deserialize, Serialize};

use crate::{Comparison, Exact, Labels, Period, Shown, Unit};

/// A promise about one indicator over one compliance period.
///
/// With N(w) and D(w) the numerator's and the denominator's amounts in a window w:
///
/// - excess `E(w) = excess.numerator * N(w) + excess.denominator * D(w)`: what was lost, may be negative for means;
/// - allowance `A(w) = allowance.numerator * N(w) + allowance.denominator * D(w)`: what was allowed;
/// - budget consumed `E(P) / A(P)`, left `A(P) - E(P)`, both over the period P;
/// - burn rate over w `(E(w) / w) / (A(R) / observed(R))`, R being the last [`Period::seconds`], which is P where that is
///   rolling, and observed(R) the time of it that both flows were observed; or as [`BurnForm`] says.
///
/// Where `A(P)` is not above 0 there was no volume, and there is no verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// `service/name`, and the class where it is one of several: `chat/by_class:simple`. Unique in the plan.
    pub id: String,
    /// Its name, an identifier; unique in the service but for those of one `by class`, which `only` tells apart.
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
    /// The compliance period.
    pub period: Period,
    /// The labels that it is broken down by, sorted.
    pub by: Vec<String>,
    /// The only groups that it judges: those with these values, of labels in `by`. Empty for all.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub only: Labels,
    /// Whether savings pay for overspending.
    #[serde(default, skip_serializing_if = "is_default")]
    pub budget_mode: BudgetMode,
    /// By what a burn rate is measured.
    #[serde(default, skip_serializing_if = "is_default")]
    pub burn_form: BurnForm,
    /// No alert fires where one of these does not hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<Guard>,
    /// What may be spent on purpose.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spendings: Vec<Spending>,
    /// There is a verdict only where these two are equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equality: Option<Equality>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub role: Role,
    /// When somebody is told; long windows ascending.
    pub alerts: Vec<Alert>,
    /// Labels for alerts, the service's and the objective's own.
    pub labels: Labels,
    /// Annotations for alerts, the service's and the objective's own.
    pub annotations: Labels,
    /// What to do, for whoever is paged.
    pub runbook: Option<String>,
}

impl Objective {
    /// The ids of all indicators that it is judged by: its own, those of its guards, and those that must be equal.
    pub fn indicators(&self) -> impl Iterator<Item = &str> {
        let guards = self.guards.iter().map(|guard| guard.indicator.as_str());
        let equal = self.equality.iter().flat_map(|equality| [equality.left.as_str(), &equality.right]);
        std::iter::once(self.indicator.as_str()).chain(guards).chain(equal)
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Whether savings pay for overspending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetMode {
    /// They do: E(w) is what it is.
    #[default]
    Net,
    /// They do not: of a window of a day or more, E(w) is the sum of what is above 0 of its slots' excesses; of a shorter
    /// one, it is E(w) where that is above 0, else 0.
    Gross,
}

/// By what a burn rate is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BurnForm {
    /// By the allowance of the whole period: weighted by volume.
    #[default]
    Paced,
    /// By the window's own allowance, `E(w) / A(w)`: the textbook's, blind to traffic. None where A(w) is not above 0.
    PerUnit,
}

/// An alert fires only where a flow of an indicator comes to enough over a window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guard {
    /// The id of an indicator of the same service, with the objective's `by`.
    pub indicator: String,
    /// Which of its flows.
    pub side: Side,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what, in canonical units.
    pub bound: Exact,
    /// Over which window, in seconds. Where nothing was observed in it, the flow came to 0.
    pub window: u64,
    /// As people read it: `answers >= 100 requests over 1h`.
    pub statement: String,
}

/// A flow of an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// What is divided.
    Numerator,
    /// What it is divided by.
    Denominator,
}

/// A part of the budget that may be spent on purpose within some time.
///
/// Alerts do not tell of it: over a window w that ends at t, what is planned burns at `share * R / (until - from)` times
/// the part of w that lies in `(from, until]`, R being [`Period::seconds`]; an alert fires where the burn rate over each
/// of its two windows is above its factor and what is planned for that window. Long windows end with the last slot here
/// as well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spending {
    /// The share of the budget: 0.2 for 20%.
    pub share: Exact,
    /// Since when, in seconds since the epoch: the start of the first day, in UTC.
    pub from: i64,
    /// Until when: the end of the last day.
    pub until: i64,
    /// What for.
    pub reason: Option<String>,
}

/// Two ratios that must be equal for a comparison to say anything: the quality of two deployments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Equality {
    /// The id of an indicator of the same service, with the objective's `by`.
    pub left: String,
    /// The id of another.
    pub right: String,
    /// By how much `N/D` of the two over the period may differ, in their unit. Where they differ by more, or one of them
    /// has no volume, the comparison is void: there is no verdict, and no alert fires. What was measured and what it
    /// burns are told all the same.
    pub tolerance: Exact,
    /// As people read it.
    pub statement: String,
}

/// What an objective is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Role {
    /// A promise that somebody stated.
    #[default]
    Promise,
    /// A watch of the compiler's own: how much of what a table of prices is applied to has a price in it.
    Priced {
        /// The table's name.
        table: String,
        /// The name of the cost that uses it.
        cost: String,
    },
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
