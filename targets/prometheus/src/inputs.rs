//! Alerts on what the objectives are judged by: a silent exporter looks like a cheap service.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use farthing_plan::{Derivation, Flow, Indicator, MatchOp, Matcher, Objective, Service, Severity, Source};

use crate::{
    derived::roots,
    exclusion,
    flow::expression,
    group::{Alerting, Pairs, Rule},
    indicator::required,
    selector::{labels, selector},
    series::{RATE, push_flow},
    template::{push_group, push_text},
};

/// A flow's input is missing when it has had no rate for this long, in seconds: a scrape or two may fail. A rate ends 5
/// minutes after the last sample, so that there was none for 10 minutes then.
const MISSING_FOR: u64 = 300;

/// A group of a flow is not judged when the other flows have lacked it for this long, in seconds: a pod that starts may
/// be seen by one exporter long before it is by another.
const UNMATCHED_FOR: u64 = 1_800;

/// More objectives than this are counted, not named.
const NAMED: usize = 3;

/// What one flow is needed for.
struct Need<'a> {
    flow: &'a str,
    indicators: Vec<&'a Indicator>,
}

/// The alerts of a service's inputs: flows without samples, and groups that one flow has and another has not.
pub(crate) fn rules<'a>(
    service: &'a Service,
    flows: &HashMap<&'a str, &'a Flow>,
    indicators: &HashMap<&'a str, &'a Indicator>,
) -> Vec<Rule<'a>> {
    let mut judging: HashMap<&str, Vec<&Objective>> = HashMap::new();
    for objective in &service.objectives {
        // What is derived is judged by what it is derived from; where two must be equal, not without them.
        let known = objective.indicators().filter_map(|id| indicators.get(id));
        for root in known.flat_map(|known| roots(known, indicators)) {
            judging.entry(&root.id).or_default().push(objective);
        }
    }
    let needs = needs(service);
    let missing = needs.iter().enumerate().map(|(index, need)| {
        let comment = match index {
            0 => "Without its inputs nothing is judged: no alert above fires, and nothing is counted.",
            _ => "",
        };
        missing(need, service, flows, &judging, comment)
    });
    let unmatched = service.indicators.iter().filter(|indicator| !indicator.by.is_empty()).flat_map(|indicator| {
        let needed = required(indicator);
        let judged = judged_values(indicator, judging.get(indicator.id.as_str()), indicators);
        let unmatched = |flow: &&'a str| unmatched(flow, &needed, &judged, indicator, service, flows);
        if needed.len() > 1 { needed.iter().map(unmatched).collect() } else { vec![] }
    });
    missing.chain(unmatched).collect()
}

/// The flows without which an indicator is not observed, each once.
fn needs(service: &Service) -> Vec<Need<'_>> {
    let mut needs: Vec<Need> = Vec::with_capacity(service.flows.len());
    let mut places: HashMap<&str, usize> = HashMap::with_capacity(service.flows.len());
    for indicator in &service.indicators {
        for flow in required(indicator) {
            let place = *places.entry(flow).or_insert_with(|| {
                needs.push(Need { flow, indicators: vec![] });
                needs.len() - 1
            });
            needs[place].indicators.push(indicator);
        }
    }
    needs
}

fn missing<'a>(
    need: &Need<'a>,
    service: &'a Service,
    flows: &HashMap<&str, &'a Flow>,
    judging: &HashMap<&str, Vec<&Objective>>,
    comment: &str,
) -> Rule<'a> {
    let mut expr = String::with_capacity(96);
    expr.push_str("absent(");
    push_flow(&mut expr, RATE, "", need.flow, &service.name);
    expr.push(')');
    let mut summary = String::with_capacity(80);
    push_text(&mut summary, &service.title);
    summary.push_str(" has no samples of ");
    push_text(&mut summary, need.flow);
    let mut description = String::with_capacity(512);
    let objectives = need.indicators.iter().filter_map(|indicator| judging.get(indicator.id.as_str())).flatten();
    // Those of several classes have one name, and one may be judged by several indicators.
    let mut seen = HashSet::new();
    let names = objectives.map(|objective| objective.name.as_str()).filter(|name| seen.insert(*name));
    let names: Vec<&str> = names.collect();
    push_names(&mut description, &names);
    description.push_str(" not been judged for 10 minutes or more. Is what exposes ");
    push_text(&mut description, need.flow);
    description.push_str(" still running and scraped, and does it still have these labels? ");
    if let Some(flow) = flows.get(need.flow) {
        push_text(&mut description, &expression(flow, &service.name));
    }
    Rule::Alerting(Box::new(Alerting {
        comment: comment.into(),
        alert: Cow::Borrowed("InputMissing"),
        expr,
        for_s: MISSING_FOR,
        labels: Pairs::new(vec![
            ("flow".into(), need.flow.into()),
            ("service".into(), service.name.as_str().into()),
            ("severity".into(), Severity::Ticket.name().into()),
        ]),
        annotations: Pairs::new(vec![("description".into(), description.into()), ("summary".into(), summary.into())]),
    }))
}

/// `affordable has`, `affordable, fast and 2 more have`.
fn push_names(text: &mut String, names: &[&str]) {
    let shown = if names.len() > NAMED + 1 { NAMED } else { names.len() };
    for (index, name) in names[..shown].iter().enumerate() {
        match index {
            0 => {}
            _ if index + 1 == names.len() => text.push_str(" and "),
            _ => text.push_str(", "),
        }
        text.push_str(name);
    }
    if shown < names.len() {
        text.push_str(&format!(" and {} more", names.len() - shown));
    }
    text.push_str(match names.len() {
        0 => "Nothing has",
        1 => " has",
        _ => " have",
    });
}

/// The only values of labels that anything judges: what other groups lack is missed by nobody.
fn judged_values(
    indicator: &Indicator,
    objectives: Option<&Vec<&Objective>>,
    indicators: &HashMap<&str, &Indicator>,
) -> Vec<Matcher> {
    let Some(objectives) = objectives else { return vec![] };
    let values_in = |objective: &&Objective, label: &str| -> Option<Vec<String>> {
        let derivation = indicators.get(objective.indicator.as_str()).and_then(|own| own.derivation.as_ref());
        match derivation {
            Some(Derivation::Standardized { label: own, mix, .. }) if own == label => {
                Some(mix.keys().cloned().collect())
            }
            _ => objective.only.get(label).map(|value| vec![value.clone()]),
        }
    };
    let matcher = |label: &String| {
        let values: Option<Vec<Vec<String>>> = objectives.iter().map(|objective| values_in(objective, label)).collect();
        let mut values = values?.concat();
        values.sort();
        values.dedup();
        Some(Matcher { label: label.clone(), op: MatchOp::Equal, values })
    };
    indicator.by.iter().filter_map(matcher).collect()
}

/// Whether a flow reads some values only of a label that is broken down by: those that have a price.
fn selects_group(flow: &Flow, indicator: &Indicator) -> bool {
    let (Source::Counter { matchers, .. } | Source::Gauge { matchers, .. } | Source::GaugeTime { matchers, .. }) =
        &flow.source
    else {
        return false;
    };
    let own_name = |label: &String| flow.renamed.get(label).unwrap_or(label).clone();
    indicator.by.iter().map(own_name).any(|label| matchers.iter().any(|matcher| matcher.label == label))
}

/// Groups that the flow has and the indicator has not, though none of its flows is missing: the labels do not meet.
fn unmatched<'a>(
    flow: &str,
    flows: &[&str],
    judged: &[Matcher],
    indicator: &'a Indicator,
    service: &'a Service,
    known: &HashMap<&'a str, &'a Flow>,
) -> Rule<'a> {
    let on = labels(&indicator.by);
    let own = [("flow", flow), ("service", &service.name)].map(|(label, value)| Matcher {
        label: label.into(),
        op: MatchOp::Equal,
        values: vec![value.into()],
    });
    let series = selector(RATE, &[judged, &own].concat(), None);
    let mut expr = crate::flow::aggregate("sum", &indicator.by, &series);
    expr.push_str(&format!("\nunless on ({on})\n"));
    push_flow(&mut expr, RATE, "", &indicator.denominator.flow, &service.name);
    let others: Vec<&str> = flows.iter().copied().filter(|other| *other != flow).collect();
    let is_selected = others.iter().filter_map(|other| known.get(other)).any(|other| selects_group(other, indicator));
    for other in others.iter().copied().chain(indicator.needed.iter().map(String::as_str)) {
        expr.push_str("\nunless on ()\nabsent(");
        push_flow(&mut expr, RATE, "", other, &service.name);
        expr.push(')');
    }
    // What is excluded is not judged either, and nothing is wrong.
    exclusion::push(&mut expr, &indicator.exclusions, &service.name);
    let mut summary = String::with_capacity(96);
    push_text(&mut summary, &service.title);
    push_group(&mut summary, &indicator.by);
    summary.push_str(": ");
    push_text(&mut summary, &indicator.id);
    summary.push_str(" is not judged");
    let mut description = String::with_capacity(256);
    push_text(&mut description, flow);
    description.push_str(" has had samples with these labels for 30 minutes or more, and ");
    push_text(&mut description, &others.join(" or "));
    description.push_str(" has not: they count for nothing. Do the exporters call the same thing by the same name");
    description.push_str(if is_selected { ", and is it one of those that are selected?" } else { "?" });
    Rule::Alerting(Box::new(Alerting {
        comment: String::new(),
        alert: Cow::Borrowed("InputUnmatched"),
        expr,
        for_s: UNMATCHED_FOR,
        labels: Pairs::new(vec![
            ("flow".into(), flow.to_string().into()),
            ("indicator".into(), indicator.id.as_str().into()),
            ("service".into(), service.name.as_str().into()),
            ("severity".into(), Severity::Ticket.name().into()),
        ]),
        annotations: Pairs::new(vec![("description".into(), description.into()), ("summary".into(), summary.into())]),
    }))
}
