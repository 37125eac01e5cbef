//! Histograms of what events had, with the bounds that objectives name.
//!
//! Nothing is kept for them: an objective such as `99% of requests have latency < 500 ms` has a flow that counts all
//! requests, and one that counts those of at least 500 ms. Their difference is the bucket.

use std::collections::BTreeMap;

use farthing_evaluator::FlowTotal;
use farthing_exposition::{Kind, Writer};
use farthing_plan::{Comparison, Condition, Event, FieldKind, Flow, Labels, Monomial, Plan, Polynomial, Source};

use super::metrics::sample;

/// The name of the family.
const NAME: &str = "farthing_event_value";

/// One histogram, for all groups.
struct Histogram<'a> {
    service: &'a str,
    /// The flow that counts all of its events.
    of: &'a Flow,
    field: &'a str,
    /// By upper bound: a flow, and whether it counts what is below the bound or what is beyond it.
    buckets: Vec<(f64, &'a str, bool)>,
    /// The flow that adds the values up, where some objective has one.
    sum: Option<&'a str>,
}

/// Writes the histograms that can be made of a plan's flows.
pub(super) fn write(writer: &mut Writer, plan: &Plan, totals: &[FlowTotal]) {
    let mut by_flow: BTreeMap<(&str, &str), BTreeMap<&Labels, f64>> = BTreeMap::new();
    for total in totals {
        by_flow.entry((&total.service, &total.flow)).or_default().insert(&total.labels, total.total);
    }
    let help =
        "Events by a field's value in its canonical unit, with the bounds of objectives; what a bound counts meets it.";
    writer.family(NAME, Kind::Histogram, "", help);
    for histogram in histograms(plan) {
        let at = |flow: &str, group: &Labels| {
            by_flow.get(&(histogram.service, flow)).and_then(|groups| groups.get(group)).copied().unwrap_or_default()
        };
        let Some(groups) = by_flow.get(&(histogram.service, histogram.of.id.as_str())) else { continue };
        for (group, count) in groups {
            let own = [("field", histogram.field), ("flow", histogram.of.id.as_str()), ("service", histogram.service)];
            let mut bucket = |bound: &str, value: f64| {
                let mut own = own.to_vec();
                own.push(("le", bound));
                sample(writer, "_bucket", &own, group, value);
            };
            for (bound, flow, is_below) in &histogram.buckets {
                let counted = at(flow, group);
                bucket(&bound_text(*bound), if *is_below { counted } else { count - counted });
            }
            bucket("+Inf", *count);
            if let Some(sum) = histogram.sum {
                sample(writer, "_sum", &own, group, at(sum, group));
                sample(writer, "_count", &own, group, *count);
            }
        }
    }
}

/// As Prometheus and OpenMetrics both write it: `1.0`, `0.5`.
fn bound_text(bound: f64) -> String {
    format!("{bound:?}")
}

fn histograms(plan: &Plan) -> Vec<Histogram<'_>> {
    let mut all = Vec::new();
    for service in &plan.services {
        let counts = service.flows.iter().filter_map(|flow| match &flow.source {
            Source::EventCount { event, conditions } => Some((flow, event, conditions)),
            _ => None,
        });
        for (of, name, conditions) in counts.clone() {
            let Some(event) = plan.events.iter().find(|event| event.name == *name) else { continue };
            // Flows with one more condition than this one, on a number.
            let bounds = counts.clone().filter_map(|(flow, other, all)| {
                let (last, rest) = split(all, conditions)?;
                let Condition::Number { value, comparison, bound } = last else { return None };
                (other == name && flow.by == of.by && rest).then_some((flow, value, *comparison, bound))
            });
            let mut fields: BTreeMap<usize, Histogram<'_>> = BTreeMap::new();
            for (flow, value, comparison, bound) in bounds {
                let Some((at, field)) = field(event, value) else { continue };
                let histogram = fields.entry(at).or_insert_with(|| Histogram {
                    service: &service.name,
                    of,
                    field,
                    buckets: Vec::new(),
                    sum: sum(&service.flows, of, name, conditions, value),
                });
                let is_below = matches!(comparison, Comparison::Less | Comparison::AtMost);
                histogram.buckets.push((bound.to_f64(), &flow.id, is_below));
            }
            for (_, mut histogram) in fields {
                histogram.buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
                // Of `< 1 s` and `<= 1 s` the stricter one is enough: one bound is one bucket.
                histogram.buckets.dedup_by(|a, b| a.0 == b.0);
                all.push(histogram);
            }
        }
    }
    all
}

/// The condition that one list has more than another, and whether there is exactly one.
fn split<'a>(all: &'a [Condition], fewer: &[Condition]) -> Option<(&'a Condition, bool)> {
    let more: Vec<&Condition> = all.iter().filter(|condition| !fewer.contains(condition)).collect();
    let last = more.first()?;
    Some((last, more.len() == 1 && all.len() == fewer.len() + 1))
}

/// The field that a value is, if it is one.
fn field<'a>(event: &'a Event, value: &Polynomial) -> Option<(usize, &'a str)> {
    let own = |at: usize| match &event.fields[at].kind {
        FieldKind::Number { .. } => match value.0.as_slice() {
            [Monomial { factor, fields }] => factor.to_f64() == 1.0 && *fields == [at],
            _ => false,
        },
        FieldKind::Derived { value: derived, .. } => derived == value,
        FieldKind::Time | FieldKind::Label { .. } => false,
    };
    let at = (0..event.fields.len()).find(|at| own(*at))?;
    Some((at, &event.fields[at].name))
}

/// The flow that adds a value up, over the same events and labels.
fn sum<'a>(flows: &'a [Flow], of: &Flow, name: &str, all: &[Condition], of_value: &Polynomial) -> Option<&'a str> {
    let is_it = |flow: &&Flow| match &flow.source {
        Source::EventSum { event, value, conditions } => {
            event == name && value == of_value && conditions == all && flow.by == of.by
        }
        _ => false,
    };
    flows.iter().find(is_it).map(|flow| flow.id.as_str())
}
