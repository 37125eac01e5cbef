//! What the evaluator says.

use farthing_plan::{CornerKind, Labels, Severity};
use serde::{Deserialize, Serialize};

/// The most points of a history.
pub const MAX_HISTORY: usize = 720;

/// The most past alerts that a report tells of.
pub const MAX_FIRED: usize = 10_000;

/// Verdicts on every objective as of one minute. Times are milliseconds since the Unix epoch, `_s` are seconds,
/// amounts are in the canonical units of the plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The end of the last minute evaluated; 0 before the first.
    pub at_ms: i64,
    /// The time of the earliest sample or event; none before the first.
    pub first_ms: Option<i64>,
    /// In the order of the plan.
    pub services: Vec<ServiceReport>,
    /// When alerts fired, oldest first: the newest [`MAX_FIRED`](crate::MAX_FIRED).
    pub alerts_fired: Vec<FiredAlert>,
    /// How many older ones were dropped from `alerts_fired`.
    pub alerts_dropped: u64,
    /// What came in.
    pub health: Health,
}

/// A service's objectives.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ServiceReport {
    /// The service's name.
    pub name: String,
    /// In the order of the plan.
    pub objectives: Vec<ObjectiveReport>,
    /// In the order of the plan.
    pub tradeoffs: Vec<TradeoffReport>,
}

/// An objective's verdicts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ObjectiveReport {
    /// The objective's id, `service/name`.
    pub id: String,
    /// One for each group of the labels that it is broken down by, sorted by them; exactly one where there are none.
    pub verdicts: Vec<Verdict>,
    /// Why there is none: the evaluator cannot read what the objective needs. `reads a PromQL query (chat/x), ...`
    pub not_judged: Option<String>,
}

/// What an objective comes to, for one group, over the period that ends at the report's time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// The labels that the objective is broken down by.
    pub labels: Labels,
    /// What the indicator measured: a mean, or the share of what was good; none where the denominator is not above 0.
    pub measured: Option<f64>,
    /// N(P), the numerator over the period.
    pub numerator: f64,
    /// D(P), the denominator over the period.
    pub denominator: f64,
    /// E(P), what was lost.
    pub excess: f64,
    /// A(P), what was allowed.
    pub allowance: f64,
    /// E(P) / A(P); none where A(P) is not above 0. Below 0 where money was saved, above 1 where the budget is spent.
    pub consumed: Option<f64>,
    /// A(P) - E(P), in the objective's budget unit; none where A(P) is not above 0.
    pub left: Option<f64>,
    /// The time in which the budget is gone at the last hour's pace; none where it is spent, or not being spent.
    pub exhaustion_s: Option<f64>,
    /// How much of the period was observed.
    pub observed_s: u64,
    /// How much of the period counts for nothing because of exclusions.
    pub excluded_s: u64,
    /// The length of the period; of one of the calendar, the usual one: [`farthing_plan::Period::seconds`].
    pub period_s: u64,
    /// When the period began.
    pub period_start_ms: i64,
    /// Whether the promise is kept: consumed at most 1, and no trade-off spoils it. None without a verdict.
    pub met: Option<bool>,
    /// Whether it is kept by itself, whatever other corners of its trade-offs are.
    pub met_alone: Option<bool>,
    /// The ids of objectives that are not met, where this one is by itself and is a corner of a trade-off with them.
    pub spoiled_by: Vec<String>,
    /// Where the indicator is standardized, the share of the mix that had volume in the period; what it measures is
    /// that of these classes alone.
    pub mix_seen: Option<f64>,
    /// Where two ratios must be equal for the objective to say anything, these. Where they are not, the verdict is void:
    /// consumed, left, exhaustion and met are none, and no alert fires.
    pub equality: Option<EqualityVerdict>,
    /// The burn rates over every window that the objective's alerts use, shortest first.
    pub burn: Vec<Burn>,
    /// E(1h), what was lost in the last hour; none where nothing was observed in it.
    pub hour_excess: Option<f64>,
    /// What the indicator measured in the last hour; none without volume.
    pub hour_measured: Option<f64>,
    /// The state of each alert of the objective, in its order.
    pub alerts: Vec<AlertState>,
    /// The past, for a chart: at most [`MAX_HISTORY`](crate::MAX_HISTORY) points over the period, oldest first.
    pub history: Vec<HistoryPoint>,
}

impl Verdict {
    /// Whether two ratios that must be equal are not.
    pub fn is_void(&self) -> bool {
        self.equality.as_ref().is_some_and(|equality| !equality.equal)
    }
}

/// Two ratios that must be equal over the period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EqualityVerdict {
    /// N / D of the one; none without volume.
    pub left: Option<f64>,
    /// N / D of the other.
    pub right: Option<f64>,
    /// Whether they differ by no more than they may.
    pub equal: bool,
}

/// A trade-off's verdicts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TradeoffReport {
    /// Its id, `service/name`.
    pub id: String,
    /// One for each group that any of its corners has, sorted by its labels.
    pub verdicts: Vec<TradeoffVerdict>,
    /// Why there is none: that of the first corner that is not judged.
    pub not_judged: Option<String>,
}

/// What a trade-off comes to, for one group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TradeoffVerdict {
    /// The labels that its corners are broken down by.
    pub labels: Labels,
    /// Whether all corners are met; none where one of them has no verdict.
    pub met: Option<bool>,
    /// The greatest of the corners' consumed; none where one of them has no verdict.
    pub consumed: Option<f64>,
    /// The index of the corner that consumed most.
    pub worst: Option<usize>,
    /// In the order of the plan.
    pub corners: Vec<CornerVerdict>,
    /// For each window that a corner's alerts use, the greatest of the corners' burn rates, shortest first.
    pub burn: Vec<Burn>,
}

/// What one corner comes to by itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CornerVerdict {
    /// What it stands for.
    pub kind: CornerKind,
    /// The objective's id.
    pub objective: String,
    /// The share of its budget consumed.
    pub consumed: Option<f64>,
    /// Whether it is met by itself.
    pub met: Option<bool>,
}

/// A burn rate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Burn {
    /// The window's length.
    pub window_s: u64,
    /// 1 spends the budget in exactly the period; none where nothing was observed in the window, or nothing allowed
    /// in the period.
    pub rate: Option<f64>,
}

/// Whether an alert fires.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlertState {
    /// Its index in the objective's alerts.
    pub index: usize,
    /// Whether it fires.
    pub firing: bool,
    /// The end of the minute since which it does, or does not; the first minute evaluated where that never changed.
    pub since_ms: i64,
}

/// One point of the past.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HistoryPoint {
    /// The end of its step.
    pub at_ms: i64,
    /// The share of the budget consumed over the period that ended then, or since the start of the calendar's period in
    /// which it lies.
    pub consumed: Option<f64>,
    /// What the indicator measured in this step alone, as [`Verdict::measured`] does for the period.
    pub measured: Option<f64>,
    /// The numerator of this step alone: sums over steps, and not means of `measured`, weigh by volume.
    pub numerator: f64,
    /// The denominator of this step alone.
    pub denominator: f64,
}

/// One time that an alert fired.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FiredAlert {
    /// The objective's id.
    pub objective: String,
    /// The group's labels.
    pub labels: Labels,
    /// The alert's severity.
    pub severity: Severity,
    /// The long window.
    pub long_s: u64,
    /// The short window.
    pub short_s: u64,
    /// The burn rate above which it fires.
    pub factor: f64,
    /// The end of the first minute at which it fired.
    pub from_ms: i64,
    /// The end of the first minute at which it fired no more; none while it fires.
    pub until_ms: Option<i64>,
    /// The highest burn rate over the long window while it fired.
    pub peak_burn: f64,
}

/// What a flow has come to, within one group of its labels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FlowTotal {
    /// The service's name.
    pub service: String,
    /// The flow's id, `service/name`.
    pub flow: String,
    /// The labels that it is kept by.
    pub labels: Labels,
    /// In the flow's canonical unit, since the first evaluator of its state was made.
    pub total: f64,
    /// The end of the last minute in which this evaluator was given something of it; none where there was none.
    pub last_ms: Option<i64>,
}

/// Counts of what came in, since the evaluator was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Health {
    /// Samples of series that a flow reads, refused ones and markers included.
    pub samples: u64,
    /// Samples and events with a value that is not a number, infinite, or beyond 10^100.
    pub non_numbers: u64,
    /// Pairs of samples more than the look-back apart: time not observed.
    pub gaps: u64,
    /// Counters that began anew.
    pub resets: u64,
    /// Stale markers.
    pub stale_markers: u64,
    /// Counters below 0, refused.
    pub negative_counters: u64,
    /// Samples refused because they did not come after the last one of their series.
    pub samples_out_of_order: u64,
    /// Samples from before the minutes that are kept one by one, at least six hours: they count only in minutes that
    /// were observed already. Many of them tell of input that is not in order of time.
    pub samples_late: u64,
    /// Series refused because there are [`MAX_SERIES`](crate::MAX_SERIES) already.
    pub series_refused: u64,
    /// Flows of series, and events, left out of what is broken down by a list of labels because that has
    /// [`MAX_GROUPS`](crate::MAX_GROUPS) groups already.
    pub groups_refused: u64,
    /// Events, refused ones included.
    pub events: u64,
    /// Events older than every period that could count them.
    pub events_too_old: u64,
    /// Events of an earlier minute than the latest one seen. They count; this tells how well the input is sorted.
    pub events_out_of_order: u64,
    /// Times before 1970 or after 9999, refused.
    pub times_refused: u64,
}
