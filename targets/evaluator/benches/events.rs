//! How fast events and samples are taken in, and minutes evaluated. `cargo bench -p farthing-evaluator`.

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/judge/mod.rs"]
mod judge;

use common::*;
use divan::{Bencher, counter::ItemsCount};
use farthing_evaluator::{Evaluator, EventBatch, LabelId, SampleValue};
use farthing_plan::{Aggregate, Comparison, Plan};

fn main() {
    divan::main();
}

/// Mean cost per request, mean cost per output token, and the share that costs less than $0.001.
fn three_objectives(by: &[&str]) -> Plan {
    let flows = vec![
        flow("chat/cost", by, sum_of(cost(), vec![])),
        flow("chat/requests", by, count_of(vec![])),
        flow("chat/generated", by, sum_of(polynomial(&[("1", &[GENERATED])]), vec![])),
        flow("chat/dear", by, count_of(vec![number_is(cost(), Comparison::AtLeast, "0.001")])),
    ];
    let pair = |id: &str, n: &str, d: &str| indicator(id, by, vec![needed(n)], "0", vec![needed(d)]);
    let indicators = vec![
        pair("chat/per_request", "chat/cost", "chat/requests"),
        pair("chat/per_token", "chat/cost", "chat/generated"),
        pair("chat/dear_share", "chat/dear", "chat/requests"),
    ];
    let objectives = vec![
        with_policy(at_most("chat/mean", &indicators[0], "0.006", "0.05"), 30 * DAY_S),
        with_policy(at_most("chat/token", &indicators[1], "20e-6", "0.1"), 30 * DAY_S),
        with_policy(share("chat/cheap", &indicators[2], "0.99"), 30 * DAY_S),
    ];
    plan(flows, indicators, objectives, vec![requests()])
}

struct Columns {
    times: Vec<i64>,
    numbers: [Vec<f64>; 3],
    labels: [Vec<LabelId>; 2],
}

/// `count` events, so many a minute.
fn columns(evaluator: &mut Evaluator, count: usize, per_minute: i64) -> Columns {
    let requests = evaluator.event("requests").expect("an event");
    let labels: Vec<LabelId> =
        (0..8).map(|i| evaluator.label(requests, MODEL, &format!("model {i}")).expect("a label")).collect();
    let outcome = evaluator.label(requests, OUTCOME, "ok").expect("a label");
    let mut random = Random(1);
    let mut column = |to: i64| (0..count).map(|_| random.between(0, to) as f64).collect::<Vec<_>>();
    let numbers = [column(2_000), column(400), column(1_000)];
    Columns {
        times: (0..count as i64).map(|i| START + i * MIN / per_minute).collect(),
        numbers,
        labels: [(0..count).map(|_| labels[random.next() as usize % 8]).collect(), vec![outcome; count]],
    }
}

fn in_batches(bencher: Bencher, by: &[&str], per_minute: i64, size: usize) {
    const COUNT: usize = 1_000_000;
    let plan = three_objectives(by);
    let data = columns(&mut Evaluator::new(&plan).expect("a plan"), COUNT, per_minute);
    bencher
        .counter(ItemsCount::new(COUNT))
        .with_inputs(|| {
            let mut evaluator = Evaluator::new(&plan).expect("a plan");
            columns(&mut evaluator, 1, 1);
            evaluator
        })
        .bench_local_refs(|evaluator| {
            let requests = evaluator.event("requests").expect("an event");
            for start in (0..COUNT).step_by(size) {
                let range = start..COUNT.min(start + size);
                let numbers = data.numbers.each_ref().map(|column| &column[range.clone()]);
                let labels = data.labels.each_ref().map(|column| &column[range.clone()]);
                let batch = EventBatch { times_ms: &data.times[range.clone()], numbers: &numbers, labels: &labels };
                evaluator.record_batch(requests, &batch).expect("a batch");
            }
            evaluator.advance(data.times[COUNT - 1]);
        });
}

/// Batches of 8,192, with so many events a minute.
#[divan::bench(args = [1_000, 100_000])]
fn batch(bencher: Bencher, per_minute: i64) {
    in_batches(bencher, &[], per_minute, 8_192);
}

/// The same, broken down by model.
#[divan::bench(args = [100_000])]
fn batch_by_model(bencher: Bencher, per_minute: i64) {
    in_batches(bencher, &["model"], per_minute, 8_192);
}

/// One by one.
#[divan::bench]
fn single(bencher: Bencher) {
    const COUNT: usize = 1_000_000;
    let plan = three_objectives(&[]);
    let data = columns(&mut Evaluator::new(&plan).expect("a plan"), COUNT, 100_000);
    bencher
        .counter(ItemsCount::new(COUNT))
        .with_inputs(|| {
            let mut evaluator = Evaluator::new(&plan).expect("a plan");
            columns(&mut evaluator, 1, 1);
            evaluator
        })
        .bench_local_refs(|evaluator| {
            let requests = evaluator.event("requests").expect("an event");
            for at in 0..COUNT {
                let numbers = data.numbers.each_ref().map(|column| column[at]);
                let labels = data.labels.each_ref().map(|column| column[at]);
                evaluator.record(requests, data.times[at], &numbers, &labels).expect("an event");
            }
        });
}

/// Thirty days of minutes of twenty objectives on a gauge and a counter, samples included; items are minutes.
#[divan::bench]
fn thirty_days_of_twenty_objectives(bencher: Bencher) {
    let flows = vec![
        flow("chat/gpu", &[], gauge("gpus", Aggregate::Sum, "2.49/3600")),
        flow("chat/answers", &[], counter("answers_total", "1")),
    ];
    let slis: Vec<_> = (0..20)
        .map(|i| {
            indicator(&format!("chat/i{i}"), &[], vec![needed("chat/gpu")], "1/9000", vec![needed("chat/answers")])
        })
        .collect();
    let objectives = slis
        .iter()
        .enumerate()
        .map(|(i, sli)| with_policy(at_most(&format!("chat/o{i}"), sli, "0.01", "0.05"), 30 * DAY_S))
        .collect();
    let plan = plan(flows, slis, objectives, vec![]);
    bencher
        .counter(ItemsCount::new(30_usize * 1_440))
        .with_inputs(|| Evaluator::new(&plan).expect("a plan"))
        .bench_local_refs(|evaluator| {
            let gpus = evaluator.series("gpus", &[]).expect("a series");
            let answers = evaluator.series("answers_total", &[]).expect("a series");
            for minute in 0..30 * 1_440 {
                let t = START + minute * MIN;
                evaluator.observe(gpus, t, SampleValue::Number(4.0)).expect("a sample");
                evaluator.observe(answers, t, SampleValue::Number(21.0 * minute as f64)).expect("a sample");
                evaluator.advance(t);
            }
        });
}

/// Samples of a counter and a gauge at 15 s.
#[divan::bench]
fn samples(bencher: Bencher) {
    const COUNT: usize = 100_000;
    let flows = vec![
        flow("chat/gpu", &[], gauge("gpus", Aggregate::Sum, "2.49/3600")),
        flow("chat/answers", &[], counter("answers_total", "1")),
    ];
    let sli = indicator("chat/i", &[], vec![needed("chat/gpu")], "0", vec![needed("chat/answers")]);
    let plan =
        plan(flows, vec![sli.clone()], vec![with_policy(at_most("chat/o", &sli, "0.01", "0.05"), 30 * DAY_S)], vec![]);
    bencher
        .counter(ItemsCount::new(2 * COUNT))
        .with_inputs(|| Evaluator::new(&plan).expect("a plan"))
        .bench_local_refs(|evaluator| {
            let gpus = evaluator.series("gpus", &[]).expect("a series");
            let answers = evaluator.series("answers_total", &[]).expect("a series");
            for at in 0..COUNT as i64 {
                let t = START + at * 15_000;
                evaluator.observe(gpus, t, SampleValue::Number(4.0)).expect("a sample");
                evaluator.observe(answers, t, SampleValue::Number(at as f64)).expect("a sample");
            }
        });
}
