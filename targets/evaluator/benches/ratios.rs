//! What judging costs beside the least that it could: `cargo bench -p farthing-evaluator --bench ratios`.
//!
//! The figures depend on the machine; the ratios much less.

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/judge/mod.rs"]
mod judge;
mod workload;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use common::*;
use farthing_evaluator::Evaluator;
use farthing_plan::Exact;
use workload::*;

const EVENTS: usize = 2_000_000;

fn main() {
    // `cargo test --benches` asks for a run that only shows that it runs; `cargo bench` says `--bench`.
    let quick = !std::env::args().any(|argument| argument == "--bench");
    let (events, span) = if quick { (1_000, HOUR) } else { (EVENTS, 30 * DAY) };
    let (plan, by_model) = (three_objectives(&[]), three_objectives(&["model"]));
    let data = Columns::new(&mut ready(&plan), events, 500);

    let by_hand = best(|| (), |()| by_hand(&data));
    println!("events, three objectives, 500 a minute      million/s   of a loop by hand");
    let row = |name: &str, count: usize, time: Duration| {
        let per_event = |count: usize, time: Duration| time.as_secs_f64() / count as f64;
        let ratio = per_event(events, by_hand) / per_event(count, time);
        println!("  {name:<40} {:>10.2} {:>18.2}%", rate(count, time), 100.0 * ratio);
    };
    row("a loop by hand: floats, no minutes", events, by_hand);
    let batches = |evaluator: &mut Evaluator| data.record_batches(evaluator, 8_192);
    row("in batches of 8,192", events, best(|| ready(&plan), batches));
    row("in batches, broken down by model", events, best(|| ready(&by_model), batches));
    row("one by one", events, best(|| ready(&plan), |evaluator| data.record_each(evaluator)));
    let few = (events / 100).max(1);
    row("exact fractions for every event", few, best(|| (), |()| in_fractions(&data, few)));

    let (plan, mut samples, mut bytes) = (fleet(), 0, 0);
    let series = fleet_series(&mut Evaluator::new(&plan).expect("a plan")).len();
    let time = best(
        || Evaluator::new(&plan).expect("a plan"),
        |evaluator| {
            let ids = fleet_series(evaluator);
            samples = observe_fleet(evaluator, &ids, span);
            bytes = evaluator.state_bytes();
        },
    );
    let minutes = span / MIN;
    println!("\nsamples, eight vLLM servers, {series} series every 15 s, five objectives, {minutes} minutes evaluated");
    println!("  {:.2} million samples/s; {samples} samples leave {bytes} bytes of state", rate(samples, time));
    println!("  {:.0} times as fast as they come", span as f64 / 1_000.0 / time.as_secs_f64());
}

/// The shortest of some runs, each on a new state: what is longer was disturbed.
fn best<S, R>(state: impl Fn() -> S, mut run: impl FnMut(&mut S) -> R) -> Duration {
    let mut time = || {
        let mut state = state();
        let began = Instant::now();
        black_box(run(&mut state));
        began.elapsed()
    };
    (0..7).map(|_| time()).min().unwrap_or_default()
}

/// Millions a second.
fn rate(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64() / 1e6
}

/// The sums that the three objectives need, with no regard to minutes or exact bounds.
fn by_hand(data: &Columns) -> (f64, f64, u64) {
    let [context, generated, _] = &data.numbers;
    let (mut dollars, mut tokens, mut dear) = (0.0, 0.0, 0);
    for (context, generated) in context.iter().zip(generated) {
        let cost = context * 0.000003 + generated * 0.000015;
        dollars += cost;
        tokens += generated;
        dear += u64::from(cost >= 0.02);
    }
    (dollars, tokens, dear)
}

/// The dear ones of the first `count`, each compared in exact fractions.
fn in_fractions(data: &Columns, count: usize) -> usize {
    let [context, generated, _] = &data.numbers;
    let (input, output, bound) = (exact("0.000003"), exact("0.000015"), exact("0.02"));
    let of = |number: f64| Exact::from(number as i64);
    let costs = context.iter().zip(generated).take(count);
    costs.filter(|(context, generated)| &of(**context) * &input + &of(**generated) * &output >= bound).count()
}
