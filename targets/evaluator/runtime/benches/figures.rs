//! What running costs: `cargo bench -p farthing-runtime --bench figures`.
//!
//! Each figure stands beside its aim or beside a peer of the same run. They depend on the machine; the ratios less.

use std::{
    fmt::Write as _,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use farthing_compiler::{NoModules, SourceFile, compile};
use farthing_intake::{Limits, Mode, Schema};
use farthing_plan::Plan;
use farthing_runtime::{
    Time,
    engine::{Engine, EngineOptions, EventBatch},
    state::StateFile,
};

const MINUTE_MS: i64 = 60_000;
/// A midnight.
const START_MS: i64 = 20_000 * 1_440 * MINUTE_MS;
/// Groups that objectives are broken down into.
const MODELS: usize = 50;

/// A clock that is set.
struct Played(AtomicI64);

impl Time for Played {
    fn wall_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    fn passed(&self) -> Duration {
        Duration::from_millis(self.wall_ms().unsigned_abs())
    }
}

/// Objectives on events, all but three of them shares, each by model where that is wanted.
fn plan(objectives: usize, by_model: bool) -> Arc<Plan> {
    let by = if by_model { " by model" } else { "" };
    let mut text = "event requests {\n  at: time\n  model: label\n  context: input_token\n  generated: output_token\n  \
                    latency: s\n  cost = context * $3.00 per 1M input_token + generated * $15.00 per 1M output_token\n}\n\
                    service chat {\n"
        .to_string();
    for at in 0..objectives {
        let promise = match at {
            0 => "requests.cost / requests <= $0.01 per request budget 5%".to_string(),
            1 => "requests.cost / requests.generated <= $0.0001 per output_token budget 5%".to_string(),
            2 => "requests.generated / requests.cost >= 10000 output_token per USD budget 5%".to_string(),
            at if at % 2 == 0 => format!("99% of requests have cost < ${:.3}", 0.002 * at as f64),
            at => format!("95% of requests have latency < {} ms", 100 * at),
        };
        let _ = writeln!(text, "  objective o{at} {{ {promise} over 30d{by} }}");
    }
    text.push_str("}\n");
    let file = SourceFile { name: "bench.slo".into(), text: text.clone() };
    let compilation = compile(vec![file], &NoModules, &farthing_compiler::Options::default());
    let errors: Vec<String> = compilation.diagnostics.iter().map(|of| format!("{}: {}", of.code, of.message)).collect();
    Arc::new(compilation.plan.unwrap_or_else(|| panic!("{text}{errors:?}")))
}

/// So many events from a time on, as JSON lines.
fn lines(count: usize, from_ms: i64, step_ms: i64) -> Vec<u8> {
    let mut text = String::new();
    for at in 0..count {
        let (context, generated) = (200 + at * 37 % 2_000, 20 + at * 13 % 400);
        let _ = writeln!(
            text,
            "{{\"at\":{},\"model\":\"model-{}\",\"context\":{context},\"generated\":{generated},\"latency\":{}}}",
            from_ms + at as i64 * step_ms,
            at % MODELS,
            (at * 7 % 3_000) as f64 / 1_000.0,
        );
    }
    text.into_bytes()
}

fn options(plan: &Arc<Plan>, state: Option<&Path>, time: &Arc<Played>) -> EngineOptions {
    EngineOptions {
        plan: plan.clone(),
        state: state.map(Path::to_path_buf),
        gpus: None,
        notifier: None,
        events_per_second: 1e9,
        time: time.clone(),
    }
}

fn resident_mib() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: f64 = text.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or_default();
    pages * 4_096.0 / f64::from(1 << 20)
}

fn main() {
    // `cargo test --benches` asks for a run that only shows that it runs; `cargo bench` says `--bench`.
    let quick = !std::env::args().any(|argument| argument == "--bench");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    runtime.block_on(intake(quick));
    runtime.block_on(month(quick));
}

/// Durable intake: batches of JSON lines from several senders, each answered when it is on the disk.
async fn intake(quick: bool) {
    let (batches, senders) = if quick { (4, 2) } else { (400, 16) };
    println!("events by JSON lines in batches of 1,000, three objectives, {senders} senders");
    let plan = plan(3, false);
    let folder = tempfile::tempdir().expect("a folder");
    for (name, state) in [("in memory", None), ("on the disk", Some(folder.path()))] {
        let time = Arc::new(Played(AtomicI64::new(START_MS)));
        let (engine, thread) = Engine::start(options(&plan, state, &time)).expect("an engine");
        let schema = Schema::new(&plan, "requests").expect("an event");
        let body = Arc::new(lines(1_000, START_MS - 30_000, 20));
        let begun = Instant::now();
        let tasks: Vec<_> = (0..senders)
            .map(|_| {
                let (engine, plan, schema, body) = (engine.clone(), plan.clone(), schema.clone(), body.clone());
                tokio::spawn(async move {
                    for _ in 0..batches / senders {
                        let parsed = schema.parse_json_lines(&body, START_MS, &Limits::default()).expect("rows");
                        let batch = EventBatch { plan: plan.clone(), parsed, mode: Mode::AllOrNothing, key: None };
                        assert_eq!(engine.events(batch).await.expect("taken").taken, 1_000);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("a sender");
        }
        let rate = (batches / senders * senders) as f64 * 1_000.0 / begun.elapsed().as_secs_f64();
        println!("  {name:<14} {:>10.0} events/s   (aim on the disk: 200,000)", rate);
        engine.stop().await;
        thread.join().expect("the engine");
    }
}

/// A month and more of 20 objectives by 50 models: memory, the file, and a restart.
async fn month(quick: bool) {
    let (objectives, days) = if quick { (2, 1) } else { (20, 32) };
    let plan = plan(objectives, true);
    // In memory where that can be had: it is not the disk that is measured here.
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    let time = Arc::new(Played(AtomicI64::new(START_MS)));
    let before = resident_mib();
    let (engine, thread) = Engine::start(options(&plan, Some(folder.path()), &time)).expect("an engine");
    let schema = Schema::new(&plan, "requests").expect("an event");
    println!("\n{objectives} objectives by {MODELS} models over 30 days, an event of each model in each minute");
    let begun = Instant::now();
    for minute in 1..=days * 1_440 {
        let now = START_MS + minute * MINUTE_MS;
        time.0.store(now, Ordering::Relaxed);
        let parsed = schema.parse_json_lines(&lines(MODELS, now - 50_000, 900), now, &Limits::default()).expect("rows");
        engine
            .events(EventBatch { plan: plan.clone(), parsed, mode: Mode::AllOrNothing, key: None })
            .await
            .expect("taken");
        if minute % 1_440 == 0 && (minute / 1_440) % 8 == 0 {
            engine.look().await;
            let snapshot = engine.snapshot().await.expect("an engine");
            println!(
                "  day {:>3}: {:>6.1} MiB of state, {:>6.1} MiB more than at the start in the process, file {:>6.1} MiB",
                minute / 1_440,
                snapshot.state_bytes as f64 / f64::from(1 << 20),
                resident_mib() - before,
                snapshot.file_bytes as f64 / f64::from(1 << 20),
            );
        }
    }
    let each = begun.elapsed().as_secs_f64() / (days * 1_440) as f64;
    println!("  a minute is judged and written in {:.2} ms: {:.4}% of a core", each * 1e3, each / 60.0 * 100.0);
    engine.stop().await;
    thread.join().expect("the engine");
    let begun = Instant::now();
    let file = StateFile::open(folder.path()).expect("a state");
    let opened = begun.elapsed();
    let evaluator = farthing_evaluator::Evaluator::restore(&plan, &file).expect("a state");
    println!(
        "  restart: {:.0} ms, of which the file {:.0} ms   (aim: 200 ms)",
        begun.elapsed().as_secs_f64() * 1e3,
        opened.as_secs_f64() * 1e3
    );
    drop(evaluator);
}
