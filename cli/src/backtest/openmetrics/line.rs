//! One line of OpenMetrics text.

use farthing_intake::time;

/// What a line says.
#[derive(Debug, PartialEq)]
pub(super) enum Line<'a> {
    /// A comment, metadata, or nothing.
    Nothing,
    /// `# EOF`
    End,
    Sample(Sample<'a>),
}

/// One sample.
#[derive(Debug, PartialEq)]
pub(super) struct Sample<'a> {
    /// Name and labels as they stand.
    pub series: &'a str,
    pub value: f64,
    pub at_ms: i64,
    /// Whether its time is in seconds, as OpenMetrics has it, and not in milliseconds.
    pub in_seconds: bool,
}

/// A series' name, and its labels without escapes.
pub(super) type Named = (String, Vec<(String, String)>);

/// Reads a line.
///
/// # Errors
/// What is wrong with it.
pub(super) fn parse(line: &str) -> Result<Line<'_>, String> {
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
    let at_ms = if number < 0.0 { -1 } else { time::unix(number)? };
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

/// Takes a series' name and labels apart.
///
/// # Errors
/// What is wrong with them.
pub(super) fn named(series: &str) -> Result<Named, String> {
    let Some((name, labels)) = series.split_once('{') else {
        return Ok((series.to_string(), Vec::new()));
    };
    let mut name = name.trim().to_string();
    let mut rest = labels.strip_suffix('}').unwrap_or(labels).trim();
    let mut labels: Vec<(String, String)> = Vec::new();
    while !rest.is_empty() {
        // A name of any characters stands in quotes; that of the series stands alone.
        let label = if rest.starts_with('"') {
            let (label, after) = quoted(rest)?;
            rest = after.trim_start();
            if !rest.starts_with('=') {
                name = label;
                rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
                continue;
            }
            label
        } else {
            let (label, _) = rest.split_once('=').ok_or_else(|| format!("there is no value of the label {rest:?}"))?;
            rest = &rest[label.len()..];
            label.trim().to_string()
        };
        let (value, after) = quoted(rest[1..].trim_start())?;
        if labels.iter().any(|(known, _)| *known == label) {
            return Err(format!("the label {label:?} is there twice"));
        }
        labels.push((label, value));
        rest = after.trim_start();
        rest = match rest.strip_prefix(',') {
            Some(rest) => rest.trim_start(),
            None if rest.is_empty() => rest,
            None => return Err(format!("{rest:?} follows a label; a comma is needed between labels")),
        };
    }
    if name.is_empty() {
        return Err("a series without a name".to_string());
    }
    Ok((name, labels))
}

/// A quoted text without its escapes, and what follows it.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let inner = text.strip_prefix('"').ok_or_else(|| format!("a value in quotes is needed before {text:?}"))?;
    let mut value = String::new();
    let mut chars = inner.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Ok((value, &inner[at + 1..])),
            '\\' => match chars.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, other @ ('"' | '\\'))) => value.push(other),
                Some((_, other)) => value.extend(['\\', other]),
                None => break,
            },
            char => value.push(char),
        }
    }
    Err(format!("the quotes of {text:?} are not closed"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
