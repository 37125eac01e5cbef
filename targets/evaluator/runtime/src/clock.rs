//! The time: by the machine's clock, and never back.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// A step of the machine's clock that is told, in milliseconds; less is what clocks are corrected by every day.
const STEP_MS: i64 = 5_000;

/// Where the time comes from: the machine, or a test that plays it.
pub trait Time: Send + Sync {
    /// As the machine's clock shows it, in milliseconds since the Unix epoch.
    fn wall_ms(&self) -> i64;

    /// What has passed since some moment, by a clock that nobody sets.
    fn passed(&self) -> Duration;
}

/// The machine's.
pub struct MachineTime(Instant);

impl Default for MachineTime {
    fn default() -> Self {
        MachineTime(Instant::now())
    }
}

impl Time for MachineTime {
    fn wall_ms(&self) -> i64 {
        wall_ms()
    }

    fn passed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// The time in milliseconds since the Unix epoch, which never goes back. Where the machine's clock is set back, this
/// one goes on by what passed, until the machine's has come after it: minutes that were judged are not judged again.
pub struct Clock {
    time: Arc<dyn Time>,
    /// The time that was given last, and when.
    last_ms: i64,
    at: Duration,
    /// Whether it was told that the machine's clock is behind.
    told_behind: bool,
    /// Whether a time was given yet.
    begun: bool,
}

/// What became of the machine's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It was set back by so many milliseconds, or is behind what was judged already.
    Behind(i64),
    /// It is no more behind.
    CaughtUp,
    /// It went ahead by so many milliseconds more than passed: the machine slept, or it was set.
    Ahead(i64),
}

impl Clock {
    /// A clock that begins now, or at a time that was judged already.
    pub fn new(not_before_ms: i64, time: Arc<dyn Time>) -> Clock {
        Clock { at: time.passed(), time, last_ms: not_before_ms.max(0), told_behind: false, begun: false }
    }

    /// The time now, and what is to be told of the machine's clock.
    pub fn now(&mut self) -> (i64, Option<Step>) {
        let (wall, now) = (self.time.wall_ms(), self.time.passed());
        let passed = now.saturating_sub(self.at);
        self.at = now;
        self.step(wall, passed)
    }

    /// How far this clock is ahead of the machine's.
    pub fn ahead_ms(&self) -> i64 {
        self.last_ms - self.time.wall_ms()
    }

    /// How far the machine's clock is behind; 0 where it was not told to be.
    pub fn behind_ms(&self) -> i64 {
        if self.told_behind { self.ahead_ms().max(0) } else { 0 }
    }

    fn step(&mut self, wall: i64, passed: Duration) -> (i64, Option<Step>) {
        let passed = i64::try_from(passed.as_millis()).unwrap_or(i64::MAX);
        let steady = self.last_ms.saturating_add(passed);
        let begun = std::mem::replace(&mut self.begun, true);
        let step = if wall < steady - STEP_MS && !self.told_behind {
            self.told_behind = true;
            Some(Step::Behind(steady - wall))
        } else if self.told_behind && wall >= steady {
            self.told_behind = false;
            Some(Step::CaughtUp)
        } else if begun && wall > steady + STEP_MS {
            Some(Step::Ahead(wall - steady))
        } else {
            None
        };
        // A clock that is only a little behind is waited for; one that was set back is left alone.
        self.last_ms = if wall < self.last_ms { if self.told_behind { steady } else { self.last_ms } } else { wall };
        (self.last_ms, step)
    }
}

/// The machine's clock, in milliseconds since the Unix epoch.
pub fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives what a clock says as the machine's clock shows these times, so many milliseconds after one another.
    fn times(start: i64, steps: &[(i64, u64)]) -> Vec<(i64, Option<Step>)> {
        let mut clock = Clock::new(start, Arc::new(MachineTime::default()));
        let step = |(wall, passed): &(i64, u64)| clock.step(*wall, Duration::from_millis(*passed));
        steps.iter().map(step).collect()
    }

    #[test]
    fn a_clock_that_is_set_back_is_waited_for() {
        let told =
            times(100_000, &[(101_000, 1_000), (41_000, 1_000), (42_000, 1_000), (104_000, 1_000), (105_000, 1_000)]);
        assert_eq!(
            told,
            [
                (101_000, None),
                (102_000, Some(Step::Behind(61_000))),
                (103_000, None),
                (104_000, Some(Step::CaughtUp)),
                (105_000, None),
            ]
        );
    }

    #[test]
    fn how_far_it_is_behind_is_known_until_it_has_caught_up() {
        /// Shows this time.
        struct Shown(std::sync::atomic::AtomicI64);

        impl Time for Shown {
            fn wall_ms(&self) -> i64 {
                self.0.load(std::sync::atomic::Ordering::SeqCst)
            }

            fn passed(&self) -> Duration {
                Duration::ZERO
            }
        }

        let time = Arc::new(Shown(100_000.into()));
        let mut clock = Clock::new(0, time.clone());
        let mut at = |wall| {
            time.0.store(wall, std::sync::atomic::Ordering::SeqCst);
            clock.now();
            clock.behind_ms()
        };
        assert_eq!([100_000, 40_000, 41_000, 99_000, 100_000, 99_000].map(&mut at), [0, 60_000, 59_000, 1_000, 0, 0]);
    }

    #[test]
    fn small_corrections_are_not_told() {
        let told = times(100_000, &[(101_000, 1_000), (100_500, 1_000), (101_500, 1_000)]);
        assert_eq!(told, [(101_000, None), (101_000, None), (101_500, None)]);
    }

    #[test]
    fn sleep_is_told() {
        let told = times(100_000, &[(700_000, 1_000), (1_300_000, 1_000)]);
        // The first one is the time for which the process was not there.
        assert_eq!(told, [(700_000, None), (1_300_000, Some(Step::Ahead(599_000)))]);
    }
}
