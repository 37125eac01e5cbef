//! Flows: amounts that accumulate over time, and where they are read from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Comparison, Condition, Exact, Polynomial, Unit};

/// An amount that accumulates, read from one source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// `service/name`, such as `chat/gpu`: stable and readable, never derived from the text of an expression.
    pub id: String,
    /// The doc comment of its declaration, for people.
    pub doc: Option<String>,
    /// The unit of the accumulated amount: `USD`, `output_token`, `gpu*s`.
    pub unit: Unit,
    /// The labels that are kept, sorted: the union of what the objectives that use the flow are broken down by.
    /// Empty for most.
    pub by: Vec<String>,
    /// Labels of `by` that the series themselves call otherwise: the name in `by`, and the series' own. A label that is
    /// not in it has one name. Matchers have the series' own names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub renamed: BTreeMap<String, String>,
    /// Where it is read.
    pub source: Source,
}

/// Where a flow is read. `scale` turns the source's own unit into the canonical one (0.001 for mJ).
///
/// Series that a source selects are added up over all labels but the flow's `by`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Source {
    /// The increase of a counter. A histogram's `_count` and `_sum` are such, and its `_bucket` with `le`.
    Counter {
        /// The series' name as exposed, such as `vllm:request_success_total`.
        metric: String,
        /// Which series.
        matchers: Vec<Matcher>,
        /// For a histogram's bucket, its upper bound in the exposed unit. Compared as a number: `le="1"` and
        /// `le="1.0"` are the same bound.
        le: Option<Exact>,
        /// From the exposed to the canonical unit.
        scale: Exact,
    },
    /// A gauge, integrated over time: 4 GPUs for an hour are 14,400 gpu*s.
    Gauge {
        /// The series' name as exposed.
        metric: String,
        /// Which series.
        matchers: Vec<Matcher>,
        /// Add the values up, or count the series.
        aggregate: Aggregate,
        /// From the exposed to the canonical unit, prices included: 4 gpu at $2.49/(gpu*h) have scale 2.49/3600.
        scale: Exact,
    },
    /// The time for which a gauge compares so, of each series, added up: seconds of series.
    GaugeTime {
        /// The series' name as exposed.
        metric: String,
        /// Which series.
        matchers: Vec<Matcher>,
        /// The comparison with a bound in the exposed unit; `None` for all the time that the series had a value.
        when: Option<(Comparison, Exact)>,
    },
    /// The number of events.
    EventCount {
        /// The event's name.
        event: String,
        /// Which events: all of these hold.
        conditions: Vec<Condition>,
    },
    /// The sum of a number over events.
    EventSum {
        /// The event's name.
        event: String,
        /// What is added up, in canonical units.
        value: Polynomial,
        /// Which events: all of these hold.
        conditions: Vec<Condition>,
    },
    /// A query in PromQL, as its author wrote it. Only what evaluates PromQL can read it; the embedded evaluator says so.
    Query {
        /// What its values are.
        query_kind: QueryKind,
        /// The text, with the service's selector filled in, and `$window` where the window goes.
        query: String,
        /// The labels that its results have.
        labels: Vec<String>,
        /// From the query's own to the canonical unit, prices included.
        scale: Exact,
    },
}

impl Source {
    /// The name of the series that it is read from, as exposed; none of events and queries.
    pub fn metric(&self) -> Option<&str> {
        match self {
            Source::Counter { metric, .. } | Source::Gauge { metric, .. } | Source::GaugeTime { metric, .. } => {
                Some(metric)
            }
            Source::EventCount { .. } | Source::EventSum { .. } | Source::Query { .. } => None,
        }
    }

    /// Whether it is read from events, which have no series.
    pub fn is_event(&self) -> bool {
        matches!(self, Source::EventCount { .. } | Source::EventSum { .. })
    }
}

/// What the values of a query are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueryKind {
    /// An amount per second over `$window`, as `rate(x[$window])` is.
    Counter,
    /// A level, as it is now.
    Gauge,
}

/// How the series of a gauge become one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// Add the values up.
    Sum,
    /// Count the series, whatever their values: one series of a GPU exporter is one GPU.
    Count,
}

/// One condition on a series' label.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Matcher {
    /// The label's name.
    pub label: String,
    /// How it is compared.
    pub op: MatchOp,
    /// The values, sorted, at least one. With `Equal` one of them must match, with `NotEqual` none may.
    /// An absent label has the value "". With `Regex` and `NotRegex` there is exactly one, an RE2 pattern that must
    /// match the whole value.
    pub values: Vec<String>,
}

/// How a label is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchOp {
    /// Is one of the values.
    Equal,
    /// Is none of the values.
    NotEqual,
    /// Matches the pattern.
    Regex,
    /// Does not match the pattern.
    NotRegex,
}
