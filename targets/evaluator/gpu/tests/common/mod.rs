//! A sampler of scripted GPUs, whose clocks go when they are told to.
#![allow(dead_code)]

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use farthing_fake_nvml::{Fake, Script};
use farthing_gpu::{Change, Clock, Config, Nvml, Reader, Sample, Sampling};
use tempfile::TempDir;

/// The first moment of a test, in Unix milliseconds.
pub const START: i64 = 1_775_044_800_000;

/// Clocks that go by hand.
#[derive(Clone, Default)]
pub struct Hands(Arc<Mutex<(Duration, i64)>>);

impl Clock for Hands {
    fn elapsed(&self) -> Duration {
        self.0.lock().expect("no test panics with it").0
    }

    fn unix_ms(&self) -> i64 {
        START + self.0.lock().expect("no test panics with it").1
    }
}

impl Hands {
    /// Time passes.
    pub fn pass(&self, seconds: f64) {
        let mut hands = self.0.lock().expect("no test panics with it");
        hands.0 += Duration::from_secs_f64(seconds);
        hands.1 += (seconds * 1e3) as i64;
    }

    /// The machine sleeps, or its clock is set: only stamps change.
    pub fn jump(&self, seconds: f64) {
        self.0.lock().expect("no test panics with it").1 += (seconds * 1e3) as i64;
    }
}

/// A fake library, a sampler of it, and what it has said.
pub struct Rig {
    pub script: Script,
    pub fake: Fake,
    pub hands: Hands,
    pub sampling: Sampling<Nvml>,
    pub reader: Reader,
    said: Arc<Mutex<Vec<String>>>,
    pub folder: TempDir,
}

impl Rig {
    pub fn new(script: Script) -> Rig {
        Rig::with(script, |_, _| {})
    }

    /// A sampler whose configuration is changed, by what is in its folder.
    pub fn with(script: Script, configure: impl FnOnce(&mut Config, &Path)) -> Rig {
        let folder = TempDir::new().expect("a folder for a test");
        let fake = Fake::build_into(folder.path(), &script).expect("the fake library is built");
        let nothing = folder.path().join("nothing");
        let mut config = Config { proc_root: nothing.clone(), log_root: nothing, ..Config::default() };
        configure(&mut config, folder.path());
        let (hands, said) = (Hands::default(), Arc::new(Mutex::new(Vec::new())));
        let log = {
            let said = said.clone();
            move |change: &Change<'_>| said.lock().expect("no test panics with it").push(change.text.to_string())
        };
        let nvml = Nvml::new(Some(fake.library().to_path_buf()));
        let sampling = Sampling::new(nvml, config, hands.clone(), log).expect("a sound configuration");
        let reader = sampling.reader();
        Rig { script, fake, hands, sampling, reader, said, folder }
    }

    /// Changes what the fake library plays.
    pub fn play(&mut self, change: impl FnOnce(&mut Script)) {
        change(&mut self.script);
        self.fake.play(&self.script).expect("a script can be written");
    }

    /// Makes a round, then lets time pass.
    pub fn round(&mut self, seconds: f64) {
        self.sampling.round();
        self.hands.pass(seconds);
    }

    /// Makes rounds, a second apart.
    pub fn rounds(&mut self, count: usize) {
        (0..count).for_each(|_| self.round(1.0));
    }

    /// What was said since this was called last.
    pub fn said(&self) -> Vec<String> {
        std::mem::take(&mut *self.said.lock().expect("no test panics with it"))
    }

    /// The samples of a metric that have all these labels.
    pub fn all(&self, metric: &str, labels: &[(&str, &str)]) -> Vec<Sample> {
        let name = format!("farthing_gpu_{metric}");
        let all = self.reader.snapshot().into_iter().filter(|sample| sample.metric.name == name);
        all.filter(|sample| labels.iter().all(|(name, value)| label(sample, name) == Some(*value))).collect()
    }

    /// The one sample of a metric that has these labels.
    pub fn one(&self, metric: &str, labels: &[(&str, &str)]) -> Sample {
        let mut all = self.all(metric, labels);
        assert_eq!(all.len(), 1, "{metric} {labels:?}: {all:#?}");
        all.remove(0)
    }

    /// Its value.
    pub fn value(&self, metric: &str, labels: &[(&str, &str)]) -> f64 {
        self.one(metric, labels).value
    }
}

/// The value of a label.
pub fn label<'a>(sample: &'a Sample, name: &str) -> Option<&'a str> {
    sample.labels.iter().find(|(own, _)| *own == name).map(|(_, value)| &**value)
}

/// Asserts that two numbers are the same, but for rounding.
#[track_caller]
pub fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-6 * expected.abs().max(1.0), "{found}, and not {expected}");
}
