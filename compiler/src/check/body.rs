//! The bodies of slis with parameters: what is wrong with them whatever they are called with. Else the mistakes of one
//! that nobody calls would be silent, and those of one that many call would be told of many times.

use farthing_grammar::{ArgumentValue, Expr, ExprKind, ItemKind, Parameter, UnitExpr};

use super::{Checker, Scope};
use crate::{
    modules::{ItemId, duplicate},
    reported::{Checked, reported},
    units,
};

impl<'w> Checker<'w> {
    /// Checks the body of an sli with parameters, once.
    pub(super) fn body(&self, id: ItemId) -> Checked<()> {
        if let Some(found) = self.bodies.borrow().get(&id) {
            return *found;
        }
        let ItemKind::Sli(sli) = &self.world.item(id).kind else {
            return Ok(());
        };
        // One that calls itself is found out when it is called.
        self.bodies.borrow_mut().insert(id, Ok(()));
        let parameters = self.parameters(id, &sli.parameters);
        let value = self.body_part(&Scope::of_module(id.module), &sli.parameters, &sli.value);
        let found = parameters.and(value);
        self.bodies.borrow_mut().insert(id, found);
        found
    }

    fn parameters(&self, id: ItemId, parameters: &'w [Parameter]) -> Checked<()> {
        let mut found = Ok(());
        for (index, parameter) in parameters.iter().enumerate() {
            let name = &parameter.name;
            if let Some(first) = parameters[..index].iter().find(|own| own.name.text == name.text) {
                let (first, second) = (self.place(id.module, first.name.span), self.place(id.module, name.span));
                found = Err(self.report(duplicate(&name.text, first, second)));
            }
            if let Some(unit) = &parameter.unit {
                found = found.and(self.unit(&Scope::of_module(id.module), unit));
            }
        }
        found
    }

    fn unit(&self, scope: &Scope<'_, 'w>, unit: &UnitExpr) -> Checked<()> {
        reported(self.units.expression(scope.module, unit), &self.sink).map(drop)
    }

    /// Evaluates what does not depend on the parameters.
    fn body_part(&self, scope: &Scope<'_, 'w>, parameters: &[Parameter], expr: &'w Expr) -> Checked<()> {
        if !mentions(expr, parameters) {
            return self.expression(scope, expr).map(drop);
        }
        let inner = |expr: &'w Expr| self.body_part(scope, parameters, expr);
        match &expr.kind {
            ExprKind::Paren(part) | ExprKind::Negative(part) => inner(part),
            ExprKind::Field { base, .. } | ExprKind::Select { base, .. } => inner(base),
            ExprKind::Binary { op, left, right } => {
                let is_unit = self.divisor(scope, *op, left, right).is_some();
                let left = inner(left);
                if is_unit { left } else { left.and(inner(right)) }
            }
            ExprKind::Per { value, unit } | ExprKind::Relabel { base: value, unit } => {
                inner(value).and(self.unit(scope, unit))
            }
            ExprKind::ShareOf { share, of } => {
                let place = self.place(scope.module, expr.span);
                inner(of).and(reported(units::number(share, place), &self.sink).map(drop))
            }
            ExprKind::Call { callee, arguments } => {
                let mut found = self.callee(scope, callee).map(drop);
                for argument in arguments {
                    if let ArgumentValue::Expr(expr) = &argument.value {
                        found = inner(expr).and(found);
                    }
                }
                found
            }
            ExprKind::Weighted { base, .. }
            | ExprKind::Standardized { base, .. }
            | ExprKind::Rename { base, .. }
            | ExprKind::Peak { base, .. } => inner(base),
            ExprKind::Allocated { base, by, .. } => inner(base).and(inner(by)),
            ExprKind::Number(_) | ExprKind::Quantity(..) | ExprKind::Path(_) | ExprKind::Promql { .. } => Ok(()),
        }
    }
}

/// Whether a parameter stands somewhere in an expression.
fn mentions(expr: &Expr, parameters: &[Parameter]) -> bool {
    let inner = |expr: &Expr| mentions(expr, parameters);
    match &expr.kind {
        ExprKind::Path(path) => match path.segments.as_slice() {
            [name] => parameters.iter().any(|own| own.name.text == name.text),
            _ => false,
        },
        ExprKind::Paren(part) | ExprKind::Negative(part) => inner(part),
        ExprKind::Field { base, .. } | ExprKind::Select { base, .. } | ExprKind::Relabel { base, .. } => inner(base),
        ExprKind::Binary { left, right, .. } => inner(left) || inner(right),
        ExprKind::Per { value, .. } => inner(value),
        ExprKind::ShareOf { of, .. } => inner(of),
        ExprKind::Call { arguments, .. } => arguments.iter().any(|argument| match &argument.value {
            ArgumentValue::Expr(expr) => inner(expr),
            ArgumentValue::Text(_) => false,
        }),
        ExprKind::Weighted { base, weights: numbers, .. } | ExprKind::Standardized { base, mix: numbers, .. } => {
            inner(base) || numbers.iter().any(|(_, expr)| inner(expr))
        }
        ExprKind::Allocated { base, by, .. } => inner(base) || inner(by),
        ExprKind::Rename { base, .. } | ExprKind::Peak { base, .. } => inner(base),
        ExprKind::Number(_) | ExprKind::Quantity(..) | ExprKind::Promql { .. } => false,
    }
}
