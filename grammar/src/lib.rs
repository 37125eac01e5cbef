//! The syntax of the `.slo` language: text in, a [`SyntaxTree`] and [`SyntaxError`]s out.

// What pest generates without `std` names it.
extern crate alloc;

mod cut;
mod expected;
mod read;
mod rules;
mod scan;
pub mod tree;
mod words;

pub use tree::*;

/// What could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong.
    pub kind: SyntaxErrorKind,
    /// Where.
    pub span: Span,
}

/// Why a text could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// Something else was expected.
    Expected {
        /// What was expected, in words a user knows: `a name`, `"="`, `an expression`.
        expected: Vec<String>,
        /// What stands there: the word or sign, or `end of file`.
        found: String,
    },
    /// A word that starts no declaration (in the place it stands).
    UnknownKeyword {
        /// The word.
        found: String,
        /// Where it stands: `a file`, `a service`, `an objective`, `an event`.
        place: &'static str,
        /// The words that may stand there.
        known: &'static [&'static str],
    },
    /// A brace, bracket, parenthesis or quote that is never closed.
    Unclosed {
        /// What is never closed: `{`, `(`, `[`, `"`, `"""`.
        opening: &'static str,
    },
    /// A closing sign without an opening one.
    Unopened {
        /// The sign.
        closing: char,
    },
    /// Nested more deeply than [`MAX_DEPTH`].
    TooDeep,
    /// A text longer than [`MAX_BYTES`].
    TooLarge,
    /// A character that no `.slo` file has outside texts and comments.
    Character {
        /// The character.
        found: char,
    },
    /// An escape in a text that does not exist.
    Escape {
        /// With its backslash.
        found: String,
    },
}

/// How deeply expressions and blocks may be nested. What is as deep as that, and as long as an expression may be, is read
/// on a stack of half a MiB.
pub const MAX_DEPTH: usize = 64;

/// How long a file may be, in bytes.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// How many errors are told. More of them say no more: it is no `.slo` file.
const MAX_ERRORS: usize = 1_000;

/// The block that a keyword belongs in: `cost` in `a service`. None for a word that begins nothing.
pub fn home_of(keyword: &str) -> Option<&'static str> {
    use words::Block;
    let blocks = [Block::File, Block::Service, Block::Objective, Block::Test];
    blocks.into_iter().find(|block| block.keywords().contains(&keyword)).map(Block::describe)
}

/// A tree, always, and what could not be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// What could be read.
    pub tree: SyntaxTree,
    /// What could not, in the order of the text: the first thousand.
    pub errors: Vec<SyntaxError>,
}

/// Reads a file: the declarations that can be read, and an error for each that cannot. One broken declaration costs its
/// neighbours nothing, and stays in the tree as `Broken` with its name, so that nobody takes the name for unknown.
///
/// ```
/// let parsed = farthing_grammar::parse("unit conversation\nunit = 3\nunit turn\n");
/// assert_eq!(parsed.errors.len(), 1);
/// assert_eq!(parsed.tree.items.len(), 3);
/// ```
pub fn parse(text: &str) -> Parsed {
    if text.len() > MAX_BYTES {
        let error = SyntaxError { kind: SyntaxErrorKind::TooLarge, span: Span::new(0, 0) };
        return Parsed { tree: SyntaxTree::default(), errors: vec![error] };
    }
    read::file(scan::scan(text))
}
