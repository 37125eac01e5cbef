//! A service's table: one line for each objective.

use farthing_evaluator::{ObjectiveReport, Verdict};
use farthing_plan::{Objective, Service};

use super::{
    Reported, Standing, chart, group,
    number::{amount, count, moment, percent, time},
    paint::{Colour, Paint, left, plain, right, width},
    promise::Promise,
};

/// Cells of a budget's bar.
const BAR: usize = 10;
/// Columns of the whole.
const WIDTH: usize = 100;
/// The most lines of one objective that is broken down.
const MOST: usize = 10;

/// A line of the table.
struct Line {
    standing: Standing,
    cells: [String; 3],
    consumed: Option<f64>,
    left: String,
}

pub(super) fn of(
    reported: &Reported<'_>,
    service: &Service,
    objectives: &[(&Objective, &ObjectiveReport)],
    paint: Paint,
) -> String {
    let mut text = head(reported, service, paint);
    let mut lines = Vec::new();
    for (objective, verdicts) in objectives {
        lines.extend(of_objective(objective, verdicts));
    }
    let titles = ["objective", "promise", "measured"];
    let widest = |title: &str, of: &dyn Fn(&Line) -> usize| {
        lines.iter().flatten().map(of).chain([width(title)]).max().unwrap_or_default()
    };
    let mut widths: Vec<usize> = (0..3).map(|at| widest(titles[at], &|line| width(&line.cells[at]))).collect();
    let share = |line: &Line| line.consumed.map_or("–".to_string(), percent);
    let shares = widest("", &|line| width(&share(line)));
    // Names and promises may be long: they give way, for the objective itself shows them whole.
    widths[0] = widths[0].min(32);
    let rest = 5 + widths[0] + 4 + widths[2] + 2 + BAR + 1 + shares + 2 + widest("", &|line| width(&line.left));
    widths[1] = widths[1].min(WIDTH.saturating_sub(rest).max(16));
    let heading = format!(
        "     {}  {}  {}  {}",
        left(titles[0], widths[0]),
        left(titles[1], widths[1]),
        right(titles[2], widths[2]),
        "budget consumed"
    );
    text.push_str(&format!("{}\n", paint.as_is(Colour::Dim, &heading)));
    for line in &lines {
        let Some(line) = line else {
            text.push_str(&paint.as_is(Colour::Dim, "     …\n"));
            continue;
        };
        let colour = line.standing.colour();
        text.push_str(&format!(
            "  {}  {}  {}  {}  {} {}  {}\n",
            paint.as_is(colour, line.standing.sign()),
            left(&line.cells[0], widths[0]),
            left(&line.cells[1], widths[1]),
            right(&line.cells[2], widths[2]),
            bar(line.consumed, colour, paint),
            paint.as_is(colour, &right(&share(line), shares)),
            line.left
        ));
    }
    text
}

/// The service, the time and what came in; then the notes.
fn head(reported: &Reported<'_>, service: &Service, paint: Paint) -> String {
    let mut text = String::from("\n");
    text.push_str(&paint.as_is(Colour::Bold, &plain(&service.title)));
    if let Some(owner) = &service.owner {
        text.push_str(&paint.as_is(Colour::Dim, &format!("  owned by {}", plain(owner))));
    }
    text.push('\n');
    let report = reported.report;
    let mut parts = Vec::new();
    if let Some(first) = report.first_ms {
        let same_day = time(first, "%F") == time(report.at_ms, "%F");
        let end = if same_day { time(report.at_ms, "%H:%M") } else { moment(report.at_ms) };
        parts.push(format!("{} to {end} UTC", moment(first)));
    }
    for (number, what) in [(report.health.samples, "samples"), (report.health.events, "events")] {
        if number > 0 {
            parts.push(format!("{} {what}", count(number)));
        }
    }
    text.push_str(&format!("{}\n\n", parts.join(" · ")));
    for (number, note) in reported.notes.iter().enumerate() {
        text.push_str(&format!("  {} {}\n", chart::sign(number), note.text));
    }
    if !reported.notes.is_empty() {
        text.push('\n');
    }
    text
}

/// One line, or a heading and one for each group; none for what is left out.
fn of_objective(objective: &Objective, verdicts: &ObjectiveReport) -> Vec<Option<Line>> {
    let promise = Promise::of(objective);
    let title = plain(&objective.title);
    if verdicts.not_judged.is_some() {
        return vec![Some(Line {
            standing: Standing::NoVerdict,
            cells: [title, promise.text(), "–".to_string()],
            consumed: None,
            left: "not judged".to_string(),
        })];
    }
    if objective.by.is_empty() {
        return verdicts
            .verdicts
            .iter()
            .map(|verdict| Some(line(objective, &promise, verdict, title.clone())))
            .collect();
    }
    let shown = worst(&verdicts.verdicts, MOST);
    let mut lines: Vec<Option<Line>> = shown
        .iter()
        .map(|verdict| Some(line(objective, &promise, verdict, format!("{title}: {}", group(verdict)))))
        .collect();
    if shown.is_empty() {
        lines.push(Some(Line {
            standing: Standing::NoVerdict,
            cells: [title, promise.text(), "–".to_string()],
            consumed: None,
            left: "nothing was counted".to_string(),
        }));
    }
    if verdicts.verdicts.len() > shown.len() {
        lines.push(None);
    }
    lines
}

/// The groups in order, or those that have consumed most where there are too many.
pub(super) fn worst(verdicts: &[Verdict], most: usize) -> Vec<&Verdict> {
    let mut shown: Vec<&Verdict> = verdicts.iter().collect();
    if shown.len() > most {
        let consumed = |verdict: &Verdict| verdict.consumed.unwrap_or(f64::NEG_INFINITY);
        shown.sort_by(|a, b| consumed(b).total_cmp(&consumed(a)));
        shown.truncate(most);
    }
    shown
}

fn line(objective: &Objective, promise: &Promise<'_>, verdict: &Verdict, title: String) -> Line {
    Line {
        standing: Standing::of(verdict),
        cells: [title, promise.text(), promise.measured_briefly(verdict).unwrap_or_else(|| "–".to_string())],
        consumed: verdict.consumed,
        left: left_over(objective, verdict),
    }
}

/// `$1,234 left`, `$312 over`
pub(super) fn left_over(objective: &Objective, verdict: &Verdict) -> String {
    match verdict.left {
        None if verdict.is_void() => "void".to_string(),
        None => "nothing was counted".to_string(),
        Some(left) => {
            let amount = amount(&objective.budget_shown, &objective.budget_unit, left);
            format!("{amount} {}", if verdict.met_alone == Some(false) { "over" } else { "left" })
        }
    }
}

/// The budget as a bar: full when it is spent.
fn bar(consumed: Option<f64>, colour: Colour, paint: Paint) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (consumed.unwrap_or(0.0).clamp(0.0, 1.0) * (BAR * 8) as f64).round() as usize;
    let filled = format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8]);
    let rest = "░".repeat(BAR - width(&filled));
    format!("{}{}", paint.as_is(colour, &filled), paint.as_is(Colour::Dim, &rest))
}
