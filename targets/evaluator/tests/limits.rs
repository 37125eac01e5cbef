//! What is bounded besides time: series, groups, and how late data may be.

mod common;
mod judge;

use common::*;
use farthing_evaluator::{Evaluator, EventBatch, MAX_GROUPS, MAX_SERIES, ObserveError, SampleValue, Verdict};
use farthing_plan::{Aggregate, Plan, WhenAbsent};

/// GPUs by the hour over requests, as a whole, and broken down by `model`.
fn whole_and_broken_down() -> Plan {
    let by = &["model"][..];
    let flows =
        vec![flow("chat/gpu", by, gauge("gpus", Aggregate::Sum, "1")), flow("chat/requests", by, count_of(vec![]))];
    let gpu = || vec![term("chat/gpu", "1", WhenAbsent::Zero)];
    let whole = indicator("chat/whole", &[], gpu(), "0", vec![needed("chat/requests")]);
    let broken = indicator("chat/broken", by, gpu(), "0", vec![needed("chat/requests")]);
    let mut objectives = vec![at_most("chat/o1", &whole, "1", "1"), at_most("chat/o2", &broken, "1", "1")];
    objectives.iter_mut().for_each(|objective| objective.period = farthing_plan::Period::rolling(3_600));
    plan(flows, vec![whole, broken], objectives, vec![requests()])
}

fn verdicts_of(evaluator: &Evaluator, objective: usize) -> Vec<Verdict> {
    evaluator.report().services[0].objectives[objective].verdicts.clone()
}

#[test]
fn silent_series_make_room_for_new_ones() {
    let flows = vec![
        flow("chat/gpu", &[], gauge("gpus", Aggregate::Sum, "1")),
        flow("chat/answers", &[], counter("answers_total", "1")),
    ];
    let sli = indicator("chat/i", &[], vec![needed("chat/gpu")], "0", vec![needed("chat/answers")]);
    let plan = plan(flows, vec![sli.clone()], vec![at_most("chat/o", &sli, "1", "1")], vec![]);
    let mut evaluator = Evaluator::new(&plan).expect("a plan");
    let kept = evaluator.series("answers_total", &[]).expect("a series");
    let silent = evaluator.series("gpus", &[("pod", "0")]).expect("a series");
    for at in 2..MAX_SERIES {
        assert!(evaluator.series("gpus", &[("pod", &at.to_string())]).is_some());
    }
    let number = SampleValue::Number(1.0);
    evaluator.observe(silent, START, number).expect("a sample");
    evaluator.observe(kept, START, number).expect("a sample");
    assert_eq!(evaluator.series("gpus", &[("pod", "one more")]), None);
    assert_eq!(evaluator.report().health.series_refused, 1);
    // What is known already is found, and what nothing reads needs no room.
    assert_eq!(evaluator.series("gpus", &[("pod", "0")]), Some(silent));
    assert_eq!(evaluator.series("other", &[]), None);

    // After five minutes and a millisecond of silence, all but one are forgotten for the new one.
    evaluator.observe(kept, START + 5 * MIN + 1, number).expect("a sample");
    let new = evaluator.series("gpus", &[("pod", "one more")]).expect("a series");
    assert_eq!(evaluator.observe(new, START + 5 * MIN, number), Ok(()));
    assert_eq!(evaluator.observe(kept, START + 6 * MIN, number), Ok(()));
    assert_eq!(evaluator.observe(silent, START + 6 * MIN, number), Err(ObserveError::UnknownSeries));
    assert_eq!(evaluator.created(silent, START), Err(ObserveError::UnknownSeries));
    let again = evaluator.series("gpus", &[("pod", "0")]).expect("a series");
    assert_ne!(again, silent);
    assert_eq!(evaluator.observe(again, START + 6 * MIN, number), Ok(()));
    assert_eq!(evaluator.report().health.series_refused, 1);
}

#[test]
fn groups_too_many_count_as_a_whole_only() {
    let plan = whole_and_broken_down();
    let mut evaluator = Evaluator::new(&plan).expect("a plan");
    let requests = evaluator.event("requests").expect("an event");
    let outcome = evaluator.label(requests, OUTCOME, "ok").expect("a label");
    let all = MAX_GROUPS + 3;
    let models: Vec<_> =
        (0..all).map(|at| evaluator.label(requests, MODEL, &at.to_string()).expect("a label")).collect();
    // Half of them one by one, half of them in a batch; each model twice.
    let numbers = vec![1.0; all];
    for model in &models[..all / 2] {
        for _ in 0..2 {
            evaluator.record(requests, START + 1, &[1.0, 1.0, 1.0], &[*model, outcome]).expect("an event");
        }
    }
    let rest = all - all / 2;
    let (times, outcomes) = (vec![START + 1; rest], vec![outcome; rest]);
    let numbers = [&numbers[..rest]; 3];
    let batch = EventBatch { times_ms: &times, numbers: &numbers, labels: &[&models[all / 2..], &outcomes] };
    for _ in 0..2 {
        assert_eq!(evaluator.record_batch(requests, &batch).expect("a batch").recorded, rest as u64);
    }
    // A series of a group too many; of the flow's two readings, the one counts.
    let gpus = evaluator.series("gpus", &[("model", "new")]).expect("a series");
    evaluator.observe(gpus, START, SampleValue::Number(2.0)).expect("a sample");
    evaluator.observe(gpus, START + MIN, SampleValue::Number(2.0)).expect("a sample");
    evaluator.advance(START + MIN);

    let whole = &verdicts_of(&evaluator, 0)[0];
    assert_eq!((whole.numerator, whole.denominator), (120.0, 2.0 * all as f64));
    let broken = verdicts_of(&evaluator, 1);
    assert_eq!(broken.len(), MAX_GROUPS);
    assert!(broken.iter().all(|verdict| (verdict.numerator, verdict.denominator) == (0.0, 2.0)));
    // Three models twice, and a series.
    assert_eq!(evaluator.report().health.groups_refused, 3 * 2 + 1);
}

#[test]
fn samples_that_are_hours_late_are_counted() {
    let plan = whole_and_broken_down();
    let mut evaluator = Evaluator::new(&plan).expect("a plan");
    let new = evaluator.series("gpus", &[("pod", "new")]).expect("a series");
    let old = evaluator.series("gpus", &[("pod", "old")]).expect("a series");
    let mut observe = |id, t| evaluator.observe(id, START + t, SampleValue::Number(1.0)).expect("a sample");
    observe(new, 24 * HOUR);
    // One file after the other, instead of both in order of time.
    (0..10).for_each(|minute| observe(old, minute * MIN));
    observe(old, 22 * HOUR);
    assert_eq!(evaluator.report().health.samples_late, 10);
}

#[test]
fn an_event_counts_until_it_is_out_of_every_period() {
    let dear = vec![flow("chat/all", &[], count_of(vec![]))];
    let sli = indicator("chat/i", &[], vec![needed("chat/all")], "0", vec![needed("chat/all")]);
    let mut objective = at_most("chat/o", &sli, "1", "1");
    objective.period = farthing_plan::Period::rolling(DAY_S);
    let plan = plan(dear, vec![sli], vec![objective], vec![requests()]);
    let mut evaluator = Evaluator::new(&plan).expect("a plan");
    let requests = evaluator.event("requests").expect("an event");
    let labels = [MODEL, OUTCOME].map(|field| evaluator.label(requests, field, "").expect("a label"));
    let record = |evaluator: &mut Evaluator, t: i64| {
        evaluator.record(requests, START + t, &[0.0; 3], &labels).expect("an event");
    };
    record(&mut evaluator, 1);
    // At 24:07 the period ends at 24:00: it began at 00:00, and all of its first minute is in it.
    evaluator.advance(START + DAY + 7 * MIN);
    record(&mut evaluator, 30_000);
    record(&mut evaluator, 0);
    evaluator.advance(START + DAY + 7 * MIN);
    assert_eq!(verdicts_of(&evaluator, 0)[0].denominator, 2.0);
    assert_eq!(evaluator.report().health.events_too_old, 1);
    // At 24:10 its first slot is out.
    evaluator.advance(START + DAY + 10 * MIN);
    record(&mut evaluator, 10 * MIN);
    record(&mut evaluator, 10 * MIN + 1);
    evaluator.advance(START + DAY + 10 * MIN);
    assert_eq!(verdicts_of(&evaluator, 0)[0].denominator, 1.0);
    assert_eq!(evaluator.report().health.events_too_old, 2);
}
