//! The arithmetic of objectives: from amounts in windows to verdicts.

use farthing_plan::MINUTE;

use crate::shape::{ObjectiveShape, Window};

/// How near to equality two amounts may be, relative to the sizes of what they are made of, for rounding alone to part
/// them: some thousand times what the sums and products here are off by. 29 bad ones of 100 are exactly what 71%
/// allows, though `29.0 > 0.29 * 100.0`; so near, what is compared is equal.
const NEAR: f64 = 1e-12;

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

    /// Whether E(w) is at most A(w); none where A(w) is not above 0.
    pub(crate) fn met(&self, objective: &ObjectiveShape) -> Option<bool> {
        let (excess, allowance) = (self.excess(objective), self.allowance(objective));
        let size = self.size(objective.excess) + self.size(objective.allowance);
        (allowance > 0.0).then_some(excess - allowance <= NEAR * size)
    }

    /// Whether the burn rate over `window` is above `factor`, as [`Amounts::burn`] has it.
    pub(crate) fn burns_above(
        &self,
        factor: f64,
        window: Window,
        period: &Amounts,
        objective: &ObjectiveShape,
    ) -> bool {
        self.burn(window, period, objective).is_some_and(|rate| {
            // The allowance of the period per second, by which an excess per second is a burn rate.
            let pace = period.allowance(objective) / period.observed();
            let size = self.size(objective.excess) / window.seconds as f64 / pace
                + factor * period.size(objective.allowance) / period.allowance(objective);
            rate - factor > NEAR * size
        })
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
        let spent = hour.excess(objective);
        let spends = spent > NEAR * hour.size(objective.excess);
        (allowance > 0.0 && excess < allowance && spends).then(|| (allowance - excess) / (spent / 3_600.0))
    }

    /// The absolute values of what a linear form adds up.
    fn size(&self, (of_numerator, of_denominator): (f64, f64)) -> f64 {
        (of_numerator * self.numerator).abs() + (of_denominator * self.denominator).abs()
    }
}
