//! How fast events and samples are taken in, and minutes evaluated. `cargo bench -p farthing-evaluator --bench events`.

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/judge/mod.rs"]
mod judge;
mod workload;

use common::*;
use divan::{Bencher, counter::ItemsCount};
use farthing_evaluator::Evaluator;
use workload::*;

const COUNT: usize = 1_000_000;

fn main() {
    divan::main();
}

fn in_batches(bencher: Bencher, by: &[&str], per_minute: i64) {
    let plan = three_objectives(by);
    let data = Columns::new(&mut ready(&plan), COUNT, per_minute);
    bencher
        .counter(ItemsCount::new(COUNT))
        .with_inputs(|| ready(&plan))
        .bench_local_refs(|evaluator| data.record_batches(evaluator, 8_192));
}

/// Batches of 8,192, with so many events a minute.
#[divan::bench(args = [500, 100_000])]
fn batch(bencher: Bencher, per_minute: i64) {
    in_batches(bencher, &[], per_minute);
}

/// The same, broken down by model.
#[divan::bench(args = [500, 100_000])]
fn batch_by_model(bencher: Bencher, per_minute: i64) {
    in_batches(bencher, &["model"], per_minute);
}

/// One by one.
#[divan::bench(args = [500, 100_000])]
fn single(bencher: Bencher, per_minute: i64) {
    let plan = three_objectives(&[]);
    let data = Columns::new(&mut ready(&plan), COUNT, per_minute);
    bencher
        .counter(ItemsCount::new(COUNT))
        .with_inputs(|| ready(&plan))
        .bench_local_refs(|evaluator| data.record_each(evaluator));
}

/// A day of eight vLLM servers under five objectives, every minute evaluated; items are samples.
#[divan::bench]
fn a_day_of_a_fleet(bencher: Bencher) {
    let plan = fleet();
    let mut evaluator = Evaluator::new(&plan).expect("a plan");
    let ids = fleet_series(&mut evaluator);
    bencher
        .counter(ItemsCount::new(observe_fleet(&mut evaluator, &ids, DAY)))
        .with_inputs(|| {
            let mut evaluator = Evaluator::new(&plan).expect("a plan");
            let ids = fleet_series(&mut evaluator);
            (evaluator, ids)
        })
        .bench_local_refs(|(evaluator, ids)| observe_fleet(evaluator, ids, DAY));
}
