//! `gauge op x for p of the time`, and the time for which a gauge compares so.

use farthing_grammar::{CompareOp, Expr, ExprKind, Number};
use farthing_plan::{Aggregate, Comparison, Exact, Form, Matcher, Source, Unit};

use super::{
    Checker, Scope,
    condition::{Draft, Promised, comparison, single},
};
use crate::{
    diagnostics::{Code, Diagnostic, codes},
    reported::Checked,
    value::{BaseFlow, LinearTerm, Ratio, Value},
};

/// Who asks for the time of a gauge, for messages.
pub(crate) struct Asked {
    pub code: Code,
    pub message: &'static str,
    pub help: &'static str,
}

/// One gauge, and a bound in its exposed unit.
pub(crate) struct GaugeTime<'w> {
    term: LinearTerm<'w>,
    metric: String,
    matchers: Vec<Matcher>,
    pub bound: Exact,
}

impl<'w> GaugeTime<'w> {
    /// The time for which it compares so; all the time that it had a value where nothing is asked. A word says what the
    /// time is for.
    pub fn flow(&self, word: &str, when: Option<(Comparison, Exact)>) -> BaseFlow<'w> {
        let own = &self.term.flow;
        let hint = match &when {
            Some((op, bound)) => format!("{}:{word}:{}{bound}", own.hint, op.symbol()),
            None => format!("{}:{word}", own.hint),
        };
        let source = Source::GaugeTime { metric: self.metric.clone(), matchers: self.matchers.clone(), when };
        let (doc, labels) = (own.doc.clone(), own.labels.clone());
        BaseFlow { declared: None, hint, doc, unit: Unit::base("s"), source, labels }
    }
}

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
        let asked = Asked {
            code: codes::TIME_SHARE,
            message: "a share of the time is asked of one gauge",
            help: "name a `gauge`; a ratio of flows is judged over its whole period, without `for ... of the time`",
        };
        let gauge = self.gauge_time(scope, left, right, &asked)?;
        let left_place = self.place(scope.module, left.span);
        let bad = gauge.flow("time", Some((comparison(op).negated(), gauge.bound.clone())));
        let ratio =
            Ratio { numerator: single(bad, left_place), denominator: single(gauge.flow("time", None), left_place) };
        let text = |expr: &Expr| self.world.sources.line(self.place(scope.module, expr.span));
        let form = Form::Share {
            share: good.clone(),
            of: "time".to_string(),
            good: format!("{} {} {}", text(left), comparison(op).symbol(), text(right)),
        };
        Ok(Promised::simple(Draft::Share { good, form }, ratio))
    }

    /// One gauge and what it is compared with.
    pub(crate) fn gauge_time(
        &self,
        scope: &Scope<'_, 'w>,
        left: &'w Expr,
        right: &'w Expr,
        asked: &Asked,
    ) -> Checked<GaugeTime<'w>> {
        let value = self.expression(scope, left);
        let bound = self.constant(scope, right);
        let (value, bound) = (value?, bound?);
        let bound = self.exchanged_constant(scope, bound, &self.unit_of(&value));
        let left_place = self.place(scope.module, left.span);
        let gauge = match &value {
            Value::Measured(linear) if linear.level && linear.constants.is_empty() => match linear.terms.as_slice() {
                [term] => match &term.flow.source {
                    Source::Gauge { metric, matchers, aggregate: Aggregate::Sum, scale } => {
                        Some((term, metric, matchers, scale))
                    }
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        let Some((term, metric, matchers, scale)) = gauge else {
            let found = format!("this is {}", value.describe());
            return Err(self.report(Diagnostic::error(asked.code, asked.message, left_place, found).help(asked.help)));
        };
        // 0 is 0 in any unit.
        let is_plain_zero = bound.amount.is_zero() && bound.unit.is_ratio();
        if self.unit_of(&value) != bound.unit && !is_plain_zero {
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
        let Some(bound) = bound.amount.checked_div(&factor).filter(|_| !factor.is_negative()) else {
            return Err(self.report(Diagnostic::error(
                asked.code,
                "a gauge times 0 or less says nothing",
                left_place,
                "never changes",
            )));
        };
        Ok(GaugeTime { term: term.clone(), metric: metric.clone(), matchers: matchers.clone(), bound })
    }
}
