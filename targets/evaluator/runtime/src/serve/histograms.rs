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
    /// The labels that it is broken down by, which are some of the flow's.
    by: &'a [String],
    /// By upper bound: a flow, and whether it counts what is below the bound or what is beyond it.
    buckets: Vec<(f64, &'a str, bool)>,
    /// The flow that adds the values up, where some objective has one.
    sum: Option<&'a str>,
}

/// Writes the histograms that can be made of a plan's flows.
pub(super) fn write(writer: &mut Writer, plan: &Plan, totals: &[FlowTotal]) {
    let help =
        "Events by a field's value in its canonical unit, with the bounds of objectives; what a bound counts meets it.";
    writer.family(NAME, Kind::Histogram, "", help);
    for histogram in histograms(plan) {
        let of = |flow: &str| grouped(totals, histogram.service, flow, histogram.by);
        let buckets: Vec<_> =
            histogram.buckets.iter().map(|(bound, flow, is_below)| (*bound, of(flow), *is_below)).collect();
        let sums = histogram.sum.map(of);
        for (group, count) in &of(&histogram.of.id) {
            let own = [("field", histogram.field), ("flow", histogram.of.id.as_str()), ("service", histogram.service)];
            let mut bucket = |bound: &str, value: f64| {
                let mut own = own.to_vec();
                own.push(("le", bound));
                sample(writer, "_bucket", &own, group, value);
            };
            for (bound, counted, is_below) in &buckets {
                let counted = counted.get(group).copied().unwrap_or_default();
                bucket(&bound_text(*bound), if *is_below { counted } else { count - counted });
            }
            bucket("+Inf", *count);
            if let Some(sum) = sums.as_ref().and_then(|sums| sums.get(group)) {
                sample(writer, "_sum", &own, group, *sum);
                sample(writer, "_count", &own, group, *count);
            }
        }
    }
}

/// What a flow came to, by these of its labels.
fn grouped(totals: &[FlowTotal], service: &str, flow: &str, by: &[String]) -> BTreeMap<Labels, f64> {
    let mut groups = BTreeMap::new();
    for total in totals.iter().filter(|total| total.service == service && total.flow == flow) {
        let group = total.labels.iter().filter(|(name, _)| by.contains(name));
        let group: Labels = group.map(|(name, value)| (name.clone(), value.clone())).collect();
        *groups.entry(group).or_default() += total.total;
    }
    groups
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
                (other == name && covers(of, flow) && rest).then_some((flow, value, *comparison, bound))
            });
            let mut fields: BTreeMap<(usize, &[String]), Histogram<'_>> = BTreeMap::new();
            for (flow, value, comparison, bound) in bounds {
                let Some((at, field)) = field(event, value) else { continue };
                let histogram = fields.entry((at, &flow.by)).or_insert_with(|| Histogram {
                    service: &service.name,
                    of,
                    field,
                    by: &flow.by,
                    buckets: Vec::new(),
                    sum: sum(&service.flows, flow, name, conditions, value),
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

/// Whether a flow has all labels of another.
fn covers(flow: &Flow, other: &Flow) -> bool {
    other.by.iter().all(|label| flow.by.contains(label))
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
            event == name && value == of_value && conditions == all && covers(flow, of)
        }
        _ => false,
    };
    flows.iter().find(is_it).map(|flow| flow.id.as_str())
}
