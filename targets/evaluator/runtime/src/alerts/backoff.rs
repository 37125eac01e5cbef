//! When to try again after a failure.

/// The first pause after a failure, in milliseconds; each further one doubles it.
const FIRST_MS: i64 = 1_000;

/// The longest pause, in milliseconds, that is chosen here.
const LONGEST_MS: i64 = 60_000;

/// The longest pause, in milliseconds, that a destination may ask for.
const LONGEST_ASKED_MS: i64 = 300_000;

/// How long a destination is left alone after failures.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
    /// When it failed last, and for how long it is left alone then.
    pause: Option<(i64, i64)>,
}

impl Backoff {
    /// It got through, or said no: the next may be tried at once.
    pub(crate) fn reset(&mut self) {
        *self = Backoff::default();
    }

    /// It failed. `asked_ms` is the pause that the destination asks for.
    pub(crate) fn fail(&mut self, now_ms: i64, asked_ms: Option<i64>) {
        let own = FIRST_MS.saturating_mul(1 << self.failures.min(10)).min(LONGEST_MS);
        self.failures = self.failures.saturating_add(1);
        self.pause = Some((now_ms, own.max(asked_ms.unwrap_or_default().min(LONGEST_ASKED_MS))));
    }

    /// Until when nothing is tried. A clock that was set back ends the pause: it could be long else.
    pub(crate) fn until(&self, now_ms: i64) -> Option<i64> {
        let (since, pause) = self.pause?;
        let until = since.saturating_add(pause);
        (since <= now_ms && now_ms < until).then_some(until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.until(0), None);
        let pauses: Vec<i64> = (0..9)
            .map(|_| {
                backoff.fail(100, None);
                backoff.until(100).unwrap() - 100
            })
            .collect();
        assert_eq!(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
        assert_eq!(backoff.until(60_100), None);
        backoff.reset();
        backoff.fail(0, Some(7_000));
        assert_eq!(backoff.until(0), Some(7_000));
        backoff.fail(0, Some(i64::MAX));
        assert_eq!(backoff.until(0), Some(300_000));
    }

    #[test]
    fn a_clock_set_back_ends_the_pause() {
        let mut backoff = Backoff::default();
        backoff.fail(1_000_000, None);
        assert_eq!(backoff.until(999_999), None);
    }
}
