//! By how much two said something different at worst.

use std::{collections::BTreeMap, fmt};

use crate::trace::Quantity;

/// The worst deviations by kind of number, as shares of the number; of a whole budget, and of a burn rate of 1, where the
/// number is less.
#[derive(Clone, Debug, Default)]
pub struct Worst(BTreeMap<&'static str, f64>);

impl Worst {
    /// Takes a deviation into account; one that is not a number is of nothing.
    pub fn note(&mut self, quantity: Quantity, deviation: f64) {
        let worst = self.0.entry(kind(quantity)).or_default();
        *worst = worst.max(deviation);
    }

    /// The worst deviation of this kind of number, 0 where none was noted.
    pub fn of(&self, quantity: Quantity) -> f64 {
        self.0.get(kind(quantity)).copied().unwrap_or_default()
    }
}

impl fmt::Display for Worst {
    /// `budget consumed 0.31%, measured 0.02%`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (kind, deviation)) in self.0.iter().enumerate() {
            let separator = if number == 0 { "" } else { ", " };
            write!(f, "{separator}{kind} {:.3}%", deviation * 100.0)?;
        }
        Ok(())
    }
}

fn kind(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Measured => "measured",
        Quantity::Consumed => "budget consumed",
        Quantity::Left => "budget left",
        Quantity::Observed => "observed time",
        Quantity::Numerator(_) | Quantity::Denominator(_) | Quantity::Excess(_) => "flows",
        Quantity::Burn(window) if window < 3_600 => "burn rates below 1h",
        Quantity::Burn(_) => "burn rates from 1h",
    }
}
