//! What an event takes, by name.

use std::collections::BTreeSet;

use farthing_evaluator::EventId;
use farthing_plan::{Condition, Event, FieldKind, Plan, Polynomial, Source};

/// A kind of event.
pub(crate) struct Schema {
    pub name: String,
    pub id: EventId,
    /// All fields but computed ones, in the plan's order.
    pub fields: Vec<Field>,
    pub numbers: usize,
    /// For each label field, its index in the event's fields.
    pub labels: Vec<usize>,
}

/// A field that a program sets.
pub(crate) struct Field {
    pub name: String,
    pub slot: Slot,
    /// Whether an objective reads it.
    pub needed: bool,
}

/// Where a field goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Time,
    /// Which of the number fields it is.
    Number(usize),
    /// Which of the label fields it is.
    Label(usize),
}

impl Schema {
    pub fn new(plan: &Plan, event: &Event, id: EventId) -> Schema {
        let read = read(plan, event);
        let mut schema = Schema { name: event.name.clone(), id, fields: Vec::new(), numbers: 0, labels: Vec::new() };
        for (index, field) in event.fields.iter().enumerate() {
            let slot = match &field.kind {
                FieldKind::Time => Slot::Time,
                FieldKind::Number { .. } => {
                    schema.numbers += 1;
                    Slot::Number(schema.numbers - 1)
                }
                FieldKind::Label { .. } => {
                    schema.labels.push(index);
                    Slot::Label(schema.labels.len() - 1)
                }
                FieldKind::Derived { .. } => continue,
            };
            let listed = matches!(&field.kind, FieldKind::Label { allowed } if !allowed.is_empty());
            let needed = slot != Slot::Time && (listed || read.contains(&index));
            schema.fields.push(Field { name: field.name.clone(), slot, needed });
        }
        schema
    }

    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Why a name is no field.
    pub fn no_field(&self, name: &str) -> String {
        let known = self.fields.iter().map(|field| field.name.as_str());
        let nearest = nearest(name, known.clone());
        let meant = nearest.map_or(".".to_string(), |nearest| format!("; did you mean {nearest:?}?"));
        let fields = known.collect::<Vec<_>>().join(", ");
        format!("the event {} has no field {name:?}{meant} It has {fields}", self.name)
    }

    /// Why a row is not whole.
    pub fn missing(&self, field: &Field) -> String {
        format!("the event {} needs {:?}, which an objective reads", self.name, field.name)
    }
}

/// The fields that flows read.
fn read(plan: &Plan, event: &Event) -> BTreeSet<usize> {
    let mut read = BTreeSet::new();
    let of = |value: &Polynomial, read: &mut BTreeSet<usize>| {
        read.extend(value.0.iter().flat_map(|monomial| monomial.fields.iter().copied()));
    };
    for flow in plan.services.iter().flat_map(|service| &service.flows) {
        let (conditions, value) = match &flow.source {
            Source::EventCount { event: of, conditions } if *of == event.name => (conditions, None),
            Source::EventSum { event: of, value, conditions } if *of == event.name => (conditions, Some(value)),
            _ => continue,
        };
        value.iter().for_each(|value| of(value, &mut read));
        for condition in conditions {
            match condition {
                Condition::Label { field, .. } | Condition::Pattern { field, .. } => {
                    read.insert(*field);
                }
                Condition::Number { value, .. } => of(value, &mut read),
            }
        }
        let by = event.fields.iter().enumerate().filter(|(_, field)| flow.by.contains(&field.name));
        read.extend(by.map(|(index, _)| index));
    }
    read
}

/// The name that is nearest, where it is near.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let distance = |other: &str| strsim::damerau_levenshtein(&lower, &other.to_lowercase());
    let nearest = known.min_by_key(|other| distance(other))?;
    (distance(nearest) <= 1 + name.chars().count() / 3).then_some(nearest)
}
