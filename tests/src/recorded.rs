//! What Prometheus says of a scenario: what the generated rules recorded, and when their alerts fire.

use std::collections::{BTreeMap, BTreeSet};

use farthing_plan::{Labels, Objective, Plan};

use crate::{
    Answer, Backfilled, Failure, Rules, Scenario, backfill,
    stages::Alerting,
    trace::{Key, Quantity, Trace},
};

/// What Prometheus says.
#[derive(Debug)]
pub struct Recorded {
    /// What the rules recorded, by the last minute that had ended.
    pub trace: Trace,
    /// The alerts of burn rates: in which minutes each one's expression has a result.
    pub firing: Vec<Firing>,
    /// When the alert of missing inputs has a result, by flow.
    pub missing: Vec<(String, BTreeSet<i64>)>,
    /// When the alert of trade-offs has a result, by the trade-off's id and the corner that is met at the expense of others.
    pub broken: Vec<((String, String), BTreeSet<i64>)>,
    /// What trade-offs come to, minute by minute, by their ids: the budget consumed, and whether they are met.
    pub tradeoffs: BTreeMap<String, BTreeMap<i64, Traded>>,
    /// When the alert of groups that other flows lack has a result, by flow, one for each group.
    pub unmatched: Vec<(String, BTreeSet<i64>)>,
}

/// What a trade-off comes to in a minute.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traded {
    /// The part of its budget that is consumed.
    pub consumed: Option<f64>,
    /// Whether it is met.
    pub met: Option<bool>,
}

/// In which minutes an alert of an objective fires for a group.
#[derive(Clone, Debug)]
pub struct Firing {
    /// `service/name`.
    pub objective: String,
    /// What the objective is broken down by.
    pub labels: Labels,
    /// The long and the short window in seconds.
    pub windows: (u64, u64),
    /// By the last minute that had ended.
    pub minutes: BTreeSet<i64>,
}

/// Writes the scenario's samples into a real Prometheus, evaluates the generated rules over all of its time, and asks
/// for their results, minute by minute.
///
/// # Errors
/// When Prometheus or promtool is missing or refuses something.
pub fn record(scenario: &Scenario) -> Result<Recorded, Failure> {
    let (start, end) = (scenario.clock.start, scenario.clock.end);
    let mut recorded = Recorded {
        trace: Trace::new(start / 60 + 1, end / 60),
        firing: Vec::new(),
        missing: Vec::new(),
        broken: Vec::new(),
        tradeoffs: BTreeMap::new(),
        unmatched: Vec::new(),
    };
    for file in farthing_prometheus::rules(&scenario.plan) {
        let rules = Rules::parse(&file.text)?;
        let prometheus = backfill(scenario.name, &scenario.series, scenario.look_back, &rules, (start, end))?;
        for double in rules.doubles() {
            if !prometheus.server.range(&double, start * 1000, end * 1000, 60_000)?.is_empty() {
                return Err(Failure::new(format!("a rule would record two series as one: {double}")));
            }
        }
        recorded.read(&scenario.plan, &rules, &prometheus, start, end)?;
    }
    Ok(recorded)
}

impl Recorded {
    fn read(
        &mut self,
        plan: &Plan,
        rules: &Rules,
        prometheus: &Backfilled,
        start: i64,
        end: i64,
    ) -> Result<(), Failure> {
        let offset = offset(prometheus, end)?;
        let (start, end) = (start * 1000 + offset, end * 1000);
        let answers = prometheus.server.range(
            r#"{__name__=~"farthing:(objective:.*|flow:observed[0-9]+[dhm])"}"#,
            start,
            end,
            60_000,
        )?;
        for answer in answers {
            let mut labels = answer.labels;
            let name = labels.remove("__name__").unwrap_or_default();
            let service = labels.remove("service").unwrap_or_default();
            // An observed time is recorded of the denominator: all objectives of that indicator share it.
            let (objectives, quantity) = match (labels.remove("objective"), labels.remove("flow")) {
                (Some(objective), _) => match quantity(&name) {
                    Some(quantity) => (named(plan, &service, &objective, &labels), quantity),
                    None => continue,
                },
                (None, Some(flow)) => (judging(plan, &flow, &name, &labels), Quantity::Observed),
                (None, None) => {
                    return Err(Failure::new(format!("{name} of no objective and no flow")));
                }
            };
            for (at, value) in answer.values {
                for objective in &objectives {
                    let key = Key { objective: objective.clone(), labels: labels.clone(), quantity };
                    self.trace.set(key, minute(at), value);
                }
            }
        }
        for answer in
            prometheus.server.range(r#"{__name__=~"farthing:tradeoff:(consumed|met)"}"#, start, end, 60_000)?
        {
            let label = |name: &str| answer.labels.get(name).cloned().unwrap_or_default();
            let minutes = self.tradeoffs.entry(format!("{}/{}", label("service"), label("tradeoff"))).or_default();
            for (at, value) in answer.values {
                let Traded { consumed, met } = minutes.entry(minute(at)).or_default();
                if label("__name__").ends_with("met") { *met = Some(value == 1.0) } else { *consumed = Some(value) }
            }
        }
        for alert in &rules.alerting {
            let answers = prometheus.server.range(&alert.expr, start, end, 60_000)?;
            if alert.alert == "TradeoffBroken" {
                let label = |name: &str| alert.labels.get(name).cloned().unwrap_or_default();
                let of = (format!("{}/{}", label("service"), label("tradeoff")), label("corner"));
                let minutes = answers.iter().flat_map(|answer| &answer.values).map(|(at, _)| minute(*at));
                self.broken.push((of, minutes.collect()));
                continue;
            }
            if let "InputMissing" | "InputUnmatched" = alert.alert.as_str() {
                let flow = alert.labels.get("flow").cloned().unwrap_or_default();
                let minutes = |answer: Answer| answer.values.iter().map(|(at, _)| minute(*at)).collect();
                let told = answers.into_iter().map(|answer| (flow.clone(), minutes(answer)));
                let is_missing = alert.alert == "InputMissing";
                if is_missing {
                    self.missing.extend(told)
                } else {
                    self.unmatched.extend(told)
                }
                continue;
            }
            let ([service, objective], windows) = burn_alert(alert)?;
            self.firing.extend(answers.into_iter().flat_map(|mut answer| {
                answer.labels.retain(|name, _| !["__name__", "service", "objective"].contains(&name.as_str()));
                let minutes = answer.values.iter().map(|(at, _)| minute(*at)).collect();
                let minutes: BTreeSet<i64> = minutes;
                named(plan, &service, &objective, &answer.labels).into_iter().map(move |objective| Firing {
                    objective,
                    labels: answer.labels.clone(),
                    windows,
                    minutes: minutes.clone(),
                })
            }));
        }
        Ok(())
    }
}

/// The milliseconds after each full minute at which the group of the objectives is evaluated.
fn offset(prometheus: &Backfilled, end: i64) -> Result<i64, Failure> {
    let answers = prometheus.server.instant("farthing:flow:rate5m[1h]", end)?;
    let times = answers.iter().flat_map(|answer| &answer.values).map(|(at, _)| (at * 1000.0).round() as i64);
    let offsets: BTreeSet<i64> = times.map(|at| at.rem_euclid(60_000)).collect();
    match offsets.len() {
        1 => Ok(offsets.into_iter().next().unwrap_or_default()),
        _ => Err(Failure::new(format!("flows were recorded at {offsets:?} ms after the minute, not at one time"))),
    }
}

fn minute(seconds: f64) -> i64 {
    (seconds / 60.0).floor() as i64
}

fn quantity(name: &str) -> Option<Quantity> {
    match name.strip_prefix("farthing:objective:")? {
        "sli" => Some(Quantity::Measured),
        "budget_consumed" => Some(Quantity::Consumed),
        "budget_left" => Some(Quantity::Left),
        other => other.strip_prefix("burn_rate").and_then(seconds).map(Quantity::Burn),
    }
}

/// The ids of the objectives of a name that judge a group: those of classes share one.
fn named(plan: &Plan, service: &str, name: &str, labels: &Labels) -> Vec<String> {
    let services = plan.services.iter().filter(|own| own.name == service);
    let objectives = services.flat_map(|own| &own.objectives).filter(|own| own.name == name && is_of(own, labels));
    objectives.map(|objective| objective.id.clone()).collect()
}

/// Whether an objective judges a group.
fn is_of(objective: &Objective, labels: &Labels) -> bool {
    objective.only.iter().all(|(label, value)| labels.get(label) == Some(value))
}

/// The objectives that are judged over a window by an indicator with this denominator.
fn judging(plan: &Plan, denominator: &str, observed: &str, labels: &Labels) -> Vec<String> {
    let period = observed.strip_prefix("farthing:flow:observed").and_then(seconds);
    let services = plan.services.iter();
    services
        .flat_map(|service| service.objectives.iter().map(move |objective| (service, objective)))
        .filter(|(service, objective)| {
            let indicator = service.indicator(&objective.indicator);
            indicator.is_some_and(|indicator| indicator.denominator.flow == denominator && indicator.by == objective.by)
                && Some(objective.period.seconds()) == period
                && is_of(objective, labels)
        })
        .map(|(_, objective)| objective.id.clone())
        .collect()
}

/// Which objective an alert is of, and its windows.
fn burn_alert(alert: &Alerting) -> Result<([String; 2], (u64, u64)), Failure> {
    let label = |name: &str| alert.labels.get(name).map(String::as_str);
    let window = |name: &str| label(name).and_then(seconds);
    match (label("service"), label("objective"), window("long_window"), window("short_window")) {
        (Some(service), Some(objective), Some(long), Some(short)) => {
            Ok(([service, objective].map(str::to_string), (long, short)))
        }
        _ => Err(Failure::new(format!("{} does not say what it is of: {:?}", alert.alert, alert.labels))),
    }
}

/// `1d12h` in seconds.
fn seconds(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut sum = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let unit = match rest.as_bytes()[digits] {
            b's' => 1,
            b'm' => 60,
            b'h' => 3_600,
            b'd' => 86_400,
            b'w' => 7 * 86_400,
            _ => return None,
        };
        sum += rest[..digits].parse::<u64>().ok()? * unit;
        rest = &rest[digits + 1..];
    }
    (sum > 0).then_some(sum)
}
