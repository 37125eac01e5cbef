//! Times as files have them.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// Numbers from here on are milliseconds; as seconds they would lie in the year 5138.
const MILLISECONDS_FROM: f64 = 1e11;
/// Numbers from here on are microseconds or less.
const MICROSECONDS_FROM: f64 = 1e14;

/// What is taken.
const FORMS: &str = "RFC 3339 (2026-11-01T12:00:00Z), YYYY-MM-DD hh:mm:ss in UTC, and Unix seconds or milliseconds";

/// Milliseconds since the epoch.
///
/// # Errors
/// Why it is no time, and what is.
pub(super) fn parse(text: &str) -> Result<i64, String> {
    let text = text.trim();
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

/// Unix seconds or milliseconds.
///
/// # Errors
/// For what is neither.
pub(super) fn unix(number: f64) -> Result<i64, String> {
    match number {
        _ if !(0.0..f64::INFINITY).contains(&number) => Err(format!("{number} is no time: before 1970")),
        _ if number < MILLISECONDS_FROM => Ok((number * 1_000.0).round() as i64),
        _ if number < MICROSECONDS_FROM => Ok(number as i64),
        _ => Err(format!("{number} is no time: microseconds or nanoseconds? Seconds and milliseconds are taken")),
    }
}

fn unknown(text: &str) -> String {
    if text.is_empty() {
        return "empty; a time is needed".to_string();
    }
    format!("{text:?} is no time; taken are {FORMS}")
}

#[cfg(test)]
mod tests {
    use super::parse;

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
}
