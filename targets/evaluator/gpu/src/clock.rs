//! The time that passes, and the time that is written down.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Two clocks: one for what lasts, one for stamps.
pub trait Clock: Send + Sync + 'static {
    /// Time since some moment. It never goes back, and stands still while the machine is suspended.
    fn elapsed(&self) -> Duration;

    /// Milliseconds since 1970, as the machine's clock shows them; it may be set.
    fn unix_ms(&self) -> i64;
}

/// The machine's clocks.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock(Instant);

impl SystemClock {
    /// Clocks that begin now.
    pub fn new() -> Self {
        SystemClock(Instant::now())
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn unix_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}
