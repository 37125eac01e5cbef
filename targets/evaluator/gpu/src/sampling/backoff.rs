//! When to try again.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const MOST: Duration = Duration::from_secs(60);

/// Waits for one second, then twice as long each time, up to a minute.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Backoff {
    /// How long was waited last; `None` is not at all.
    last: Option<Duration>,
    due: Duration,
}

impl Backoff {
    /// Whether it may be tried now.
    pub fn due(&self, elapsed: Duration) -> bool {
        elapsed >= self.due && (self.last.is_some() || self.due.is_zero())
    }

    /// Something has just gone wrong: it is tried for the first time in a second.
    pub fn begin(&mut self, elapsed: Duration) {
        if self.last.is_none() {
            self.wait(elapsed);
        }
    }

    /// It is tried just now: the next time is later.
    pub fn wait(&mut self, elapsed: Duration) {
        let next = self.last.map_or(FIRST, |last| (last * 2).min(MOST));
        self.last = Some(next);
        self.due = elapsed + next;
    }

    /// All is well.
    pub fn reset(&mut self) {
        *self = Backoff { last: None, due: Duration::MAX };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_longer_each_time_up_to_a_minute_and_begins_anew_when_all_is_well() {
        let mut backoff = Backoff::default();
        assert!(backoff.due(Duration::ZERO), "the first try waits for nothing");
        let mut now = Duration::ZERO;
        let mut waits = Vec::new();
        for _ in 0..8 {
            backoff.wait(now);
            let begun = now;
            while !backoff.due(now) {
                now += Duration::from_secs(1);
            }
            waits.push((now - begun).as_secs());
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        backoff.reset();
        assert!(!backoff.due(now));
        backoff.begin(now);
        assert!(!backoff.due(now) && backoff.due(now + Duration::from_secs(1)));
    }
}
