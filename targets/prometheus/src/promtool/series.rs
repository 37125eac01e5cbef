//! Series of samples in promtool's notation: `0+21x43200`.

use farthing_plan::{Exact, MatchOp, Matcher, SegmentKind, TestSeries};

use crate::{number::decimal_or_float, selector::selector};

/// `metric{label="value"}`.
pub(super) fn name(series: &TestSeries) -> String {
    let matchers: Vec<Matcher> = series
        .labels
        .iter()
        .map(|(label, value)| Matcher { label: label.clone(), op: MatchOp::Equal, values: vec![value.clone()] })
        .collect();
    selector(&series.metric, &matchers, None)
}

/// The samples from the start to an end, both included, in seconds.
pub(super) fn values(series: &TestSeries, step: u64, end: u64) -> String {
    let last = end / step;
    let first = series.segments.first().map_or(last + 1, |segment| segment.from / step);
    let mut parts = Vec::new();
    if first > 0 {
        parts.push(format!("_x{first}"));
    }
    let mut value = Exact::zero();
    let ends = series.segments.iter().skip(1).map(|next| next.from / step).chain([last + 1]);
    for (segment, end) in series.segments.iter().zip(ends) {
        // INVARIANT: what changes does so on a step, so that each part has a sample.
        let count = end - segment.from / step;
        let more = count.saturating_sub(1);
        match &segment.kind {
            SegmentKind::Absent => {
                parts.push("stale".to_string());
                if more > 0 {
                    parts.push(format!("_x{more}"));
                }
            }
            SegmentKind::Is { value: own } => {
                value = own.clone();
                parts.push(format!("{}x{more}", decimal_or_float(&value)));
            }
            SegmentKind::Rises { rate } => {
                let rise = rate * &Exact::from(step as i64);
                let sign = if rise.is_negative() { '-' } else { '+' };
                let (from, by) = (decimal_or_float(&value), decimal_or_float(&rise.abs()));
                parts.push(format!("{from}{sign}{by}x{more}"));
                value = value + &rise * &Exact::from(count as i64);
            }
        }
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use farthing_plan::Segment;

    use super::*;

    fn of(segments: &[(u64, SegmentKind)]) -> String {
        let segments = segments.iter().map(|(from, kind)| Segment { from: *from, kind: kind.clone() }).collect();
        values(&TestSeries { metric: "m".into(), labels: Default::default(), segments }, 60, 600)
    }

    fn is(value: &str) -> SegmentKind {
        SegmentKind::Is { value: value.parse().unwrap() }
    }

    fn rises(rate: &str) -> SegmentKind {
        SegmentKind::Rises { rate: rate.parse().unwrap() }
    }

    #[test]
    fn eleven_samples_are_in_ten_minutes() {
        assert_eq!(of(&[(0, is("4"))]), "4x10");
        assert_eq!(of(&[(0, rises("0.35"))]), "0+21x10");
        // Samples 0, 1 and 2 are of the first part; a rise goes on from where it was.
        assert_eq!(of(&[(0, is("4")), (180, is("8"))]), "4x2 8x7");
        assert_eq!(of(&[(0, rises("0.5")), (180, rises("1"))]), "0+30x2 90+60x7");
        assert_eq!(of(&[(0, is("600")), (180, rises("-1"))]), "600x2 600-60x7");
    }

    #[test]
    fn what_ends_has_a_marker() {
        assert_eq!(of(&[(0, is("4")), (180, SegmentKind::Absent), (300, is("1"))]), "4x2 stale _x1 1x5");
        assert_eq!(of(&[(120, is("4"))]), "_x2 4x8");
    }
}
