//! Histograms: what lies beyond a bucket's bound.

use farthing_plan::{Comparison, Exact, Shown, Source, Unit};

use super::{
    Checker,
    condition::{histogram_labels, single},
};
use crate::{
    diagnostics::{Diagnostic, codes},
    reported::{Checked, Reported},
    sources::Place,
    value::{BaseFlow, Constant, Histogram, Linear, Ratio},
};

/// What lies beyond a bound, over all.
pub(super) struct Beyond<'w> {
    pub ratio: Ratio<'w>,
    /// The bound that it is judged by, where that is another one.
    pub judged: Option<String>,
}

impl<'w> Checker<'w> {
    /// The count beyond a bound, and the count of all. A bucket counts what is at most its bound.
    pub(super) fn beyond_bucket(
        &self,
        histogram: Histogram<'w>,
        op: Comparison,
        bound: (&Constant, Place, &Shown),
        of_place: Place,
        approximately: bool,
    ) -> Checked<Beyond<'w>> {
        let (bound, bound_place, shown) = bound;
        let Some(raw) = bound.amount.checked_div(&histogram.scale) else {
            return Err(Reported);
        };
        let (raw, judged) = if approximately {
            self.nearest_bound(&histogram, raw, op, bound_place, shown)?
        } else {
            self.check_bound(&histogram, &raw, bound_place, shown)?;
            (raw, None)
        };
        let unit = Unit::base("event");
        let counter = |suffix: &str, le: Option<Exact>| {
            let hint = match &le {
                Some(le) => format!("{}:le:{le}", histogram.hint),
                None => format!("{}:{suffix}", histogram.hint),
            };
            let source = Source::Counter {
                metric: format!("{}_{suffix}", histogram.instrument.metric.value),
                matchers: histogram.matchers.clone(),
                le,
                scale: Exact::one(),
            };
            let labels = histogram_labels(&histogram);
            let flow = BaseFlow { declared: None, hint, doc: None, unit: unit.clone(), source, labels };
            single(flow, of_place)
        };
        let (all, within) = (counter("count", None), counter("bucket", Some(raw)));
        let numerator = match op {
            Comparison::Less | Comparison::AtMost => {
                let mut terms = all.terms.clone();
                terms.extend(within.scaled(&-Exact::one()).terms);
                Linear { terms, ..all.clone() }
            }
            Comparison::Greater | Comparison::AtLeast => within,
        };
        Ok(Beyond { ratio: Ratio { numerator, denominator: all }, judged })
    }

    /// The bound of a bucket that is nearest on the side where more counts as bad, and what is said of it.
    fn nearest_bound(
        &self,
        histogram: &Histogram<'w>,
        raw: Exact,
        op: Comparison,
        place: Place,
        shown: &Shown,
    ) -> Checked<(Exact, Option<String>)> {
        let bounds = &histogram.bounds;
        if bounds.contains(&raw) {
            return Ok((raw, None));
        }
        let below = matches!(op, Comparison::Less | Comparison::AtMost);
        let nearest = if below {
            bounds.iter().rev().find(|bound| **bound < raw)
        } else {
            bounds.iter().find(|bound| **bound > raw)
        };
        let told = |raw: &Exact| shown.stated(&(raw * &histogram.scale));
        if let Some(bound) = nearest {
            return Ok((bound.clone(), Some(told(bound))));
        }
        let name = &histogram.instrument.name.text;
        let (what, help) = if bounds.is_empty() {
            (
                format!("`{name}` is declared without buckets, so that nobody knows which is near {}", told(&raw)),
                "declare them with `buckets [...]`; or leave out `approximately` and state a bound that it has",
            )
        } else if below {
            (
                format!("`{name}` has no bucket that ends below {}", told(&raw)),
                "all that is in its first bucket could lie beyond: use a higher bound",
            )
        } else {
            (
                format!("`{name}` has no bucket that ends above {}", told(&raw)),
                "all that is beyond its last bucket could lie below: use a lower bound",
            )
        };
        Err(self.report(
            Diagnostic::error(codes::BUCKET_BOUND, what, place, "nothing to judge by")
                .label(histogram.declared_at, "declared here")
                .help(help),
        ))
    }

    /// A bound that no bucket has would have to be guessed between two.
    fn check_bound(&self, histogram: &Histogram<'w>, raw: &Exact, place: Place, shown: &Shown) -> Checked<()> {
        let bounds = &histogram.bounds;
        if bounds.is_empty() || bounds.contains(raw) {
            return Ok(());
        }
        let below = bounds.iter().rev().find(|bound| *bound < raw);
        let above = bounds.iter().find(|bound| *bound > raw);
        let name = &histogram.instrument.name.text;
        // As the target is written: `500 ms`, though the series is in seconds.
        let told = |raw: &Exact| shown.stated(&(raw * &histogram.scale));
        let nearest: Vec<String> = [below, above].into_iter().flatten().map(told).collect();
        Err(self.report(
            Diagnostic::error(
                codes::BUCKET_BOUND,
                format!("`{name}` has no bucket that ends at {}", told(raw)),
                place,
                "between two buckets, the count can only be guessed",
            )
            .label(histogram.declared_at, "its buckets are declared here")
            .help(format!(
                "use {}; or write `approximately`, to judge by the stricter one; or give the server a bucket at {}",
                crate::diagnostics::suggest::one_of(&nearest),
                told(raw)
            )),
        ))
    }
}
