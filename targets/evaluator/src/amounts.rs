//! The arithmetic of objectives: from amounts in windows to verdicts.

use farthing_plan::MINUTE;

use crate::shape::{ObjectiveShape, Window};

/// N(w), D(w) and observed(w) of one window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Amounts {
    pub numerator: f64,
    pub denominator: f64,
    /// Minutes that count.
    pub minutes: i64,
}

impl Amounts {
    /// observed(w) in seconds.
    pub(crate) fn observed(&self) -> f64 {
        (self.minutes * MINUTE as i64) as f64
    }

    /// `N / D`, or `1 - N / D` for a share; none where D is not above 0.
    pub(crate) fn measured(&self, objective: &ObjectiveShape) -> Option<f64> {
        let ratio = (self.denominator > 0.0).then(|| self.numerator / self.denominator)?;
        Some(if objective.share { 1.0 - ratio } else { ratio })
    }

    /// E(w).
    pub(crate) fn excess(&self, objective: &ObjectiveShape) -> f64 {
        objective.excess.0 * self.numerator + objective.excess.1 * self.denominator
    }

    /// A(w).
    pub(crate) fn allowance(&self, objective: &ObjectiveShape) -> f64 {
        objective.allowance.0 * self.numerator + objective.allowance.1 * self.denominator
    }

    /// E(w) / A(w); none where A(w) is not above 0.
    pub(crate) fn consumed(&self, objective: &ObjectiveShape) -> Option<f64> {
        let allowance = self.allowance(objective);
        (allowance > 0.0).then(|| self.excess(objective) / allowance)
    }

    /// The burn rate over `window`, which has these amounts, in a period with those of `period`.
    pub(crate) fn burn(&self, window: Window, period: &Amounts, objective: &ObjectiveShape) -> Option<f64> {
        let allowance = period.allowance(objective);
        if self.minutes == 0 || period.minutes == 0 || allowance <= 0.0 {
            return None;
        }
        Some((self.excess(objective) / window.seconds as f64) / (allowance / period.observed()))
    }

    /// The seconds until the budget is gone at the pace of the last `hour`.
    pub(crate) fn exhaustion(&self, hour: &Amounts, objective: &ObjectiveShape) -> Option<f64> {
        let (allowance, excess) = (self.allowance(objective), self.excess(objective));
        let pace = hour.excess(objective) / 3_600.0;
        (allowance > 0.0 && excess < allowance && pace > 0.0).then(|| (allowance - excess) / pace)
    }
}
