use crate::{Failure, Outcome};

/// What the command takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

/// Runs the command.
pub(crate) fn run(_arguments: &Arguments) -> Result<Outcome, Failure> {
    Err(Failure::usage("not written yet"))
}
