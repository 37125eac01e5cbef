//! Ranges and windows, as PromQL writes them, and dates.

use farthing_plan::{Period, civil, duration_text};

/// A compliance period, as alerts call it: `30d`, `the month`.
pub(crate) fn called(period: &Period) -> String {
    match period {
        Period::Rolling { seconds } => duration_text(*seconds),
        Period::Calendar { unit, .. } => format!("the {}", unit.name()),
    }
}

/// The date of a time in UTC, in seconds since the epoch: `2026-12-24`.
pub(crate) fn date(at: i64) -> String {
    let (year, month, day) = civil(at.div_euclid(86_400));
    format!("{year:04}-{month:02}-{day:02}")
}

/// The days from one time until another, as a comment tells them: `on 2026-12-24`, `from 2026-12-24 to 2026-12-26`. Where
/// they are not days of UTC, the times themselves: `from 2026-12-23 23:00 to 2026-12-26 23:00 UTC`.
pub(crate) fn days(from: i64, until: i64) -> String {
    if from.rem_euclid(86_400) != 0 || until.rem_euclid(86_400) != 0 {
        let time = |at: i64| {
            let minutes = at.rem_euclid(86_400) / 60;
            format!("{} {:02}:{:02}", date(at), minutes / 60, minutes % 60)
        };
        return format!("from {} to {} UTC", time(from), time(until));
    }
    match (date(from), date(until - 1)) {
        (first, last) if first == last => format!("on {first}"),
        (first, last) => format!("from {first} to {last}"),
    }
}

/// A range one millisecond short of a length: `59m59s999ms`.
///
/// A range of exactly 1h holds 61 samples, one a minute, in Prometheus 2 (it is closed at both ends and the samples
/// are aligned with the evaluation), and 60 in Prometheus 3. One millisecond less holds 60 in both.
pub(crate) fn range(seconds: u64) -> String {
    let mut rest = (seconds * 1_000).saturating_sub(1).max(1);
    let mut text = String::with_capacity(16);
    for (unit, suffix) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")] {
        if rest >= unit {
            text.push_str(&(rest / unit).to_string());
            text.push_str(suffix);
            rest %= unit;
        }
    }
    text
}

/// A window over which flows are added up, with its texts made once.
#[derive(Debug)]
pub(crate) struct Window {
    /// Its length.
    pub seconds: u64,
    /// `1h`.
    pub name: String,
    /// `59m59s999ms`.
    pub range: String,
}

impl Window {
    pub(crate) fn new(seconds: u64) -> Self {
        Window { seconds, name: duration_text(seconds), range: range(seconds) }
    }

    /// Whether it is read from slots.
    pub(crate) fn is_long(&self) -> bool {
        self.seconds >= farthing_plan::LONG_WINDOW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_one_millisecond_short() {
        assert_eq!(range(3_600), "59m59s999ms");
        assert_eq!(range(2_592_000), "29d23h59m59s999ms");
        assert_eq!(range(60), "59s999ms");
        assert_eq!(range(1), "999ms");
        assert_eq!(range(0), "1ms", "PromQL has no empty range");
    }
}
