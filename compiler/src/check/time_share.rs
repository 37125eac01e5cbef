//! `gauge op x for p of the time`.

use farthing_grammar::{CompareOp, Expr, ExprKind, Number};
use farthing_plan::{Comparison, Exact, Form, Source, Unit};

use super::{
    Checker, Scope,
    condition::{Draft, Promised, comparison, single},
};
use crate::{
    diagnostics::{Diagnostic, codes},
    reported::Checked,
    value::{BaseFlow, Ratio, Value},
};

impl<'w> Checker<'w> {
    /// `gauge op x for p of the time`
    pub(super) fn time_share(
        &self,
        scope: &Scope<'_, 'w>,
        left: &'w Expr,
        op: CompareOp,
        right: &'w Expr,
        share: &Number,
    ) -> Checked<Promised<'w>> {
        let share_place = self.place(scope.module, share.span);
        let good = self.share(share, share_place)?;
        let value = self.expression(scope, left);
        let bound = self.constant(scope, right);
        let (value, bound) = (value?, bound?);
        let bound = self.exchanged_constant(scope, bound, &self.unit_of(&value));
        let left_place = self.place(scope.module, left.span);
        let gauge = match &value {
            Value::Measured(linear) if linear.level && linear.constants.is_empty() => match linear.terms.as_slice() {
                [term] => match &term.flow.source {
                    Source::Gauge { metric, matchers, aggregate: farthing_plan::Aggregate::Sum, scale } => {
                        Some((term, metric, matchers, scale))
                    }
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        let Some((term, metric, matchers, scale)) = gauge else {
            return Err(self.report(
                Diagnostic::error(
                    codes::TIME_SHARE,
                    "a share of the time is asked of one gauge",
                    left_place,
                    format!("this is {}", value.describe()),
                )
                .help(
                    "name a `gauge`; a ratio of flows is judged over its whole period, without `for ... of the time`",
                ),
            ));
        };
        if self.unit_of(&value) != bound.unit {
            return Err(self.report(self.target_unit(scope, left, value.clone(), right, &bound)));
        }
        if let ExprKind::Number(written) = &right.kind
            && bound.unit.is_ratio()
            && !written.percent
            && bound.amount > Exact::one()
        {
            let place = self.place(scope.module, right.span);
            return Err(self.report(
                Diagnostic::error(
                    codes::TARGET_RANGE,
                    format!("a ratio of {} is {}%", bound.amount, &bound.amount * &Exact::from(100)),
                    place,
                    "beyond 1",
                )
                .help(format!("write `{}%`, or the percentage that is meant", written.digits)),
            ));
        }
        let factor = &term.factor * scale;
        let Some(raw) = bound.amount.checked_div(&factor).filter(|_| !factor.is_negative()) else {
            return Err(self.report(Diagnostic::error(
                codes::TIME_SHARE,
                "a gauge times 0 or less says nothing",
                left_place,
                "never changes",
            )));
        };
        let time = |when: Option<(Comparison, Exact)>| {
            let hint = match &when {
                Some((op, bound)) => format!("{}:time:{}{bound}", term.flow.hint, op.symbol()),
                None => format!("{}:time", term.flow.hint),
            };
            let source = Source::GaugeTime { metric: metric.clone(), matchers: matchers.clone(), when };
            single(
                BaseFlow {
                    declared: None,
                    hint,
                    doc: term.flow.doc.clone(),
                    unit: Unit::base("s"),
                    source,
                    labels: term.flow.labels.clone(),
                },
                left_place,
            )
        };
        let ratio = Ratio { numerator: time(Some((comparison(op).negated(), raw))), denominator: time(None) };
        let text = |expr: &Expr| self.world.sources.line(self.place(scope.module, expr.span));
        let form = Form::Share {
            share: good.clone(),
            of: "time".to_string(),
            good: format!("{} {} {}", text(left), comparison(op).symbol(), text(right)),
        };
        Ok(Promised::simple(Draft::Share { good, form }, ratio))
    }
}
