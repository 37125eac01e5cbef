//! Alerts of a report, with the labels and the words that the generated Prometheus rules give them: a silence or a route
//! holds for both.

use farthing_evaluator::{Report, TradeoffVerdict, Verdict};
use farthing_plan::{Labels, Objective, Plan, Service, Tradeoff};
use farthing_prometheus::told::{self, MetCorner, Moment, Told};

use super::firing::Firing;

/// A flow without samples for this long is told to be missing, in milliseconds. The rules see the end of a rate five
/// minutes after the last sample, and wait five more.
pub const SILENT_MS: i64 = 600_000;

/// A group that one flow has and another lacks for this long is told, in milliseconds, as the rules do.
pub const UNMATCHED_MS: i64 = 1_800_000;

/// What an objective came to in the last hour, for one group: the series `farthing:objective:excess_rate1h` and `sli1h`
/// of the rules.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hour {
    /// E(1h) / 3600 s: what was lost, in the budget's canonical unit per second; none where nothing was observed.
    pub excess_rate: Option<f64>,
    /// What was measured, as [`Verdict::measured`]; none without volume.
    pub measured: Option<f64>,
}

/// The numbers that an alert of an objective tells.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Numbers {
    /// The burn rate over the alert's long window.
    pub burn: f64,
    /// [`Verdict::consumed`].
    pub consumed: Option<f64>,
    /// [`Verdict::exhaustion_s`].
    pub exhaustion_s: Option<f64>,
    /// [`Verdict::measured`].
    pub measured: Option<f64>,
    /// The last hour.
    pub hour: Hour,
}

impl Numbers {
    /// Those of a verdict, for an alert with this long window, in seconds.
    pub fn of(verdict: &Verdict, long_s: u64) -> Numbers {
        let burn = verdict.burn.iter().find(|burn| burn.window_s == long_s).and_then(|burn| burn.rate);
        Numbers {
            burn: burn.unwrap_or_default(),
            consumed: verdict.consumed,
            exhaustion_s: verdict.exhaustion_s,
            measured: verdict.measured,
            hour: Hour {
                excess_rate: verdict.hour_excess.map(|excess| excess / 3_600.0),
                measured: verdict.hour_measured,
            },
        }
    }
}

/// An objective's alert that fires: `ErrorBudgetBurn`, or `Unpriced` of the watch of a table of prices. `alert` is its
/// index in the objective's alerts, `group` the labels that the objective is broken down by, and `since_ms` in
/// milliseconds since the Unix epoch.
///
/// None where the objective has no such alert, or its indicator is not in the service.
pub fn describe(
    service: &Service,
    objective: &Objective,
    alert: usize,
    group: &Labels,
    numbers: &Numbers,
    since_ms: i64,
) -> Option<Firing> {
    let told = told::burning(service, objective, alert)?;
    let own = [("objective", objective.name.as_str()), ("service", &service.name)];
    let moment = Moment {
        labels: labels(group, &own),
        value: numbers.burn,
        budget_consumed: numbers.consumed,
        exhaustion_seconds: numbers.exhaustion_s,
        sli: numbers.measured,
        excess_rate1h: numbers.hour.excess_rate,
        sli1h: numbers.hour.measured,
        corners_met: vec![],
    };
    Some(fill(&told, &moment, since_ms))
}

/// The alerts `TradeoffBroken` of a trade-off within a group: one for each corner that fails while another is met.
pub fn broken(service: &Service, tradeoff: &Tradeoff, verdict: &TradeoffVerdict, since_ms: i64) -> Vec<Firing> {
    let corners = || tradeoff.corners.iter().zip(&verdict.corners).enumerate();
    let name = |id: &str| service.objective(id).map(|objective| objective.name.clone());
    let met: Vec<MetCorner> = corners()
        .filter(|(_, (_, verdict))| verdict.met == Some(true))
        .filter_map(|(_, (corner, verdict))| {
            let objective = name(&corner.objective)?;
            Some(MetCorner { kind: corner.kind, objective, consumed: verdict.consumed? })
        })
        .collect();
    if met.is_empty() {
        return vec![];
    }
    let fails = corners().filter(|(_, (_, verdict))| verdict.met == Some(false));
    fails
        .filter_map(|(index, (corner, of))| {
            let told = told::broken(service, tradeoff, index)?;
            let objective = name(&corner.objective)?;
            let own = [
                ("corner", corner.kind.name()),
                ("objective", &*objective),
                ("service", &*service.name),
                ("tradeoff", &*tradeoff.name),
            ];
            let labels = labels(&verdict.labels, &own);
            let moment = Moment { labels, value: of.consumed?, corners_met: met.clone(), ..Moment::default() };
            Some(fill(&told, &moment, since_ms))
        })
        .collect()
}

/// The alerts `InputMissing` of a service: of flows without which something is not judged and that had no sample for
/// [`SILENT_MS`]. `last_ms` says when a flow had its last sample of any series, by the flow's id: none where it never had
/// one, which counts since `started_ms`. Times are milliseconds since the Unix epoch.
///
/// Flows of events are never missing here: no event is nothing that happened. Nor are queries, which the evaluator does
/// not read; its report says so.
pub fn silent(service: &Service, last_ms: impl Fn(&str) -> Option<i64>, started_ms: i64, now_ms: i64) -> Vec<Firing> {
    let is_sampled = |id: &&str| service.flow(id).is_some_and(|flow| flow.source.metric().is_some());
    let needed = told::needed(service).into_iter().filter(is_sampled);
    needed
        .filter_map(|flow| {
            let since = last_ms(flow).unwrap_or(started_ms).max(started_ms).saturating_add(SILENT_MS);
            let told = told::missing(service, flow).filter(|_| since <= now_ms)?;
            let labels = labels(&Labels::new(), &[("flow", flow), ("service", &service.name)]);
            Some(fill(&told, &Moment { labels, value: 1.0, ..Moment::default() }, since))
        })
        .collect()
}

/// The alert `InputUnmatched`: of an indicator, by its id, a flow has had samples in a group for [`UNMATCHED_MS`], and
/// another has not. `rate` is the flow's amount per second there.
///
/// None where there is no such indicator, or it does not need that flow and another.
pub fn unmatched(
    service: &Service,
    indicator: &str,
    flow: &str,
    group: &Labels,
    rate: f64,
    since_ms: i64,
) -> Option<Firing> {
    let told = told::unmatched(service, indicator, flow)?;
    let moment = Moment { labels: labels(group, &[]), value: rate, ..Moment::default() };
    Some(fill(&told, &moment, since_ms))
}

/// All alerts that a report says fire: of objectives and of trade-offs. `hour` says what an objective, by its id, came to
/// in the last hour within a group. What the plan does not have is left out.
pub fn describe_all(plan: &Plan, report: &Report) -> Vec<Firing> {
    let mut all = Vec::new();
    for of in &report.services {
        let Some(service) = plan.services.iter().find(|service| service.name == of.name) else { continue };
        for of in &of.objectives {
            let Some(objective) = service.objective(&of.id) else { continue };
            for verdict in &of.verdicts {
                for alert in verdict.alerts.iter().filter(|alert| alert.firing) {
                    let Some(long_s) = objective.alerts.get(alert.index).map(|alert| alert.long) else { continue };
                    let numbers = Numbers::of(verdict, long_s);
                    all.extend(describe(service, objective, alert.index, &verdict.labels, &numbers, alert.since_ms));
                }
            }
        }
        for of in &of.tradeoffs {
            let Some(tradeoff) = service.tradeoffs.iter().find(|tradeoff| tradeoff.id == of.id) else { continue };
            let told = of.verdicts.iter().flat_map(|verdict| broken(service, tradeoff, verdict, report.at_ms));
            all.extend(told);
        }
    }
    all
}

fn labels(group: &Labels, own: &[(&str, &str)]) -> Labels {
    let own = own.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    group.clone().into_iter().chain(own).collect()
}

fn fill(told: &Told, moment: &Moment, since_ms: i64) -> Firing {
    let filled = told.fill(moment);
    Firing {
        labels: filled.labels,
        annotations: filled.annotations,
        starts_at_ms: since_ms,
        generator_url: String::new(),
    }
}
