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

/// One slot: its own amounts, and the running sums up to its end.
#[derive(Clone, Copy, Default)]
struct Slot {
    numerator: f64,
    denominator: f64,
    /// Bit `i` is set where its `i`-th minute counts.
    counted: u16,
    running: Running,
}

/// The slots of one pair of amounts, from its first to its last, at most as many as its longest window has.
pub(crate) struct Slots {
    slots: VecDeque<Slot>,
    /// The number of the first slot held.
    base: i64,
    /// The running sums before the first slot held.
    before: Running,
    limit: usize,
    /// The first slot whose running sums are not made yet.
    dirty: i64,
}

impl Slots {
    pub(crate) fn new(limit: usize) -> Slots {
        Slots { slots: VecDeque::new(), base: 0, before: Running::default(), limit, dirty: i64::MAX }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Slots::new(self.limit);
    }

    /// Sets what a slot amounts to. Slots between the last one and this are empty.
    pub(crate) fn set(&mut self, number: i64, numerator: f64, denominator: f64, counted: u16) {
        if let Some(slot) = self.slot(number) {
            *slot = Slot { numerator, denominator, counted, ..*slot };
            self.dirty = self.dirty.min(number);
        }
    }

    /// Adds to a slot that is closed: `minute` is its minute's index from 0, which counts already, or is `opened` now.
    /// What belongs to a minute that does not count, or to a slot no longer held, is dropped.
    pub(crate) fn add_late(&mut self, number: i64, minute: i64, numerator: f64, denominator: f64, open: bool) {
        if let Some(slot) = self.slot(number) {
            let bit = 1 << minute;
            if open {
                slot.counted |= bit;
            }
            if slot.counted & bit != 0 {
                slot.numerator += numerator;
                slot.denominator += denominator;
                self.dirty = self.dirty.min(number);
            }
        }
    }

    /// Whether a minute of a slot counts.
    pub(crate) fn counts(&mut self, number: i64, minute: i64) -> bool {
        self.slot(number).is_some_and(|slot| slot.counted & (1 << minute) != 0)
    }

    /// Makes the running sums of what changed. The first slot that did; `i64::MAX` where none did.
    pub(crate) fn settle(&mut self) -> i64 {
        let dirty = self.dirty;
        if dirty == i64::MAX {
            return dirty;
        }
        let from = (self.dirty - self.base).max(0) as usize;
        let mut running = match from.checked_sub(1).and_then(|at| self.slots.get(at)) {
            Some(slot) => slot.running,
            None => self.before,
        };
        for slot in self.slots.range_mut(from.min(self.slots.len())..) {
            running.add(slot.numerator, slot.denominator, i64::from(slot.counted.count_ones()));
            slot.running = running;
        }
        self.dirty = i64::MAX;
        dirty
    }

    /// The greatest ratio of the `count` slots that end with slot `last`, of those that have a denominator.
    pub(crate) fn greatest(&self, last: i64, count: i64) -> Option<f64> {
        let end = (last + 1 - self.base).clamp(0, self.slots.len() as i64) as usize;
        let start = (last + 1 - count - self.base).clamp(0, end as i64) as usize;
        let ratios = self.slots.range(start..end).filter(|slot| slot.denominator > 0.0);
        ratios.map(|slot| slot.numerator / slot.denominator).reduce(f64::max)
    }

    /// The sums over the `count` slots that end with slot `last`.
    pub(crate) fn window(&self, last: i64, count: i64) -> Amounts {
        self.until(last).since(&self.until(last - count))
    }

    /// The bytes that it holds.
    pub(crate) fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>()
    }

    fn until(&self, number: i64) -> Running {
        let at = (number - self.base).min(self.slots.len() as i64 - 1);
        usize::try_from(at).ok().and_then(|at| self.slots.get(at)).map_or(self.before, |slot| slot.running)
    }

    /// A slot, made where it may be: after the last one, or before the first where nothing was dropped yet.
    fn slot(&mut self, number: i64) -> Option<&mut Slot> {
        if self.slots.is_empty() {
            self.base = number;
        }
        let end = self.base + self.slots.len() as i64;
        if number - end >= self.limit as i64 {
            // Everything held is older than the longest window.
            self.clear();
            self.base = number;
        }
        while self.base + (self.slots.len() as i64) <= number {
            if self.slots.len() == self.limit {
                self.settle();
                if let Some(dropped) = self.slots.pop_front() {
                    self.before = dropped.running;
                    self.base += 1;
                }
            }
            let running = self.slots.back().map_or(self.before, |slot| slot.running);
            if self.slots.len() == self.slots.capacity() {
                // Half as much again, but no more than there will ever be: doubling could hold twice as much.
                let room = self.limit - self.slots.len();
                self.slots.reserve_exact(room.min(self.slots.len() / 2 + 64));
            }
            self.slots.push_back(Slot { running, ..Slot::default() });
        }
        let end = self.base + self.slots.len() as i64;
        if number <= end - 1 - self.limit as i64 {
            return None;
        }
        while number < self.base {
            self.slots.push_front(Slot::default());
            self.base -= 1;
            self.dirty = self.dirty.min(self.base);
        }
        self.slots.get_mut((number - self.base) as usize)
    }
}

/// The slot of a minute and the minute's index in it.
pub(crate) fn place(minute: i64) -> (i64, i64) {
    let slot = crate::time::slot_of(minute);
    (slot, minute - 1 - (slot - 1) * SLOT_MINUTES)
}
