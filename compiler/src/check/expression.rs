//! The value of an expression.

use farthing_grammar::{BinaryOp, Expr, ExprKind, Number, Selector, UnitExpr};
use farthing_plan::Unit;

use super::{Checker, Scope, limits};
use crate::{
    diagnostics::{Diagnostic, codes},
    reported::{Checked, Reported, reported},
    sources::Place,
    units,
    value::{Constant, Value},
};

impl<'w> Checker<'w> {
    /// The value of an expression; what is wrong with it is reported.
    pub fn expression(&self, scope: &Scope<'_, 'w>, expr: &'w Expr) -> Checked<Value<'w>> {
        let place = self.place(scope.module, expr.span);
        let depth = self.depth.get();
        if depth >= limits::MAX_NESTED {
            return Err(self.report(limits::too_deep(place)));
        }
        // Following a name takes as much of the stack as several operators.
        self.depth.set(depth + if matches!(expr.kind, ExprKind::Path(_) | ExprKind::Call { .. }) { 4 } else { 1 });
        let value = self.evaluated(scope, expr, place);
        self.depth.set(depth);
        self.within_limits(value?, place)
    }

    /// Each kind has a function of its own: this one is on the stack once for each level, and stays small.
    fn evaluated(&self, scope: &Scope<'_, 'w>, expr: &'w Expr, place: Place) -> Checked<Value<'w>> {
        match &expr.kind {
            ExprKind::Number(number) => self.number(number, place),
            ExprKind::Quantity(number, unit) => self.quantity(scope, number, unit, place),
            ExprKind::Path(path) => self.path(scope, path),
            ExprKind::Paren(inner) => self.expression(scope, inner),
            ExprKind::Field { .. } | ExprKind::Negative(_) | ExprKind::ShareOf { .. } => {
                self.of_one(scope, expr, place)
            }
            ExprKind::Per { value: base, unit } | ExprKind::Relabel { base, unit } => {
                self.with_unit(scope, expr, base, unit, place)
            }
            ExprKind::Binary { .. } => self.chain(scope, expr),
            ExprKind::Call { callee, arguments } => self.call(scope, callee, arguments, place),
            ExprKind::Select { base, selector } => self.select(scope, base, selector, place),
            ExprKind::Allocated { base, by, over } => self.allocated(scope, base, by, over),
            ExprKind::Weighted { base, label, weights } => self.weighted(scope, base, label, weights),
            ExprKind::Standardized { base, label, mix } => self.standardized(scope, base, label, mix),
            ExprKind::Peak { base, objective } => self.peak(scope, base, objective),
            ExprKind::Rename { .. } => self.renamed(scope, expr, place),
            ExprKind::Promql { .. } => self.query(scope, expr, place),
        }
    }

    /// What is made of one value.
    fn of_one(&self, scope: &Scope<'_, 'w>, expr: &'w Expr, place: Place) -> Checked<Value<'w>> {
        match &expr.kind {
            ExprKind::Field { base, field } => {
                let value = self.expression(scope, base)?;
                self.field(value, field, self.place(scope.module, field.span), place)
            }
            ExprKind::ShareOf { share, of } => {
                let amount = reported(units::number(share, place), &self.sink)?;
                let value = self.expression(scope, of)?;
                self.times_constant(value, &Constant { amount, unit: Unit::ratio() }, place)
            }
            ExprKind::Negative(inner) => self.negated(self.expression(scope, inner)?, place),
            _ => Err(Reported),
        }
    }

    /// `x per gpu hour`, `x as transaction`
    fn with_unit(
        &self,
        scope: &Scope<'_, 'w>,
        expr: &'w Expr,
        base: &'w Expr,
        unit: &UnitExpr,
        place: Place,
    ) -> Checked<Value<'w>> {
        let value = self.expression(scope, base)?;
        let unit = reported(self.units.expression(scope.module, unit), &self.sink)?;
        match expr.kind {
            ExprKind::Relabel { .. } => self.relabelled(value, &unit, place),
            _ => self.divided_by_constant(value, &Constant { amount: unit.amount, unit: unit.unit }, place),
        }
    }

    /// `a + b - c * d`: what is left of each operator is one more, so that a long sum is deep. It is gone through in a loop.
    fn chain(&self, scope: &Scope<'_, 'w>, expr: &'w Expr) -> Checked<Value<'w>> {
        let mut operations = Vec::new();
        let mut first = expr;
        while let ExprKind::Binary { op, left, right } = &first.kind {
            operations.push((*op, &**left, &**right, self.place(scope.module, first.span)));
            first = left;
        }
        let mut value = self.expression(scope, first);
        for (op, left, right, place) in operations.into_iter().rev() {
            let other = match self.divisor(scope, op, left, right) {
                Some(unit) => Ok(unit),
                None => self.expression(scope, right),
            };
            value = self.operation(scope, op, (left, value), (right, other), place);
        }
        value
    }

    /// `gpus * $2.49/(gpu*h)`: right after a number, names that are units are units, whatever else is called so.
    pub(super) fn divisor(&self, scope: &Scope<'_, 'w>, op: BinaryOp, left: &Expr, right: &Expr) -> Option<Value<'w>> {
        let is_unit = op == BinaryOp::Divide && self.ends_in_number(scope, left);
        let quantity = is_unit.then(|| self.units.quantity(scope.module, right))??;
        Some(Value::Constant(Constant { amount: quantity.amount, unit: quantity.unit }))
    }

    /// Whether an expression ends in a number, or in the units that it is divided by: `gpus * $2.49`, `$2.49/gpu`.
    fn ends_in_number(&self, scope: &Scope<'_, 'w>, mut expr: &Expr) -> bool {
        let is_number = |expr: &Expr| matches!(expr.kind, ExprKind::Number(_) | ExprKind::Quantity(..));
        while let ExprKind::Binary { op, left, right } = &expr.kind {
            if is_number(right) {
                return true;
            }
            if *op != BinaryOp::Divide || self.units.quantity(scope.module, right).is_none() {
                return false;
            }
            expr = left;
        }
        is_number(expr)
    }

    /// What two sides come to.
    #[inline(never)]
    fn operation(
        &self,
        scope: &Scope<'_, 'w>,
        op: BinaryOp,
        left: (&'w Expr, Checked<Value<'w>>),
        right: (&'w Expr, Checked<Value<'w>>),
        place: Place,
    ) -> Checked<Value<'w>> {
        let value = self.binary(scope, op, (left.0, left.1?), (right.0, right.1?), place)?;
        self.within_limits(value, place)
    }

    /// A number of a unit.
    fn quantity(&self, scope: &Scope<'_, 'w>, number: &Number, unit: &UnitExpr, place: Place) -> Checked<Value<'w>> {
        let amount = reported(units::number(number, place), &self.sink)?;
        let quantity = reported(self.units.expression(scope.module, unit), &self.sink)?;
        let currency = number.currency.map_or(Unit::ratio(), |sign| Unit::base(units::currency(sign)));
        Ok(Value::Constant(Constant { amount: amount * quantity.amount, unit: currency.times(&quantity.unit, 1) }))
    }

    fn number(&self, number: &Number, place: Place) -> Checked<Value<'w>> {
        let amount = reported(units::number(number, place), &self.sink)?;
        let unit = number.currency.map_or(Unit::ratio(), |sign| Unit::base(units::currency(sign)));
        Ok(Value::Constant(Constant { amount, unit }))
    }

    /// `base { label = "value" }`
    fn select(
        &self,
        scope: &Scope<'_, 'w>,
        base: &'w Expr,
        selector: &'w Selector,
        place: Place,
    ) -> Checked<Value<'w>> {
        if let Some(mut metric) = self.metric(scope, base)? {
            let matchers = self.matchers(scope, &metric, selector)?;
            metric.own.extend(matchers);
            return self.instrument(scope, metric);
        }
        let value = self.expression(scope, base)?;
        if let Value::Events(events) = value {
            return self.select_events(scope, events, selector);
        }
        Err(self.report(
            Diagnostic::error(
                codes::NOT_SELECTABLE,
                "a selector in braces can only follow a metric or events",
                self.place(scope.module, selector.span),
                "nothing to select from",
            )
            .label(Place { span: base.span, ..place }, format!("this is {}", value.describe()))
            .help("put the selector where the metric is named, in the `cost` or `volume`"),
        ))
    }

    pub(super) fn is_member(&self, scope: &Scope<'_, 'w>, name: &str) -> bool {
        scope.parameters.iter().any(|(own, _)| *own == name) || scope.service.is_some_and(|members| members.has(name))
    }
}
