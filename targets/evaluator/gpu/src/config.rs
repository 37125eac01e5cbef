//! How GPUs are sampled.

use std::{path::PathBuf, time::Duration};

/// How GPUs are sampled.
#[derive(Debug, Clone)]
pub struct Config {
    /// How often the quick calls are made: from [`Config::SHORTEST`] to [`Config::LONGEST`].
    pub interval: Duration,
    /// The value of the label `node`; without it there is no such label.
    pub node: Option<String>,
    /// Where processes are: `/proc`, or where the host's is mounted.
    pub proc_root: PathBuf,
    /// Where kubelet keeps the logs of pods: `/var/log`, or where the host's is mounted.
    pub log_root: PathBuf,
    /// After how long a call counts as hung.
    pub hang: Duration,
}

impl Config {
    /// The shortest interval, 100 ms. NVML's own samples are no more frequent.
    pub const SHORTEST: Duration = Duration::from_millis(100);
    /// The longest interval, a minute.
    pub const LONGEST: Duration = Duration::from_secs(60);

    /// Whether GPUs can be sampled so.
    ///
    /// # Errors
    ///
    /// A sentence about what is wrong, when the interval is too short or too long.
    pub fn check(&self) -> Result<(), String> {
        if (Config::SHORTEST..=Config::LONGEST).contains(&self.interval) {
            return Ok(());
        }
        Err(format!("GPUs cannot be sampled every {:?}: from 100ms to 60s is possible", self.interval))
    }

    /// How long a span between two readings may be and still count: two intervals, and at least five seconds.
    pub(crate) fn longest_span(&self) -> Duration {
        (self.interval * 2).max(Duration::from_secs(5))
    }
}

impl Default for Config {
    fn default() -> Self {
        Config {
            interval: Duration::from_secs(1),
            node: None,
            proc_root: "/proc".into(),
            log_root: "/var/log".into(),
            hang: Duration::from_secs(5),
        }
    }
}
