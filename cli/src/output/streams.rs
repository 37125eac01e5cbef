//! stdout and stderr.

use std::io::{self, ErrorKind, IsTerminal, Write};

#[cfg(unix)]
use std::os::fd::AsFd;
#[cfg(windows)]
use std::os::windows::io::AsHandle as AsFd;

use crate::Failure;

/// How a stream wants its text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// Whether somebody reads it as it comes.
    pub terminal: bool,
    /// Whether it may be coloured: only on a terminal, and not where `NO_COLOR` is set.
    pub colour: bool,
    /// How many columns it has.
    pub width: usize,
}

impl Style {
    /// That of stdout.
    pub fn stdout() -> Self {
        Style::of(&io::stdout())
    }

    /// That of stderr.
    pub fn stderr() -> Self {
        Style::of(&io::stderr())
    }

    fn of(stream: &(impl IsTerminal + AsFd)) -> Self {
        let terminal = stream.is_terminal();
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Style { terminal, colour: terminal && !set("NO_COLOR") && !dumb, width: width(stream) }
    }
}

/// The terminal's columns; 100 where there is none.
fn width(stream: impl AsFd) -> usize {
    // Messages in less than 40 columns are unreadable, whatever the terminal says, and so are very long lines.
    terminal_size::terminal_size_of(stream).map_or(100, |(columns, _)| usize::from(columns.0)).clamp(40, 160)
}

/// Writes a result to stdout, in one go. A reader that has gone away (`| head`) has what it wanted.
///
/// # Errors
/// Exit code 2 when stdout cannot be written, a full disk for example.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::usage(format!("cannot write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes a message to stderr. Where even stderr is gone there is nobody left to tell.
pub(crate) fn note(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
