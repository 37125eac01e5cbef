//! `farthing backtest`: what the objectives would have said of recorded data.

mod events;
mod input;
mod openmetrics;

use clap::ArgGroup;
use farthing_compiler::Options;
use farthing_evaluator::{Evaluator, Report};
use farthing_plan::{LONG_WINDOW, MINUTE, Plan, SLOT};

use crate::{
    Failure, Outcome, load,
    output::{self, Document, Format, Style},
    report::{self, Reported},
};

/// What the command takes.
#[derive(clap::Args)]
#[command(group(ArgGroup::new("data").required(true)))]
pub(crate) struct Arguments {
    /// Files, and folders with all .slo files below them. They are compiled together.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// Events, one a row, in the order of time: CSV with a header, or JSON with one object a line. May be gzipped.
    #[arg(long, value_name = "FILE|-", group = "data")]
    events: Option<String>,
    /// Samples of metrics in OpenMetrics text, or in Prometheus's, with timestamps. May be gzipped.
    #[arg(long, value_name = "FILE|-", group = "data")]
    openmetrics: Option<String>,
    /// Which event of the .slo files the rows are; needed where there are several.
    #[arg(long, value_name = "NAME", requires = "events")]
    event: Option<String>,
    /// Leave out rows that cannot be read, and say how many.
    #[arg(long, requires = "events")]
    skip_bad_rows: bool,
    /// How to say what came of it: for people, or as one JSON document on stdout.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    match arguments.format {
        Format::Human => {
            let loaded = load::compiled(&arguments.paths, &Options::default())?;
            let Some(plan) = &loaded.plan else {
                return Ok(Outcome::Errors);
            };
            let judged = judge(plan, arguments)?;
            output::print(&report::human(&judged.reported(plan), Style::stdout().colour))?;
        }
        Format::Json => {
            let loaded = output::or_document(load::quietly(&arguments.paths, &Options::default()))?;
            let Some(plan) = &loaded.plan else {
                output::print(&Document::new(&loaded).text())?;
                return Ok(Outcome::Errors);
            };
            let judged = output::or_document(judge(plan, arguments))?;
            output::print(&report::json(&judged.reported(plan)))?;
        }
    }
    Ok(Outcome::Fine)
}

/// What came of the data.
struct Judged {
    report: Report,
    skipped: u64,
}

impl Judged {
    fn reported<'a>(&'a self, plan: &'a Plan) -> Reported<'a> {
        Reported { plan, report: &self.report, notes: &[], skipped: self.skipped }
    }
}

fn judge(plan: &Plan, arguments: &Arguments) -> Result<Judged, Failure> {
    if plan.services.iter().all(|service| service.objectives.is_empty()) {
        return Err(Failure::input(format!("there is no objective in {}", arguments.paths.join(", "))));
    }
    let evaluator = Evaluator::new(plan).map_err(Failure::input)?;
    match (&arguments.events, &arguments.openmetrics) {
        (Some(path), _) => {
            let event = events::choose(plan, arguments.event.as_deref())?;
            events::judge(plan, evaluator, event, path, arguments.skip_bad_rows)
        }
        (None, Some(path)) => {
            let report = openmetrics::judge(plan, evaluator, path)?;
            Ok(Judged { report, skipped: 0 })
        }
        (None, None) => Err(Failure::usage("name the data: --events FILE or --openmetrics FILE")),
    }
}

/// The time to judge data at that ends at a time: long windows are read from whole slots, so where there are any, at the
/// end of the slot in which the data ends; else at that of the minute.
fn end(plan: &Plan, last_ms: i64) -> i64 {
    let mut objectives = plan.services.iter().flat_map(|service| &service.objectives);
    let step = if objectives.any(|objective| objective.period.seconds() >= LONG_WINDOW) { SLOT } else { MINUTE };
    let step_ms = step as i64 * 1_000;
    -(-last_ms).div_euclid(step_ms) * step_ms
}
