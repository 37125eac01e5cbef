//! Events at the edges: exact bounds, labels, refusals.

mod common;
mod judge;

use common::*;
use farthing_evaluator::{Evaluator, EvaluatorError, EventBatch, RecordError};
use farthing_plan::{Comparison, Condition, FieldKind, Plan};
use judge::Record;

/// 99% of requests cost less than $0.001.
fn cheap() -> Plan {
    let dear = number_is(cost_of_cents(), Comparison::AtLeast, "0.001");
    let flows = vec![flow("chat/dear", &[], count_of(vec![dear])), flow("chat/all", &[], count_of(vec![]))];
    let sli = indicator("chat/i", &[], vec![needed("chat/dear")], "0", vec![needed("chat/all")]);
    plan(flows, vec![sli.clone()], vec![share("chat/cheap", &sli, "0.99")], vec![requests()])
}

/// $0.10 per 1M of context, $0.40 per 1M generated.
fn cost_of_cents() -> farthing_plan::Polynomial {
    polynomial(&[("0.0000001", &[CONTEXT]), ("0.0000004", &[GENERATED])])
}

fn event(t: i64, numbers: [f64; 3]) -> Record {
    Record {
        event: "requests".into(),
        time_ms: START + t,
        numbers: numbers.to_vec(),
        labels: vec!["a".into(), "ok".into()],
    }
}

#[test]
fn a_cost_of_exactly_the_bound_is_dear_in_a_batch_and_alone() {
    let plan = cheap();
    // Each costs exactly $0.001; in plain floats, 62 of these 2,501 cost less.
    let exact: Vec<Record> = (0..=2_500).map(|b| event(1, [f64::from(10_000 - 4 * b), f64::from(b), 0.0])).collect();
    let less: Vec<Record> = (0..2_500).map(|b| event(1, [f64::from(9_999 - 4 * b), f64::from(b), 0.0])).collect();
    for (records, dear) in [(&exact, exact.len()), (&less, 0)] {
        let mut alone = Evaluator::new(&plan).expect("a plan");
        records.iter().for_each(|record| record_one(&mut alone, &plan, record));
        let mut batch = Evaluator::new(&plan).expect("a plan");
        record_all(&mut batch, &plan, records);
        for mut evaluator in [alone, batch] {
            evaluator.advance(START + MIN);
            evaluator.advance(START + 10 * MIN);
            assert_eq!(only(&evaluator).numerator, dear as f64);
            assert_eq!(only(&evaluator).denominator, records.len() as f64);
        }
    }
}

#[test]
fn an_event_at_a_minutes_end_is_in_it() {
    let plan = cheap();
    let mut evaluator = Evaluator::new(&plan).expect("a plan");
    record_one(&mut evaluator, &plan, &event(10 * MIN, [0.0, 0.0, 0.0]));
    evaluator.advance(START + 10 * MIN);
    assert_eq!((only(&evaluator).denominator, only(&evaluator).observed_s), (1.0, 60));
}

#[test]
fn time_without_events_is_observed_once_there_was_one() {
    let plan = cheap();
    let mut evaluator = Evaluator::new(&plan).expect("a plan");
    evaluator.advance(START);
    record_one(&mut evaluator, &plan, &event(30 * MIN, [0.0, 0.0, 0.0]));
    evaluator.advance(START + 30 * DAY);
    assert_eq!(only(&evaluator).observed_s, 30 * DAY_S - 29 * 60);
    assert_eq!(only(&evaluator).denominator, 1.0);
    // When the first event is out of the period, all of it is observed, and nothing came.
    evaluator.advance(START + 31 * DAY);
    assert_eq!((only(&evaluator).observed_s, only(&evaluator).measured), (30 * DAY_S, None));
    evaluator.advance(START + 3_000 * DAY);
    assert_eq!((only(&evaluator).observed_s, only(&evaluator).measured), (30 * DAY_S, None));
}

#[test]
fn what_is_no_number_is_refused_alone_in_a_batch() {
    let plan = cheap();
    let mut evaluator = Evaluator::new(&plan).expect("a plan");
    let requests = evaluator.event("requests").expect("an event");
    let labels = labels_of(&mut evaluator, &plan, &event(1, [0.0; 3]));
    assert_eq!(
        evaluator.record(requests, START, &[1.0, f64::NAN, 0.0], &labels),
        Err(RecordError::NotANumber { field: "generated".into() })
    );
    // No flow reads the latency.
    assert_eq!(evaluator.record(requests, START, &[1.0, 2.0, f64::NAN], &labels), Ok(()));
    let times = [START, START, START, -5, START, START - 40 * DAY];
    let context = [1.0, f64::INFINITY, 1e6, 1.0, 1e300, 1.0];
    let (generated, latency) = ([0.0; 6], [f64::NAN; 6]);
    let (models, outcomes) = ([labels[0]; 6], [labels[1]; 6]);
    let batch =
        EventBatch { times_ms: &times, numbers: &[&context, &generated, &latency], labels: &[&models, &outcomes] };
    let outcome = evaluator.record_batch(requests, &batch).expect("a batch");
    assert_eq!((outcome.recorded, outcome.non_numbers, outcome.times_refused, outcome.too_old), (2, 2, 1, 1));
    evaluator.advance(START + 10 * MIN);
    assert_eq!((only(&evaluator).numerator, only(&evaluator).denominator), (1.0, 3.0));
    let health = evaluator.report().health;
    assert_eq!((health.events, health.non_numbers, health.events_too_old), (8, 3, 1));
}

#[test]
fn shapes_and_labels_are_checked() {
    let mut plan = cheap();
    if let FieldKind::Label { allowed } = &mut plan.events[0].fields[OUTCOME].kind {
        *allowed = vec!["ok".into(), "failed".into()];
    }
    let mut evaluator = Evaluator::new(&plan).expect("a plan");
    let requests = evaluator.event("requests").expect("an event");
    assert_eq!(evaluator.event("other"), None);
    assert!(evaluator.label(requests, OUTCOME, "ok").is_ok());
    assert_eq!(
        evaluator.label(requests, OUTCOME, "lost"),
        Err(RecordError::NotAllowed { field: "outcome".into(), value: "lost".into() })
    );
    assert_eq!(evaluator.label(requests, CONTEXT, "ok"), Err(RecordError::NoLabelField { field: CONTEXT }));
    assert_eq!(evaluator.record(requests, START, &[1.0], &[]), Err(RecordError::Shape { numbers: 3, labels: 2 }));
    let batch = EventBatch { times_ms: &[START], numbers: &[&[1.0], &[1.0], &[]], labels: &[&[], &[]] };
    assert_eq!(evaluator.record_batch(requests, &batch), Err(RecordError::Columns));
}

#[test]
fn only_labels_that_objectives_are_broken_down_by_are_kept() {
    let sli = |by: &[&str]| indicator("chat/i", by, vec![needed("chat/failed")], "0", vec![needed("chat/all")]);
    let failed = Condition::Label { field: OUTCOME, values: vec!["failed".into()], negated: false };
    let made = |by: &[&str]| {
        let flows =
            vec![flow("chat/failed", by, count_of(vec![failed.clone()])), flow("chat/all", by, count_of(vec![]))];
        plan(flows, vec![sli(by)], vec![share("chat/working", &sli(by), "0.9")], vec![requests()])
    };
    let mut evaluator = Evaluator::new(&made(&[])).expect("a plan");
    let requests = evaluator.event("requests").expect("an event");
    let before = evaluator.state_bytes();
    let any = evaluator.label(requests, MODEL, "0").expect("a label");
    for user in 0..100_000 {
        assert_eq!(evaluator.label(requests, MODEL, &user.to_string()), Ok(any));
    }
    assert_eq!(evaluator.state_bytes(), before);
    // Kept where they matter, and bounded.
    let mut evaluator = Evaluator::new(&made(&["model"])).expect("a plan");
    let failing = (0..farthing_evaluator::MAX_LABEL_VALUES)
        .filter(|user| evaluator.label(requests, MODEL, &format!("user {user}")).is_err())
        .count();
    assert_eq!(failing, 0);
    assert_eq!(evaluator.label(requests, MODEL, "one more"), Err(RecordError::TooManyValues { field: "model".into() }));
    assert!(evaluator.label(requests, MODEL, "user 7").is_ok());
}

#[test]
fn labels_are_matched_by_patterns_as_a_whole() {
    let pattern = |pattern: &str, negated| Condition::Pattern { field: OUTCOME, pattern: pattern.into(), negated };
    let made = |conditions: Vec<Condition>, by: &[&str]| {
        let flows = vec![flow("chat/some", by, count_of(conditions)), flow("chat/all", by, count_of(vec![]))];
        let sli = indicator("chat/i", by, vec![needed("chat/some")], "0", vec![needed("chat/all")]);
        plan(flows, vec![sli.clone()], vec![share("chat/o", &sli, "0.5")], vec![requests()])
    };
    // Of these five, `4..` matches two, `.*out|` two (one is empty); a part of a value is no match.
    let outcomes = ["404", "429", "1404", "timed\nout", ""];
    let is = |value: &str| Condition::Label { field: OUTCOME, values: vec![value.into()], negated: false };
    let cases = [
        (vec![pattern("4..", false)], 2.0),
        (vec![pattern("4..", true)], 3.0),
        (vec![pattern(".*out|", false)], 2.0),
        (vec![pattern("4..", true), pattern(".*out|", true)], 1.0),
        (vec![pattern("4..", false), is("429")], 1.0),
        (vec![pattern(".*", false)], 5.0),
        (vec![pattern(".+", true)], 1.0),
    ];
    for (conditions, expected) in cases {
        // Values that are told apart, and such that are not.
        for by in [&[][..], &["outcome"]] {
            let plan = made(conditions.clone(), by);
            let events: Vec<Record> = outcomes
                .iter()
                .enumerate()
                .map(|(at, outcome)| Record {
                    event: "requests".into(),
                    time_ms: START + at as i64,
                    numbers: vec![0.0; 3],
                    labels: vec!["a".into(), outcome.to_string()],
                })
                .collect();
            let one_by_one = run(&plan, &[], &events, Pace::Live, START + HOUR);
            let mut batch = Evaluator::new(&plan).expect("a plan");
            record_all(&mut batch, &plan, &events);
            batch.advance(START + HOUR);
            for evaluator in [one_by_one, batch] {
                let report = evaluator.report();
                let verdicts = &report.services[0].objectives[0].verdicts;
                assert_eq!(verdicts.iter().map(|verdict| verdict.numerator).sum::<f64>(), expected, "{conditions:?}");
                assert_eq!(verdicts.iter().map(|verdict| verdict.denominator).sum::<f64>(), 5.0);
                assert_agree(&plan, &report, &judge::judge(&plan, &[], &events, START + HOUR), "patterns");
            }
        }
    }
    // A field that is not broken down by keeps one id for all that match alike.
    let mut evaluator = Evaluator::new(&made(vec![pattern("4..", false)], &[])).expect("a plan");
    let requests = evaluator.event("requests").expect("an event");
    let any = evaluator.label(requests, OUTCOME, "ok").expect("a label");
    assert_eq!(evaluator.label(requests, OUTCOME, "other"), Ok(any));
    let one = evaluator.label(requests, OUTCOME, "400").expect("a label");
    assert_ne!(one, any);
    let before = evaluator.state_bytes();
    for at in 400..500 {
        assert_eq!(evaluator.label(requests, OUTCOME, &at.to_string()), Ok(one));
    }
    assert_eq!(evaluator.state_bytes(), before);
    let refused = Evaluator::new(&made(vec![pattern("(", false)], &[])).map(|_| ());
    assert!(matches!(refused, Err(EvaluatorError::Pattern { .. })), "{refused:?}");
}

#[test]
fn plans_that_no_compiler_makes_are_refused() {
    let missing = |change: &dyn Fn(&mut Plan), what: &str| {
        let mut plan = cheap();
        change(&mut plan);
        match Evaluator::new(&plan).map(|_| ()) {
            Err(EvaluatorError::Missing { what: found, .. }) => assert_eq!(found, what),
            other => panic!("{what}: {other:?}"),
        }
    };
    missing(&|plan| plan.services[0].objectives[0].indicator = "x".into(), "indicator");
    missing(&|plan| plan.services[0].indicators[0].numerator.terms[0].flow = "x".into(), "flow");
    missing(&|plan| plan.events.clear(), "event");
    missing(&|plan| plan.events[0].fields.truncate(GENERATED), "field");
    missing(&|plan| plan.services[0].objectives[0].by = vec!["model".into()], "label");
    for seconds in [0, u64::MAX] {
        let mut plan = cheap();
        plan.services[0].objectives[0].period = farthing_plan::Period::rolling(seconds);
        assert!(matches!(Evaluator::new(&plan).map(|_| ()), Err(EvaluatorError::Length { .. })));
    }
}

#[test]
fn a_late_event_beside_series_counts_where_its_minute_was_observed() {
    let flows = vec![
        flow("chat/gpu", &[], gauge("gpus", farthing_plan::Aggregate::Sum, "1")),
        flow("chat/all", &[], count_of(vec![])),
    ];
    let sli = indicator("chat/i", &[], vec![needed("chat/gpu")], "0", vec![needed("chat/all")]);
    let plan = plan(flows, vec![sli.clone()], vec![at_most("chat/o", &sli, "1", "1")], vec![requests()]);
    let mut evaluator = Evaluator::new(&plan).expect("a plan");
    let gpus = evaluator.series("gpus", &[]).expect("a series");
    record_one(&mut evaluator, &plan, &event(1, [0.0; 3]));
    // The series is silent from 2:00 to 3:00. A day later, these minutes are in slots only.
    for t in every(MIN, 0, DAY).filter(|t| !(START + 2 * HOUR + 1..START + 3 * HOUR).contains(t)) {
        evaluator.observe(gpus, t, farthing_evaluator::SampleValue::Number(1.0)).expect("a sample");
        evaluator.advance(t);
    }
    assert_eq!(only(&evaluator).denominator, 1.0);
    for late in [4 * HOUR, HOUR, HOUR, 2 * HOUR + 30 * MIN] {
        record_one(&mut evaluator, &plan, &event(late, [0.0; 3]));
    }
    evaluator.advance(START + DAY);
    assert_eq!(only(&evaluator).denominator, 4.0);
    assert_eq!(only(&evaluator).observed_s, 23 * 3_600);
    assert_eq!(evaluator.report().health.events_out_of_order, 3);
}
