//! Alerts: when somebody is told, and in what words.

use std::borrow::Cow;

use farthing_plan::{Alert, BurnBasis, Form, Objective, Service, Severity, Unit};

use crate::{
    duration::{Window, short},
    group::{Alerting, Pairs, Rule},
    indicator::required,
    number::{number, percent},
    selector::{label, push_string},
    series::{RATE, push_flow, push_objective},
    window::find,
};

/// A flow's input is missing when it has had no sample for this long, in seconds: a scrape or two may fail.
const MISSING_FOR: u64 = 600;

/// The alerts of one objective.
pub(crate) fn rules<'a>(objective: &'a Objective, service: &'a Service, table: &[Window]) -> Vec<Rule<'a>> {
    let mut rules = Vec::with_capacity(objective.alerts.len());
    if objective.alerts.is_empty() {
        return rules;
    }
    let description = description(objective, service);
    for alert in &objective.alerts {
        let (Some(long), Some(short)) = (find(table, alert.long), find(table, alert.short)) else {
            continue;
        };
        let factor = number(&alert.factor);
        rules.push(Rule::Alerting(Box::new(Alerting {
            comment: derivation(alert, objective.period, &factor),
            alert: Cow::Borrowed("ErrorBudgetBurn"),
            expr: expression(objective, service, [long, short], &factor),
            for_s: 0,
            labels: alert_labels(alert, objective, service, [long, short]),
            annotations: annotations(objective, service, &description),
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
        objective.labels.iter().map(|(name, value)| (name.into(), value.into())).collect();
    labels.extend([
        ("long_window".into(), long.name.clone().into()),
        ("objective".into(), objective.name.as_str().into()),
        ("service".into(), service.name.as_str().into()),
        ("severity".into(), alert.severity.name().into()),
        ("short_window".into(), short.name.clone().into()),
    ]);
    Pairs::new(labels)
}

/// What is told, and what the owner adds or says otherwise.
fn annotations<'a>(objective: &'a Objective, service: &'a Service, description: &str) -> Pairs<'a> {
    let mut summary = String::with_capacity(160);
    push_text(&mut summary, &service.title);
    summary.push_str(", ");
    push_text(&mut summary, &objective.title);
    for name in &objective.by {
        // The braces are doubled once for `format!`.
        summary.push_str(&format!(", {name} {{{{ {} }}}}", label_value(name)));
    }
    summary.push_str(" burns its budget of ");
    summary.push_str(&short(objective.period));
    summary.push_str(" {{ $value | humanize }} times too fast");
    let mut statement = String::with_capacity(objective.statement.len());
    push_text(&mut statement, &objective.statement);
    let mut pairs: Vec<(Cow<str>, Cow<str>)> = vec![("description".into(), description.to_string().into())];
    if let Some(runbook) = &objective.runbook {
        pairs.push(("runbook_url".into(), runbook.into()));
    }
    pairs.extend([("statement".into(), statement.into()), ("summary".into(), summary.into())]);
    pairs.extend(objective.annotations.iter().map(|(name, value)| (name.into(), value.into())));
    Pairs::new(pairs)
}

/// What burns, in the unit of the budget: `Spending $41/h over the target; 63% of the budget of 30d is consumed; the
/// rest is gone in 9h 0m 0s`. A template: what is not known when the alert fires is left out.
fn description(objective: &Objective, service: &Service) -> String {
    let shown = &objective.budget_shown;
    let is_mean = matches!(objective.form, Form::Mean { .. });
    let mut text = String::with_capacity(1_024);
    text.push_str(if is_money(&objective.budget_unit) { "Spending " } else { "Losing " });
    let per_hour = format!("{} * ", number(&(&shown.factor * &3_600.into())));
    push_query(&mut text, objective, service, (&per_hour, "excess_rate1h", " > 0"));
    push_text(&mut text, &shown.prefix);
    text.push_str("{{ . | first | value | humanize }}");
    push_text(&mut text, &shown.suffix);
    text.push_str(if is_mean { "/h over the target" } else { "/h" });
    text.push_str(if is_mean { "{{ else }}no more than the target allows" } else { "{{ else }}nothing" });
    text.push_str(" in the last hour{{ end }}");
    push_query(&mut text, objective, service, ("", "budget_consumed", ""));
    text.push_str("; {{ . | first | value | humanizePercentage }} of the budget of ");
    text.push_str(&short(objective.period));
    text.push_str(" is consumed{{ end }}");
    push_query(&mut text, objective, service, ("", "exhaustion_seconds", ""));
    text.push_str("; the rest is gone in {{ . | first | value | humanizeDuration }}{{ end }}");
    text
}

/// Whether amounts are of a currency, by its ISO code.
fn is_money(unit: &Unit) -> bool {
    let mut names = unit.0.keys();
    names.next().is_some_and(|name| name.len() == 3 && name.bytes().all(|byte| byte.is_ascii_uppercase()))
        && names.next().is_none()
}

/// Appends the head of a `with`, which holds where the query has a sample for the alert's own labels.
fn push_query(
    text: &mut String,
    objective: &Objective,
    service: &Service,
    (before, series, after): (&str, &str, &str),
) {
    let mut query = String::with_capacity(128);
    query.push_str(before);
    push_objective(&mut query, series, "", &objective.name, &service.name);
    let is_broken_down = !objective.by.is_empty();
    if is_broken_down {
        // The closing brace makes room for the labels, whose values only the template knows.
        query.pop();
        query = query.replace('%', "%%");
        for name in &objective.by {
            query.push_str(&format!(",{}=%q", label(name).replace('%', "%%")));
        }
        query.push('}');
    }
    query.push_str(after);
    // A raw string of the template language ends with a backquote.
    let query = if query.contains('`') { query.replace('`', r"\u0060") } else { query };
    text.push_str(if is_broken_down { "{{ with printf `" } else { "{{ with query `" });
    text.push_str(&query);
    text.push('`');
    for name in &objective.by {
        text.push(' ');
        text.push_str(&label_value(name));
    }
    text.push_str(if is_broken_down { " | query }}" } else { " }}" });
}

/// The template's expression for the value of one of the alert's labels.
fn label_value(name: &str) -> String {
    if label(name) == name {
        return format!("$labels.{name}");
    }
    let mut quoted = String::new();
    push_string(&mut quoted, name);
    format!("(index $labels {quoted})")
}

/// Appends a text that is no template: what would begin one is made to print itself.
fn push_text(out: &mut String, text: &str) {
    if text.contains("{{") {
        out.push_str(&text.replace("{{", "{{ `{{` }}"));
    } else {
        out.push_str(text);
    }
}

/// The alert of a service whose inputs are missing: a silent exporter looks like a cheap service.
pub(crate) fn input_missing(service: &Service) -> Option<Rule<'_>> {
    let mut flows: Vec<&str> = service.indicators.iter().flat_map(required).collect();
    let mut seen = std::collections::HashSet::new();
    flows.retain(|flow| seen.insert(*flow));
    if flows.is_empty() {
        return None;
    }
    let mut expr = String::with_capacity(flows.len() * 80);
    for flow in flows {
        expr.push_str(if expr.is_empty() { "absent(" } else { "\nor\nabsent(" });
        push_flow(&mut expr, RATE, "", flow, &service.name);
        expr.push(')');
    }
    let mut summary = String::with_capacity(80);
    push_text(&mut summary, &service.title);
    summary.push_str(" has no samples of {{ $labels.flow }}");
    Some(Rule::Alerting(Box::new(Alerting {
        comment: "Without its inputs nothing is judged: no alert above fires, and nothing is counted.".into(),
        alert: Cow::Borrowed("InputMissing"),
        expr,
        for_s: MISSING_FOR,
        labels: Pairs::two(("service", &service.name), ("severity", Severity::Ticket.name())),
        annotations: Pairs::new(vec![
            (
                "description".into(),
                "Objectives that need {{ $labels.flow }} have not been judged for 10 minutes or more. Is what exposes \
                 it still running and scraped, and does it still have the labels that the objectives select?"
                    .into(),
            ),
            ("summary".into(), summary.into()),
        ]),
    })))
}
