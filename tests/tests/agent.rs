//! An agent, a real Prometheus that scrapes it and its exporters, and an evaluator that was always there agree, through
//! restarts, kills, gaps and resets: over a day and a half, and over four days where `FARTHING_LONG=1` is set.

use std::env;

use farthing_evaluator::{Report, Verdict};
use farthing_tests::{
    Agreement, Key, Life, Quantity, Recorded, STALE, Scenario, Worst, compare, evaluate, live, record,
    scenarios::{Lived, lived},
};

/// By how much what is measured, and each flow over the period, may differ, as a share of it.
const TOLERANCE: f64 = 0.01;

/// Of a budget of 10% of what is measured, a hundredth of that is a tenth.
const TOLERANCE_OF_BUDGET: f64 = 0.1;

#[test]
fn restarts_and_kills_change_nothing() {
    let is_long = env::var_os("FARTHING_LONG").is_some_and(|value| value == "1");
    let Lived { mut scenario, batches, away } = lived(if is_long { 4 } else { 1 }).unwrap();
    let life = live(&scenario, batches, &away).unwrap();
    assert!(life.again >= 3, "{} batches came again", life.again);
    assert!(life.given_up > 10, "{} batches were given up", life.given_up);
    assert_never_less(&life);
    scenario.events = life.counted.clone();
    let whole = evaluate(&scenario).unwrap();

    // What the agent counted of events is what its clients were told, to the last one.
    let lines: usize = life.counted.iter().map(|batch| batch.body.lines().count()).sum();
    // By model, and each event has one.
    let requests = life.totals.iter().filter(|total| total.flow == "agent/requests");
    let requests: f64 = requests.map(|total| total.total).sum();
    assert_eq!(requests, lines as f64);

    let metrics = scenario.series.len();
    scenario.series.extend(life.exported.clone());
    let recorded = record(&scenario).unwrap();
    scenario.series.truncate(metrics);
    for (who, said) in [("the agent", &life.said), ("the whole", &whole)] {
        let Agreement { disagreements, worst, firing } = compare(&scenario, said, &recorded);
        eprintln!("{who}: Prometheus deviates at worst by: {worst}; alerts fire in {firing} minutes");
        assert!(disagreements.is_empty(), "{who}: {}", disagreements.join("\n"));
        assert!(firing > 100, "{who}: alerts fire in {firing} minutes only");
    }
    assert_end(&scenario, &life, &whole.verdicts[0], &recorded);
}

/// Asserts that no counter that anybody saw was less later.
fn assert_never_less(life: &Life) {
    for series in &life.exported {
        assert!(series.samples.iter().all(|(_, value)| value.to_bits() != STALE));
        for pair in series.samples.windows(2) {
            assert!(pair[0].1 <= pair[1].1, "{} {:?}: {pair:?}", series.name, series.labels);
        }
    }
    assert!(life.exported.iter().any(|series| series.samples.last().is_some_and(|(_, value)| *value > 1_000.0)));
}

/// Asserts that all three say the same in the end.
fn assert_end(scenario: &Scenario, life: &Life, whole: &[(String, Verdict)], recorded: &Recorded) {
    // The last minute of which Prometheus says something, and the agent.
    let minute = scenario.clock.end / 60 - 2;
    let mut worst = Worst::default();
    let mut compared = 0;
    for key in life.said.trace.keys().filter(|key| key.quantity == Quantity::Measured) {
        let verdict = verdict(&life.report, key);
        let plain = whole.iter().find(|(id, one)| *id == key.objective && one.labels == key.labels);
        let (_, plain) = plain.unwrap_or_else(|| panic!("{key}: the whole says nothing"));
        for (what, agent, plain) in [
            ("numerator", verdict.numerator, plain.numerator),
            ("denominator", verdict.denominator, plain.denominator),
            ("observed time", verdict.observed_s as f64, plain.observed_s as f64),
        ] {
            assert!((agent - plain).abs() <= TOLERANCE * plain, "{key}: {what}: the agent {agent}, the whole {plain}");
        }
        for (quantity, plain, tolerance) in
            [(Quantity::Measured, plain.measured, TOLERANCE), (Quantity::Consumed, plain.consumed, TOLERANCE_OF_BUDGET)]
        {
            let key = Key { quantity, ..key.clone() };
            let [agent, prometheus] = [&life.said.trace, &recorded.trace].map(|trace| trace.get(&key, minute));
            let [agent, prometheus, plain] = [agent, prometheus, plain]
                .map(|value| value.unwrap_or_else(|| panic!("{key}: {agent:?}, {prometheus:?}, {plain:?}")));
            let scale = if quantity == Quantity::Consumed { plain.abs().max(1.0) } else { plain.abs() };
            let apart = (agent - prometheus).abs().max((plain - prometheus).abs()) / scale;
            eprintln!("{key}: the agent {agent:.5}, the whole {plain:.5}, Prometheus {prometheus:.5}");
            assert!(apart <= tolerance, "{key}: the agent {agent}, the whole {plain}, Prometheus {prometheus}");
            worst.note(quantity, apart);
            compared += 1;
        }
    }
    assert!(compared >= 16, "only {compared} numbers were compared");
    eprintln!("in the end: {worst}");
}

fn verdict<'a>(report: &'a Report, key: &Key) -> &'a Verdict {
    let objectives = report.services.iter().flat_map(|service| &service.objectives);
    let mut verdicts = objectives.filter(|one| one.id == key.objective).flat_map(|one| &one.verdicts);
    verdicts.find(|verdict| verdict.labels == key.labels).expect("the agent has a verdict")
}
