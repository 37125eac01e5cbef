//! From pest's pairs to the syntax tree.

mod common;
mod declaration;
mod event;
mod expression;
mod file;
mod objective;
mod service;
mod test;
mod text;
mod unit;

use std::ops::Range;

use pest::{Parser, iterators::Pair};

use crate::{
    MAX_ERRORS, Name, Span, SyntaxError, SyntaxErrorKind, expected,
    rules::{Rule, Rules},
    scan::{self, Scan},
    words::Block,
};

pub(crate) use file::file;

/// What reads the pieces of a file.
struct Reader<'t> {
    scan: Scan<'t>,
    errors: Vec<SyntaxError>,
    /// Where headers end whose brace is missing: what follows them, and the brace that closes it, are no mistakes.
    headless: Vec<usize>,
    /// Whether the latest declaration is such a header.
    is_headless: bool,
}

/// One of pest's pairs, with the piece's place in the file.
#[derive(Clone)]
struct Node<'r> {
    pair: Pair<'r, Rule>,
    base: usize,
}

impl<'r> Node<'r> {
    fn rule(&self) -> Rule {
        self.pair.as_rule()
    }

    fn text(&self) -> &'r str {
        self.pair.as_str()
    }

    /// Where: without the blanks that pest counts in before something that may follow and does not.
    fn span(&self) -> Span {
        let start = self.base + self.pair.as_span().start();
        Span::new(start, start + self.text().trim_end().len())
    }

    fn children(&self) -> impl Iterator<Item = Node<'r>> + use<'r> {
        let base = self.base;
        self.pair.clone().into_inner().map(move |pair| Node { pair, base })
    }

    /// The first child that a rule made.
    fn child(&self, rule: Rule) -> Option<Node<'r>> {
        self.children().find(|child| child.rule() == rule)
    }
}

impl<'t> Reader<'t> {
    /// Where a range of tokens begins and ends in the text.
    fn bounds(&self, tokens: &Range<usize>) -> Span {
        let first = self.scan.tokens[tokens.start].span;
        let last = self.scan.tokens[tokens.end.max(tokens.start + 1) - 1].span;
        Span::new(first.start, last.end)
    }

    /// Reads a piece by a rule, and makes something of its nodes. What is wrong is kept, but not for a piece that the
    /// scanner has found something wrong in already.
    fn read<T>(
        &mut self,
        rule: Rule,
        tokens: &Range<usize>,
        make: impl FnOnce(&mut Make, Vec<Node<'_>>) -> T,
    ) -> Option<T> {
        let bounds = self.bounds(tokens);
        // What was blanked out after the last token belongs to the piece as well.
        let next = self.scan.tokens.get(tokens.end).map_or(self.scan.text.len(), |token| token.span.start);
        if self.scan.is_damaged(bounds.start, next) {
            return None;
        }
        if let Some(index) = scan::too_long(&self.scan, tokens) {
            let span = self.scan.tokens[index].span;
            self.report(SyntaxErrorKind::TooDeep, span);
            return None;
        }
        let clean = &self.scan.clean[bounds.start..bounds.end];
        match Rules::parse(rule, clean) {
            Ok(pairs) => {
                let nodes = pairs.filter(|pair| pair.as_rule() != Rule::EOI);
                let nodes = nodes.map(|pair| Node { pair, base: bounds.start }).collect();
                let mut make_tree = Make { errors: Vec::new() };
                let made = make(&mut make_tree, nodes);
                for error in make_tree.errors {
                    self.report(error.kind, error.span);
                }
                Some(made)
            }
            Err(error) => {
                let error = expected::error(&self.scan, bounds.start, tokens.end, &error);
                self.report(error.kind, error.span);
                None
            }
        }
    }

    /// Keeps an error. Not all are in order, for what follows a block is looked at before what is in it; twice as many as
    /// are told hold the first ones all the same.
    fn report(&mut self, kind: SyntaxErrorKind, span: Span) {
        if self.errors.len() < 2 * MAX_ERRORS {
            self.errors.push(SyntaxError { kind, span });
        }
    }

    /// A piece that begins with no word that a block knows.
    fn unknown(&mut self, block: Block, index: usize) {
        let span = self.scan.tokens[index].span;
        if self.scan.is_damaged(span.start, span.end) {
            return;
        }
        let place = block.describe();
        let kind = match self.scan.word(index) {
            Some(word) => SyntaxErrorKind::UnknownKeyword { found: word.to_string(), place, known: block.keywords() },
            None => SyntaxErrorKind::Expected {
                expected: vec![format!("a declaration of {place}")],
                found: expected::found(&self.scan, index),
            },
        };
        self.report(kind, span);
    }

    /// The name that a broken declaration would have had: the word after its keyword, or the last of several in a row.
    fn broken_name(&self, tokens: &Range<usize>) -> Option<Name> {
        let second = tokens.start + 1;
        let index = match self.scan.word(second)? {
            "service" if self.scan.token(tokens.start) == "template" => second + 1,
            _ => second,
        };
        let text = if index < tokens.end { self.scan.word(index)? } else { return None };
        Some(Name { text: text.rsplit("::").next().unwrap_or(text).to_string(), span: self.scan.tokens[index].span })
    }

    /// A block's header and its body: the tokens before its brace, and those inside. Whether anything follows is an
    /// error of its own.
    fn block(&mut self, tokens: &Range<usize>) -> (Range<usize>, Option<Range<usize>>) {
        let mut index = tokens.start;
        while index < tokens.end {
            if self.scan.token(index) == "{"
                && let Some(crate::scan::TokenKind::Open { close, .. }) = self.scan.kind(index)
            {
                let after = self.scan.after(index);
                if after < tokens.end {
                    let expected = vec!["the next declaration".to_string()];
                    let found = expected::found(&self.scan, after);
                    self.report(SyntaxErrorKind::Expected { expected, found }, self.scan.tokens[after].span);
                }
                return (tokens.start..index, Some(index + 1..close.min(tokens.end)));
            }
            index = self.scan.after(index).max(index + 1);
        }
        (tokens.clone(), None)
    }

    /// Says that a block has no body.
    fn no_body(&mut self, header: &Range<usize>) {
        let end = self.bounds(header).end;
        let expected = vec!["`{`".to_string()];
        let found = expected::found(&self.scan, header.end);
        self.report(SyntaxErrorKind::Expected { expected, found }, Span::new(end, end));
        self.headless.push(end);
        self.is_headless = true;
    }
}

/// What makes the tree of one piece, and keeps what it finds wrong.
struct Make {
    errors: Vec<SyntaxError>,
}
