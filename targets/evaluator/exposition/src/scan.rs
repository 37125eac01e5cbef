//! One sample's line of a scrape.

use crate::{Format, error::Wrong};

/// What a line of a sample says. Texts are as they stand, with their escapes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scanned<'a> {
    /// Name and labels.
    pub series: &'a str,
    /// The name alone, without quotes.
    pub name: &'a str,
    /// Whether the name stood in quotes, so that it may have escapes.
    pub quoted: bool,
    pub value: f64,
    pub time_ms: Option<i64>,
}

/// Reads the line of a sample.
pub(crate) fn sample(line: &str, format: Format, most_labels: usize) -> Result<Scanned<'_>, Wrong> {
    let mut cursor = Cursor { line, at: 0 };
    cursor.blanks();
    let start = cursor.at;
    let (mut name, mut quoted) = (cursor.name(true), false);
    let end = cursor.at;
    cursor.blanks();
    if cursor.peek() == Some(b'{') {
        let inside = cursor.labels(name.is_empty(), most_labels)?;
        if name.is_empty() {
            (name, quoted) = (inside, true);
        }
    } else if name.is_empty() {
        return Err(Wrong::expected(cursor.at, "the name of a metric"));
    } else if cursor.at == end && end < line.len() {
        return Err(Wrong::expected(end, "a blank or `{`"));
    } else {
        cursor.at = end;
    }
    let series = &line[start..cursor.at];
    let value = cursor.number("a value")?;
    let time_ms = match (cursor.peek(), format) {
        (None, _) | (Some(b'#'), Format::OpenMetrics) => None,
        (Some(_), Format::Text) => Some(cursor.milliseconds()?),
        (Some(_), Format::OpenMetrics) => Some(cursor.seconds()?),
    };
    if format == Format::OpenMetrics && cursor.peek() == Some(b'#') {
        cursor.exemplar(most_labels)?;
    }
    match cursor.peek() {
        None => Ok(Scanned { series, name, quoted, value, time_ms }),
        Some(_) => Err(Wrong::expected(cursor.at, "the end of the line")),
    }
}

pub(crate) struct Cursor<'a> {
    pub line: &'a str,
    pub at: usize,
}

impl<'a> Cursor<'a> {
    pub fn peek(&self) -> Option<u8> {
        self.line.as_bytes().get(self.at).copied()
    }

    pub fn blanks(&mut self) {
        while let Some(b' ' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// The name of a metric, or of a label; empty where there is none.
    fn name(&mut self, colons: bool) -> &'a str {
        let start = self.at;
        while let Some(byte) = self.peek() {
            let fits = match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => true,
                b'0'..=b'9' => self.at > start,
                b':' => colons,
                _ => false,
            };
            if !fits {
                break;
            }
            self.at += 1;
        }
        &self.line[start..self.at]
    }

    /// What stands in quotes, with its escapes.
    pub fn quoted(&mut self, what: &'static str) -> Result<&'a str, Wrong> {
        if self.peek() != Some(b'"') {
            return Err(Wrong::expected(self.at, what));
        }
        let start = self.at + 1;
        let mut from = start;
        // An escape is a backslash and whatever follows it, so that an escaped quote does not close.
        while let Some(found) = memchr::memchr2(b'"', b'\\', &self.line.as_bytes()[from..]) {
            let at = from + found;
            if self.line.as_bytes()[at] == b'"' {
                self.at = at + 1;
                return Ok(&self.line[start..at]);
            }
            from = (at + 2).min(self.line.len());
        }
        Err(Wrong::message(start - 1, "these quotes are not closed"))
    }

    /// Labels in braces; the name of the metric, where it is in there, in quotes.
    fn labels(&mut self, named_inside: bool, most: usize) -> Result<&'a str, Wrong> {
        let start = self.at;
        self.at += 1;
        self.blanks();
        let mut name = "";
        if named_inside {
            name = self.quoted("the name of the metric in quotes")?;
            if name.is_empty() {
                return Err(Wrong::message(self.at - 2, "an empty name"));
            }
            self.blanks();
            if self.peek() == Some(b',') {
                self.at += 1;
            } else if self.peek() != Some(b'}') {
                return Err(Wrong::expected(self.at, "`,` or `}`"));
            }
        }
        let mut count = 0;
        loop {
            self.blanks();
            match self.peek() {
                Some(b'}') => {
                    self.at += 1;
                    return Ok(name);
                }
                Some(b'"') => {
                    self.quoted("a label")?;
                }
                None => return Err(Wrong::message(start, "these braces are not closed")),
                Some(_) => {
                    if self.name(false).is_empty() {
                        return Err(Wrong::expected(self.at, "the name of a label or `}`"));
                    }
                }
            }
            count += 1;
            if count > most {
                return Err(Wrong::limit(start, format!("a series of more than {most} labels")));
            }
            self.blanks();
            if self.peek() != Some(b'=') {
                return Err(Wrong::expected(self.at, "`=`"));
            }
            self.at += 1;
            self.blanks();
            self.quoted("a value in quotes")?;
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {}
                None => return Err(Wrong::message(start, "these braces are not closed")),
                Some(_) => return Err(Wrong::expected(self.at, "`,` or `}`")),
            }
        }
    }

    /// The word before the next blank, and where it starts; blanks after it are passed over.
    fn word(&mut self, what: &'static str) -> Result<(usize, &'a str), Wrong> {
        self.blanks();
        let start = self.at;
        while self.peek().is_some_and(|byte| !matches!(byte, b' ' | b'\t')) {
            self.at += 1;
        }
        if start == self.at {
            return Err(Wrong::expected(start, what));
        }
        let word = &self.line[start..self.at];
        self.blanks();
        Ok((start, word))
    }

    fn number(&mut self, what: &'static str) -> Result<f64, Wrong> {
        let (start, word) = self.word(what)?;
        match word.parse::<f64>() {
            // What is called infinite is; what has digits is too large.
            Ok(value) if value.is_finite() || !word.bytes().any(|byte| byte.is_ascii_digit()) => Ok(value),
            _ => Err(Wrong::expected(start, "a number")),
        }
    }

    fn milliseconds(&mut self) -> Result<i64, Wrong> {
        let (start, word) = self.word("a time")?;
        word.parse().map_err(|_| Wrong::expected(start, "a time in whole milliseconds"))
    }

    fn seconds(&mut self) -> Result<i64, Wrong> {
        let (start, word) = self.word("a time")?;
        let seconds: Option<f64> = word.parse().ok();
        seconds.and_then(milliseconds).ok_or_else(|| Wrong::expected(start, "a time in seconds"))
    }

    /// A hash, labels, a value, and a time perhaps; only that they are there.
    fn exemplar(&mut self, most_labels: usize) -> Result<(), Wrong> {
        self.at += 1;
        self.blanks();
        if self.peek() != Some(b'{') {
            return Err(Wrong::expected(self.at, "the labels of an exemplar"));
        }
        self.labels(false, most_labels)?;
        self.number("the value of an exemplar")?;
        if self.peek().is_some() {
            self.seconds()?;
        }
        Ok(())
    }
}

/// Seconds as milliseconds, if they are a time.
pub(crate) fn milliseconds(seconds: f64) -> Option<i64> {
    let milliseconds = (seconds * 1_000.0).round();
    // Beyond 2^53, neighbouring milliseconds are one number.
    (milliseconds.abs() <= 9_007_199_254_740_992.0).then_some(milliseconds as i64)
}
