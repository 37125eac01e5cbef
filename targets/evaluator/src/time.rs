//! Minutes and slots, by number.
//!
//! Windows are open at their start and closed at their end, so both are numbered by their **end**: minute `m` is
//! `(60 (m - 1), 60 m]` seconds since the epoch, and slot `s` holds the minutes `10 (s - 1) + 1 ..= 10 s`.

use farthing_plan::{LOOK_BACK, MINUTE, SLOT};

/// A minute, numbered by its end.
pub(crate) type Minute = i64;

/// Milliseconds in a minute.
pub(crate) const MINUTE_MS: i64 = MINUTE as i64 * 1000;

/// Minutes in a slot.
pub(crate) const SLOT_MINUTES: i64 = (SLOT / MINUTE) as i64;

/// The longest time between two samples that is observed, in milliseconds.
pub(crate) const LOOK_BACK_MS: i64 = LOOK_BACK as i64 * 1000;

/// The last millisecond of the year 9999: what lies beyond is no time, but a mistake of a unit.
pub(crate) const LATEST_MS: i64 = 253_402_300_799_999;

/// Whether a time is one: from the epoch to the end of the year 9999.
pub(crate) fn is_time(ms: i64) -> bool {
    (0..=LATEST_MS).contains(&ms)
}

/// The minute that a time lies in.
pub(crate) fn minute_of(ms: i64) -> Minute {
    -((-ms).div_euclid(MINUTE_MS))
}

/// The last minute that has ended at a time.
pub(crate) fn last_minute(ms: i64) -> Minute {
    ms.div_euclid(MINUTE_MS)
}

/// The slot that a minute lies in.
pub(crate) fn slot_of(minute: Minute) -> i64 {
    -((-minute).div_euclid(SLOT_MINUTES))
}

/// The last slot that has ended at the end of a minute.
pub(crate) fn last_slot(minute: Minute) -> i64 {
    minute.div_euclid(SLOT_MINUTES)
}

/// Each minute that `(from_ms, to_ms]` covers a part of, with the milliseconds covered.
pub(crate) fn overlaps(from_ms: i64, to_ms: i64) -> impl Iterator<Item = (Minute, i64)> {
    let last = if to_ms > from_ms { minute_of(to_ms) } else { last_minute(from_ms) };
    (last_minute(from_ms) + 1..=last).map(move |minute| {
        let end = to_ms.min(minute * MINUTE_MS);
        let start = from_ms.max((minute - 1) * MINUTE_MS);
        (minute, end - start)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_and_slots_are_closed_at_their_end() {
        assert_eq!((minute_of(60_000), minute_of(60_001), minute_of(0)), (1, 2, 0));
        assert_eq!((last_minute(59_999), last_minute(60_000)), (0, 1));
        assert_eq!((slot_of(10), slot_of(11), last_slot(19), last_slot(20)), (1, 2, 1, 2));
    }

    #[test]
    fn a_pair_covers_parts_of_minutes() {
        let parts = |from, to| overlaps(from, to).collect::<Vec<_>>();
        assert_eq!(parts(60_000, 120_000), [(2, 60_000)]);
        assert_eq!(parts(45_000, 150_000), [(1, 15_000), (2, 60_000), (3, 30_000)]);
        assert_eq!(parts(60_000, 60_000), []);
    }
}
