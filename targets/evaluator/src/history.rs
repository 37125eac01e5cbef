//! The past of an objective within one group, for a chart.

use std::collections::VecDeque;

use crate::{
    judging::Case,
    report::{HistoryPoint, MAX_HISTORY},
    shape::Span,
    time::{MINUTE_MS, Minute, last_slot},
};

/// At most [`MAX_HISTORY`] points, oldest first.
#[derive(Default)]
pub(crate) struct History {
    /// The end of each point's step, and the share of the budget consumed by then; not a number where there is none.
    points: VecDeque<(Minute, f64)>,
    /// Each point's own amounts, where they are read from minutes. Those of slots are kept for as long as the points are.
    own: VecDeque<(f64, f64)>,
    /// Whether it changed since it was saved.
    pub unsaved: bool,
}

impl History {
    /// Adds a point, or makes the last one anew; what is not after `oldest` goes.
    pub(crate) fn push(&mut self, at: Minute, consumed: Option<f64>, own: Option<(f64, f64)>, oldest: Minute) {
        let made = (at, consumed.unwrap_or(f64::NAN));
        if self.points.back().is_some_and(|(last, _)| *last == at) {
            let last = self.points.pop_back();
            self.own.truncate(self.points.len());
            self.unsaved |= last.is_none_or(|last| last.1.to_bits() != made.1.to_bits());
        } else {
            self.unsaved = true;
        }
        self.points.push_back(made);
        self.own.extend(own);
        while self.points.len() > MAX_HISTORY || self.points.front().is_some_and(|(at, _)| *at <= oldest) {
            self.points.pop_front();
            self.own.pop_front();
            self.unsaved = true;
        }
    }

    /// The points as they are reported.
    pub(crate) fn points(&self, case: &Case<'_>) -> Vec<HistoryPoint> {
        let step = case.shape.history_step;
        let point = |(index, (at, consumed)): (usize, &(Minute, f64))| {
            let own = match self.own.get(index) {
                Some((numerator, denominator)) => crate::amounts::Amounts {
                    numerator: *numerator,
                    denominator: *denominator,
                    minutes: step,
                    lacking: false,
                },
                None => case.amounts(Span { long: true, last: last_slot(*at), steps: step }),
            };
            HistoryPoint {
                at_ms: at * MINUTE_MS,
                consumed: Some(*consumed).filter(|consumed| !consumed.is_nan()),
                measured: own.measured(case.shape),
                numerator: own.numerator,
                denominator: own.denominator,
            }
        };
        self.points.iter().enumerate().map(point).collect()
    }

    /// As it is saved: points and amounts.
    pub(crate) fn saved(
        &self,
    ) -> (impl ExactSizeIterator<Item = &(Minute, f64)>, impl ExactSizeIterator<Item = &(f64, f64)>) {
        (self.points.iter(), self.own.iter())
    }

    /// What was saved.
    pub(crate) fn restored(points: VecDeque<(Minute, f64)>, own: VecDeque<(f64, f64)>) -> History {
        History { points, own, unsaved: false }
    }

    /// The bytes that it holds.
    pub(crate) fn bytes(&self) -> usize {
        self.points.capacity() * size_of::<(Minute, f64)>() + self.own.capacity() * size_of::<(f64, f64)>()
    }
}
