//! What is asserted of each scenario, whatever its length.

// Each test binary uses a part of this.
#![allow(dead_code)]

#[path = "../../../targets/evaluator/tests/judge/mod.rs"]
mod judge;
mod judged;

use farthing_tests::{Agreement, Failure, Quantity, Recorded, Scenario, compare, evaluate, record};

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
    let agreement = compare(&scenario, &evaluated, &recorded);
    eprintln!(
        "{:<9} Prometheus deviates at worst by: {}; alerts fire in {} minutes",
        scenario.name, agreement.worst, agreement.firing
    );
    assert!(agreement.disagreements.is_empty(), "{}", agreement.disagreements.join("\n"));
    let worst = agreement.worst.of(Quantity::Measured);
    assert!(worst <= TOLERANCE, "{}: what is measured deviates by {:.2}%", scenario.name, worst * 100.0);
    assert_missing(&scenario, &recorded);
    agreement
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
