//! What somebody says of each objective, minute by minute.

use std::{collections::BTreeMap, fmt};

use farthing_plan::Labels;

/// The length by which amounts over the compliance period are told from those over windows, though a calendar's period
/// has no fixed one.
pub const PERIOD: u64 = 0;

/// A number that an objective comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quantity {
    /// The indicator over the period.
    Measured,
    /// The share of the budget that is consumed.
    Consumed,
    /// The budget left, in its unit.
    Left,
    /// The numerator's amount over so many seconds, or over the [`PERIOD`].
    Numerator(u64),
    /// The denominator's amount over so many seconds, or over the [`PERIOD`].
    Denominator(u64),
    /// The excess over so many seconds, or over the [`PERIOD`].
    Excess(u64),
    /// The observed part of the last so many seconds as the period has, also where it is one of the calendar.
    Observed,
    /// The burn rate over a window of so many seconds.
    Burn(u64),
}

/// Which number of which objective.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// `service/name`.
    pub objective: String,
    /// The labels that it is broken down by.
    pub labels: Labels,
    /// What of it.
    pub quantity: Quantity,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.objective)?;
        for (name, value) in &self.labels {
            write!(f, " {name}={value}")?;
        }
        write!(f, " {:?}", self.quantity)
    }
}

/// Numbers by minute. A minute is numbered by its end, in minutes since the epoch.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    first: i64,
    length: usize,
    rows: BTreeMap<Key, Vec<f64>>,
}

impl Trace {
    /// Without any number, for the minutes from `first` to `last`.
    pub fn new(first: i64, last: i64) -> Self {
        Trace { first, length: usize::try_from(last - first + 1).unwrap_or(0), rows: BTreeMap::new() }
    }

    /// The minutes it is for.
    pub fn minutes(&self) -> std::ops::Range<i64> {
        self.first..self.first + self.length as i64
    }

    /// Sets a number; minutes outside are left out.
    pub fn set(&mut self, key: Key, minute: i64, value: f64) {
        let row = self.rows.entry(key).or_insert_with(|| vec![f64::NAN; self.length]);
        if let Some(cell) = usize::try_from(minute - self.first).ok().and_then(|index| row.get_mut(index)) {
            *cell = value;
        }
    }

    /// The number, where there is one.
    pub fn get(&self, key: &Key, minute: i64) -> Option<f64> {
        let index = usize::try_from(minute - self.first).ok()?;
        self.rows.get(key)?.get(index).copied().filter(|value| !value.is_nan())
    }

    /// What there is at least one number of.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.rows.keys()
    }

    /// The numbers of all minutes, in order; not a number where there is none.
    pub fn row(&self, key: &Key) -> &[f64] {
        self.rows.get(key).map_or(&[], Vec::as_slice)
    }
}
