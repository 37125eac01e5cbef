//! Lines that begin with a hash.

use crate::{Kind, error::Wrong, scan::Cursor};

/// What such a line says.
#[derive(Debug, PartialEq)]
pub(crate) enum Comment<'a> {
    /// Help, a unit, or nothing.
    Nothing,
    /// `# EOF`
    End,
    /// The type of a family; its name as it stands, without quotes.
    Type(&'a str, Kind),
}

/// Reads a line that begins with a hash.
pub(crate) fn parse(line: &str) -> Result<Comment<'_>, Wrong> {
    if line == "# EOF" {
        return Ok(Comment::End);
    }
    let mut cursor = Cursor { line, at: line.find('#').unwrap_or_default() + 1 };
    let keyword = word(&mut cursor);
    if !matches!(keyword, "TYPE" | "HELP" | "UNIT") {
        return Ok(Comment::Nothing);
    }
    cursor.blanks();
    let name = match cursor.peek() {
        Some(b'"') => cursor.quoted("the name of a metric")?,
        _ => word(&mut cursor),
    };
    if keyword != "TYPE" || name.is_empty() {
        return Ok(Comment::Nothing);
    }
    cursor.blanks();
    let start = cursor.at;
    match Kind::parse(line[start..].trim_end_matches([' ', '\t'])) {
        Some(kind) => Ok(Comment::Type(name, kind)),
        None => Err(Wrong::expected(start, "a type, such as counter, gauge, histogram or summary")),
    }
}

fn word<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    cursor.blanks();
    let start = cursor.at;
    while cursor.peek().is_some_and(|byte| !matches!(byte, b' ' | b'\t')) {
        cursor.at += 1;
    }
    &cursor.line[start..cursor.at]
}
