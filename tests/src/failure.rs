//! What went wrong with the machinery of a test, as opposed to what it tests.

use std::{fmt, io};

/// A message for whoever runs the tests.
pub struct Failure(String);

impl Failure {
    /// With this message.
    pub fn new(message: impl Into<String>) -> Self {
        Failure(message.into())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure(error.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Failure {
    /// The message itself: `unwrap` in a test prints this.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Failure {}
