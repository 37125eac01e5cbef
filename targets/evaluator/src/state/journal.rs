//! What each stream came to in slots that are closed: from it, an indicator that is new has a past.

use std::collections::VecDeque;

use super::day::{DAY, day_of};
use crate::{
    slots::Slot,
    stream::Stream,
    sum::Sum,
    time::{Minute, SLOT_MINUTES},
};

/// The days of one stream that are not saved yet, and the newest one.
#[derive(Default)]
pub(crate) struct Journal {
    days: VecDeque<Day>,
}

struct Day {
    number: i64,
    /// The amount as the numerator. From the day's first slot on.
    slots: Vec<Slot>,
    unsaved: bool,
}

impl Journal {
    /// The newest day as it was saved.
    pub(super) fn restored(number: i64, slots: Vec<Slot>) -> Journal {
        Journal { days: VecDeque::from([Day { number, slots, unsaved: false }]) }
    }

    /// Takes in a slot whose minutes can change no more.
    pub(crate) fn close(&mut self, slot: i64, stream: &Stream) {
        self.set(slot, of_slot(slot, |minute| stream.exact(minute)));
    }

    /// Sets what a slot came to, after all others.
    pub(super) fn set(&mut self, slot: i64, of: Slot) {
        if of == Slot::default() {
            return;
        }
        let number = day_of(slot);
        if self.days.back().is_none_or(|day| day.number < number) {
            self.days.push_back(Day { number, slots: Vec::new(), unsaved: true });
        }
        // A slot before the newest day was closed already.
        let Some(day) = self.days.back_mut().filter(|day| day.number == number) else { return };
        let at = slot.rem_euclid(DAY) as usize;
        if day.slots.len() <= at {
            day.slots.resize(at + 1, Slot::default());
        }
        day.slots[at] = of;
        day.unsaved = true;
    }

    /// The newest day's number and slots, if there is one.
    pub(super) fn newest(&self) -> Option<(i64, &[Slot])> {
        self.days.back().map(|day| (day.number, day.slots.as_slice()))
    }

    /// Gives each day that changed since this was last called, and keeps the newest one only.
    pub(super) fn save(&mut self, mut each: impl FnMut(i64, &[Slot])) {
        for day in &mut self.days {
            if std::mem::take(&mut day.unsaved) {
                each(day.number, &day.slots);
            }
        }
        self.days.drain(..self.days.len().saturating_sub(1));
    }
}

/// What a slot comes to, of the amounts of its minutes and whether they were observed.
pub(super) fn of_slot(slot: i64, minute: impl Fn(Minute) -> (Sum, bool)) -> Slot {
    let (mut amount, mut counted) = (Sum::default(), 0);
    for at in 0..SLOT_MINUTES {
        let (of_minute, observed) = minute((slot - 1) * SLOT_MINUTES + 1 + at);
        amount.add(of_minute.value());
        counted |= u16::from(observed) << at;
    }
    Slot { numerator: amount.value(), denominator: 0.0, counted }
}
