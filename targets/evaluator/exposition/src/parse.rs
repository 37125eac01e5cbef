//! One scrape.

use std::borrow::Cow;

use crate::{
    Format, Kind,
    comment::{self, Comment},
    error::{ParseError, Wrong},
    scan::{self, milliseconds},
    series::unescaped,
};

/// How much is read; more is an error.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of the whole text.
    pub bytes: usize,
    /// Bytes of a line.
    pub line: usize,
    /// Samples of the text.
    pub samples: usize,
    /// Labels of a series.
    pub labels: usize,
}

impl Default for Limits {
    /// 64 MiB, lines of 1 MiB, two million samples, 128 labels.
    fn default() -> Self {
        Limits { bytes: 64 << 20, line: 1 << 20, samples: 2_000_000, labels: 128 }
    }
}

/// One sample of a scrape.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// Name and labels as they stand; [`named`](crate::named) takes them apart.
    pub series: &'a str,
    /// Its value, which may be NaN or infinite.
    pub value: f64,
    /// Its time in milliseconds since 1970, where it has one of its own.
    pub time_ms: Option<i64>,
    /// Whether it is no measurement, but when its family began: see [`created_ms`](Sample::created_ms).
    creates: bool,
    name: &'a str,
    quoted: bool,
}

impl<'a> Sample<'a> {
    /// The metric's name, without escapes.
    pub fn name(&self) -> Cow<'a, str> {
        if self.quoted && self.name.contains('\\') {
            return Cow::Owned(unescaped(self.name));
        }
        Cow::Borrowed(self.name)
    }

    /// The name as it stands. The lines of a metric mostly follow each other, and compare fast by this.
    pub fn raw_name(&self) -> &'a str {
        self.name
    }

    /// Whether this may be a `_created` series: in OpenMetrics one of a counter, histogram or summary; in the older
    /// format, which does not tell, any that is named so.
    pub fn creates(&self) -> bool {
        self.creates
    }

    /// When its family began, in milliseconds since 1970; none where it does not say, or says no time.
    pub fn created_ms(&self) -> Option<i64> {
        (self.creates && self.value > 0.0).then(|| milliseconds(self.value)).flatten()
    }
}

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Samples, `_created` series among them.
    pub samples: usize,
    /// Lines.
    pub lines: usize,
}

/// Reads a scrape and gives its samples, in their order.
///
/// One bad line refuses the whole, so what was given before is to be kept only where this returns `Ok`. What `take`
/// refuses is an error at its line. Blanks are forgiven where the formats allow one, and comments of any kind.
/// Time is linear in the text's length, and nothing is allocated but for an error.
///
/// # Errors
/// The first line that is wrong, or where a limit is exceeded.
pub fn parse<'a>(
    text: &'a [u8],
    format: Format,
    limits: &Limits,
    take: &mut impl FnMut(Sample<'a>) -> Result<(), String>,
) -> Result<Summary, ParseError> {
    if text.len() > limits.bytes {
        let message = format!("a text of {} bytes; the limit is {}", text.len(), limits.bytes);
        return Err(ParseError { line: 1, column: 1, message, exceeds: true });
    }
    let text = utf8(text)?;
    let mut summary = Summary { samples: 0, lines: 0 };
    let mut kind = ("", Kind::Unknown);
    let mut ended = false;
    let mut rest = text;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest.as_bytes());
        let line = &rest[..end.unwrap_or(rest.len())];
        rest = &rest[end.map_or(rest.len(), |end| end + 1)..];
        summary.lines += 1;
        let number = summary.lines;
        let at = |wrong: Wrong| wrong.at_line(line, number);
        if ended {
            return Err(at(Wrong::message(0, "something follows `# EOF`")));
        }
        if line.len() > limits.line {
            return Err(at(Wrong::limit(0, format!("a line of more than {} bytes", limits.line))));
        }
        match line.bytes().find(|byte| !matches!(byte, b' ' | b'\t')) {
            None => {}
            Some(b'#') => match comment::parse(line).map_err(at)? {
                Comment::Nothing => {}
                Comment::Type(name, is) => kind = (name, is),
                Comment::End => ended = format == Format::OpenMetrics,
            },
            Some(_) => {
                let read = scan::sample(line, format, limits.labels).map_err(at)?;
                summary.samples += 1;
                if summary.samples > limits.samples {
                    return Err(at(Wrong::limit(0, format!("more than {} samples", limits.samples))));
                }
                let creates = read.name.strip_suffix("_created").is_some_and(|family| match format {
                    Format::Text => !family.is_empty(),
                    Format::OpenMetrics => family == kind.0 && kind.1.begins(),
                });
                let scan::Scanned { series, name, quoted, value, time_ms } = read;
                take(Sample { series, value, time_ms, creates, name, quoted })
                    .map_err(|message| at(Wrong::message(0, message)))?;
            }
        }
    }
    if format == Format::OpenMetrics && !ended {
        let message = "the text ends without `# EOF`: it is cut off".to_string();
        return Err(ParseError { line: summary.lines + 1, column: 1, message, exceeds: false });
    }
    Ok(summary)
}

fn utf8(text: &[u8]) -> Result<&str, ParseError> {
    str::from_utf8(text).map_err(|error| {
        let before = &text[..error.valid_up_to()];
        let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        ParseError { line, column, message: "not UTF-8".to_string(), exceeds: false }
    })
}
