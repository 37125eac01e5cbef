//! Time that counts for nothing: it is excluded, or what must be observed is not.

use crate::{
    shape::{ExclusionShape, Span},
    slots::{Slots, place},
    stream::Stream,
    sums::Sums,
    time::Minute,
};

/// The minutes in which one of a list of exclusions holds. Dates are known for all time; the minutes in which a flow
/// comes to more than 0 are kept as an indicator's are.
pub(crate) struct Excluded {
    /// The stream of each flow; none before it had a sample.
    pub streams: Vec<Option<usize>>,
    /// The same of each flow that must be observed.
    pub needed: Vec<Option<usize>>,
    /// The minutes in which one of these is not.
    lacking: Sums,
    /// The minutes that a flow excludes and no date.
    by_flow: Sums,
}

impl Excluded {
    pub(crate) fn new(shape: &ExclusionShape, ring: usize, now: Minute) -> Excluded {
        Excluded {
            streams: vec![None; shape.flows.len()],
            needed: vec![None; shape.needed.len()],
            lacking: Sums::new(ring, shape.slots, now),
            by_flow: Sums::new(ring, shape.slots, now),
        }
    }

    pub(crate) fn restart(&mut self, now: Minute) {
        self.by_flow.restart(now);
        self.lacking.restart(now);
    }

    /// Takes in all changes of its streams up to the end of `now`; the first minute that may have changed.
    pub(crate) fn settle(&mut self, shape: &ExclusionShape, streams: &[Stream], now: Minute) -> Minute {
        let first_dirty =
            |ids: &[Option<usize>]| ids.iter().flatten().map(|&id| streams[id].dirty()).fold(Minute::MAX, Minute::min);
        let mut lacking_from = Minute::MAX;
        if !shape.needed.is_empty() {
            lacking_from = first_dirty(&self.needed);
            let ids = &self.needed;
            self.lacking.settle(lacking_from, now, |minute| {
                let lacks = ids.iter().any(|id| id.is_none_or(|id| !streams[id].get(minute).1));
                lacks.then_some((0.0, 0.0))
            });
        }
        if shape.flows.is_empty() {
            return lacking_from;
        }
        let dirty = first_dirty(&self.streams);
        let ids = &self.streams;
        self.by_flow.settle(dirty, now, |minute| {
            let flows = ids.iter().flatten().any(|&id| streams[id].get(minute).0 > 0.0);
            (flows && !shape.has_date(minute)).then_some((0.0, 0.0))
        });
        dirty.min(lacking_from)
    }

    /// Whether a minute that is kept by itself is excluded.
    #[inline]
    pub(crate) fn holds(&self, shape: &ExclusionShape, minute: Minute) -> bool {
        shape.has_date(minute)
            || !shape.flows.is_empty() && self.by_flow.counts(minute)
            || !shape.needed.is_empty() && self.lacking.counts(minute)
    }

    /// Whether a minute is excluded whose slot is closed.
    pub(crate) fn holds_closed(&mut self, shape: &ExclusionShape, minute: Minute) -> bool {
        let (slot, index) = place(minute);
        shape.has_date(minute)
            || !shape.flows.is_empty() && self.by_flow.slots.counts(slot, index)
            || !shape.needed.is_empty() && self.lacking.slots.counts(slot, index)
    }

    /// How many minutes of a window are excluded.
    pub(crate) fn minutes(&self, shape: &ExclusionShape, span: Span) -> i64 {
        let by_flow = if shape.flows.is_empty() { 0 } else { self.by_flow.window(span).minutes };
        by_flow + shape.dated(span.minutes())
    }

    /// The minutes that flows exclude, and those in which a needed flow lacks, by slots.
    pub(crate) fn slots(&mut self) -> (&mut Slots, &mut Slots) {
        (&mut self.by_flow.slots, &mut self.lacking.slots)
    }

    /// The bytes that it holds.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Excluded>() + self.by_flow.bytes() + self.lacking.bytes()
    }
}
