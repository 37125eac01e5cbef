//! The arithmetic of objectives: from amounts in windows to verdicts.

use farthing_plan::{Comparison, MINUTE};

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
    /// A derived indicator has no amounts in this window; then both are 0.
    pub lacking: bool,
}

/// The amounts of one window, and what was lost in it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Loss {
    pub amounts: Amounts,
    /// E(w).
    pub excess: f64,
}

impl Amounts {
    /// observed(w) in seconds.
    pub(crate) fn observed(&self) -> f64 {
        (self.minutes * MINUTE as i64) as f64
    }

    /// `N / D`; none where D is not above 0.
    pub(crate) fn ratio(&self) -> Option<f64> {
        (self.denominator > 0.0).then(|| self.numerator / self.denominator)
    }

    /// `N / D`, or `1 - N / D` for a share; none where D is not above 0.
    pub(crate) fn measured(&self, objective: &ObjectiveShape) -> Option<f64> {
        self.ratio().map(|ratio| if objective.share { 1.0 - ratio } else { ratio })
    }

    /// What was lost where savings pay for overspending.
    pub(crate) fn net_excess(&self, objective: &ObjectiveShape) -> f64 {
        objective.excess.0 * self.numerator + objective.excess.1 * self.denominator
    }

    /// A(w).
    pub(crate) fn allowance(&self, objective: &ObjectiveShape) -> f64 {
        objective.allowance.0 * self.numerator + objective.allowance.1 * self.denominator
    }

    /// The absolute values of what a linear form adds up.
    fn size(&self, (of_numerator, of_denominator): (f64, f64)) -> f64 {
        (of_numerator * self.numerator).abs() + (of_denominator * self.denominator).abs()
    }
}

impl Loss {
    /// A(w).
    pub(crate) fn allowance(&self, objective: &ObjectiveShape) -> f64 {
        self.amounts.allowance(objective)
    }

    /// E(w) / A(w); none where A(w) is not above 0.
    pub(crate) fn consumed(&self, objective: &ObjectiveShape) -> Option<f64> {
        let allowance = self.allowance(objective);
        (allowance > 0.0).then(|| self.excess / allowance)
    }

    /// Whether E(w) is at most A(w); none where A(w) is not above 0.
    pub(crate) fn met(&self, objective: &ObjectiveShape) -> Option<bool> {
        let allowance = self.allowance(objective);
        let size = self.size(objective) + self.amounts.size(objective.allowance);
        (allowance > 0.0).then_some(self.excess - allowance <= NEAR * size)
    }

    /// The burn rate over `window`, whose loss this is, at the pace of `rolling`, the last period's length.
    pub(crate) fn burn(&self, window: Window, rolling: &Loss, objective: &ObjectiveShape) -> Option<f64> {
        if self.amounts.minutes == 0 || self.amounts.lacking {
            return None;
        }
        let (seconds, pace) = self.pace(window, rolling, objective)?;
        Some(self.excess / seconds / pace)
    }

    /// Whether the burn rate over `window` is above `factor`, as [`Loss::burn`] has it.
    pub(crate) fn burns_above(&self, factor: f64, window: Window, rolling: &Loss, objective: &ObjectiveShape) -> bool {
        if self.amounts.minutes == 0 || self.amounts.lacking {
            return false;
        }
        self.pace(window, rolling, objective).is_some_and(|(seconds, pace)| {
            let rate = self.excess / seconds / pace;
            let by = if objective.per_unit { self } else { rolling };
            let of_allowance = by.amounts.size(objective.allowance) / by.allowance(objective);
            rate - factor > NEAR * (self.size(objective) / seconds / pace + factor * of_allowance)
        })
    }

    /// The seconds until the budget is gone at the pace of the last `hour`.
    pub(crate) fn exhaustion(&self, hour: &Loss, objective: &ObjectiveShape) -> Option<f64> {
        let allowance = self.allowance(objective);
        let spends = hour.excess > NEAR * hour.size(objective);
        (allowance > 0.0 && self.excess < allowance && spends)
            .then(|| (allowance - self.excess) / (hour.excess / 3_600.0))
    }

    /// By which two numbers an excess is divided for a burn rate: the window's seconds, and the allowance per second; or
    /// 1, and the window's own allowance. None where nothing is allowed.
    fn pace(&self, window: Window, rolling: &Loss, objective: &ObjectiveShape) -> Option<(f64, f64)> {
        let by = if objective.per_unit { self } else { rolling };
        let allowance = by.allowance(objective);
        if by.amounts.minutes == 0 || allowance <= 0.0 {
            return None;
        }
        Some(if objective.per_unit {
            (1.0, allowance)
        } else {
            (window.seconds as f64, allowance / by.amounts.observed())
        })
    }

    fn size(&self, objective: &ObjectiveShape) -> f64 {
        self.amounts.size(objective.excess)
    }
}

/// Whether `a` is at most `b`, but for rounding.
pub(crate) fn nearly_at_most(a: f64, b: f64) -> bool {
    a - b <= NEAR * (a.abs() + b.abs())
}

/// Whether two values differ by at most so much, but for rounding.
pub(crate) fn nearly_apart_by(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() - tolerance <= NEAR * (a.abs() + b.abs() + tolerance)
}

/// Whether a value compares so with a bound; what rounding alone could part is equal.
pub(crate) fn nearly_holds(value: f64, comparison: Comparison, bound: f64) -> bool {
    match comparison {
        Comparison::AtMost => nearly_at_most(value, bound),
        Comparison::AtLeast => nearly_at_most(bound, value),
        Comparison::Less => !nearly_at_most(bound, value),
        Comparison::Greater => !nearly_at_most(value, bound),
    }
}
