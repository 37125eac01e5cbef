//! How fast JSON lines become judged events: `cargo bench -p farthing-intake`.
//!
//! Requests like those of a chat service, about 130 bytes a line, 500 a minute, under three objectives. Beside it stand
//! what no reader can beat, the evaluator on columns that are there, and a reader that makes a tree of each line.

#[path = "../tests/common/mod.rs"]
mod common;

use common::{NOON, Random, plan};
use divan::{
    Bencher, black_box,
    counter::{BytesCount, ItemsCount},
};
use farthing_evaluator::Evaluator;
use farthing_intake::{Builder, Limits, Mode, Parsed, Schema, Value};
use farthing_plan::Plan;

const ROWS: usize = 50_000;

fn main() {
    divan::main();
}

/// What a batch is read and judged with.
struct Ready {
    plan: Plan,
    schema: Schema,
    body: String,
}

impl Ready {
    fn new(by_model: bool) -> Ready {
        let plan = plan(by_model);
        let schema = Schema::new(&plan, "requests").expect("an event");
        Ready { plan, schema, body: body() }
    }

    fn evaluator(&self) -> Evaluator {
        Evaluator::new(&self.plan).expect("a plan")
    }

    fn parsed(&self) -> Parsed {
        let parsed = self.schema.parse_json_lines(self.body.as_bytes(), NOON, &Limits::default()).expect("a body");
        assert!(parsed.problems().is_empty(), "{}", parsed.problems());
        parsed
    }

    fn judged(&self, evaluator: &mut Evaluator, parsed: Parsed) {
        let batch = parsed.resolve(evaluator, Mode::AllOrNothing).expect("good rows");
        let outcome = batch.record(evaluator).expect("a batch");
        assert_eq!(outcome.recorded, ROWS as u64);
        evaluator.advance(NOON);
    }

    fn bench<'a, 'b>(&self, bencher: Bencher<'a, 'b>) -> Bencher<'a, 'b> {
        bencher.counter(ItemsCount::new(ROWS))
    }
}

/// Tokens are skewed as those of chats are, about 1,150 in and 210 out.
fn body() -> String {
    let mut random = Random(1);
    let mut skewed = move |mean: f64| (-((random.below(1 << 20) + 1) as f64 / (1 << 20) as f64).ln() * mean).ceil();
    let mut text = String::new();
    for row in 0..ROWS as i64 {
        let time_ms = NOON - (ROWS as i64 - row) * 120;
        let (seconds, ms) = (time_ms.div_euclid(1_000) - 1_790_812_800, time_ms.rem_euclid(1_000));
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        text += &format!(
            "{{\"timestamp\":\"2026-10-01T{hour:02}:{minute:02}:{second:02}.{ms:03}Z\",\"model\":\"model-{}\",\
             \"outcome\":\"ok\",\"prompt_tokens\":{},\"completion_tokens\":{},\"latency\":{:.1}}}\n",
            skewed(3.0) as u32 % 8,
            skewed(1_150.0),
            skewed(210.0),
            skewed(8_000.0) / 10.0,
        );
    }
    text
}

/// From bytes to judged events.
#[divan::bench(args = [false, true])]
fn judged(bencher: Bencher, by_model: bool) {
    let ready = Ready::new(by_model);
    ready
        .bench(bencher)
        .with_inputs(|| ready.evaluator())
        .bench_local_refs(|evaluator| ready.judged(evaluator, ready.parsed()));
}

/// From bytes to columns.
#[divan::bench]
fn parsed(bencher: Bencher) {
    let ready = Ready::new(true);
    ready.bench(bencher).bench_local(|| ready.parsed());
}

/// From columns to judged events.
#[divan::bench(args = [false, true])]
fn record_batch(bencher: Bencher, by_model: bool) {
    let ready = Ready::new(by_model);
    ready
        .bench(bencher)
        .with_inputs(|| {
            let mut evaluator = ready.evaluator();
            let batch = ready.parsed().resolve(&mut evaluator, Mode::AllOrNothing).expect("good rows");
            (evaluator, batch)
        })
        .bench_local_refs(|(evaluator, batch)| {
            batch.record(evaluator).expect("a batch");
            evaluator.advance(NOON);
        });
}

/// Lines that need a thorough look: a key that is passed over holds an object.
#[divan::bench]
fn judged_unusual(bencher: Bencher) {
    let mut ready = Ready::new(false);
    ready.body = ready.body.replace("\"latency\":", "\"x\":{},\"latency\":");
    ready
        .bench(bencher)
        .with_inputs(|| ready.evaluator())
        .bench_local_refs(|evaluator| ready.judged(evaluator, ready.parsed()));
}

/// Only a tree of each line, for comparison.
#[divan::bench]
fn serde_json_values(bencher: Bencher) {
    let body = body();
    bencher.counter(ItemsCount::new(ROWS)).counter(BytesCount::of_str(&body)).bench_local(|| {
        for line in body.lines() {
            black_box(serde_json::from_str::<serde_json::Value>(line).expect("an object"));
        }
    });
}

/// From values by name, as a program has them, to judged events.
#[divan::bench]
fn judged_values(bencher: Bencher) {
    let ready = Ready::new(false);
    ready.bench(bencher).with_inputs(|| ready.evaluator()).bench_local_refs(|evaluator| {
        let mut builder = Builder::new(&ready.schema, NOON, Limits::default());
        for row in 0..ROWS as i64 {
            let values = [
                ("at", Value::Integer(NOON - (ROWS as i64 - row) * 120)),
                ("model", Value::Text("large")),
                ("outcome", Value::Text("ok")),
                ("context", Value::Number(1_150.0)),
                ("generated", Value::Number(210.0)),
            ];
            builder.values(row as u32, &values);
        }
        ready.judged(evaluator, builder.finish());
    });
}
