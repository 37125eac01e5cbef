//! The line that most are: a flat object of texts without escapes, numbers and words.

use crate::{
    cell::Cell,
    row::Row,
    schema::{Kind, Schema},
};

/// Columns that are told apart by the bits of one number.
const MOST_COLUMNS: usize = 64;

/// Fills the row. None for whatever is unusual or wrong: then the row is half filled, and the line is to be read
/// thoroughly. INVARIANT: what this reads, a thorough look reads alike.
pub(super) fn read(schema: &Schema, row: &mut Row, text: &[u8]) -> Option<()> {
    let columns = schema.columns();
    if columns.len() > MOST_COLUMNS {
        return None;
    }
    let mut line = Line { text: str::from_utf8(text).ok()?, at: 0 };
    let mut seen = 0u64;
    line.sign(b'{')?;
    loop {
        let key = line.string()?;
        line.sign(b':')?;
        match columns.iter().position(|column| column.name.as_str() == key) {
            None => line.passed_over()?,
            Some(column) => {
                let bit = 1 << column;
                if seen & bit != 0 {
                    return None;
                }
                seen |= bit;
                let cell = line.cell(columns[column].kind)?;
                schema.cell(row, column, cell).ok()?;
            }
        }
        match line.next()? {
            b',' => {}
            b'}' => break,
            _ => return None,
        }
    }
    let whole = line.next().is_none();
    (whole && seen.count_ones() as usize == columns.len()).then_some(())
}

/// A line, and where in it we are.
struct Line<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Line<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is no white space.
    fn next(&mut self) -> Option<u8> {
        loop {
            let byte = self.peek()?;
            self.at += 1;
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(byte);
            }
        }
    }

    fn sign(&mut self, sign: u8) -> Option<()> {
        (self.next()? == sign).then_some(())
    }

    fn string(&mut self) -> Option<&'a str> {
        self.sign(b'"')?;
        self.rest_of_string()
    }

    /// What stands up to the closing quote.
    fn rest_of_string(&mut self) -> Option<&'a str> {
        let from = self.at;
        let rest = &self.text.as_bytes()[from..];
        let length = rest.iter().position(|byte| ENDS_TEXT[usize::from(*byte)])?;
        self.at = from + length + 1;
        // What needs unescaping, and control characters, are unusual.
        if rest[length] == b'"' { self.text.get(from..from + length) } else { None }
    }

    /// A value that is read.
    fn cell(&mut self, kind: Kind) -> Option<Cell<'a>> {
        match self.next()? {
            b'"' => self.rest_of_string().map(Cell::Text),
            b't' => self.word("rue").map(|()| Cell::Other("true")),
            b'f' => self.word("alse").map(|()| Cell::Other("false")),
            b'n' => self.word("ull").map(|()| Cell::Other("null")),
            first @ (b'-' | b'0'..=b'9') => {
                let number = self.number(first)?;
                if let Kind::Label(_) = kind { number.as_label() } else { number.value().map(Cell::Number) }
            }
            _ => None,
        }
    }

    /// A value that is not read.
    fn passed_over(&mut self) -> Option<()> {
        match self.next()? {
            b'"' => self.rest_of_string().map(|_| ()),
            b't' => self.word("rue"),
            b'f' => self.word("alse"),
            b'n' => self.word("ull"),
            first @ (b'-' | b'0'..=b'9') => self.number(first).map(|_| ()),
            _ => None,
        }
    }

    fn word(&mut self, rest: &str) -> Option<()> {
        let is = self.text.as_bytes()[self.at..].starts_with(rest.as_bytes());
        self.at += rest.len();
        is.then_some(())
    }

    /// A number, whose first byte was read.
    fn number(&mut self, first: u8) -> Option<Number<'a>> {
        let from = self.at - 1;
        let negative = first == b'-';
        let first = if negative { self.digit()? } else { first - b'0' };
        let mut number = Number { text: "", negative, digits: 1, mantissa: first.into(), places: 0, exponent: false };
        // A 0 stands alone before the point.
        while first != 0
            && let Some(digit) = self.digit()
        {
            number.push(digit);
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            number.push(self.digit()?);
            number.places = 1;
            while let Some(digit) = self.digit() {
                number.push(digit);
                number.places += 1;
            }
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digit()?;
            while self.digit().is_some() {}
            number.exponent = true;
        }
        number.text = self.text.get(from..self.at)?;
        Some(number)
    }

    #[inline]
    fn digit(&mut self) -> Option<u8> {
        let digit = self.peek()?.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        self.at += 1;
        Some(digit)
    }
}

/// A number as it is written.
struct Number<'a> {
    text: &'a str,
    negative: bool,
    /// How many digits there are before an exponent.
    digits: u32,
    /// These digits, as a number that is right where they are at most 18.
    mantissa: u64,
    /// How many digits come after the point.
    places: usize,
    exponent: bool,
}

/// Powers of ten that floats hold exactly, as far as they are needed.
const TENS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

impl<'a> Number<'a> {
    #[inline]
    fn push(&mut self, digit: u8) {
        self.digits += 1;
        self.mantissa = self.mantissa.wrapping_mul(10).wrapping_add(digit.into());
    }

    /// The float that is nearest.
    fn value(&self) -> Option<f64> {
        if self.exponent || self.digits > 15 {
            return self.text.parse().ok().filter(|value: &f64| value.is_finite());
        }
        // Both are exact in floats, so their quotient is rounded once.
        let size = self.mantissa as f64 / TENS[self.places];
        Some(if self.negative { -size } else { size })
    }

    /// Only whole numbers are surely written again as they were.
    fn as_label(&self) -> Option<Cell<'a>> {
        let plain = self.places == 0 && !self.exponent && self.digits <= 18;
        plain.then_some(Cell::Text(self.text))
    }
}

/// Bytes at which a text without escapes ends: a quote, a backslash, or what must not be in it.
const ENDS_TEXT: [bool; 256] = {
    let mut ends = [false; 256];
    let mut control = 0;
    while control < 0x20 {
        ends[control] = true;
        control += 1;
    }
    ends[b'"' as usize] = true;
    ends[b'\\' as usize] = true;
    ends
};
