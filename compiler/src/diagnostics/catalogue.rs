//! The catalogue of codes. A code never changes its meaning; a retired one is never used again.
use std::fmt;

/// The stable code of a kind of diagnostic: `F0101`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u16);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "F{:04}", self.0)
    }
}

/// The page about a code, in Markdown; `None` for a code that does not exist.
pub fn explain(_code: Code) -> Option<&'static str> {
    None
}
