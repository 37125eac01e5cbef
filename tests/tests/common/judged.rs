//! That the evaluator says what a judge finds who looks at all samples at once.

use farthing_plan::{Alert, Objective};
use farthing_tests::{Evaluated, STALE, Scenario};

use super::judge::{Judged, Reading, Series, judge_at};

/// Of the amounts that were added up and taken from each other.
const PRECISION: f64 = 1e-9;

/// Asserts that the evaluator's verdicts at the scenario's checkpoints are the judge's.
pub fn assert_judged(scenario: &Scenario, evaluated: &Evaluated) {
    let series: Vec<Series> = scenario
        .series
        .iter()
        .map(|one| Series {
            name: one.name.clone(),
            labels: one.labels.clone().into_iter().collect(),
            created_ms: None,
            samples: one.samples.iter().map(|(time, value)| (*time, reading(*value))).collect(),
        })
        .collect();
    let times: Vec<i64> = scenario.checkpoints.iter().map(|seconds| seconds * 1000).collect();
    let judged = judge_at(&scenario.plan, &series, &[], &times);
    let mut compared = 0;
    for ((at, judged), verdicts) in scenario.checkpoints.iter().zip(&judged).zip(&evaluated.verdicts) {
        for judged in judged {
            let verdict = verdicts
                .iter()
                .find(|(id, verdict)| *id == judged.objective && verdict.labels == judged.labels)
                .map(|(_, verdict)| verdict);
            let case = format!("{} at {at}: {} {:?}", scenario.name, judged.objective, judged.labels);
            let Some(verdict) = verdict else {
                // The evaluator says nothing of a group of which it has seen nothing yet.
                assert_eq!(judged.observed_s, 0, "{case}: the evaluator has no verdict");
                continue;
            };
            compared += 1;
            let amounts = judged.allowance.abs() + judged.excess.abs();
            same(&case, "numerator", Some(verdict.numerator), Some(judged.numerator), judged.numerator);
            same(&case, "denominator", Some(verdict.denominator), Some(judged.denominator), judged.denominator);
            same(&case, "measured", verdict.measured, judged.measured, judged.measured.unwrap_or(0.0));
            // Near 0, where what was spent meets what was allowed, only the difference of large amounts is left.
            let share = amounts.max(judged.denominator.abs()) / judged.allowance.abs();
            same(&case, "consumed", verdict.consumed, judged.consumed, share);
            same(&case, "left", verdict.left, judged.left, amounts);
            assert_eq!(verdict.observed_s, judged.observed_s, "{case}: observed");
            for (burn, (window, rate)) in verdict.burn.iter().zip(&judged.burn) {
                assert_eq!(burn.window_s, *window, "{case}");
                same(&case, &format!("burn rate over {window} s"), burn.rate, *rate, share * 1e3);
            }
            let objective = scenario.plan.services.iter().flat_map(|service| &service.objectives);
            let objective = objective.into_iter().find(|one| one.id == judged.objective).expect("judged");
            assert_alerts(&case, objective, judged, evaluated, *at);
        }
    }
    assert!(compared >= scenario.checkpoints.len(), "{}: only {compared} verdicts", scenario.name);
}

fn reading(value: f64) -> Reading {
    if value.to_bits() == STALE { Reading::Stale } else { Reading::Number(value) }
}

fn same(case: &str, what: &str, evaluator: Option<f64>, judge: Option<f64>, scale: f64) {
    let agree = match (evaluator, judge) {
        (Some(a), Some(b)) => (a - b).abs() <= PRECISION * scale.abs().max(b.abs()),
        (None, None) => true,
        _ => false,
    };
    assert!(agree, "{case}: {what}: the evaluator says {evaluator:?}, the judge {judge:?}");
}

/// Asserts that an alert fires at a time if the judge says so.
fn assert_alerts(case: &str, objective: &Objective, judged: &Judged, evaluated: &Evaluated, at: i64) {
    for (alert, fires) in objective.alerts.iter().zip(&judged.firing) {
        let Alert { long, short, .. } = *alert;
        let is_on = evaluated.fired.iter().any(|fired| {
            fired.objective == objective.id
                && fired.labels == judged.labels
                && (fired.long_s, fired.short_s) == (long, short)
                && fired.from_ms <= at * 1000
                && fired.until_ms.is_none_or(|until| until > at * 1000)
        });
        assert_eq!(is_on, *fires, "{case}: the alert over {long} s and {short} s");
    }
}
