//! When an alert fires: two burn rates above a factor, that raised by what is spent on purpose, and enough volume.

use farthing_plan::{Comparison, Exact, Guard, Objective, Service, Side, Spending};

use crate::{
    duration::{Window, days},
    linear::Sides,
    number::{number, percent},
    objective::push_not_void,
    selector::labels,
    series::{Span, push_objective},
    service::Known,
    window::{RATE_WINDOW, find},
};

/// The expression of an alert.
pub(crate) fn expression(
    objective: &Objective,
    service: &Service,
    known: &Known,
    windows: [&Window; 2],
    factor: &str,
) -> String {
    let mut expr = String::with_capacity(256);
    for (index, window) in windows.into_iter().enumerate() {
        if index > 0 {
            expr.push_str("\nand\n");
        }
        push_objective(&mut expr, "burn_rate", &window.name, objective, &service.name);
        expr.push_str(" > ");
        push_threshold(&mut expr, objective, window, factor);
    }
    if objective.equality.is_some() {
        push_not_void(&mut expr, objective, &service.name);
    }
    for guard in &objective.guards {
        push_guard(&mut expr, guard, objective, service, known);
    }
    expr
}

/// Appends the factor, and what is planned: `scalar(14.4 + 0.2 * 2592000 / 604800 / 3600 * clamp_min(...))`, the last being
/// the time of the window that lies in that of the spending.
fn push_threshold(out: &mut String, objective: &Objective, window: &Window, factor: &str) {
    if objective.spendings.is_empty() {
        return out.push_str(factor);
    }
    let (period, seconds) = (objective.period.seconds(), window.seconds);
    out.push_str("scalar(\n  ");
    out.push_str(factor);
    for spending in &objective.spendings {
        let (from, until) = (spending.from, spending.until);
        out.push_str(&format!(
            "\n  + {} * {period} / {} / {seconds}\n  * clamp_min(clamp_max(vector(time()), {until}) - \
             clamp_min(vector(time() - {seconds}), {from}), 0)",
            number(&spending.share),
            // INVARIANT: a spending has at least a day.
            (until - from).max(1)
        ));
    }
    out.push_str("\n)");
}

/// Appends that a flow comes to enough. One that is not there comes to 0: where 0 is enough, only too much speaks
/// against it.
fn push_guard(out: &mut String, guard: &Guard, objective: &Objective, service: &Service, known: &Known) {
    // INVARIANT: it is an indicator of the same service, and its window is in the table.
    let (Some(indicator), Some(window)) =
        (known.indicators.get(guard.indicator.as_str()), find(&known.table, guard.window))
    else {
        return;
    };
    let zero_is_enough = match guard.comparison {
        Comparison::Less => guard.bound > Exact::zero(),
        Comparison::AtMost => guard.bound >= Exact::zero(),
        Comparison::Greater => guard.bound < Exact::zero(),
        Comparison::AtLeast => guard.bound <= Exact::zero(),
    };
    let (operator, comparison) =
        if zero_is_enough { ("unless", guard.comparison.negated()) } else { ("and", guard.comparison) };
    out.push_str(&format!("\n{operator} on ({})\n(", labels(&objective.by)));
    if window.seconds == RATE_WINDOW {
        out.push_str(&format!("{RATE_WINDOW} * "));
    }
    let flow = match guard.side {
        Side::Numerator => &indicator.numerator.flow,
        Side::Denominator => &indicator.denominator.flow,
    };
    Sides::new(&service.name, indicator, objective).push_sum(out, Span::Window(window), flow);
    out.push_str(&format!(" {} {})", comparison.symbol(), number(&guard.bound)));
}

/// `20% of the budget from 2026-12-01 to 2026-12-08 (a launch)`.
pub(crate) fn planned(spending: &Spending) -> String {
    let mut text = format!("{} of the budget {}", percent(&spending.share), days(spending.from, spending.until));
    if let Some(reason) = &spending.reason {
        text.push_str(&format!(" ({reason})"));
    }
    text
}

/// Appends to the comment of an alert what keeps it from firing.
pub(crate) fn push_comment(comment: &mut String, objective: &Objective) {
    for spending in &objective.spendings {
        comment.push_str(&format!("\nand above what is planned: {}", planned(spending)));
    }
    if let Some(equality) = &objective.equality {
        comment.push_str(&format!("\nonly where {}", equality.statement));
    }
    for guard in &objective.guards {
        comment.push_str(&format!("\nonly where {}", guard.statement));
    }
}
