//! Alerts: when somebody is told, and in what words.

use std::borrow::Cow;

use farthing_plan::{Alert, BurnBasis, Exact, Form, Indicator, MatchOp, Matcher, Objective, Service, Unit};

use crate::{
    duration::{Window, short},
    group::{Alerting, Pairs, Rule},
    number::{number, percent},
    selector::selector,
    series::{RATE, push_objective},
    template::{owners_text, push_amount, push_group, push_query, push_text, push_value},
    window::find,
};

/// The alerts of one objective.
pub(crate) fn rules<'a>(
    objective: &'a Objective,
    indicator: &Indicator,
    service: &'a Service,
    table: &[Window],
) -> Vec<Rule<'a>> {
    let mut rules = Vec::with_capacity(objective.alerts.len());
    if objective.alerts.is_empty() {
        return rules;
    }
    let texts = Texts {
        description: description(objective, service),
        summary: summary(objective, service),
        look_at: look_at(indicator, service),
    };
    for alert in &objective.alerts {
        let (Some(long), Some(short)) = (find(table, alert.long), find(table, alert.short)) else {
            continue;
        };
        let factor = number(&alert.factor);
        rules.push(Rule::Alerting(Box::new(Alerting {
            comment: derivation(alert, objective.period.seconds(), &factor),
            alert: Cow::Borrowed("ErrorBudgetBurn"),
            expr: expression(objective, service, [long, short], &factor),
            for_s: 0,
            labels: alert_labels(alert, objective, service, [long, short]),
            annotations: annotations(objective, &texts),
        })));
    }
    rules
}

/// Where the factor comes from: `14.4 = 2% of the budget x 30d / 1h`.
fn derivation(alert: &Alert, period: u64, factor: &str) -> String {
    let mut text = match &alert.basis {
        BurnBasis::Share { share } => {
            format!("{factor} = {} of the budget x {} / {}", percent(share), short(period), short(alert.long))
        }
        BurnBasis::Stated => format!("{factor} as stated"),
    };
    if let Some(highest) = &alert.highest {
        text.push_str("; the highest possible burn rate is ");
        text.push_str(&number(highest));
    }
    text
}

fn expression(objective: &Objective, service: &Service, windows: [&Window; 2], factor: &str) -> String {
    let mut expr = String::with_capacity(256);
    for (index, window) in windows.into_iter().enumerate() {
        if index > 0 {
            expr.push_str("\nand\n");
        }
        push_objective(&mut expr, "burn_rate", &window.name, &objective.name, &service.name);
        expr.push_str(" > ");
        expr.push_str(factor);
    }
    expr
}

/// The owner's labels, and those that tell one alert from the other.
fn alert_labels<'a>(
    alert: &Alert,
    objective: &'a Objective,
    service: &'a Service,
    [long, short]: [&Window; 2],
) -> Pairs<'a> {
    let mut labels: Vec<(Cow<str>, Cow<str>)> =
        objective.labels.iter().map(|(name, value)| (name.into(), owners_text(value))).collect();
    labels.extend([
        ("long_window".into(), long.name.clone().into()),
        ("objective".into(), objective.name.as_str().into()),
        ("service".into(), service.name.as_str().into()),
        ("severity".into(), alert.severity.name().into()),
        ("short_window".into(), short.name.clone().into()),
    ]);
    Pairs::new(labels)
}

/// What all alerts of an objective say, as templates.
struct Texts {
    description: String,
    summary: String,
    look_at: String,
}

/// What is told, and what the owner adds or says otherwise.
fn annotations<'a>(objective: &'a Objective, texts: &Texts) -> Pairs<'a> {
    let mut pairs: Vec<(Cow<str>, Cow<str>)> = vec![
        ("description".into(), texts.description.clone().into()),
        ("look_at".into(), texts.look_at.clone().into()),
    ];
    if let Some(runbook) = &objective.runbook {
        pairs.push(("runbook_url".into(), owners_text(runbook)));
    }
    pairs.push(("summary".into(), texts.summary.clone().into()));
    pairs.extend(objective.annotations.iter().map(|(name, value)| (name.into(), owners_text(value))));
    Pairs::new(pairs)
}

/// `Chat assistant, affordable, model_name large burns its budget of 30d 15 times too fast`.
fn summary(objective: &Objective, service: &Service) -> String {
    let mut text = String::with_capacity(160);
    push_text(&mut text, &service.title);
    text.push_str(", ");
    push_text(&mut text, &objective.title);
    push_group(&mut text, &objective.by);
    text.push_str(" burns its budget of ");
    text.push_str(&short(objective.period.seconds()));
    text.push_str(" {{ $value | humanize }} times too fast");
    text
}

/// The rates of all flows that the objective is judged by: one of them is what changed.
fn look_at(indicator: &Indicator, service: &Service) -> String {
    let mut flows: Vec<&str> = [&indicator.numerator, &indicator.denominator]
        .into_iter()
        .flat_map(|side| &side.terms)
        .map(|term| term.flow.as_str())
        .collect();
    flows.sort_unstable();
    flows.dedup();
    let flows =
        Matcher { label: "flow".into(), op: MatchOp::Equal, values: flows.into_iter().map(str::to_string).collect() };
    let service = Matcher { label: "service".into(), op: MatchOp::Equal, values: vec![service.name.clone()] };
    let mut text = String::with_capacity(128);
    push_text(&mut text, &selector(RATE, &[flows, service], None));
    text
}

/// What burns, in the unit of the budget: `Spending $41/h over the target in the last hour, at $0.0173 per request; 63%
/// of the budget of 30d is consumed; the rest is gone in 9h 0m 0s. Promised: cost_per_answer <= $0.01 per request.` A
/// template: what is not known when the alert fires is left out.
fn description(objective: &Objective, service: &Service) -> String {
    let shown = &objective.budget_shown;
    let is_mean = matches!(objective.form, Form::Mean { .. });
    let mut text = String::with_capacity(1_280);
    text.push_str(match (is_money(&objective.budget_unit), is_mean) {
        (true, _) => "Spending ",
        (false, true) => "Using ",
        (false, false) => "Losing ",
    });
    let per_hour = times(&(&shown.factor * &3_600.into()));
    push_query(&mut text, objective, service, (&per_hour, "excess_rate1h", " > 0"));
    push_text(&mut text, &shown.prefix);
    push_amount(&mut text);
    push_text(&mut text, &shown.suffix);
    text.push_str(if is_mean { "/h over the target" } else { "/h" });
    text.push_str(if is_mean { "{{ else }}no more than the target allows" } else { "{{ else }}nothing" });
    text.push_str("{{ end }} in the last hour");
    match &objective.form {
        Form::Mean { shown, .. } => {
            push_query(&mut text, objective, service, (&times(&shown.factor), "sli1h", ""));
            text.push_str(", at ");
            push_text(&mut text, &shown.prefix);
            push_amount(&mut text);
            push_text(&mut text, &shown.suffix);
        }
        Form::Share { .. } | Form::Quantile { .. } => {
            push_query(&mut text, objective, service, ("", "sli1h", ""));
            text.push_str(", ");
            push_value(&mut text, "humanizePercentage");
            text.push_str(" good");
        }
    }
    text.push_str("{{ end }}");
    push_query(&mut text, objective, service, ("", "budget_consumed", ""));
    text.push_str("; ");
    push_value(&mut text, "humanizePercentage");
    text.push_str(" of the budget of ");
    text.push_str(&short(objective.period.seconds()));
    text.push_str(" is consumed{{ end }}");
    push_query(&mut text, objective, service, ("", "exhaustion_seconds", ""));
    text.push_str("; the rest is gone in ");
    push_value(&mut text, "humanizeDuration");
    text.push_str("{{ end }}. Promised: ");
    push_text(&mut text, &objective.statement);
    text.push('.');
    text
}

/// `3600 * `, or nothing for 1.
fn times(factor: &Exact) -> String {
    if factor.is_one() { String::new() } else { number(factor) + " * " }
}

/// Whether amounts are of a currency, by its ISO code.
fn is_money(unit: &Unit) -> bool {
    let mut names = unit.0.keys();
    names.next().is_some_and(|name| name.len() == 3 && name.bytes().all(|byte| byte.is_ascii_uppercase()))
        && names.next().is_none()
}
