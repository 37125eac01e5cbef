//! What is told while it runs: lines on stderr, with the time and how serious it is.

use std::{
    fmt,
    io::{self, Write as _},
};

use jiff::Timestamp;

/// How serious a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Something began, ended or came back.
    Info,
    /// Something is wrong that farthing works around.
    Warn,
    /// Something is wrong that somebody has to put right.
    Error,
}

/// Writes a line: `2026-11-26T02:20:53Z warn scrape: http://gpu-1:9400/metrics timed out`. Where stderr is gone there is
/// nobody left to tell.
pub fn say(level: Level, about: &str, what: impl fmt::Display) {
    let time = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
    let level = match level {
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    };
    // One line each: whoever collects them reads lines.
    let what = what.to_string().replace(char::is_control, " ");
    let _ = writeln!(io::stderr().lock(), "{time} {level} {about}: {what}");
}
