//! What people are told of a budget that burns.

use farthing_plan::{
    Derivation, Exact, Flow, Form, Indicator, MatchOp, Matcher, Objective, Role, Service, Source, Unit,
};

use crate::{
    condition::planned,
    duration::called,
    flow::expression,
    number::number,
    selector::selector,
    series::RATE,
    template::{push_amount, push_group, push_query, push_text, push_value},
};

/// `Chat assistant, affordable, model_name large burns its budget of 30d 15 times too fast`.
pub(crate) fn summary(objective: &Objective, service: &Service) -> String {
    let mut text = String::with_capacity(160);
    push_text(&mut text, &service.title);
    text.push_str(", ");
    push_text(&mut text, &objective.title);
    // The title of one class mostly names it.
    let is_named = |label: &&String| objective.only.get(*label).is_some_and(|value| objective.title.ends_with(value));
    let open: Vec<String> = objective.by.iter().filter(|label| !is_named(label)).cloned().collect();
    push_group(&mut text, &open);
    if let Role::Priced { table, .. } = &objective.role {
        text.push_str(": ");
        push_text(&mut text, counted(objective));
        text.push_str(" without a price in ");
        push_text(&mut text, table);
        return text;
    }
    text.push_str(" burns its budget of ");
    text.push_str(&called(&objective.period));
    text.push_str(" {{ $value | humanize }} times too fast");
    text
}

/// The rates of all flows that the objective is judged by: one of them is what changed.
pub(crate) fn look_at(roots: &[&Indicator], service: &Service) -> String {
    let mut flows: Vec<&str> = roots
        .iter()
        .flat_map(|root| [&root.numerator, &root.denominator])
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
pub(crate) fn description(objective: &Objective, indicator: &Indicator, service: &Service) -> String {
    if let Role::Priced { table, cost } = &objective.role {
        return unpriced(objective, indicator, service, table, cost);
    }
    let mut text = String::with_capacity(1_280);
    match indicator.derivation {
        Some(Derivation::Peak { .. }) => push_best(&mut text, objective, service),
        _ => push_last_hour(&mut text, objective, indicator, service),
    }
    push_query(&mut text, objective, service, ("", "budget_consumed", ""));
    text.push_str("; ");
    push_value(&mut text, "humanizePercentage");
    text.push_str(" of the budget of ");
    text.push_str(&called(&objective.period));
    text.push_str(" is consumed{{ end }}");
    push_query(&mut text, objective, service, ("", "exhaustion_seconds", ""));
    text.push_str("; the rest is gone in ");
    push_value(&mut text, "humanizeDuration");
    text.push_str("{{ end }}. Promised: ");
    push_text(&mut text, &objective.statement);
    text.push('.');
    for (index, spending) in objective.spendings.iter().enumerate() {
        text.push_str(if index == 0 { " Planned and allowed for: " } else { "; " });
        push_text(&mut text, &planned(spending));
    }
    if !objective.spendings.is_empty() {
        text.push('.');
    }
    text
}

/// What was lost in the last hour, and what was measured in it.
fn push_last_hour(text: &mut String, objective: &Objective, indicator: &Indicator, service: &Service) {
    let shown = &objective.budget_shown;
    let is_mean = matches!(objective.form, Form::Mean { .. });
    text.push_str(match (is_money(&objective.budget_unit), is_mean) {
        (true, _) => "Spending ",
        (false, true) => "Using ",
        (false, false) => "Losing ",
    });
    let per_hour = times(&(&shown.factor * &3_600.into()));
    push_query(text, objective, service, (&per_hour, "excess_rate1h", " > 0"));
    push_text(text, &shown.prefix);
    push_amount(text);
    push_text(text, &shown.suffix);
    text.push_str(if is_mean { "/h over the target" } else { "/h" });
    text.push_str(if is_mean { "{{ else }}no more than the target allows" } else { "{{ else }}nothing" });
    text.push_str("{{ end }} in the last hour");
    let (before, after) = match &objective.form {
        Form::Mean { .. } => (", at ", ""),
        Form::Share { .. } | Form::Quantile { .. } => (", ", " good"),
    };
    push_query(text, objective, service, (&measured_times(objective), "sli1h", ""));
    text.push_str(before);
    push_measured(text, objective);
    text.push_str(after);
    match indicator.derivation {
        Some(Derivation::Standardized { .. }) => text.push_str(" at the fixed mix"),
        Some(Derivation::Relative { .. }) => text.push_str(" of what it is compared with"),
        _ => {}
    }
    text.push_str("{{ end }}");
}

/// What the best slot came to: a peak has no last hour.
fn push_best(text: &mut String, objective: &Objective, service: &Service) {
    let period = called(&objective.period);
    push_query(text, objective, service, (&measured_times(objective), "sli", ""));
    text.push_str(&format!("The best 10 minutes of {period} came to "));
    push_measured(text, objective);
    text.push_str(&format!("{{{{ else }}}}No 10 minutes of {period} counted{{{{ end }}}}"));
}

/// What a measured value is multiplied by to be shown as the target is.
fn measured_times(objective: &Objective) -> String {
    match &objective.form {
        Form::Mean { shown, .. } => times(&shown.factor),
        Form::Share { .. } | Form::Quantile { .. } => String::new(),
    }
}

/// Appends what was measured, as the target is shown.
fn push_measured(text: &mut String, objective: &Objective) {
    if let Form::Mean { shown, .. } = &objective.form {
        push_text(text, &shown.prefix);
        push_amount(text);
        push_text(text, &shown.suffix);
    } else {
        push_value(text, "humanizePercentage");
    }
}

/// `12% of gpu had no price in the table gpu_hour in the last hour: what has none is missing in the cost gpu. Add to the
/// table what these series are: ...`
fn unpriced(objective: &Objective, indicator: &Indicator, service: &Service, table: &str, cost: &str) -> String {
    let mut text = String::with_capacity(384);
    push_query(&mut text, objective, service, ("1 - ", "sli1h", ""));
    push_value(&mut text, "humanizePercentage");
    text.push_str("{{ else }}Some{{ end }} of ");
    push_text(&mut text, counted(objective));
    text.push_str(" had no price in the table ");
    push_text(&mut text, table);
    text.push_str(" in the last hour: what has none is missing in the cost ");
    push_text(&mut text, cost);
    text.push_str(". Add a price for what these series are: ");
    let terms = indicator.numerator.terms.iter();
    let sources = terms.filter_map(|term| service.flow(&term.flow));
    let series: Vec<String> = sources.map(|flow| series_of(flow, &service.name)).collect();
    push_text(&mut text, &series.join(", "));
    text
}

/// What a flow reads: `gpus{model!~"H100|L4"}`.
fn series_of(flow: &Flow, service: &str) -> String {
    match &flow.source {
        Source::Counter { metric, matchers, .. } | Source::Gauge { metric, matchers, .. } => {
            selector(metric, matchers, None)
        }
        _ => expression(flow, service),
    }
}

/// What a share is of.
fn counted(objective: &Objective) -> &str {
    match &objective.form {
        Form::Share { of, .. } | Form::Quantile { of, .. } => of,
        Form::Mean { .. } => &objective.title,
    }
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
