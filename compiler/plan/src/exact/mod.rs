//! Exact numbers: money, targets and factors are never rounded before a target prints them.

mod arithmetic;
mod text;

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive};
pub use text::{ExactError, decimal_places};

/// The longest decimal that is accepted and printed, in digits: more than any price or target needs.
pub const MAX_DIGITS: usize = 60;

/// The longest numerator or denominator that a result may have, in bits: beyond it, no float holds it.
pub const MAX_BITS: u64 = 1_024;

/// An exact rational number. `$0.40 per hour` is 1/9000 dollars a second: no float, not even a decimal, can say that.
///
/// Serialized as a decimal where it has one (`"0.01"`), as a fraction otherwise (`"1/9000"`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Exact(Repr);

/// Nearly all numbers are small, and reckoned with without an allocation. Each number has one representation, in lowest
/// terms with the denominator above 0: small wherever it fits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Repr {
    /// Numerator and denominator. The numerator is not `i64::MIN`, so that it can change its sign.
    Small(i64, i64),
    /// What does not fit.
    Big(Box<BigRational>),
}

/// Up to this, every whole number is a float.
const EXACT_FLOAT: i64 = 1 << 53;

impl Exact {
    /// 0.
    pub fn zero() -> Self {
        Exact(Repr::Small(0, 1))
    }

    /// 1.
    pub fn one() -> Self {
        Exact(Repr::Small(1, 1))
    }

    /// `numerator / denominator`; `None` when the denominator is 0.
    pub fn fraction(numerator: i64, denominator: i64) -> Option<Self> {
        (denominator != 0).then(|| Exact::reduced(numerator.into(), denominator.into()))
    }

    /// In lowest terms. The denominator is not 0, and neither is `i128::MIN`.
    fn reduced(numerator: i128, denominator: i128) -> Self {
        let divisor = gcd(numerator.unsigned_abs(), denominator.unsigned_abs()) as i128 * denominator.signum();
        let (numerator, denominator) = (numerator / divisor, denominator / divisor);
        match (i64::try_from(numerator), i64::try_from(denominator)) {
            (Ok(n), Ok(d)) if n != i64::MIN => Exact(Repr::Small(n, d)),
            _ => Exact(Repr::Big(Box::new(BigRational::new_raw(numerator.into(), denominator.into())))),
        }
    }

    fn from_big(value: BigRational) -> Self {
        match (value.numer().to_i64(), value.denom().to_i64()) {
            (Some(n), Some(d)) if n != i64::MIN => Exact(Repr::Small(n, d)),
            _ => Exact(Repr::Big(Box::new(value))),
        }
    }

    fn to_big(&self) -> BigRational {
        match &self.0 {
            Repr::Small(n, d) => BigRational::new_raw(BigInt::from(*n), BigInt::from(*d)),
            Repr::Big(value) => (**value).clone(),
        }
    }

    /// Whether this is 0.
    pub fn is_zero(&self) -> bool {
        matches!(self.0, Repr::Small(0, _))
    }

    /// Whether this is 1.
    pub fn is_one(&self) -> bool {
        matches!(self.0, Repr::Small(1, 1))
    }

    /// Whether this is below 0.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small(n, _) => *n < 0,
            Repr::Big(value) => value.is_negative(),
        }
    }

    /// Whether this is a whole number.
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Repr::Small(_, d) => *d == 1,
            Repr::Big(value) => value.is_integer(),
        }
    }

    /// The length of the numerator or the denominator, whichever is longer, in bits.
    pub fn bits(&self) -> u64 {
        match &self.0 {
            Repr::Small(n, d) => (i64::BITS - n.unsigned_abs().max(d.unsigned_abs()).leading_zeros()).into(),
            Repr::Big(value) => value.numer().bits().max(value.denom().bits()),
        }
    }

    /// Whether it is longer than [`MAX_BITS`]. Operations do not fail: whoever reckons with what others wrote looks at
    /// each result, lest a number of twice the length comes of each of a few lines.
    pub fn is_too_long(&self) -> bool {
        self.bits() > MAX_BITS
    }

    /// The nearest float. Only for printing and for numbers measured, never for comparing targets.
    pub fn to_f64(&self) -> f64 {
        if let Repr::Small(n, d) = self.0
            && n.abs() <= EXACT_FLOAT
            && d <= EXACT_FLOAT
        {
            // The quotient of two exact floats is rounded once.
            return n as f64 / d as f64;
        }
        // A decimal's shortest text parses to the nearest float; a ratio of two floats may be one off.
        match self.decimal() {
            Some(text) => text.parse().unwrap_or(f64::NAN),
            None => self.to_big().to_f64().unwrap_or(f64::NAN),
        }
    }

    /// As a whole number, if it is one and fits.
    pub fn to_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Small(n, 1) => Some(n),
            _ => None,
        }
    }

    /// Numerator and denominator in lowest terms, as decimal digits.
    pub fn parts(&self) -> (String, String) {
        match &self.0 {
            Repr::Small(n, d) => (n.to_string(), d.to_string()),
            Repr::Big(value) => (value.numer().to_string(), value.denom().to_string()),
        }
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Small(n, d), Repr::Small(m, e)) => {
                (i128::from(*n) * i128::from(*e)).cmp(&(i128::from(*m) * i128::from(*d)))
            }
            _ => self.to_big().cmp(&other.to_big()),
        }
    }
}

impl From<i64> for Exact {
    fn from(value: i64) -> Self {
        Exact::reduced(value.into(), 1)
    }
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        // Small numbers divide several times faster.
        (a, b) = match (u64::try_from(a), u64::try_from(b)) {
            (Ok(small), Ok(divisor)) => (b, (small % divisor).into()),
            _ => (b, a % b),
        };
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        text.parse().unwrap()
    }

    #[test]
    fn reads_and_prints_decimals_without_rounding() {
        for (text, printed) in [
            ("0.01", "0.01"),
            ("1e6", "1000000"),
            ("2.50", "2.5"),
            ("-0.005", "-0.005"),
            ("1_000", "1000"),
            ("1/9000", "1/9000"),
            ("3/4", "0.75"),
            ("15e-6", "0.000015"),
        ] {
            assert_eq!(exact(text).to_string(), printed, "{text}");
            assert_eq!(exact(printed), exact(text));
        }
    }

    #[test]
    fn one_minus_a_share_has_no_noise() {
        assert_eq!((Exact::one() - exact("0.999")).to_string(), "0.001");
        assert_eq!((exact("0.01") * exact("1.05")).to_f64(), 0.0105);
    }

    #[test]
    fn small_and_big_numbers_are_the_same_numbers() {
        let big = exact(&"9".repeat(40));
        let huge = &big * &big;
        assert_eq!(huge.checked_div(&big), Some(big.clone()));
        assert_eq!(&big - &big, Exact::zero());
        assert_eq!(big.checked_div(&big), Some(Exact::one()));
        assert_eq!((&big + &Exact::one()).to_string(), format!("1{}", "0".repeat(40)));
        assert!(big > exact("1e18") && -big.clone() < exact("-1e18") && big < huge);
        let most = Exact::from(i64::MAX);
        assert_eq!((&most + &Exact::one()).to_string(), "9223372036854775808");
        assert_eq!(&(&most + &Exact::one()) - &Exact::one(), most);
        assert_eq!(Exact::from(i64::MIN).to_string(), "-9223372036854775808");
        assert_eq!(-Exact::from(i64::MIN), &most + &Exact::one());
        assert_eq!(exact("1e-30").to_string(), format!("0.{}1", "0".repeat(29)));
        assert_eq!(exact("1e-30") * exact("1e30"), Exact::one());
        assert_eq!(exact("0.1").pow(-3), Some(Exact::from(1_000)));
        assert_eq!(exact("1/3").to_f64(), 1.0 / 3.0);
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in ["", ".", "1.2.3", "x", "1e", "--1", "1/0"] {
            assert_eq!(text.parse::<Exact>(), Err(ExactError::NotANumber), "{text}");
        }
        assert_eq!("1e999".parse::<Exact>(), Err(ExactError::TooLong));
        assert_eq!("9".repeat(61).parse::<Exact>(), Err(ExactError::TooLong));
    }

    #[test]
    fn what_is_written_into_a_plan_can_be_read_again() {
        let long = exact(&"7".repeat(60));
        let product = &(&long * &long) * &long;
        for value in [product.clone(), product.recip().unwrap(), exact("1/3") * product] {
            let written = serde_json::to_string(&value).unwrap();
            assert_eq!(serde_json::from_str::<Exact>(&written).unwrap(), value, "{written}");
        }
        let endless = format!("\"{}\"", "7".repeat(20_000));
        assert!(serde_json::from_str::<Exact>(&endless).is_err());
        assert!(serde_json::from_str::<Exact>("\"1e1000000\"").is_err());
    }

    #[test]
    fn a_number_knows_its_length() {
        assert_eq!((Exact::zero().bits(), Exact::one().bits(), exact("1/1024").bits()), (1, 1, 11));
        let long = Exact::from(2).pow(1_023).unwrap();
        assert!(!long.is_too_long() && (long * Exact::from(2)).is_too_long());
    }
}
