//! `farthing`, the command line of the `.slo` language, as a library: the binary is a shell around it, and so is the
//! command that Python's package brings.

mod backtest;
mod check;
mod compile;
mod demo;
mod doc;
mod explain;
mod failure;
mod load;
mod output;
mod report;
mod run;
mod test;

use std::ffi::OsString;

use clap::{Parser, Subcommand};
use farthing_compiler::Options;
use farthing_plan::Plan;

pub(crate) use failure::{Failure, Outcome};

/// Cost-efficiency SLOs of AI services, as code.
#[derive(Parser)]
#[command(name = "farthing", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Say whether files are right, and what is wrong where they are not.
    Check(check::Arguments),
    /// Make Prometheus rules, a Rust module, or the plan, of files.
    Compile(compile::Arguments),
    /// Play the tests of files, and say what is not as they expect.
    Test(test::Arguments),
    /// Judge what happened: events from a file, or metrics in OpenMetrics text.
    Backtest(backtest::Arguments),
    /// Evaluate a service as it runs: scrape metrics, sample GPUs, take in events, and tell of budgets and alerts.
    Run(Box<run::Arguments>),
    /// Play 30 days of a simulated fleet, and report on its objectives.
    Demo(demo::Arguments),
    /// Explain a diagnostic's code, such as F0301.
    Explain(explain::Arguments),
    /// Show a module of the standard library, or one of its declarations.
    Doc(doc::Arguments),
}

/// Compiles files, and folders with all `.slo` files below them, for a program that has farthing inside.
///
/// # Errors
/// What the command line says of files that have errors, or cannot be read: its text on stderr, without colours.
pub fn compile_paths(paths: &[String]) -> Result<Plan, String> {
    let loaded = load::quietly(paths, &Options::default()).map_err(|failure| failure.message().to_string())?;
    match loaded.plan {
        Some(plan) => Ok(plan),
        None => Err(output::diagnostics_text(&loaded, false, 100)),
    }
}

/// Runs the command line, whose first argument is the program's own name, and gives its exit code: 0 where all is fine,
/// 1 where the input has errors, 2 for wrong usage or what cannot be read or written.
pub fn main_from(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(message) => {
            // Help and versions come this way too. Where even stderr is gone there is nobody left to tell.
            let _ = message.print();
            return u8::try_from(message.exit_code()).unwrap_or(2);
        }
    };
    let outcome = match arguments.command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Compile(arguments) => compile::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Backtest(arguments) => backtest::run(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Doc(arguments) => doc::run(&arguments),
    };
    failure::exit(outcome)
}
