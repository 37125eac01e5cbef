//! What is asserted of each scenario, whatever its length.

// Each test binary uses a part of this.
#![allow(dead_code)]

#[path = "../../../targets/evaluator/tests/judge/mod.rs"]
mod judge;
mod judged;

use farthing_tests::{Agreement, Evaluated, Failure, Quantity, Recorded, Scenario, Traded, compare, evaluate, record};

/// By how much Prometheus may deviate in what it measures, as a share of it.
pub const TOLERANCE: f64 = 0.01;

/// For how many minutes an input has to be missing before somebody is told.
const MISSING: usize = 10;

/// The same of a group that other inputs lack.
const UNMATCHED: usize = 30;

/// Judges a scenario by the brute-force judge, the evaluator and a real Prometheus, and asserts that all three agree.
pub fn check(scenario: Result<Scenario, Failure>) -> Agreement {
    let scenario = scenario.unwrap();
    let evaluated = evaluate(&scenario).unwrap();
    judged::assert_judged(&scenario, &evaluated);
    let recorded = record(&scenario).unwrap();
    let agreement = assert_compared(&scenario, &evaluated, &recorded);
    assert_missing(&scenario, &recorded);
    assert_traded(&scenario, &evaluated, &recorded);
    agreement
}

/// Asserts that the evaluator and a real Prometheus say the same of a scenario, whatever may be missing in it.
pub fn compare_numbers(scenario: &Scenario) {
    assert_compared(scenario, &evaluate(scenario).unwrap(), &record(scenario).unwrap());
}

fn assert_compared(scenario: &Scenario, evaluated: &Evaluated, recorded: &Recorded) -> Agreement {
    let agreement = compare(scenario, evaluated, recorded);
    eprintln!(
        "{:<9} Prometheus deviates at worst by: {}; alerts fire in {} minutes",
        scenario.name, agreement.worst, agreement.firing
    );
    assert!(agreement.disagreements.is_empty(), "{}", agreement.disagreements.join("\n"));
    let worst = agreement.worst.of(Quantity::Measured);
    assert!(worst <= TOLERANCE, "{}: what is measured deviates by {:.2}%", scenario.name, worst * 100.0);
    agreement
}

/// By how many minutes trade-offs may change earlier or later in Prometheus: as long windows do.
const AROUND: i64 = 26;

/// Asserts that both say the same of trade-offs: whether they are met, how much of their budget is consumed, and that
/// somebody is told who pays for what is saved.
fn assert_traded(scenario: &Scenario, evaluated: &Evaluated, recorded: &Recorded) {
    for (id, verdicts) in &evaluated.tradeoffs {
        let said = &recorded.tradeoffs[id];
        let (mut compared, mut broken) = (0, 0);
        // From the second hour on, as of objectives.
        for (minute, Traded { consumed, met }) in said.iter().skip(60) {
            let around = || (minute - AROUND..=minute + AROUND).filter_map(|minute| verdicts.get(&minute));
            if around().count() <= AROUND as usize {
                continue;
            }
            compared += 1;
            let case = format!("{}: {id} at {minute}", scenario.name);
            assert!(around().any(|verdict| verdict.met == *met), "{case}: met is {met:?}");
            let own = around().filter_map(|verdict| verdict.consumed);
            let (least, greatest) =
                own.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), own| (least.min(own), most.max(own)));
            // Of a budget of 5% of what is measured, 1% of that is a fifth.
            let slack = 0.2 + 0.02 * greatest.abs();
            let consumed = consumed.expect("a trade-off that is met or not has consumed something");
            assert!(
                (least - slack..=greatest + slack).contains(&consumed),
                "{case}: {consumed}, not {least} to {greatest}"
            );
            if around().all(|verdict| verdict.met == Some(false) && verdict.corners.iter().any(|c| c.met == Some(true)))
            {
                broken += 1;
                assert!(
                    recorded.broken.iter().any(|((of, _), at)| of == id && at.contains(minute)),
                    "{case}: not told"
                );
            }
        }
        assert!(compared > 600, "{}: {id}: only {compared} minutes were compared", scenario.name);
        assert!(broken > 60, "{}: {id}: is broken in {broken} minutes only", scenario.name);
    }
}

/// Asserts that somebody is told of the flows whose inputs go missing, of those that do not meet, and of no other.
fn assert_missing(scenario: &Scenario, recorded: &Recorded) {
    for (flow, since) in &scenario.missing {
        let minutes = recorded.missing.iter().find(|(name, _)| name == flow).map(|(_, minutes)| minutes);
        let told = minutes.is_some_and(|minutes| {
            // A rate is there until all but one of its samples are older than 5 minutes.
            let first = since / 60 + 7;
            (first..scenario.clock.end / 60 - 1).all(|minute| minutes.contains(&minute))
        });
        assert!(told, "{}: nobody is told that {flow} is missing: {minutes:?}", scenario.name);
    }
    for (flow, minutes) in &recorded.missing {
        let is_known = scenario.missing.iter().any(|(name, _)| name == flow) || !scenario.breaks.is_empty();
        assert!(is_known || minutes.len() < MISSING, "{}: {flow} is said to be missing: {minutes:?}", scenario.name);
    }
    let told: Vec<&str> = recorded
        .unmatched
        .iter()
        .filter(|(_, minutes)| minutes.len() > UNMATCHED)
        .map(|(flow, _)| flow.as_str())
        .collect();
    assert_eq!(told, scenario.unmatched, "{}: groups that only these flows have", scenario.name);
}
