//! Which bracket closes which, and what to make of those that are never closed.
//!
//! A block that is never closed would swallow the rest of the file. Two things end it: a declaration that only a
//! file's top level can hold, at the start of a line, ends everything; a declaration that only a block can hold ends the
//! parentheses, selectors and lists around it.

use super::{Scan, TokenKind};
use crate::{MAX_DEPTH, MAX_ERRORS, SyntaxError, SyntaxErrorKind};

/// What a bracket holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// Statements of an objective.
    Objective,
    /// The title and the corners of a trade-off.
    Tradeoff,
    /// Declarations of another block.
    Block,
    /// A part of a declaration.
    Part,
}

/// A bracket that is open.
struct Open {
    /// Its token.
    index: usize,
    /// What it holds.
    inside: Inside,
    /// The places in the stack of the last ones of their kinds, up to this one.
    last: Last,
}

/// Where in the stack the last bracket of each kind is: a search for them would take too long in a deep one.
#[derive(Clone, Copy, Default)]
struct Last {
    paren: Option<usize>,
    bracket: Option<usize>,
    brace: Option<usize>,
    block: Option<usize>,
    objective: Option<usize>,
    tradeoff: Option<usize>,
}

impl Last {
    /// Of the brackets that open with a sign.
    fn opening(&self, sign: u8) -> Option<usize> {
        match sign {
            b'(' => self.paren,
            b'[' => self.bracket,
            _ => self.brace,
        }
    }

    /// Of those that hold declarations or statements.
    fn holding(&self, inside: &[Inside]) -> Option<usize> {
        let last = inside.iter().map(|inside| match inside {
            Inside::Block => self.block,
            Inside::Objective => self.objective,
            Inside::Tradeoff => self.tradeoff,
            Inside::Part => None,
        });
        last.max().flatten()
    }
}

/// Pairs all brackets.
pub(super) fn pair(scan: &mut Scan<'_>) {
    let mut pairing = Pairing { open: Vec::new(), doubtful: None, dropped: Vec::new() };
    for index in 0..scan.tokens.len() {
        pairing.token(scan, index);
    }
    let end = scan.tokens.len();
    let found = scan.errors.len();
    pairing.close_until(scan, 0, end);
    // A raw text that is never closed has swallowed what would have closed the rest.
    if scan.errors.iter().any(|error| error.kind == SyntaxErrorKind::Unclosed { opening: "\"\"\"" }) {
        scan.errors.truncate(found);
    }
    // Signs that close nothing are not there, so that they cost their neighbours nothing.
    let dropped = pairing.dropped;
    if !dropped.is_empty() {
        remove(scan, &dropped);
    }
}

struct Pairing {
    open: Vec<Open>,
    /// The latest block whose closing sign stands further left than its line: the one after it may lack its own.
    doubtful: Option<usize>,
    dropped: Vec<usize>,
}

impl Pairing {
    fn token(&mut self, scan: &mut Scan<'_>, index: usize) {
        match scan.tokens[index].kind {
            TokenKind::Open { sign, .. } => self.open(scan, index, sign),
            TokenKind::Close(sign) => self.close(scan, index, sign),
            TokenKind::Word if scan.tokens[index].first_on_line => {
                if self.is_outermost(scan, index) && begins_top_level(scan, index) {
                    self.close_until(scan, 0, index);
                } else if let Some(holders) = begins_member(scan, index) {
                    let holder = self.last().holding(holders);
                    self.close_until(scan, holder.map_or(0, |last| last + 1), index);
                }
            }
            TokenKind::Word | TokenKind::Number | TokenKind::Text | TokenKind::Sign(_) => {}
        }
    }

    /// Whether a token stands no further right than all that is open.
    fn is_outermost(&self, scan: &Scan<'_>, index: usize) -> bool {
        self.open.first().is_none_or(|open| scan.tokens[index].indent <= scan.tokens[open.index].indent)
    }

    /// Where the last of the open brackets are.
    fn last(&self) -> Last {
        self.open.last().map_or_else(Last::default, |open| open.last)
    }

    fn open(&mut self, scan: &mut Scan<'_>, index: usize, sign: u8) {
        let inside = inside(scan, index);
        let place = Some(self.open.len());
        let mut last = self.last();
        match sign {
            b'(' => last.paren = place,
            b'[' => last.bracket = place,
            _ => last.brace = place,
        }
        match inside {
            Inside::Block => last.block = place,
            Inside::Objective => last.objective = place,
            Inside::Tradeoff => last.tradeoff = place,
            Inside::Part => {}
        }
        self.open.push(Open { index, inside, last });
        if self.open.len() == MAX_DEPTH + 1 {
            let span = scan.tokens[index].span;
            scan.errors.push(SyntaxError { kind: SyntaxErrorKind::TooDeep, span });
        }
    }

    fn close(&mut self, scan: &mut Scan<'_>, index: usize, sign: u8) {
        let opening = match sign {
            b')' => b'(',
            b']' => b'[',
            _ => b'{',
        };
        let is_opening =
            |open: &Open| matches!(scan.tokens[open.index].kind, TokenKind::Open { sign, .. } if sign == opening);
        // A block is not closed over by a parenthesis, but closes what is open in it.
        let is_block = |open: &Open| open.inside != Inside::Part;
        let last = self.last();
        let barrier =
            if opening == b'{' { None } else { last.holding(&[Inside::Block, Inside::Objective, Inside::Tradeoff]) };
        let reachable = last.opening(opening).max(barrier);
        match reachable {
            Some(place) if is_opening(&self.open[place]) => {
                self.close_until(scan, place + 1, index);
                let open = self.open.pop().expect("INVARIANT: the place was found in the stack");
                let closing = &scan.tokens[index];
                if is_block(&open) && closing.first_on_line && closing.indent < scan.tokens[open.index].indent {
                    self.doubtful = Some(open.index);
                }
                scan.tokens[open.index].kind = TokenKind::Open { sign: opening, close: index, closed: true };
            }
            _ if opening != b'{'
                && self.open.last().is_some_and(|open| !is_block(open) && scan.token(open.index) != "{") =>
            {
                self.close_wrongly(scan, index);
            }
            _ => {
                let span = scan.tokens[index].span;
                // No more of them than are told: a file may consist of them.
                if self.dropped.len() < MAX_ERRORS {
                    let kind = SyntaxErrorKind::Unopened { closing: char::from(sign) };
                    scan.errors.push(SyntaxError { kind, span });
                }
                self.dropped.push(index);
            }
        }
    }

    /// `(a + b]`: one mistake, not two.
    fn close_wrongly(&mut self, scan: &mut Scan<'_>, index: usize) {
        let Some(open) = self.open.pop() else { return };
        let (sign, expected) = if scan.token(open.index) == "(" { (b'(', "`)`") } else { (b'[', "`]`") };
        scan.tokens[open.index].kind = TokenKind::Open { sign, close: index, closed: true };
        let kind = SyntaxErrorKind::Expected {
            expected: vec![expected.to_string()],
            found: format!("`{}`", scan.token(index)),
        };
        scan.errors.push(SyntaxError { kind, span: scan.tokens[index].span });
    }

    /// Ends what is open from a place of the stack on, before a token. All of it is one mistake.
    fn close_until(&mut self, scan: &mut Scan<'_>, from: usize, before: usize) {
        if self.open.len() <= from {
            return;
        }
        let mut blame = self.open[self.open.len() - 1].index;
        if let Some(doubtful) = self.doubtful.take()
            && doubtful > self.open[from].index
        {
            blame = doubtful;
        }
        for open in self.open.drain(from..) {
            if let TokenKind::Open { sign, .. } = scan.tokens[open.index].kind {
                scan.tokens[open.index].kind = TokenKind::Open { sign, close: before, closed: false };
            }
        }
        let opening = match scan.token(blame) {
            "(" => "(",
            "[" => "[",
            _ => "{",
        };
        let span = scan.tokens[blame].span;
        scan.errors.push(SyntaxError { kind: SyntaxErrorKind::Unclosed { opening }, span });
    }
}

/// What a bracket holds: `service chat {`, `test "..." {` and `service a = b(...) {` open blocks.
fn inside(scan: &Scan<'_>, index: usize) -> Inside {
    if scan.token(index) != "{" || index < 2 {
        return Inside::Part;
    }
    let is_block = match (scan.token(index - 2), scan.token(index - 1)) {
        (_, ")") => {
            let from = index.saturating_sub(64);
            let words = (from..index).rev().take_while(|earlier| !matches!(scan.token(*earlier), "{" | "}"));
            words.into_iter().any(|earlier| scan.token(earlier) == "service")
        }
        ("objective", _) => return Inside::Objective,
        ("tradeoff", _) | (_, "tradeoff") => return Inside::Tradeoff,
        ("service" | "event" | "test", _) => true,
        // A name that is none: `service rag-search {`.
        _ if matches!(line_keyword(scan, index), "service" | "event" | "template" | "test") => true,
        _ if line_keyword(scan, index) == "objective" => return Inside::Objective,
        // A misspelt keyword: `sevice chat {`.
        (word, _) => {
            scan.tokens[index - 2].first_on_line
                && scan.kind(index - 2) == Some(TokenKind::Word)
                && scan.kind(index - 1) == Some(TokenKind::Word)
                && crate::home_of(word).is_none()
                && !crate::words::connects(word)
        }
    };
    if is_block { Inside::Block } else { Inside::Part }
}

/// The first word on the line of a brace, where no other brace stands between them.
fn line_keyword<'t>(scan: &Scan<'t>, index: usize) -> &'t str {
    let before =
        (index.saturating_sub(8)..index).rev().take_while(|earlier| !matches!(scan.token(*earlier), "{" | "}"));
    let mut before = before.skip_while(|earlier| !scan.tokens[*earlier].first_on_line);
    before.next().filter(|_| !scan.tokens[index].first_on_line).map_or("", |first| scan.token(first))
}

/// Whether a declaration begins here that only a file's top level can hold.
fn begins_top_level(scan: &Scan<'_>, index: usize) -> bool {
    let next = scan.token(index + 1);
    let after = scan.token(index + 2);
    let named = scan.kind(index + 1) == Some(TokenKind::Word);
    match scan.token(index) {
        "use" | "unit" => named,
        "counter" | "gauge" | "histogram" => named && after == ":",
        "price" => named && matches!(after, "=" | "by"),
        "event" => named && after == "{",
        "service" => named && matches!(after, "{" | "="),
        "template" => next == "service",
        "test" => scan.kind(index + 1) == Some(TokenKind::Text) && after == "{",
        _ => false,
    }
}

/// What can hold the declaration that begins here, if it is one that no parentheses, selector or list can hold.
fn begins_member(scan: &Scan<'_>, index: usize) -> Option<&'static [Inside]> {
    let after = scan.token(index + 2);
    let next = scan.kind(index + 1);
    let named = next == Some(TokenKind::Word);
    match scan.token(index) {
        "cost" | "volume" if named && after == "=" => Some(&[Inside::Block]),
        "sli" if named && matches!(after, "=" | "(") => Some(&[Inside::Block]),
        "objective" if named && after == "{" => Some(&[Inside::Block]),
        "title" if next == Some(TokenKind::Text) => Some(&[Inside::Block, Inside::Objective, Inside::Tradeoff]),
        "owner" | "runbook" if next == Some(TokenKind::Text) => Some(&[Inside::Block, Inside::Objective]),
        "budget" | "spend" if next == Some(TokenKind::Number) => Some(&[Inside::Block, Inside::Objective]),
        _ => None,
    }
}

/// Takes tokens out, and what they say out of the clean text.
fn remove(scan: &mut Scan<'_>, dropped: &[usize]) {
    let mut clean = std::mem::take(&mut scan.clean).into_bytes();
    for index in dropped {
        let span = scan.tokens[*index].span;
        clean[span.start..span.end].fill(b' ');
    }
    scan.clean = String::from_utf8(clean).expect("INVARIANT: brackets are one byte each");
    let mut index = 0;
    scan.tokens.retain(|_| {
        let keep = dropped.binary_search(&index).is_err();
        index += 1;
        keep
    });
    for token in &mut scan.tokens {
        if let TokenKind::Open { close, .. } = &mut token.kind {
            *close -= dropped.partition_point(|index| index < close);
        }
    }
}
