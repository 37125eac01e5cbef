//! Which series a source selects.

use farthing_plan::{Exact, MatchOp, Matcher, Source};
use regex::Regex;

use crate::error::EvaluatorError;

/// The series that one source reads.
pub(crate) struct Selector {
    matchers: Vec<LabelMatcher>,
    /// A bucket's upper bound, compared as a number with the label `le`.
    le: Option<f64>,
}

struct LabelMatcher {
    label: String,
    test: Test,
    negated: bool,
}

enum Test {
    /// One of these, sorted.
    Values(Vec<String>),
    /// The whole value matches.
    Pattern(Regex),
}

impl Selector {
    /// The selector of a source of series, with the series' name; none for a source of events.
    pub(crate) fn new(source: &Source) -> Result<Option<(String, Selector)>, EvaluatorError> {
        let (metric, matchers, le) = match source {
            Source::Counter { metric, matchers, le, .. } => (metric, matchers, le.as_ref().map(Exact::to_f64)),
            Source::Gauge { metric, matchers, .. } | Source::GaugeTime { metric, matchers, .. } => {
                (metric, matchers, None)
            }
            Source::EventCount { .. } | Source::EventSum { .. } | Source::Query { .. } => return Ok(None),
        };
        let matchers = matchers.iter().map(LabelMatcher::new).collect::<Result<_, _>>()?;
        Ok(Some((metric.clone(), Selector { matchers, le })))
    }

    /// Whether it selects a series with these labels, sorted by name.
    pub(crate) fn selects(&self, labels: &[(String, String)]) -> bool {
        let bucket = self.le.is_none_or(|bound| {
            // `1`, `1.0` and `1e+00` are one bound; the nearest floats of two texts of one number are the same.
            value_of(labels, "le").parse::<f64>().is_ok_and(|le| le == bound)
        });
        bucket && self.matchers.iter().all(|matcher| matcher.matches(value_of(labels, &matcher.label)))
    }
}

impl LabelMatcher {
    fn new(matcher: &Matcher) -> Result<LabelMatcher, EvaluatorError> {
        let test = match matcher.op {
            MatchOp::Equal | MatchOp::NotEqual => {
                let mut values = matcher.values.clone();
                values.sort();
                Test::Values(values)
            }
            MatchOp::Regex | MatchOp::NotRegex => {
                let pattern = matcher.values.first().map(String::as_str).unwrap_or_default();
                Test::Pattern(whole(pattern)?)
            }
        };
        let negated = matches!(matcher.op, MatchOp::NotEqual | MatchOp::NotRegex);
        Ok(LabelMatcher { label: matcher.label.clone(), test, negated })
    }

    fn matches(&self, value: &str) -> bool {
        let found = match &self.test {
            Test::Values(values) => values.binary_search_by(|known| known.as_str().cmp(value)).is_ok(),
            Test::Pattern(regex) => regex.is_match(value),
        };
        found != self.negated
    }
}

/// A pattern as Prometheus has it: it matches the whole value, and `.` is any character.
pub(crate) fn whole(pattern: &str) -> Result<Regex, EvaluatorError> {
    Regex::new(&format!("^(?s:{pattern})$"))
        .map_err(|error| EvaluatorError::Pattern { pattern: pattern.to_string(), message: error.to_string() })
}

/// A label's value; "" where it is absent.
pub(crate) fn value_of<'a>(labels: &'a [(String, String)], name: &str) -> &'a str {
    labels.iter().find(|(label, _)| label == name).map_or("", |(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selector(matchers: Vec<Matcher>, le: Option<&str>) -> Selector {
        let source =
            Source::Counter { metric: "m".into(), matchers, le: le.map(|le| le.parse().unwrap()), scale: Exact::one() };
        Selector::new(&source).unwrap().unwrap().1
    }

    fn matcher(label: &str, op: MatchOp, values: &[&str]) -> Matcher {
        Matcher { label: label.into(), op, values: values.iter().map(|value| value.to_string()).collect() }
    }

    fn labels(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    #[test]
    fn an_absent_label_is_empty() {
        assert!(selector(vec![matcher("a", MatchOp::NotEqual, &["x"])], None).selects(&labels(&[])));
        assert!(!selector(vec![matcher("a", MatchOp::NotEqual, &["", "x"])], None).selects(&labels(&[])));
        assert!(selector(vec![matcher("a", MatchOp::Regex, &["|x"])], None).selects(&labels(&[])));
    }

    #[test]
    fn a_pattern_matches_the_whole_value() {
        let one = selector(vec![matcher("a", MatchOp::Regex, &["x|yy"])], None);
        assert!(one.selects(&labels(&[("a", "yy")])));
        assert!(!one.selects(&labels(&[("a", "xx")])));
        assert!(!one.selects(&labels(&[("a", "yy\n")])));
        let none = selector(vec![matcher("a", MatchOp::NotRegex, &["x.*"])], None);
        assert!(none.selects(&labels(&[("a", "y")])));
        assert!(!none.selects(&labels(&[("a", "x\ny")])));
    }

    #[test]
    fn a_bucket_is_found_by_its_number() {
        let bucket = selector(vec![], Some("1"));
        for le in ["1", "1.0", "1e+00"] {
            assert!(bucket.selects(&labels(&[("le", le)])), "{le}");
        }
        for le in ["+Inf", "10", "", "one"] {
            assert!(!bucket.selects(&labels(&[("le", le)])), "{le}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_an_error() {
        let source =
            Source::GaugeTime { metric: "m".into(), matchers: vec![matcher("a", MatchOp::Regex, &["("])], when: None };
        assert!(matches!(Selector::new(&source), Err(EvaluatorError::Pattern { .. })));
    }
}
