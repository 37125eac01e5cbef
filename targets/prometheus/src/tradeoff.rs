//! Trade-offs: cost, latency and quality as one promise. What is saved at the expense of another corner is not met.

use std::borrow::Cow;

use farthing_plan::{Corner, Objective, Service, Severity, Tradeoff};

use crate::{
    alert::{owners, pairs},
    duration::called,
    flow::aggregate,
    group::{Alerting, Pairs, Recording, Rule},
    selector::labels,
    series::{push_objective, push_series},
    template::{owners_text, selected},
    told::{Asked, CornerWords, Function, Piece, Text, Told, With},
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
        let told = told(corner, objective, tradeoff, service);
        Rule::Alerting(Box::new(Alerting {
            comment: std::mem::take(&mut comment),
            alert: Cow::Borrowed(told.alert),
            expr,
            for_s: 0,
            labels: pairs(told.labels),
            annotations: pairs(told.annotations),
        }))
    };
    corners(tradeoff, service).into_iter().map(alert).collect()
}

/// What is told of a corner that fails.
pub(crate) fn told(corner: &Corner, objective: &Objective, tradeoff: &Tradeoff, service: &Service) -> Told {
    let mut labels: Vec<(String, Text)> = owners(&objective.labels).collect();
    let own = corner_labels(corner, objective, tradeoff, service);
    labels.extend(own.iter().map(|(name, value)| (name.to_string(), Text::of(value))));
    labels.push(("severity".into(), Text::of(Severity::Ticket.name())));
    let mut annotations = vec![
        ("description".to_string(), description(corner, objective, tradeoff, service)),
        ("summary".to_string(), summary(corner, objective, tradeoff, service)),
    ];
    annotations.extend(objective.runbook.iter().map(|runbook| ("runbook_url".to_string(), owners_text(runbook))));
    annotations.extend(owners(&objective.annotations));
    Told { alert: "TradeoffBroken", labels, annotations }
}

/// `Chat assistant, balanced: cost is met at the expense of latency`. A template: which corners are met, it asks for.
fn summary(corner: &Corner, objective: &Objective, tradeoff: &Tradeoff, service: &Service) -> Text {
    let mut text = Text::of(&*service.title);
    text.push(", ");
    text.push(&tradeoff.title);
    text.push_group(&objective.by);
    text.push(": ");
    push_met(&mut text, objective, tradeoff, service, CornerWords::AtTheExpenseOf(corner.kind));
    text
}

/// `latency fails: 212% of the budget of 30d of fast is consumed. Met: affordable, with 63%. Promised: p95 of ...`
fn description(corner: &Corner, objective: &Objective, tradeoff: &Tradeoff, service: &Service) -> Text {
    let mut text = Text::of(corner.kind.name());
    text.push(" fails: ");
    text.push_value(Function::HumanizePercentage);
    text.push(&format!(" of the budget of {} of ", called(&objective.period)));
    text.push(&objective.title);
    text.push(" is consumed. Met: ");
    push_met(&mut text, objective, tradeoff, service, CornerWords::WithConsumed);
    text.push(". Promised: ");
    text.push(&objective.statement);
    text.push(". A corner that is met is not met while another is not: what was saved was taken from there.");
    text
}

/// Appends the corners that are met, by name.
fn push_met(text: &mut Text, objective: &Objective, tradeoff: &Tradeoff, service: &Service, words: CornerWords) {
    let all = of_tradeoff(CORNER_CONSUMED, tradeoff, service);
    text.0.push(Piece::With(Box::new(With {
        asked: Asked::CornersMet,
        head: selected(objective, all, &format!(" <= {MET}"), " | sortByLabel \"corner\""),
        then: Text(vec![Piece::Corners(words)]),
        otherwise: None,
    })));
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
