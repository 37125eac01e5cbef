//! What happens in the demo's month, and when.

use crate::report::Note;

/// 2026-10-01 00:00 UTC, a Thursday.
pub(super) const START_MS: i64 = 1_790_812_800_000;
/// Days that can be played.
pub(super) const DAYS: u32 = 30;
/// Milliseconds in a minute.
pub(super) const MINUTE_MS: i64 = 60_000;

/// A minute of the month: its day from 1, hour and minute.
const fn at(day: i64, hour: i64, minute: i64) -> i64 {
    ((day - 1) * 24 + hour) * 60 + minute
}

/// A release whose engine is less than half as fast; Friday afternoon.
const BAD_RELEASE: i64 = at(9, 14, 0);
/// Back to the release before; Saturday evening.
const ROLLBACK: i64 = at(10, 17, 30);
/// The monitoring is down: nothing is scraped.
const BLIND: std::ops::Range<i64> = at(14, 2, 10)..at(14, 2, 50);
/// One pod runs out of memory and starts again.
pub(super) const RESTART: i64 = at(16, 11, 20);
/// A launch brings more traffic than the largest fleet can take.
const SURGE: std::ops::Range<i64> = at(20, 9, 0)..at(20, 11, 30);
/// Hardly anybody is there.
const QUIET: std::ops::Range<i64> = at(25, 0, 0)..at(25, 6, 0);

/// The release that runs at a minute, from 0.
pub(super) fn release(minute: i64) -> u64 {
    u64::from(minute >= BAD_RELEASE) + u64::from(minute >= ROLLBACK)
}

/// How fast the engine of a release is, 1 being normal.
pub(super) fn speed(release: u64) -> f64 {
    if release == 1 { 0.44 } else { 1.0 }
}

/// The share of requests that fail: the bad release crashes until its third hot fix.
pub(super) fn errors(minute: i64) -> f64 {
    if (BAD_RELEASE..BAD_RELEASE + 50).contains(&minute) { 0.18 } else { 0.001 }
}

/// What traffic is multiplied by.
pub(super) fn traffic(minute: i64) -> f64 {
    if SURGE.contains(&minute) {
        // It comes within half an hour and ebbs away as fast.
        let edge = (minute - SURGE.start).min(SURGE.end - minute).min(30);
        1.0 + 2.2 * edge as f64 / 30.0
    } else if QUIET.contains(&minute) {
        0.05
    } else {
        1.0
    }
}

/// Whether samples are taken.
pub(super) fn is_scraped(minute: i64) -> bool {
    !BLIND.contains(&minute)
}

/// What is told of it, as far as it is played.
pub(super) fn notes(days: u32) -> Vec<Note> {
    let all = [
        (BAD_RELEASE, "Fri Oct 9 14:00   bad release: half as fast, so the fleet doubles; errors at first"),
        (ROLLBACK, "Sat Oct 10 17:30  rolled back"),
        (BLIND.start, "Wed Oct 14 02:10  monitoring down for 40 minutes: not observed, and counted for nothing"),
        (SURGE.start, "Tue Oct 20 09:00  a launch: three times the traffic, more than the fleet can take"),
        (QUIET.start, "Sun Oct 25 00:00  a quiet night: answers are dear, but few, so nobody is woken"),
    ];
    let played = i64::from(days) * 24 * 60;
    all.into_iter()
        .filter(|(minute, _)| *minute < played)
        .map(|(minute, text)| Note { at_ms: START_MS + minute * MINUTE_MS, text: text.to_string() })
        .collect()
}
