//! `farthing`, the command line of the `.slo` language.

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
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
    /// Make Prometheus rules, or the plan, of files.
    Compile(compile::Arguments),
    /// Play the tests of files, and say what is not as they expect.
    Test(test::Arguments),
    /// Judge what happened: events from a file, or metrics in OpenMetrics text.
    Backtest(backtest::Arguments),
    /// Play 30 days of a simulated fleet, and report on its objectives.
    Demo(demo::Arguments),
    /// Explain a diagnostic's code, such as F0301.
    Explain(explain::Arguments),
    /// Show a module of the standard library, or one of its declarations.
    Doc(doc::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Compile(arguments) => compile::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Backtest(arguments) => backtest::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Doc(arguments) => doc::run(&arguments),
    };
    failure::exit(outcome)
}
