//! Units as they stand in a plan, and how a number in them is shown to people.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::Exact;

/// A product of powers of base units: `USD^1 request^-1`. Empty for a plain ratio.
///
/// Base units are `s`, `byte`, `joule`, `gpu`, a currency's ISO code, or a counted thing (`request`, `output_token`).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Unit(pub BTreeMap<String, i32>);

/// The highest power of a base unit that anything can have.
pub const MAX_POWER: u32 = 99;

impl Unit {
    /// A plain ratio.
    pub fn ratio() -> Self {
        Unit::default()
    }

    /// One base unit.
    pub fn base(name: &str) -> Self {
        Unit(BTreeMap::from([(name.to_string(), 1)]))
    }

    /// Whether it is a plain ratio.
    pub fn is_ratio(&self) -> bool {
        self.0.is_empty()
    }

    /// `self * other^power`.
    pub fn times(&self, other: &Unit, power: i32) -> Unit {
        let mut product = self.0.clone();
        for (name, exponent) in &other.0 {
            let sum = product.entry(name.clone()).or_insert(0);
            *sum = sum.saturating_add(exponent.saturating_mul(power));
            if *sum == 0 {
                product.remove(name);
            }
        }
        Unit(product)
    }

    /// Whether a power is beyond [`MAX_POWER`]: nothing that can be counted is that.
    pub fn is_too_high(&self) -> bool {
        self.0.values().any(|power| power.unsigned_abs() > MAX_POWER)
    }
}

impl fmt::Display for Unit {
    /// `USD/request`, `USD/(gpu*s)`, `1/s`; a plain ratio is `ratio`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_ratio() {
            return f.write_str("ratio");
        }
        let side = |positive: bool| -> Vec<String> {
            self.0
                .iter()
                .filter(|(_, exponent)| (**exponent > 0) == positive)
                .map(|(name, exponent)| match exponent.unsigned_abs() {
                    1 => name.clone(),
                    power => format!("{name}^{power}"),
                })
                .collect()
        };
        let (above, below) = (side(true), side(false));
        let above = if above.is_empty() { "1".to_string() } else { above.join("*") };
        match below.len() {
            0 => f.write_str(&above),
            1 => write!(f, "{above}/{}", below[0]),
            _ => write!(f, "{above}/({})", below.join("*")),
        }
    }
}

/// How a number in canonical units is shown: `prefix`, then the number times `factor`, then `suffix`.
///
/// `$15 per 1M output_token` is 0.000015 with prefix `$`, factor 1000000 and suffix ` per 1M output_token`;
/// 0.4 seconds with factor 1000 and suffix ` ms` is `400 ms`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Before the number, such as a currency sign.
    pub prefix: String,
    /// What the number is multiplied by.
    pub factor: Exact,
    /// After the number, with its space where one belongs.
    pub suffix: String,
}

impl Shown {
    /// The number as people read it, rounded to four significant digits where it is a measured one.
    pub fn measured(&self, value: f64) -> String {
        self.with_text(&significant(value * self.factor.to_f64()), value < 0.0)
    }

    /// The number as it was stated, exact where it is a decimal.
    pub fn stated(&self, value: &Exact) -> String {
        let scaled = value * &self.factor;
        let text = scaled.abs().decimal().unwrap_or_else(|| significant(scaled.to_f64().abs()));
        self.with_text(&text, scaled.is_negative())
    }

    fn with_text(&self, text: &str, negative: bool) -> String {
        let sign = if negative { "-" } else { "" };
        format!("{sign}{}{}{}", self.prefix, text.trim_start_matches('-'), self.suffix)
    }
}

/// Four significant digits without an exponent, thousands kept whole: `0.01049`, `12.35`, `28185`.
fn significant(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value.is_finite() { "0".into() } else { format!("{value}") };
    }
    let magnitude = value.abs().log10().floor() as i32;
    let places = (3 - magnitude).clamp(0, 12) as usize;
    let text = format!("{value:.places$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_print_as_people_write_them() {
        let dollars_per_gpu_second = Unit::base("USD").times(&Unit::base("gpu"), -1).times(&Unit::base("s"), -1);
        assert_eq!(dollars_per_gpu_second.to_string(), "USD/(gpu*s)");
        assert_eq!(Unit::ratio().to_string(), "ratio");
        assert_eq!(Unit::ratio().times(&Unit::base("s"), -1).to_string(), "1/s");
        assert_eq!(dollars_per_gpu_second.times(&dollars_per_gpu_second, -1), Unit::ratio());
    }

    #[test]
    fn powers_do_not_overflow() {
        let area = Unit::base("byte").times(&Unit::base("byte"), 98);
        assert!(!area.is_too_high() && area.times(&Unit::base("byte"), 1).is_too_high());
        let endless = Unit::base("byte").times(&area, i32::MIN);
        assert!(endless.times(&endless, i32::MAX).is_too_high());
        assert_eq!(endless.to_string(), "1/byte^2147483647");
    }

    #[test]
    fn numbers_are_shown_in_the_scale_of_the_target() {
        let shown = Shown { prefix: "$".into(), factor: "1e6".parse().unwrap(), suffix: " per 1M output_token".into() };
        assert_eq!(shown.stated(&"15e-6".parse().unwrap()), "$15 per 1M output_token");
        assert_eq!(shown.measured(0.0000154321), "$15.43 per 1M output_token");
        assert_eq!(shown.measured(-0.0000154321), "-$15.43 per 1M output_token");
    }
}
