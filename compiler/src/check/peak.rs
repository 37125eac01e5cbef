//! The best slot: where a ratio was highest while a promise held.

use std::{collections::HashMap, rc::Rc};

use farthing_grammar::{Condition, Expr, Name, StatementKind};
use farthing_plan::Exact;

use super::{Checker, Scope, condition::Promised};
use crate::{
    diagnostics::{Diagnostic, codes, suggest},
    reported::{Checked, Reported},
    value::{Derived, DerivedKind, Ratio, Value},
};

/// An objective that a peak waits for.
#[derive(Clone)]
pub(crate) struct Kept<'w> {
    /// What was bad, over all.
    bad: Ratio<'w>,
    /// The share that may be bad; none of a mean.
    limit: Option<Exact>,
}

/// Those of a service by their names; nothing while one is being worked out.
pub(crate) type KeptByName<'w> = HashMap<&'w str, Option<Checked<Kept<'w>>>>;

impl<'w> Checker<'w> {
    /// `(answers / gpu) at peak while fast`
    pub(super) fn peak(&self, scope: &Scope<'_, 'w>, base: &'w Expr, objective: &'w Name) -> Checked<Value<'w>> {
        let base_place = self.place(scope.module, base.span);
        let value = self.expression(scope, base);
        let promise = self.promise_of(scope, objective);
        let (value, (promise, limit)) = (value?, promise?);
        let Value::Ratio(of) = value else {
            return Err(self.report(
                Diagnostic::error(
                    codes::PEAK,
                    "a peak is that of a ratio of flows",
                    base_place,
                    format!("this is {}", value.describe()),
                )
                .help("put what is divided into parentheses: `(answers / gpu) at peak while fast`"),
            ));
        };
        let kind = DerivedKind::Peak { name: &objective.text, promise, limit };
        Ok(Value::Derived(Rc::new(Derived { of, kind })))
    }

    /// What was bad over all, and the share that may be bad, of an objective of the service.
    fn promise_of(&self, scope: &Scope<'_, 'w>, name: &'w Name) -> Checked<(Ratio<'w>, Exact)> {
        let place = self.place(scope.module, name.span);
        let Some(members) = scope.service else {
            return Err(self.report(
                Diagnostic::error(
                    codes::PEAK,
                    "a peak depends on an objective, and objectives are a service's",
                    place,
                    "no service around it",
                )
                .help("write `... at peak while NAME` in the service"),
            ));
        };
        let Some((scope, objective)) = members.objective(&name.text) else {
            let of_service = members.names().into_iter().filter(|name| members.objective(name).is_some());
            let diagnostic = Diagnostic::error(
                codes::PEAK,
                format!("there is no objective `{}` in the service", name.text),
                place,
                "an objective belongs here",
            );
            return Err(self.report(match suggest::nearest(&name.text, of_service) {
                Some(near) => diagnostic.did_you_mean(place, near),
                None => {
                    diagnostic.help("name what has to hold: `objective fast { p95 of latency < 500 ms  over 30d }`")
                }
            }));
        };
        let condition: Option<&'w Condition> =
            objective.statements.iter().find_map(|statement| match &statement.kind {
                StatementKind::Condition(condition) => Some(condition),
                _ => None,
            });
        let is_mean = || {
            Diagnostic::error(
                codes::PEAK,
                format!("`{}` is a mean, which ten minutes do not keep or break", name.text),
                place,
                "a quantile or a share belongs here",
            )
            .label(self.place(scope.module, objective.name.span), "declared here")
            .help("name an objective such as `p95 of latency < 500 ms` or `99% of requests are answers`")
        };
        if matches!(condition, Some(Condition::Classes { .. })) {
            return Err(self.report(is_mean()));
        }
        let known = members.kept().borrow().get(name.text.as_str()).cloned();
        let Kept { bad, limit } = match known {
            Some(Some(found)) => found?,
            Some(None) => {
                return Err(self.report(
                    Diagnostic::error(
                        codes::CYCLE,
                        format!("`{}` is defined by itself", name.text),
                        place,
                        "needed here",
                    )
                    .label(self.place(scope.module, objective.name.span), "needs to know when it is met")
                    .help("name another objective, which holds or not without this peak"),
                ));
            }
            None => {
                members.kept().borrow_mut().insert(&name.text, None);
                // An objective without a condition is told of where it stands.
                let found = condition.ok_or(Reported).and_then(|condition| self.promise(&scope, condition));
                let found = found.map(|Promised { form, ratio, .. }| Kept { bad: ratio, limit: form.may_be_bad() });
                members.kept().borrow_mut().insert(&name.text, Some(found.clone()));
                found?
            }
        };
        match limit {
            Some(limit) => Ok((bad, limit)),
            None => Err(self.report(is_mean())),
        }
    }
}
