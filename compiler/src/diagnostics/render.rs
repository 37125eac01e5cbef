//! Diagnostics as people read them, with the source beside the message.

use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan,
    SpanContents,
};

use farthing_grammar::Span;

use super::{Diagnostic, Severity, excerpt::Excerpt};
use crate::sources::{FileId, SourceMap};

/// The message with the lines that it speaks of. `width` is the terminal's, in columns.
pub fn render(diagnostic: &Diagnostic, sources: &SourceMap, colour: bool, width: usize) -> String {
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(width)
        .with_context_lines(1)
        .with_links(false)
        .without_syntax_highlighting();
    let mut text = String::new();
    let report = Report { diagnostic, sources, files: files(diagnostic), excerpt: excerpt(diagnostic, sources) };
    handler.render_report(&mut text, &report).expect("writing to a string cannot fail");
    text
}

/// The files that a diagnostic speaks of, the main one first.
fn files(diagnostic: &Diagnostic) -> Vec<FileId> {
    let mut files: Vec<FileId> = Vec::new();
    for label in &diagnostic.labels {
        if !files.contains(&label.place.file) {
            files.push(label.place.file);
        }
    }
    files
}

/// The lines of the main file that the diagnostic speaks of.
fn excerpt(diagnostic: &Diagnostic, sources: &SourceMap) -> Excerpt {
    let file = diagnostic.place().file;
    let places = diagnostic.labels.iter().map(|label| label.place).filter(|place| place.file == file);
    let spans: Vec<Span> = places.map(|place| place.span).collect();
    Excerpt::around(&sources.file(file).text, &spans)
}

/// miette's view of a diagnostic: one file with its labels; other files are related reports.
struct Report<'a> {
    diagnostic: &'a Diagnostic,
    sources: &'a SourceMap,
    files: Vec<FileId>,
    /// What is shown of the main file. Places that miette knows are in it.
    excerpt: Excerpt,
}

impl Report<'_> {
    fn shown(&self, span: Span) -> SourceSpan {
        SourceSpan::from(self.excerpt.offset(span.start)..self.excerpt.offset(span.end))
    }

    fn labels_in(&self, file: FileId) -> Vec<LabeledSpan> {
        let first = self.diagnostic.place();
        self.diagnostic
            .labels
            .iter()
            .filter(|label| label.place.file == file)
            .map(|label| {
                let span = self.shown(label.place.span);
                if label.place == first {
                    LabeledSpan::new_primary_with_span(Some(label.text.clone()), span)
                } else {
                    LabeledSpan::new_with_span(Some(label.text.clone()), span)
                }
            })
            .collect()
    }
}

impl fmt::Debug for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.diagnostic.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        // Places in other files are told in words: miette shows one source for each report.
        let elsewhere: Vec<String> = self
            .diagnostic
            .labels
            .iter()
            .filter(|label| Some(&label.place.file) != self.files.first())
            .map(|label| {
                let (line, column) = self.sources.position(label.place.file, label.place.span.start);
                let source = self.sources.text(label.place).lines().next().unwrap_or("").trim();
                format!("see {}:{line}:{column}, `{source}`: {}", self.sources.file(label.place.file).name, label.text)
            })
            .collect();
        let parts: Vec<String> = self.diagnostic.help.iter().cloned().chain(elsewhere).collect();
        (!parts.is_empty()).then(|| Box::new(parts.join("\n")) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels_in(*self.files.first()?).into_iter()))
    }
}

impl SourceCode for Report<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.excerpt.text.read_span(span, before, after)?;
        // For a message's head, miette asks for the main place itself: it counts columns in bytes, people do not.
        let place = self.diagnostic.place();
        let column = if before == 0 && *span == self.shown(place.span) {
            self.sources.position(place.file, place.span.start).1 - 1
        } else {
            inner.column()
        };
        // miette joins snippets by this count: with two more, a gap of two lines is shown and not cut out.
        let lines = inner.data().iter().filter(|byte| **byte == b'\n').count() + 2;
        Ok(Box::new(MietteSpanContents::new_named(
            self.sources.file(place.file).name.clone(),
            inner.data(),
            *inner.span(),
            inner.line() + self.excerpt.first_line,
            column,
            lines,
        )))
    }
}
