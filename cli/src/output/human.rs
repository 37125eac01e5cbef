//! Diagnostics for people.

use std::collections::BTreeSet;

use farthing_compiler::{Severity, render};

use super::{Style, note};
use crate::load::Loaded;

/// How many diagnostics are shown at most. Who has more has one mistake that makes the others.
const MOST: usize = 100;

/// Shows all diagnostics on stderr and how many there are; nothing where there are none.
pub(crate) fn diagnostics(loaded: &Loaded) {
    let style = Style::stderr();
    note(&diagnostics_text(loaded, style.colour, style.width));
}

/// What [`diagnostics`] shows.
pub(crate) fn diagnostics_text(loaded: &Loaded, colour: bool, width: usize) -> String {
    let mut text = String::new();
    if loaded.diagnostics.is_empty() {
        return text;
    }
    for diagnostic in loaded.diagnostics.iter().take(MOST) {
        text.push_str(render(diagnostic, &loaded.sources, colour, width).trim_end());
        text.push_str("\n\n");
    }
    let rest = loaded.diagnostics.len().saturating_sub(MOST);
    if rest > 0 {
        text.push_str(&format!("{rest} more not shown; `farthing check --format json` tells all\n"));
    }
    text.push_str(&format!("{}\n", summary(loaded)));
    text
}

/// `2 errors, 1 warning in 3 files`
fn summary(loaded: &Loaded) -> String {
    let counts: Vec<String> = [(Severity::Error, "error"), (Severity::Warning, "warning")]
        .into_iter()
        .map(|(severity, word)| (loaded.count(severity), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| plural(count, word))
        .collect();
    let files: BTreeSet<_> = loaded.diagnostics.iter().map(|diagnostic| diagnostic.place().file).collect();
    format!("{} in {}", counts.join(", "), plural(files.len(), "file"))
}

/// `1 file`, `3 files`
pub(crate) fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
