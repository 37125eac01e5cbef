//! Numbers, as a person would have written them in PromQL.

use farthing_plan::{Exact, decimal_places};

/// More significant digits than this no float keeps.
const DIGITS: usize = 17;

/// Seconds in the units that prices are stated by: an hour, a kilowatt-hour (in joules), a day, a minute, a year.
const STATED_BY: [i128; 5] = [3_600, 3_600_000, 86_400, 60, 31_536_000];

/// A number as PromQL: `0.001`, `14.4`, `1e-9`, `(1 / 3)`; never the noise of floats.
///
/// Exact where it has at most 17 significant digits or is a short fraction, else the nearest float.
pub(crate) fn number(value: &Exact) -> String {
    text(value, &[])
}

/// A number where no expression can stand, in the notation of series: exact where it is a short decimal, else the nearest
/// float.
pub(crate) fn decimal_or_float(value: &Exact) -> String {
    match value.decimal() {
        Some(text) if significant(&text) <= DIGITS => text,
        _ => format!("{:?}", value.to_f64()),
    }
}

/// A number that may be a price by the hour, or by another unit that prices are stated by: `(2.49 / 3600)`.
pub(crate) fn price(value: &Exact) -> String {
    text(value, &STATED_BY)
}

/// A number that may be a fraction of this one: `(1.1 / 30000)`.
pub(crate) fn over(value: &Exact, divisor: &Exact) -> String {
    match divisor.to_i64() {
        Some(divisor) if divisor > 0 => text(value, &[divisor.into()]),
        _ => text(value, &[]),
    }
}

fn text(value: &Exact, divisors: &[i128]) -> String {
    let (above, below) = value.parts();
    if let (Ok(above), Ok(below)) = (above.parse::<i128>(), below.parse::<i128>())
        && let Some(text) = decimal(above, below, DIGITS).or_else(|| fraction(above, below, divisors))
    {
        return text;
    }
    match value.decimal() {
        Some(text) if significant(&text) <= DIGITS => compact(&text),
        _ => match value.to_f64() {
            // An Exact may lie beyond floats.
            f64::INFINITY => "+Inf".into(),
            f64::NEG_INFINITY => "-Inf".into(),
            nearest => format!("{nearest:?}"),
        },
    }
}

/// A share as a percentage: `2%`, `0.5%`.
pub(crate) fn percent(share: &Exact) -> String {
    number(&(share * &Exact::from(100))) + "%"
}

/// `above / below`, in lowest terms, as a decimal of at most `digits` significant digits.
fn decimal(above: i128, below: i128, digits: usize) -> Option<String> {
    let places = decimal_places(below)?;
    let scaled = above.unsigned_abs().checked_mul(10u128.checked_pow(places)?)? / below.unsigned_abs();
    let mut text = scaled.to_string();
    if places > 0 {
        let places = places as usize;
        if text.len() <= places {
            text.insert_str(0, &"0".repeat(places + 1 - text.len()));
        }
        text.insert(text.len() - places, '.');
    }
    if above < 0 {
        text.insert(0, '-');
    }
    (significant(&text) <= digits).then(|| compact(&text))
}

/// `(2.49 / 3600)`: over one of the divisors, where that makes the upper number short, else in lowest terms where they
/// are short.
fn fraction(above: i128, below: i128, divisors: &[i128]) -> Option<String> {
    let over = |divisor: i128| {
        let product = above.checked_mul(divisor)?;
        let common = gcd(product.unsigned_abs(), below.unsigned_abs()) as i128;
        let (above, below) = (product / common, below / common);
        // Between a thousandth and a million, as what people state is.
        if above.abs().checked_mul(1_000)? < below || above.abs() / below >= 1_000_000 {
            return None;
        }
        Some(format!("({} / {divisor})", decimal(above, below, 6)?))
    };
    let is_short = above.abs() < 1_000_000_000 && below < 1_000_000_000;
    divisors
        .iter()
        // A third is a third, whatever it is a part of.
        .filter(|_| below > 60)
        .find_map(|divisor| over(*divisor))
        .or_else(|| is_short.then(|| format!("({above} / {below})")))
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

/// The significant digits of a decimal text.
fn significant(text: &str) -> usize {
    let digits = || text.bytes().filter(u8::is_ascii_digit);
    let leading = digits().take_while(|digit| *digit == b'0').count();
    let trailing = if text.contains('.') { 0 } else { text.bytes().rev().take_while(|digit| *digit == b'0').count() };
    digits().count().saturating_sub(leading + trailing)
}

/// The decimal text, or its power of ten where zeros would have to be counted: `0.00000015` but `1.5e-9`, `1e15`.
fn compact(text: &str) -> String {
    let (sign, magnitude) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, places) = magnitude.split_once('.').unwrap_or((magnitude, ""));
    let zeros_after_point = places.bytes().take_while(|digit| *digit == b'0').count();
    let (digits, exponent) = if whole == "0" && zeros_after_point >= 7 {
        (&places[zeros_after_point..], -(zeros_after_point as i64) - 1)
    } else if places.is_empty() && whole.len() - whole.trim_end_matches('0').len() >= 9 {
        (whole.trim_end_matches('0'), whole.len() as i64 - 1)
    } else {
        return text.to_string();
    };
    let (first, rest) = digits.split_at(1.min(digits.len()));
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{first}{point}{rest}e{exponent}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_people_write_them() {
        for (exact, text) in [
            ("0", "0"),
            ("1", "1"),
            ("-1", "-1"),
            ("14.4", "14.4"),
            ("0.001", "0.001"),
            ("0.0105", "0.0105"),
            ("0.000015", "0.000015"),
            ("0.00000015", "0.00000015"),
            ("0.0000000015", "1.5e-9"),
            ("1000000", "1000000"),
            ("-1.5e30", "-1.5e30"),
            ("1e15", "1e15"),
            ("1048576", "1048576"),
            ("1/3", "(1 / 3)"),
            ("-1/30", "(-1 / 30)"),
            ("-1/30000", "(-1 / 30000)"),
            // Nothing short: the nearest float.
            ("12345678901/99999999977", "0.12345678903839506"),
            ("0.1234567890123456789", "0.12345678901234568"),
        ] {
            let value: Exact = exact.parse().unwrap();
            assert_eq!(number(&value), text, "{exact}");
        }
    }

    #[test]
    fn prices_are_by_what_they_are_stated_by() {
        for (exact, text) in [
            ("2.49/3600", "(2.49 / 3600)"),
            ("0.40/3600", "(0.4 / 3600)"),
            ("-0.40/3600", "(-0.4 / 3600)"),
            ("0.13/3600000", "(0.13 / 3600000)"),
            ("59/86400", "(59 / 86400)"),
            ("3.6/3600", "0.001"),
            ("1/3", "(1 / 3)"),
        ] {
            assert_eq!(price(&exact.parse().unwrap()), text);
        }
    }

    #[test]
    fn fractions_of_a_target_name_the_target() {
        let target = "30000".parse().unwrap();
        assert_eq!(over(&"1.1/30000".parse().unwrap(), &target), "(1.1 / 30000)");
        assert_eq!(over(&"0.5".parse().unwrap(), &target), "0.5");
        assert_eq!(over(&"1.1/30000".parse().unwrap(), &"-1".parse().unwrap()), "(11 / 300000)");
    }

    #[test]
    fn shares_are_percentages() {
        assert_eq!(percent(&"0.02".parse().unwrap()), "2%");
        assert_eq!(percent(&"0.005".parse().unwrap()), "0.5%");
        assert_eq!(percent(&"1/3".parse().unwrap()), "(100 / 3)%");
    }
}
