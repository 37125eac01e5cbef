//! Numbers, lengths of time and dates as people read them.

use farthing_plan::{Exact, Period, Shown, Unit};
use jiff::Timestamp;

/// `12,345,678`
pub(crate) fn count(number: u64) -> String {
    grouped(&number.to_string())
}

/// Thousands separated: `-1234.5` is `-1,234.5`.
fn grouped(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut out = sign.to_string();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

/// With so many digits after the point; what rounds to nothing has no sign.
fn fixed(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    let zero = !text.bytes().any(|byte| byte.is_ascii_digit() && byte != b'0');
    grouped(if zero { text.trim_start_matches('-') } else { &text })
}

/// The places after the point that so many significant digits have.
fn places(value: f64, digits: i32) -> usize {
    if value == 0.0 || !value.is_finite() {
        return 0;
    }
    let magnitude = value.abs().log10().floor() as i32;
    (digits - 1 - magnitude).clamp(0, 12) as usize
}

/// So many significant digits, all digits before the point: `0.01049`, `12.35`, `28,185`.
fn significant(value: f64, digits: i32) -> String {
    let text = fixed(value, places(value, digits));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

/// A measured number in the scale of its target: `$0.00631 per request`, `41,234 output_tokens per USD`.
pub(super) fn measured(shown: &Shown, value: f64) -> String {
    let scaled = value * shown.factor.to_f64();
    let sign = if scaled < 0.0 { "-" } else { "" };
    format!("{sign}{}{}{}", shown.prefix, significant(scaled.abs(), 4), shown.suffix)
}

/// A number as it was stated, exact where it is a decimal: `$0.002 per request`, `200,000 output_tokens per USD`.
pub(super) fn stated(shown: &Shown, value: &Exact) -> String {
    let scaled = value * &shown.factor;
    let sign = if scaled.is_negative() { "-" } else { "" };
    let text = scaled.abs().decimal().map_or_else(|| significant(scaled.to_f64().abs(), 4), |text| grouped(&text));
    format!("{sign}{}{text}{}", shown.prefix, shown.suffix)
}

/// As [`measured`], without a suffix of words and with three digits: for a chart's edge.
pub(super) fn short(shown: &Shown, value: f64) -> String {
    let suffix = if shown.suffix.starts_with(' ') && shown.suffix.len() > 4 { "" } else { shown.suffix.as_str() };
    let scaled = value * shown.factor.to_f64();
    match scaled.abs() {
        large if large >= 1e9 => format!("{}{}G{suffix}", shown.prefix, significant(scaled / 1e9, 3)),
        large if large >= 1e6 => format!("{}{}M{suffix}", shown.prefix, significant(scaled / 1e6, 3)),
        large if large >= 1e4 => format!("{}{}k{suffix}", shown.prefix, significant(scaled / 1e3, 3)),
        _ => format!("{}{}{suffix}", shown.prefix, significant(scaled, 3)),
    }
}

/// An amount of a budget: `$1,234`, `$6.08`, `8,123 requests`, `3 h 12 min`.
pub(super) fn amount(shown: &Shown, unit: &Unit, value: f64) -> String {
    if *unit == Unit::base("s") {
        return duration(value.abs());
    }
    let scaled = (value * shown.factor.to_f64()).abs();
    let text = match scaled {
        _ if shown.prefix.is_empty() && scaled >= 100.0 => fixed(scaled, 0),
        _ if shown.prefix.is_empty() => significant(scaled, 3),
        _ if scaled >= 1_000.0 => fixed(scaled, 0),
        _ if scaled >= 1.0 || scaled == 0.0 => fixed(scaled, 2),
        _ => significant(scaled, 3),
    };
    format!("{}{text}{}", shown.prefix, shown.suffix)
}

/// A share in percent: `45.8%`, `0.62%`, `4,883.4%`.
pub(crate) fn percent(share: f64) -> String {
    let value = share * 100.0;
    let places = if value.abs() >= 0.995 || value == 0.0 { 1 } else { places(value, 2).min(4) };
    format!("{}%", fixed(value, places))
}

/// A share of what was good, as exact as three digits of what was bad: `99.38%`, `99.9932%`.
pub(super) fn good(share: f64) -> String {
    let bad = (1.0 - share) * 100.0;
    let places = if bad.abs() < 1e-9 { 0 } else { places(bad, 3).clamp(1, 6) };
    format!("{}%", fixed(share * 100.0, places))
}

/// The two largest parts of a length of time in seconds: `2 d 4 h`, `3 h 10 min`, `45 min`, `30 s`.
pub(super) fn duration(seconds: f64) -> String {
    if seconds >= 1e11 {
        return "more than 3,000 years".to_string();
    }
    let seconds = seconds.round() as u64;
    let minutes = if seconds >= 3_600 { (seconds + 30) / 60 } else { seconds / 60 };
    let (days, hours, minutes_left) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    let of = |number: u64, unit: &str| if number == 0 { String::new() } else { format!(" {} {unit}", count(number)) };
    let text = match (days, hours) {
        (0, 0) if minutes == 0 => return format!("{seconds} s"),
        (0, 0) if minutes < 10 => of(minutes, "min") + &of(seconds % 60, "s"),
        (0, _) => of(hours, "h") + &of(minutes_left, "min"),
        (..100, _) => of(days, "d") + &of(hours, "h"),
        _ => of(days, "d"),
    };
    text.trim_start().to_string()
}

/// A compliance period in words: `30 days`, `calendar month in Europe/Berlin`.
pub(super) fn over(of: &Period) -> String {
    match of {
        Period::Rolling { seconds } => period(*seconds),
        Period::Calendar { unit, zone } => format!("calendar {} in {zone}", unit.name()),
    }
}

/// A length of time in words: `30 days`, `1 day`, `12 hours`.
pub(super) fn period(seconds: u64) -> String {
    let (number, unit) = match seconds {
        _ if seconds.is_multiple_of(86_400) => (seconds / 86_400, "day"),
        _ if seconds.is_multiple_of(3_600) => (seconds / 3_600, "hour"),
        _ if seconds.is_multiple_of(60) => (seconds / 60, "minute"),
        _ => (seconds, "second"),
    };
    format!("{} {unit}{}", count(number), if number == 1 { "" } else { "s" })
}

/// A time in UTC, in the format of `strftime`; empty for what is no time.
pub(super) fn time(ms: i64, format: &str) -> String {
    Timestamp::from_millisecond(ms).map(|time| time.strftime(format).to_string()).unwrap_or_default()
}

/// A time in UTC, to the minute: `2026-10-09 15:23`.
pub(crate) fn moment(ms: i64) -> String {
    time(ms, "%Y-%m-%d %H:%M")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(prefix: &str, factor: &str, suffix: &str) -> Shown {
        Shown { prefix: prefix.into(), factor: factor.parse().expect("a number"), suffix: suffix.into() }
    }

    #[test]
    fn numbers_have_separators_and_four_digits() {
        assert_eq!(measured(&shown("$", "1", " per request"), 0.006_314_49), "$0.006314 per request");
        assert_eq!(measured(&shown("", "1", " tokens per USD"), 41_234.4), "41,234 tokens per USD");
        assert_eq!(measured(&shown("$", "1000000", " per 1M tokens"), -31.41e-6), "-$31.41 per 1M tokens");
        assert_eq!(
            (percent(0.458), percent(48.834), percent(0.0062)),
            ("45.8%".into(), "4,883.4%".into(), "0.62%".into())
        );
        assert_eq!((percent(0.0), percent(-0.000_000_1)), ("0.0%".into(), "0.0000%".into()));
        assert_eq!((good(0.9938), good(0.999_932), good(1.0)), ("99.380%".into(), "99.99320%".into(), "100%".into()));
        assert_eq!((count(0), count(999), count(1_000)), ("0".into(), "999".into(), "1,000".into()));
    }

    #[test]
    fn budgets_are_money_things_or_time() {
        let dollars = shown("$", "1", "");
        let usd = Unit::base("USD");
        assert_eq!(amount(&dollars, &usd, -1_234.56), "$1,235");
        assert_eq!(amount(&dollars, &usd, 6.084), "$6.08");
        assert_eq!(amount(&dollars, &usd, 0.012_345), "$0.0123");
        assert_eq!(amount(&shown("", "1", " requests"), &Unit::base("request"), 8_123.4), "8,123 requests");
        assert_eq!(amount(&shown("", "1", " s"), &Unit::base("s"), 11_520.0), "3 h 12 min");
    }

    #[test]
    fn lengths_of_time_have_two_parts() {
        let texts = [30.0, 150.0, 2_700.0, 11_400.0, 187_200.0, 2_592_000.0, 3_599.0].map(duration);
        assert_eq!(texts, ["30 s", "2 min 30 s", "45 min", "3 h 10 min", "2 d 4 h", "30 d", "59 min"]);
        assert_eq!(moment(1_760_023_380_000), "2025-10-09 15:23");
    }
}
