//! Colours, padding, and text that a terminal cannot be harmed by.

/// The colours that a report has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    Bold,
    Dim,
    Green,
    Red,
    Yellow,
}

impl Colour {
    fn code(self) -> u8 {
        match self {
            Colour::Bold => 1,
            Colour::Dim => 2,
            Colour::Green => 32,
            Colour::Red => 31,
            Colour::Yellow => 33,
        }
    }
}

/// Colours text, or leaves it as it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    pub colour: bool,
}

impl Paint {
    /// The text in this colour. Pad it before: what colours it has a width, too.
    pub fn as_is(self, colour: Colour, text: &str) -> String {
        if self.colour && !text.trim().is_empty() {
            format!("\x1b[{}m{text}\x1b[0m", colour.code())
        } else {
            text.to_string()
        }
    }
}

/// A line in pieces; neighbours of one colour are one piece.
pub(super) struct Line {
    paint: Paint,
    painted: String,
    colour: Option<Colour>,
    piece: String,
}

impl Line {
    pub fn new(paint: Paint) -> Self {
        Line { paint, painted: String::new(), colour: None, piece: String::new() }
    }

    pub fn push(&mut self, colour: Colour, text: &str) {
        // What is blank has no colour, so it can belong to any piece.
        if self.colour != Some(colour) && !text.trim().is_empty() {
            self.end_piece();
            self.colour = Some(colour);
        }
        self.piece.push_str(text);
    }

    /// The line, without blanks at its end.
    pub fn end(mut self) -> String {
        self.piece.truncate(self.piece.trim_end().len());
        self.end_piece();
        self.painted.truncate(self.painted.trim_end().len());
        self.painted
    }

    fn end_piece(&mut self) {
        let piece = std::mem::take(&mut self.piece);
        self.painted.push_str(&self.colour.map_or_else(|| piece.clone(), |colour| self.paint.as_is(colour, &piece)));
    }
}

/// How many columns a text has, a column for each character.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

/// Filled up with spaces at its end, or cut with an ellipsis.
pub(super) fn left(text: &str, columns: usize) -> String {
    let cut = cut(text, columns);
    let missing = columns.saturating_sub(width(&cut));
    cut + &" ".repeat(missing)
}

/// Filled up with spaces at its start.
pub(super) fn right(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(width(text));
    " ".repeat(missing) + text
}

/// At most so many columns, an ellipsis for what does not fit.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_string();
    }
    let kept: String = text.chars().take(columns.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Text from files, with control characters written out: they could move the cursor.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_control() { out.extend(char.escape_unicode()) } else { out.push(char) }
    }
    out
}
