//! Texts as literals.

use std::fmt::Write as _;

use crate::code::hidden;

/// A string literal: quoted, and escaped where it must be.
pub(crate) fn string(text: &str) -> String {
    format!("{text:?}")
}

/// JSON as a raw string literal. Characters that the compiler refuses stand only in JSON's strings, and are escaped there as
/// JSON does it.
pub(crate) fn json(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if hidden(character) && character != '\n' {
            // INVARIANT: writing to a string cannot fail, and all of these are below U+FFFF.
            let _ = write!(escaped, "\\u{:04x}", character as u32);
        } else {
            escaped.push(character);
        }
    }
    let mut marks = "#".to_string();
    while escaped.contains(&format!("\"{marks}")) {
        marks.push('#');
    }
    format!("r{marks}\"{escaped}\"{marks}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_compiler_refuses_is_escaped() {
        assert_eq!(json("{\n\"a\u{202e}\"}"), "r#\"{\n\"a\\u202e\"}\"#");
        assert_eq!(json("\"#\""), "r##\"\"#\"\"##");
        assert_eq!(string("a\"\n\u{202e}ü"), r#""a\"\n\u{202e}ü""#);
    }
}
