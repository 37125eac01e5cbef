//! Numbers of a test: in the unit of what they are numbers of.

use farthing_grammar::{Expr, ExprKind};
use farthing_plan::{Exact, Unit};

use super::Lowering;
use crate::{
    diagnostics::{Diagnostic, codes},
    reported::Checked,
    units::Quantity,
    value::{Constant, Value},
};

impl<'w> Lowering<'_, 'w> {
    /// A constant, with its unit.
    pub(super) fn constant(&self, expr: &'w Expr) -> Checked<Constant> {
        match self.checker.expression(&self.scope, expr)? {
            Value::Constant(constant) => Ok(constant),
            other => Err(self.checker.report(
                Diagnostic::error(
                    codes::TEST_VALUE,
                    "a test is made of numbers",
                    self.place(expr.span),
                    format!("this is {}", other.describe()),
                )
                .help("write a number, with its unit where it has one: `0.35/s`, `85%`, `300 ms`"),
            )),
        }
    }

    /// A number in the exposed unit of a metric or field. Without a unit it is in that already.
    pub(super) fn exposed(&self, expr: &'w Expr, own: &Quantity) -> Checked<Exact> {
        let constant = self.constant(expr)?;
        self.converted(expr, &constant, own, "")
    }

    /// A number a second, in the exposed unit of a metric.
    pub(super) fn exposed_rate(&self, expr: &'w Expr, own: &Quantity) -> Checked<Exact> {
        let mut constant = self.constant(expr)?;
        constant.unit = constant.unit.times(&Unit::base("s"), 1);
        if constant.unit.0.get("s").is_some_and(|power| *power > 0) && !own.unit.0.contains_key("s") {
            return Err(self.checker.report(
                Diagnostic::error(
                    codes::TEST_VALUE,
                    "how much in which time?",
                    self.place(expr.span),
                    "this is an amount, not a rate",
                )
                .help(format!("write `{}/s`, or `/m`, `/h`, `/d`", self.text(expr.span))),
            ));
        }
        self.converted(expr, &constant, own, " a second")
    }

    /// How many a second.
    pub(super) fn times_a_second(&self, expr: &'w Expr, counted: &Unit) -> Checked<Exact> {
        let own = Quantity { amount: Exact::one(), unit: counted.clone() };
        let rate = self.exposed_rate(expr, &own)?;
        self.not_negative(expr, rate)
    }

    pub(super) fn not_negative(&self, expr: &'w Expr, value: Exact) -> Checked<Exact> {
        if !value.is_negative() {
            return Ok(value);
        }
        Err(self.checker.report(
            Diagnostic::error(codes::TEST_VALUE, "this is never below 0", self.place(expr.span), "below 0")
                .help("only a gauge can be below 0, or fall"),
        ))
    }

    fn converted(&self, expr: &'w Expr, constant: &Constant, own: &Quantity, times: &str) -> Checked<Exact> {
        if is_plain(expr) && constant.unit.is_ratio() {
            return Ok(constant.amount.clone());
        }
        if self.checker.units.fits(&constant.unit, &own.unit)
            && let Some(value) = constant.amount.checked_div(&own.amount)
        {
            return Ok(value);
        }
        Err(self.checker.report(
            Diagnostic::error(
                codes::TEST_VALUE,
                format!("this is in {}{times}, not in {}{times}", named(&constant.unit), named(&own.unit)),
                self.place(expr.span),
                "this number",
            )
            .help("write the number alone where it is in the unit of the declaration, or one of its own with a unit"),
        ))
    }
}

/// A unit in words.
pub(super) fn named(unit: &Unit) -> String {
    if unit.is_ratio() { "plain numbers".to_string() } else { format!("`{unit}`") }
}

/// Whether a number says no unit but, perhaps, a time that it is for: `0.35/s`, but not `85%`.
fn is_plain(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Number(number) => !number.percent && number.currency.is_none(),
        ExprKind::Negative(inner) | ExprKind::Paren(inner) => is_plain(inner),
        ExprKind::Per { value, .. } => is_plain(value),
        ExprKind::Binary { left, .. } => is_plain(left),
        _ => false,
    }
}
