//! Calls of slis with parameters, and the slis of modules.

use std::cmp::Ordering;

use farthing_grammar::{Argument, ArgumentValue, Expr, ItemKind, Parameter, Path, Sli};
use farthing_plan::Unit;

use super::{Checker, Scope, limits};
use crate::{
    diagnostics::{Diagnostic, Label, codes},
    modules::ItemId,
    reported::{Checked, Reported, reported},
    sources::Place,
    syntax_hints,
    value::Value,
};

impl<'w> Checker<'w> {
    /// `name(arguments)`: a module-level sli.
    pub(super) fn call(
        &self,
        scope: &Scope<'_, 'w>,
        callee: &'w Path,
        arguments: &'w [Argument],
        place: Place,
    ) -> Checked<Value<'w>> {
        let (item, sli) = self.callee(scope, callee)?;
        let names: Vec<&str> = sli.parameters.iter().map(|parameter| parameter.name.text.as_str()).collect();
        if arguments.len() < names.len() && arguments.iter().all(|argument| argument.name.is_none()) {
            // Which one is missing, only the writer knows: units would blame the wrong one.
            let declared = self.place(item.module, sli.name.span);
            return Err(self.report(
                Diagnostic::error(
                    codes::ARGUMENTS,
                    format!("`{}` takes {} arguments, {} given", callee.text(), names.len(), arguments.len()),
                    place,
                    "too few",
                )
                .label(declared, "declared here")
                .help(format!("write `{}({})`", callee.text(), names.join(", "))),
            ));
        }
        let mut values: Vec<Option<Value<'w>>> = vec![None; sli.parameters.len()];
        let mut given: Vec<Option<Place>> = vec![None; sli.parameters.len()];
        let mut failed = false;
        for (position, argument) in arguments.iter().enumerate() {
            let index = match &argument.name {
                None => (position < values.len()).then_some(position),
                Some(name) => sli.parameters.iter().position(|parameter| parameter.name.text == name.text),
            };
            let ArgumentValue::Expr(expr) = &argument.value else {
                let message = format!("`{}` takes flows, not texts", sli.name.text);
                self.report(Diagnostic::error(codes::ARGUMENTS, message, place, "a text is given here"));
                failed = true;
                continue;
            };
            let value = self.expression(scope, expr);
            let Some(index) = index else {
                let place = self.place(scope.module, expr.span);
                self.report(unexpected_argument(argument, &sli.name.text, &sli.parameters, place));
                failed = true;
                continue;
            };
            let place = self.place(scope.module, expr.span);
            if let Some(first) = given[index].replace(place) {
                self.report(given_twice(&sli.parameters[index].name.text, first, place));
                failed = true;
                continue;
            }
            match value {
                Err(Reported) => failed = true,
                Ok(value) => match self.argument(scope, item, index, value, expr, place) {
                    Ok(value) => values[index] = Some(value),
                    Err(Reported) => failed = true,
                },
            }
        }
        let missing: Vec<&str> = sli
            .parameters
            .iter()
            .zip(&values)
            .filter(|(_, value)| value.is_none())
            .map(|(parameter, _)| parameter.name.text.as_str())
            .collect();
        if failed {
            return Err(Reported);
        }
        if !missing.is_empty() {
            let declared = self.place(item.module, sli.name.span);
            return Err(self.report(
                Diagnostic::error(
                    codes::ARGUMENTS,
                    format!("`{}` is not told {}", callee.text(), missing.join(", ")),
                    place,
                    format!("{} of {} given", names.len() - missing.len(), names.len()),
                )
                .label(declared, "declared here")
                .help(format!("write `{}({})`", callee.text(), names.join(", "))),
            ));
        }
        self.body(item)?;
        self.count_call(place)?;
        let bound = sli.parameters.iter().map(|p| p.name.text.as_str()).zip(values.into_iter().flatten()).collect();
        self.module_sli(scope, item, bound, place)
    }

    /// The sli that is called.
    pub(super) fn callee(&self, scope: &Scope<'_, 'w>, callee: &Path) -> Checked<(ItemId, &'w Sli)> {
        let callee_place = self.place(scope.module, callee.span);
        let item = match self.item_at(scope, callee)? {
            Some(item) => item,
            None => {
                let diagnostic = Diagnostic::error(
                    codes::UNKNOWN_NAME,
                    format!("there is no sli `{}` to call", callee.text()),
                    callee_place,
                    "not declared",
                );
                let name = callee.text();
                let is_quantile = name.strip_prefix('p').is_some_and(|of| of.parse::<u8>().is_ok());
                if is_quantile {
                    return Err(self
                        .report(diagnostic.help(format!("write `{name} of` and the histogram, without parentheses"))));
                }
                if syntax_hints::is_promql(&name) {
                    return Err(self.report(diagnostic.help(syntax_hints::PROMQL_HELP)));
                }
                let known = || self.world.module(scope.module).names.keys().map(String::as_str);
                let near = self.world.nearest(&callee.last().text, known);
                return Err(self.report(match near {
                    Some(near) => diagnostic.did_you_mean(callee_place, near),
                    None => diagnostic.help("the standard library's are in `std::sli`: add `use std::sli` and call `sli::cost_per_query(...)`"),
                }));
            }
        };
        let ItemKind::Sli(sli) = &self.world.item(item).kind else {
            let message = format!("`{}` cannot be called", callee.text());
            return Err(self.report(
                Diagnostic::error(codes::NOT_A_VALUE, message, callee_place, "only an `sli` with parameters can")
                    .help("use it without parentheses"),
            ));
        };
        Ok((item, sli))
    }

    /// An argument, whose unit must fit what the parameter asks for; in its currency, where there is a rate.
    fn argument(
        &self,
        scope: &Scope<'_, 'w>,
        sli: ItemId,
        index: usize,
        value: Value<'w>,
        expr: &Expr,
        place: Place,
    ) -> Checked<Value<'w>> {
        let ItemKind::Sli(declaration) = &self.world.item(sli).kind else {
            return Ok(value);
        };
        let parameter = &declaration.parameters[index];
        let Some(unit) = &parameter.unit else {
            return Ok(value);
        };
        let asked = reported(self.units.expression(sli.module, unit), &self.sink)?;
        let value = self.exchanged(scope, value, &asked.unit, place)?;
        let found = match &value {
            // A level of dollars an hour is a flow of dollars: where a flow is asked for, it is one.
            Value::Measured(linear) => linear.unit.clone(),
            Value::Constant(constant) => {
                let per_second = Unit::base("s");
                if self.units.fits(&constant.unit.times(&per_second, 1), &asked.unit) {
                    return Ok(value);
                }
                constant.unit.clone()
            }
            Value::Histogram(histogram) => histogram.unit.clone(),
            Value::Ratio(ratio) => ratio.unit(),
            Value::Derived(derived) => derived.unit(),
            Value::Table(table) => table.unit.clone(),
            Value::Events(events) => self.event_unit(events.event),
            Value::Field(field) => field.value.unit.clone(),
            Value::PerEvent(value) => value.unit.clone(),
        };
        if self.units.fits(&found, &asked.unit) {
            return Ok(value);
        }
        let declared = self.place(sli.module, parameter.name.span);
        Err(self.report(
            Diagnostic::error(
                codes::ARGUMENT_UNIT,
                format!(
                    "`{}` wants `{}` in {}, not in {found}",
                    declaration.name.text, parameter.name.text, asked.unit
                ),
                place,
                format!("`{}` is in {found}", self.world.sources.line(Place { span: expr.span, ..place })),
            )
            .label(declared, format!("declared in {} here", asked.unit)),
        ))
    }

    /// The value of a module-level sli without parameters: the same wherever the same `where` reaches it.
    pub(super) fn constant_sli(&self, scope: &Scope<'_, 'w>, id: ItemId, used_at: Place) -> Checked<Value<'w>> {
        if !scope.matchers.is_empty() {
            // What is wrong with it is so without the `where`, too, and is told of once.
            self.constant_sli(&Scope::of_module(id.module), id, used_at)?;
        }
        let key = (id, scope.matchers.to_vec());
        if let Some(found) = self.slis.borrow().get(&key) {
            return found.clone();
        }
        let found = self.module_sli(scope, id, Vec::new(), used_at);
        self.slis.borrow_mut().insert(key, found.clone());
        found
    }

    /// The value of a module-level sli with its parameters bound.
    fn module_sli(
        &self,
        scope: &Scope<'_, 'w>,
        id: ItemId,
        parameters: Vec<(&'w str, Value<'w>)>,
        used_at: Place,
    ) -> Checked<Value<'w>> {
        let ItemKind::Sli(sli) = &self.world.item(id).kind else {
            return Err(Reported);
        };
        let declared = self.place(id.module, sli.name.span);
        if self.open.borrow().contains(&id) {
            return Err(self.report(
                Diagnostic::error(
                    codes::CYCLE,
                    format!("`{}` is defined by itself", sli.name.text),
                    declared,
                    "this sli needs its own value",
                )
                .label(used_at, "used here")
                .help("write one of them in terms of costs and volumes"),
            ));
        }
        self.open.borrow_mut().push(id);
        let before = self.sink.borrow().len();
        let inner = Scope {
            module: id.module,
            service: None,
            parameters: &parameters,
            event: None,
            template: None,
            // A service's `where` reaches the metrics that a library's sli reads.
            matchers: scope.matchers,
        };
        let value = self.expression(&inner, &sli.value);
        self.open.borrow_mut().pop();
        if value.is_err() && !parameters.is_empty() {
            for diagnostic in self.sink.borrow_mut().iter_mut().skip(before) {
                let told = diagnostic.labels.iter().any(|label| label.place == used_at);
                if !told {
                    diagnostic.labels.push(Label { place: used_at, text: format!("`{}` is used here", sli.name.text) });
                }
            }
        }
        value
    }

    /// Whether one more call may be followed: each may come to many others.
    fn count_call(&self, used_at: Place) -> Checked<()> {
        if self.open.borrow().is_empty() {
            self.calls.set(0);
        }
        let calls = self.calls.get() + 1;
        self.calls.set(calls);
        match calls.cmp(&(limits::MAX_CALLS + 1)) {
            Ordering::Less => Ok(()),
            Ordering::Equal => Err(self.report(limits::too_many_calls(used_at))),
            Ordering::Greater => Err(Reported),
        }
    }
}

pub(crate) fn given_twice(name: &str, first: Place, second: Place) -> Diagnostic {
    Diagnostic::error(codes::ARGUMENTS, format!("`{name}` is given twice"), second, "given again here")
        .label(first, "first given here")
        .help("name each argument once, or give them in order without names")
}

/// The names of parameters, as a call lists them.
pub(crate) fn names(parameters: &[Parameter]) -> String {
    let names: Vec<&str> = parameters.iter().map(|parameter| parameter.name.text.as_str()).collect();
    names.join(", ")
}

/// An argument that an sli or a template with this name has no parameter for.
pub(crate) fn unexpected_argument(
    argument: &Argument,
    name: &str,
    parameters: &[Parameter],
    place: Place,
) -> Diagnostic {
    let message = match &argument.name {
        Some(other) => format!("`{name}` has no parameter `{}`", other.text),
        None => format!("`{name}` takes {} arguments", parameters.len()),
    };
    Diagnostic::error(codes::ARGUMENTS, message, place, "not expected")
        .help(format!("it is `{name}({})`", names(parameters)))
}
