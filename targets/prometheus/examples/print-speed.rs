//! How long it takes to make the rules of 1,000 objectives, each with an indicator and flows of its own:
//! `cargo run --release -p farthing-prometheus --example print-speed`.

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::{Duration, Instant};

const OBJECTIVES: usize = 1_000;
const RUNS: usize = 21;

fn main() {
    for services in [1, 100] {
        let plan = common::plans::many(OBJECTIVES, services);
        let mut times: Vec<Duration> = Vec::new();
        let mut bytes = 0;
        for _ in 0..RUNS {
            let start = Instant::now();
            let files = farthing_prometheus::rules(&plan);
            times.push(start.elapsed());
            bytes = files.iter().map(|file| file.text.len()).sum();
        }
        times.sort();
        println!(
            "{OBJECTIVES} objectives in {services} services: median {:.1} ms, fastest {:.1} ms, {:.1} MB",
            times[RUNS / 2].as_secs_f64() * 1e3,
            times[0].as_secs_f64() * 1e3,
            bytes as f64 / 1e6
        );
    }
}
