//! Which columns of a file are read: those whose fields some objective needs.

use std::collections::BTreeSet;

use farthing_plan::{Condition, Event, FieldKind, Plan, Polynomial, Source};

/// A field that is read from a column.
pub(super) struct Wanted {
    /// The column's name.
    pub column: String,
    /// Its index in the event's fields.
    pub field: usize,
    pub kind: Kind,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Time,
    /// The number field of this index among the number fields.
    Number(usize),
    /// As above, among the label fields.
    Label(usize),
}

/// The columns that are needed, in the order of the fields.
pub(super) fn wanted(plan: &Plan, event: &Event) -> Vec<Wanted> {
    let read = read(plan, event);
    let (mut numbers, mut labels) = (0, 0);
    let mut wanted = Vec::new();
    for (field, of) in event.fields.iter().enumerate() {
        let kind = match &of.kind {
            FieldKind::Time => Kind::Time,
            FieldKind::Number { .. } => {
                numbers += 1;
                Kind::Number(numbers - 1)
            }
            FieldKind::Label { .. } => {
                labels += 1;
                Kind::Label(labels - 1)
            }
            FieldKind::Derived { .. } => continue,
        };
        if kind == Kind::Time || read.contains(&field) {
            wanted.push(Wanted { column: of.column.clone(), field, kind });
        }
    }
    wanted
}

/// Whether any flow reads the event.
pub(super) fn is_read(plan: &Plan, event: &Event) -> bool {
    plan.services.iter().flat_map(|service| &service.flows).any(|flow| match &flow.source {
        Source::EventCount { event: of, .. } | Source::EventSum { event: of, .. } => *of == event.name,
        _ => false,
    })
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
        if let Some(value) = value {
            of(value, &mut read);
        }
        for condition in conditions {
            match condition {
                Condition::Label { field, .. } | Condition::Pattern { field, .. } => {
                    read.insert(*field);
                }
                Condition::Number { value, .. } => of(value, &mut read),
            }
        }
        read.extend(
            event.fields.iter().enumerate().filter(|(_, field)| flow.by.contains(&field.name)).map(|(at, _)| at),
        );
    }
    read
}

/// ` (did you mean "…"?)`, where a name is near to one that there is.
pub(super) fn did_you_mean(name: &str, known: &[&str]) -> String {
    let lower = name.to_lowercase();
    let distance = |other: &str| strsim::damerau_levenshtein(&lower, &other.to_lowercase());
    let nearest = known.iter().min_by_key(|other| distance(other));
    match nearest {
        Some(other) if distance(other) <= 1 + name.chars().count() / 3 => {
            format!(" (did you mean {other:?}?)")
        }
        _ => String::new(),
    }
}
