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
    told::{Change, Function, Piece, Series, Text},
};

/// `Chat assistant, affordable, model_name large burns its budget of 30d 15 times too fast`.
pub(crate) fn summary(objective: &Objective, service: &Service) -> Text {
    let mut text = Text::of(&*service.title);
    text.push(", ");
    text.push(&objective.title);
    // The title of one class mostly names it.
    let is_named = |label: &&String| objective.only.get(*label).is_some_and(|value| objective.title.ends_with(value));
    let open: Vec<String> = objective.by.iter().filter(|label| !is_named(label)).cloned().collect();
    text.push_group(&open);
    if let Role::Priced { table, .. } = &objective.role {
        text.push(": ");
        text.push(counted(objective));
        text.push(" without a price in ");
        text.push(table);
        return text;
    }
    text.push(" burns its budget of ");
    text.push(&called(&objective.period));
    text.push(" ");
    text.push_value(Function::Humanize);
    text.push(" times too fast");
    text
}

/// The rates of all flows that the objective is judged by: one of them is what changed.
pub(crate) fn look_at(roots: &[&Indicator], service: &Service) -> Text {
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
    Text::of(selector(RATE, &[flows, service], None))
}

/// What burns, in the unit of the budget: `Spending $41/h over the target in the last hour, at $0.0173 per request; 63%
/// of the budget of 30d is consumed; the rest is gone in 9h 0m 0s. Promised: cost_per_answer <= $0.01 per request.` A
/// template: what is not known when the alert fires is left out.
pub(crate) fn description(objective: &Objective, indicator: &Indicator, service: &Service) -> Text {
    if let Role::Priced { table, cost } = &objective.role {
        return unpriced(objective, indicator, service, table, cost);
    }
    let mut text = Text::default();
    match indicator.derivation {
        Some(Derivation::Peak { .. }) => push_best(&mut text, objective, service),
        _ => push_last_hour(&mut text, objective, indicator, service),
    }
    let of = (objective, service);
    let mut consumed = Text::of("; ");
    consumed.push_held(Function::HumanizePercentage);
    consumed.push(&format!(" of the budget of {} is consumed", called(&objective.period)));
    text.push_with(of, ("", Change::Times(1.0), Series::BudgetConsumed, false), consumed, None);
    let mut exhaustion = Text::of("; the rest is gone in ");
    exhaustion.push_held(Function::HumanizeDuration);
    text.push_with(of, ("", Change::Times(1.0), Series::ExhaustionSeconds, false), exhaustion, None);
    text.push(". Promised: ");
    text.push(&objective.statement);
    text.push(".");
    for (index, spending) in objective.spendings.iter().enumerate() {
        text.push(if index == 0 { " Planned and allowed for: " } else { "; " });
        text.push(&planned(spending));
    }
    if !objective.spendings.is_empty() {
        text.push(".");
    }
    text
}

/// What was lost in the last hour, and what was measured in it.
fn push_last_hour(text: &mut Text, objective: &Objective, indicator: &Indicator, service: &Service) {
    let of = (objective, service);
    let shown = &objective.budget_shown;
    let is_mean = matches!(objective.form, Form::Mean { .. });
    text.push(match (is_money(&objective.budget_unit), is_mean) {
        (true, _) => "Spending ",
        (false, true) => "Using ",
        (false, false) => "Losing ",
    });
    let per_hour = &shown.factor * &3_600.into();
    let mut lost = Text::default();
    lost.push(&shown.prefix);
    lost.0.push(Piece::Amount);
    lost.push(&shown.suffix);
    lost.push(if is_mean { "/h over the target" } else { "/h" });
    let nothing = Text::of(if is_mean { "no more than the target allows" } else { "nothing" });
    let change = Change::Times(per_hour.to_f64());
    text.push_with(of, (&times(&per_hour), change, Series::ExcessRate1h, true), lost, Some(nothing));
    text.push(" in the last hour");
    let (before, after) = match &objective.form {
        Form::Mean { .. } => (", at ", ""),
        Form::Share { .. } | Form::Quantile { .. } => (", ", " good"),
    };
    let mut measured = Text::of(before);
    push_measured(&mut measured, objective);
    measured.push(after);
    match indicator.derivation {
        Some(Derivation::Standardized { .. }) => measured.push(" at the fixed mix"),
        Some(Derivation::Relative { .. }) => measured.push(" of what it is compared with"),
        _ => {}
    }
    let (factor, change) = measured_times(objective);
    text.push_with(of, (&factor, change, Series::Sli1h, false), measured, None);
}

/// What the best slot came to: a peak has no last hour.
fn push_best(text: &mut Text, objective: &Objective, service: &Service) {
    let period = called(&objective.period);
    let mut best = Text::of(format!("The best 10 minutes of {period} came to "));
    push_measured(&mut best, objective);
    let none = Text::of(format!("No 10 minutes of {period} counted"));
    let (factor, change) = measured_times(objective);
    text.push_with((objective, service), (&factor, change, Series::Sli, false), best, Some(none));
}

/// What a measured value is multiplied by to be shown as the target is.
fn measured_times(objective: &Objective) -> (String, Change) {
    match &objective.form {
        Form::Mean { shown, .. } => (times(&shown.factor), Change::Times(shown.factor.to_f64())),
        Form::Share { .. } | Form::Quantile { .. } => (String::new(), Change::Times(1.0)),
    }
}

/// Appends what was measured, as the target is shown.
fn push_measured(text: &mut Text, objective: &Objective) {
    if let Form::Mean { shown, .. } = &objective.form {
        text.push(&shown.prefix);
        text.0.push(Piece::Amount);
        text.push(&shown.suffix);
    } else {
        text.push_held(Function::HumanizePercentage);
    }
}

/// `12% of gpu had no price in the table gpu_hour in the last hour: what has none is missing in the cost gpu. Add to the
/// table what these series are: ...`
fn unpriced(objective: &Objective, indicator: &Indicator, service: &Service, table: &str, cost: &str) -> Text {
    let mut text = Text::default();
    let mut share = Text::default();
    share.push_held(Function::HumanizePercentage);
    let asked = ("1 - ", Change::FromOne, Series::Sli1h, false);
    text.push_with((objective, service), asked, share, Some(Text::of("Some")));
    text.push(" of ");
    text.push(counted(objective));
    text.push(" had no price in the table ");
    text.push(table);
    text.push(" in the last hour: what has none is missing in the cost ");
    text.push(cost);
    text.push(". Add a price for what these series are: ");
    let terms = indicator.numerator.terms.iter();
    let sources = terms.filter_map(|term| service.flow(&term.flow));
    let series: Vec<String> = sources.map(|flow| series_of(flow, &service.name)).collect();
    text.push(&series.join(", "));
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
