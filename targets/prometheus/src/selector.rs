//! Which series: names, labels and matchers, escaped for PromQL.

use farthing_plan::{Exact, MatchOp, Matcher};

/// `metric{label="value"}`.
pub(crate) fn selector(metric: &str, matchers: &[Matcher], le: Option<&Exact>) -> String {
    let mut parts = Vec::with_capacity(matchers.len() + 2);
    let name = if is_metric_name(metric) {
        metric
    } else {
        parts.push(format!("__name__={}", string(metric)));
        ""
    };
    parts.extend(matchers.iter().map(matcher));
    if let Some(bound) = le {
        parts.push(bucket(bound));
    }
    if parts.is_empty() { name.to_string() } else { format!("{name}{{{}}}", parts.join(",")) }
}

fn matcher(matcher: &Matcher) -> String {
    let one = matcher.values.len() == 1;
    let (operator, value) = match matcher.op {
        MatchOp::Equal if one => ("=", string(&matcher.values[0])),
        MatchOp::NotEqual if one => ("!=", string(&matcher.values[0])),
        MatchOp::Equal => ("=~", string(&alternatives(&matcher.values))),
        MatchOp::NotEqual => ("!~", string(&alternatives(&matcher.values))),
        // INVARIANT: exactly one value. Another number of patterns is read as alternatives.
        MatchOp::Regex => ("=~", string(&matcher.values.join("|"))),
        MatchOp::NotRegex => ("!~", string(&matcher.values.join("|"))),
    };
    format!("{}{operator}{value}", label(&matcher.label))
}

/// A pattern that matches exactly these values.
fn alternatives(values: &[String]) -> String {
    values.iter().map(|value| quote_pattern(value)).collect::<Vec<_>>().join("|")
}

/// A value as an RE2 pattern that matches nothing else.
fn quote_pattern(value: &str) -> String {
    let mut pattern = String::with_capacity(value.len());
    for character in value.chars() {
        if r"\.+*?()|[]{}^$".contains(character) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

/// The bucket with this upper bound, however the exposing library spells the number: Go writes `1`, `1e+06` and
/// `1e-05`, Python `1.0`, `1e+06` and `1e-05`, and Prometheus 3 turns `1` into `1.0` as it scrapes.
fn bucket(bound: &Exact) -> String {
    let nearest = bound.to_f64();
    let plain = bound.decimal().unwrap_or_else(|| nearest.to_string());
    let mut spellings = vec![plain.clone()];
    if !plain.contains('.') {
        spellings.push(format!("{plain}.0"));
    }
    // Go's shortest form takes an exponent from 1e-5 downwards and from 1e+06 upwards.
    if nearest != 0.0 && !(1e-4..1e6).contains(&nearest.abs()) {
        let scientific = format!("{nearest:e}");
        if let Some((mantissa, exponent)) = scientific.split_once('e') {
            let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
            spellings.push(format!("{mantissa}e{sign}{digits:0>2}"));
        }
    }
    match spellings.as_slice() {
        [only] => format!("le={}", string(only)),
        _ => format!("le=~{}", string(&alternatives(&spellings))),
    }
}

/// A label's name; quoted where only Prometheus 3 knows such a name.
pub(crate) fn label(name: &str) -> String {
    if is_label_name(name) { name.to_string() } else { string(name) }
}

/// `a, b`: the inside of `by (...)` and `on (...)`.
pub(crate) fn labels(names: &[String]) -> String {
    names.iter().map(|name| label(name)).collect::<Vec<_>>().join(", ")
}

/// A string literal of PromQL, in double quotes, on one line and of printable characters only, so that it can stand
/// anywhere in YAML.
pub(crate) fn string(value: &str) -> String {
    let mut literal = String::with_capacity(value.len() + 2);
    push_string(&mut literal, value);
    literal
}

/// Appends [`string`].
pub(crate) fn push_string(out: &mut String, value: &str) {
    out.push('"');
    if value.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\') {
        out.push_str(value);
    } else {
        for character in value.chars() {
            match character {
                '\\' => out.push_str("\\\\"),
                '"' => out.push_str("\\\""),
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                '\r' => out.push_str("\\r"),
                _ if is_printable(character) => out.push(character),
                _ => out.push_str(&format!("\\u{:04x}", u32::from(character))),
            }
        }
    }
    out.push('"');
}

/// Whether YAML may hold the character as it is, and no reader takes it for the end of a line. All that are not lie
/// below U+10000.
pub(crate) fn is_printable(character: char) -> bool {
    !character.is_control() && !matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether the name can stand before the braces. `inf` and `nan` are numbers there.
fn is_metric_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte == b':')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':')
        && !name.eq_ignore_ascii_case("inf")
        && !name.eq_ignore_ascii_case("nan")
}

fn is_label_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equal(values: &[&str]) -> Matcher {
        Matcher {
            label: "reason".into(),
            op: MatchOp::Equal,
            values: values.iter().map(|value| value.to_string()).collect(),
        }
    }

    #[test]
    fn values_are_escaped_for_strings_and_for_patterns() {
        assert_eq!(selector("up", &[], None), "up");
        assert_eq!(selector("m", &[equal(&["a\"b\\c\nd"])], None), r#"m{reason="a\"b\\c\nd"}"#);
        assert_eq!(selector("m", &[equal(&["a.b", "c|d"])], None), r#"m{reason=~"a\\.b|c\\|d"}"#);
        assert_eq!(selector("m", &[equal(&["\u{7}\u{2028}é"])], None), r#"m{reason="\u0007\u2028é"}"#);
        let not = Matcher { op: MatchOp::NotEqual, ..equal(&["a", "b"]) };
        assert_eq!(selector("m", &[not], None), r#"m{reason!~"a|b"}"#);
        let pattern = Matcher { op: MatchOp::Regex, ..equal(&[r"a\d+"]) };
        assert_eq!(selector("m", &[pattern], None), r#"m{reason=~"a\\d+"}"#);
    }

    #[test]
    fn names_that_are_no_names_are_matched() {
        assert_eq!(selector("a.b", &[], None), r#"{__name__="a.b"}"#);
        assert_eq!(selector("Inf", &[equal(&["x"])], None), r#"{__name__="Inf",reason="x"}"#);
        assert_eq!(labels(&["a".into(), "b.c".into()]), r#"a, "b.c""#);
    }

    #[test]
    fn a_bucket_is_found_however_its_bound_is_spelled() {
        for (bound, matcher) in [
            ("0.4", r#"le="0.4""#),
            ("1", r#"le=~"1|1\\.0""#),
            ("1000000", r#"le=~"1000000|1000000\\.0|1e\\+06""#),
            ("1234567.5", r#"le=~"1234567\\.5|1\\.2345675e\\+06""#),
            ("0.00001", r#"le=~"0\\.00001|1e-05""#),
        ] {
            assert_eq!(bucket(&bound.parse().unwrap()), matcher);
        }
    }
}
