//! One line of a recorded file: OpenMetrics with timestamps, or Prometheus's older form.
//!
//! Files come from many tools, so more is forgiven than in a scrape: names and values are as they stand, and a time is
//! in seconds or in milliseconds, whichever it can be.

/// Numbers from here on are milliseconds; as seconds they would lie in the year 5138.
const MILLISECONDS_FROM: f64 = 1e11;
/// Numbers from here on are microseconds or less.
const MICROSECONDS_FROM: f64 = 1e14;

/// What a line says.
#[derive(Debug, PartialEq)]
pub enum Line<'a> {
    /// A comment, metadata, or nothing.
    Nothing,
    /// `# EOF`
    End,
    /// A sample.
    Sample(Sample<'a>),
}

/// One sample.
#[derive(Debug, PartialEq)]
pub struct Sample<'a> {
    /// Name and labels as they stand.
    pub series: &'a str,
    /// Its value.
    pub value: f64,
    /// Its time in milliseconds since 1970; -1 for all times before.
    pub at_ms: i64,
    /// Whether its time is in seconds, as OpenMetrics has it, and not in milliseconds.
    pub in_seconds: bool,
}

/// Reads a line.
///
/// # Errors
/// What is wrong with it.
pub fn parse(line: &str) -> Result<Line<'_>, String> {
    if line.is_empty() {
        return Ok(Line::Nothing);
    }
    if let Some(comment) = line.strip_prefix('#') {
        return Ok(if comment.trim() == "EOF" { Line::End } else { Line::Nothing });
    }
    let end = end_of_series(line)?;
    let (series, rest) = line.split_at(end);
    // What follows a hash is an exemplar.
    let rest = rest.split(" # ").next().unwrap_or_default();
    let mut words = rest.split_ascii_whitespace();
    let value = words.next().ok_or_else(|| format!("{series} has no value; is it OpenMetrics text?"))?;
    let value: f64 = value.parse().map_err(|_| format!("{value:?} is not a number"))?;
    let time = words.next().ok_or_else(|| {
        format!(
            "the sample of {series} has no timestamp: a single scrape cannot be judged. `promtool tsdb dump-openmetrics` \
             writes samples with timestamps"
        )
    })?;
    if let Some(more) = words.next() {
        return Err(format!("{more:?} follows the timestamp; a sample is a series, a value and a timestamp"));
    }
    let number: f64 = time.parse().map_err(|_| format!("{time:?} is not a timestamp in seconds"))?;
    // Of a time before 1970, the evaluator counts that it was refused.
    let at_ms = if number < 0.0 { -1 } else { unix_ms(number)? };
    Ok(Line::Sample(Sample { series, value, at_ms, in_seconds: at_ms as f64 != number }))
}

/// Where the name and the labels end.
fn end_of_series(line: &str) -> Result<usize, String> {
    let Some(start) = line.find(['{', ' ', '\t']) else {
        return Err(format!("{line:?} has no value; a sample is a series, a value and a timestamp"));
    };
    if !line[start..].starts_with('{') {
        return Ok(start);
    }
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in line.bytes().enumerate().skip(start) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'}' if !quoted => return Ok(at + 1),
            _ => {}
        }
    }
    Err("the braces of the labels are not closed".to_string())
}

/// Unix seconds or milliseconds, as milliseconds.
///
/// # Errors
/// For what is neither.
pub fn unix_ms(number: f64) -> Result<i64, String> {
    match number {
        _ if !(0.0..f64::INFINITY).contains(&number) => Err(format!("{number} is no time: before 1970")),
        _ if number < MILLISECONDS_FROM => Ok((number * 1_000.0).round() as i64),
        _ if number < MICROSECONDS_FROM => Ok(number as i64),
        _ => Err(format!("{number} is no time: microseconds or nanoseconds? Seconds and milliseconds are taken")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::named;

    fn sample(line: &str) -> Sample<'_> {
        match parse(line) {
            Ok(Line::Sample(sample)) => sample,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn samples_have_a_series_a_value_and_a_time() {
        let read =
            sample(r#"a_total{b="x } \" \\ \n y",c=""} 12.5 1790812800.5 # {trace_id="z # }"} 0.5 1790812800.2"#);
        assert_eq!((read.value, read.at_ms, read.in_seconds), (12.5, 1_790_812_800_500, true));
        let (name, labels) = named(read.series).expect("a series");
        assert_eq!(name, "a_total");
        assert_eq!(labels, [("b".into(), "x } \" \\ \n y".into()), ("c".into(), String::new())]);
        let read = sample("up 1 1790812800123");
        assert_eq!((read.series, read.at_ms, read.in_seconds), ("up", 1_790_812_800_123, false));
        assert!(sample("a NaN 1").value.is_nan());
        assert_eq!(sample("a +Inf 1").value, f64::INFINITY);
        let (name, labels) = named(r#"{"my.metric", "a.b"="c", d="e",}"#).expect("a series");
        assert_eq!((name.as_str(), labels.len()), ("my.metric", 2));
    }

    #[test]
    fn the_rest_is_passed_over() {
        for line in ["", "# TYPE a counter", "# HELP a b", "# UNIT a b", "#", "# anything"] {
            assert_eq!(parse(line), Ok(Line::Nothing));
        }
        assert_eq!(parse("# EOF"), Ok(Line::End));
    }

    #[test]
    fn mistakes_are_named() {
        let why = |line: &str| match parse(line) {
            Err(why) => why,
            Ok(Line::Sample(sample)) => named(sample.series).expect_err(line),
            Ok(other) => panic!("{line}: {other:?}"),
        };
        for (line, part) in [
            ("a", "has no value"),
            ("a{b=\"c\" 1 2", "not closed"),
            ("a{b=\"c\"} x 2", "\"x\" is not a number"),
            ("a{b=\"c\"} 1", "no timestamp"),
            ("a 1 2 3", "follows the timestamp"),
            ("a 1 noon", "not a timestamp"),
            ("a{b=c} 1 2", "in quotes"),
            ("a{b=\"c\",b=\"d\"} 1 2", "twice"),
            ("a{b=\"c\"d=\"e\"} 1 2", "a comma"),
            ("a{b} 1 2", "no value of the label"),
            ("{b=\"c\"} 1 2", "without a name"),
        ] {
            let why = why(line);
            assert!(why.contains(part), "{line}: {why}");
        }
    }
}
