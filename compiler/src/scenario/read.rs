//! What the plan's flows read: a series or event that none of them does would prove nothing.

use std::collections::BTreeSet;

use farthing_plan::{Condition, Exact, Flow, Labels, MatchOp, Matcher, Plan, Source};

/// The flows that read series with this name, whatever their labels.
pub(super) fn readers<'p>(plan: &'p Plan, metric: &'p str) -> impl Iterator<Item = &'p Flow> {
    flows(plan).filter(move |flow| match &flow.source {
        Source::Counter { metric: own, .. }
        | Source::Gauge { metric: own, .. }
        | Source::GaugeTime { metric: own, .. } => own == metric,
        // Which series a query reads, only Prometheus can say.
        Source::Query { query, .. } => query.contains(metric),
        Source::EventCount { .. } | Source::EventSum { .. } => false,
    })
}

fn flows(plan: &Plan) -> impl Iterator<Item = &Flow> {
    plan.services.iter().flat_map(|service| &service.flows)
}

/// Whether a flow reads this series. A pattern may match anything.
pub(super) fn reads(flow: &Flow, labels: &Labels) -> bool {
    let (matchers, le) = match &flow.source {
        Source::Counter { matchers, le, .. } => (matchers.as_slice(), le.as_ref()),
        Source::Gauge { matchers, .. } | Source::GaugeTime { matchers, .. } => (matchers.as_slice(), None),
        Source::Query { .. } => return true,
        Source::EventCount { .. } | Source::EventSum { .. } => return false,
    };
    let is_bucket = le.is_none_or(|bound| {
        labels.get("le").and_then(|text| text.parse::<Exact>().ok()).is_some_and(|own| own == *bound)
    });
    is_bucket && matchers.iter().all(|matcher| matches(matcher, labels))
}

/// The conditions on labels that keep a flow from reading a series.
pub(super) fn matches(matcher: &Matcher, labels: &Labels) -> bool {
    let value = labels.get(&matcher.label).map_or("", String::as_str);
    let is_one = matcher.values.iter().any(|own| own == value);
    match matcher.op {
        MatchOp::Equal => is_one,
        MatchOp::NotEqual => !is_one,
        MatchOp::Regex | MatchOp::NotRegex => true,
    }
}

/// The labels that flows know of the series with this name, beside those that its declaration has.
pub(super) fn known_labels(plan: &Plan, metric: &str) -> BTreeSet<String> {
    readers(plan, metric)
        .flat_map(|flow| {
            let matchers: &[Matcher] = match &flow.source {
                Source::Counter { matchers, .. }
                | Source::Gauge { matchers, .. }
                | Source::GaugeTime { matchers, .. } => matchers,
                _ => &[],
            };
            let renamed = flow.renamed.values().cloned();
            let by = flow.by.iter().filter(|label| !flow.renamed.contains_key(*label)).cloned();
            matchers.iter().map(|matcher| matcher.label.clone()).chain(renamed).chain(by).collect::<Vec<_>>()
        })
        .collect()
}

/// The upper bounds of a histogram's buckets that flows read.
pub(super) fn bounds(plan: &Plan, bucket: &str) -> BTreeSet<Exact> {
    let bound = |flow: &Flow| match &flow.source {
        Source::Counter { le, .. } => le.clone(),
        _ => None,
    };
    readers(plan, bucket).filter_map(bound).collect()
}

/// The fields of events that flows need, by index; none where no flow reads such events.
pub(super) fn event_fields(
    plan: &Plan,
    event: &str,
    label_of: impl Fn(&str) -> Option<usize>,
) -> Option<BTreeSet<usize>> {
    let mut is_read = false;
    let mut needed = BTreeSet::new();
    for flow in flows(plan) {
        let (value, conditions) = match &flow.source {
            Source::EventCount { event: own, conditions } if own == event => (None, conditions),
            Source::EventSum { event: own, value, conditions } if own == event => (Some(value), conditions),
            _ => continue,
        };
        is_read = true;
        needed.extend(flow.by.iter().filter_map(|label| label_of(label)));
        let compared = conditions.iter().filter_map(|condition| match condition {
            Condition::Label { field, .. } | Condition::Pattern { field, .. } => {
                needed.insert(*field);
                None
            }
            Condition::Number { value, .. } => Some(value),
        });
        let polynomials: Vec<_> = value.into_iter().chain(compared).collect();
        needed.extend(polynomials.iter().flat_map(|polynomial| &polynomial.0).flat_map(|monomial| &monomial.fields));
    }
    is_read.then_some(needed)
}
