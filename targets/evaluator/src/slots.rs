//! Ten-minute slots: what long windows and periods are read from.

use std::collections::VecDeque;

use crate::{amounts::Amounts, sum::Sum, time::SLOT_MINUTES};

/// Running sums up to the end of a minute or slot.
#[derive(Clone, Copy, Default)]
pub(crate) struct Running {
    pub numerator: Sum,
    pub denominator: Sum,
    pub minutes: i64,
}

impl Running {
    /// Adds the amounts of one step.
    #[inline]
    pub(crate) fn add(&mut self, numerator: f64, denominator: f64, minutes: i64) {
        self.numerator.add(numerator);
        self.denominator.add(denominator);
        self.minutes += minutes;
    }

    /// Adds a slot.
    #[inline]
    fn add_slot(&mut self, slot: &Slot) {
        self.add(slot.numerator, slot.denominator, i64::from(slot.counted.count_ones()));
    }

    /// What lies between two ends.
    #[inline]
    pub(crate) fn since(&self, earlier: &Running) -> Amounts {
        Amounts {
            numerator: self.numerator.minus(earlier.numerator),
            denominator: self.denominator.minus(earlier.denominator),
            minutes: self.minutes - earlier.minutes,
            lacking: false,
        }
    }
}

/// One slot.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Slot {
    pub numerator: f64,
    pub denominator: f64,
    /// Bit `i` is set where its `i`-th minute counts.
    pub counted: u16,
}

/// How many slots have one running sum: a sum for each would take three times the memory, and a few additions find any.
const BLOCK: i64 = 16;

/// The slots of one pair of amounts, from its first to its last, at most as many as its longest window has.
pub(crate) struct Slots {
    amounts: VecDeque<(f64, f64)>,
    counted: VecDeque<u16>,
    /// The number of the first slot held.
    base: i64,
    /// The running sums before the first slot held.
    before: Running,
    /// The running sums before the first slot of each block, from the block after that of `base` on.
    blocks: VecDeque<Running>,
    limit: usize,
    /// The first slot whose running sums are not made yet.
    dirty: i64,
    /// The first slot that changed since what is kept elsewhere was written.
    unsaved: i64,
}

impl Slots {
    pub(crate) fn new(limit: usize) -> Slots {
        Slots {
            amounts: VecDeque::new(),
            counted: VecDeque::new(),
            base: 0,
            before: Running::default(),
            blocks: VecDeque::new(),
            limit,
            dirty: i64::MAX,
            unsaved: i64::MAX,
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Slots::new(self.limit);
    }

    /// The most slots that it holds.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Sets what a slot amounts to. Slots between the last one and this are empty.
    pub(crate) fn set(&mut self, number: i64, slot: Slot) {
        if let Some(at) = self.place(number) {
            self.amounts[at] = (slot.numerator, slot.denominator);
            self.counted[at] = slot.counted;
            self.changed(number);
        }
    }

    /// Adds to a slot that is closed: `minute` is its minute's index from 0, which counts already, or is opened now.
    /// What belongs to a minute that does not count, or to a slot no longer held, is dropped.
    pub(crate) fn add_late(&mut self, number: i64, minute: i64, numerator: f64, denominator: f64, open: bool) {
        if let Some(at) = self.place(number) {
            let bit = 1 << minute;
            if open {
                self.counted[at] |= bit;
            }
            if self.counted[at] & bit != 0 {
                let (of_numerator, of_denominator) = self.amounts[at];
                self.amounts[at] = (of_numerator + numerator, of_denominator + denominator);
                self.changed(number);
            }
        }
    }

    /// Whether a minute of a slot counts.
    pub(crate) fn counts(&mut self, number: i64, minute: i64) -> bool {
        self.place(number).is_some_and(|at| self.counted[at] & (1 << minute) != 0)
    }

    /// A slot; an empty one where it is not held.
    pub(crate) fn get(&self, number: i64) -> Slot {
        let at = usize::try_from(number - self.base).ok().filter(|at| *at < self.amounts.len());
        at.map_or_else(Slot::default, |at| self.slot(at))
    }

    /// The first slot that changed since this was last asked; `i64::MAX` where none did.
    pub(crate) fn take_unsaved(&mut self) -> i64 {
        std::mem::replace(&mut self.unsaved, i64::MAX)
    }

    /// Makes the running sums of what changed. The first slot that did; `i64::MAX` where none did.
    pub(crate) fn settle(&mut self) -> i64 {
        let dirty = std::mem::replace(&mut self.dirty, i64::MAX);
        if dirty == i64::MAX {
            return dirty;
        }
        let first_block = block_of(self.base) + 1;
        // The sums before the block of the first change stand.
        let standing = (block_of(dirty) - first_block + 1).clamp(0, self.blocks.len() as i64);
        self.blocks.truncate(standing as usize);
        let (mut running, mut next) = match self.blocks.back() {
            Some(running) => (*running, (first_block + standing - 1) * BLOCK),
            None => (self.before, self.base),
        };
        let end = self.base + self.amounts.len() as i64;
        while next < end {
            running.add_slot(&self.get(next));
            next += 1;
            if next % BLOCK == 0 {
                self.blocks.push_back(running);
            }
        }
        dirty
    }

    /// The greatest ratio of the `count` slots that end with slot `last`, of those that have a denominator.
    pub(crate) fn greatest(&self, last: i64, count: i64) -> Option<f64> {
        let end = (last + 1 - self.base).clamp(0, self.amounts.len() as i64) as usize;
        let start = (last + 1 - count - self.base).clamp(0, end as i64) as usize;
        let ratios = self.amounts.range(start..end).filter(|(_, denominator)| *denominator > 0.0);
        ratios.map(|(numerator, denominator)| numerator / denominator).reduce(f64::max)
    }

    /// The sums over the `count` slots that end with slot `last`.
    pub(crate) fn window(&self, last: i64, count: i64) -> Amounts {
        self.until(last).since(&self.until(last - count))
    }

    /// The bytes that it holds.
    pub(crate) fn bytes(&self) -> usize {
        self.amounts.capacity() * size_of::<(f64, f64)>()
            + self.counted.capacity() * size_of::<u16>()
            + self.blocks.capacity() * size_of::<Running>()
    }

    fn slot(&self, at: usize) -> Slot {
        let (numerator, denominator) = self.amounts[at];
        Slot { numerator, denominator, counted: self.counted[at] }
    }

    fn changed(&mut self, number: i64) {
        self.dirty = self.dirty.min(number);
        self.unsaved = self.unsaved.min(number);
    }

    /// The running sums up to the end of a slot.
    fn until(&self, number: i64) -> Running {
        let next = (number + 1).min(self.base + self.amounts.len() as i64);
        if next <= self.base {
            return self.before;
        }
        let block = (block_of(next) - block_of(self.base)).min(self.blocks.len() as i64);
        let (mut running, from) = match usize::try_from(block - 1).ok().and_then(|at| self.blocks.get(at)) {
            Some(running) => (*running, (block_of(self.base) + block) * BLOCK),
            None => (self.before, self.base),
        };
        for number in from..next {
            running.add_slot(&self.slot((number - self.base) as usize));
        }
        running
    }

    /// Where a slot is, made where it may be: after the last one, or before the first where nothing was dropped yet.
    fn place(&mut self, number: i64) -> Option<usize> {
        if self.amounts.is_empty() {
            self.base = number;
        }
        let end = self.base + self.amounts.len() as i64;
        if number - end >= self.limit as i64 {
            // Everything held is older than the longest window.
            self.clear();
            self.base = number;
        }
        while self.base + (self.amounts.len() as i64) <= number {
            if self.amounts.len() == self.limit {
                self.drop_first();
            }
            if self.amounts.len() == self.amounts.capacity() {
                // Half as much again, but no more than there will ever be: doubling could hold twice as much.
                let room = (self.limit - self.amounts.len()).min(self.amounts.len() / 2 + 64);
                self.amounts.reserve_exact(room);
                self.counted.reserve_exact(room);
            }
            self.dirty = self.dirty.min(self.base + self.amounts.len() as i64);
            self.amounts.push_back((0.0, 0.0));
            self.counted.push_back(0);
        }
        let end = self.base + self.amounts.len() as i64;
        if number <= end - 1 - self.limit as i64 {
            return None;
        }
        if number < self.base {
            while number < self.base {
                self.amounts.push_front((0.0, 0.0));
                self.counted.push_front(0);
                self.base -= 1;
            }
            self.dirty = self.dirty.min(self.base);
            self.blocks.clear();
        }
        Some((number - self.base) as usize)
    }

    fn drop_first(&mut self) {
        self.settle();
        if !self.amounts.is_empty() {
            let first = self.slot(0);
            self.before.add_slot(&first);
            self.amounts.pop_front();
            self.counted.pop_front();
            self.base += 1;
            if self.base % BLOCK == 0 {
                self.blocks.pop_front();
            }
        }
    }
}

/// The block that a slot lies in.
fn block_of(number: i64) -> i64 {
    number.div_euclid(BLOCK)
}

/// The slot of a minute and the minute's index in it.
pub(crate) fn place(minute: i64) -> (i64, i64) {
    let slot = crate::time::slot_of(minute);
    (slot, minute - 1 - (slot - 1) * SLOT_MINUTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Any order of changes gives the sums that adding slot by slot gives.
    #[test]
    fn windows_are_sums_of_slots() {
        let mut seed = 7_u64;
        let mut random = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        for limit in [1, 5, 16, 40, 100] {
            let mut slots = Slots::new(limit);
            let mut plain = std::collections::BTreeMap::new();
            let mut last = 1_000;
            for _ in 0..2_000 {
                let ahead = if random(40) == 0 { 30 } else { 2 };
                let number = last + 1 + random(ahead) as i64 - random(30).min(20) as i64;
                let slot = Slot { numerator: random(100) as f64, denominator: 1.0, counted: random(1024) as u16 };
                slots.set(number, slot);
                if plain.is_empty() {
                    last = number;
                }
                last = last.max(number);
                if number > last - limit as i64 {
                    plain.insert(number, slot);
                }
                slots.settle();
                let count = 1 + random(limit as u64) as i64;
                let made = slots.window(last, count);
                let mut expected = Running::default();
                plain.range(last - count + 1..=last).for_each(|(_, slot)| expected.add_slot(slot));
                assert_eq!(made, expected.since(&Running::default()), "limit {limit}, {count} until {last}");
            }
        }
    }
}
