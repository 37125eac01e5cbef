//! Objectives: linear forms, windows, alerts, and what they depend on.

use farthing_plan::{
    BudgetMode, BurnForm, Comparison, Equality, Form, Guard, Labels, Objective, Plan, Severity, Side, Spending,
};

use super::{LONGEST_PERIOD, PeriodShape, Shape, Window, float, indicator::Indicators};
use crate::{error::EvaluatorError, report::MAX_HISTORY, time::Minute};

/// An objective.
pub(crate) struct ObjectiveShape {
    /// Its id.
    pub id: String,
    /// Why it cannot be judged here; then nothing else of it is used.
    pub not_judged: Option<String>,
    /// Whether `1 - N/D` is reported.
    pub share: bool,
    /// E's factors of N and D.
    pub excess: (f64, f64),
    /// A's factors of N and D.
    pub allowance: (f64, f64),
    /// Whether savings pay for nothing.
    pub gross: bool,
    /// Whether a burn rate is measured by the window's own allowance.
    pub per_unit: bool,
    /// The only groups that it judges.
    pub only: Labels,
    /// The period.
    pub period: PeriodShape,
    /// Every window that its alerts use, ascending.
    pub burn: Vec<Window>,
    /// Its alerts, in order.
    pub alerts: Vec<AlertShape>,
    /// No alert fires where one of these does not hold.
    pub guards: Vec<GuardShape>,
    /// What may be spent on purpose.
    pub spendings: Vec<SpendingShape>,
    /// What must be equal.
    pub equality: Option<EqualityShape>,
    /// The step of its history: of slots for a long period, of minutes for a short one.
    pub history_step: i64,
}

/// An alert.
pub(crate) struct AlertShape {
    /// Index of the long window in [`ObjectiveShape::burn`].
    pub long: usize,
    /// Index of the short one.
    pub short: usize,
    /// The factor.
    pub factor: f64,
    /// The severity.
    pub severity: Severity,
}

/// What must come to enough.
pub(crate) struct GuardShape {
    /// Index into [`Shape::indicators`].
    pub indicator: usize,
    pub side: Side,
    pub comparison: Comparison,
    pub bound: f64,
    pub window: Window,
}

/// What must be equal over the period.
pub(crate) struct EqualityShape {
    /// Indices into [`Shape::indicators`].
    pub left: usize,
    pub right: usize,
    pub tolerance: f64,
}

/// What may be spent on purpose.
pub(crate) struct SpendingShape {
    /// The burn rate of a window that lies in its time wholly.
    rate: f64,
    /// In seconds since the epoch.
    from: i64,
    until: i64,
}

impl ObjectiveShape {
    /// The burn rate that is planned for a window that ends at `now`.
    pub(crate) fn planned(&self, window: Window, now: Minute) -> f64 {
        let end = window.at(now).end_s();
        let start = end - window.seconds as i64;
        let planned = |spending: &SpendingShape| {
            let within = (end.min(spending.until) - start.max(spending.from)).max(0);
            spending.rate * within as f64 / window.seconds as f64
        };
        self.spendings.iter().map(planned).sum()
    }
}

impl Shape {
    pub(super) fn objective<'p>(
        &mut self,
        plan: &Plan,
        indicators: &mut Indicators<'p>,
        objective: &Objective,
    ) -> Result<(), EvaluatorError> {
        let window = |seconds: u64| {
            if seconds == 0 || seconds > LONGEST_PERIOD {
                return Err(EvaluatorError::Length { objective: objective.id.clone(), seconds });
            }
            Ok(Window::new(seconds))
        };
        window(objective.period.seconds())?;
        let period = PeriodShape::new(&objective.period, plan, &objective.id)?;
        let mut burn = Vec::new();
        for alert in &objective.alerts {
            burn.extend([window(alert.long)?, window(alert.short)?]);
        }
        burn.sort();
        burn.dedup();
        let at = |seconds: u64| burn.iter().position(|window| window.seconds == seconds).unwrap_or_default();
        let alerts = objective.alerts.iter().map(|alert| {
            Ok(AlertShape {
                long: at(alert.long),
                short: at(alert.short),
                factor: float(&alert.factor)?,
                severity: alert.severity,
            })
        });
        let alerts = alerts.collect::<Result<_, EvaluatorError>>()?;
        let not_judged = reads_query(indicators, objective);
        let (mut guards, mut equality) = (Vec::new(), None);
        if not_judged.is_none() {
            let indicator = self.indicator(indicators, &objective.indicator, &objective.by, &objective.id)?;
            for window in burn.iter().copied().chain([period.longest()]) {
                self.keep(indicator, window);
            }
            for Guard { indicator, side, comparison, bound, window: seconds, .. } in &objective.guards {
                let indicator = self.indicator(indicators, indicator, &objective.by, &objective.id)?;
                let window = window(*seconds)?;
                self.keep(indicator, window);
                let (side, comparison, bound) = (*side, *comparison, float(bound)?);
                guards.push(GuardShape { indicator, side, comparison, bound, window });
            }
            if let Some(Equality { left, right, tolerance, .. }) = &objective.equality {
                let [left, right] =
                    [left, right].map(|id| self.indicator(indicators, id, &objective.by, &objective.id));
                let (left, right) = (left?, right?);
                self.keep(left, period.longest());
                self.keep(right, period.longest());
                equality = Some(EqualityShape { left, right, tolerance: float(tolerance)? });
            }
            self.indicators[indicator].objectives.push(self.objectives.len());
            let longest = if period.rolling.long { &mut self.period_slots } else { &mut self.period_minutes };
            *longest = (*longest).max(period.longest().steps);
        }
        let spending = |spending: &Spending| {
            let seconds = spending.until - spending.from;
            let rate = float(&spending.share)? * objective.period.seconds() as f64 / seconds.max(1) as f64;
            Ok(SpendingShape { rate, from: spending.from, until: spending.until })
        };
        self.objectives.push(ObjectiveShape {
            id: objective.id.clone(),
            not_judged,
            share: !matches!(objective.form, Form::Mean { .. }),
            excess: (float(&objective.excess.numerator)?, float(&objective.excess.denominator)?),
            allowance: (float(&objective.allowance.numerator)?, float(&objective.allowance.denominator)?),
            gross: objective.budget_mode == BudgetMode::Gross,
            per_unit: objective.burn_form == BurnForm::PerUnit,
            only: objective.only.clone(),
            history_step: (period.longest().steps as usize).div_ceil(MAX_HISTORY) as i64,
            period,
            burn,
            alerts,
            guards,
            spendings: objective.spendings.iter().map(spending).collect::<Result<_, EvaluatorError>>()?,
            equality,
        });
        Ok(())
    }
}

/// Why an objective cannot be judged without Prometheus, where it cannot.
fn reads_query(indicators: &Indicators<'_>, objective: &Objective) -> Option<String> {
    let query = objective.indicators().find_map(|id| indicators.query(id))?;
    Some(format!("reads a PromQL query ({}), which only Prometheus can evaluate", query.id))
}
