//! A file, block by block.

use std::ops::Range;

use super::Reader;
use crate::{
    EventField, EventFieldKind, Item, ItemKind, MAX_ERRORS, Member, MemberKind, Name, Objective, Parsed, Span,
    Statement, SyntaxError, SyntaxErrorKind, SyntaxTree, Test, TestStatement, cut, home_of, rules::Rule, scan::Scan,
    words::Block,
};

/// Reads a scanned file.
pub(crate) fn file(scan: Scan<'_>) -> Parsed {
    let doc = scan.module_doc();
    let mut reader = Reader { scan, errors: Vec::new(), headless: Vec::new(), is_headless: false };
    let end = reader.scan.tokens.len();
    let items = cut::pieces(&reader.scan, Block::File, 0..end).into_iter().map(|piece| reader.item(piece)).collect();
    let Reader { scan, mut errors, headless, .. } = reader;
    errors.extend(scan.errors);
    errors.sort_by_key(|error| error.span);
    for end in headless {
        let closes = |error: &SyntaxError| {
            error.span.start > end && matches!(error.kind, SyntaxErrorKind::Unopened { closing: '}' })
        };
        if let Some(index) = errors.iter().position(closes) {
            errors.remove(index);
        }
    }
    errors.truncate(MAX_ERRORS);
    for error in &mut errors {
        error.span.end = end_on_line(scan.text, error.span);
    }
    Parsed { tree: SyntaxTree { doc, items, comments: scan.comments }, errors }
}

/// Where a place ends on the line that it begins on: nobody wants to see all lines of a long text or of another
/// script.
fn end_on_line(text: &str, span: Span) -> usize {
    match text[span.start..span.end].find('\n') {
        Some(length) => span.start + text[span.start..span.start + length].trim_end_matches('\r').len(),
        None => span.end,
    }
}

impl Reader<'_> {
    /// A top-level declaration.
    fn item(&mut self, piece: Range<usize>) -> Item {
        let doc = self.scan.doc_before(piece.start);
        let word = self.scan.word(piece.start).unwrap_or_default();
        let belongs_to_header = self.is_headless && !Block::File.keywords().contains(&word) && home_of(word).is_some();
        self.is_headless = belongs_to_header;
        let kind = match word {
            _ if belongs_to_header => None,
            "service" => self.service(&piece),
            "template" => self.template(&piece),
            "event" => self.event(&piece),
            "test" => self.test(&piece),
            word => match item_rule(word) {
                Some(rule) => self.read(rule, &piece, |make, nodes| make.item(nodes.first()?)).flatten(),
                None => {
                    self.unknown(Block::File, piece.start);
                    None
                }
            },
        };
        let kind = kind.unwrap_or_else(|| ItemKind::Broken { name: self.broken_name(&piece) });
        Item { doc, kind, span: self.bounds(&piece) }
    }

    fn service(&mut self, piece: &Range<usize>) -> Option<ItemKind> {
        let (header, body) = self.block(piece);
        let read = self.read(Rule::service_piece, &header, |make, nodes| {
            let node = nodes.first()?;
            Some((make.name_in(node), make.instance(node)))
        });
        let members = body.clone().map_or_else(Vec::new, |body| self.members(body));
        match read.flatten()? {
            (name, Some((template, arguments))) => Some(ItemKind::Instance { name, template, arguments, members }),
            (name, None) => {
                if body.is_none() {
                    self.no_body(&header);
                }
                Some(ItemKind::Service { name, members })
            }
        }
    }

    fn template(&mut self, piece: &Range<usize>) -> Option<ItemKind> {
        let (header, body) = self.block(piece);
        let read = self.read(Rule::template_piece, &header, |make, nodes| {
            let node = nodes.first()?;
            Some((make.name_in(node), make.parameters_in(node)))
        });
        let members = self.body(&header, body, read.is_some()).map_or_else(Vec::new, |body| self.members(body));
        let (name, parameters) = read.flatten()?;
        Some(ItemKind::Template { name, parameters, members })
    }

    fn event(&mut self, piece: &Range<usize>) -> Option<ItemKind> {
        let (header, body) = self.block(piece);
        let name = self.read(Rule::event_piece, &header, |make, nodes| Some(make.name_in(nodes.first()?)));
        let fields = self.body(&header, body, name.is_some()).map_or_else(Vec::new, |body| {
            cut::pieces(&self.scan, Block::Event, body).into_iter().map(|piece| self.field(piece)).collect()
        });
        Some(ItemKind::Event { name: name.flatten()?, fields })
    }

    fn field(&mut self, piece: Range<usize>) -> EventField {
        let doc = self.scan.doc_before(piece.start);
        let span = self.bounds(&piece);
        let read = self.read(Rule::field_piece, &piece, |make, nodes| make.field(nodes.first()?));
        let (name, kind) = read.flatten().unwrap_or_else(|| {
            let name =
                Name { text: self.scan.token(piece.start).to_string(), span: self.scan.tokens[piece.start].span };
            (name, EventFieldKind::Broken)
        });
        EventField { doc, name, kind, span }
    }

    /// A test; none where a statement cannot be read, for then the rest says too little.
    fn test(&mut self, piece: &Range<usize>) -> Option<ItemKind> {
        let (header, body) = self.block(piece);
        let name = self.read(Rule::test_piece, &header, |make, nodes| Some(make.one_text(nodes.first()?)));
        let body = self.body(&header, body, name.is_some())?;
        let pieces = cut::pieces(&self.scan, Block::Test, body);
        let read: Vec<_> = pieces.into_iter().map(|piece| self.test_statement(&piece)).collect();
        Some(ItemKind::Test(Test { name: name.flatten()?, statements: read.into_iter().collect::<Option<_>>()? }))
    }

    fn test_statement(&mut self, piece: &Range<usize>) -> Option<TestStatement> {
        let Some(rule) = test_rule(self.scan.word(piece.start).unwrap_or_default()) else {
            self.unknown(Block::Test, piece.start);
            return None;
        };
        self.read(rule, piece, |make, nodes| make.test_statement(nodes.first()?)).flatten()
    }

    /// A body, which must be there; where the header is broken, that is said already.
    fn body(&mut self, header: &Range<usize>, body: Option<Range<usize>>, header_read: bool) -> Option<Range<usize>> {
        if body.is_none() && header_read {
            self.no_body(header);
        }
        body
    }

    fn members(&mut self, body: Range<usize>) -> Vec<Member> {
        let pieces = cut::pieces(&self.scan, Block::Service, body);
        pieces.into_iter().map(|piece| self.member(piece)).collect()
    }

    fn member(&mut self, piece: Range<usize>) -> Member {
        let doc = self.scan.doc_before(piece.start);
        let kind = match self.scan.word(piece.start).unwrap_or_default() {
            "objective" => self.objective(&piece).map(MemberKind::Objective),
            word => match member_rule(word) {
                Some(rule) => self.read(rule, &piece, |make, nodes| make.member(nodes.first()?)).flatten(),
                None => {
                    self.unknown(Block::Service, piece.start);
                    None
                }
            },
        };
        let kind = kind.unwrap_or_else(|| MemberKind::Broken { name: self.broken_name(&piece) });
        Member { doc, kind, span: self.bounds(&piece) }
    }

    fn objective(&mut self, piece: &Range<usize>) -> Option<Objective> {
        let (header, body) = self.block(piece);
        let name = self.read(Rule::objective_piece, &header, |make, nodes| Some(make.name_in(nodes.first()?)));
        let body = self.body(&header, body, name.is_some());
        let statements = self.statements(body?);
        Some(Objective { name: name.flatten()?, statements: statements?, span: self.bounds(piece) })
    }

    /// The statements of an objective; none where one cannot be read, for then the rest says too little.
    fn statements(&mut self, body: Range<usize>) -> Option<Vec<Statement>> {
        let mut statements = Some(Vec::new());
        for piece in cut::pieces(&self.scan, Block::Objective, body) {
            let read = if self.is_unknown_statement(&piece) {
                self.unknown(Block::Objective, piece.start);
                None
            } else {
                self.read(Rule::statements_piece, &piece, |make, nodes| make.statements(&nodes))
            };
            statements = match (statements, read) {
                (Some(mut before), Some(read)) => {
                    before.extend(read);
                    Some(before)
                }
                _ => None,
            };
        }
        statements
    }

    /// Whether a piece begins with a misspelt keyword: no condition begins with a word and a number or a text.
    fn is_unknown_statement(&self, piece: &Range<usize>) -> bool {
        use crate::scan::TokenKind::{Number, Text};
        let word = self.scan.word(piece.start).unwrap_or_default();
        let next = if piece.start + 1 < piece.end { self.scan.kind(piece.start + 1) } else { None };
        !word.is_empty() && !Block::Objective.keywords().contains(&word) && matches!(next, Some(Number | Text))
    }
}

/// The rule of a top-level declaration of one piece.
fn item_rule(word: &str) -> Option<Rule> {
    Some(match word {
        "use" => Rule::use_piece,
        "unit" => Rule::unit_piece,
        "counter" | "gauge" | "histogram" => Rule::instrument_piece,
        "price" => Rule::price_piece,
        "rate" => Rule::rate_piece,
        "sli" => Rule::sli_piece,
        "policy" => Rule::policy_piece,
        _ => return None,
    })
}

/// The rule of a statement of a test.
fn test_rule(word: &str) -> Option<Rule> {
    Some(match word {
        "over" => Rule::test_over_piece,
        "series" => Rule::test_series_piece,
        "event" => Rule::test_event_piece,
        "expect" => Rule::test_expect_piece,
        _ => return None,
    })
}

/// The rule of a declaration in a service, but for objectives.
fn member_rule(word: &str) -> Option<Rule> {
    Some(match word {
        "where" => Rule::where_piece,
        "cost" => Rule::cost_piece,
        "volume" => Rule::volume_piece,
        "sli" => Rule::sli_piece,
        "tradeoff" => Rule::tradeoff_piece,
        "spend" => Rule::spend_piece,
        "title" | "owner" | "runbook" | "labels" | "annotations" | "policy" | "exclude" => Rule::about_piece,
        _ => return None,
    })
}
