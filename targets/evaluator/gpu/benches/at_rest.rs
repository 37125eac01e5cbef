//! What the sampler costs: the share of a core for eight GPUs at 10 Hz, and each round and snapshot.
//!
//! The library is the fake one, whose answers cost next to nothing: what is measured is the sampler. On a machine with
//! GPUs, `farthing_gpu_call_seconds_total` says what the driver takes. Run with `cargo bench -p farthing-gpu`.

use std::time::{Duration, Instant};

use farthing_fake_nvml::{Fake, Gpu, Process, Script};
use farthing_gpu::{Change, Config, Nvml, Sampler, Sampling, SystemClock};

/// Time that this process has computed.
fn computed() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: it writes to the place that it is given.
    #[allow(unsafe_code)]
    unsafe {
        libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time)
    };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Tests only ask whether it runs.
    let measure = std::env::args().any(|argument| argument == "--bench");
    let folder = tempfile::tempdir()?;
    let processes: Vec<Process> =
        (0..4).map(|n| Process { pid: std::process::id() + n, memory: Some(1 << 30), sm: Some(20) }).collect();
    let gpus = (0..8).map(|index| Gpu { compute: processes.clone(), ..Gpu::h100(index) }).collect();
    let fake = Fake::build_into(folder.path(), &Script { fixed: true, ..Script::of(gpus) })?;
    let source = || Nvml::new(Some(fake.library().to_path_buf()));
    let config = Config { interval: Config::SHORTEST, ..Config::default() };

    let sampler = Sampler::start(source(), config.clone(), |change| println!("{change}"))?;
    let reader = sampler.reader();
    reader.wait_past(0, Duration::from_secs(10));
    let (begun, before, rounds) = (Instant::now(), computed(), reader.rounds());
    std::thread::sleep(Duration::from_secs(if measure { 30 } else { 1 }));
    let (took, spent, made) = (begun.elapsed(), computed() - before, reader.rounds() - rounds);
    drop(sampler);
    let share = spent.as_secs_f64() / took.as_secs_f64() * 100.0;
    println!(
        "at rest, 8 GPUs at 10 Hz: {share:.3}% of a core ({made} rounds in {:.1} s; at most 0.5% is wanted)",
        took.as_secs_f64()
    );

    let mut sampling = Sampling::new(source(), config, SystemClock::new(), |_: &Change<'_>| {})?;
    sampling.round();
    let count = if measure { 20_000 } else { 10 };
    let begun = Instant::now();
    (0..count).for_each(|_| sampling.round());
    let round = begun.elapsed() / count;
    let reader = sampling.reader();
    let samples = reader.snapshot().len();
    let begun = Instant::now();
    (0..count).for_each(|_| drop(std::hint::black_box(reader.snapshot())));
    let snapshot = begun.elapsed() / count;
    println!("a round of 8 GPUs: {round:?}; of one GPU: {:?}", round / 8);
    println!("a snapshot of {samples} samples: {snapshot:?}; a sample: {:?}", snapshot / samples as u32);
    Ok(())
}
