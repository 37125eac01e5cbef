//! The process at load while an exporter hangs, a GPU is lost and the disk is full by turns: all else goes on, each fault
//! is said once, and so is that it is over.
//!
//! ```text
//! FARTHING_LONG=1 cargo test -p farthing --test soak -- --nocapture
//! ```
#![cfg(target_os = "linux")]

#[path = "../agent/mod.rs"]
mod agent;
mod load;
#[path = "../scratch/mod.rs"]
mod scratch;
mod watched;

use std::{process::Command, time::Instant};

use agent::{Daemon, Exporter, is_long, say};
use farthing_fake_nvml::{Fake, Gpu, Script};
use load::Load;
use scratch::Scratch;
use watched::Watched;

const SERVICE: &str = r#"
use std::farthing::gpu as sampler

event requests {
  sender:    label
  generated: output_token
}
counter steady: request = "steady_total"
counter faulty: request = "faulty_total"

service chat {
  volume first  = steady
  volume second = faulty
  sli length = requests.generated / requests
  sli share  = second / first
  sli busy   = sampler::busy / first
  objective brief  { length <= 6 output_token per request  budget 50% over 30d  by sender }
  objective shared { share <= 0.9 request per request  budget 50% over 30d }
  objective used   { busy <= 10 gpu_second per request  budget 50% over 30d }
}
"#;

/// How often each fault comes.
const ROUNDS: [usize; 2] = [1, 3];

/// Starts it so that a file that may not grow is an error of that write, and not the end of the process.
fn start(scratch: &Scratch, arguments: &[&str]) -> Daemon {
    let mut command = Command::new("sh");
    let script = r#"trap "" XFSZ; exec "$0" run --listen 127.0.0.1:0 "$@""#;
    command.args(["-c", script, env!("CARGO_BIN_EXE_farthing")]).args(arguments);
    Daemon::of(command, scratch.path())
}

/// From now on, the process can write no further than so many bytes into any file.
fn limit(daemon: &Daemon, bytes: &str) {
    let limit = format!("--fsize={bytes}:unlimited");
    let done = Command::new("prlimit").args(["--pid", &daemon.pid().to_string(), &limit]).status();
    assert!(done.expect("util-linux has prlimit").success());
}

#[test]
fn a_fault_of_one_part_leaves_the_others_alone() {
    let long = is_long("the soak has one round of faults, not three");
    let scratch = Scratch::new();
    scratch.file("service.slo", SERVICE);
    let mut script = Script::of(vec![Gpu::h100(0)]);
    let fake = Fake::build_into(scratch.path(), &script).expect("the library is built");
    let (steady, faulty) = (Exporter::start("steady_total", 5), Exporter::start("faulty_total", 3));
    let (first, second) = (steady.url(), faulty.url());
    let library = fake.library().display().to_string();
    let mut arguments = vec!["service.slo", "--state", "state", "--scrape", &first, "--scrape", &second];
    arguments.extend(["--scrape-interval", "1", "--nvml-library", &library, "--gpu-interval", "100"]);

    let daemon = start(&scratch, &arguments);
    let load = Load::start(daemon.listens());
    let mut watched = Watched::new(&daemon, first.clone());
    watched.until("all parts work", |now| {
        now.is_up(&first) && now.is_up(&second) && now.gpu_up() && now.flow("chat/first") > 0.0 && now.writable()
    });
    let (began, memory) = (Instant::now(), watched.memory());
    let rounds = ROUNDS[usize::from(long)];
    for round in 1..=rounds {
        faulty.hang(true);
        watched.until("the exporter hangs", |now| !now.is_up(&second));
        watched.goes_on(&load);
        faulty.hang(false);
        watched.until("the exporter is back", |now| now.is_up(&second));

        script.gpus[0].lost = true;
        fake.play(&script).expect("another script");
        watched.until("the GPU is lost", |now| !now.gpu_up() && now.said("GPU 0 does not answer") == round);
        watched.goes_on(&load);
        script.heal();
        fake.play(&script).expect("another script");
        watched.until("the GPU is back", |now| now.gpu_up());

        limit(&daemon, "4096");
        watched.until("the disk is full", |now| !now.writable());
        assert_eq!(watched.status("/-/ready"), 503);
        // Another minute is judged meanwhile, and still nothing is shown that a kill would take back.
        let until = if long { watched.minute() + 60.0 } else { 0.0 };
        watched.full(&load, until);
        limit(&daemon, "unlimited");
        watched.until("there is room", |now| now.writable());
        watched.goes_on(&load);
        assert_eq!(watched.status("/-/ready"), 200);
        // Of a GPU something is said every ten seconds at most.
        watched.until("the GPU is said to be back", |now| now.said("GPU 0 answers") == round);
    }
    let grown = watched.memory() as f64 / memory as f64;
    let took = began.elapsed();

    // The last full disk ends with a kill.
    limit(&daemon, "4096");
    watched.until("the disk is full again", |now| !now.writable());
    let seen = watched.totals();
    load.gone();
    let lines = daemon.kill();
    let started = Instant::now();
    let daemon = start(&scratch, &arguments);
    load.moves(daemon.listens());
    let restart = started.elapsed();
    let mut watched = Watched::new(&daemon, first);
    let now = watched.totals();
    for (series, before) in &seen {
        assert!(now.get(series) >= Some(before), "{series} was {before} before the kill and is {:?}", now.get(series));
    }
    let (acknowledged, events) = load.finish();
    watched.until("all that was acknowledged", |now| now.flow("chat/requests") >= events as f64);
    assert_eq!(watched.flow("chat/requests"), events as f64, "each batch has a key, and each was acknowledged once");

    // A machine that is busy with other things may be too late for a scrape, too; that is said in the same way.
    for (fault, over) in [
        (format!("{second}: not complete within the timeout"), format!("{second} answers again")),
        ("GPU 0 does not answer".into(), "GPU 0 answers".into()),
        ("cannot be written".into(), "the state is written again".into()),
    ] {
        let told = lines.iter().filter_map(|line| match (line.contains(&fault), line.contains(&over)) {
            (false, false) => None,
            (is_fault, _) => Some(is_fault),
        });
        let told: Vec<bool> = told.collect();
        let by_turns = told.iter().enumerate().all(|(at, is_fault)| *is_fault == (at % 2 == 0));
        assert!(by_turns, "{fault:?} and {over:?} are each said once: {lines:#?}");
        assert!(told.len() >= 2 * rounds, "{fault:?} and {over:?} are said each time: {lines:#?}");
    }
    // What a full disk takes is bounded by what is sent meanwhile: batches are refused.
    assert!(grown < 1.5, "memory grew {grown:.2} times in {took:?}");
    say(&format!(
        "soak: {rounds} rounds in {:.0} s, {acknowledged} batches with {events} events acknowledged, memory {:.1} MiB at \
         first and {grown:.2} times that in the end, restart {restart:?}",
        took.as_secs_f64(),
        memory as f64 / (1 << 20) as f64,
    ));
}
