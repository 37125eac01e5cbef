//! From text to tokens: comments set apart, brackets paired.
//!
//! The tokens are coarse, just enough to see where declarations begin and what is nested in what; what a declaration
//! says is read by the grammar, from [`Scan::clean`].

mod brackets;
mod chain;
mod lexer;

pub(crate) use chain::too_long;

use crate::{Comment, Span, SyntaxError, SyntaxErrorKind};

/// A token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: TokenKind,
    /// Where.
    pub(crate) span: Span,
    /// Whether it is the first one on its line.
    pub(crate) first_on_line: bool,
    /// How far its line is indented.
    pub(crate) indent: usize,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A name, perhaps with modules before it.
    Word,
    /// Digits and what is stuck to them: `30d`, `5%`, `$2.49`.
    Number,
    /// In quotes.
    Text,
    /// `(`, `[` or `{`, with the first token that is not inside.
    Open {
        /// The sign.
        sign: u8,
        /// The index of the closing token, or of the first token after the group where none closes it.
        close: usize,
        /// Whether a sign closes it.
        closed: bool,
    },
    /// `)`, `]` or `}`.
    Close(u8),
    /// Any other sign.
    Sign(u8),
}

/// A scanned text.
#[derive(Debug)]
pub(crate) struct Scan<'t> {
    /// The text.
    pub(crate) text: &'t str,
    /// As long as the text; comments and what is no part of the language are blanks.
    pub(crate) clean: String,
    /// In order.
    pub(crate) tokens: Vec<Token>,
    /// In order.
    pub(crate) comments: Vec<Comment>,
    /// In order.
    pub(crate) errors: Vec<SyntaxError>,
}

/// Scans a text.
pub(crate) fn scan(text: &str) -> Scan<'_> {
    let mut scan = lexer::lex(text);
    brackets::pair(&mut scan);
    scan.errors.sort_by_key(|error| error.span);
    scan
}

impl<'t> Scan<'t> {
    /// What a token says.
    pub(crate) fn token(&self, index: usize) -> &'t str {
        self.tokens.get(index).map_or("", |token| &self.text[token.span.start..token.span.end])
    }

    /// The word that a token is.
    pub(crate) fn word(&self, index: usize) -> Option<&'t str> {
        let token = self.tokens.get(index)?;
        (token.kind == TokenKind::Word).then(|| self.token(index))
    }

    /// A token's kind.
    pub(crate) fn kind(&self, index: usize) -> Option<TokenKind> {
        self.tokens.get(index).map(|token| token.kind)
    }

    /// The token after this one, or after the group that it opens.
    pub(crate) fn after(&self, index: usize) -> usize {
        match self.kind(index) {
            Some(TokenKind::Open { close, closed, .. }) => close + usize::from(closed),
            _ => index + 1,
        }
    }

    /// The first token that ends after a place.
    pub(crate) fn token_at(&self, place: usize) -> usize {
        self.tokens.partition_point(|token| token.span.end <= place)
    }

    /// Whether something was found wrong between two places that makes the text there unreadable.
    pub(crate) fn is_damaged(&self, start: usize, end: usize) -> bool {
        let first = self.errors.partition_point(|error| error.span.start < start);
        self.errors[first..]
            .iter()
            .take_while(|error| error.span.start < end)
            .any(|error| !matches!(error.kind, SyntaxErrorKind::Unopened { .. }))
    }

    /// The lines of the `///` comments right before a token.
    pub(crate) fn doc_before(&self, index: usize) -> Option<String> {
        let end = self.tokens[index].span.start;
        let start = if index == 0 { 0 } else { self.tokens[index - 1].span.end };
        // What stands on the line of the token before belongs to that.
        let start = if index == 0 { start } else { start + self.text[start..end].find('\n')? };
        let lines: Vec<&str> = self
            .comments_between(start, end)
            .filter_map(|comment| comment.text.strip_prefix("///"))
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// The lines of the `//!` comments before the first token.
    pub(crate) fn module_doc(&self) -> Option<String> {
        let end = self.tokens.first().map_or(self.text.len(), |token| token.span.start);
        let lines: Vec<&str> = self
            .comments_between(0, end)
            .filter_map(|comment| comment.text.strip_prefix("//!"))
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// The comments that begin between two places.
    fn comments_between(&self, start: usize, end: usize) -> impl Iterator<Item = &Comment> {
        let first = self.comments.partition_point(|comment| comment.span.start < start);
        self.comments[first..].iter().take_while(move |comment| comment.span.start < end)
    }
}
