//! Scalars of YAML. Which texts are plain is decided narrowly; all others are quoted by the YAML library.

use crate::selector::is_printable;

/// The words that YAML 1.1 takes for something else than a text. The library leaves some of them plain.
const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// Appends `key: value` and a line break at an indentation.
pub(crate) fn push_entry(out: &mut String, indent: &str, key: &str, value: &str) {
    if is_plain(key) && (is_plain(value) || is_word(value)) {
        let quote = if is_word(value) { "\"" } else { "" };
        for part in [indent, key, ": ", quote, value, quote, "\n"] {
            out.push_str(part);
        }
        return;
    }
    if is_plain(key) && value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        // Between single quotes everything on one line stands for itself but the quote, which is doubled.
        for part in [indent, key, ": '"] {
            out.push_str(part);
        }
        if value.contains('\'') {
            out.push_str(&value.replace('\'', "''"))
        } else {
            out.push_str(value)
        }
        out.push_str("'\n");
        return;
    }
    let entry = serde_yaml::to_string(&std::collections::BTreeMap::from([(key, value)]))
        .expect("a map of strings is always YAML");
    push_indented(out, indent, &entry);
}

/// Appends `expr: ...`: plain where it may be, else a literal block, which needs no quoting.
/// INVARIANT: the text has no character that YAML cannot hold; see `selector::push_string`.
pub(crate) fn push_expression(out: &mut String, indent: &str, text: &str) {
    out.push_str(indent);
    if is_plain(text) {
        out.push_str("expr: ");
        out.push_str(text);
        out.push('\n');
        return;
    }
    out.push_str("expr: |-\n");
    for line in text.split('\n') {
        out.push_str(indent);
        out.push_str("  ");
        out.push_str(line);
        out.push('\n');
    }
}

/// Appends lines of comment. Whatever could end a line of comment, or stand in no YAML, becomes a space.
pub(crate) fn push_comment(out: &mut String, indent: &str, text: &str) {
    for line in text.lines() {
        out.push_str(indent);
        out.push('#');
        let line = line.trim_end();
        if !line.is_empty() {
            out.push(' ');
            if line.is_ascii() && line.bytes().all(|byte| byte >= b' ' && byte != 0x7f) {
                out.push_str(line);
            } else {
                out.extend(line.chars().map(|c| if is_printable(c) { c } else { ' ' }));
            }
        }
        out.push('\n');
    }
}

fn push_indented(out: &mut String, indent: &str, text: &str) {
    for line in text.lines() {
        if !line.is_empty() {
            out.push_str(indent);
            out.push_str(line);
        }
        out.push('\n');
    }
}

/// Whether the text, as it is, is a string in YAML 1.1 and 1.2: printable ASCII that begins with a letter and is no
/// word with a meaning, or a length of time such as `30d`; without what begins a value or a comment.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    if first.is_ascii_digit() {
        return is_length(bytes);
    }
    if !first.is_ascii_alphabetic() || matches!(last, b' ' | b':') || is_word(text) {
        return false;
    }
    // Without a way out before the end, so that many bytes are looked at at once: texts are long, and there are many.
    let printable = bytes.iter().fold(true, |all, byte| all & byte.wrapping_sub(b' ').lt(&95));
    let broken = bytes.iter().zip(&bytes[1..]).fold(false, |any, (byte, next)| {
        any | ((*byte == b':') & (*next == b' ')) | ((*byte == b' ') & (*next == b'#'))
    });
    printable && !broken
}

fn is_length(bytes: &[u8]) -> bool {
    let (digits, unit) = bytes.split_at(bytes.len() - 1);
    matches!(unit, b"s" | b"m" | b"h" | b"d") && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

fn is_word(text: &str) -> bool {
    text.len() <= 5 && WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_texts_are_strings() {
        for text in ["chat/cost:numerator", "30d", "a{b=\"c\"} > 1", "Onward", "nothing"] {
            assert!(is_plain(text), "{text}");
        }
        for text in
            ["", "on", "NO", "null", "12", "1e3", "0x1d", "a: b", "a #b", "a:", "a ", " a", "{a}", "- a", "é", "a\nb"]
        {
            assert!(!is_plain(text), "{text}");
        }
    }

    #[test]
    fn what_is_not_plain_is_quoted() {
        for text in [
            "on",
            "NO",
            "y",
            "null",
            "12",
            "1e3",
            "a: b",
            "a #b",
            "é",
            "a\nb\n\n  c",
            "{{ .x }}",
            "it's 'a: b'",
            "",
            " ",
            "\u{85}\u{2028}\u{0}",
        ] {
            let mut yaml = String::from("map:\n");
            push_entry(&mut yaml, "  ", "key", text);
            let value: serde_yaml::Value = serde_yaml::from_str(&yaml).unwrap();
            assert_eq!(value["map"]["key"].as_str(), Some(text), "{yaml}");
        }
    }

    #[test]
    fn words_of_yaml_1_1_are_quoted() {
        let mut yaml = String::new();
        push_entry(&mut yaml, "", "team", "on");
        assert_eq!(yaml, "team: \"on\"\n");
    }

    #[test]
    fn a_comment_cannot_be_left() {
        let mut yaml = String::new();
        push_comment(&mut yaml, "", "a\nb: c\r\nd\re\u{85}f\u{2028}g\u{0}h");
        assert_eq!(yaml, "# a\n# b: c\n# d e f g h\n");
    }
}
