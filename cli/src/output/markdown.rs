//! Pages of Markdown: as they are where they are read by a program, plain where they are read on a terminal.

use super::{Style, print};
use crate::Failure;

/// Prints a page to stdout.
///
/// # Errors
/// As [`print`].
pub(crate) fn page(markdown: &str) -> Result<(), Failure> {
    let style = Style::stdout();
    if style.terminal {
        print(&plain(markdown, style.width, style.colour))
    } else {
        print(&format!("{}\n", markdown.trim_end()))
    }
}

/// Headings without signs, code indented, paragraphs filled. Tables stay as they are.
fn plain(markdown: &str, width: usize, colour: bool) -> String {
    let mut out = String::new();
    let mut paragraph = Paragraph::default();
    let mut in_code = false;
    for line in markdown.trim_end().lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("```") {
            paragraph.end(&mut out, width);
            in_code = !in_code;
        } else if in_code {
            out.push_str(&if trimmed.is_empty() { "\n".to_string() } else { format!("    {line}\n") });
        } else if let Some(heading) = heading(trimmed) {
            paragraph.end(&mut out, width);
            out.push_str(&if colour { format!("\x1b[1m{heading}\x1b[0m\n") } else { format!("{heading}\n") });
        } else if trimmed.is_empty() || trimmed.starts_with('|') {
            paragraph.end(&mut out, width);
            out.push_str(&format!("{trimmed}\n"));
        } else {
            if trimmed.starts_with("- ") || trimmed.starts_with("* ") {
                paragraph.end(&mut out, width);
                paragraph.indent = line.len() - line.trim_start().len() + 2;
            }
            paragraph.words.extend(trimmed.split_whitespace().map(String::from));
        }
    }
    paragraph.end(&mut out, width);
    out
}

/// The text of a `## heading`.
fn heading(line: &str) -> Option<&str> {
    let text = line.trim_start_matches('#');
    (text.len() < line.len()).then(|| text.strip_prefix(' ')).flatten()
}

/// Words to be filled into lines.
#[derive(Default)]
struct Paragraph {
    words: Vec<String>,
    /// Columns before each line but the first, which in a list begins with its sign.
    indent: usize,
}

impl Paragraph {
    fn end(&mut self, out: &mut String, width: usize) {
        let Paragraph { words, indent } = std::mem::take(self);
        let first = " ".repeat(indent.saturating_sub(2));
        let mut line = String::new();
        let mut columns = 0;
        for word in words {
            let length = word.chars().count();
            if line.is_empty() {
                line.push_str(&first);
                columns = first.len() + length;
            } else if columns + 1 + length > width {
                line.push('\n');
                line.push_str(&" ".repeat(indent));
                columns = indent + length;
            } else {
                line.push(' ');
                columns += 1 + length;
            }
            line.push_str(&word);
        }
        if !line.is_empty() {
            out.push_str(&line);
            out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_page_becomes_plain_text() {
        let page = "# F0001: a title\n\nOne two three\nfour.\n\n- a list whose item\n  goes on\n- next\n\n```slo\ncost a = b\n\n  c\n```\n";
        let expected = "F0001: a title\n\nOne two three\nfour.\n\n- a list whose\n  item goes on\n- next\n\n    cost a = b\n\n      c\n";
        assert_eq!(plain(page, 14, false), expected);
        assert!(plain(page, 14, true).starts_with("\x1b[1mF0001: a title\x1b[0m\n"));
    }
}
