//! The syntax tree of a `.slo` file: what was written, with places, before any meaning.

mod declaration;
mod expression;
mod objective;
mod test;

pub use declaration::*;
pub use expression::*;
pub use objective::*;
pub use test::*;

/// A range of bytes in the source text: `start..end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// `start..end`.
    pub fn new(start: usize, end: usize) -> Self {
        Span { start, end }
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// An identifier.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    /// As written.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// A quoted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Without quotes, escapes resolved.
    pub value: String,
    /// Where, with its quotes.
    pub span: Span,
}

/// A name with the modules before it: `vllm::generation_tokens`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// At least one.
    pub segments: Vec<Name>,
    /// All of it.
    pub span: Span,
}

impl Path {
    /// The last segment.
    pub fn last(&self) -> &Name {
        self.segments.last().expect("INVARIANT: a path has at least one segment")
    }

    /// As written: `a::b`.
    pub fn text(&self) -> String {
        let names: Vec<&str> = self.segments.iter().map(|name| name.text.as_str()).collect();
        names.join("::")
    }
}

/// `2026-11-01`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Date {
    /// As written, `YYYY-MM-DD`; whether there is such a day is not the parser's matter.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// `// why` or `/// what`, or `//! about the module`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// With its slashes, without the line's end.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// A whole file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SyntaxTree {
    /// The text of the `//!` lines at the top, if any.
    pub doc: Option<String>,
    /// The declarations that could be read, in order.
    pub items: Vec<Item>,
    /// All comments, in order, doc comments too.
    pub comments: Vec<Comment>,
}
