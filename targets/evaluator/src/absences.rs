//! When nobody was there to take in events.

use std::sync::Arc;

use crate::time::{LOOK_BACK_MS, Minute, last_minute, minute_of};

/// Ranges of minutes, both ends included, in the order of time and apart from each other. Shared by all streams.
#[derive(Clone, Default)]
pub(crate) struct Absences(Arc<Vec<(Minute, Minute)>>);

impl Absences {
    /// Of what was saved.
    pub(crate) fn restored(ranges: Vec<(Minute, Minute)>) -> Absences {
        let mut absences = Absences::default();
        ranges.into_iter().for_each(|range| absences.insert(range));
        absences
    }

    /// The ranges, to be saved.
    pub(crate) fn ranges(&self) -> &[(Minute, Minute)] {
        &self.0
    }

    /// The minutes that lie wholly between two times, where the time between is too long to be observed.
    pub(crate) fn between(from_ms: i64, until_ms: i64) -> Option<(Minute, Minute)> {
        let range = (minute_of(from_ms) + 1, last_minute(until_ms));
        (until_ms.saturating_sub(from_ms) > LOOK_BACK_MS && range.0 <= range.1).then_some(range)
    }

    /// Adds a range, and forgets those that end by `horizon`.
    pub(crate) fn add(&mut self, range: (Minute, Minute), horizon: Minute) {
        Arc::make_mut(&mut self.0).retain(|(_, last)| *last > horizon);
        self.insert(range);
    }

    /// Whether a minute lies in one.
    #[inline]
    pub(crate) fn hold(&self, minute: Minute) -> bool {
        // Most often there is none, and else the minute asked for is newer than all.
        if self.0.last().is_none_or(|(_, last)| minute > *last) {
            return false;
        }
        let at = self.0.partition_point(|(_, last)| *last < minute);
        self.0.get(at).is_some_and(|(first, _)| *first <= minute)
    }

    fn insert(&mut self, (mut first, mut last): (Minute, Minute)) {
        let ranges = Arc::make_mut(&mut self.0);
        ranges.retain(|(from, until)| {
            let apart = *until < first - 1 || *from > last + 1;
            if !apart {
                (first, last) = (first.min(*from), last.max(*until));
            }
            apart
        });
        let at = ranges.partition_point(|(from, _)| *from < first);
        ranges.insert(at, (first, last));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_minutes_of_what_is_longer_than_the_look_back() {
        assert_eq!(Absences::between(60_000, 360_000), None);
        assert_eq!(Absences::between(60_000, 360_001), Some((2, 6)));
        assert_eq!(Absences::between(60_001, 419_999), Some((3, 6)));
        assert_eq!(Absences::between(60_000, 0), None);
    }

    #[test]
    fn ranges_that_meet_are_one() {
        let mut absences = Absences::restored(vec![(30, 40), (10, 20)]);
        absences.add((21, 25), 0);
        assert_eq!(absences.ranges(), [(10, 25), (30, 40)]);
        let held: Vec<Minute> = (0..50).filter(|minute| absences.hold(*minute)).collect();
        assert_eq!(held, (10..=25).chain(30..=40).collect::<Vec<_>>());
        absences.add((26, 29), 0);
        assert_eq!(absences.ranges(), [(10, 40)]);
        absences.add((60, 70), 40);
        assert_eq!(absences.ranges(), [(60, 70)]);
    }
}
