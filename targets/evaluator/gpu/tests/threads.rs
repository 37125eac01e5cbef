//! The sampler in its own threads: who reads it never waits for a GPU.

mod common;

use std::{
    sync::mpsc,
    time::{Duration, Instant},
};

use common::label;
use farthing_fake_nvml::{Fake, Gpu, Script, code};
use farthing_gpu::{Change, Config, Nvml, Sample, Sampler};
use tempfile::TempDir;

/// Longer than anything takes that a test waits for.
const LONG: Duration = Duration::from_secs(60);

struct Rig {
    script: Script,
    fake: Fake,
    sampler: Sampler,
    said: mpsc::Receiver<String>,
    _folder: TempDir,
}

fn start(gpus: usize, interval: Duration, hang: Duration) -> Rig {
    let folder = TempDir::new().expect("a folder for a test");
    let script = Script::of((0..gpus).map(Gpu::h100).collect());
    let fake = Fake::build_into(folder.path(), &script).expect("the fake library is built");
    let config = Config { interval, hang, ..Config::default() };
    let (say, said) = mpsc::channel();
    let log = move |change: &Change<'_>| say.send(change.text.to_string()).unwrap_or_default();
    let nvml = Nvml::new(Some(fake.library().to_path_buf()));
    let sampler = Sampler::start(nvml, config, log).expect("it starts");
    Rig { script, fake, sampler, said, _folder: folder }
}

impl Rig {
    /// Waits for a sentence that has this in it.
    fn wait_for(&self, part: &str) -> String {
        let begun = Instant::now();
        while let Ok(said) = self.said.recv_timeout(LONG.saturating_sub(begun.elapsed())) {
            if said.contains(part) {
                return said;
            }
        }
        panic!("nothing was said with {part:?} in it");
    }

    fn value(&self, metric: &str) -> Option<f64> {
        let samples = self.sampler.snapshot();
        samples.iter().find(|sample| sample.metric.name == metric).map(|sample| sample.value)
    }
}

fn of<'a>(samples: &'a [Sample], metric: &'a str) -> impl Iterator<Item = &'a Sample> {
    samples.iter().filter(move |sample| sample.metric.name == metric)
}

#[test]
fn eight_gpus_are_read_ten_times_a_second() {
    let rig = start(8, Duration::from_millis(100), LONG);
    let reader = rig.sampler.reader();
    let mut last = vec![(0.0, 0); 8];
    let mut rounds = 0;
    while rounds < 20 {
        let made = reader.wait_past(rounds, LONG);
        assert!(made > rounds, "no round was made");
        rounds = made;
        let samples = reader.snapshot();
        assert_eq!(of(&samples, "farthing_gpu_utilization_ratio").count(), 8);
        for busy in of(&samples, "farthing_gpu_busy_seconds_total") {
            let gpu: usize = label(busy, "gpu").and_then(|gpu| gpu.parse().ok()).expect("a number");
            // Counters only grow, and so do their times.
            assert!((busy.value, busy.time) >= last[gpu], "{busy:?} after {:?}", last[gpu]);
            last[gpu] = (busy.value, busy.time);
        }
    }
    assert!(last.iter().all(|(busy, _)| *busy > 0.0), "{last:?}");
}

#[test]
fn readers_see_the_last_snapshot_while_a_call_hangs_and_it_goes_on_afterwards() {
    let mut rig = start(2, Duration::from_millis(100), Duration::from_millis(300));
    let reader = rig.sampler.reader();
    assert!(reader.wait_past(1, LONG) > 1);
    rig.script.hang("nvmlDeviceGetTemperature");
    rig.fake.play(&rig.script).expect("a script can be written");
    let said = rig.wait_for("nvmlDeviceGetTemperature of GPU");
    assert!(said.contains("has not returned for 0.3 s"), "{said}");

    // The call still hangs, and all of this returns.
    let rounds = reader.rounds();
    let samples = reader.snapshot();
    assert_eq!(of(&samples, "farthing_gpu_power_watts").count(), 2, "what was read last is still there");
    assert!(of(&samples, "farthing_gpu_up").all(|up| up.value == 0.0));
    assert_eq!(of(&samples, "farthing_gpu_present").count(), 2);
    assert_eq!(rig.value("farthing_gpu_library_up"), Some(0.0));
    let status = reader.status();
    assert!(!status.up && status.message == said, "{status:?}");
    assert_eq!(reader.rounds(), rounds, "no round ended meanwhile");

    rig.script.heal();
    rig.fake.play(&rig.script).expect("a script can be written");
    rig.wait_for("nvmlDeviceGetTemperature has returned");
    assert!(reader.wait_past(rounds + 1, LONG) > rounds + 1);
    assert!(reader.status().up);
}

#[test]
fn a_sampler_can_be_dropped_while_a_call_hangs() {
    let mut rig = start(1, Duration::from_millis(100), Duration::from_millis(100));
    let reader = rig.sampler.reader();
    assert!(reader.wait_past(0, LONG) > 0);
    rig.script.hang("*");
    rig.fake.play(&rig.script).expect("a script can be written");
    rig.wait_for("has not returned");
    let Rig { sampler, mut script, fake, _folder, .. } = rig;
    drop(sampler);
    // Whoever has a reader can still read; and the thread ends once it can.
    assert!(!reader.snapshot().is_empty());
    script.heal();
    fake.play(&script).expect("a script can be written");
}

#[test]
fn a_slow_driver_slows_the_sampler_and_nobody_else() {
    let mut rig = start(1, Duration::from_millis(100), LONG);
    let slow = farthing_fake_nvml::Play { delay_ms: 150, ..Default::default() };
    rig.script.calls.insert("nvmlDeviceGetPowerUsage".into(), slow);
    rig.fake.play(&rig.script).expect("a script can be written");
    let reader = rig.sampler.reader();
    let rounds = reader.rounds();
    assert!(reader.wait_past(rounds + 3, LONG) > rounds + 3);
    let spent = of(&reader.snapshot(), "farthing_gpu_call_seconds_total")
        .filter(|sample| label(sample, "call") == Some("nvmlDeviceGetPowerUsage"))
        .map(|sample| sample.value)
        .sum::<f64>();
    assert!(spent >= 0.15, "{spent} s");
}

#[test]
fn a_driver_that_dies_under_the_threads_comes_back() {
    let mut rig = start(2, Duration::from_millis(100), LONG);
    rig.wait_for("has 2 GPUs");
    rig.script.fail("*", code::DRIVER_NOT_LOADED);
    rig.fake.play(&rig.script).expect("a script can be written");
    rig.wait_for("the NVIDIA driver is not loaded");
    rig.script.heal();
    rig.script.epoch += 1;
    rig.fake.play(&rig.script).expect("a script can be written");
    rig.wait_for("has 2 GPUs");
    assert_eq!(rig.value("farthing_gpu_up"), Some(1.0));
}
