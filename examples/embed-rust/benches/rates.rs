//! How many completions a second the module takes: `cargo bench -p embed-rust`. The figures depend on the machine; the
//! ratios much less.

use std::{
    hint::black_box,
    thread,
    time::{Duration, Instant, SystemTime},
};

use embed_rust::slo::{
    Slo,
    completions::{Completions, Outcome},
};

const COUNT: usize = 1_000_000;

fn main() {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_775_044_800);
    let models: Vec<String> = (0..8).map(|number| format!("model-{number}")).collect();
    let events: Vec<Completions<'_>> = (0..COUNT)
        .map(|number| Completions {
            at: start + Duration::from_millis(number as u64 * 100),
            model: &models[number * 7919 % 8],
            outcome: if number % 500 == 0 {
                Outcome::Failed
            } else {
                Outcome::Ok
            },
            context: (number * 31 % 2_300) as f64,
            generated: (number * 17 % 420) as f64,
            first_token: (number * 13 % 390) as f64,
        })
        .collect();

    println!("completions, four objectives, one by model     million/s");
    let row = |name: &str, way: &dyn Fn()| {
        let best = (0..3).map(|_| timed(way)).min().unwrap_or_default();
        println!(
            "  {name:<44} {:>9.2}",
            COUNT as f64 / best.as_secs_f64() / 1e6
        );
    };
    row("a loop that pushes each to a Vec", &|| {
        let mut all = Vec::new();
        events.iter().for_each(|event| all.push(black_box(*event)));
        black_box(all);
    });
    row("record, one by one", &|| {
        let slo = open();
        events.iter().for_each(|event| record(&slo, event));
    });
    row("record, from four threads", &|| {
        let slo = open();
        thread::scope(|threads| {
            for part in events.chunks(COUNT / 4) {
                let slo = &slo;
                threads.spawn(move || part.iter().for_each(|event| record(slo, event)));
            }
        });
    });
    row("record_batch of 8,192", &|| {
        let slo = open();
        for batch in events.chunks(8_192) {
            slo.completions
                .record_batch(batch)
                .expect("all labels are fine");
        }
    });
}

fn open() -> Slo {
    Slo::new().expect("the module is of this version")
}

fn record(slo: &Slo, event: &Completions<'_>) {
    slo.completions.record(event).expect("all events are fine");
}

fn timed(way: &dyn Fn()) -> Duration {
    let start = Instant::now();
    way();
    start.elapsed()
}
