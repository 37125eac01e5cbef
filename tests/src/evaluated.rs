//! What the evaluator says of a scenario.

use std::collections::BTreeMap;

use farthing_evaluator::{Evaluator, FiredAlert, Report, SampleValue, TradeoffVerdict, Verdict};
use farthing_intake::{Limits, Mode};
use farthing_plan::{BudgetMode, BurnForm, Linear, Objective, Period, Plan};

use crate::{
    Failure, Scenario,
    agent::schema,
    trace::{Key, PERIOD, Quantity, Trace},
};

/// What the evaluator says, and when its alerts fired.
#[derive(Clone, Debug)]
pub struct Evaluated {
    /// Minute by minute.
    pub trace: Trace,
    /// What trade-offs come to, minute by minute, by their ids.
    pub tradeoffs: BTreeMap<String, BTreeMap<i64, TradeoffVerdict>>,
    /// In the order in which they fired.
    pub fired: Vec<FiredAlert>,
    /// The verdicts at each checkpoint of the scenario, each with its objective's id.
    pub verdicts: Vec<Vec<(String, Verdict)>>,
}

/// Runs the evaluator over a scenario, sample by sample in the order of time, as a scraper would.
///
/// A minute is evaluated when the samples of the next one have come: the time since a series' last sample belongs to no
/// pair yet, and counts for nothing before the next sample comes. Prometheus extrapolates over it instead.
///
/// # Errors
/// When it refuses the plan or a sample.
pub fn evaluate(scenario: &Scenario) -> Result<Evaluated, Failure> {
    let refused = |error: &dyn std::fmt::Display| Failure::new(format!("{}: the evaluator: {error}", scenario.name));
    let mut evaluator = Evaluator::new(&with_flows(&scenario.plan)).map_err(|error| refused(&error))?;
    let mut samples = Vec::new();
    for one in &scenario.series {
        let labels: Vec<(&str, &str)> =
            one.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        if let Some(id) = evaluator.series(&one.name, &labels) {
            samples.extend(one.samples.iter().map(|(time, value)| (*time, id, *value)));
        }
    }
    samples.sort_by_key(|(time, ..)| *time);
    let mut samples = samples.into_iter().peekable();

    let schema = if scenario.events.is_empty() { None } else { Some(schema(&scenario.plan)?) };
    let mut batches = scenario.events.iter().peekable();
    let mut away = scenario.away.iter().peekable();

    let mut notes = Notes::new(scenario);
    for minute in scenario.clock.start / 60 + 1..=scenario.clock.end / 60 {
        let end = minute * 60_000;
        while let Some((time, id, value)) = samples.next_if(|(time, ..)| *time <= end + 60_000) {
            evaluator.observe(id, time, SampleValue::from(value)).map_err(|error| refused(&error))?;
        }
        while let (Some(schema), Some(batch)) = (&schema, batches.next_if(|batch| batch.at_ms <= end + 60_000)) {
            let parsed = schema.parse_json_lines(batch.body.as_bytes(), batch.at_ms, &Limits::default());
            let parsed = parsed.map_err(|error| refused(&error))?;
            let resolved = parsed.resolve(&mut evaluator, Mode::AllOrNothing);
            let resolved = resolved.map_err(|error| refused(&format!("{error:?}")))?;
            resolved.record(&mut evaluator).map_err(|error| refused(&error))?;
        }
        while let Some((from, until)) = away.next_if(|(from, _)| *from * 1_000 < end) {
            evaluator.absent(from * 1_000, until * 1_000);
        }
        evaluator.advance(end);
        notes.take(&evaluator.report());
    }
    Ok(notes.finish(&evaluator.report()))
}

/// What reports say, minute by minute.
pub(crate) struct Notes {
    trace: Trace,
    tradeoffs: BTreeMap<String, BTreeMap<i64, TradeoffVerdict>>,
    checkpoints: Vec<i64>,
    verdicts: Vec<Vec<(String, Verdict)>>,
}

impl Notes {
    pub(crate) fn new(scenario: &Scenario) -> Notes {
        Notes {
            trace: Trace::new(scenario.clock.start / 60 + 1, scenario.clock.end / 60),
            tradeoffs: BTreeMap::new(),
            checkpoints: scenario.checkpoints.clone(),
            verdicts: vec![Vec::new(); scenario.checkpoints.len()],
        }
    }

    /// Notes a report; a later one of the same minute is noted instead.
    pub(crate) fn take(&mut self, report: &Report) {
        let minute = report.at_ms / 60_000;
        let here = (0..self.checkpoints.len()).filter(|at| self.checkpoints[*at] == minute * 60).collect::<Vec<_>>();
        here.iter().for_each(|at| self.verdicts[*at].clear());
        for objective in report.services.iter().flat_map(|service| &service.objectives) {
            for verdict in &objective.verdicts {
                note(&mut self.trace, &objective.id, minute, verdict);
                for at in &here {
                    self.verdicts[*at].push((objective.id.clone(), verdict.clone()));
                }
            }
        }
        for tradeoff in report.services.iter().flat_map(|service| &service.tradeoffs) {
            let minutes = self.tradeoffs.entry(tradeoff.id.clone()).or_default();
            minutes.extend(tradeoff.verdicts.iter().map(|verdict| (minute, verdict.clone())));
        }
    }

    /// All of it, with the alerts of the last report.
    pub(crate) fn finish(mut self, last: &Report) -> Evaluated {
        let is_own = |id: &str| !id.ends_with(NUMERATOR) && !id.ends_with(DENOMINATOR);
        let fired = last.alerts_fired.iter().filter(|alert| is_own(&alert.objective)).cloned().collect();
        self.verdicts.iter_mut().for_each(|verdicts| verdicts.retain(|(id, _)| is_own(id)));
        Evaluated { trace: self.trace, tradeoffs: self.tradeoffs, fired, verdicts: self.verdicts }
    }
}

/// What the ids of objectives end with whose excess is an indicator's numerator, and its denominator.
const NUMERATOR: &str = "#numerator";
const DENOMINATOR: &str = "#denominator";

/// The plan, and for each objective two more, whose burn rates say what the two flows came to over each window, and what
/// they came to over a rolling period: an evaluator has no other way to tell, and how far a burn rate may be off depends on
/// how much flowed.
pub(crate) fn with_flows(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    for service in &mut plan.services {
        let extra = service.objectives.iter().flat_map(|objective| {
            let linear = |numerator: i64, denominator: i64| Linear {
                numerator: numerator.into(),
                denominator: denominator.into(),
            };
            [(NUMERATOR, linear(1, 0)), (DENOMINATOR, linear(0, 1))].map(|(end, excess)| Objective {
                id: format!("{}{end}", objective.id),
                name: format!("{}{end}", objective.name),
                excess,
                allowance: linear(0, 1),
                period: Period::rolling(objective.period.seconds()),
                budget_mode: BudgetMode::Net,
                burn_form: BurnForm::Paced,
                guards: Vec::new(),
                spendings: Vec::new(),
                equality: None,
                ..objective.clone()
            })
        });
        let extra: Vec<Objective> = extra.collect();
        service.objectives.extend(extra);
    }
    plan
}

fn note(trace: &mut Trace, id: &str, minute: i64, verdict: &Verdict) {
    let own = id.trim_end_matches(NUMERATOR).trim_end_matches(DENOMINATOR);
    let mut set = |quantity, value: Option<f64>| {
        if let Some(value) = value {
            let (objective, labels) = (own.to_string(), verdict.labels.clone());
            trace.set(Key { objective, labels, quantity }, minute, value);
        }
    };
    if own == id {
        set(Quantity::Measured, verdict.measured);
        set(Quantity::Consumed, verdict.consumed);
        set(Quantity::Left, verdict.left);
        set(Quantity::Numerator(PERIOD), Some(verdict.numerator));
        set(Quantity::Denominator(PERIOD), Some(verdict.denominator));
        set(Quantity::Excess(PERIOD), Some(verdict.excess));
        let pace = verdict.allowance / verdict.observed_s as f64;
        for burn in &verdict.burn {
            set(Quantity::Burn(burn.window_s), burn.rate);
            set(Quantity::Excess(burn.window_s), burn.rate.map(|rate| rate * pace * burn.window_s as f64));
        }
        return;
    }
    let is_numerator = id.ends_with(NUMERATOR);
    let quantity = if is_numerator { Quantity::Numerator } else { Quantity::Denominator };
    set(quantity(verdict.period_s), Some(if is_numerator { verdict.numerator } else { verdict.denominator }));
    if !is_numerator {
        set(Quantity::Observed, (verdict.observed_s > 0).then_some(verdict.observed_s as f64));
    }
    let per_second = verdict.allowance / verdict.observed_s as f64;
    for burn in verdict.burn.iter().filter(|burn| burn.window_s != verdict.period_s) {
        set(quantity(burn.window_s), burn.rate.map(|rate| rate * per_second * burn.window_s as f64));
    }
}
