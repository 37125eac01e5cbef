//! A real Prometheus with the generated rules and the evaluator agree.

use farthing_tests::{Length, Scenario, disagreements, evaluate, record, scenarios};

fn check(scenario: &Scenario) {
    let t = std::time::Instant::now();
    let evaluated = evaluate(scenario).unwrap();
    let e = t.elapsed();
    let recorded = record(scenario).unwrap();
    let r = t.elapsed();
    let found = disagreements(scenario, &evaluated, &recorded);
    eprintln!(
        "{}: evaluator {e:?}, with prometheus {r:?}, compared {:?}; fired {} firing {:?}; missing {:?}",
        scenario.name,
        t.elapsed(),
        evaluated.fired.len(),
        recorded.firing.iter().map(|f| f.minutes.len()).collect::<Vec<_>>(),
        recorded.missing.iter().map(|(f, m)| (f, m.len())).collect::<Vec<_>>()
    );
    assert!(found.is_empty(), "{}", found.join("\n"));
}

macro_rules! scenarios {
    ($($name:ident),*) => { $(
        #[test]
        fn $name() {
            check(&scenarios::$name(Length::Days));
        }
    )* };
}

scenarios!(
    steady,
    idle_minutes,
    one_busy_hour,
    resets,
    births_and_ends,
    gaps,
    broken_label,
    shared_flow,
    by_model,
    at_least,
    share,
    quantile,
    time_share
);

#[test]
fn azure_trace() {
    check(&scenarios::azure_trace(Length::Days).unwrap());
}
