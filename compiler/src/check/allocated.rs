//! `gpu allocated by (input + 4 * output) over model_name`

use std::rc::Rc;

use farthing_grammar::{Expr, Name};

use super::{Checker, Scope};
use crate::{
    diagnostics::{Diagnostic, codes},
    reported::Checked,
    value::{Allocation, Linear, Value},
};

impl<'w> Checker<'w> {
    /// Says of all that a flow is made of how it is divided.
    pub(super) fn allocated(
        &self,
        scope: &Scope<'_, 'w>,
        base: &'w Expr,
        by: &'w Expr,
        over: &[Name],
    ) -> Checked<Value<'w>> {
        let base_place = self.place(scope.module, base.span);
        let value = self.expression(scope, base).map(|value| self.as_flow(value));
        let allocation = self.allocation(scope, by, over);
        let (value, allocation) = (value?, allocation?);
        let mut linear = match value {
            Value::Measured(linear) => linear,
            Value::Constant(constant) => self.rate(&constant, base_place)?,
            other => {
                return Err(self.report(
                    Diagnostic::error(
                        codes::ALLOCATION,
                        "only a flow can be allocated",
                        base_place,
                        format!("this is {}", other.describe()),
                    )
                    .help("allocate the cost before it is divided: `(gpu allocated by output) / answers`"),
                ));
            }
        };
        for term in &mut linear.terms {
            term.allocation = Some(allocation.clone());
        }
        for fixed in &mut linear.constants {
            fixed.allocation = Some(allocation.clone());
        }
        Ok(Value::Measured(linear))
    }

    /// A key, and the labels over which it divides.
    pub(crate) fn allocation(&self, scope: &Scope<'_, 'w>, by: &'w Expr, over: &[Name]) -> Checked<Rc<Allocation<'w>>> {
        let place = self.place(scope.module, by.span);
        let key = self.key(scope, by)?;
        Ok(Rc::new(Allocation { key, place, over: over.iter().map(|name| name.text.clone()).collect() }))
    }

    fn key(&self, scope: &Scope<'_, 'w>, by: &'w Expr) -> Checked<Linear<'w>> {
        let place = self.place(scope.module, by.span);
        let (what, told) = match self.expression(scope, by).map(|value| self.as_flow(value))? {
            Value::Measured(key) if !key.constants.is_empty() => {
                ("a fixed amount has no part of any label's value".to_string(), "it holds a fixed amount".to_string())
            }
            Value::Measured(key) if key.terms.iter().any(|term| term.factor.is_negative()) => {
                ("what something is allocated by is never below 0".to_string(), "something is taken away".to_string())
            }
            Value::Measured(key) if key.is_nothing() => {
                ("what something is allocated by is more than nothing".to_string(), "always 0".to_string())
            }
            Value::Measured(key) => return Ok(key),
            other => {
                ("a cost is allocated in proportion to a flow".to_string(), format!("this is {}", other.describe()))
            }
        };
        Err(self.report(
            Diagnostic::error(codes::ALLOCATION, what, place, told)
                .help("name what each model, team or class used: `allocate gpu by output`"),
        ))
    }
}
