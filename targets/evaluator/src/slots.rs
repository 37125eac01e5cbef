//! Ten-minute slots: what long windows and periods are read from.

pub(crate) mod packed;

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

    /// Adds slots.
    fn add_slots(&mut self, slots: &[Slot]) {
        for slot in slots {
            self.add(slot.numerator, slot.denominator, i64::from(slot.counted.count_ones()));
        }
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

/// How many slots are in one block: eight hours.
const BLOCK: i64 = 48;

/// How many of the newest blocks are not packed: their slots change with every minute.
const OPEN: usize = 2;

/// The slots of a block.
type Whole = [Slot; BLOCK as usize];

/// Slots that follow one another. Most are packed: they are read when a window's start or end passes by, one block each,
/// and change only where something comes very late.
struct Block {
    /// The running sums before its first slot.
    before: Running,
    slots: Kept,
}

enum Kept {
    Open(Box<Whole>),
    Packed(Box<[u8]>),
}

impl Kept {
    /// Slots in which nothing was.
    fn empty() -> Kept {
        Kept::Open(Box::new([Slot::default(); BLOCK as usize]))
    }

    /// Packs it; whether it was open.
    fn pack(&mut self) -> bool {
        let Kept::Open(slots) = self else { return false };
        *self = Kept::Packed(packed::pack(&slots[..]).into_boxed_slice());
        true
    }

    fn whole(&self) -> Whole {
        match self {
            Kept::Open(slots) => **slots,
            Kept::Packed(bytes) => unpacked(bytes),
        }
    }

    /// Its first slots.
    fn add_first(&self, count: usize, running: &mut Running) {
        match self {
            Kept::Open(slots) => running.add_slots(&slots[..count]),
            Kept::Packed(_) if count == 0 => {}
            Kept::Packed(bytes) => running.add_slots(&unpacked(bytes)[..count]),
        }
    }
}

/// The slots of one pair of amounts, from its first to its last, at least as many as its longest window has.
pub(crate) struct Slots {
    blocks: VecDeque<Block>,
    /// The number of the first block held.
    first: i64,
    /// The number after the last slot that was set.
    end: i64,
    limit: usize,
    /// The first slot whose running sums are not made yet.
    dirty: i64,
    /// The first slot that changed since all was settled.
    changed: i64,
    /// The first slot that changed since what is kept elsewhere was written.
    unsaved: i64,
}

impl Slots {
    pub(crate) fn new(limit: usize) -> Slots {
        Slots {
            blocks: VecDeque::new(),
            first: 0,
            end: 0,
            limit,
            dirty: i64::MAX,
            changed: i64::MAX,
            unsaved: i64::MAX,
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Slots::new(self.limit);
    }

    /// The most slots that are read.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Sets what a slot amounts to. Slots between the last one and this are empty.
    pub(crate) fn set(&mut self, number: i64, slot: Slot) {
        if let Some(place) = self.place(number) {
            *place = slot;
            self.changed(number);
        }
    }

    /// Adds to a slot that is closed: `minute` is its minute's index from 0, which counts already, or is opened now.
    /// What belongs to a minute that does not count, or to a slot no longer held, is dropped.
    pub(crate) fn add_late(&mut self, number: i64, minute: i64, numerator: f64, denominator: f64, open: bool) {
        let bit = 1 << minute;
        if !open && self.get(number).counted & bit == 0 {
            return;
        }
        if let Some(slot) = self.place(number) {
            slot.counted |= bit;
            slot.numerator += numerator;
            slot.denominator += denominator;
            self.changed(number);
        }
    }

    /// Whether a minute of a slot counts.
    pub(crate) fn counts(&self, number: i64, minute: i64) -> bool {
        self.get(number).counted & (1 << minute) != 0
    }

    /// A slot; an empty one where it is not held.
    pub(crate) fn get(&self, number: i64) -> Slot {
        let block = usize::try_from(block_of(number) - self.first).ok().and_then(|at| self.blocks.get(at));
        match block.map(|block| &block.slots) {
            Some(Kept::Open(slots)) => slots[index(number)],
            Some(Kept::Packed(bytes)) => unpacked(bytes)[index(number)],
            None => Slot::default(),
        }
    }

    /// The first slot that changed since this was last asked; `i64::MAX` where none did.
    pub(crate) fn take_unsaved(&mut self) -> i64 {
        std::mem::replace(&mut self.unsaved, i64::MAX)
    }

    /// Makes the running sums of what changed. The first slot that did since this was last called; `i64::MAX` where none
    /// did.
    pub(crate) fn settle(&mut self) -> i64 {
        self.sum_up();
        std::mem::replace(&mut self.changed, i64::MAX)
    }

    /// Makes the running sums from the first one on that is not made.
    fn sum_up(&mut self) {
        let dirty = std::mem::replace(&mut self.dirty, i64::MAX);
        if dirty == i64::MAX {
            return;
        }
        let from = (block_of(dirty) - self.first).max(0) as usize;
        let Some(mut running) = self.blocks.get(from).map(|block| block.before) else { return };
        let open_from = self.blocks.len().saturating_sub(OPEN);
        for (at, block) in self.blocks.iter_mut().enumerate().skip(from) {
            block.before = running;
            block.slots.add_first(BLOCK as usize, &mut running);
            if at < open_from {
                block.slots.pack();
            }
        }
        // Those that were among the newest until now.
        for block in self.blocks.range_mut(..open_from).rev() {
            if !block.slots.pack() {
                break;
            }
        }
    }

    /// The greatest ratio of the `count` slots that end with slot `last`, of those that have a denominator.
    pub(crate) fn greatest(&self, last: i64, count: i64) -> Option<f64> {
        let mut greatest: Option<f64> = None;
        for (block, number) in self.blocks.iter().zip(self.first..) {
            let start = number * BLOCK;
            if start > last || start + BLOCK <= last + 1 - count {
                continue;
            }
            let within = |at: i64| at <= last && at > last - count;
            for (slot, at) in block.slots.whole().iter().zip(start..) {
                if within(at) && slot.denominator > 0.0 {
                    let ratio = slot.numerator / slot.denominator;
                    greatest = Some(greatest.map_or(ratio, |known| known.max(ratio)));
                }
            }
        }
        greatest
    }

    /// The sums over the `count` slots that end with slot `last`.
    pub(crate) fn window(&self, last: i64, count: i64) -> Amounts {
        self.until(last).since(&self.until(last - count))
    }

    /// The bytes that it holds.
    pub(crate) fn bytes(&self) -> usize {
        let packed = self.blocks.iter().map(|block| match &block.slots {
            Kept::Open(_) => size_of::<Whole>(),
            Kept::Packed(bytes) => bytes.len(),
        });
        packed.sum::<usize>() + self.blocks.capacity() * size_of::<Block>()
    }

    fn changed(&mut self, number: i64) {
        self.dirty = self.dirty.min(number);
        self.changed = self.changed.min(number);
        self.unsaved = self.unsaved.min(number);
    }

    /// The running sums up to the end of a slot.
    fn until(&self, number: i64) -> Running {
        let next = (number + 1).min(self.end);
        let Some(first) = self.blocks.front() else { return Running::default() };
        let at = block_of(next) - self.first;
        let Some(block) = usize::try_from(at).ok().map(|at| self.blocks.get(at)) else { return first.before };
        // What is after the last block is up to the end of it: where the last slot fills it.
        let (block, count) = match (block, self.blocks.back()) {
            (Some(block), _) => (block, index(next)),
            (None, Some(last)) => (last, BLOCK as usize),
            (None, None) => return Running::default(),
        };
        let mut running = block.before;
        block.slots.add_first(count, &mut running);
        running
    }

    /// A slot, made where it may be: after the last one, or before the first where nothing was dropped yet.
    fn place(&mut self, number: i64) -> Option<&mut Slot> {
        if self.blocks.is_empty() || number - self.end >= self.limit as i64 {
            // Everything held, if anything, is older than the longest window.
            self.clear();
            (self.first, self.end) = (block_of(number), number);
        }
        if number < self.end - self.limit as i64 {
            return None;
        }
        self.end = self.end.max(number + 1);
        while self.first + (self.blocks.len() as i64) <= block_of(number) {
            // It begins where the last one ends, which settling finds out.
            let last = self.first + self.blocks.len() as i64 - 1;
            self.dirty = self.dirty.min(last.max(self.first) * BLOCK);
            self.blocks.push_back(Block { before: Running::default(), slots: Kept::empty() });
            while (self.first + 1) * BLOCK <= self.end - self.limit as i64 && self.blocks.len() > 1 {
                // The next one must know what was before it.
                self.sum_up();
                self.blocks.pop_front();
                self.first += 1;
            }
        }
        while self.first > block_of(number) {
            self.blocks.push_front(Block { before: Running::default(), slots: Kept::empty() });
            self.first -= 1;
            self.dirty = self.dirty.min(self.first * BLOCK);
        }
        let block = &mut self.blocks[(block_of(number) - self.first) as usize];
        if let Kept::Packed(bytes) = &block.slots {
            block.slots = Kept::Open(Box::new(unpacked(bytes)));
        }
        match &mut block.slots {
            Kept::Open(slots) => slots.get_mut(index(number)),
            Kept::Packed(_) => None,
        }
    }
}

/// INVARIANT: the bytes are what a block was packed into, so that they can be unpacked.
fn unpacked(bytes: &[u8]) -> Whole {
    let mut slots = [Slot::default(); BLOCK as usize];
    let unpacked = packed::unpack(bytes, &mut slots);
    debug_assert!(unpacked.is_some());
    slots
}

/// The block that a slot lies in.
fn block_of(number: i64) -> i64 {
    number.div_euclid(BLOCK)
}

/// Where a slot is in its block.
fn index(number: i64) -> usize {
    number.rem_euclid(BLOCK) as usize
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
        for limit in [1, 5, 16, 48, 100, 300] {
            let mut slots = Slots::new(limit);
            let mut plain = std::collections::BTreeMap::new();
            let mut last = 1_000;
            for _ in 0..4_000 {
                let ahead = if random(40) == 0 { 30 } else { 2 };
                let back = if random(30) == 0 { 200 } else { 20 };
                let number = last + 1 + random(ahead) as i64 - random(back) as i64;
                let numerator = if random(2) == 0 { random(100) as f64 } else { random(1_000) as f64 / 7.0 };
                let slot = Slot { numerator, denominator: random(2) as f64, counted: random(1024) as u16 };
                slots.set(number, slot);
                last = if plain.is_empty() { number } else { last.max(number) };
                if number > last - limit as i64 {
                    plain.insert(number, slot);
                }
                if random(3) > 0 {
                    slots.settle();
                    let count = 1 + random(limit as u64) as i64;
                    let made = slots.window(last, count);
                    let mut expected = Running::default();
                    plain.range(last - count + 1..=last).for_each(|(_, slot)| expected.add_slots(&[*slot]));
                    let expected = expected.since(&Running::default());
                    let near = |a: f64, b: f64| (a - b).abs() <= 1e-12 * b.abs();
                    assert!(near(made.numerator, expected.numerator), "limit {limit}, {count} until {last}");
                    assert_eq!((made.denominator, made.minutes), (expected.denominator, expected.minutes));
                    let ratios = plain.range(last - count + 1..=last).filter(|(_, slot)| slot.denominator > 0.0);
                    let greatest = ratios.map(|(_, slot)| slot.numerator / slot.denominator).reduce(f64::max);
                    assert_eq!(slots.greatest(last, count), greatest);
                }
                assert_eq!(slots.get(number), if number > last - limit as i64 { slot } else { slots.get(number) });
            }
        }
    }

    /// Also where room is made for it, what changed before is told.
    #[test]
    fn the_first_change_is_told() {
        let mut slots = Slots::new(10);
        for number in 0..200 {
            let slot = Slot { numerator: 1.0, ..Slot::default() };
            slots.set(number - i64::from(number > 5) * 3, slot);
            slots.set(number, slot);
            assert_eq!(slots.settle(), number - i64::from(number > 5) * 3);
            assert_eq!(slots.settle(), i64::MAX);
        }
    }

    /// A month of counts takes a few bytes a slot.
    #[test]
    fn what_is_closed_is_small() {
        let mut slots = Slots::new(4_320);
        for number in 0..10_000 {
            let (numerator, denominator) = ((number % 7) as f64, (400 + number % 100) as f64);
            slots.set(number, Slot { numerator, denominator, counted: 0x3ff });
            slots.settle();
        }
        assert!(slots.bytes() < 24_000, "{}", slots.bytes());
        assert_eq!(slots.window(9_999, 4_320).minutes, 43_200);
    }
}
