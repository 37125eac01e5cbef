//! Alerts on what the objectives are judged by: a silent exporter looks like a cheap service.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use farthing_plan::{Derivation, Flow, Indicator, MatchOp, Matcher, Objective, Service, Severity, Source};

use crate::{
    alert::pairs,
    derived::roots,
    exclusion,
    flow::expression,
    group::{Alerting, Rule},
    indicator::required,
    selector::{labels, selector},
    series::{RATE, push_flow},
    told::{Text, Told},
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
pub(crate) struct Need<'a> {
    pub flow: &'a str,
    pub indicators: Vec<&'a Indicator>,
}

/// The alerts of a service's inputs: flows without samples, and groups that one flow has and another has not.
pub(crate) fn rules<'a>(
    service: &'a Service,
    flows: &HashMap<&'a str, &'a Flow>,
    indicators: &HashMap<&'a str, &'a Indicator>,
) -> Vec<Rule<'a>> {
    let judging = judging(service, indicators);
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

/// What each indicator is judged for, by the indicator's id.
pub(crate) fn judging<'a>(
    service: &'a Service,
    indicators: &HashMap<&'a str, &'a Indicator>,
) -> HashMap<&'a str, Vec<&'a Objective>> {
    let mut judging: HashMap<&str, Vec<&Objective>> = HashMap::new();
    for objective in &service.objectives {
        // What is derived is judged by what it is derived from; where two must be equal, not without them.
        let known = objective.indicators().filter_map(|id| indicators.get(id));
        for root in known.flat_map(|known| roots(known, indicators)) {
            judging.entry(&root.id).or_default().push(objective);
        }
    }
    judging
}

/// The flows without which an indicator is not observed, each once.
pub(crate) fn needs(service: &Service) -> Vec<Need<'_>> {
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
    let told = told_missing(need, service, flows, judging);
    Rule::Alerting(Box::new(Alerting {
        comment: comment.into(),
        alert: Cow::Borrowed(told.alert),
        expr,
        for_s: MISSING_FOR,
        labels: pairs(told.labels),
        annotations: pairs(told.annotations),
    }))
}

/// What is told of a flow without samples.
pub(crate) fn told_missing(
    need: &Need,
    service: &Service,
    flows: &HashMap<&str, &Flow>,
    judging: &HashMap<&str, Vec<&Objective>>,
) -> Told {
    let mut summary = Text::of(&*service.title);
    summary.push(" has no samples of ");
    summary.push(need.flow);
    let objectives = need.indicators.iter().filter_map(|indicator| judging.get(indicator.id.as_str())).flatten();
    // Those of several classes have one name, and one may be judged by several indicators.
    let mut seen = HashSet::new();
    let names = objectives.map(|objective| objective.name.as_str()).filter(|name| seen.insert(*name));
    let names: Vec<&str> = names.collect();
    let mut description = Text::of(have(&names));
    description.push(" not been judged for 10 minutes or more. Is what exposes ");
    description.push(need.flow);
    description.push(" still running and scraped, and does it still have these labels? ");
    if let Some(flow) = flows.get(need.flow) {
        description.push(&expression(flow, &service.name));
    }
    told("InputMissing", [("flow", need.flow), ("service", &service.name)], description, summary)
}

fn told<const N: usize>(alert: &'static str, labels: [(&str, &str); N], description: Text, summary: Text) -> Told {
    let ticket = ("severity", Severity::Ticket.name());
    let labels = labels.into_iter().chain([ticket]);
    Told {
        alert,
        labels: labels.map(|(name, value)| (name.to_string(), Text::of(value))).collect(),
        annotations: vec![("description".into(), description), ("summary".into(), summary)],
    }
}

/// `affordable has`, `affordable, fast and 2 more have`.
fn have(names: &[&str]) -> String {
    let mut text = String::with_capacity(64);
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
    text
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
    let told = told_unmatched(flow, &others, is_selected, indicator, service);
    Rule::Alerting(Box::new(Alerting {
        comment: String::new(),
        alert: Cow::Borrowed(told.alert),
        expr,
        for_s: UNMATCHED_FOR,
        labels: pairs(told.labels),
        annotations: pairs(told.annotations),
    }))
}

/// What is told of a group that a flow has and others have not; `None` where the indicator does not need
/// the flow, or no other.
pub(crate) fn told_unmatched_of(
    indicator: &Indicator,
    flow: &str,
    service: &Service,
    known: &HashMap<&str, &Flow>,
) -> Option<Told> {
    let needed = required(indicator);
    let others: Vec<&str> = needed.iter().copied().filter(|other| *other != flow).collect();
    let is_selected = others.iter().filter_map(|other| known.get(other)).any(|other| selects_group(other, indicator));
    let is_told = needed.contains(&flow) && !others.is_empty();
    is_told.then(|| told_unmatched(flow, &others, is_selected, indicator, service))
}

fn told_unmatched(flow: &str, others: &[&str], is_selected: bool, indicator: &Indicator, service: &Service) -> Told {
    let mut summary = Text::of(&*service.title);
    summary.push_group(&indicator.by);
    summary.push(": ");
    summary.push(&indicator.id);
    summary.push(" is not judged");
    let mut description = Text::of(flow);
    description.push(" has had samples with these labels for 30 minutes or more, and ");
    description.push(&others.join(" or "));
    description.push(" has not: they count for nothing. Do the exporters call the same thing by the same name");
    description.push(if is_selected { ", and is it one of those that are selected?" } else { "?" });
    let labels = [("flow", flow), ("indicator", &indicator.id), ("service", &service.name)];
    told("InputUnmatched", labels, description, summary)
}
