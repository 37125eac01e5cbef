//! How long an expression may be.
//!
//! Each operator, selector, field or word such as `per` makes the tree of an expression one level deeper, and what walks
//! the tree goes down all of them. So they are counted before a piece is parsed, with those in parentheses on top of
//! those around: in a list, each entry for itself.

use std::ops::Range;

use super::{Scan, TokenKind};

/// How many operators, selectors and the like one expression may have.
const MAX_CHAIN: usize = 256;

/// The words that make an expression deeper.
const DEEPENING: [&str; 7] = ["of", "per", "as", "with", "allocated", "weighted", "standardized"];

/// What has been counted within a bracket, or outside of all.
#[derive(Clone, Copy, Default)]
struct Level {
    /// In the expression that is being read, outside of its brackets.
    chain: usize,
    /// The deepest of its brackets.
    inner: usize,
    /// The deepest expression before it.
    before: usize,
    /// Whether a comma may belong to the expression: `x with a = b, c = d`, `x allocated by y over a, b`.
    has_list: bool,
}

impl Level {
    /// How deep the expression is that is being read.
    fn depth(self) -> usize {
        self.chain + self.inner
    }

    /// Another expression begins.
    fn restart(&mut self) {
        *self = Level { before: self.before.max(self.depth()), ..Level::default() };
    }
}

/// The first token of a piece that is one too many for its expression. Its brackets are paired.
pub(crate) fn too_long(scan: &Scan<'_>, tokens: &Range<usize>) -> Option<usize> {
    let mut outer: Vec<Level> = Vec::new();
    let mut level = Level::default();
    for index in tokens.clone() {
        match scan.tokens[index].kind {
            TokenKind::Open { .. } => {
                level.chain += 1;
                outer.push(level);
                level = Level::default();
            }
            TokenKind::Close(_) => {
                level.restart();
                let inner = level.before;
                level = outer.pop().unwrap_or_default();
                level.inner = level.inner.max(inner);
            }
            TokenKind::Sign(b'+' | b'-' | b'*' | b'/' | b'.') => level.chain += 1,
            TokenKind::Sign(b':') => level.restart(),
            TokenKind::Sign(b',') if !level.has_list => level.restart(),
            TokenKind::Word => {
                let word = scan.token(index);
                level.chain += usize::from(DEEPENING.contains(&word));
                level.has_list |= matches!(word, "with" | "allocated");
            }
            TokenKind::Number => {
                // Two operands in a row are two expressions: the values of a series, say.
                if index > tokens.start && ends_operand(scan, index - 1) {
                    level.restart();
                }
                level.chain += usize::from(DEEPENING.contains(&stuck_word(scan.token(index))));
            }
            TokenKind::Text | TokenKind::Sign(_) => {}
        }
        if level.depth() > MAX_CHAIN {
            return Some(index);
        }
    }
    None
}

/// Whether an operand may end with a token.
fn ends_operand(scan: &Scan<'_>, index: usize) -> bool {
    match scan.kind(index) {
        Some(TokenKind::Word) => !crate::words::connects(scan.token(index)),
        Some(TokenKind::Number) => !crate::words::connects(stuck_word(scan.token(index))),
        Some(TokenKind::Text | TokenKind::Close(_)) => true,
        Some(TokenKind::Open { .. } | TokenKind::Sign(_)) | None => false,
    }
}

/// The word at the end of what begins as a number: `of` in `5%of`.
fn stuck_word(number: &str) -> &str {
    let digits = number.trim_end_matches(|character: char| character.is_ascii_alphabetic()).len();
    &number[digits..]
}
