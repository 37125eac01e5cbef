//! Times as files have them.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// Numbers from here on are milliseconds; as seconds they would lie in the year 5138.
const MILLISECONDS_FROM: f64 = 1e11;
/// Numbers from here on are microseconds or less.
const MICROSECONDS_FROM: f64 = 1e14;

/// What is taken.
const FORMS: &str = "RFC 3339 (2026-11-01T12:00:00Z), YYYY-MM-DD hh:mm:ss in UTC, and Unix seconds or milliseconds";

/// Milliseconds since the epoch, of a text: RFC 3339, a date and time in UTC, or a number as [`unix`] takes it.
///
/// # Errors
/// Why it is no time, and what is.
pub fn parse(text: &str) -> Result<i64, String> {
    let text = text.trim();
    match usual(text.as_bytes()) {
        Some(time_ms) => Ok(time_ms),
        None => any(text),
    }
}

/// Milliseconds since the epoch, of Unix seconds or milliseconds.
///
/// # Errors
/// For what is neither.
pub fn unix(number: f64) -> Result<i64, String> {
    match number {
        _ if !(0.0..f64::INFINITY).contains(&number) => Err(format!("{number} is no time: before 1970")),
        _ if number < MILLISECONDS_FROM => Ok((number * 1_000.0).round() as i64),
        _ if number < MICROSECONDS_FROM => Ok(number as i64),
        _ => Err(format!("{number} is no time: microseconds or nanoseconds? Seconds and milliseconds are taken")),
    }
}

/// To the minute in UTC, for messages: `2026-10-09 15:23`; empty for what is no time.
pub(crate) fn moment(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map(|time| time.strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
}

fn unknown(text: &str) -> String {
    if text.is_empty() {
        return "empty; a time is needed".to_string();
    }
    format!("{text:?} is no time; taken are {FORMS}")
}

fn any(text: &str) -> Result<i64, String> {
    let number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if number && !text.is_empty() {
        return text.parse().map_err(|_| unknown(text)).and_then(unix);
    }
    // What tells an offset from the date's hyphens is that it comes after the time.
    let offset = text.get(11..).is_some_and(|time| time.contains(['Z', 'z', '+', '-']));
    let time = if offset {
        text.parse::<Timestamp>().ok()
    } else {
        text.parse::<DateTime>().ok().and_then(|time| TimeZone::UTC.to_timestamp(time).ok())
    };
    time.map(|time| time.as_millisecond()).ok_or_else(|| unknown(text))
}

/// The forms that most rows have, without jiff: `2026-11-01T12:00:00.123Z`, with `+01:00` or with no offset. None for
/// anything else, which need not be wrong.
fn usual(text: &[u8]) -> Option<i64> {
    let (head, mut rest) = text.split_at_checked(19)?;
    let [_, _, _, _, b'-', _, _, b'-', _, _, b'T' | b't' | b' ', _, _, b':', _, _, b':', _, _] = head else {
        return None;
    };
    let year = two(head, 0)? * 100 + two(head, 2)?;
    let (month, day) = (two(head, 5)?, two(head, 8)?);
    let (hour, minute, second) = (two(head, 11)?, two(head, 14)?, two(head, 17)?);
    // The year 9999 is not whole in jiff, and 60 is a leap second.
    if !(1970..9999).contains(&year) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    if day == 0 || day > days_in(year, month)? {
        return None;
    }
    let mut ms = 0;
    if let [b'.', fraction @ ..] = rest {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !(1..=9).contains(&digits) {
            return None;
        }
        let three = fraction[..digits].iter().chain(b"00").take(3);
        ms = three.fold(0, |ms, digit| ms * 10 + i64::from(digit - b'0'));
        rest = &fraction[digits..];
    }
    let ahead = match rest {
        [] | [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let (hours, minutes) = (two(rest, 1)?, two(rest, 4)?);
            if hours > 23 || minutes > 59 || (*sign == b'-' && hours + minutes == 0) {
                return None;
            }
            let ahead = hours * 3_600 + minutes * 60;
            if *sign == b'-' { -ahead } else { ahead }
        }
        _ => return None,
    };
    let seconds = days_since_epoch(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - ahead;
    // Before the epoch a fraction is cut off upwards.
    (seconds >= 0).then_some(seconds * 1_000 + ms)
}

/// Two digits.
fn two(text: &[u8], at: usize) -> Option<i64> {
    let digit = |at: usize| {
        let digit = text[at].wrapping_sub(b'0');
        (digit < 10).then_some(i64::from(digit))
    };
    Some(digit(at)? * 10 + digit(at + 1)?)
}

fn days_in(year: i64, month: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if leap { 29 } else { 28 }),
        _ => None,
    }
}

/// Days from 1970-01-01, counting years from March so that a leap day ends one.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_years = year * 365 + year / 4 - year / 100 + year / 400;
    // 719,468 days lie between 0000-03-01 and 1970-01-01.
    of_years + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::ProptestConfig, prop_assert_eq, proptest};

    use super::*;

    #[test]
    fn all_forms_are_one_time() {
        let expected = 1_700_158_666_680;
        for text in [
            "2023-11-16 18:17:46.6805900",
            "2023-11-16T18:17:46.680Z",
            "2023-11-16T19:17:46.68+01:00",
            "2023-11-16 13:17:46.680-05:00",
            "1700158666.680",
            "1700158666680",
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_told_what_is() {
        for text in
            ["", "yesterday", "16/11/2023 18:17", "2023-02-30 00:00:00", "2023-11-16", "1700158666680123", "1.2.3"]
        {
            if text == "2023-11-16" {
                // A day is its midnight.
                assert_eq!(parse(text), Ok(1_700_092_800_000));
                continue;
            }
            let why = parse(text).expect_err(text);
            assert!(why.contains("time"), "{why}");
        }
    }

    #[test]
    fn the_fast_way_takes_the_usual_forms() {
        for text in ["2026-11-01T12:00:00Z", "2024-02-29 12:00:00", "2026-11-01T12:00:00.123456789-05:30"] {
            assert!(usual(text.as_bytes()).is_some(), "{text}");
            assert_eq!(usual(text.as_bytes()), any(text).ok(), "{text}");
        }
        for text in ["2026-11-01T12:00:60Z", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01", "2023-02-29 12:00:00"]
        {
            assert_eq!(usual(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        /// Texts of the usual form, valid or not: where the fast way has a time, it is jiff's.
        #[test]
        fn both_ways_agree(
            text in "(19[67][0-9]|20[0-9]{2}|[0-9]{4})-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,10})?(Z|z|[+-][0-2][0-9]:[0-6][0-9]|[+-]00:00|\\[UTC\\])?"
        ) {
            if let Some(time_ms) = usual(text.as_bytes()) {
                prop_assert_eq!(any(&text), Ok(time_ms));
            }
        }

        /// Every valid time of some centuries is taken the fast way, and right.
        #[test]
        fn no_time_is_missed(ms in 0i64..32_503_680_000_000) {
            let text = Timestamp::from_millisecond(ms).expect("a time").to_string();
            prop_assert_eq!(usual(text.as_bytes()), Some(ms));
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,40}") {
            let _ = parse(&text);
        }
    }
}
