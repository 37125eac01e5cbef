//! Which fields of an event are read: those that some flow needs.

use std::collections::BTreeSet;

use farthing_plan::{Condition, Event, Plan, Polynomial, Source};

/// Whether any flow reads the event.
pub(crate) fn is_read(plan: &Plan, event: &Event) -> bool {
    plan.services.iter().flat_map(|service| &service.flows).any(|flow| match &flow.source {
        Source::EventCount { event: of, .. } | Source::EventSum { event: of, .. } => *of == event.name,
        _ => false,
    })
}

/// The fields that flows read, by their index in the event's fields.
pub(crate) fn read(plan: &Plan, event: &Event) -> BTreeSet<usize> {
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

/// Whether flows are broken down by the field: the evaluator keeps the text of its values.
pub(crate) fn is_kept(plan: &Plan, name: &str) -> bool {
    plan.services.iter().flat_map(|service| &service.flows).any(|flow| flow.by.iter().any(|label| label == name))
}

/// How long ago, in seconds, an event may have been and still count for some objective.
pub(crate) fn longest_period(plan: &Plan) -> u64 {
    use farthing_plan::Period;
    let objectives = plan.services.iter().flat_map(|service| &service.objectives);
    let lengths = objectives.map(|objective| match &objective.period {
        Period::Rolling { seconds } => *seconds,
        Period::Calendar { unit, .. } => unit.longest_seconds().max(objective.period.seconds()),
    });
    lengths.max().unwrap_or_default()
}
