//! Exact numbers: money, targets and factors are never rounded before a target prints them.

use std::{
    fmt,
    ops::{Add, Div, Mul, Neg, Sub},
    str::FromStr,
};

use num_bigint::{BigInt, Sign};
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The longest decimal that is accepted and printed, in digits: more than any price or target needs.
pub const MAX_DIGITS: usize = 60;

/// An exact rational number. `$0.40 per hour` is 1/9000 dollars a second: no float, not even a decimal, can say that.
///
/// Serialized as a decimal where it has one (`"0.01"`), as a fraction otherwise (`"1/9000"`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exact(BigRational);

impl Exact {
    /// 0.
    pub fn zero() -> Self {
        Exact(BigRational::zero())
    }

    /// 1.
    pub fn one() -> Self {
        Exact(BigRational::one())
    }

    /// `numerator / denominator`; `None` when the denominator is 0.
    pub fn fraction(numerator: i64, denominator: i64) -> Option<Self> {
        (denominator != 0).then(|| Exact(BigRational::new(numerator.into(), denominator.into())))
    }

    /// Whether this is 0.
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// Whether this is 1.
    pub fn is_one(&self) -> bool {
        self.0.is_one()
    }

    /// Whether this is below 0.
    pub fn is_negative(&self) -> bool {
        self.0.is_negative()
    }

    /// Whether this is a whole number.
    pub fn is_integer(&self) -> bool {
        self.0.is_integer()
    }

    /// `self / other`; `None` when `other` is 0.
    pub fn checked_div(&self, other: &Exact) -> Option<Exact> {
        (!other.is_zero()).then(|| Exact(&self.0 / &other.0))
    }

    /// `1 / self`; `None` for 0.
    pub fn recip(&self) -> Option<Exact> {
        (!self.is_zero()).then(|| Exact(self.0.recip()))
    }

    /// The absolute value.
    pub fn abs(&self) -> Exact {
        Exact(self.0.abs())
    }

    /// `self` to a whole power; `None` for 0 to a negative power.
    pub fn pow(&self, exponent: i32) -> Option<Exact> {
        if exponent < 0 && self.is_zero() {
            return None;
        }
        Some(Exact(self.0.pow(exponent)))
    }

    /// The nearest float. Only for printing and for numbers measured, never for comparing targets.
    pub fn to_f64(&self) -> f64 {
        // A decimal's shortest text parses to the nearest float; a ratio of two floats may be one off.
        match self.decimal() {
            Some(text) => text.parse().unwrap_or(f64::NAN),
            None => self.0.to_f64().unwrap_or(f64::NAN),
        }
    }

    /// As a whole number, if it is one and fits.
    pub fn to_i64(&self) -> Option<i64> {
        self.is_integer().then(|| self.0.to_integer().to_i64()).flatten()
    }

    /// The finite decimal text, `0.0105`, without exponent or trailing zeros; `None` for a number such as 1/3.
    pub fn decimal(&self) -> Option<String> {
        let (mut denominator, two, five, ten) =
            (self.0.denom().clone(), BigInt::from(2), BigInt::from(5), BigInt::from(10));
        let (mut twos, mut fives) = (0usize, 0usize);
        while (&denominator % &two).is_zero() {
            denominator /= &two;
            twos += 1;
        }
        while (&denominator % &five).is_zero() {
            denominator /= &five;
            fives += 1;
        }
        let places = twos.max(fives);
        if !denominator.is_one() || places > MAX_DIGITS {
            return None;
        }
        let scaled = (&self.0 * BigRational::from(ten.pow(places as u32))).to_integer();
        let digits = scaled.magnitude().to_string();
        let sign = if scaled.sign() == Sign::Minus { "-" } else { "" };
        if places == 0 {
            return Some(format!("{sign}{digits}"));
        }
        let padded = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        Some(format!("{sign}{whole}.{fraction}"))
    }

    /// Numerator and denominator in lowest terms, as decimal digits.
    pub fn parts(&self) -> (String, String) {
        (self.0.numer().to_string(), self.0.denom().to_string())
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.decimal() {
            Some(text) => f.write_str(&text),
            None => write!(f, "{}/{}", self.0.numer(), self.0.denom()),
        }
    }
}

/// Why a text is not a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExactError {
    /// Not digits with at most one point and an exponent, nor a fraction of such.
    NotANumber,
    /// More than [`MAX_DIGITS`] digits, or an exponent beyond that.
    TooLong,
}

impl fmt::Display for ExactError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExactError::NotANumber => f.write_str("not a number"),
            ExactError::TooLong => write!(f, "more than {MAX_DIGITS} digits"),
        }
    }
}

impl std::error::Error for ExactError {}

impl FromStr for Exact {
    type Err = ExactError;

    /// Reads `12`, `0.01`, `1e6`, `-2.5E-3`, `1_000` and `1/9000`.
    fn from_str(text: &str) -> Result<Self, ExactError> {
        if let Some((numerator, denominator)) = text.split_once('/') {
            let (n, d) = (numerator.parse::<Exact>()?, denominator.parse::<Exact>()?);
            return n.checked_div(&d).ok_or(ExactError::NotANumber);
        }
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i32>().map_err(|_| ExactError::NotANumber)?),
            None => (text, 0),
        };
        let (negative, mantissa) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: String = whole.chars().chain(fraction.chars()).filter(|c| *c != '_').collect();
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ExactError::NotANumber);
        }
        if digits.len() > MAX_DIGITS || exponent.unsigned_abs() as usize > MAX_DIGITS {
            return Err(ExactError::TooLong);
        }
        let places = fraction.chars().filter(|c| *c != '_').count() as i32;
        let value: BigInt = digits.parse().map_err(|_| ExactError::NotANumber)?;
        let ten = Exact(BigRational::from(BigInt::from(10)));
        let scale = ten.pow(exponent - places).expect("ten is not zero");
        let value = Exact(BigRational::from(value)) * scale;
        Ok(if negative { -value } else { value })
    }
}

impl From<i64> for Exact {
    fn from(value: i64) -> Self {
        Exact(BigRational::from(BigInt::from(value)))
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, $op:tt) => {
        impl $trait for Exact {
            type Output = Exact;
            fn $method(self, other: Exact) -> Exact {
                Exact(self.0 $op other.0)
            }
        }
        impl $trait<&Exact> for &Exact {
            type Output = Exact;
            fn $method(self, other: &Exact) -> Exact {
                Exact(&self.0 $op &other.0)
            }
        }
    };
}
operator!(Add, add, +);
operator!(Sub, sub, -);
operator!(Mul, mul, *);

impl Div for Exact {
    type Output = Exact;
    /// # Panics
    /// When `other` is 0: use [`Exact::checked_div`] where that can be.
    fn div(self, other: Exact) -> Exact {
        self.checked_div(&other).expect("the divisor is not zero")
    }
}

impl Neg for Exact {
    type Output = Exact;
    fn neg(self) -> Exact {
        Exact(-self.0)
    }
}

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
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
    fn refuses_what_is_no_number() {
        for text in ["", ".", "1.2.3", "x", "1e", "--1", "1/0"] {
            assert_eq!(text.parse::<Exact>(), Err(ExactError::NotANumber), "{text}");
        }
        assert_eq!("1e999".parse::<Exact>(), Err(ExactError::TooLong));
        assert_eq!("9".repeat(61).parse::<Exact>(), Err(ExactError::TooLong));
    }
}
