//! How a command ends.

use std::{fmt, io::Write as _};

/// What a command that could run to its end came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything is right: exit code 0.
    Fine,
    /// The input has errors, which were shown: exit code 1.
    Errors,
}

/// Why a command could not run to its end: a file cannot be read or written, data is malformed. Exit code 2, or 1
/// where the input is to blame.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// Files that cannot be read or written, or arguments that make no sense: exit code 2.
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Failure { message: message.to_string(), code: 2 }
    }

    /// What went wrong, in a sentence without a full stop.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Data that is not as it should be: exit code 1.
    pub(crate) fn input(message: impl fmt::Display) -> Self {
        Failure { message: message.to_string(), code: 1 }
    }
}

/// Says what went wrong, if anything did, and gives the exit code.
pub(crate) fn exit(outcome: Result<Outcome, Failure>) -> u8 {
    match outcome {
        Ok(Outcome::Fine) => 0,
        Ok(Outcome::Errors) => 1,
        Err(failure) => {
            // Where even stderr is gone there is nobody left to tell.
            let _ = writeln!(std::io::stderr(), "error: {}", failure.message);
            failure.code
        }
    }
}
