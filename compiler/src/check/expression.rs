//! The value of an expression.

use farthing_grammar::{Argument, ArgumentValue, Expr, ExprKind, ItemKind, Number, Path, Selector};
use farthing_plan::Unit;

use super::{Checker, Scope};
use crate::{
    diagnostics::{Diagnostic, codes},
    modules::ItemId,
    reported::{Checked, Reported, reported},
    sources::Place,
    units,
    value::{Constant, Events, Value},
};

impl<'w> Checker<'w> {
    /// The value of an expression; what is wrong with it is reported.
    pub fn expression(&self, scope: &Scope<'_, 'w>, expr: &'w Expr) -> Checked<Value<'w>> {
        let place = self.place(scope.module, expr.span);
        match &expr.kind {
            ExprKind::Number(number) => self.number(number, place),
            ExprKind::Quantity(number, unit) => {
                let amount = reported(units::number(number, place), &self.sink)?;
                let quantity = reported(self.units.expression(scope.module, unit), &self.sink)?;
                let currency = number.currency.map_or(Unit::ratio(), |sign| Unit::base(units::currency(sign)));
                Ok(Value::Constant(Constant {
                    amount: amount * quantity.amount,
                    unit: currency.times(&quantity.unit, 1),
                }))
            }
            ExprKind::Path(path) => self.path(scope, path),
            ExprKind::Paren(inner) => self.expression(scope, inner),
            ExprKind::Field { base, field } => {
                let value = self.expression(scope, base)?;
                self.field(value, field, self.place(scope.module, field.span), place)
            }
            ExprKind::Negative(inner) => {
                let value = self.expression(scope, inner)?;
                self.negated(value, place)
            }
            ExprKind::Binary { op, left, right } => {
                let left_value = self.expression(scope, left);
                // `$2.49/(gpu*h)`: right after a number, names that are units are units, whatever else is called so.
                let is_number = matches!(left.kind, ExprKind::Number(_) | ExprKind::Quantity(..));
                let right_value = match (op, is_number) {
                    (farthing_grammar::BinaryOp::Divide, true) => match self.units.quantity(scope.module, right) {
                        Some(quantity) => {
                            Ok(Value::Constant(Constant { amount: quantity.amount, unit: quantity.unit }))
                        }
                        None => self.expression(scope, right),
                    },
                    _ => self.expression(scope, right),
                };
                let (left_value, right_value) = (left_value?, right_value?);
                self.binary(scope, *op, (left, left_value), (right, right_value), place)
            }
            ExprKind::Per { value, unit } => {
                let value = self.expression(scope, value)?;
                let unit = reported(self.units.expression(scope.module, unit), &self.sink)?;
                self.divided_by_constant(value, &Constant { amount: unit.amount, unit: unit.unit }, place)
            }
            ExprKind::ShareOf { share, of } => {
                let amount = reported(units::number(share, place), &self.sink)?;
                let value = self.expression(scope, of)?;
                self.times_constant(value, &Constant { amount, unit: Unit::ratio() }, place)
            }
            ExprKind::Call { callee, arguments } => self.call(scope, callee, arguments, place),
            ExprKind::Select { base, selector } => self.select(scope, base, selector, place),
            ExprKind::Relabel { base, unit } => {
                let value = self.expression(scope, base)?;
                let unit = reported(self.units.expression(scope.module, unit), &self.sink)?;
                self.relabelled(value, &unit, place)
            }
            ExprKind::Rename { .. } => Err(self.unsupported(
                place,
                "`with`, to rename labels,",
                "rename them in Prometheus with `metric_relabel_configs`",
            )),
            ExprKind::Allocated { .. } => {
                Err(self.unsupported(place, "`allocated by`", "judge the service as a whole, without `by`"))
            }
            ExprKind::Weighted { .. } => Err(self.unsupported(place, "`weighted by`", "")),
            ExprKind::Standardized { .. } => Err(self.unsupported(place, "`standardized by`", "")),
            ExprKind::Promql { .. } => Err(self.unsupported(
                place,
                "`promql`",
                "record the query by a rule of your own and declare its series as a `counter` or `gauge`",
            )),
        }
    }

    fn number(&self, number: &Number, place: Place) -> Checked<Value<'w>> {
        let amount = reported(units::number(number, place), &self.sink)?;
        let unit = number.currency.map_or(Unit::ratio(), |sign| Unit::base(units::currency(sign)));
        Ok(Value::Constant(Constant { amount, unit }))
    }

    /// `name(arguments)`: a module-level sli.
    fn call(
        &self,
        scope: &Scope<'_, 'w>,
        callee: &'w Path,
        arguments: &'w [Argument],
        place: Place,
    ) -> Checked<Value<'w>> {
        let callee_place = self.place(scope.module, callee.span);
        let item = match self.item_at(scope, callee)? {
            Some(item) => item,
            None => {
                let known = self.world.module(scope.module).names.keys();
                let diagnostic = Diagnostic::error(
                    codes::UNKNOWN_NAME,
                    format!("there is no sli `{}` to call", callee.text()),
                    callee_place,
                    "not declared",
                );
                let near = crate::diagnostics::suggest::nearest(&callee.last().text, known.map(String::as_str));
                return Err(self.report(match near {
                    Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(callee_place, near),
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
                self.report(self.unexpected_argument(argument, sli, self.place(scope.module, expr.span)));
                failed = true;
                continue;
            };
            match value {
                Err(Reported) => failed = true,
                Ok(value) => {
                    let place = self.place(scope.module, expr.span);
                    failed |= self.check_argument(item, index, &value, expr, place).is_err();
                    values[index] = Some(value);
                }
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
        let bound = sli.parameters.iter().map(|p| p.name.text.as_str()).zip(values.into_iter().flatten()).collect();
        self.module_sli(scope, item, bound, place)
    }

    fn unexpected_argument(&self, argument: &Argument, sli: &farthing_grammar::Sli, place: Place) -> Diagnostic {
        let names: Vec<&str> = sli.parameters.iter().map(|parameter| parameter.name.text.as_str()).collect();
        let message = match &argument.name {
            Some(name) => format!("`{}` has no parameter `{}`", sli.name.text, name.text),
            None => format!("`{}` takes {} arguments", sli.name.text, names.len()),
        };
        Diagnostic::error(codes::ARGUMENTS, message, place, "not expected").help(format!(
            "it is `{}({})`",
            sli.name.text,
            names.join(", ")
        ))
    }

    /// An argument's unit must fit what the parameter asks for.
    fn check_argument(&self, sli: ItemId, index: usize, value: &Value<'w>, expr: &Expr, place: Place) -> Checked<()> {
        let ItemKind::Sli(declaration) = &self.world.item(sli).kind else {
            return Ok(());
        };
        let parameter = &declaration.parameters[index];
        let Some(unit) = &parameter.unit else {
            return Ok(());
        };
        let asked = reported(self.units.expression(sli.module, unit), &self.sink)?;
        let found = match value {
            // A level of dollars an hour is a flow of dollars: where a flow is asked for, it is one.
            Value::Measured(linear) => linear.unit.clone(),
            Value::Constant(constant) => {
                let per_second = Unit::base("s");
                if self.units.fits(&constant.unit.times(&per_second, 1), &asked.unit) {
                    return Ok(());
                }
                constant.unit.clone()
            }
            Value::Histogram(histogram) => histogram.unit.clone(),
            Value::Ratio(ratio) => ratio.unit(),
            Value::Events(events) => self.event_unit(events.event),
            Value::Field(field) => field.value.unit.clone(),
            Value::PerEvent(value) => value.unit.clone(),
        };
        if self.units.fits(&found, &asked.unit) {
            return Ok(());
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
                format!("`{}` is in {found}", self.world.sources.text(Place { span: expr.span, ..place })),
            )
            .label(declared, format!("declared in {} here", asked.unit)),
        ))
    }

    /// The value of a module-level sli with its parameters bound.
    pub(super) fn module_sli(
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
            // A service's `where` reaches the metrics that a library's sli reads.
            matchers: scope.matchers,
        };
        let value = self.expression(&inner, &sli.value);
        self.open.borrow_mut().pop();
        if value.is_err() {
            for diagnostic in self.sink.borrow_mut().iter_mut().skip(before) {
                let told = diagnostic.labels.iter().any(|label| label.place == used_at);
                if !told {
                    diagnostic.labels.push(crate::diagnostics::Label {
                        place: used_at,
                        text: format!("`{}` is used here", sli.name.text),
                    });
                }
            }
        }
        value
    }

    /// `base { label = "value" }`
    fn select(
        &self,
        scope: &Scope<'_, 'w>,
        base: &'w Expr,
        selector: &'w Selector,
        place: Place,
    ) -> Checked<Value<'w>> {
        if let ExprKind::Path(path) = &base.kind
            && !(path.segments.len() == 1 && self.is_member(scope, &path.segments[0].text))
            && let Some(item) = self.item_at(scope, path)?
        {
            match &self.world.item(item).kind {
                ItemKind::Instrument(instrument) => {
                    let matchers = self.matchers(scope, item, instrument, selector)?;
                    return self.instrument(scope, item, instrument, matchers, base.span);
                }
                ItemKind::Event { .. } => {
                    self.event(item)?;
                    let events = Events { event: item, conditions: Vec::new() };
                    return self.select_events(scope, events, selector);
                }
                _ => {}
            }
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

    fn is_member(&self, scope: &Scope<'_, 'w>, name: &str) -> bool {
        scope.parameters.iter().any(|(own, _)| *own == name)
            || scope.service.is_some_and(|members| members.member(name).is_some())
    }
}
