//! The part of a text that a message shows: the lines around its places, long ones cut. Files may be large and machines
//! write lines without end; a message is for people.

use farthing_grammar::Span;

/// Lines of more bytes are cut.
const LONG: usize = 400;

/// How much of a cut line is shown, in bytes.
const SHOWN: usize = 160;

/// How much of it is shown before the place, in bytes.
const BEFORE: usize = 60;

/// Some lines of a text.
pub(super) struct Excerpt {
    /// Those lines; `…` stands for what was cut off.
    pub text: String,
    /// How many lines of the whole text come before.
    pub first_line: usize,
    lines: Vec<Line>,
}

/// What is shown of a line.
struct Line {
    /// Where it begins in the whole text.
    start: usize,
    /// What is shown of it, in the whole text.
    shown: Span,
    /// Where that begins in the excerpt.
    at: usize,
}

impl Excerpt {
    /// The lines from the first of the spans to the last, and their neighbours. The first span in a line is the one
    /// around which it is cut.
    pub fn around(text: &str, spans: &[Span]) -> Excerpt {
        let start = spans.iter().map(|span| span.start).min().unwrap_or(0);
        let end = spans.iter().map(|span| span.end).max().unwrap_or(0);
        let from = line_start(text, line_start(text, start).saturating_sub(1));
        let to = line_end(text, line_end(text, line_end(text, end)));
        let mut excerpt = Excerpt {
            text: String::new(),
            first_line: text.as_bytes()[..from].iter().filter(|byte| **byte == b'\n').count(),
            lines: Vec::new(),
        };
        let mut at = from;
        for line in text[from..to].split_inclusive('\n') {
            excerpt.push(line, at, spans);
            at += line.len();
        }
        excerpt
    }

    /// Adds a line that begins at `start` in the whole text.
    fn push(&mut self, line: &str, start: usize, spans: &[Span]) {
        let content = line.trim_end_matches(['\n', '\r']);
        let mut shown = Span::new(0, line.len());
        if line.len() > LONG {
            let within = start..=start + content.len();
            let place = spans.iter().find(|span| within.contains(&span.start)).map_or(0, |span| span.start - start);
            shown.start = boundary(content, place.saturating_sub(BEFORE));
            shown.end = boundary(content, shown.start + SHOWN);
        }
        if shown.start > 0 {
            self.text.push('…');
        }
        let at = self.text.len();
        self.text.push_str(&line[shown.start..shown.end]);
        if line.len() > LONG {
            self.text.push_str(if shown.end < content.len() { "…\n" } else { "\n" });
        }
        self.lines.push(Line { start, shown: Span::new(start + shown.start, start + shown.end), at });
    }

    /// Where a place of the whole text is in the excerpt; what was cut off is at the cut.
    pub fn offset(&self, offset: usize) -> usize {
        let after = self.lines.partition_point(|line| line.start <= offset);
        match self.lines.get(after.saturating_sub(1)) {
            Some(line) => line.at + offset.clamp(line.shown.start, line.shown.end) - line.shown.start,
            None => 0,
        }
    }
}

/// Where the line of a place begins.
fn line_start(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1)
}

/// Where the line of a place ends, after its newline.
fn line_end(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    text.as_bytes()[offset..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |newline| offset + newline + 1)
}

/// The place, or the one before it at which a character begins.
fn boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_lines_are_shown_whole_with_their_neighbours() {
        let text = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n";
        let excerpt = Excerpt::around(text, &[Span::new(14, 18)]);
        assert_eq!((excerpt.text.as_str(), excerpt.first_line), ("three\nfour\nfive\nsix\n", 2));
        assert_eq!((excerpt.offset(14), excerpt.offset(18)), (6, 10));
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{}place{}\n", "ä".repeat(50_000), "ö".repeat(50_000));
        let span = Span::new(100_000, 100_005);
        let excerpt = Excerpt::around(&text, &[span]);
        assert_eq!(&excerpt.text[excerpt.offset(span.start)..excerpt.offset(span.end)], "place");
        assert!(excerpt.text.starts_with("…ä") && excerpt.text.ends_with("ö…\n"), "{}", excerpt.text);
        assert!(excerpt.text.len() < 200);
        assert_eq!(excerpt.offset(0), "…".len());
        assert_eq!(excerpt.offset(text.len()), excerpt.text.len() - "…\n".len());
    }

    #[test]
    fn the_end_of_a_text_is_a_place() {
        for text in ["", "a", "a\n", "a\nb\n\n"] {
            let excerpt = Excerpt::around(text, &[Span::new(text.len(), text.len())]);
            assert_eq!(excerpt.offset(text.len()), excerpt.text.len(), "{text:?}");
        }
    }
}
