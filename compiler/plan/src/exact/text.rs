//! Exact numbers as text: read, printed and serialized without rounding.

use std::{fmt, str::FromStr};

use num_bigint::{BigInt, Sign};
use num_rational::BigRational;
use num_traits::{One, Zero};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Exact, MAX_DIGITS, Repr};

/// The longest text that is read back from a plan, in digits. Sums and products are longer than what people write.
const MAX_STORED_DIGITS: usize = 10_000;

/// Powers of ten up to this, and numbers of as many digits, are small.
const SMALL_DIGITS: usize = 18;

impl Exact {
    /// The finite decimal text, `0.0105`, without exponent or trailing zeros; `None` for a number such as 1/3.
    pub fn decimal(&self) -> Option<String> {
        if let Repr::Small(n, d) = self.0 {
            let places = decimal_places(d.into())? as usize;
            if places <= SMALL_DIGITS {
                let scaled = i128::from(n.abs()) * i128::from(10_i64.pow(places as u32)) / i128::from(d);
                return Some(point(&scaled.to_string(), places, n < 0));
            }
        }
        self.big_decimal()
    }

    fn big_decimal(&self) -> Option<String> {
        let value = self.to_big();
        let (mut denominator, two, five, ten) =
            (value.denom().clone(), BigInt::from(2), BigInt::from(5), BigInt::from(10));
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
        let scaled = (&value * BigRational::from(ten.pow(places as u32))).to_integer();
        Some(point(&scaled.magnitude().to_string(), places, scaled.sign() == Sign::Minus))
    }
}

/// How many decimal places a fraction in lowest terms has by its denominator, which is above 0; `None` where the decimal
/// never ends.
pub fn decimal_places(denominator: i128) -> Option<u32> {
    let (mut rest, mut twos, mut fives) = (denominator, 0, 0);
    while rest % 2 == 0 {
        rest /= 2;
        twos += 1;
    }
    while rest % 5 == 0 {
        rest /= 5;
        fives += 1;
    }
    (rest == 1).then_some(twos.max(fives))
}

/// Digits with a point before the last `places` of them.
fn point(digits: &str, places: usize, negative: bool) -> String {
    let sign = if negative { "-" } else { "" };
    if places == 0 {
        return format!("{sign}{digits}");
    }
    let padded = format!("{digits:0>width$}", width = places + 1);
    let (whole, fraction) = padded.split_at(padded.len() - places);
    format!("{sign}{whole}.{fraction}")
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.decimal() {
            Some(text) => f.write_str(&text),
            None => {
                let (numerator, denominator) = self.parts();
                write!(f, "{numerator}/{denominator}")
            }
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
        Exact::read(text, MAX_DIGITS)
    }
}

impl Exact {
    /// Reads a number of at most so many digits.
    fn read(text: &str, most: usize) -> Result<Self, ExactError> {
        if let Some((numerator, denominator)) = text.split_once('/') {
            let (n, d) = (Exact::read(numerator, most)?, Exact::read(denominator, most)?);
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
        if digits.len() > most || exponent.unsigned_abs() as usize > most {
            return Err(ExactError::TooLong);
        }
        let places = fraction.bytes().filter(|byte| *byte != b'_').count() as i32;
        let value = scaled(&digits, exponent - places)?;
        Ok(if negative { -value } else { value })
    }
}

/// Digits times a power of ten.
fn scaled(digits: &str, exponent: i32) -> Result<Exact, ExactError> {
    let power = exponent.unsigned_abs();
    if digits.len() <= SMALL_DIGITS && power as usize <= SMALL_DIGITS {
        let value: i128 = digits.parse().map_err(|_| ExactError::NotANumber)?;
        let power = 10_i128.pow(power);
        return Ok(if exponent < 0 { Exact::reduced(value, power) } else { Exact::reduced(value * power, 1) });
    }
    let value: BigInt = digits.parse().map_err(|_| ExactError::NotANumber)?;
    let ten = BigRational::from(BigInt::from(10));
    Ok(Exact::from_big(BigRational::from(value) * ten.pow(exponent)))
}

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Exact::read(&String::deserialize(deserializer)?, MAX_STORED_DIGITS).map_err(de::Error::custom)
    }
}
