//! From text to tokens and comments.

use super::{Scan, Token, TokenKind};
use crate::{Comment, Span, SyntaxError, SyntaxErrorKind};

/// The signs of the language, but for brackets and quotes.
const SIGNS: &[u8] = b"=<>!~+-*/^|,.:%";

/// How long a name may be, its modules included.
const MAX_WORD: usize = 255;

/// Cuts a text into tokens. Brackets are not paired yet.
pub(super) fn lex(text: &str) -> Scan<'_> {
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: 0,
        line_start: 0,
        first_on_line: true,
        indent: 0,
        clean: text.as_bytes().to_vec(),
        tokens: Vec::new(),
        comments: Vec::new(),
        errors: Vec::new(),
    };
    if text.starts_with('\u{feff}') {
        lexer.blank(0, '\u{feff}'.len_utf8());
        lexer.at = '\u{feff}'.len_utf8();
    }
    while lexer.at < text.len() {
        lexer.next();
    }
    let clean = String::from_utf8(lexer.clean).expect("INVARIANT: whole characters are blanked");
    Scan { text, clean, tokens: lexer.tokens, comments: lexer.comments, errors: lexer.errors }
}

struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    line_start: usize,
    first_on_line: bool,
    indent: usize,
    clean: Vec<u8>,
    tokens: Vec<Token>,
    comments: Vec<Comment>,
    errors: Vec<SyntaxError>,
}

impl Lexer<'_> {
    /// Reads what begins here.
    fn next(&mut self) {
        let start = self.at;
        let rest = &self.bytes[start..];
        match rest[0] {
            b'\n' => {
                self.at += 1;
                self.line_start = self.at;
                self.first_on_line = true;
            }
            b' ' | b'\t' | b'\r' => self.at += 1,
            b'/' if rest.starts_with(b"//") => self.comment(),
            b'"' => self.text(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                let end = self.word_end(start);
                self.long_word(start, end);
                self.push(TokenKind::Word, end);
                self.unfinished_path();
            }
            b'0'..=b'9' => {
                let end = self.number_end(start);
                self.push(TokenKind::Number, end);
            }
            sign @ (b'(' | b'[' | b'{') => self.push(TokenKind::Open { sign, close: 0, closed: false }, start + 1),
            sign @ (b')' | b']' | b'}') => self.push(TokenKind::Close(sign), start + 1),
            sign if SIGNS.contains(&sign) => self.push(TokenKind::Sign(sign), start + 1),
            _ => self.character(),
        }
    }

    fn push(&mut self, kind: TokenKind, end: usize) {
        let span = Span::new(self.at, end);
        if self.first_on_line {
            self.indent = self.at - self.line_start;
        }
        self.tokens.push(Token { kind, span, first_on_line: self.first_on_line, indent: self.indent });
        self.first_on_line = false;
        self.at = end;
    }

    /// A word, with the modules before it.
    fn word_end(&self, mut start: usize) -> usize {
        loop {
            let end = self.letters_end(start);
            let rest = &self.bytes[end..];
            if !(rest.starts_with(b"::") && rest.get(2).is_some_and(|byte| is_letter(*byte))) {
                return end;
            }
            start = end + 2;
        }
    }

    /// A message that repeats a name must stay readable.
    fn long_word(&mut self, start: usize, end: usize) {
        if end - start > MAX_WORD {
            let expected = vec![format!("a name of at most {MAX_WORD} letters")];
            let found = format!("one of {}", end - start);
            let kind = SyntaxErrorKind::Expected { expected, found };
            self.errors.push(SyntaxError { kind, span: Span::new(start, end) });
        }
    }

    /// `std::` with nothing after it.
    fn unfinished_path(&mut self) {
        if !self.bytes[self.at..].starts_with(b"::") {
            return;
        }
        let end = self.at + 2;
        let found = match self.text[end..].chars().next() {
            None => "the end of the file".to_string(),
            Some('\n' | '\r') => "the end of the line".to_string(),
            Some(found) => format!("`{found}`"),
        };
        let kind = SyntaxErrorKind::Expected { expected: vec!["a name".to_string()], found };
        self.errors.push(SyntaxError { kind, span: Span::new(end, end) });
        self.blank(self.at, end);
        self.at = end;
    }

    fn letters_end(&self, start: usize) -> usize {
        let length = self.bytes[start..].iter().take_while(|byte| is_letter(**byte) || byte.is_ascii_digit()).count();
        start + length
    }

    /// Digits and what is stuck to them. A point belongs to them only before a digit.
    fn number_end(&self, start: usize) -> usize {
        let mut end = start;
        while let Some(&byte) = self.bytes.get(end) {
            let point = byte == b'.' && self.bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
            if !(is_letter(byte) || byte.is_ascii_digit() || byte == b'%' || point) {
                break;
            }
            end += 1;
        }
        end
    }

    fn comment(&mut self) {
        let line = self.text[self.at..].split('\n').next().unwrap_or_default().trim_end_matches('\r');
        let end = self.at + line.len();
        self.comments.push(Comment { text: line.to_string(), span: Span::new(self.at, end) });
        self.blank(self.at, end);
        self.at = end;
    }

    fn text(&mut self) {
        let start = self.at;
        if self.bytes[start..].starts_with(b"\"\"\"") {
            match self.text[start + 3..].find("\"\"\"") {
                Some(length) => self.push(TokenKind::Text, start + 3 + length + 3),
                None => {
                    self.unclosed("\"\"\"", start + 3);
                    self.push(TokenKind::Text, self.text.len());
                }
            }
            return;
        }
        let mut end = start + 1;
        while let Some(&byte) = self.bytes.get(end) {
            match byte {
                b'"' => return self.push(TokenKind::Text, end + 1),
                b'\n' => break,
                b'\\' if self.bytes.get(end + 1).is_some_and(|next| *next != b'\n') => end += 2,
                _ => end += 1,
            }
        }
        // An escape may have ended in the middle of a character.
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        self.unclosed("\"", start + 1);
        self.push(TokenKind::Text, end.min(self.text.len()));
    }

    fn unclosed(&mut self, opening: &'static str, end: usize) {
        let span = Span::new(self.at, end);
        self.errors.push(SyntaxError { kind: SyntaxErrorKind::Unclosed { opening }, span });
    }

    /// A currency's sign belongs to the number after it; anything else is no part of the language.
    fn character(&mut self) {
        let start = self.at;
        let Some(found) = self.text[start..].chars().next() else { return };
        let end = start + found.len_utf8();
        if matches!(found, '$' | '€' | '£' | '¥') {
            let end = if self.bytes.get(end).is_some_and(u8::is_ascii_digit) { self.number_end(end) } else { end };
            self.push(TokenKind::Number, end);
            return;
        }
        // A text in single quotes is one mistake, and its words are no tokens.
        let line = self.text[end..].split('\n').next().unwrap_or_default();
        let end = match line.find('\'') {
            Some(length) if found == '\'' => end + length + 1,
            // So is a comment of another language.
            _ if found == '#' => end + line.trim_end().len(),
            _ => end,
        };
        // A run of such characters is one error: a text in another script, say.
        let continues = |error: &SyntaxError| {
            matches!(error.kind, SyntaxErrorKind::Character { .. })
                && self.text[error.span.end..start].trim().is_empty()
        };
        if !self.errors.last().is_some_and(continues) {
            let span = Span::new(start, end);
            self.errors.push(SyntaxError { kind: SyntaxErrorKind::Character { found }, span });
        } else if let Some(last) = self.errors.last_mut() {
            last.span.end = end;
        }
        self.blank(start, end);
        self.at = end;
    }

    fn blank(&mut self, start: usize, end: usize) {
        self.clean[start..end].fill(b' ');
    }
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}
