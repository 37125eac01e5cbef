//! The counters that a program exports of events, for the events of a scenario: each event is judged here, as the
//! program would.

use std::collections::BTreeMap;

use farthing_plan::{
    Condition, Event, EventRate, EventValue, Exact, FieldKind, Flow, Labels, Plan, Polynomial, Scenario, Segment,
    SegmentKind, Service, Source, TestEvents, TestSeries,
};

use crate::flow::EVENT_COUNTER;

/// The series of all flows of events, those of equal labels added up.
pub(super) fn series(plan: &Plan, services: &[&Service], scenario: &Scenario) -> Vec<TestSeries> {
    let mut all: BTreeMap<Labels, Vec<Vec<EventRate>>> = BTreeMap::new();
    for service in services {
        for flow in service.flows.iter().filter(|flow| flow.source.is_event()) {
            for made in &scenario.events {
                let Some(event) = plan.events.iter().find(|event| event.name == made.event) else { continue };
                let Some((labels, amount)) = amount(service, flow, event, made) else { continue };
                let rates = made.rates.iter().map(|rate| EventRate { from: rate.from, rate: &rate.rate * &amount });
                all.entry(labels).or_default().push(rates.collect());
            }
        }
    }
    all.into_iter()
        .map(|(labels, rates)| TestSeries { metric: EVENT_COUNTER.to_string(), labels, segments: summed(&rates) })
        .collect()
}

/// The labels of the flow's series that such events count for, and what one of them adds. It adds 0 where it does not
/// meet the flow's conditions: the program has seen it all the same.
fn amount(service: &Service, flow: &Flow, event: &Event, made: &TestEvents) -> Option<(Labels, Exact)> {
    let (own, value, conditions) = match &flow.source {
        Source::EventCount { event, conditions } => (event, None, conditions),
        Source::EventSum { event, value, conditions } => (event, Some(value), conditions),
        _ => return None,
    };
    if *own != event.name {
        return None;
    }
    let mut labels =
        Labels::from([("flow".to_string(), flow.id.clone()), ("service".to_string(), service.name.clone())]);
    for label in &flow.by {
        let index = event.fields.iter().position(|field| field.name == *label)?;
        if let EventValue::Label { value } = made.fields.get(index)? {
            labels.insert(label.clone(), value.clone());
        }
    }
    let counts = conditions.iter().all(|condition| holds(condition, event, made));
    let amount = if counts { value.map_or_else(Exact::one, |value| of(value, event, made)) } else { Exact::zero() };
    Some((labels, amount))
}

fn holds(condition: &Condition, event: &Event, made: &TestEvents) -> bool {
    match condition {
        Condition::Label { field, values, negated } => {
            values.iter().any(|value| value == text(made, *field)) != *negated
        }
        // INVARIANT: the compiler has read the pattern.
        Condition::Pattern { field, pattern, negated } => {
            let regex = regex::Regex::new(&format!("^(?s:{pattern})$"));
            regex.is_ok_and(|regex| regex.is_match(text(made, *field))) != *negated
        }
        Condition::Number { value, comparison, bound } => comparison.holds(&of(value, event, made), bound),
    }
}

/// A label field's text; empty where it has none.
fn text(made: &TestEvents, field: usize) -> &str {
    match made.fields.get(field) {
        Some(EventValue::Label { value }) => value,
        _ => "",
    }
}

/// A polynomial of an event's fields, in canonical units.
fn of(polynomial: &Polynomial, event: &Event, made: &TestEvents) -> Exact {
    let number = |index: &usize| match (event.fields.get(*index).map(|field| &field.kind), made.fields.get(*index)) {
        (Some(FieldKind::Number { scale, .. }), Some(EventValue::Number { value })) => value * scale,
        _ => Exact::zero(),
    };
    let product = |monomial: &farthing_plan::Monomial| {
        monomial.fields.iter().fold(monomial.factor.clone(), |product, index| product * number(index))
    };
    polynomial.0.iter().fold(Exact::zero(), |sum, monomial| sum + product(monomial))
}

/// Several rates over time as one rise.
fn summed(rates: &[Vec<EventRate>]) -> Vec<Segment> {
    let mut times: Vec<u64> = rates.iter().flatten().map(|rate| rate.from).collect();
    times.sort_unstable();
    times.dedup();
    let at = |time: u64| {
        let of =
            |rates: &Vec<EventRate>| rates.iter().rev().find(|rate| rate.from <= time).map(|rate| rate.rate.clone());
        rates.iter().filter_map(of).fold(Exact::zero(), |sum, rate| sum + rate)
    };
    times.into_iter().map(|from| Segment { from, kind: SegmentKind::Rises { rate: at(from) } }).collect()
}
