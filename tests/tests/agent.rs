//! An agent, a real Prometheus that scrapes it and its exporters, and an evaluator that was always there agree, through
//! restarts, kills, gaps and resets: over a day and a half, and over four days where `FARTHING_LONG=1` is set.

use std::env;

use farthing_evaluator::{FiredAlert, Verdict};
use farthing_tests::{
    Agreement, Evaluated, Key, Life, Quantity, Recorded, STALE, Scenario, Worst, compare, evaluate, live, record,
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
    assert_end(&scenario, &life, &whole, &recorded);
    assert_alerts(&scenario, &life.said, &whole);
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
fn assert_end(scenario: &Scenario, life: &Life, whole: &Evaluated, recorded: &Recorded) {
    // The last minute of which Prometheus says something.
    let minute = scenario.clock.end / 60 - 2;
    let mut worst = Worst::default();
    let mut compared = 0;
    for key in life.said.trace.keys().filter(|key| key.quantity == Quantity::Measured) {
        let agent = verdict(&life.said.verdicts[0], key);
        let plain = verdict(&whole.verdicts[0], key);
        // Events that were counted are counted in their minutes. Of metrics what was not scraped is missing.
        let tolerance = if reads_metrics(&key.objective) { TOLERANCE } else { 1e-9 };
        assert_observed(scenario, key, &life.said, whole);
        for (what, agent, plain) in
            [("numerator", agent.numerator, plain.numerator), ("denominator", agent.denominator, plain.denominator)]
        {
            assert!((agent - plain).abs() <= tolerance * plain, "{key}: {what}: the agent {agent}, the whole {plain}");
        }
        for (quantity, tolerance) in [(Quantity::Measured, TOLERANCE), (Quantity::Consumed, TOLERANCE_OF_BUDGET)] {
            let key = Key { quantity, ..key.clone() };
            let all = [&life.said.trace, &whole.trace, &recorded.trace].map(|trace| trace.get(&key, minute));
            let [Some(agent), Some(plain), Some(prometheus)] = all else { panic!("{key}: {all:?}") };
            let scale = if quantity == Quantity::Consumed { plain.abs().max(1.0) } else { plain.abs() };
            let apart = (agent - prometheus).abs().max((plain - prometheus).abs()) / scale;
            assert!(apart <= tolerance, "{key}: the agent {agent}, the whole {plain}, Prometheus {prometheus}");
            worst.note(quantity, apart);
            compared += 1;
        }
    }
    assert_eq!(compared, 16, "numbers that were compared");
    eprintln!("in the end Prometheus is off by: {worst}");
}

/// Asserts that as much was observed at all times: the agent knows by itself when it was away.
fn assert_observed(scenario: &Scenario, key: &Key, agent: &Evaluated, whole: &Evaluated) {
    let long = scenario.away.iter().filter(|(from, until)| until - from > 300);
    // What the agent may lack: of events a minute each time, for the one in which it was killed is observed where something
    // of it was written; of metrics all that was not scraped.
    let lacks = |(from, until): &(i64, i64)| if reads_metrics(&key.objective) { until - from + 120 } else { 60 };
    let is_in = |minute: i64, from: i64| (minute * 60 - 86_400 - 1_200..=minute * 60).contains(&from);
    let key = Key { quantity: Quantity::Observed, ..key.clone() };
    let mut compared = 0;
    for minute in agent.trace.minutes() {
        if let (Some(own), Some(plain)) = (agent.trace.get(&key, minute), whole.trace.get(&key, minute)) {
            let slack: i64 = long.clone().filter(|(from, _)| is_in(minute, *from)).map(lacks).sum();
            assert!((own - plain).abs() <= slack as f64, "{key} at {minute}: the agent {own} s, the whole {plain} s");
            compared += 1;
        }
    }
    assert!(compared > 1_000, "{key}: only {compared} minutes");
}

fn verdict<'a>(verdicts: &'a [(String, Verdict)], key: &Key) -> &'a Verdict {
    let mut found = verdicts.iter().filter(|(id, one)| *id == key.objective && one.labels == key.labels);
    &found.next().unwrap_or_else(|| panic!("{key}: no verdict")).1
}

/// Whether an objective reads metrics, of which the agent knows only what it scraped.
fn reads_metrics(objective: &str) -> bool {
    ["agent/thrifty", "agent/mixed"].contains(&objective)
}

/// For how many minutes after it was away the agent's alerts are not compared.
const AFTER: i64 = 10;

/// Asserts that the agent's alerts of events fire where the burn rates of the whole say so. It judges a minute when that
/// ends, and events come up to most of a minute late: a rate within that of the factor decides nothing.
fn assert_alerts(scenario: &Scenario, agent: &Evaluated, whole: &Evaluated) {
    let is_away =
        |minute: i64| scenario.away.iter().any(|(from, until)| (from / 60..=until / 60 + AFTER).contains(&minute));
    let (mut firing, mut silent) = (0, 0);
    for key in whole.trace.keys() {
        let objective = scenario.plan.services[0].objectives.iter().find(|one| one.id == key.objective);
        let Some(objective) = objective.filter(|one| !reads_metrics(&one.id)) else { continue };
        for alert in objective.alerts.iter().filter(|alert| key.quantity == Quantity::Burn(alert.long)) {
            let fired: Vec<&FiredAlert> = agent
                .fired
                .iter()
                .filter(|one| one.objective == key.objective && one.labels == key.labels)
                .filter(|one| (one.long_s, one.short_s) == (alert.long, alert.short))
                .collect();
            let factor = alert.factor.to_f64();
            let short = Key { quantity: Quantity::Burn(alert.short), ..key.clone() };
            for minute in (whole.trace.minutes().start + 60..whole.trace.minutes().end).filter(|at| !is_away(*at)) {
                // Above the factor for sure, or below it.
                let surely = |key: &Key, window: u64| {
                    let rate = whole.trace.get(key, minute).unwrap_or(0.0) / factor;
                    let slack = 60.0 / window as f64 + 0.01;
                    (rate > 1.0 + slack, rate < 1.0 - slack)
                };
                let [(long_above, long_below), (short_above, short_below)] =
                    [surely(key, alert.long), surely(&short, alert.short)];
                let at_ms = minute * 60_000;
                let fires = fired.iter().any(|one| (one.from_ms..one.until_ms.unwrap_or(i64::MAX)).contains(&at_ms));
                let hours = (minute - scenario.clock.start / 60) as f64 / 60.0;
                if long_above && short_above {
                    assert!(fires, "{key} and {}: the agent's alert does not fire at {hours:.2} h", alert.short);
                    firing += 1;
                } else if long_below || short_below {
                    assert!(!fires, "{key} and {}: the agent's alert fires at {hours:.2} h", alert.short);
                    silent += 1;
                }
            }
        }
    }
    eprintln!("the agent's alerts of events fire in {firing} minutes as they must, and are silent in {silent}");
    assert!(firing > 600 && silent > 600, "{firing} and {silent} minutes");
}
