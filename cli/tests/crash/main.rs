//! The process is killed at random instants while it takes events and scrapes. Whatever the instant: nothing that was
//! acknowledged is lost, nothing with a key counts twice, no counter's delta is missing, and no total that was seen goes
//! down. SIGKILL leaves what the system has in its memory: that a commit outlives a failure of power, too, is what redb
//! promises of its commits.
//!
//! ```text
//! FARTHING_LONG=1 cargo test -p farthing --test crash -- --nocapture
//! FARTHING_SEED=7 cargo test -p farthing --test crash
//! ```
#![cfg(unix)]

#[path = "../agent/mod.rs"]
mod agent;
mod ledger;
mod place;
#[path = "../scratch/mod.rs"]
mod scratch;
mod sender;
mod watcher;

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use agent::{Connection, Daemon, Exporter, Metrics, Random, is_long, say};
use ledger::Account;
use place::Place;
use scratch::Scratch;
use sender::{Manner, Sender};

const SERVICE: &str = r#"
event requests {
  sender:    label
  generated: output_token
}
counter served: request = "answers_total"

service chat {
  volume answers = served
  sli length = requests.generated / requests
  sli each   = requests.generated / answers
  objective brief   { length <= 6 output_token per request  budget 50% over 30d  by sender }
  objective overall { each <= 6 output_token per request  budget 50% over 30d }
}
"#;

/// How many times it is killed.
const KILLS: [usize; 2] = [40, 1_000];
/// A process that listens is killed after this at the latest.
const LIFE: Duration = Duration::from_millis(150);
/// Of so many kills one comes before the process listens.
const EARLY: f64 = 0.25;

fn manners() -> Vec<Manner> {
    let manner = |name, keyed, events, gzip| Manner { name, keyed, events, gzip, impatient: false };
    vec![
        manner("small", true, 1..6, false),
        manner("large", true, 500..4_000, true),
        manner("plain", true, 20..300, false),
        Manner { impatient: true, ..manner("impatient", true, 1..40, false) },
        manner("careless", false, 1..6, false),
        manner("careless-large", false, 300..1_500, true),
    ]
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_counts_twice() {
    let kills = KILLS[usize::from(is_long("the crash test kills 40 times, not 1,000"))];
    let seed = Random::seed();
    // Shown where the test fails.
    println!("FARTHING_SEED={seed}");
    let mut random = Random::new(seed);
    let scratch = Scratch::new();
    scratch.file("service.slo", SERVICE);
    let exporter = Exporter::start("answers_total", 0);
    let url = exporter.url();
    let arguments = ["service.slo", "--state", "state", "--no-gpu", "--scrape", &url, "--scrape-interval", "1"];
    let start = || Daemon::start(scratch.path(), &arguments);

    // The exporter's counter has been seen, and that is on the disk.
    let base = exporter.value();
    let daemon = start();
    wait_for(&daemon, "a first scrape", |metrics| metrics.sum("farthing_samples_total", &[]) >= 1.0);
    quiet(daemon.kill());
    exporter.step(7);

    let place = Arc::new(Place::default());
    let accounts: Vec<_> = manners().iter().map(|of| Arc::new(Account::new(of.name, of.keyed))).collect();
    let senders = manners().into_iter().zip(&accounts).enumerate().map(|(number, (manner, account))| {
        let random = Random::new(seed + 1_000 * (number as u64 + 1));
        let sender = Sender { manner, account: account.clone(), place: place.clone(), random };
        thread::spawn(move || sender.run())
    });
    let senders: Vec<_> = senders.collect();
    let watcher = thread::spawn({
        let (place, accounts) = (place.clone(), accounts.clone());
        move || watcher::watch(&place, &accounts)
    });

    let began = Instant::now();
    let mut restarts = Vec::new();
    for kill in 0..kills {
        let floor = accounts.iter().map(|account| account.floor()).collect();
        let started = Instant::now();
        let daemon = start();
        if random.unit() < EARLY && !restarts.is_empty() {
            thread::sleep(median(&restarts).mul_f64(random.unit()));
        } else {
            let address = daemon.listens();
            restarts.push(started.elapsed());
            place.moves(address, floor);
            thread::sleep(LIFE.mul_f64(random.unit()));
        }
        quiet(daemon.kill());
        let failed = watcher.is_finished() || senders.iter().any(|sender| sender.is_finished());
        assert!(!failed, "after kill {kill}: a client failed, see above");
    }
    let took = began.elapsed();

    let floor = accounts.iter().map(|account| account.floor()).collect();
    let daemon = start();
    place.moves(daemon.listens(), floor);
    exporter.step(0);
    place.finish();
    senders.into_iter().for_each(|sender| sender.join().expect("a sender fails by its own message"));
    let looks = watcher.join().expect("the watcher fails by its own message");
    let counted = (exporter.value() - base) as f64;
    let answers = |metrics: &Metrics| metrics.sum("farthing_flow_total", &["flow=\"chat/answers\""]);
    wait_for(&daemon, "the last scrape", |metrics| (answers(metrics) - counted).abs() < 1e-6 * counted);
    quiet(daemon.kill());

    // What a last process finds in the file.
    let daemon = start();
    let metrics = Metrics::ask(&mut Connection::open(daemon.listens()).expect("it listens")).expect("it answers");
    accounts.iter().for_each(|account| account.check_last(&metrics));
    assert!((answers(&metrics) - counted).abs() < 1e-6 * counted, "{} of {counted} answers", answers(&metrics));

    let sum = |of: usize| accounts.iter().map(|account| account.figures()[of]).sum::<u64>();
    let [batches, again, events] = [sum(0), sum(1), sum(2)];
    assert!(
        batches > kills as u64 && again > 0 && counted > 0.0,
        "{batches} batches, {again} known, {counted} answers"
    );
    let seconds = took.as_secs_f64();
    let rate = |count: f64| (count / seconds).round();
    say(&format!("{kills} kills in {seconds:.0} s, {:.1} a second; seed {seed}", kills as f64 / seconds));
    say(&format!("restart: {:?} in the middle, {:?} at most", median(&restarts), restarts.iter().max().expect("some")));
    say(&format!(
        "acknowledged: {batches} batches ({}/s), {events} events ({}/s)",
        rate(batches as f64),
        rate(events as f64)
    ));
    say(&format!("{again} batches were known already, {looks} looks at /metrics, {counted} answers scraped"));
    let bytes = metrics.sum("farthing_state_file_bytes", &[]);
    say(&format!("the state file has {:.0} KiB in the end", bytes / 1024.0));
}

/// Waits until `/metrics` says something.
fn wait_for(daemon: &Daemon, what: &str, is_so: impl Fn(&Metrics) -> bool) {
    let mut connection = Connection::open(daemon.listens()).expect("it listens");
    let until = Instant::now() + Duration::from_secs(120);
    loop {
        let metrics = Metrics::ask(&mut connection).expect("it answers");
        if is_so(&metrics) {
            return;
        }
        assert!(Instant::now() < until, "{what} did not come: {metrics:#?} {:#?}", daemon.lines());
        thread::sleep(Duration::from_millis(50));
    }
}

/// A process that is killed has nothing to complain of before.
fn quiet(lines: Vec<String>) {
    let complains =
        lines.iter().any(|line| line.contains(" error ") || line.starts_with("error") || line.contains("panicked"));
    assert!(!complains, "{lines:#?}");
}

fn median(durations: &[Duration]) -> Duration {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}
