//! What the evaluator says of a scenario.

use farthing_evaluator::{Evaluator, FiredAlert, SampleValue, Verdict};

use crate::{
    Failure, Scenario,
    trace::{Key, Quantity, Trace},
};

/// What the evaluator says, and when its alerts fired.
#[derive(Clone, Debug)]
pub struct Evaluated {
    /// Minute by minute.
    pub trace: Trace,
    /// In the order in which they fired.
    pub fired: Vec<FiredAlert>,
    /// The verdicts at each checkpoint of the scenario, each with its objective's id.
    pub verdicts: Vec<Vec<(String, Verdict)>>,
}

/// Runs the evaluator over a scenario, sample by sample in the order of time, as a scraper would.
///
/// # Errors
/// When it refuses the plan or a sample.
pub fn evaluate(scenario: &Scenario) -> Result<Evaluated, Failure> {
    let refused = |error: &dyn std::fmt::Display| Failure::new(format!("{}: the evaluator: {error}", scenario.name));
    let mut evaluator = Evaluator::new(&scenario.plan).map_err(|error| refused(&error))?;
    let mut samples = Vec::new();
    for one in &scenario.series {
        let labels: Vec<(&str, &str)> = one.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        if let Some(id) = evaluator.series(&one.name, &labels) {
            samples.extend(one.samples.iter().map(|(time, value)| (*time, id, *value)));
        }
    }
    samples.sort_by_key(|(time, ..)| *time);
    let mut samples = samples.into_iter().peekable();

    let minutes = scenario.clock.start / 60 + 1..=scenario.clock.end / 60;
    let mut trace = Trace::new(*minutes.start(), *minutes.end());
    let mut verdicts = vec![Vec::new(); scenario.checkpoints.len()];
    let mut fired = Vec::new();
    for minute in minutes {
        let end = minute * 60_000;
        while let Some((time, id, value)) = samples.next_if(|(time, ..)| *time <= end) {
            evaluator.observe(id, time, SampleValue::Number(value)).map_err(|error| refused(&error))?;
        }
        evaluator.advance(end);
        let report = evaluator.report();
        for objective in report.services.iter().flat_map(|service| &service.objectives) {
            for verdict in &objective.verdicts {
                note(&mut trace, &objective.id, minute, verdict);
                for at in (0..verdicts.len()).filter(|at| scenario.checkpoints[*at] == minute * 60) {
                    verdicts[at].push((objective.id.clone(), verdict.clone()));
                }
            }
        }
        fired = report.alerts_fired;
    }
    Ok(Evaluated { trace, fired, verdicts })
}

fn note(trace: &mut Trace, objective: &str, minute: i64, verdict: &Verdict) {
    let mut set = |quantity, value: Option<f64>| {
        if let Some(value) = value {
            let (objective, labels) = (objective.to_string(), verdict.labels.clone());
            trace.set(Key { objective, labels, quantity }, minute, value);
        }
    };
    set(Quantity::Measured, verdict.measured);
    set(Quantity::Consumed, verdict.consumed);
    set(Quantity::Left, verdict.left);
    set(Quantity::Allowance, Some(verdict.allowance));
    set(Quantity::Observed, Some(verdict.observed_s as f64));
    for burn in &verdict.burn {
        set(Quantity::Burn(burn.window_s), burn.rate);
    }
}
