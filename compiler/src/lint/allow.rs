//! `// allow F0902: the judge comes next quarter`: a warning that is meant to be.

use std::collections::HashMap;

use farthing_grammar::{Comment, ItemKind, Span};

use crate::{
    Options,
    diagnostics::{CATALOGUE, Code, Diagnostic, Severity, codes},
    modules::{Module, ModuleId, World},
    sources::{FileId, Place, SourceMap, line_at},
};

/// The codes of warnings that can be allowed.
const WARNINGS: [Code; 11] = [
    codes::UNBOUNDED_LABEL,
    codes::BELOW_ONE,
    codes::UNWATCHED_SPENDING,
    codes::STALE_PRICE,
    codes::NO_VALUE,
    codes::COST_ALONE,
    codes::PER_ATTEMPT,
    codes::GAMEABLE,
    codes::UNUSED,
    codes::UNWATCHED,
    codes::LONG_PERIOD,
];

/// A code that a comment allows.
struct Allowed<'w> {
    /// The code as written.
    written: &'w str,
    place: Place,
    /// The line that it is for, from 0.
    line: usize,
    /// Whether nobody can tell that nothing gets it: it stands in a file that was not asked for, or in a template that
    /// nothing uses.
    is_lenient: bool,
}

/// What the comments of a compilation allow.
#[derive(Default)]
struct Found<'w> {
    allowed: Vec<Allowed<'w>>,
    without_reason: Vec<Diagnostic>,
}

/// Takes away what comments allow. Those that allow nothing or give no reason are told of, but where there are errors not
/// all warnings were looked for.
pub(crate) fn allow(world: &World, mut diagnostics: Vec<Diagnostic>, options: &Options) -> Vec<Diagnostic> {
    let has_errors = diagnostics.iter().any(|found| found.severity == Severity::Error);
    let files: Vec<Lines<'_>> = world
        .modules
        .iter()
        .enumerate()
        .filter(|(index, _)| !world.module_name(ModuleId(*index)).starts_with("std::"))
        .filter(|(_, module)| world.sources.file(module.file).text.contains("allow"))
        .map(|(index, module)| Lines::new(ModuleId(index), module, &world.sources))
        .collect();
    let mut found = Found::default();
    for file in &files {
        for comment in &file.module.tree.comments {
            file.read(world, comment, &mut found);
        }
    }
    if found.allowed.is_empty() {
        return diagnostics;
    }
    // For each place and code, whether something gets it.
    let mut used: HashMap<(FileId, usize, String), bool> = HashMap::new();
    for own in &found.allowed {
        if WARNINGS.iter().any(|code| code.to_string() == own.written) {
            used.insert((own.place.file, own.line, own.written.to_string()), false);
        }
    }
    diagnostics.retain(|warning| {
        let place = warning.place();
        let file = files.iter().find(|file| file.module.file == place.file);
        let (Some(file), Severity::Warning) = (file, warning.severity) else {
            return true;
        };
        let key = (place.file, file.line(place.span.start), warning.code.to_string());
        used.get_mut(&key).is_none_or(|used| {
            *used = true;
            false
        })
    });
    for own in &found.allowed {
        let is_known = WARNINGS.iter().find(|code| code.to_string() == own.written);
        // Without a day, no price is judged.
        let is_unjudged = is_known == Some(&codes::STALE_PRICE) && options.as_of.is_none();
        let is_used = used.get(&(own.place.file, own.line, own.written.to_string())).is_some_and(|used| *used);
        if !is_used && !own.is_lenient && (is_known.is_none() || !has_errors && !is_unjudged) {
            diagnostics.push(nothing(own.written, own.place));
        }
    }
    diagnostics.extend(found.without_reason);
    diagnostics
}

/// A code that nothing gets.
fn nothing(written: &str, place: Place) -> Diagnostic {
    let known = CATALOGUE.iter().find(|(code, ..)| code.to_string() == written);
    let (message, label, help) = match known {
        None => {
            (format!("there is no {written}"), "not a code", "codes are in `farthing explain`, and in each message")
        }
        Some((code, ..)) if WARNINGS.contains(code) => (
            format!("nothing gets {written} here"),
            "allows nothing",
            "remove it; it stands on the line that gets the warning, or right above that",
        ),
        Some((codes::NO_REASON | codes::ALLOWS_NOTHING, ..)) => {
            (format!("{written} is about such comments, and cannot be allowed"), "allows nothing", "mend the comment")
        }
        Some(_) => (format!("{written} is an error, and cannot be allowed"), "an error", "mend what gets it"),
    };
    Diagnostic::warning(codes::ALLOWS_NOTHING, message, place, label).help(help)
}

/// A file by its lines.
struct Lines<'w> {
    id: ModuleId,
    module: &'w Module,
    text: &'w str,
    /// Where each begins.
    starts: &'w [usize],
    /// For each, the next one that is no comment, itself where it is none.
    next: Vec<usize>,
}

impl<'w> Lines<'w> {
    fn new(id: ModuleId, module: &'w Module, sources: &'w SourceMap) -> Self {
        let (text, starts) = (sources.file(module.file).text.as_str(), sources.lines(module.file));
        let mut next: Vec<usize> = (0..starts.len()).collect();
        for line in (0..starts.len().saturating_sub(1)).rev() {
            if text[starts[line]..starts[line + 1]].trim_start().starts_with("//") {
                next[line] = next[line + 1];
            }
        }
        Lines { id, module, text, starts, next }
    }

    fn line(&self, offset: usize) -> usize {
        line_at(self.starts, offset)
    }

    /// Adds what a comment allows; nothing for any other comment.
    fn read(&self, world: &World, comment: &Comment, found: &mut Found<'w>) {
        let own = self.text.get(comment.span.start..comment.span.end).unwrap_or("");
        let rest = own.strip_prefix("//").and_then(|rest| rest.trim_start().strip_prefix("allow"));
        let Some(rest) = rest.filter(|rest| rest.starts_with([' ', '\t'])) else {
            return;
        };
        let (listed, reason) = rest.split_once(':').unwrap_or((rest, ""));
        // `// allow more than one` is a comment like any other.
        let is_code =
            |word: &&str| word.len() == 5 && word.starts_with('F') && word[1..].bytes().all(|b| b.is_ascii_digit());
        let words = listed.split([' ', ',', '\t']).filter(|word| !word.is_empty()).take_while(is_code);
        let is_lenient = !self.module.root || self.is_in_unused_template(world, comment);
        let line = self.next[self.line(comment.span.start)];
        let before = found.allowed.len();
        for written in words {
            let start = comment.span.start + (written.as_ptr() as usize - own.as_ptr() as usize);
            let place = Place { file: self.module.file, span: Span::new(start, start + written.len()) };
            found.allowed.push(Allowed { written, place, line, is_lenient });
        }
        if let Some(first) = found.allowed.get(before)
            && reason.trim().is_empty()
            && self.module.root
        {
            let place = Place { file: self.module.file, span: comment.span };
            found.without_reason.push(
                Diagnostic::warning(codes::NO_REASON, "this allows a warning without a reason", place, "why?").help(
                    format!("write it behind a colon: `// allow {}: the judge comes next quarter`", first.written),
                ),
            );
        }
    }

    /// Of a template that nothing uses, little is known.
    fn is_in_unused_template(&self, world: &World, comment: &Comment) -> bool {
        let items = &self.module.tree.items;
        let around = items.partition_point(|item| item.span.end < comment.span.start);
        items.get(around).filter(|item| item.span.start < comment.span.start).is_some_and(
            |item| matches!(&item.kind, ItemKind::Template { name, .. } if !world.is_used(self.id, &name.text)),
        )
    }
}
