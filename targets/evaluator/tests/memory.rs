//! State does not grow with the number of samples or events.

mod common;
mod judge;

use common::*;
use farthing_evaluator::{Evaluator, EventBatch, SampleValue};
use farthing_plan::{Aggregate, Comparison, Plan};

fn mixed() -> Plan {
    let dear = number_is(cost(), Comparison::AtLeast, "0.001");
    let flows = vec![
        flow("chat/dear", &[], count_of(vec![dear])),
        flow("chat/all", &[], count_of(vec![])),
        flow("chat/gpu", &[], gauge("gpus", Aggregate::Sum, "1")),
    ];
    let cheap = indicator("chat/cheap", &[], vec![needed("chat/dear")], "0", vec![needed("chat/all")]);
    let mean = indicator("chat/mean", &[], vec![needed("chat/gpu")], "0", vec![needed("chat/all")]);
    let mut objectives = vec![share("chat/cheap", &cheap, "0.99"), at_most("chat/mean", &mean, "1", "0.05")];
    objectives.iter_mut().for_each(|objective| objective.period = farthing_plan::Period::rolling(DAY_S));
    plan(flows, vec![cheap, mean], objectives, vec![requests()])
}

/// Twelve hours with so many events a minute, and samples `step` apart.
fn half_a_day(events: usize, step: i64) -> Evaluator {
    let plan = mixed();
    let mut evaluator = Evaluator::new(&plan).expect("a plan");
    let requests = evaluator.event("requests").expect("an event");
    let gpus = evaluator.series("gpus", &[]).expect("a series");
    let label = evaluator.label(requests, MODEL, "a").expect("a label");
    let (context, generated, latency) = (vec![100.0; events], vec![50.0; events], vec![7.0; events]);
    let labels = vec![label; events];
    for minute in 0..12 * 60 {
        let start = START + minute * MIN;
        let times: Vec<i64> = (0..events as i64).map(|i| start + i * MIN / events as i64).collect();
        let batch =
            EventBatch { times_ms: &times, numbers: &[&context, &generated, &latency], labels: &[&labels, &labels] };
        evaluator.record_batch(requests, &batch).expect("a batch");
        for at in (0..MIN).step_by(step as usize) {
            evaluator.observe(gpus, start + at, SampleValue::Number(4.0)).expect("a sample");
        }
        evaluator.advance(start);
    }
    evaluator
}

/// One test, for the second part must have the process to itself.
#[test]
fn a_thousand_times_the_events_and_samples_need_no_more_state() {
    let (few, many) = (half_a_day(5, 30_000), half_a_day(5_000, 30));
    assert_eq!(few.report().health.events, 12 * 60 * 5);
    assert_eq!(many.report().health.events, 12 * 60 * 5_000);
    assert_eq!(many.report().health.samples, 12 * 60 * 2_000);
    assert_eq!(few.state_bytes(), many.state_bytes());
    assert!(few.state_bytes() < 1 << 20, "{}", few.state_bytes());
    the_process_does_not_grow_either();
}

/// What the operating system says: the count above may have forgotten something.
#[cfg(target_os = "linux")]
fn the_process_does_not_grow_either() {
    let resident = || -> usize {
        let text = std::fs::read_to_string("/proc/self/statm").expect("Linux has it");
        text.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).expect("a number of pages") * 4_096
    };
    let first = half_a_day(5_000, 1_000);
    let before = resident();
    let second = half_a_day(5_000, 30);
    let grown = resident().saturating_sub(before);
    // 3.6 million events and 1.4 million samples; kept at 8 bytes each they would be 40 MB.
    assert!(grown < 8 << 20, "grew by {grown} bytes");
    assert_eq!(first.state_bytes(), second.state_bytes());
}

#[cfg(not(target_os = "linux"))]
fn the_process_does_not_grow_either() {}
