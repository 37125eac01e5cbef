//! The promise of an objective: its two flows, as numerator and denominator.

use std::rc::Rc;

use farthing_grammar::{CompareOp, Condition as Promise, Expr, Number};
use farthing_plan::{Comparison, Exact, Form, Shown};

use super::{Checker, Scope, arithmetic::rate_help, describe::in_words};
use crate::{
    diagnostics::{Diagnostic, codes},
    reported::{Checked, Reported, reported},
    shown,
    sources::Place,
    units::{currency_of, number},
    value::{BaseFlow, Constant, Derived, LabelSet, Linear, Ratio, Value},
};

/// A promise with its units checked.
pub(crate) struct Promised<'w> {
    pub form: Draft,
    pub ratio: Ratio<'w>,
    /// What the ratio follows from, where it is no simple one.
    pub derived: Option<Rc<Derived<'w>>>,
    /// The bound that it is judged by, where that is not the one that was stated.
    pub judged: Option<String>,
}

impl<'w> Promised<'w> {
    pub(super) fn simple(form: Draft, ratio: Ratio<'w>) -> Self {
        Promised { form, ratio, derived: None, judged: None }
    }
}

/// What was promised, before the budget is known.
pub(crate) enum Draft {
    /// A mean, with its target.
    Mean { comparison: Comparison, target: Exact, shown: Shown, place: Place },
    /// A share, a quantile or a time share: the share that must be good, and how it is told.
    Share { good: Exact, form: Form },
}

impl Draft {
    /// The share that may be bad; none of a mean.
    pub(super) fn may_be_bad(&self) -> Option<Exact> {
        match self {
            Draft::Mean { .. } => None,
            Draft::Share { good, .. } => Some(&Exact::one() - good),
        }
    }
}

pub(crate) fn comparison(op: CompareOp) -> Comparison {
    match op {
        CompareOp::Less => Comparison::Less,
        CompareOp::AtMost => Comparison::AtMost,
        CompareOp::Greater => Comparison::Greater,
        CompareOp::AtLeast => Comparison::AtLeast,
    }
}

impl<'w> Checker<'w> {
    /// Checks a promise.
    pub(crate) fn promise(&self, scope: &Scope<'_, 'w>, promise: &'w Promise) -> Checked<Promised<'w>> {
        match promise {
            Promise::Compare { left, op, right, share_of_time: None } => self.mean(scope, left, *op, right),
            Promise::Compare { left, op, right, share_of_time: Some(share) } => {
                self.time_share(scope, left, *op, right, share)
            }
            // Each class by its own target: whoever asks for a promise asks for those.
            Promise::Classes { .. } => Err(Reported),
            Promise::Quantile { quantile, of, op, right, approximately } => {
                let place = self.place(scope.module, quantile.span);
                let share = Number {
                    digits: quantile.text.clone(),
                    scale: None,
                    currency: None,
                    percent: true,
                    span: quantile.span,
                };
                let share = self.share(&share, place)?;
                self.quantile(scope, (share, place), of, (*op, right), *approximately)
            }
            Promise::Share { share, of, good, approximately } => {
                let place = self.place(scope.module, share.span);
                let share = self.share(share, place)?;
                self.good_share(scope, share, of, good, *approximately)
            }
        }
    }

    pub(crate) fn mean(
        &self,
        scope: &Scope<'_, 'w>,
        left: &'w Expr,
        op: CompareOp,
        right: &'w Expr,
    ) -> Checked<Promised<'w>> {
        let value = self.expression(scope, left);
        let target = self.constant(scope, right);
        let (value, target) = (value?, target?);
        let left_place = self.place(scope.module, left.span);
        let value = self.exchanged(scope, value, &target.unit, left_place)?;
        let mut derived = None;
        let ratio = match value {
            Value::Ratio(ratio) => ratio,
            Value::Derived(found) => {
                let ratio = found.as_ratio();
                derived = Some(found);
                ratio
            }
            Value::Measured(linear) if currency_of(&linear.unit).is_some() => {
                return Err(self.report(
                    Diagnostic::error(
                        codes::NO_RATIO,
                        "how much is spent says nothing without what it is spent on",
                        left_place,
                        "this is money alone",
                    )
                    .help("divide it by a volume: `gpu / answers <= $0.01 per request`"),
                ));
            }
            Value::Measured(linear) if linear.level => {
                return Err(self.report(
                    Diagnostic::error(
                        codes::LEVEL_OBJECTIVE,
                        "a level is not good or bad as a whole, but for a part of the time",
                        left_place,
                        format!("this is a gauge in {}", linear.seen_unit()),
                    )
                    .help(format!(
                        "say for how much of the time: `{} {} {} for 99% of the time`, or divide it by a volume",
                        self.world.sources.text(left_place),
                        comparison(op).symbol(),
                        self.world.sources.text(self.place(scope.module, right.span)),
                    )),
                ));
            }
            Value::Histogram(histogram) => {
                return Err(self.report(
                    Diagnostic::error(
                        codes::HISTOGRAM,
                        "a histogram is compared by a quantile or a share of it",
                        left_place,
                        format!("`{}` is a histogram", histogram.instrument.name.text),
                    )
                    .label(histogram.declared_at, "declared here")
                    .help(format!(
                        "write `p95 of {} {} {}`",
                        self.world.sources.text(left_place),
                        comparison(op).symbol(),
                        self.world.sources.text(self.place(scope.module, right.span)),
                    )),
                ));
            }
            other => {
                return Err(self.report(
                    Diagnostic::error(
                        codes::NO_RATIO,
                        "an objective is about what something costs for what it delivers: a flow over a flow",
                        left_place,
                        format!("this is {}", self.describe_unit(&other)),
                    )
                    .help("divide it by a volume: `gpu / answers <= $0.01 per request`"),
                ));
            }
        };
        let unit = ratio.unit();
        if unit != target.unit {
            return Err(self.report(self.target_unit(scope, left, Value::Ratio(ratio), right, &target)));
        }
        let place = self.place(scope.module, right.span);
        if target.amount.is_zero() || target.amount.is_negative() {
            return Err(self.report(
                Diagnostic::error(codes::TARGET_RANGE, "a target is above 0", place, "nothing could be met or burned")
                    .help("state what is worth it; the budget is a share of the target"),
            ));
        }
        let shown = shown::of_expression(self, scope, right, &target);
        let draft = Draft::Mean { comparison: comparison(op), target: target.amount, shown, place };
        Ok(Promised { form: draft, ratio, derived, judged: None })
    }

    pub(crate) fn target_unit(
        &self,
        scope: &Scope<'_, 'w>,
        left: &'w Expr,
        value: Value<'w>,
        right: &'w Expr,
        target: &Constant,
    ) -> Diagnostic {
        let unit = self.unit_of(&value);
        let left_place = self.place(scope.module, left.span);
        let right_place = self.place(scope.module, right.span);
        let right_text = self.world.sources.text(right_place);
        let (own, asked) = (currency_of(&unit), currency_of(&target.unit));
        let help = if let (Some(own), Some(asked)) = (own, asked)
            && own != asked
        {
            rate_help(asked, own)
        } else if target.unit.is_ratio() {
            format!("give the target its unit: `{}`", shown::example(&unit, right_text))
        } else if target.unit.0.len() < unit.0.len() {
            format!("say per what: `{}`", shown::example(&unit, right_text))
        } else {
            let countable = |name: &String| self.units.is_counted_singly(name);
            match shown::swapped(&unit, &target.unit).filter(|(one, other)| countable(one) && countable(other)) {
                Some((found, asked)) => format!(
                    "if each {found} is one {asked}, say so: `... as {asked}` behind the volume; else correct the target's unit"
                ),
                None => format!("the target must be {}", in_words(&unit)),
            }
        };
        Diagnostic::error(
            codes::TARGET_UNIT,
            format!("{} cannot be compared with {}", in_words(&unit), in_words(&target.unit)),
            right_place,
            format!("this is {}", in_words(&target.unit)),
        )
        .label(left_place, self.derivation(scope, left, &value))
        .help(help)
    }

    fn quantile(
        &self,
        scope: &Scope<'_, 'w>,
        (quantile, quantile_place): (Exact, Place),
        of: &'w Expr,
        (op, right): (CompareOp, &'w Expr),
        approximately: bool,
    ) -> Checked<Promised<'w>> {
        let value = self.expression(scope, of);
        let bound = self.constant(scope, right);
        let (value, bound) = (value?, bound?);
        let bound = self.exchanged_constant(scope, bound, &self.unit_of(&value));
        let of_place = self.place(scope.module, of.span);
        if self.unit_of(&value) != bound.unit && matches!(value, Value::Histogram(_) | Value::Field(_)) {
            return Err(self.report(self.target_unit(scope, of, value, right, &bound)));
        }
        let op = comparison(op);
        // p05 > x: at most 5% lie below, so 95% are good.
        let good = match op {
            Comparison::Less | Comparison::AtMost => quantile.clone(),
            Comparison::Greater | Comparison::AtLeast => Exact::one() - quantile.clone(),
        };
        let beyond = match value {
            Value::Histogram(_) | Value::Field(_) => {
                self.beyond(scope, value, op, (right, &bound), of_place, approximately)?
            }
            other => {
                return Err(self.report(
                    Diagnostic::error(
                        codes::QUANTILE,
                        format!("there is no quantile of {}", other.describe()),
                        of_place,
                        format!("this is {}", self.describe_unit(&other)),
                    )
                    .label(quantile_place, "this asks for a quantile")
                    .help("ask it of a `histogram`, or of an event's field: `p95 of requests.latency < 2 s`"),
                ));
            }
        };
        let form = Form::Quantile {
            quantile,
            of: self.world.sources.line(of_place),
            comparison: op,
            shown: shown::of_expression(self, scope, right, &bound),
            bound: bound.amount,
        };
        Ok(Promised { judged: beyond.judged, ..Promised::simple(Draft::Share { good, form }, beyond.ratio) })
    }

    /// A constant, where one must stand.
    pub(crate) fn constant(&self, scope: &Scope<'_, 'w>, expr: &'w Expr) -> Checked<Constant> {
        let place = self.place(scope.module, expr.span);
        match self.expression(scope, expr)? {
            Value::Constant(constant) => Ok(constant),
            other => Err(self.report(
                Diagnostic::error(
                    codes::NOT_CONSTANT,
                    "the right side of a promise is a constant",
                    place,
                    format!("this is {}", other.describe()),
                )
                .help("write what is measured on the left: `gpu / answers <= $0.01 per request`"),
            )),
        }
    }

    /// A share between 0 and 1, both excluded.
    pub(crate) fn share(&self, share: &Number, place: Place) -> Checked<Exact> {
        self.share_or(share, place, "write `99%`; 100% would leave no budget, and any single event would break it")
    }

    /// A share between 0 and 1, both excluded, and what to write where it is none.
    pub(super) fn share_or(&self, share: &Number, place: Place, help: &str) -> Checked<Exact> {
        let value = reported(number(share, place), &self.sink)?;
        if !share.percent || value <= Exact::zero() || value >= Exact::one() {
            return Err(self.report(
                Diagnostic::error(codes::SHARE_RANGE, "a share lies between 0% and 100%", place, "out of range")
                    .help(help),
            ));
        }
        Ok(value)
    }
}

/// A combination of one flow.
pub(crate) fn single(flow: BaseFlow<'_>, place: Place) -> Linear<'_> {
    Linear::single(flow, place, false)
}

/// The labels of a histogram's series.
pub(crate) fn histogram_labels<'w>(histogram: &crate::value::Histogram<'w>) -> LabelSet<'w> {
    LabelSet::Series { declared: &histogram.instrument.labels, renamed: histogram.renamed.clone() }
}
