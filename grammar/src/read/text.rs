//! Texts: quotes and escapes.

use super::{Make, Node};
use crate::{Span, SyntaxError, SyntaxErrorKind, Text, rules::Rule};

/// No escape has more digits than this, zeros before them included.
const MAX_HEX_DIGITS: usize = 16;

impl Make {
    /// A quoted text, its escapes resolved.
    pub(super) fn text(&mut self, node: &Node<'_>) -> Text {
        let quoted = node.text();
        let value = match node.rule() {
            Rule::raw_text => quoted[3..quoted.len() - 3].to_string(),
            _ => self.unescape(&quoted[1..quoted.len() - 1], node.span().start + 1),
        };
        Text { value, span: node.span() }
    }

    fn unescape(&mut self, inside: &str, base: usize) -> String {
        let mut value = String::with_capacity(inside.len());
        let mut rest = inside;
        while let Some(place) = rest.find('\\') {
            value.push_str(&rest[..place]);
            rest = &rest[place..];
            let (character, length) = escape(rest);
            match character {
                Some(character) => value.push(character),
                None => {
                    let start = base + inside.len() - rest.len();
                    let found = rest[..length].to_string();
                    let span = Span::new(start, start + length);
                    self.errors.push(SyntaxError { kind: SyntaxErrorKind::Escape { found }, span });
                }
            }
            rest = &rest[length..];
        }
        value.push_str(rest);
        value
    }
}

/// The character that an escape stands for, and how long the escape is.
fn escape(text: &str) -> (Option<char>, usize) {
    let Some(kind) = text[1..].chars().next() else { return (None, 1) };
    let length = 1 + kind.len_utf8();
    match kind {
        '"' | '\\' => (Some(kind), length),
        'n' => (Some('\n'), length),
        't' => (Some('\t'), length),
        'u' => match text[length..].strip_prefix('{').and_then(hex_digits) {
            Some(digits) => {
                let character = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
                (character, length + digits.len() + 2)
            }
            None => (None, length),
        },
        _ => (None, length),
    }
}

/// What stands before a `}` that is near.
fn hex_digits(text: &str) -> Option<&str> {
    let end = text.bytes().take(MAX_HEX_DIGITS + 1).position(|byte| byte == b'}')?;
    Some(&text[..end])
}
