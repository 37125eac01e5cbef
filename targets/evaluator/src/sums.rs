//! Which minutes count, and the sums over any window of them.

use crate::{
    amounts::Amounts,
    shape::Span,
    slots::{Running, Slot, Slots},
    time::{Minute, SLOT_MINUTES, last_slot, slot_of},
};

/// Two amounts that are added up over the minutes that count.
///
/// Minutes are kept as running sums in a ring, so that a window is one difference; whole slots are made of them, and
/// stay when the minutes go. Minutes may still change after they were summed: then the sums from there on are made anew.
pub(crate) struct Sums {
    /// The running sums up to the end of minute `m`, at `m % minutes.len()`.
    minutes: Vec<Running>,
    /// The last minute that has running sums.
    done: Minute,
    pub slots: Slots,
}

impl Sums {
    pub(crate) fn new(ring: usize, slots: usize, now: Minute) -> Sums {
        Sums { minutes: vec![Running::default(); ring], done: now, slots: Slots::new(slots) }
    }

    /// Forgets the past: nothing happened for longer than the longest window before `now`.
    pub(crate) fn restart(&mut self, now: Minute) {
        self.minutes.fill(Running::default());
        self.slots.clear();
        self.done = now;
    }

    /// Sums up to the end of `now`, from the first minute that changed, `dirty`. The first slot that changed.
    pub(crate) fn settle(
        &mut self,
        dirty: Minute,
        now: Minute,
        mut amounts: impl FnMut(Minute) -> Option<(f64, f64)>,
    ) -> i64 {
        let from = dirty.min(self.done + 1);
        let mut running = self.until(from - 1);
        for minute in from..=now {
            if let Some((numerator, denominator)) = amounts(minute) {
                running.add(numerator, denominator, 1);
            }
            let at = self.at(minute);
            self.minutes[at] = running;
        }
        self.done = self.done.max(now);
        for slot in slot_of(from)..=last_slot(now) {
            let start = (slot - 1) * SLOT_MINUTES;
            let amounts = self.until(start + SLOT_MINUTES).since(&self.until(start));
            let counted = (0..SLOT_MINUTES).filter(|i| self.counts(start + i + 1)).fold(0, |bits, i| bits | (1 << i));
            let (numerator, denominator) = (amounts.numerator, amounts.denominator);
            self.slots.set(slot, Slot { numerator, denominator, counted });
        }
        self.slots.settle()
    }

    /// What a window amounts to. Its last minute is at most the one up to which all is settled.
    pub(crate) fn window(&self, span: Span) -> Amounts {
        if span.long {
            self.slots.window(span.last, span.steps)
        } else {
            self.until(span.last).since(&self.until(span.last - span.steps))
        }
    }

    /// Whether a minute that is kept by itself counts.
    #[inline]
    pub(crate) fn counts(&self, minute: Minute) -> bool {
        self.until(minute).minutes > self.until(minute - 1).minutes
    }

    /// The bytes that it holds, besides itself.
    pub(crate) fn bytes(&self) -> usize {
        self.minutes.capacity() * size_of::<Running>() + self.slots.bytes()
    }

    #[inline]
    fn until(&self, minute: Minute) -> Running {
        self.minutes[self.at(minute)]
    }

    #[inline]
    fn at(&self, minute: Minute) -> usize {
        minute as usize & (self.minutes.len() - 1)
    }
}
