//! Time that counts for nothing.

use crate::{
    shape::{ExclusionShape, Span},
    slots::place,
    stream::Stream,
    sums::Sums,
    time::Minute,
};

/// The minutes in which one of a list of exclusions holds. Dates are known for all time; the minutes in which a flow
/// comes to more than 0 are kept as an indicator's are.
pub(crate) struct Excluded {
    /// The stream of each flow; none before it had a sample.
    pub streams: Vec<Option<usize>>,
    /// The minutes that a flow excludes and no date.
    by_flow: Sums,
}

impl Excluded {
    pub(crate) fn new(shape: &ExclusionShape, ring: usize, now: Minute) -> Excluded {
        Excluded { streams: vec![None; shape.flows.len()], by_flow: Sums::new(ring, shape.slots, now) }
    }

    pub(crate) fn restart(&mut self, now: Minute) {
        self.by_flow.restart(now);
    }

    /// Takes in all changes of its streams up to the end of `now`; the first minute that may have changed.
    pub(crate) fn settle(&mut self, shape: &ExclusionShape, streams: &[Stream], now: Minute) -> Minute {
        if shape.flows.is_empty() {
            return Minute::MAX;
        }
        let dirty = self.streams.iter().flatten().map(|&id| streams[id].dirty()).fold(Minute::MAX, Minute::min);
        let ids = &self.streams;
        self.by_flow.settle(dirty, now, |minute| {
            let flows = ids.iter().flatten().any(|&id| streams[id].get(minute).0 > 0.0);
            (flows && !shape.has_date(minute)).then_some((0.0, 0.0))
        });
        dirty
    }

    /// Whether a minute that is kept by itself is excluded.
    #[inline]
    pub(crate) fn holds(&self, shape: &ExclusionShape, minute: Minute) -> bool {
        shape.has_date(minute) || !shape.flows.is_empty() && self.by_flow.counts(minute)
    }

    /// Whether a minute is excluded whose slot is closed.
    pub(crate) fn holds_closed(&mut self, shape: &ExclusionShape, minute: Minute) -> bool {
        let (slot, index) = place(minute);
        shape.has_date(minute) || !shape.flows.is_empty() && self.by_flow.slots.counts(slot, index)
    }

    /// How many minutes of a window are excluded.
    pub(crate) fn minutes(&self, shape: &ExclusionShape, span: Span) -> i64 {
        let by_flow = if shape.flows.is_empty() { 0 } else { self.by_flow.window(span).minutes };
        by_flow + shape.dated(span.minutes())
    }

    /// The bytes that it holds.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Excluded>() + self.by_flow.bytes()
    }
}
