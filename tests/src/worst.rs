//! By how much two said something different at worst.

use std::{collections::BTreeMap, fmt};

use crate::trace::Quantity;

/// The worst deviations by kind of number, as shares: of the number; of a budget for the part of it that is consumed or
/// left; of 1 for a burn rate below 1.
#[derive(Clone, Debug, Default)]
pub struct Worst(BTreeMap<&'static str, Deviation>);

/// The worst of one kind of number.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deviation {
    /// From what the other said in the minutes that the number may be from.
    pub around: f64,
    /// From what the other said of the same minute.
    pub same_minute: f64,
}

impl Worst {
    /// Takes a deviation into account; one that is not a number is of nothing.
    pub fn note(&mut self, quantity: Quantity, deviation: f64) {
        let worst = self.0.entry(kind(quantity)).or_default();
        worst.around = worst.around.max(deviation);
    }

    /// Takes a deviation from the same minute's number into account.
    pub fn note_same_minute(&mut self, quantity: Quantity, deviation: f64) {
        let worst = self.0.entry(kind(quantity)).or_default();
        worst.same_minute = worst.same_minute.max(deviation);
    }

    /// The worst deviation of this kind of number.
    pub fn of(&self, quantity: Quantity) -> Deviation {
        self.0.get(kind(quantity)).copied().unwrap_or_default()
    }
}

impl fmt::Display for Worst {
    /// `measured 0.02% (0.31% in the same minute), ...`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (kind, Deviation { around, same_minute })) in self.0.iter().enumerate() {
            let separator = if number == 0 { "" } else { ", " };
            write!(f, "{separator}{kind} {:.3}% ({:.3}%)", around * 100.0, same_minute * 100.0)?;
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
        Quantity::Numerator(_) | Quantity::Denominator(_) => "flows",
        Quantity::Burn(window) if window < 3_600 => "burn rates below 1h",
        Quantity::Burn(_) => "burn rates from 1h",
    }
}
