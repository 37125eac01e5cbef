use clap::ValueEnum;
use farthing_compiler::{Options, Severity};

use crate::{
    Failure, Outcome,
    load::{self, Loaded},
    output::{self, Document, Format},
};

/// What the command takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Files, and folders with all .slo files below them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// How to say it: for people on stderr, or as one JSON document on stdout.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// What to treat as errors.
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Vec<Deny>,
    /// The day, YYYY-MM-DD, against which to judge the age of prices. Without it no price is old, so that the same
    /// files get the same answer every day.
    #[arg(long, value_name = "DATE", value_parser = day)]
    as_of: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Deny {
    /// Every warning.
    Warnings,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let options = Options { as_of: arguments.as_of.clone() };
    let loaded = match arguments.format {
        Format::Human => {
            let loaded = load::linted(&arguments.paths, &options)?;
            output::diagnostics(&loaded);
            loaded
        }
        Format::Json => {
            let loaded = output::or_document(load::linted(&arguments.paths, &options))?;
            output::print(&Document::new(&loaded).text())?;
            loaded
        }
    };
    if loaded.count(Severity::Error) > 0 {
        return Ok(Outcome::Errors);
    }
    if loaded.count(Severity::Warning) > 0 && arguments.deny.contains(&Deny::Warnings) {
        output::note("error: warnings are denied\n");
        return Ok(Outcome::Errors);
    }
    if arguments.format == Format::Human && loaded.diagnostics.is_empty() {
        output::print(&fine(&loaded))?;
    }
    Ok(Outcome::Fine)
}

/// `service.slo: 1 service, 5 objectives: fine`
fn fine(loaded: &Loaded) -> String {
    let what = match loaded.files.as_slice() {
        [only] => only.clone(),
        files => output::plural(files.len(), "file"),
    };
    let mut parts = Vec::new();
    if let Some(plan) = &loaded.plan {
        let objectives = plan.services.iter().map(|service| service.objectives.len()).sum();
        parts.push(output::plural(plan.services.len(), "service"));
        parts.push(output::plural(objectives, "objective"));
        if !plan.events.is_empty() {
            parts.push(output::plural(plan.events.len(), "event"));
        }
    }
    format!("{what}: {}: fine\n", parts.join(", "))
}

/// A day that there is, as it was written.
fn day(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &str, count| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    match parts.as_slice() {
        [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2) => {}
        _ => return Err("a day is written YYYY-MM-DD, such as 2026-11-01".to_string()),
    }
    match text.parse::<jiff::civil::Date>() {
        Ok(_) => Ok(text.to_string()),
        Err(_) => Err("there is no such day".to_string()),
    }
}
