//! A year passes in an engine with a state file: its memory and its file stay as they are once the longest period has
//! passed, and it begins again at once. A month and a week where `FARTHING_LONG=1` is not set:
//!
//! ```text
//! FARTHING_LONG=1 cargo test -p farthing-runtime --test year -- --nocapture
//! ```

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
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
    engine::{Engine, EngineOptions, EventBatch, Snapshot},
    state::FILE,
};

const HOUR_MS: i64 = 3_600_000;
/// A midnight.
const START_MS: i64 = 20_000 * 24 * HOUR_MS;
const MODELS: usize = 5;
/// The longest period is a week: from then on, nothing may grow.
const WARM_DAYS: i64 = 14;
const DAYS: [i64; 2] = [37, 365];

const SERVICE: &str = "
event requests {
  at:    time
  model: label
  cost:  USD
}
service chat {
  objective affordable { requests.cost / requests <= $0.01 per request  budget 5% over 7d  by model }
  objective cheap      { 99% of requests have cost < $0.02  over 7d  by model }
}
";

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

fn plan() -> Arc<Plan> {
    let file = SourceFile { name: "year.slo".into(), text: SERVICE.into() };
    let compilation = compile(vec![file], &NoModules, &farthing_compiler::Options::default());
    Arc::new(compilation.plan.unwrap_or_else(|| panic!("{:?}", compilation.diagnostics)))
}

fn start(plan: &Arc<Plan>, folder: &Path, time: &Arc<Played>) -> (Engine, std::thread::JoinHandle<()>) {
    let (plan, state, time) = (plan.clone(), Some(folder.to_path_buf()), time.clone());
    let options = EngineOptions { plan, state, gpus: None, notifier: None, events_per_second: 1e9, time };
    Engine::start(options).expect("an engine")
}

/// The events of an hour, a few a minute.
fn lines(from_ms: i64) -> Vec<u8> {
    let mut text = String::new();
    for at in 0..240 {
        let (time, model) = (from_ms + at * 15_000, at as usize % MODELS);
        let _ = writeln!(text, "{{\"at\":{time},\"model\":\"model-{model}\",\"cost\":0.00{}}}", 1 + at % 9);
    }
    text.into_bytes()
}

/// What the process holds, in bytes; 0 where the system does not tell.
fn resident() -> u64 {
    let text = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or_default() * 4_096
}

/// How large all of it was at most. What a database gives back and takes again makes its file breathe.
#[derive(Default)]
struct Peak {
    resident: u64,
    state: usize,
    file: u64,
}

impl Peak {
    fn see(&mut self, snapshot: &Snapshot, folder: &Path) {
        let file = fs::metadata(folder.join(FILE)).expect("the state file").len();
        self.resident = self.resident.max(resident());
        self.state = self.state.max(snapshot.state_bytes);
        self.file = self.file.max(file);
    }
}

#[tokio::test]
async fn a_year_leaves_no_more_than_its_first_weeks() {
    let is_long = std::env::var_os("FARTHING_LONG").is_some_and(|value| value == "1");
    let days = DAYS[usize::from(is_long)];
    let (plan, folder) = (plan(), tempfile::tempdir().expect("a folder"));
    let time = Arc::new(Played(AtomicI64::new(START_MS)));
    let (mut engine, mut thread) = start(&plan, folder.path(), &time);
    let schema = Schema::new(&plan, "requests").expect("an event");
    let (begun, mut events) = (Instant::now(), 0);
    // The first month after the longest period, or less where there is less, and the last part that is as long.
    let part = ((days - WARM_DAYS) / 2).min(30);
    let (mut first, mut last) = (Peak::default(), Peak::default());
    for hour in 0..days * 24 {
        let from_ms = START_MS + hour * HOUR_MS;
        time.0.store(from_ms + HOUR_MS, Ordering::Relaxed);
        let parsed = schema.parse_json_lines(&lines(from_ms), from_ms + HOUR_MS, &Limits::default()).expect("rows");
        let key = Some(format!("hour-{hour}"));
        let batch = EventBatch { plan: plan.clone(), parsed, mode: Mode::AllOrNothing, key };
        events += engine.events(batch).await.expect("taken").taken;
        engine.look().await;
        let day = hour / 24;
        if hour % 24 == 12 && (WARM_DAYS..WARM_DAYS + part).contains(&day) {
            first.see(&engine.snapshot().await.expect("it lives"), folder.path());
        } else if hour % 24 == 12 && day >= days - part {
            last.see(&engine.snapshot().await.expect("it lives"), folder.path());
        }
        // Machines are restarted now and then.
        if hour % (24 * 30) == 24 * 30 - 1 {
            engine.stop().await;
            thread.join().expect("the engine");
            (engine, thread) = start(&plan, folder.path(), &time);
        }
    }
    let played = begun.elapsed();
    let snapshot = engine.snapshot().await.expect("it lives");
    let total = |snapshot: &Snapshot| snapshot.totals.iter().find(|of| of.flow == "chat/requests").map(|of| of.total);
    let counted: f64 = snapshot.totals.iter().filter(|of| of.flow == "chat/requests").map(|of| of.total).sum();
    assert_eq!(counted, events as f64, "all of the year counts");
    engine.stop().await;
    thread.join().expect("the engine");

    let begun = Instant::now();
    let (engine, thread) = start(&plan, folder.path(), &time);
    let restart = begun.elapsed();
    let again = engine.snapshot().await.expect("it lives");
    assert_eq!(total(&again), total(&snapshot));
    assert_eq!(again.report.services, snapshot.report.services, "a restart changes no verdict");
    engine.stop().await;
    thread.join().expect("the engine");

    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let said = format!(
        "   {days} days in {:.0} s, {events} events: at most, in the first and the last {part} days after a \
         fortnight: memory {:.1} and {:.1} MiB, evaluator {} and {} bytes, file {:.1} and {:.1} MiB, restart {restart:?}\n",
        played.as_secs_f64(),
        mib(first.resident),
        mib(last.resident),
        first.state,
        last.state,
        mib(first.file),
        mib(last.file),
    );
    let _ = std::io::stderr().write_all(said.as_bytes());
    // An allocator keeps some of what is given back, and the keys of a year's batches are kept in memory, up to a bound.
    assert!(last.state as f64 <= first.state as f64 * 1.02, "{} and {}", first.state, last.state);
    assert!(last.resident as f64 <= first.resident as f64 * 1.1 + 4e6, "{} and {}", first.resident, last.resident);
    // A database that needs one more page doubles its file; what grew with time would be ten times as large after a year.
    assert!(last.file as f64 <= first.file as f64 * 2.2, "{} and {}", first.file, last.file);
}
