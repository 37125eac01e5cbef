//! Events of a test: all alike, evenly spread.

use farthing_grammar::{EventValue as Stated, ItemKind, Name, Path, TestRate};
use farthing_plan::{EventRate, EventValue, Exact, Field, FieldKind, Scenario, TestEvents};

use super::{Lowering, read};
use crate::{
    diagnostics::{Diagnostic, codes, suggest},
    reported::{Checked, Reported},
    units::Quantity,
};

impl<'w> Lowering<'_, 'w> {
    pub(super) fn events(
        &self,
        path: &'w Path,
        stated: &'w [(Name, Stated)],
        rates: &'w [TestRate],
    ) -> Checked<TestEvents> {
        let place = self.place(path.span);
        let Some(id) = self.checker.item_at(&self.scope, path)? else {
            return Err(self.checker.report(self.checker.unknown_name(&self.scope, path, place)));
        };
        if !matches!(self.checker.world.item(id).kind, ItemKind::Event { .. }) {
            return Err(self.checker.report(
                Diagnostic::error(codes::NOT_A_VALUE, format!("`{}` is no event", path.text()), place, "no event")
                    .help("declare it with `event`, or write `series` for a metric"),
            ));
        }
        let info = self.checker.event(id)?;
        let event = &info.event;
        let label_of = |label: &str| info.label(label).map(|(index, _)| index);
        let needed = read::event_fields(self.plan, &event.name, label_of);
        if needed.is_none() && self.is_complete {
            return Err(self.checker.report(
                Diagnostic::error(
                    codes::TEST_UNREAD,
                    format!("no objective reads `{}`", event.name),
                    place,
                    "they change nothing",
                )
                .help("objectives of the files that are compiled together read other events or metrics only"),
            ));
        }
        let mut fields: Vec<EventValue> = event.fields.iter().map(unstated).collect();
        let mut given: Vec<&str> = Vec::new();
        for (name, value) in stated {
            let Some(index) = event.fields.iter().position(|field| field.name == name.text) else {
                return Err(self.unknown_field(&event.name, &event.fields, name));
            };
            if given.contains(&name.text.as_str()) {
                return Err(self.checker.report(
                    Diagnostic::error(
                        codes::STATED_TWICE,
                        format!("`{}` is stated twice", name.text),
                        self.place(name.span),
                        "stated again here",
                    )
                    .help("keep one of them"),
                ));
            }
            given.push(&name.text);
            fields[index] = self.field(&event.fields[index], name, value)?;
        }
        let lacks = |index: &usize| !given.contains(&event.fields[*index].name.as_str());
        if let Some(missing) = needed.into_iter().flatten().find(lacks) {
            let name = &event.fields[missing].name;
            return Err(self.checker.report(
                Diagnostic::error(
                    codes::TEST_LABELS,
                    format!("the field `{name}` decides what these events count for"),
                    place,
                    "and it is not stated",
                )
                .help(format!("add `{name} = ...`")),
            ));
        }
        let mut made: Vec<EventRate> = Vec::new();
        for stated in rates {
            let from = self.since(stated.from.as_ref(), made.last().map(|last| last.from))?;
            made.push(EventRate { from, rate: self.times_a_second(&stated.rate, &info.unit)? });
        }
        Ok(TestEvents { event: event.name.clone(), fields, rates: made })
    }

    fn field(&self, field: &Field, name: &Name, value: &'w Stated) -> Checked<EventValue> {
        let place = self.place(name.span);
        match (&field.kind, value) {
            (FieldKind::Label { allowed }, Stated::Text(text)) => {
                if !allowed.is_empty() && !allowed.contains(&text.value) {
                    let place = self.place(text.span);
                    let diagnostic = Diagnostic::error(
                        codes::UNKNOWN_LABEL_VALUE,
                        format!("`{}` is never {:?}", name.text, text.value),
                        place,
                        "no such value",
                    );
                    return Err(self.checker.report(
                        match suggest::nearest(&text.value, allowed.iter().map(String::as_str)) {
                            Some(near) => diagnostic.did_you_mean_text(place, near),
                            None => diagnostic.help(format!("it is {}", suggest::one_of(allowed))),
                        },
                    ));
                }
                Ok(EventValue::Label { value: text.value.clone() })
            }
            (FieldKind::Number { unit, scale }, Stated::Number(expr)) => {
                let own = Quantity { amount: scale.clone(), unit: unit.clone() };
                Ok(EventValue::Number { value: self.exposed(expr, &own)? })
            }
            (kind, _) => {
                let (what, help) = match kind {
                    FieldKind::Label { .. } => ("a label", "write a text in quotes"),
                    FieldKind::Number { .. } => ("a number", "write a number, with its unit where it has one"),
                    FieldKind::Time => ("the time", "leave it out: the events are spread over the test"),
                    FieldKind::Derived { .. } => ("computed", "leave it out: it follows from the others"),
                };
                Err(self.checker.report(
                    Diagnostic::error(codes::TEST_VALUE, format!("`{}` is {what}", name.text), place, "cannot be this")
                        .help(help),
                ))
            }
        }
    }

    fn unknown_field(&self, event: &str, fields: &[Field], name: &Name) -> Reported {
        let place = self.place(name.span);
        let message = format!("`{event}` has no field `{}`", name.text);
        let diagnostic = Diagnostic::error(codes::UNKNOWN_FIELD, message, place, "not one of its fields");
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        self.checker.report(match suggest::nearest(&name.text, names.iter().copied()) {
            Some(near) => diagnostic.did_you_mean(place, near),
            None => diagnostic.help(format!("it has {}", names.join(", "))),
        })
    }
}

/// What a field is that nothing is said of, and that nothing depends on.
fn unstated(field: &Field) -> EventValue {
    match &field.kind {
        FieldKind::Label { allowed } => EventValue::Label { value: allowed.first().cloned().unwrap_or_default() },
        FieldKind::Number { .. } => EventValue::Number { value: Exact::zero() },
        FieldKind::Time | FieldKind::Derived { .. } => EventValue::None,
    }
}

/// How many events there are in all.
pub(super) fn count(scenario: &Scenario) -> u64 {
    let of = |events: &TestEvents| -> f64 {
        let ends = events.rates.iter().skip(1).map(|rate| rate.from).chain([scenario.length]);
        events.rates.iter().zip(ends).map(|(rate, end)| rate.rate.to_f64() * end.saturating_sub(rate.from) as f64).sum()
    };
    scenario.events.iter().map(of).sum::<f64>() as u64
}
