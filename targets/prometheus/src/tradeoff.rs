//! Trade-offs: cost, latency and quality as one promise. What is saved at the expense of another corner is not met.

use std::borrow::Cow;

use farthing_plan::{Corner, Objective, Service, Severity, Tradeoff};

use crate::{
    duration::called,
    flow::aggregate,
    group::{Alerting, Pairs, Recording, Rule},
    selector::labels,
    series::{push_objective, push_series},
    template::{owners_text, plain, push_group, push_selected, push_text},
};

/// What of a budget is consumed where a promise is just met: 1, and what rounding may add.
const MET: &str = "1.000000001";

const CONSUMED: &str = "farthing:tradeoff:consumed";
const CORNER_CONSUMED: &str = "farthing:tradeoff:corner_consumed";

/// The corners of a trade-off, with their objectives.
fn corners<'a>(tradeoff: &'a Tradeoff, service: &'a Service) -> Vec<(&'a Corner, &'a Objective)> {
    // INVARIANT: each corner is an objective of the same service.
    tradeoff.corners.iter().filter_map(|corner| Some((corner, service.objective(&corner.objective)?))).collect()
}

/// The trade-off's series.
pub(crate) fn rules<'a>(tradeoff: &'a Tradeoff, service: &'a Service) -> Vec<Rule<'a>> {
    let corners = corners(tradeoff, service);
    let Some((_, first)) = corners.first() else {
        return vec![];
    };
    let mut comment = format!("{}: all corners are one promise.", tradeoff.id);
    if let Some(doc) = &tradeoff.doc {
        comment.push(' ');
        comment.push_str(doc);
    }
    let mut rules: Vec<Rule> = corners
        .iter()
        .map(|(corner, objective)| {
            let mut expr = String::with_capacity(96);
            push_objective(&mut expr, "budget_consumed", "", objective, &service.name);
            rule(
                std::mem::take(&mut comment),
                CORNER_CONSUMED,
                corner_labels(corner, objective, tradeoff, service),
                expr,
            )
        })
        .collect();
    let of = |name: &str| of_tradeoff(name, tradeoff, service);
    // Without one of them there is no verdict of all.
    let all = of(CORNER_CONSUMED);
    let worst = format!(
        "{}\nand on ({})\n{} == {}",
        aggregate("max", &first.by, &all),
        labels(&first.by),
        aggregate("count", &first.by, &all),
        corners.len()
    );
    let pairs = || Pairs::two(("service", &service.name), ("tradeoff", &tradeoff.name));
    rules.push(rule(String::new(), CONSUMED, pairs(), worst));
    let met = format!("{} <= bool {MET}", of(CONSUMED));
    rules.push(rule(String::new(), "farthing:tradeoff:met", pairs(), met));
    rules
}

/// Somebody is told when one corner is met while another is not: there is a trade that nobody agreed to.
pub(crate) fn alerts<'a>(tradeoff: &'a Tradeoff, service: &'a Service) -> Vec<Rule<'a>> {
    let mut comment = "A corner is met, and this one is not.".to_string();
    let alert = |(corner, objective): (&'a Corner, &'a Objective)| {
        let mut expr = String::with_capacity(256);
        let own = corner_labels(corner, objective, tradeoff, service);
        push_series(&mut expr, CORNER_CONSUMED, &Default::default(), own.iter());
        let all = aggregate("min", &objective.by, &of_tradeoff(CORNER_CONSUMED, tradeoff, service));
        expr.push_str(&format!(" > {MET}\nand on ({})\n({all} <= {MET})", labels(&objective.by)));
        let mut named: Vec<(Cow<str>, Cow<str>)> =
            objective.labels.iter().map(|(name, value)| (name.into(), owners_text(value))).collect();
        named.extend(own.iter().map(|(name, value)| (name.to_string().into(), plain(value).into_owned().into())));
        named.push(("severity".into(), Severity::Ticket.name().into()));
        let mut annotations: Vec<(Cow<str>, Cow<str>)> = vec![
            ("description".into(), description(corner, objective, tradeoff, service).into()),
            ("summary".into(), summary(corner, objective, tradeoff, service).into()),
        ];
        annotations.extend(objective.runbook.as_ref().map(|runbook| ("runbook_url".into(), owners_text(runbook))));
        annotations.extend(objective.annotations.iter().map(|(name, value)| (name.into(), owners_text(value))));
        Rule::Alerting(Box::new(Alerting {
            comment: std::mem::take(&mut comment),
            alert: Cow::Borrowed("TradeoffBroken"),
            expr,
            for_s: 0,
            labels: Pairs::new(named),
            annotations: Pairs::new(annotations),
        }))
    };
    corners(tradeoff, service).into_iter().map(alert).collect()
}

/// `Chat assistant, balanced: cost is met at the expense of latency`. A template: which corners are met, it asks for.
fn summary(corner: &Corner, objective: &Objective, tradeoff: &Tradeoff, service: &Service) -> String {
    let mut text = String::with_capacity(384);
    push_text(&mut text, &service.title);
    text.push_str(", ");
    push_text(&mut text, &tradeoff.title);
    push_group(&mut text, &objective.by);
    text.push_str(": ");
    push_met(&mut text, objective, tradeoff, service);
    text.push_str("{{ range $index, $met := . }}{{ if $index }} and {{ end }}{{ $met.Labels.corner }}{{ end }}");
    text.push_str("{{ if gt (len .) 1 }} are{{ else }} is{{ end }} met at the expense of ");
    text.push_str(corner.kind.name());
    text.push_str("{{ end }}");
    text
}

/// `latency fails: 212% of the budget of 30d of fast is consumed. Met: affordable, with 63%. Promised: p95 of ...`
fn description(corner: &Corner, objective: &Objective, tradeoff: &Tradeoff, service: &Service) -> String {
    let mut text = String::with_capacity(512);
    text.push_str(corner.kind.name());
    text.push_str(" fails: {{ $value | humanizePercentage }} of the budget of ");
    text.push_str(&called(&objective.period));
    text.push_str(" of ");
    push_text(&mut text, &objective.title);
    text.push_str(" is consumed. Met: ");
    push_met(&mut text, objective, tradeoff, service);
    text.push_str("{{ range $index, $met := . }}{{ if $index }}, {{ end }}{{ $met.Labels.objective }}, with ");
    text.push_str("{{ $met.Value | humanizePercentage }}{{ end }}{{ end }}. Promised: ");
    push_text(&mut text, &objective.statement);
    text.push_str(". A corner that is met is not met while another is not: what was saved was taken from there.");
    text
}

/// Appends the head of a `with` that holds the corners that are met, by name.
fn push_met(text: &mut String, objective: &Objective, tradeoff: &Tradeoff, service: &Service) {
    let all = of_tradeoff(CORNER_CONSUMED, tradeoff, service);
    push_selected(text, objective, all, &format!(" <= {MET}"), " | sortByLabel \"corner\"");
}

fn corner_labels<'a>(
    corner: &Corner,
    objective: &'a Objective,
    tradeoff: &'a Tradeoff,
    service: &'a Service,
) -> Pairs<'a> {
    let only = objective.only.iter().map(|(name, value)| (name.as_str().into(), value.as_str().into()));
    let own = [
        ("corner".into(), corner.kind.name().into()),
        ("objective".into(), objective.name.as_str().into()),
        ("service".into(), service.name.as_str().into()),
        ("tradeoff".into(), tradeoff.name.as_str().into()),
    ];
    Pairs::new(only.chain(own).collect())
}

/// `farthing:tradeoff:consumed{service="chat",tradeoff="balanced"}`.
fn of_tradeoff(name: &str, tradeoff: &Tradeoff, service: &Service) -> String {
    let mut text = String::with_capacity(96);
    let own = [("service", service.name.as_str()), ("tradeoff", tradeoff.name.as_str())];
    push_series(&mut text, name, &Default::default(), own.into_iter());
    text
}

fn rule<'a>(comment: String, record: &'static str, labels: Pairs<'a>, expr: String) -> Rule<'a> {
    Rule::Recording(Recording { comment: comment.into(), record: record.into(), labels, expr })
}
