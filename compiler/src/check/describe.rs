//! Units as messages tell them, with where they come from.

use farthing_grammar::{Expr, ExprKind};
use farthing_plan::Unit;

use super::{Checker, Scope};
use crate::value::Value;

/// A unit, or what a number without one is.
pub(crate) fn in_words(unit: &Unit) -> String {
    if unit.is_ratio() { "a plain number".to_string() } else { unit.to_string() }
}

/// The parts of an expression that a message names.
struct Leaves {
    found: Vec<(String, Unit)>,
    /// How many expressions were looked at.
    visits: usize,
}

/// So many expressions are looked at for one message: slis that name others many times have very many parts.
const MAX_VISITS: usize = 200;

impl<'w> Checker<'w> {
    /// The unit that people think of.
    pub(crate) fn unit_of(&self, value: &Value<'w>) -> Unit {
        match value {
            Value::Constant(constant) => constant.unit.clone(),
            Value::Measured(linear) => linear.seen_unit(),
            Value::Ratio(ratio) => ratio.unit(),
            Value::Derived(derived) => derived.unit(),
            Value::Table(table) => table.unit.clone(),
            Value::Histogram(histogram) => histogram.unit.clone(),
            Value::Events(events) => self.event_unit(events.event),
            Value::Field(field) => field.value.unit.clone(),
            Value::PerEvent(value) => value.unit.clone(),
        }
    }

    /// `a flow in USD`.
    pub(crate) fn describe_unit(&self, value: &Value<'w>) -> String {
        format!("{} in {}", value.describe(), self.unit_of(value))
    }

    /// Where a unit comes from: `USD/request: gpu USD, gateway USD/s, answers request`.
    pub(crate) fn derivation(&self, scope: &Scope<'_, 'w>, expr: &'w Expr, value: &Value<'w>) -> String {
        let unit = self.unit_of(value);
        let mut leaves = Leaves { found: Vec::new(), visits: 0 };
        self.leaves(scope, expr, &mut leaves, 0);
        let own = self.world.sources.line(self.place(scope.module, expr.span));
        let parts: Vec<String> = leaves
            .found
            .iter()
            .filter(|(name, _)| *name != own)
            .map(|(name, unit)| format!("`{name}` is {}", in_words(unit)))
            .collect();
        let unit = in_words(&unit);
        if parts.is_empty() { format!("this is {unit}") } else { format!("this is {unit}: {}", parts.join(", ")) }
    }

    /// The named parts of an expression with their units; slis are opened, since their unit is what surprises.
    fn leaves(&self, scope: &Scope<'_, 'w>, expr: &'w Expr, leaves: &mut Leaves, depth: usize) {
        if leaves.found.len() >= 8 || leaves.visits >= MAX_VISITS || depth > 4 {
            return;
        }
        leaves.visits += 1;
        match &expr.kind {
            ExprKind::Paren(inner) | ExprKind::Negative(inner) => self.leaves(scope, inner, leaves, depth),
            ExprKind::ShareOf { of, .. } => self.leaves(scope, of, leaves, depth),
            ExprKind::Weighted { base, .. }
            | ExprKind::Standardized { base, .. }
            | ExprKind::Allocated { base, .. }
            | ExprKind::Peak { base, .. } => self.leaves(scope, base, leaves, depth),
            ExprKind::Binary { left, right, .. } => {
                self.leaves(scope, left, leaves, depth);
                self.leaves(scope, right, leaves, depth);
            }
            ExprKind::Call { arguments, .. } => {
                for argument in arguments {
                    if let farthing_grammar::ArgumentValue::Expr(expr) = &argument.value {
                        self.leaves(scope, expr, leaves, depth);
                    }
                }
            }
            ExprKind::Path(path) => {
                if let [name] = path.segments.as_slice()
                    && let Some(members) = scope.service
                    && let Some((scope, value)) = members.sli(&name.text)
                {
                    return self.leaves(&scope, value, leaves, depth + 1);
                }
                self.leaf(scope, expr, leaves);
            }
            ExprKind::Per { .. }
            | ExprKind::Quantity(..)
            | ExprKind::Number(farthing_grammar::Number { currency: Some(_), .. })
            | ExprKind::Select { .. }
            | ExprKind::Rename { .. }
            | ExprKind::Promql { .. }
            | ExprKind::Field { .. } => self.leaf(scope, expr, leaves),
            _ => {}
        }
    }

    fn leaf(&self, scope: &Scope<'_, 'w>, expr: &'w Expr, leaves: &mut Leaves) {
        // The expression was checked before: evaluating it again reports nothing new that matters.
        let before = self.sink.borrow().len();
        let value = self.expression(scope, expr);
        self.sink.borrow_mut().truncate(before);
        if let Ok(value) = value {
            let text = self.world.sources.line(self.place(scope.module, expr.span));
            let unit = self.unit_of(&value);
            if !leaves.found.iter().any(|(name, _)| *name == text) {
                leaves.found.push((text, unit));
            }
        }
    }
}
