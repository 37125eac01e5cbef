//! What commands say: results on stdout, messages on stderr.

mod human;
mod json;
mod markdown;
mod streams;

use std::path::Path;

use clap::ValueEnum;

use crate::Failure;
pub(crate) use human::{diagnostics, diagnostics_text, plural};
pub(crate) use json::{Document, Output};
pub(crate) use markdown::page;
pub(crate) use streams::{Style, note, print};

/// How a command says what it found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON document on stdout.
    Json,
}

/// Where a command failed that was asked for JSON, the document says so as well.
///
/// # Errors
/// The failure that it is given.
pub(crate) fn or_document<T>(result: Result<T, Failure>) -> Result<T, Failure> {
    if let Err(failure) = &result {
        print(&Document::failed(failure).text())?;
    }
    result
}

/// What messages call a file: its path as given, with forward slashes everywhere.
pub(crate) fn name(path: &Path) -> String {
    path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
}
