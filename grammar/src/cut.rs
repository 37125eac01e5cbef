//! Where declarations begin.
//!
//! A cut must never be wrong, for it would break a good declaration in two; so a word begins a declaration only
//! where it cannot be a name. In an objective not every statement is cut off: where a condition begins, no word tells.

use std::ops::Range;

use crate::{
    scan::{Scan, TokenKind},
    words::{Block, connects},
};

/// Divides the tokens of a block into pieces, each of them one declaration (in an objective, at least one statement).
pub(crate) fn pieces(scan: &Scan<'_>, block: Block, tokens: Range<usize>) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = tokens.start;
    let mut index = tokens.start;
    // Whether the window of a guard is still to come, so that the next `over` is no statement.
    let mut in_guard = false;
    while index < tokens.end {
        let is_window = in_guard && scan.token(index) == "over";
        if index > start && !is_window && begins(scan, block, start, index, tokens.end) {
            pieces.push(start..index);
            start = index;
        }
        if index == start {
            in_guard = scan.token(index) == "guard";
        } else if is_window {
            in_guard = false;
        }
        index = scan.after(index).max(index + 1);
    }
    if start < tokens.end {
        pieces.push(start..tokens.end);
    }
    pieces
}

/// Whether a new declaration begins at a token, the one before having begun at `start`.
fn begins(scan: &Scan<'_>, block: Block, start: usize, index: usize, end: usize) -> bool {
    let Some(word) = scan.word(index) else { return false };
    let next = Next { scan, index: index + 1, end };
    let on_new_line = scan.tokens[index].first_on_line;
    let ended = can_end(scan, index - 1);
    if block == Block::Event {
        return ended && next.is_sign(b':') || on_new_line && next.is_sign(b'=');
    }
    if block.keywords().contains(&word) {
        let fits = fits(block, word, &next);
        return if on_new_line { fits || (ended && is_certain(block)) } else { ended && fits && index > start + 1 };
    }
    // A misspelt keyword: two words, or a word and a text, that nothing joins.
    on_new_line && ended && !connects(word) && begins_unknown(block, &next)
}

/// Whether a declaration can end with a token.
fn can_end(scan: &Scan<'_>, index: usize) -> bool {
    match scan.kind(index) {
        Some(TokenKind::Word) => !connects(scan.token(index)),
        Some(TokenKind::Number | TokenKind::Text | TokenKind::Close(_)) => true,
        // A group that is never closed ends here as well.
        Some(TokenKind::Open { .. }) => true,
        Some(TokenKind::Sign(_)) | None => false,
    }
}

/// In an objective a line may begin with a name that is a keyword too, as its condition.
fn is_certain(block: Block) -> bool {
    block != Block::Objective
}

/// Whether what follows a keyword is what must follow it.
fn fits(block: Block, word: &str, next: &Next<'_, '_>) -> bool {
    match (block, word) {
        (_, "title" | "owner" | "runbook" | "test") => next.is(|kind| kind == TokenKind::Text),
        (_, "where" | "labels" | "annotations") => next.is_brace(),
        (Block::Service, "cost" | "volume") => next.is_name() && next.second().is_sign(b'='),
        (_, "sli" | "price") => next.is_name() && (!next.second().is_word() || next.second().text() == "by"),
        (_, "policy") => next.is_brace() || next.is_name(),
        (Block::Service, "objective") | (Block::File, "event") => next.is_name() && next.second().is_brace(),
        (_, "tradeoff") => next.is_brace() || next.is_name() && next.second().is_brace(),
        (_, "spend" | "budget" | "rate") => next.is_number(),
        (_, "exclude") => next.is_number() || next.text() == "when",
        (Block::Objective, "over") => next.is_number() || next.text() == "calendar",
        (_, "burn") => next.text() == "per" && next.second().text() == "unit",
        // `allocated by`, `weighted by` and the like are no statements, and nothing tells them apart.
        (Block::Objective, "by") => false,
        (Block::Objective, "guard" | "provided") => next.is_name() || next.text() == "(",
        // `burn rate over 1h` is in an expectation.
        (Block::Test, "over") => next.is_number() && next.scan.token(next.index.saturating_sub(2)) != "rate",
        _ => next.is_name(),
    }
}

/// Whether what follows an unknown word makes it a declaration.
fn begins_unknown(block: Block, next: &Next<'_, '_>) -> bool {
    let text = next.is(|kind| kind == TokenKind::Text);
    let second = next.second();
    let named =
        next.is_word() && !connects(next.text()) && (second.is_sign(b'=') || second.is_sign(b':') || second.is_brace());
    match block {
        Block::Objective => text || next.is_number(),
        _ => text || named,
    }
}

/// A token in a block.
struct Next<'s, 't> {
    scan: &'s Scan<'t>,
    index: usize,
    end: usize,
}

impl<'s, 't> Next<'s, 't> {
    fn is(&self, what: impl Fn(TokenKind) -> bool) -> bool {
        self.index < self.end && self.scan.kind(self.index).is_some_and(what)
    }

    fn is_word(&self) -> bool {
        self.is(|kind| kind == TokenKind::Word)
    }

    /// A word that may be a name. What a keyword names stands on its line: `per 1M policy` may end one.
    fn is_name(&self) -> bool {
        self.is_word() && !self.scan.tokens[self.index].first_on_line && !connects(self.text())
    }

    fn is_number(&self) -> bool {
        self.is(|kind| kind == TokenKind::Number)
    }

    fn is_sign(&self, sign: u8) -> bool {
        self.is(|kind| kind == TokenKind::Sign(sign))
    }

    fn is_brace(&self) -> bool {
        self.is(|kind| matches!(kind, TokenKind::Open { sign: b'{', .. }))
    }

    fn text(&self) -> &'t str {
        if self.index < self.end { self.scan.token(self.index) } else { "" }
    }

    fn second(&self) -> Next<'s, 't> {
        Next { scan: self.scan, index: self.index + 1, end: self.end }
    }
}
