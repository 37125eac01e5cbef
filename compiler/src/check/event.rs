//! Events: records that the application reports, their fields and what is selected of them.

use std::rc::Rc;

use farthing_grammar::{EventField as FieldSyntax, EventFieldKind, ItemKind, LabelOp, Name, Selector, Text};
use farthing_plan::{Condition, Event, Exact, Field, FieldKind, Monomial, Polynomial, Source, Unit};

use super::{Checker, Scope, instrument::defined_by_itself};
use crate::{
    diagnostics::{Diagnostic, codes, suggest},
    modules::{ItemId, duplicate},
    reported::{Checked, Reported, reported},
    sources::Place,
    value::{BaseFlow, EventField, Events, LabelSet, Linear, PerEvent, Value},
};

/// A checked event declaration.
#[derive(Clone, Debug)]
pub(crate) struct EventInfo {
    pub event: Event,
    /// The unit of their count.
    pub unit: Unit,
    /// For each field in the order of the plan: its value, or nothing where it is a label, a time or broken.
    values: Vec<(String, FieldValue)>,
}

#[derive(Clone, Debug)]
enum FieldValue {
    Number(PerEvent),
    /// A label or a time: no number.
    Other(&'static str),
    Broken,
}

impl EventInfo {
    /// The number that a field has in each event. `None` where there is no such field.
    pub fn value(&self, name: &str) -> Option<Checked<PerEvent>> {
        self.values.iter().find(|(own, _)| own == name).map(|(_, value)| match value {
            FieldValue::Number(value) => Ok(value.clone()),
            FieldValue::Other(_) | FieldValue::Broken => Err(Reported),
        })
    }

    /// The first field in an expression that is a label or a time, and what it is.
    fn first_without_number<'e>(&self, expr: &'e farthing_grammar::Expr) -> Option<(&'e Name, &'static str)> {
        use farthing_grammar::ExprKind;
        match &expr.kind {
            ExprKind::Path(path) => match path.segments.as_slice() {
                [name] => self.values.iter().find_map(|(own, value)| match value {
                    FieldValue::Other(what) if *own == name.text => Some((name, *what)),
                    _ => None,
                }),
                _ => None,
            },
            ExprKind::Negative(inner) | ExprKind::Paren(inner) => self.first_without_number(inner),
            ExprKind::Per { value, .. } => self.first_without_number(value),
            ExprKind::ShareOf { of, .. } => self.first_without_number(of),
            ExprKind::Binary { left, right, .. } => {
                self.first_without_number(left).or_else(|| self.first_without_number(right))
            }
            _ => None,
        }
    }

    /// What events with these conditions are called as a flow: `requests:outcome=ok`, `requests.cost:latency>=2`.
    fn hint(&self, field: Option<&str>, conditions: &[Condition]) -> String {
        let mut hint = self.event.name.clone();
        if let Some(field) = field {
            hint += &format!(".{field}");
        }
        for condition in conditions {
            hint += &format!(":{}", self.condition_hint(condition));
        }
        hint
    }

    pub(super) fn condition_hint(&self, condition: &Condition) -> String {
        match condition {
            Condition::Label { field, values, negated } => {
                let name = self.event.fields.get(*field).map_or("", |field| field.name.as_str());
                format!("{name}{}{}", if *negated { "!=" } else { "=" }, values.join(","))
            }
            Condition::Pattern { field, pattern, negated } => {
                let name = self.event.fields.get(*field).map_or("", |field| field.name.as_str());
                format!("{name}{}{pattern}", if *negated { "!~" } else { "=~" })
            }
            Condition::Number { value, comparison, bound } => {
                let name = self.values.iter().find_map(|(name, own)| match own {
                    FieldValue::Number(number) if number.value == *value => Some(name.as_str()),
                    _ => None,
                });
                format!("{}{}{bound}", name.unwrap_or("value"), comparison.symbol())
            }
        }
    }

    pub fn field_names(&self) -> Vec<String> {
        self.values.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The index of a label field, and the values that it can have.
    pub fn label(&self, name: &str) -> Option<(usize, &[String])> {
        self.event.fields.iter().enumerate().find_map(|(index, field)| match &field.kind {
            FieldKind::Label { allowed } if field.name == name => Some((index, allowed.as_slice())),
            _ => None,
        })
    }
}

impl<'w> Checker<'w> {
    /// The checked declaration of an event.
    pub(crate) fn event(&self, id: ItemId) -> Checked<Rc<EventInfo>> {
        if let Some(found) = self.events.borrow().get(&id) {
            return found.clone();
        }
        if self.open.borrow().contains(&id) {
            let (name, span) = match &self.world.item(id).kind {
                ItemKind::Event { name, .. } => (name.text.as_str(), name.span),
                _ => return Err(Reported),
            };
            return Err(self.report(defined_by_itself(name, self.place(id.module, span))));
        }
        self.open.borrow_mut().push(id);
        let found = self.declare_event(id).map(Rc::new);
        self.open.borrow_mut().pop();
        self.events.borrow_mut().insert(id, found.clone());
        found
    }

    /// The unit of an event's count.
    pub(crate) fn event_unit(&self, id: ItemId) -> Unit {
        self.event(id).map(|info| info.unit.clone()).unwrap_or_default()
    }

    fn declare_event(&self, id: ItemId) -> Checked<EventInfo> {
        let item = self.world.item(id);
        let ItemKind::Event { name, fields } = &item.kind else {
            return Err(Reported);
        };
        let unit = match self.units.named(id.module, &name.text) {
            // A dozen is no unit of what is counted one by one.
            Some(quantity) if quantity.amount.is_one() => quantity.unit,
            _ => Unit::base(&name.text),
        };
        let event = Event { name: name.text.clone(), doc: item.doc.clone(), fields: Vec::new() };
        let mut info = EventInfo { event, unit, values: Vec::new() };
        let mut seen: Vec<&Name> = Vec::new();
        let mut time: Option<Place> = None;
        for field in fields {
            let place = self.place(id.module, field.name.span);
            if let Some(first) = seen.iter().find(|own| own.text == field.name.text) {
                self.report(duplicate(&field.name.text, self.place(id.module, first.span), place));
                continue;
            }
            seen.push(&field.name);
            if matches!(field.kind, EventFieldKind::Time { .. }) {
                if let Some(first) = time {
                    self.report(
                        Diagnostic::error(
                            codes::DUPLICATE_NAME,
                            "an event happens at one time",
                            place,
                            "a second time field",
                        )
                        .label(first, "the first one")
                        .help("keep the one that says when it was done"),
                    );
                    continue;
                }
                time = Some(place);
            }
            self.declare_field(id, field, &mut info);
        }
        Ok(info)
    }

    fn declare_field(&self, id: ItemId, field: &'w FieldSyntax, info: &mut EventInfo) {
        let column = |from: &Option<Text>| from.as_ref().map_or(field.name.text.clone(), |text| text.value.clone());
        let (column, kind, value) = match &field.kind {
            EventFieldKind::Broken => {
                info.values.push((field.name.text.clone(), FieldValue::Broken));
                return;
            }
            EventFieldKind::Time { from } => (column(from), FieldKind::Time, FieldValue::Other("a time")),
            EventFieldKind::Label { values, from } => {
                let mut allowed: Vec<String> = values.iter().flatten().map(|text| text.value.clone()).collect();
                allowed.sort();
                allowed.dedup();
                (column(from), FieldKind::Label { allowed }, FieldValue::Other("a label"))
            }
            EventFieldKind::Number { unit, from } => {
                let Ok(quantity) = reported(self.units.expression(id.module, unit), &self.sink) else {
                    info.values.push((field.name.text.clone(), FieldValue::Broken));
                    return;
                };
                let index = info.event.fields.len();
                let value = Polynomial(vec![Monomial { factor: Exact::one(), fields: vec![index] }]);
                let per_event = PerEvent { value, unit: quantity.unit.clone() };
                let kind = FieldKind::Number { unit: quantity.unit, scale: quantity.amount };
                (column(from), kind, FieldValue::Number(per_event))
            }
            EventFieldKind::Derived { value } => {
                if let Some((name, what)) = info.first_without_number(value) {
                    let place = self.place(id.module, name.span);
                    self.report(
                        Diagnostic::error(
                            codes::EVENT_FIELD,
                            format!("`{}` is {what}, and cannot be reckoned with", name.text),
                            place,
                            "no number",
                        )
                        .help("a field is computed from number fields above it and constants"),
                    );
                    info.values.push((field.name.text.clone(), FieldValue::Broken));
                    return;
                }
                let scope = Scope { event: Some(info), ..Scope::of_module(id.module) };
                match self.derived(&scope, value) {
                    Ok(per_event) => {
                        let kind = FieldKind::Derived { unit: per_event.unit.clone(), value: per_event.value.clone() };
                        (field.name.text.clone(), kind, FieldValue::Number(per_event))
                    }
                    Err(Reported) => {
                        info.values.push((field.name.text.clone(), FieldValue::Broken));
                        return;
                    }
                }
            }
        };
        info.event.fields.push(Field { name: field.name.text.clone(), column, kind });
        info.values.push((field.name.text.clone(), value));
    }

    fn derived(&self, scope: &Scope<'_, 'w>, expr: &'w farthing_grammar::Expr) -> Checked<PerEvent> {
        let place = self.place(scope.module, expr.span);
        match self.expression(scope, expr)? {
            Value::PerEvent(value) => Ok(value),
            Value::Constant(constant) => Ok(PerEvent::constant(constant.amount, constant.unit)),
            other => Err(self.report(
                Diagnostic::error(
                    codes::EVENT_FIELD,
                    "a field is computed from the fields before it and constants",
                    place,
                    format!("this is {}", other.describe()),
                )
                .help("declare what it needs as fields above it, or use a `price`"),
            )),
        }
    }

    /// All events of a kind, as a value.
    pub(super) fn events(&self, id: ItemId) -> Checked<Value<'w>> {
        self.event(id)?;
        Ok(Value::Events(Events { event: id, conditions: Vec::new() }))
    }

    /// `requests { outcome = "ok" }`
    pub(super) fn select_events(
        &self,
        scope: &Scope<'_, 'w>,
        mut events: Events,
        selector: &Selector,
    ) -> Checked<Value<'w>> {
        let info = self.event(events.event)?;
        for written in &selector.matchers {
            let condition = self.label_condition(scope, events.event, written)?;
            if events.conditions.iter().any(|other| excludes(other, &condition)) {
                return Err(self.report(
                    Diagnostic::error(
                        codes::SELECTS_NOTHING,
                        format!("no event has a `{}` that fits all conditions", written.label.text),
                        self.place(scope.module, written.span),
                        "excludes another condition",
                    )
                    .help("remove one of them, or ask for several values: `= \"ok\" | \"partial\"`"),
                ));
            }
            if !events.conditions.contains(&condition) {
                events.conditions.push(condition);
            }
        }
        // The same conditions in another order are the same flow.
        events.conditions.sort_by_cached_key(|condition| info.condition_hint(condition));
        Ok(Value::Events(events))
    }

    /// `outcome = "ok"` on events.
    pub(crate) fn label_condition(
        &self,
        scope: &Scope<'_, 'w>,
        id: ItemId,
        condition: &farthing_grammar::LabelMatch,
    ) -> Checked<Condition> {
        let info = self.event(id)?;
        let condition = &*self.with_texts(scope, condition)?;
        let place = self.place(scope.module, condition.label.span);
        let Some((field, allowed)) = info.label(&condition.label.text) else {
            return Err(self.report(self.no_such_label(&info, &condition.label.text, place)));
        };
        let negated = match condition.op {
            LabelOp::Equal => false,
            LabelOp::NotEqual => true,
            LabelOp::Regex | LabelOp::NotRegex => {
                self.check_patterns(scope.module, condition)?;
                let pattern = self.matcher(condition).values.join("|");
                return Ok(Condition::Pattern { field, pattern, negated: condition.op == LabelOp::NotRegex });
            }
        };
        for value in &condition.values {
            if !allowed.is_empty() && !allowed.contains(&value.value) {
                let place = self.place(scope.module, value.span);
                let diagnostic = Diagnostic::error(
                    codes::UNKNOWN_LABEL_VALUE,
                    format!("`{}` is never {:?}", condition.label.text, value.value),
                    place,
                    "selects nothing",
                );
                return Err(self.report(match suggest::nearest(&value.value, allowed.iter().map(String::as_str)) {
                    Some(near) => diagnostic.did_you_mean_text(place, near),
                    None => diagnostic.help(format!("it is {}", suggest::one_of(allowed))),
                }));
            }
        }
        let mut values: Vec<String> = condition.values.iter().map(|text| text.value.clone()).collect();
        values.sort();
        values.dedup();
        Ok(Condition::Label { field, values, negated })
    }

    fn no_such_label(&self, info: &EventInfo, name: &str, place: Place) -> Diagnostic {
        let labels: Vec<&str> = info
            .event
            .fields
            .iter()
            .filter(|field| matches!(field.kind, FieldKind::Label { .. }))
            .map(|field| field.name.as_str())
            .collect();
        let diagnostic = Diagnostic::error(
            codes::UNKNOWN_FIELD,
            format!("`{}` has no label field `{name}`", info.event.name),
            place,
            "not a label field",
        );
        match suggest::nearest(name, labels.iter().copied()) {
            Some(near) => diagnostic.did_you_mean(place, near),
            None if labels.is_empty() => diagnostic.help(format!("declare it in the event: `{name}: label`")),
            None => diagnostic.help(format!("its label fields are {}", suggest::one_of(&labels))),
        }
    }

    /// `requests.cost`
    pub(crate) fn field(&self, value: Value<'w>, field: &Name, at: Place, place: Place) -> Checked<Value<'w>> {
        let Value::Events(events) = value else {
            return Err(self.report(
                Diagnostic::error(
                    codes::NOT_A_VALUE,
                    format!("{} has no fields", value.describe()),
                    place,
                    "only events have fields",
                )
                .help("a metric's module is followed by `::`, as in `vllm::generation_tokens`"),
            ));
        };
        let info = self.event(events.event)?;
        let found = info.values.iter().find(|(name, _)| *name == field.text).map(|(_, value)| value);
        match found {
            Some(FieldValue::Number(value)) => {
                Ok(Value::Field(EventField { events, name: field.text.clone(), value: value.clone() }))
            }
            Some(FieldValue::Broken) => Err(Reported),
            Some(FieldValue::Other(what)) => Err(self.report(
                Diagnostic::error(
                    codes::UNKNOWN_FIELD,
                    format!("`{}.{}` is {what}, not a number", info.event.name, field.text),
                    at,
                    "a number belongs here",
                )
                .help(format!("select by it instead: `{} {{ {} = \"...\" }}`", info.event.name, field.text)),
            )),
            None => {
                let names = info.field_names();
                let message = format!("`{}` has no field `{}`", info.event.name, field.text);
                let diagnostic = Diagnostic::error(codes::UNKNOWN_FIELD, message, at, "not one of its fields");
                Err(self.report(match suggest::nearest(&field.text, names.iter().map(String::as_str)) {
                    Some(near) => diagnostic.did_you_mean(at, near),
                    None => diagnostic.help(format!("its fields are {}", suggest::one_of(&names))),
                }))
            }
        }
    }

    /// Events as their count and fields as their sum, where a flow is asked for; other values as they are.
    pub(crate) fn as_flow(&self, value: Value<'w>) -> Value<'w> {
        let (events, source, unit, hint) = match value {
            Value::Events(events) => {
                let Ok(info) = self.event(events.event) else {
                    return Value::Events(events);
                };
                let source =
                    Source::EventCount { event: info.event.name.clone(), conditions: events.conditions.clone() };
                let hint = info.hint(None, &events.conditions);
                (events, source, info.unit.clone(), hint)
            }
            Value::Field(field) => {
                let Ok(info) = self.event(field.events.event) else {
                    return Value::Field(field);
                };
                let source = Source::EventSum {
                    event: info.event.name.clone(),
                    value: field.value.value.clone(),
                    conditions: field.events.conditions.clone(),
                };
                let hint = info.hint(Some(&field.name), &field.events.conditions);
                (field.events, source, field.value.unit, hint)
            }
            other => return other,
        };
        let ItemKind::Event { name, .. } = &self.world.item(events.event).kind else {
            return Value::Events(events);
        };
        let flow = BaseFlow {
            declared: None,
            hint,
            doc: self.world.item(events.event).doc.clone(),
            unit,
            source,
            labels: LabelSet::Event(events.event),
        };
        Value::Measured(Linear::single(flow, self.place(events.event.module, name.span), false))
    }
}

/// Whether no event fits both conditions, as far as values are listed.
pub(super) fn excludes(one: &Condition, other: &Condition) -> bool {
    let (
        Condition::Label { field: a, values: left, negated: not_left },
        Condition::Label { field: b, values: right, negated: not_right },
    ) = (one, other)
    else {
        return false;
    };
    a == b
        && match (not_left, not_right) {
            (false, false) => !left.iter().any(|value| right.contains(value)),
            (false, true) => left.iter().all(|value| right.contains(value)),
            (true, false) => right.iter().all(|value| left.contains(value)),
            (true, true) => false,
        }
}
