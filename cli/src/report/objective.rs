//! One objective: its chart, and what it comes to.

use farthing_evaluator::{FiredAlert, ObjectiveReport, Verdict};
use farthing_plan::{Form, Objective};

use super::{
    Reported, Standing, alerts, chart, group,
    number::{duration, percent, period, window},
    paint::{Colour, Paint, left, plain, right, width},
    promise::Promise,
    summary,
};

/// The most groups of one objective that are shown with a chart.
const MOST: usize = 3;
/// Columns of the whole.
const WIDTH: usize = 88;

pub(super) fn of(reported: &Reported<'_>, objective: &Objective, verdicts: &ObjectiveReport, paint: Paint) -> String {
    let shown = summary::worst(&verdicts.verdicts, MOST);
    let mut text = String::new();
    for verdict in &shown {
        text.push('\n');
        text.push_str(&of_group(reported, objective, verdict, paint));
    }
    let rest = verdicts.verdicts.len() - shown.len();
    if rest > 0 {
        let line = format!("  {rest} more by {} not shown; --format json tells all", objective.by.join(", "));
        text.push_str(&format!("{}\n", paint.as_is(Colour::Dim, &line)));
    }
    text
}

fn of_group(reported: &Reported<'_>, objective: &Objective, verdict: &Verdict, paint: Paint) -> String {
    let promise = Promise::of(objective);
    let fired: Vec<&FiredAlert> = reported
        .report
        .alerts_fired
        .iter()
        .filter(|alert| alert.objective == objective.id && alert.labels == verdict.labels)
        .collect();
    let mut text = head(objective, verdict, paint);
    text.push('\n');
    let chart = chart::draw(&promise, &verdict.history, &fired, reported.notes, paint);
    if !chart.is_empty() {
        text.push_str(&format!("{}\n\n", chart.join("\n")));
    }
    for (name, value) in facts(objective, &promise, verdict) {
        text.push_str(&format!("  {}  {value}\n", paint.as_is(Colour::Dim, &right(name, 8))));
    }
    text.push_str(&alerts::of(objective, &fired, paint));
    text
}

/// The title and the verdict, then the promise as it was written.
fn head(objective: &Objective, verdict: &Verdict, paint: Paint) -> String {
    let standing = Standing::of(verdict);
    let mut title = plain(&objective.title);
    if !objective.by.is_empty() {
        title = format!("{title}: {}", group(verdict));
    }
    let words = format!("{} {}", standing.sign(), standing.words());
    let room = WIDTH.saturating_sub(width(&words) + 2);
    let mut text = paint.as_is(Colour::Bold, &left(&title, room));
    text.push_str(&format!("  {}\n", paint.as_is(standing.colour(), &words)));
    let budget = match &objective.form {
        Form::Mean { budget, .. } => format!(", budget {}", percent(budget.to_f64()).replace(".0%", "%")),
        Form::Share { .. } | Form::Quantile { .. } => String::new(),
    };
    let statement = format!("{}{budget}, over {}", plain(&objective.statement), period(objective.period.seconds()));
    text.push_str(&format!("{}\n", paint.as_is(Colour::Dim, &statement)));
    text
}

fn facts(objective: &Objective, promise: &Promise<'_>, verdict: &Verdict) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(measured) = promise.measured(verdict) {
        facts.push(("measured", format!("{measured}{}", promise.measured_meaning())));
    }
    if let Some(consumed) = verdict.consumed {
        facts.push(("budget", format!("{} consumed, {}", percent(consumed), summary::left_over(objective, verdict))));
    }
    let rates: Vec<String> = verdict
        .burn
        .iter()
        .map(|burn| {
            let rate = burn.rate.map_or("–".to_string(), |rate| {
                let rate = format!("{rate:.2}");
                if rate == "-0.00" { "0.00".to_string() } else { rate }
            });
            format!("{} {rate}", window(burn.window_s))
        })
        .collect();
    if !rates.is_empty() {
        facts.push(("burn", rates.join("   ")));
    }
    if let Some(seconds) = verdict.exhaustion_s {
        facts.push(("spent in", format!("{} at the last hour's pace", duration(seconds))));
    }
    let observed = verdict.observed_s as f64 / verdict.period_s as f64;
    if observed < 1.0 {
        let share = if observed > 0.9995 { "almost all".to_string() } else { percent(observed) };
        let length = duration(verdict.observed_s as f64);
        facts.push(("observed", format!("{length} of {} ({share})", period(verdict.period_s))));
    }
    facts
}
