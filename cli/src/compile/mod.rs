//! `farthing compile`: files of targets from a plan.

pub(crate) mod write;

use std::path::Path;

use clap::ValueEnum;
use farthing_compiler::Options;
use farthing_plan::Plan;

use crate::{
    Failure, Outcome, load,
    output::{self, Document, Format, Output},
};
use write::State;

/// What the command takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Files, and folders with all .slo files below them. They are compiled together.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// What to make: prometheus makes SERVICE.rules.yml for each service, promtool-tests FILE.rules.test.yml for each file
    /// with tests, plan makes plan.json, rust makes slo.rs, a module for programs. Can be given several times.
    #[arg(long, value_enum, value_name = "NAME", default_value = "prometheus")]
    target: Vec<Target>,
    /// The folder to write to, made where there is none; - writes to stdout, if there is one file only.
    #[arg(short, long, value_name = "DIR|-", default_value = "-")]
    output: String,
    /// Write nothing; exit with 1 where files in the output folder are missing or out of date.
    #[arg(long)]
    check: bool,
    /// How to say what came of it: for people, or as one JSON document on stdout.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Target {
    /// Recording rules and alerts.
    Prometheus,
    /// Unit tests of the rules, for `promtool test rules`.
    PromtoolTests,
    /// The compiled form that other programs read.
    Plan,
    /// A Rust module with the plan inside, for a program that judges its own events.
    Rust,
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Target::Prometheus => "prometheus",
            Target::PromtoolTests => "promtool-tests",
            Target::Plan => "plan",
            Target::Rust => "rust",
        }
    }
}

/// A file to be made.
struct Made {
    target: Target,
    /// Its name in the output folder.
    name: String,
    text: String,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    if arguments.check && arguments.output == "-" {
        return Err(Failure::usage("--check needs the folder to look at: add -o DIR"));
    }
    match arguments.format {
        Format::Human => human(arguments),
        Format::Json => {
            let (document, outcome) = output::or_document(json(arguments))?;
            output::print(&document.text())?;
            Ok(outcome)
        }
    }
}

fn human(arguments: &Arguments) -> Result<Outcome, Failure> {
    let loaded = load::compiled(&arguments.paths, &Options::default())?;
    let Some(plan) = &loaded.plan else {
        return Ok(Outcome::Errors);
    };
    let files = make(plan, &arguments.target);
    let Some(folder) = folder(arguments, &files)? else {
        files.iter().try_for_each(|file| output::print(&file.text))?;
        return Ok(Outcome::Fine);
    };
    let states = put(arguments, folder, &files)?;
    let mut text = String::new();
    for (file, state) in files.iter().zip(&states) {
        text.push_str(&format!("{} {}\n", state.words(), write::path(folder, &file.name).display()));
    }
    output::print(&text)?;
    let outcome = outcome(&states);
    if outcome == Outcome::Errors {
        output::note("error: not all files are up to date; the same command without --check writes them\n");
    }
    Ok(outcome)
}

fn json(arguments: &Arguments) -> Result<(Document, Outcome), Failure> {
    let loaded = load::quietly(&arguments.paths, &Options::default())?;
    let document = Document::new(&loaded);
    let Some(plan) = &loaded.plan else {
        return Ok((document.with_outputs(Vec::new()), Outcome::Errors));
    };
    let files = make(plan, &arguments.target);
    let Some(folder) = folder(arguments, &files)? else {
        let outputs = files.into_iter().map(|file| Output {
            path: file.name,
            target: file.target.name(),
            state: "printed",
            content: Some(file.text),
        });
        return Ok((document.with_outputs(outputs.collect()), Outcome::Fine));
    };
    let states = put(arguments, folder, &files)?;
    let outputs = files.iter().zip(&states).map(|(file, state)| Output {
        path: output::name(&write::path(folder, &file.name)),
        target: file.target.name(),
        state: state.name(),
        content: None,
    });
    Ok((document.with_outputs(outputs.collect()), outcome(&states)))
}

/// The files of all targets, in the targets' order, each target once.
fn make(plan: &Plan, targets: &[Target]) -> Vec<Made> {
    let mut files = Vec::new();
    for (index, target) in targets.iter().copied().enumerate() {
        if targets[..index].contains(&target) {
            continue;
        }
        match target {
            Target::Prometheus => {
                let rules = farthing_prometheus::rules(plan);
                files.extend(rules.into_iter().map(|file| Made { target, name: file.name, text: file.text }));
            }
            Target::PromtoolTests => {
                let tests = farthing_prometheus::promtool::tests(plan);
                if tests.is_empty() {
                    output::note("note: there is no `test`, so there is nothing to make for promtool\n");
                }
                files.extend(tests.into_iter().map(|file| Made { target, name: file.name, text: file.text }));
            }
            Target::Plan => files.push(Made { target, name: "plan.json".to_string(), text: plan.to_json() }),
            Target::Rust => {
                let name = farthing_rust::FILE_NAME.to_string();
                files.push(Made { target, name, text: farthing_rust::module(plan) });
            }
        }
    }
    if files.is_empty() && targets.contains(&Target::Prometheus) {
        output::note("note: no service has an objective, so there is nothing to make\n");
    }
    files
}

/// The folder to write to; `None` is stdout.
fn folder<'a>(arguments: &'a Arguments, files: &[Made]) -> Result<Option<&'a Path>, Failure> {
    if arguments.output != "-" {
        return Ok(Some(Path::new(&arguments.output)));
    }
    // Two rule files in one stream are not one rule file: Prometheus reads the first and is silent about the rest.
    if arguments.format == Format::Human && files.len() > 1 {
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        return Err(Failure::usage(format!(
            "there are {} files ({}), too many for stdout: name a folder with -o DIR",
            files.len(),
            names.join(", ")
        )));
    }
    Ok(None)
}

/// Writes the files, or looks at what is there.
fn put(arguments: &Arguments, folder: &Path, files: &[Made]) -> Result<Vec<State>, Failure> {
    let texts: Vec<(&str, &str)> = files.iter().map(|file| (file.name.as_str(), file.text.as_str())).collect();
    if arguments.check { write::compare(folder, &texts) } else { write::write(folder, &texts) }
}

fn outcome(states: &[State]) -> Outcome {
    if states.iter().any(|state| matches!(state, State::Missing | State::OutOfDate)) {
        Outcome::Errors
    } else {
        Outcome::Fine
    }
}
