//! What an objective needs beside its own measure: volumes that alerts wait for, and measures that must be equal.

use farthing_grammar::{CompareOp, Expr, ExprKind, Name, Span};
use farthing_plan::{self as plan, Exact, Exclusion, Side, duration_text};

use super::indicator_name;
use crate::{
    check::{Checker, condition::comparison, describe::in_words},
    diagnostics::{Diagnostic, codes},
    flows::FlowTable,
    reported::{Checked, Reported},
    service::Service,
    shown,
    sources::Place,
    value::{Linear, Ratio, Value},
};

/// `guard answers >= 100 requests over 1h`
pub(super) struct Guard<'w> {
    pub left: &'w Expr,
    pub op: CompareOp,
    pub right: &'w Expr,
    pub over: &'w Expr,
    pub span: Span,
}

/// `provided quality_int8 equals quality_fp16 within 1%`
pub(super) struct Provided<'w> {
    pub left: &'w Expr,
    pub right: &'w Expr,
    pub within: &'w Expr,
    pub span: Span,
}

/// The objective that needs them.
pub(super) struct Own<'a, 'w> {
    pub name: &'w Name,
    pub by: &'a [&'w Name],
    pub exclusions: &'a [Exclusion],
    pub period: u64,
    pub period_place: Place,
    /// What it measures and the indicator that it became, where that is added up from flows alone.
    pub measure: Option<(&'a Ratio<'w>, &'a str)>,
}

impl<'w> Service<'_, 'w> {
    /// The guards of an objective, in their order.
    pub(super) fn guards(
        &self,
        checker: &Checker<'w>,
        statements: &[Guard<'w>],
        own: &Own<'_, 'w>,
        flows: &mut FlowTable,
    ) -> Checked<Vec<plan::Guard>> {
        let mut found = Vec::new();
        let mut failed = false;
        for (index, statement) in statements.iter().enumerate() {
            match self.guard(checker, statement, index, own, flows) {
                Ok(guard) => found.push(guard),
                Err(Reported) => failed = true,
            }
        }
        if failed { Err(Reported) } else { Ok(found) }
    }

    fn guard(
        &self,
        checker: &Checker<'w>,
        guard: &Guard<'w>,
        index: usize,
        own: &Own<'_, 'w>,
        flows: &mut FlowTable,
    ) -> Checked<plan::Guard> {
        let scope = self.scope();
        let place = checker.place(self.module, guard.span);
        let text = |expr: &Expr| checker.world.sources.line(checker.place(self.module, expr.span));
        if matches!(guard.op, CompareOp::Less | CompareOp::AtMost) {
            return Err(checker.report(
                Diagnostic::error(
                    codes::GUARD,
                    "a guard says how much there must be before an alert fires",
                    place,
                    "this asks for little",
                )
                .help(format!(
                    "write `guard {} >= {} over {}`",
                    text(guard.left),
                    text(guard.right),
                    text(guard.over)
                )),
            ));
        }
        let value = checker.expression(&scope, guard.left);
        let bound = checker.constant(&scope, guard.right);
        let window = checker.window(&scope, guard.over);
        let (value, bound, window) = (value?, bound?, window?);
        let volume = match checker.as_flow(value) {
            // Of a level it is what it comes to over time.
            Value::Measured(linear) => Linear { level: false, ..linear },
            other => {
                return Err(checker.report(
                    Diagnostic::error(
                        codes::GUARD,
                        "a guard waits for an amount that accumulates",
                        checker.place(self.module, guard.left.span),
                        format!("this is {}", other.describe()),
                    )
                    .help("name a volume: `guard answers >= 100 requests over 1h`"),
                ));
            }
        };
        let bound = checker.exchanged_constant(&scope, bound, &volume.unit);
        if volume.unit != bound.unit {
            let measured = Value::Measured(volume);
            return Err(checker.report(checker.target_unit(&scope, guard.left, measured, guard.right, &bound)));
        }
        let always = bound.amount.is_negative() || (bound.amount.is_zero() && guard.op == CompareOp::AtLeast);
        if always {
            return Err(checker.report(
                Diagnostic::error(
                    codes::GUARD,
                    "this guard always holds",
                    checker.place(self.module, guard.right.span),
                    "never below that",
                )
                .help("state the volume below which nobody is to be told"),
            ));
        }
        if window > own.period {
            return Err(checker.report(
                Diagnostic::error(
                    codes::WINDOW_OVER_PERIOD,
                    format!(
                        "a guard looks back over {}, longer than the period of {}",
                        duration_text(window),
                        duration_text(own.period)
                    ),
                    checker.place(self.module, guard.over.span),
                    "the window",
                )
                .label(own.period_place, "the period")
                .help("use a shorter window, such as that of the alerts: `over 1h`"),
            ));
        }
        let of_own = own.measure.and_then(|(ratio, indicator)| {
            let side = match () {
                () if same(&volume, &ratio.denominator) => Side::Denominator,
                () if same(&volume, &ratio.numerator) => Side::Numerator,
                () => return None,
            };
            Some((indicator.to_string(), side))
        });
        let (indicator, side) = if let Some(found) = of_own {
            found
        } else {
            let name = match index {
                0 => format!("{}:guard", own.name.text),
                _ => format!("{}:guard.{}", own.name.text, index + 1),
            };
            let ratio = Ratio { numerator: volume.clone(), denominator: volume };
            let breakdown = self.breakdown(checker, own.by, &[], &ratio, None)?;
            (flows.measure(&name, None, &breakdown.by, breakdown.measure, own.exclusions), Side::Denominator)
        };
        Ok(plan::Guard {
            indicator,
            side,
            comparison: comparison(guard.op),
            bound: bound.amount,
            window,
            statement: self.told(format!(
                "{} {} {} over {}",
                text(guard.left),
                comparison(guard.op).symbol(),
                text(guard.right),
                text(guard.over)
            )),
        })
    }

    /// Two measures that must be equal.
    pub(super) fn equality(
        &self,
        checker: &Checker<'w>,
        provided: &Provided<'w>,
        own: &Own<'_, 'w>,
        flows: &mut FlowTable,
    ) -> Checked<plan::Equality> {
        let scope = self.scope();
        let left = self.ratio(checker, provided.left);
        let right = self.ratio(checker, provided.right);
        let tolerance = checker.constant(&scope, provided.within);
        let (left, right, tolerance) = (left?, right?, tolerance?);
        let place = |expr: &Expr| checker.place(self.module, expr.span);
        if left.unit() != right.unit() {
            let (of_left, of_right) = (in_words(&left.unit()), in_words(&right.unit()));
            let told = |expr: &'w Expr, ratio: Ratio<'w>| checker.derivation(&scope, expr, &Value::Ratio(ratio));
            return Err(checker.report(
                Diagnostic::error(
                    codes::TARGET_UNIT,
                    format!("{of_left} cannot equal {of_right}"),
                    place(provided.right),
                    told(provided.right, right),
                )
                .label(place(provided.left), told(provided.left, left))
                .help("compare two measures of one kind, such as the shares of good answers of two deployments"),
            ));
        }
        let tolerance = checker.exchanged_constant(&scope, tolerance, &left.unit());
        if left.unit() != tolerance.unit {
            let measured = Value::Ratio(left);
            let wrong = checker.target_unit(&scope, provided.left, measured, provided.within, &tolerance);
            return Err(checker.report(wrong));
        }
        if tolerance.amount <= Exact::zero() {
            return Err(checker.report(
                Diagnostic::error(
                    codes::EQUALITY,
                    "two measured values are never equal to the last digit",
                    place(provided.within),
                    "not above 0",
                )
                .help(format!("say how far they may lie apart: `within {}`", shown::example(&left.unit(), "0.01"))),
            ));
        }
        if same(&left.numerator, &right.numerator) && same(&left.denominator, &right.denominator) {
            return Err(checker.report(
                Diagnostic::error(
                    codes::EQUALITY,
                    "these two are always equal",
                    place(provided.right),
                    "measures the same",
                )
                .label(place(provided.left), "as this")
                .help("name the measures of two deployments, each with its own selector"),
            ));
        }
        let mut indicator = |expr: &Expr, ratio: Ratio<'w>, side: &str| {
            let named = named(expr).map_or_else(|| format!("{}:{side}", own.name.text), str::to_string);
            let breakdown = self.breakdown(checker, own.by, &[], &ratio, None)?;
            let name = indicator_name(&named, own.name, &breakdown.by, !own.exclusions.is_empty());
            Ok(flows.measure(&name, None, &breakdown.by, breakdown.measure, own.exclusions))
        };
        let left = indicator(provided.left, left, "left");
        let right = indicator(provided.right, right, "right");
        let line = checker.world.sources.line(checker.place(self.module, provided.span));
        let statement = line.strip_prefix("provided").map_or(line.as_str(), str::trim_start).to_string();
        Ok(plan::Equality { left: left?, right: right?, tolerance: tolerance.amount, statement: self.told(statement) })
    }

    fn ratio(&self, checker: &Checker<'w>, expr: &'w Expr) -> Checked<Ratio<'w>> {
        match checker.expression(&self.scope(), expr)? {
            Value::Ratio(ratio) => Ok(ratio),
            other => Err(checker.report(
                Diagnostic::error(
                    codes::EQUALITY,
                    "what must be equal are two ratios of flows",
                    checker.place(self.module, expr.span),
                    format!("this is {}", other.describe()),
                )
                .help("name two slis: `provided quality_int8 equals quality_fp16 within 1%`"),
            )),
        }
    }
}

/// The name of the sli that an expression is.
pub(super) fn named(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Path(path) if path.segments.len() == 1 => Some(&path.segments[0].text),
        _ => None,
    }
}

/// Whether two combinations are the same amount of the same flows.
fn same(left: &Linear<'_>, right: &Linear<'_>) -> bool {
    let alike = |a: &Linear<'_>, b: &Linear<'_>| {
        let has = |term| {
            let term: &crate::value::LinearTerm<'_> = term;
            b.terms.iter().any(|own| own.factor == term.factor && own.flow.source == term.flow.source)
        };
        a.terms.iter().all(has)
    };
    left.unit == right.unit
        && left.constant() == right.constant()
        && left.terms.len() == right.terms.len()
        && alike(left, right)
        && alike(right, left)
}
