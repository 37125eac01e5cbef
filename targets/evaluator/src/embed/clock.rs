//! From the system's times to the evaluator's.

use std::time::SystemTime;

/// Milliseconds since the Unix epoch, rounded down; beyond what can be counted, the last that can.
pub(super) fn millis(time: SystemTime) -> i64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        // Not `as_millis`, which divides in 128 bits.
        Ok(after) => i64::try_from(after.as_secs())
            .ok()
            .and_then(|seconds| seconds.checked_mul(1_000)?.checked_add(i64::from(after.subsec_millis())))
            .unwrap_or(i64::MAX),
        // Before 1970: the evaluator refuses it.
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis - 1),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_rounded_down_to_milliseconds() {
        let epoch = SystemTime::UNIX_EPOCH;
        assert_eq!(millis(epoch), 0);
        assert_eq!(millis(epoch + Duration::from_micros(1_999)), 1);
        assert_eq!(millis(epoch - Duration::from_micros(1)), -1);
    }
}
