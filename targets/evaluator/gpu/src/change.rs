//! What is told while GPUs are sampled.

use std::fmt;

/// A change of what can be read: a sentence, and of what kind it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<'a> {
    /// Of what kind.
    pub kind: ChangeKind,
    /// The sentence, without a full stop.
    pub text: &'a str,
}

/// What a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// Something is read as it should be.
    Well,
    /// There is no NVIDIA library: a machine without such GPUs, or one that lacks it.
    NoLibrary,
    /// Something else cannot be read.
    Ill,
}

impl fmt::Display for Change<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}
