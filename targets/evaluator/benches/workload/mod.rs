//! What the benches run: events like those of the Azure trace under three objectives, and a month of a vLLM-like fleet.

#![allow(dead_code, reason = "each bench uses a part")]

use farthing_evaluator::{Evaluator, EventBatch, LabelId, SampleValue, SeriesId};
use farthing_plan::{Aggregate, Comparison, Plan, WhenAbsent};

use crate::common::*;

/// Mean cost per request, mean cost per output token, and the share that costs less than $0.02.
pub fn three_objectives(by: &[&str]) -> Plan {
    let flows = vec![
        flow("chat/cost", by, sum_of(cost(), vec![])),
        flow("chat/requests", by, count_of(vec![])),
        flow("chat/generated", by, sum_of(polynomial(&[("1", &[GENERATED])]), vec![])),
        flow("chat/dear", by, count_of(vec![number_is(cost(), Comparison::AtLeast, "0.02")])),
    ];
    let pair = |id: &str, n: &str, d: &str| indicator(id, by, vec![needed(n)], "0", vec![needed(d)]);
    let indicators = vec![
        pair("chat/per_request", "chat/cost", "chat/requests"),
        pair("chat/per_token", "chat/cost", "chat/generated"),
        pair("chat/dear_share", "chat/dear", "chat/requests"),
    ];
    let objectives = vec![
        with_policy(at_most("chat/mean", &indicators[0], "0.0065", "0.05"), 30 * DAY_S),
        with_policy(at_most("chat/token", &indicators[1], "40e-6", "0.1"), 30 * DAY_S),
        with_policy(share("chat/cheap", &indicators[2], "0.99"), 30 * DAY_S),
    ];
    plan(flows, indicators, objectives, vec![requests()])
}

/// Events in columns.
pub struct Columns {
    pub times: Vec<i64>,
    /// Context, generated, latency.
    pub numbers: [Vec<f64>; 3],
    pub labels: [Vec<LabelId>; 2],
}

impl Columns {
    /// `count` events, so many a minute; tokens are skewed as those of chats are, about 1,150 in and 210 out.
    pub fn new(evaluator: &mut Evaluator, count: usize, per_minute: i64) -> Columns {
        let models: Vec<LabelId> = (0..8).map(|i| label(evaluator, MODEL, &format!("model {i}"))).collect();
        let outcome = label(evaluator, OUTCOME, "ok");
        let mut random = Random(1);
        let mut skewed =
            |mean: f64| -> Vec<f64> { (0..count).map(|_| (-(1.0 - random.share()).ln() * mean).ceil()).collect() };
        let numbers = [skewed(1_150.0), skewed(210.0), skewed(800.0)];
        Columns {
            times: (0..count as i64).map(|i| START + i * MIN / per_minute).collect(),
            numbers,
            labels: [(0..count).map(|_| models[random.next() as usize % 8]).collect(), vec![outcome; count]],
        }
    }

    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// All of them, so many at a time.
    pub fn record_batches(&self, evaluator: &mut Evaluator, size: usize) {
        let requests = evaluator.event("requests").expect("an event");
        for start in (0..self.len()).step_by(size) {
            let range = start..self.len().min(start + size);
            let numbers = self.numbers.each_ref().map(|column| &column[range.clone()]);
            let labels = self.labels.each_ref().map(|column| &column[range.clone()]);
            let batch = EventBatch { times_ms: &self.times[range.clone()], numbers: &numbers, labels: &labels };
            evaluator.record_batch(requests, &batch).expect("a batch");
        }
        evaluator.advance(self.times[self.len() - 1]);
    }

    /// All of them, one by one.
    pub fn record_each(&self, evaluator: &mut Evaluator) {
        let requests = evaluator.event("requests").expect("an event");
        for at in 0..self.len() {
            let numbers = self.numbers.each_ref().map(|column| column[at]);
            let labels = self.labels.each_ref().map(|column| column[at]);
            evaluator.record(requests, self.times[at], &numbers, &labels).expect("an event");
        }
        evaluator.advance(self.times[self.len() - 1]);
    }
}

/// An evaluator that knows the labels of [`Columns`].
pub fn ready(plan: &Plan) -> Evaluator {
    let mut evaluator = Evaluator::new(plan).expect("a plan");
    Columns::new(&mut evaluator, 1, 1);
    evaluator
}

fn label(evaluator: &mut Evaluator, field: usize, value: &str) -> LabelId {
    let requests = evaluator.event("requests").expect("an event");
    evaluator.label(requests, field, value).expect("a label")
}

/// GPUs and a gateway over answers, as a whole and by model; tokens per dollar; failures; time to first token.
pub fn fleet() -> Plan {
    let by = &["model_name"][..];
    let flows = vec![
        flow("chat/gpu", &[], gauge("DCGM_FI_DEV_GPU_UTIL", Aggregate::Count, "2.49/3600")),
        flow("chat/answers", by, counter("vllm:request_success_total", "1")),
        flow("chat/output", by, counter("vllm:generation_tokens_total", "1")),
        flow("chat/ttft_count", by, counter("vllm:time_to_first_token_seconds_count", "1")),
        flow("chat/ttft_fast", by, bucket("vllm:time_to_first_token_seconds_bucket", "0.5")),
        flow("chat/waiting", by, gauge_time("vllm:num_requests_waiting", Some((Comparison::Greater, "0")))),
        flow("chat/time", by, gauge_time("vllm:num_requests_waiting", None)),
    ];
    let slow = |id: &str, by: &[&str]| {
        let slow = vec![needed("chat/ttft_count"), term("chat/ttft_fast", "-1", WhenAbsent::Unobserved)];
        indicator(id, by, slow, "0", vec![needed("chat/ttft_count")])
    };
    let indicators = vec![
        indicator("chat/cost", &[], vec![needed("chat/gpu")], "0.40/3600", vec![needed("chat/answers")]),
        indicator("chat/yield", &[], vec![needed("chat/output")], "0", vec![needed("chat/gpu")]),
        indicator("chat/queue", &[], vec![needed("chat/waiting")], "0", vec![needed("chat/time")]),
        slow("chat/slow", &[]),
        slow("chat/slow_by_model", by),
    ];
    let objectives = vec![
        at_most("chat/affordable", &indicators[0], "0.01", "0.05"),
        at_least("chat/productive", &indicators[1], "400000", "0.05"),
        share("chat/unqueued", &indicators[2], "0.95"),
        share("chat/fast", &indicators[3], "0.95"),
        share("chat/fast_by_model", &indicators[4], "0.95"),
    ];
    let objectives = objectives.into_iter().map(|objective| with_policy(objective, 30 * DAY_S)).collect();
    plan(flows, indicators, objectives, vec![])
}

/// Registers the series that [`fleet`] reads of eight servers of two models, each on a GPU.
pub fn fleet_series(evaluator: &mut Evaluator) -> Vec<SeriesId> {
    let mut ids = Vec::new();
    for server in 0..8 {
        let (pod, model) = (format!("vllm-{server}"), ["large", "small"][server % 2]);
        let mut series = |name: &str, more: &[(&str, &str)]| {
            let labels: Vec<(&str, &str)> =
                [("pod", pod.as_str()), ("model_name", model)].iter().chain(more).copied().collect();
            ids.extend(evaluator.series(name, &labels));
        };
        series("DCGM_FI_DEV_GPU_UTIL", &[("gpu", "0")]);
        series("vllm:request_success_total", &[("finished_reason", "stop")]);
        series("vllm:request_success_total", &[("finished_reason", "length")]);
        series("vllm:generation_tokens_total", &[]);
        series("vllm:time_to_first_token_seconds_count", &[]);
        series("vllm:time_to_first_token_seconds_bucket", &[("le", "0.5")]);
        series("vllm:num_requests_waiting", &[]);
    }
    ids
}

/// Samples of all series every 15 seconds for so long, each minute evaluated at its end. Returns how many.
pub fn observe_fleet(evaluator: &mut Evaluator, ids: &[SeriesId], span_ms: i64) -> usize {
    for step in 0..span_ms / 15_000 {
        let t = START + step * 15_000;
        for (at, id) in ids.iter().enumerate() {
            let value = step as f64 * (1 + at % 7) as f64;
            evaluator.observe(*id, t, SampleValue::Number(value)).expect("a sample");
        }
        if t % MIN == 0 {
            evaluator.advance(t);
        }
    }
    ids.len() * (span_ms / 15_000) as usize
}
