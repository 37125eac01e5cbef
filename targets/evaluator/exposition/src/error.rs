//! What is wrong with a text, and where.

use std::{error::Error, fmt};

/// The most characters that a message quotes.
const QUOTED: usize = 40;

/// A line that is none of its format; the whole text is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The line, counted from 1.
    pub line: usize,
    /// The character in that line, counted from 1.
    pub column: usize,
    /// What is wrong there, or what was expected and what stands there.
    pub message: String,
    /// Whether a limit is exceeded, and nothing else is known to be wrong.
    pub exceeds: bool,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl Error for ParseError {}

/// What is wrong in one line.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// The byte in the line.
    pub at: usize,
    pub what: What,
}

#[derive(Debug)]
pub(crate) enum What {
    /// What should stand there.
    Expected(&'static str),
    /// Something else.
    Message(String),
    /// A limit is exceeded.
    Limit(String),
}

impl Wrong {
    pub fn expected(at: usize, what: &'static str) -> Self {
        Wrong { at, what: What::Expected(what) }
    }

    pub fn message(at: usize, what: impl Into<String>) -> Self {
        Wrong { at, what: What::Message(what.into()) }
    }

    pub fn limit(at: usize, what: String) -> Self {
        Wrong { at, what: What::Limit(what) }
    }

    /// With its place.
    pub fn at_line(self, text: &str, line: usize) -> ParseError {
        // Every place is that of an ASCII character or of a line's end, so it is one of a character.
        let (before, rest) = text.split_at_checked(self.at).unwrap_or((text, ""));
        let exceeds = matches!(self.what, What::Limit(_));
        let message = match self.what {
            What::Message(message) | What::Limit(message) => message,
            What::Expected(what) if rest.is_empty() => format!("expected {what}, but the line ends"),
            What::Expected(what) => format!("expected {what}, found {}", quote(rest)),
        };
        ParseError { line, column: before.chars().count() + 1, message, exceeds }
    }
}

/// The beginning of a text in quotes.
pub(crate) fn quote(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}
