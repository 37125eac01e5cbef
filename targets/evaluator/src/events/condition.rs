//! Conditions on events, judged exactly.
//!
//! `cost < $0.001` with `cost = context * $3 per 1M + generated * $15 per 1M` is, in floats, true for some requests
//! that cost exactly $0.001. So
//!
//! - a condition on one field is a comparison of the number as read with a threshold that was computed exactly;
//! - others are multiplied by their common denominator, `3 context + 15 generated < 1000`: on whole numbers, floats do
//!   that exactly below 2^53;
//! - what then is nearer to the bound than rounding could explain is decided with exact fractions.

use std::cmp::Ordering;

use farthing_plan::{Comparison, Exact};

use super::polynomial::{ExactPolynomial, FloatPolynomial};
use crate::{error::EvaluatorError, shape::float};

/// Whole numbers below this are exact in floats, and so are their sums and products.
const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;

/// How near the bound, relative to the sizes of what is added up, rounding can matter: some thousand times what
/// a handful of products and sums can be off by.
const NEAR: f64 = 1e-12;

/// `polynomial comparison bound` on the numbers of an event as read.
#[derive(Debug)]
pub(super) enum NumberCondition {
    /// It reads no field.
    Always(bool),
    /// `(number < threshold) != negated`.
    Threshold { column: usize, threshold: f64, negated: bool },
    /// Anything else.
    Polynomial(Box<PolynomialCondition>),
}

/// A condition on more than one field, or on products.
#[derive(Debug)]
pub(super) struct PolynomialCondition {
    /// Without constant, multiplied by the common denominator where there is one that floats hold.
    pub value: FloatPolynomial,
    pub bound: f64,
    pub comparison: Comparison,
    /// Whether all factors and the bound are whole numbers that floats hold.
    whole: bool,
    exact: ExactPolynomial,
    exact_bound: Exact,
}

impl NumberCondition {
    pub(super) fn new(
        mut value: ExactPolynomial,
        comparison: Comparison,
        bound: &Exact,
    ) -> Result<NumberCondition, EvaluatorError> {
        let bound = bound - &value.constant;
        value.constant = Exact::zero();
        match value.terms.as_slice() {
            [] => {
                return Ok(NumberCondition::Always(comparison.holds(&Exact::zero(), &bound)));
            }
            [(factor, columns)] if columns.len() == 1 => {
                let comparison = if factor.is_negative() { flipped(comparison) } else { comparison };
                if let Some(threshold) = bound.checked_div(factor) {
                    return threshold_of(columns[0], comparison, &threshold);
                }
            }
            _ => {}
        }
        if let Some(denominator) = common_denominator(value.terms.iter().map(|(factor, _)| factor).chain([&bound])) {
            let scaled = ExactPolynomial {
                constant: Exact::zero(),
                terms: value.terms.iter().map(|(factor, columns)| (factor * &denominator, columns.clone())).collect(),
            };
            let scaled_bound = &bound * &denominator;
            let numbers: Vec<f64> =
                scaled.terms.iter().map(|(factor, _)| factor).chain([&scaled_bound]).map(Exact::to_f64).collect();
            if numbers.iter().all(|number| number.abs() < EXACT_BELOW) {
                return Self::polynomial(scaled, comparison, scaled_bound, true);
            }
        }
        Self::polynomial(value, comparison, bound, false)
    }

    fn polynomial(
        exact: ExactPolynomial,
        comparison: Comparison,
        exact_bound: Exact,
        whole: bool,
    ) -> Result<NumberCondition, EvaluatorError> {
        let value = FloatPolynomial::new(&exact, float)?;
        let bound = float(&exact_bound)?;
        Ok(NumberCondition::Polynomial(Box::new(PolynomialCondition {
            value,
            bound,
            comparison,
            whole,
            exact,
            exact_bound,
        })))
    }

    /// Whether it holds.
    #[inline]
    pub(super) fn holds(&self, numbers: &[f64]) -> bool {
        match self {
            NumberCondition::Always(holds) => *holds,
            NumberCondition::Threshold { column, threshold, negated } => (numbers[*column] < *threshold) != *negated,
            NumberCondition::Polynomial(condition) => {
                let (mut value, mut size) = (0.0, 0.0);
                for (factor, columns) in &condition.value.terms {
                    let term = columns.iter().fold(*factor, |product: f64, column| product * numbers[*column]);
                    value += term;
                    size += term.abs();
                }
                if condition.is_near(value, size) {
                    condition.decide(value, size, numbers)
                } else {
                    condition.comparison.holds(&value, &condition.bound)
                }
            }
        }
    }
}

impl PolynomialCondition {
    /// Whether rounding could matter. `size` is the sum of the terms' absolute values.
    #[inline]
    pub(super) fn is_near(&self, value: f64, size: f64) -> bool {
        (value - self.bound).abs() <= (size + self.bound.abs()) * NEAR
    }

    /// Decides what is near the bound.
    #[cold]
    pub(super) fn decide(&self, value: f64, size: f64, numbers: &[f64]) -> bool {
        let whole_numbers =
            || self.value.terms.iter().flat_map(|(_, columns)| columns).all(|column| numbers[*column].fract() == 0.0);
        if self.whole && size < EXACT_BELOW && whole_numbers() {
            return self.comparison.holds(&value, &self.bound);
        }
        match self.exact.value(numbers) {
            Some(value) => self.comparison.holds(&value, &self.exact_bound),
            None => self.comparison.holds(&value, &self.bound),
        }
    }
}

/// The smallest number that makes all of these whole; none where it is longer than exact numbers may be.
fn common_denominator<'a>(numbers: impl Iterator<Item = &'a Exact>) -> Option<Exact> {
    let mut common = Exact::one();
    for number in numbers {
        let (_, denominator) = (number * &common).parts();
        common = common * denominator.parse().ok()?;
    }
    Some(common)
}

/// A comparison of a number as read with an exact threshold.
///
/// The number stands for its decimal text. The float of a text is below, at or above the float of the threshold as
/// the text is below, at or above the threshold, but for two texts of one float: a whole number, and a threshold that
/// is none but rounds to it.
fn threshold_of(column: usize, comparison: Comparison, exact: &Exact) -> Result<NumberCondition, EvaluatorError> {
    let nearest = float(exact)?;
    let order = if nearest.fract() == 0.0 && nearest.abs() < EXACT_BELOW {
        Exact::from(nearest as i64).cmp(exact)
    } else {
        Ordering::Equal
    };
    // What a number equal to `nearest` is to the threshold decides whether `nearest` itself is below.
    let (strict, negated) = match comparison {
        Comparison::Less => (true, false),
        Comparison::AtMost => (false, false),
        Comparison::Greater => (false, true),
        Comparison::AtLeast => (true, true),
    };
    let below = match order {
        Ordering::Less => true,
        Ordering::Equal => !strict,
        Ordering::Greater => false,
    };
    Ok(NumberCondition::Threshold { column, threshold: if below { nearest.next_up() } else { nearest }, negated })
}

/// The comparison with both sides multiplied by a negative number.
fn flipped(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::AtMost => Comparison::AtLeast,
        Comparison::Greater => Comparison::Less,
        Comparison::AtLeast => Comparison::AtMost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Comparison; 4] = [Comparison::Less, Comparison::AtMost, Comparison::Greater, Comparison::AtLeast];

    fn exact(text: &str) -> Exact {
        text.parse().unwrap()
    }

    fn condition(terms: &[(&str, &[usize])], comparison: Comparison, bound: &str) -> NumberCondition {
        let terms = terms.iter().map(|(factor, columns)| (exact(factor), columns.to_vec())).collect();
        NumberCondition::new(ExactPolynomial { constant: Exact::zero(), terms }, comparison, &exact(bound)).unwrap()
    }

    /// Below, at and above the bound, for each comparison.
    fn check(terms: &[(&str, &[usize])], bound: &str, numbers: &[f64], order: Ordering) {
        for comparison in ALL {
            let made = condition(terms, comparison, bound);
            assert_eq!(
                made.holds(numbers),
                comparison.holds(&order, &Ordering::Equal),
                "{numbers:?} {comparison:?} {bound}: {made:?}"
            );
        }
    }

    #[test]
    fn a_cost_of_exactly_the_bound_is_not_below_it() {
        // $0.10 per 1M of the one and $0.40 per 1M of the other: a + 4 b = 10,000 is exactly $0.001.
        let cost: &[(&str, &[usize])] = &[("0.0000001", &[0]), ("0.0000004", &[1])];
        let pairs = || (0..=2_500_u32).map(|b| (f64::from(10_000 - 4 * b), f64::from(b)));
        for (a, b) in pairs().step_by(50) {
            check(cost, "0.001", &[a, b], Ordering::Equal);
            check(cost, "0.001", &[a - 1.0, b], Ordering::Less);
            check(cost, "0.001", &[a + 1.0, b], Ordering::Greater);
        }
        let below = condition(cost, Comparison::Less, "0.001");
        assert!(pairs().all(|(a, b)| !below.holds(&[a, b])));
        // Plain floats call some of them cheaper than that.
        assert!(pairs().any(|(a, b)| a * 0.0000001 + b * 0.0000004 < 0.001));
    }

    #[test]
    fn thresholds_of_one_field_are_exact() {
        check(&[("0.001", &[0])], "0.4", &[400.0], Ordering::Equal);
        check(&[("1", &[0])], "0.4", &[0.4], Ordering::Equal);
        check(&[("0.1", &[0])], "0.3", &[3.0], Ordering::Equal);
        check(&[("-0.1", &[0])], "-0.3", &[3.0], Ordering::Equal);
        check(&[("-0.1", &[0])], "-0.3", &[2.0], Ordering::Greater);
        check(&[("3", &[0])], "1", &[1.0 / 3.0], Ordering::Equal);
        check(&[("1", &[0])], "2e9", &[2e9 - 1.0], Ordering::Less);
        // A bound that floats round to a whole number is still not that number.
        check(&[("1", &[0])], "1000000.00000000000001", &[1e6], Ordering::Less);
        check(&[("1", &[0])], "999999.99999999999999", &[1e6], Ordering::Greater);
    }

    #[test]
    fn numbers_that_are_not_whole_count_as_written() {
        // 0.1 + 0.2 = 0.3 as written, though not in floats.
        check(&[("1", &[0]), ("1", &[1])], "0.3", &[0.1, 0.2], Ordering::Equal);
        check(&[("1", &[0]), ("1", &[1])], "0.3", &[0.1, 0.20000000000000004], Ordering::Greater);
        check(&[("1/3", &[0]), ("1/7", &[1])], "10/21", &[1.0, 1.0], Ordering::Equal);
        check(&[("1", &[0, 1])], "0.02", &[0.1, 0.2], Ordering::Equal);
        check(&[("1", &[0, 0])], "0.01", &[0.1], Ordering::Equal);
    }

    #[test]
    fn large_sums_near_the_bound_are_exact() {
        let two: &[(&str, &[usize])] = &[("1", &[0]), ("1", &[1])];
        check(two, "9007199254740993", &[9_007_199_254_740_992.0, 1.0], Ordering::Equal);
        check(two, "9007199254740993", &[9_007_199_254_740_992.0, 0.0], Ordering::Less);
        // What cancels: the sizes are far above the bound.
        let difference: &[(&str, &[usize])] = &[("0.1", &[0]), ("-0.1", &[1])];
        check(difference, "0.1", &[4_503_599_627_370_497.0, 4_503_599_627_370_496.0], Ordering::Equal);
        check(difference, "0.1", &[4_503_599_627_370_498.0, 4_503_599_627_370_496.0], Ordering::Greater);
    }

    #[test]
    fn a_condition_on_no_field_is_decided_once() {
        assert!(matches!(condition(&[], Comparison::Less, "1"), NumberCondition::Always(true)));
        assert!(matches!(condition(&[], Comparison::AtLeast, "1"), NumberCondition::Always(false)));
    }
}
