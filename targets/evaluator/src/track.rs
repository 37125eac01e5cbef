//! An indicator within one group: which minutes count, and the sums over any window.

use crate::{
    amounts::Amounts,
    shape::{TrackShape, Window},
    slots::{Running, Slots, place},
    stream::Stream,
    time::{Minute, SLOT_MINUTES, last_slot, slot_of},
};

/// The numerator and the denominator of one indicator within one group.
///
/// Minutes are kept as running sums in a ring, so that a window is one difference; whole slots are made of them, and
/// stay when the minutes go. Every change of a stream at or after the first minute kept makes the sums from there on
/// anew, so minutes may still grow after they were evaluated.
pub(crate) struct Track {
    /// The stream of each term; none where the group has no such series yet.
    pub streams: Vec<Option<usize>>,
    /// The running sums up to the end of minute `m`, at `m % minutes.len()`.
    minutes: Vec<Running>,
    /// The last minute that has running sums.
    done: Minute,
    slots: Slots,
}

impl Track {
    pub(crate) fn new(shape: &TrackShape, ring: usize, now: Minute) -> Track {
        Track {
            streams: vec![None; shape.terms.len()],
            minutes: vec![Running::default(); ring],
            done: now,
            slots: Slots::new(shape.slots),
        }
    }

    /// Forgets the past: nothing happened for longer than the longest window before `now`.
    pub(crate) fn restart(&mut self, now: Minute) {
        self.minutes.fill(Running::default());
        self.slots.clear();
        self.done = now;
    }

    /// Takes in all changes of its streams, up to the end of `now`.
    pub(crate) fn settle(&mut self, shape: &TrackShape, streams: &[Stream], now: Minute) {
        let from = self.streams.iter().flatten().map(|&id| streams[id].dirty()).fold(self.done + 1, Minute::min);
        let mut running = self.until(from - 1);
        for minute in from..=now {
            if let Some((numerator, denominator)) = self.amounts(shape, streams, minute) {
                running.add(numerator, denominator, 1);
            }
            let at = self.at(minute);
            self.minutes[at] = running;
        }
        self.done = self.done.max(now);
        for slot in slot_of(from)..=last_slot(now) {
            let start = (slot - 1) * SLOT_MINUTES;
            let amounts = self.until(start + SLOT_MINUTES).since(&self.until(start));
            let counted = (0..SLOT_MINUTES)
                .filter(|i| self.until(start + i + 1).minutes > self.until(start + i).minutes)
                .fold(0, |bits, i| bits | (1 << i));
            self.slots.set(slot, amounts.numerator, amounts.denominator, counted);
        }
        self.slots.settle();
    }

    /// What a window that ends at `now` amounts to. `now` is a minute up to which the track is settled.
    pub(crate) fn window(&self, window: Window, now: Minute) -> Amounts {
        if window.long {
            self.slots.window(last_slot(now), window.steps)
        } else {
            self.until(now).since(&self.until(now - window.steps))
        }
    }

    /// An amount of one of its terms for a minute whose slot is closed. It counts where the minute does.
    pub(crate) fn add_late(&mut self, shape: &TrackShape, term: usize, minute: Minute, amount: f64) {
        let (slot, index) = place(minute);
        let term = &shape.terms[term];
        self.slots.add_late(slot, index, term.numerator * amount, term.denominator * amount, false);
    }

    /// Minutes of closed slots become observed, because an event earlier than the first one known came: those in
    /// `from..until`. That is known only of indicators that are read from events alone; with series in it, the minutes
    /// stay uncounted, for whether they were observed is no longer known.
    pub(crate) fn extend_back(&mut self, shape: &TrackShape, streams: &[Stream], from: Minute, until: Minute) {
        let since = shape
            .terms
            .iter()
            .zip(&self.streams)
            .filter(|(term, _)| term.required)
            .try_fold(from, |latest: Minute, (_, stream)| Some(latest.max(streams[(*stream)?].since()?)));
        let required = shape.terms.iter().any(|term| term.required);
        let Some(since) = since.filter(|_| required) else {
            return;
        };
        for minute in since..until {
            let (slot, index) = place(minute);
            if !self.slots.counts(slot, index) {
                let (numerator, denominator) = (shape.numerator_per_minute, shape.denominator_per_minute);
                self.slots.add_late(slot, index, numerator, denominator, true);
            }
        }
    }

    /// The bytes that it holds.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Track>() + self.minutes.capacity() * size_of::<Running>() + self.slots.bytes()
    }

    /// N and D of one minute; none where it does not count.
    fn amounts(&self, shape: &TrackShape, streams: &[Stream], minute: Minute) -> Option<(f64, f64)> {
        let (mut numerator, mut denominator) = (shape.numerator_per_minute, shape.denominator_per_minute);
        let (mut any_required, mut any_observed) = (false, false);
        for (term, stream) in shape.terms.iter().zip(&self.streams) {
            let (amount, observed) = stream.map_or((0.0, false), |id| streams[id].get(minute));
            if term.required && !observed {
                return None;
            }
            any_required |= term.required;
            any_observed |= observed;
            numerator += term.numerator * amount;
            denominator += term.denominator * amount;
        }
        // Where no flow is required, at least one has to be there: time without any data counts for nothing.
        (any_required || any_observed).then_some((numerator, denominator))
    }

    fn until(&self, minute: Minute) -> Running {
        self.minutes[self.at(minute)]
    }

    fn at(&self, minute: Minute) -> usize {
        minute as usize & (self.minutes.len() - 1)
    }
}
