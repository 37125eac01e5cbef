//! An indicator of flows within one group: which minutes count.

use crate::{
    amounts::Amounts,
    exclusion::Excluded,
    shape::{DirectShape, ExclusionShape, Span},
    slots::{Slots, place},
    stream::Stream,
    sums::Sums,
    time::Minute,
};

/// The numerator and the denominator of one indicator within one group. Every change of a stream at or after the first
/// minute kept makes the sums from there on anew, so minutes may still grow after they were evaluated.
pub(crate) struct Track {
    /// The stream of each term; none where the group has no such series yet.
    pub streams: Vec<Option<usize>>,
    sums: Sums,
}

impl Track {
    pub(crate) fn new(shape: &DirectShape, ring: usize, slots: usize, now: Minute) -> Track {
        Track { streams: vec![None; shape.terms.len()], sums: Sums::new(ring, slots, now) }
    }

    /// Forgets the past: nothing happened for longer than the longest window before `now`.
    pub(crate) fn restart(&mut self, now: Minute) {
        self.sums.restart(now);
    }

    /// Takes in all changes of its streams, and of what is excluded from the minute `excluded_from` on, up to the end of
    /// `now`. The first slot that changed.
    pub(crate) fn settle(
        &mut self,
        shape: &DirectShape,
        streams: &[Stream],
        excluded: Option<(&ExclusionShape, &Excluded)>,
        excluded_from: Minute,
        now: Minute,
    ) -> i64 {
        let dirty = self.streams.iter().flatten().map(|&id| streams[id].dirty()).fold(excluded_from, Minute::min);
        let ids = &self.streams;
        match excluded {
            None => self.sums.settle(dirty, now, |minute| amounts(shape, ids, streams, minute)),
            Some((exclusion, excluded)) => self.sums.settle(dirty, now, |minute| {
                if excluded.holds(exclusion, minute) { None } else { amounts(shape, ids, streams, minute) }
            }),
        }
    }

    /// What a window amounts to. Its last minute is at most the one up to which the track is settled.
    pub(crate) fn window(&self, span: Span) -> Amounts {
        self.sums.window(span)
    }

    /// An amount of one of its terms for a minute whose slot is closed. It counts where the minute does.
    pub(crate) fn add_late(&mut self, shape: &DirectShape, term: usize, minute: Minute, amount: f64) {
        let (slot, index) = place(minute);
        let term = &shape.terms[term];
        self.sums.slots.add_late(slot, index, term.numerator * amount, term.denominator * amount, false);
    }

    /// Minutes of closed slots become observed, because an event earlier than the first one known came: those in
    /// `from..until` that are not `excluded`. That is known only of indicators that are read from events alone; with
    /// series in it, the minutes stay uncounted, for whether they were observed is no longer known.
    pub(crate) fn extend_back(
        &mut self,
        shape: &DirectShape,
        streams: &[Stream],
        mut excluded: impl FnMut(Minute) -> bool,
        from: Minute,
        until: Minute,
    ) {
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
            if !excluded(minute) && !self.sums.slots.counts(slot, index) {
                let (numerator, denominator) = (shape.numerator_per_minute, shape.denominator_per_minute);
                self.sums.slots.add_late(slot, index, numerator, denominator, true);
            }
        }
    }

    /// What it came to in slots.
    pub(crate) fn slots(&mut self) -> &mut Slots {
        &mut self.sums.slots
    }

    /// The bytes that it holds.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Track>() + self.sums.bytes()
    }
}

/// N and D of one minute; none where it does not count.
fn amounts(shape: &DirectShape, ids: &[Option<usize>], streams: &[Stream], minute: Minute) -> Option<(f64, f64)> {
    let (mut numerator, mut denominator) = (shape.numerator_per_minute, shape.denominator_per_minute);
    let (mut any_required, mut any_observed) = (false, false);
    for (term, stream) in shape.terms.iter().zip(ids) {
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
