//! One objective: its chart, and what it comes to.

use farthing_evaluator::{FiredAlert, ObjectiveReport, Verdict};
use farthing_plan::{Form, Objective, Service, duration_text};

use super::{
    Reported, Standing, alerts, chart, group,
    number::{duration, moment, over, percent},
    paint::{Colour, Paint, left, plain, right, width},
    promise::Promise,
    summary,
};

/// The most groups of one objective that are shown with a chart.
const MOST: usize = 3;
/// Columns of the whole.
const WIDTH: usize = 88;

pub(super) fn of(
    reported: &Reported<'_>,
    service: &Service,
    objective: &Objective,
    verdicts: &ObjectiveReport,
    paint: Paint,
) -> String {
    if let Some(why) = &verdicts.not_judged {
        let words = format!("? not judged: it {}", plain(why));
        let title = paint.as_is(Colour::Bold, &plain(&objective.title));
        return format!("\n{title}  {}\n{}\n", paint.as_is(Colour::Dim, &words), promised(objective, paint));
    }
    let shown = summary::worst(&verdicts.verdicts, MOST);
    let mut text = String::new();
    for verdict in &shown {
        text.push('\n');
        text.push_str(&of_group(reported, service, objective, verdict, paint));
    }
    let rest = verdicts.verdicts.len() - shown.len();
    if rest > 0 {
        let line = format!("  {rest} more by {} not shown; --format json tells all", objective.by.join(", "));
        text.push_str(&format!("{}\n", paint.as_is(Colour::Dim, &line)));
    }
    text
}

fn of_group(
    reported: &Reported<'_>,
    service: &Service,
    objective: &Objective,
    verdict: &Verdict,
    paint: Paint,
) -> String {
    let promise = Promise::of(objective);
    let fired: Vec<&FiredAlert> = reported
        .report
        .alerts_fired
        .iter()
        .filter(|alert| alert.objective == objective.id && alert.labels == verdict.labels)
        .collect();
    let mut text = head(service, objective, verdict, paint);
    text.push('\n');
    let chart = chart::draw(&promise, &verdict.history, &fired, reported.notes, paint);
    if !chart.is_empty() {
        text.push_str(&format!("{}\n\n", chart.join("\n")));
    }
    for (name, value) in facts(reported, objective, &promise, verdict) {
        text.push_str(&format!("  {}  {value}\n", paint.as_is(Colour::Dim, &right(name, 8))));
    }
    text.push_str(&alerts::of(objective, &fired, paint));
    text
}

/// The title and the verdict, then the promise as it was written.
fn head(service: &Service, objective: &Objective, verdict: &Verdict, paint: Paint) -> String {
    let standing = Standing::of(verdict);
    let mut title = plain(&objective.title);
    if !objective.by.is_empty() {
        title = format!("{title}: {}", group(verdict));
    }
    let words = format!("{} {}", standing.sign(), words(service, standing, verdict));
    let room = WIDTH.saturating_sub(width(&words) + 2);
    let mut text = paint.as_is(Colour::Bold, &left(&title, room));
    text.push_str(&format!("  {}\n", paint.as_is(standing.colour(), &words)));
    text.push_str(&format!("{}\n", promised(objective, paint)));
    text
}

/// What became of it. What was missed because of another corner of a trade-off says which.
fn words(service: &Service, standing: Standing, verdict: &Verdict) -> String {
    if verdict.is_void() {
        return "void: what must be equal is not".to_string();
    }
    if verdict.spoiled_by.is_empty() {
        return standing.words().to_string();
    }
    let title = |id: &String| service.objective(id).map_or(id.clone(), |objective| plain(&objective.title));
    let spoiled_by: Vec<String> = verdict.spoiled_by.iter().map(title).collect();
    format!("not met, for {} is not", spoiled_by.join(" and "))
}

/// The promise as it was written, and over which time.
fn promised(objective: &Objective, paint: Paint) -> String {
    let budget = match &objective.form {
        Form::Mean { budget, .. } => format!(", budget {}", percent(budget.to_f64()).replace(".0%", "%")),
        Form::Share { .. } | Form::Quantile { .. } => String::new(),
    };
    let statement = format!("{}{budget}, over {}", plain(&objective.statement), over(&objective.period));
    paint.as_is(Colour::Dim, &statement)
}

fn facts(
    reported: &Reported<'_>,
    objective: &Objective,
    promise: &Promise<'_>,
    verdict: &Verdict,
) -> Vec<(&'static str, String)> {
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
            format!("{} {rate}", duration_text(burn.window_s))
        })
        .collect();
    if !rates.is_empty() {
        facts.push(("burn", rates.join("   ")));
    }
    if let Some(seconds) = verdict.exhaustion_s {
        facts.push(("spent in", format!("{} at the last hour's pace", duration(seconds))));
    }
    if let Some(equality) = &verdict.equality {
        let [left, right] =
            [equality.left, equality.right].map(|ratio| ratio.map_or("–".to_string(), |of| format!("{of:.4}")));
        let told = objective.equality.as_ref().map_or("", |equality| &equality.statement);
        let not = if equality.equal { "" } else { ", which is not so" };
        facts.push(("compared", format!("{left} and {right}: {}{not}", plain(told))));
    }
    if let Some(seen) = verdict.mix_seen.filter(|seen| *seen < 1.0 - 1e-9) {
        facts.push(("mix", format!("classes with {} of the mix had volume; the others are left out", percent(seen))));
    }
    for spending in &objective.spendings {
        let (from, until) = (spending.from * 1_000, spending.until * 1_000);
        if until > verdict.period_start_ms && from <= reported.report.at_ms {
            let reason = spending.reason.as_ref().map_or(String::new(), |reason| format!(" for {}", plain(reason)));
            let share = percent(spending.share.to_f64());
            facts
                .push(("planned", format!("{share} of the budget{reason}, {} to {} UTC", moment(from), moment(until))));
        }
    }
    let (length, of) = if objective.period.is_calendar() {
        let passed = (reported.report.at_ms - verdict.period_start_ms) / 1_000;
        (passed as f64, format!("{} since {} UTC", duration(passed as f64), moment(verdict.period_start_ms)))
    } else {
        (verdict.period_s as f64, over(&objective.period))
    };
    let observed = verdict.observed_s as f64 / length;
    if observed < 1.0 || objective.period.is_calendar() {
        let share = if observed > 0.9995 { "almost all".to_string() } else { percent(observed) };
        let length = duration(verdict.observed_s as f64);
        facts.push(("observed", format!("{length} of {of} ({share})")));
    }
    if verdict.excluded_s > 0 {
        facts.push(("excluded", format!("{}, which counts for nothing", duration(verdict.excluded_s as f64))));
    }
    facts
}
