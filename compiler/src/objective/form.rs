//! A promise and its budget as excess and allowance.

use farthing_grammar::{Expr, ExprKind, Name};
use farthing_plan::{self as plan, BudgetMode, Comparison, Exact, Form, Linear as Weights};

use super::Budget;
use crate::{
    check::{
        Checker, Scope,
        condition::{Draft, Promised},
    },
    diagnostics::{Diagnostic, codes},
    reported::{Checked, Reported, reported},
    sources::Place,
    units::number,
    value::{Constant, LinearTerm, Ratio},
};

/// The share of a budget, and where it is stated.
pub(super) fn budget<'w>(
    checker: &Checker<'w>,
    scope: &Scope<'_, 'w>,
    expr: &'w Expr,
    mode: BudgetMode,
) -> Checked<Budget> {
    let place = checker.place(scope.module, expr.span);
    let range = |what: &str| {
        checker.report(
            Diagnostic::error(codes::BUDGET_RANGE, what.to_string(), place, "this budget")
                .help("write `budget 5%`: a twentieth above the target may be spent over the whole period"),
        )
    };
    let share = match &expr.kind {
        ExprKind::Number(written) if written.percent => reported(number(written, place), checker.sink())?,
        // The parameter of a template.
        ExprKind::Path(_) => match checker.constant(scope, expr)? {
            Constant { amount, unit } if unit.is_ratio() => amount,
            _ => return Err(range("a budget is a share of the target, in percent")),
        },
        _ => return Err(range("a budget is a share of the target, in percent")),
    };
    if share <= Exact::zero() || share > Exact::one() {
        return Err(range("a budget is above 0% and at most 100%"));
    }
    Ok(Budget { share, mode, place })
}

pub(super) struct Lowered {
    pub form: Form,
    pub excess: Weights,
    pub allowance: Weights,
    pub budget_unit: plan::Unit,
    /// The highest burn rate, where there is one.
    pub highest: Option<Exact>,
}

/// The promise as excess and allowance over numerator and denominator.
pub(super) fn lower(
    checker: &Checker<'_>,
    promised: &Promised<'_>,
    budget: Option<&Budget>,
    name: &Name,
    name_place: Place,
) -> Checked<Lowered> {
    let (zero, one) = (Exact::zero(), Exact::one());
    let ratio = &promised.ratio;
    match &promised.form {
        Draft::Mean { comparison, target, shown, place } => {
            let Some(Budget { share: budget, .. }) = budget else {
                let low = matches!(comparison, Comparison::Greater | Comparison::AtLeast);
                return Err(checker.report(
                    Diagnostic::error(
                        codes::NO_BUDGET,
                        format!("`{}` has no budget", name.text),
                        name_place,
                        if low { "how much less may it be?" } else { "how much more may it be?" },
                    )
                    .help("add `budget 5%`: the share of the target by which the period's mean may miss it"),
                ));
            };
            let part = promised.derived.is_none() && is_part(ratio);
            if part && *target > one {
                return Err(checker.report(
                    Diagnostic::error(codes::TARGET_RANGE, "a part is never more than the whole", *place, "above 100%")
                        .help("a share lies between 0% and 100%"),
                ));
            }
            let inverse = target.recip().ok_or(Reported)?;
            let at_most = matches!(comparison, Comparison::Less | Comparison::AtMost);
            let (excess, allowance, budget_unit) = if at_most {
                (
                    Weights { numerator: one, denominator: -target.clone() },
                    Weights { numerator: zero, denominator: budget * target },
                    ratio.numerator.unit.clone(),
                )
            } else {
                (
                    Weights { numerator: -inverse.clone(), denominator: one },
                    Weights { numerator: budget * &inverse, denominator: zero },
                    ratio.denominator.unit.clone(),
                )
            };
            // Where all is waste, the ratio is 1, and no more can burn.
            let highest = (part && at_most)
                .then(|| (&inverse - &Exact::one()).checked_div(budget))
                .flatten()
                .filter(|highest| !highest.is_negative());
            let form = Form::Mean {
                comparison: *comparison,
                target: target.clone(),
                shown: shown.clone(),
                budget: budget.clone(),
            };
            Ok(Lowered { form, excess, allowance, budget_unit, highest })
        }
        Draft::Share { good, form } => {
            if let Some(budget) = budget {
                let (message, help) = match budget.mode {
                    BudgetMode::Gross => (
                        "a share is its own budget, and nothing of it can be saved",
                        "remove `budget`: what is bad is never below 0, so that gross and net are the same",
                    ),
                    BudgetMode::Net => {
                        ("a share is its own budget", "remove `budget`: what may be bad is what the share leaves")
                    }
                };
                return Err(checker.report(
                    Diagnostic::error(codes::BUDGET_OF_SHARE, message, budget.place, "stated beside a share")
                        .label(name_place, "of this objective")
                        .help(help),
                ));
            }
            let bad = &one - good;
            Ok(Lowered {
                highest: bad.recip(),
                form: form.clone(),
                excess: Weights { numerator: one, denominator: zero.clone() },
                allowance: Weights { numerator: zero, denominator: bad },
                budget_unit: ratio.denominator.unit.clone(),
            })
        }
    }
}

/// An indicator must measure something, and be able to be anything but 0.
pub(super) fn nothing(checker: &Checker<'_>, ratio: &Ratio<'_>, place: Place) -> Checked<()> {
    let reads = !ratio.numerator.terms.is_empty() || !ratio.denominator.terms.is_empty();
    let what = if ratio.denominator.is_nothing() {
        "it divides by what is always 0"
    } else if ratio.numerator.is_nothing() {
        "it is always 0"
    } else if !reads {
        "nothing in it is measured"
    } else {
        return Ok(());
    };
    Err(checker.report(
        Diagnostic::error(codes::NO_RATIO, format!("this says nothing: {what}"), place, what)
            .help("divide what it costs by what it delivers: `gpu / answers <= $0.01 per request`"),
    ))
}

/// Whether the numerator is a part of the denominator: one flow, and parts of it that have nothing in common.
fn is_part(ratio: &Ratio<'_>) -> bool {
    let ([whole], Some(first)) = (ratio.denominator.terms.as_slice(), ratio.numerator.terms.first()) else {
        return false;
    };
    let size = |term: &LinearTerm<'_>| &term.factor * &crate::flows::scale(&term.flow.source);
    ratio.unit().is_ratio()
        && ratio.numerator.constant().is_zero()
        && ratio.denominator.constant().is_zero()
        && ratio.numerator.terms.len() == 1
        && size(first) == size(whole)
        && !first.factor.is_negative()
        && crate::flows::covers(&whole.flow.source, &first.flow.source)
}
