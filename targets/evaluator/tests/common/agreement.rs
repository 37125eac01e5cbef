//! Whether the evaluator and the judge say the same.

use std::collections::BTreeSet;

use farthing_evaluator::{Evaluator, Report, Verdict};
use farthing_plan::{Linear, Plan};

use crate::judge::{Judged, judge_tradeoffs};

/// Whether two numbers agree to 1e-9 of `scale`.
pub fn close(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-9 * scale.abs().max(1e-300)
}

#[track_caller]
pub fn assert_is(value: impl Into<Option<f64>>, expected: f64) {
    let value = value.into();
    assert!(value.is_some_and(|value| close(value, expected, expected)), "{value:?} is not {expected}");
}

/// The one verdict of the one objective.
pub fn only(evaluator: &Evaluator) -> Verdict {
    evaluator.report().services[0].objectives[0].verdicts[0].clone()
}

pub fn verdicts(report: &Report) -> Vec<(&str, &Verdict)> {
    let objectives = report.services.iter().flat_map(|service| &service.objectives);
    objectives.flat_map(|objective| objective.verdicts.iter().map(|verdict| (objective.id.as_str(), verdict))).collect()
}

/// Asserts that a report says what the judge says.
pub fn assert_agree(plan: &Plan, report: &Report, judged: &[Judged], case: &str) {
    let verdicts = verdicts(report);
    assert_eq!(verdicts.len(), judged.len(), "{case}: as many verdicts");
    for judged in judged {
        let of = |(id, verdict): &&(&str, &Verdict)| *id == judged.objective && verdict.labels == judged.labels;
        let (_, verdict) = verdicts.iter().find(of).unwrap_or_else(|| panic!("{case}: no verdict like {judged:?}"));
        let objective = plan.services[0].objectives.iter().find(|o| o.id == judged.objective).expect("its objective");
        let size = |linear: &Linear| {
            (linear.numerator.to_f64() * judged.numerator).abs()
                + (linear.denominator.to_f64() * judged.denominator).abs()
        };
        let excess = size(&objective.excess);
        let context = || format!("{case}: {verdict:#?}\n{judged:#?}");
        let same = |a: f64, b: f64, scale: f64| assert!(close(a, b, scale), "{a} is not {b}: {}", context());
        let same_option = |a: Option<f64>, b: Option<f64>, scale: f64| match (a, b) {
            (None, None) => {}
            (Some(a), Some(b)) => same(a, b, scale),
            _ => panic!("{a:?} is not {b:?}: {}", context()),
        };
        same(verdict.numerator, judged.numerator, judged.numerator);
        same(verdict.denominator, judged.denominator, judged.denominator);
        same(verdict.excess, judged.excess, excess);
        same(verdict.allowance, judged.allowance, judged.allowance);
        same_option(verdict.measured, judged.measured, judged.measured.unwrap_or(1.0).abs().max(1.0));
        let relative = excess / judged.allowance.abs().max(1e-300);
        same_option(verdict.consumed, judged.consumed, relative);
        same_option(verdict.left, judged.left, excess + judged.allowance);
        assert_eq!(verdict.observed_s, judged.observed_s, "{}", context());
        assert_eq!(verdict.excluded_s, judged.excluded_s, "{}", context());
        assert_eq!(verdict.is_void(), judged.void, "{}", context());
        same_option(verdict.mix_seen, judged.mix_seen, 1.0);
        if judged.consumed.is_none_or(is_clear) {
            assert_eq!(verdict.met_alone, judged.met_alone, "{}", context());
        }
        // What is foretold for millions of years is a rounded excess of 0.
        if judged.exhaustion_s.is_none_or(|seconds| seconds < 1e14) {
            same_option(verdict.exhaustion_s, judged.exhaustion_s, judged.exhaustion_s.unwrap_or(0.0) * 1e3);
        }
        assert_eq!(verdict.burn.len(), judged.burn.len());
        for (burn, (window, rate)) in verdict.burn.iter().zip(&judged.burn) {
            assert_eq!(burn.window_s, *window);
            // A window's excess is a difference of what may be larger.
            let amounts = relative.max(rate.unwrap_or(0.0).abs()).max(1.0);
            same_option(burn.rate, *rate, amounts);
        }
    }
}

/// Whether rounding cannot make it another verdict.
fn is_clear(consumed: f64) -> bool {
    (consumed - 1.0).abs() > 1e-6
}

/// Asserts that a report says of trade-offs and their corners what the judge says, but where rounding decides.
pub fn assert_tradeoffs_agree(plan: &Plan, report: &Report, judged: &[Judged], case: &str) {
    let tradeoffs = judge_tradeoffs(plan, judged);
    let of: Vec<_> = report.services.iter().flat_map(|service| &service.tradeoffs).collect();
    let all: usize = of.iter().map(|tradeoff| tradeoff.verdicts.len()).sum();
    assert_eq!(all, tradeoffs.len(), "{case}: as many verdicts on trade-offs");
    if judged.iter().any(|judged| judged.consumed.is_some_and(|consumed| !is_clear(consumed))) {
        return;
    }
    for (id, verdict) in verdicts(report) {
        let judged = judged.iter().find(|judged| judged.objective == id && judged.labels == verdict.labels);
        let judged = judged.unwrap_or_else(|| panic!("{case}: {id} {:?} is not judged", verdict.labels));
        assert_eq!(verdict.met, judged.met, "{case}: {id}");
        assert_eq!(verdict.spoiled_by.iter().cloned().collect::<BTreeSet<_>>(), judged.spoiled_by, "{case}: {id}");
    }
    for judged in tradeoffs {
        let report = of.iter().find(|report| report.id == judged.tradeoff).expect("the trade-off");
        let verdict = report.verdicts.iter().find(|verdict| verdict.labels == judged.labels).expect("its group");
        let context = || format!("{case}: {verdict:#?}\n{judged:#?}");
        assert_eq!(verdict.met, judged.met, "{}", context());
        let same = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (None, None) => true,
            (Some(a), Some(b)) => (a - b).abs() <= 1e-6 * (1.0 + a.abs()),
            _ => false,
        };
        assert!(same(verdict.consumed, judged.consumed), "{}", context());
        let worst = verdict.worst.map(|worst| verdict.corners[worst].consumed);
        assert!(worst.is_none_or(|worst| same(worst, judged.consumed)), "{}", context());
        for (corner, (kind, objective, consumed, met)) in verdict.corners.iter().zip(&judged.corners) {
            assert_eq!((corner.kind, &corner.objective, corner.met), (*kind, objective, *met), "{}", context());
            assert!(same(corner.consumed, *consumed), "{}", context());
        }
        assert_eq!(verdict.burn.len(), judged.burn.len());
        for (burn, (window, rate)) in verdict.burn.iter().zip(&judged.burn) {
            assert!(burn.window_s == *window && same(burn.rate, *rate), "{}", context());
        }
    }
}

/// Asserts that the alerts that fire are those that the judge says, but where a burn rate is as good as its factor.
/// For reports of evaluators that had all data when they judged their last minute.
pub fn assert_same_alerts(plan: &Plan, report: &Report, judged: &[Judged], case: &str) {
    for (id, verdict) in verdicts(report) {
        let judged = judged.iter().find(|judged| judged.objective == id && judged.labels == verdict.labels);
        let judged = judged.unwrap_or_else(|| panic!("{case}: {id} {:?} is not judged", verdict.labels));
        let objective = plan.services[0].objectives.iter().find(|objective| objective.id == id).expect("its objective");
        for ((alert, state), fires) in objective.alerts.iter().zip(&verdict.alerts).zip(&judged.firing) {
            let factor = alert.factor.to_f64();
            let near = |(window, rate): &(u64, Option<f64>)| {
                [alert.long, alert.short].contains(window) && rate.is_some_and(|rate| close(rate, factor, factor))
            };
            if !judged.burn.iter().any(near) {
                assert_eq!(state.firing, *fires, "{case}: {alert:?} of {judged:#?}");
            }
        }
    }
}
