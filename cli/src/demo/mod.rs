//! `farthing demo`: a month of a simulated fleet, compiled, evaluated and told.

mod fleet;
mod openmetrics;
mod pod;
mod random;
mod recorder;
mod story;
mod traffic;

use std::path::{Path, PathBuf};

use farthing_compiler::{NoModules, Options, SourceFile};
use farthing_evaluator::Report;
use farthing_plan::Plan;

use crate::{
    Failure, Outcome,
    output::{self, Format, Style},
    report::{self, Reported},
};
use fleet::Fleet;
use recorder::Recorder;

/// The example that is played: a file of the repository, so that the demo is one that users can start from.
const SERVICE: &str = include_str!("../../../examples/chat-vllm/service.slo");
/// What messages call it.
const NAME: &str = "service.slo";

/// What the command takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How many days to play, from 2026-10-01 on.
    #[arg(long, value_name = "N", default_value_t = story::DAYS, value_parser = clap::value_parser!(u32).range(1..=i64::from(story::DAYS)))]
    days: u32,
    /// Also write the service's .slo file and its Prometheus rules into this folder, made where there is none.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Also write the fleet's samples to this file, as OpenMetrics text, for `farthing backtest --openmetrics`. A day
    /// takes about 50 MB.
    #[arg(long, value_name = "FILE")]
    openmetrics: Option<PathBuf>,
    /// How to say what came of it: for people, or as one JSON document on stdout.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let result = played(arguments);
    let text = if arguments.format == Format::Json { output::or_document(result)? } else { result? };
    output::print(&text)?;
    Ok(Outcome::Fine)
}

/// What there is to say, when everything is written that is to be.
fn played(arguments: &Arguments) -> Result<String, Failure> {
    let plan = plan()?;
    let mut recorder = Recorder::new(&plan, arguments.openmetrics.is_some())?;
    let report = play(&mut recorder, arguments.days);
    let mut written = Vec::new();
    if let Some(folder) = &arguments.out {
        written.extend(rules(&plan, folder)?);
    }
    if let Some(path) = &arguments.openmetrics {
        openmetrics::write(path, recorder.written())?;
        written.push(path.clone());
    }
    let notes = story::notes(arguments.days);
    let reported = Reported { plan: &plan, report: &report, notes: &notes, skipped: 0 };
    Ok(match arguments.format {
        Format::Json => report::json(&reported),
        Format::Human => format!(
            "{}{}\n{}",
            introduction(arguments.days),
            report::human(&reported, Style::stdout().colour),
            conclusion(arguments, &written)
        ),
    })
}

/// The example's plan.
fn plan() -> Result<Plan, Failure> {
    let file = SourceFile { name: NAME.to_string(), text: SERVICE.to_string() };
    let compilation = farthing_compiler::compile(vec![file], &NoModules, &Options::default());
    compilation.plan.ok_or_else(|| {
        let errors: Vec<String> =
            compilation.diagnostics.iter().map(|found| format!("{}: {}", found.code, found.message)).collect();
        Failure::input(format!("the built-in example does not compile: {}", errors.join("; ")))
    })
}

/// Plays the fleet's days through the recorder.
fn play(recorder: &mut Recorder, days: u32) -> Report {
    let mut fleet = Fleet::new();
    for minute in 0..i64::from(days) * 24 * 60 {
        fleet.minute(minute, recorder);
        // Every minute is final when it is judged: see the evaluator's page on time.
        recorder.advance(story::START_MS + (minute - 5) * story::MINUTE_MS);
    }
    recorder.advance(story::START_MS + i64::from(days) * 24 * 60 * story::MINUTE_MS);
    recorder.report()
}

/// Writes the rules and the `.slo` file itself, and says where.
fn rules(plan: &Plan, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let rules = farthing_prometheus::rules(plan);
    let mut files = vec![(NAME, SERVICE)];
    files.extend(rules.iter().map(|file| (file.name.as_str(), file.text.as_str())));
    crate::compile::write::write(folder, &files)?;
    Ok(files.iter().map(|(name, _)| folder.join(name)).collect())
}

fn introduction(days: u32) -> String {
    let length = output::plural(days as usize, "day");
    format!(
        "{length} of a simulated fleet: a chat assistant on vLLM, two H100 to a pod, scraped every minute.\n\
         The objectives are those of examples/chat-vllm/service.slo.\n"
    )
}

fn conclusion(arguments: &Arguments, written: &[PathBuf]) -> String {
    if written.is_empty() {
        return "Next: `farthing demo --out DIR` writes the .slo file and its Prometheus rules.\n".to_string();
    }
    let mut text: String = written.iter().map(|path| format!("written: {}\n", output::name(path))).collect();
    if let (Some(samples), Some(folder)) = (&arguments.openmetrics, &arguments.out) {
        text.push_str(&format!(
            "the same again, from the files: `farthing backtest {} --openmetrics {}`\n",
            output::name(&folder.join(NAME)),
            output::name(samples)
        ));
    }
    text
}
