//! Exclusions: dates as minutes, flows as sources.

use farthing_plan::{Exclusion, Indicator, MINUTE, Service};

use super::{Shape, position_or_push};
use crate::{error::EvaluatorError, time::Minute};

/// The exclusions of an indicator.
#[derive(Clone)]
pub(crate) struct ExclusionShape {
    /// The first and the last minute of each range of dates; ascending and apart.
    dates: Vec<(Minute, Minute)>,
    /// Indices into [`Shape::sources`]: where one of them comes to more than 0, a minute is excluded.
    pub flows: Vec<usize>,
    /// As above: where one of them is not observed, a minute is not either. That is no time excluded.
    pub needed: Vec<usize>,
    /// The empty list of labels, by which these are kept: an index into [`Shape::bys`].
    pub by: usize,
    /// Slots that the longest period or window of its indicators has.
    pub slots: usize,
}

impl ExclusionShape {
    /// The first and the last minute of each range of dates, ascending.
    pub(crate) fn dates(&self) -> &[(Minute, Minute)] {
        &self.dates
    }

    /// Whether a date excludes a minute.
    #[inline]
    pub(crate) fn has_date(&self, minute: Minute) -> bool {
        let after = self.dates.partition_point(|(first, _)| *first <= minute);
        after > 0 && minute <= self.dates[after - 1].1
    }

    /// How many minutes from the first to the last dates exclude.
    pub(crate) fn dated(&self, (first, last): (Minute, Minute)) -> i64 {
        self.dates.iter().map(|(from, until)| (*until.min(&last) - *from.max(&first) + 1).max(0)).sum()
    }
}

impl Shape {
    /// The exclusions of an indicator, an index into [`Shape::exclusions`]; none where it has none.
    pub(super) fn exclusion(
        &mut self,
        service: &Service,
        indicator: &Indicator,
    ) -> Result<Option<usize>, EvaluatorError> {
        if indicator.exclusions.is_empty() && indicator.needed.is_empty() {
            return Ok(None);
        }
        let by = position_or_push(&mut self.bys, &Vec::new());
        let (mut dates, mut flows) = (Vec::new(), Vec::new());
        for exclusion in &indicator.exclusions {
            match exclusion {
                Exclusion::Dates { from, until, .. } => {
                    // Minutes that lie in it wholly.
                    let minute = MINUTE as i64;
                    dates.push((-(-from).div_euclid(minute) + 1, until.div_euclid(minute)));
                }
                Exclusion::When { flow, .. } => flows.push(self.source(service, flow, by, &indicator.id)?),
            }
        }
        let mut needed = Vec::new();
        for flow in &indicator.needed {
            needed.push(self.source(service, flow, by, &indicator.id)?);
        }
        for list in [&mut flows, &mut needed] {
            list.sort_unstable();
            list.dedup();
        }
        let dates = apart(dates);
        let same = |known: &ExclusionShape| known.dates == dates && known.flows == flows && known.needed == needed;
        Ok(Some(self.exclusions.iter().position(same).unwrap_or_else(|| {
            self.exclusions.push(ExclusionShape { dates, flows, needed, by, slots: 1 });
            self.exclusions.len() - 1
        })))
    }
}

/// The same minutes in ranges that are ascending and apart.
fn apart(mut dates: Vec<(Minute, Minute)>) -> Vec<(Minute, Minute)> {
    dates.retain(|(first, last)| first <= last);
    dates.sort_unstable();
    let mut merged: Vec<(Minute, Minute)> = Vec::new();
    for (first, last) in dates {
        match merged.last_mut() {
            Some(before) if first <= before.1 + 1 => before.1 = before.1.max(last),
            _ => merged.push((first, last)),
        }
    }
    merged
}
