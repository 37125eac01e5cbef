//! Diagnostics as people read them, with the source beside the message.

use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan,
    SpanContents,
};

use super::{Diagnostic, Severity};
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
    let report = Report { diagnostic, sources, files: files(diagnostic) };
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

/// miette's view of a diagnostic: one file with its labels; other files are related reports.
struct Report<'a> {
    diagnostic: &'a Diagnostic,
    sources: &'a SourceMap,
    files: Vec<FileId>,
}

impl Report<'_> {
    fn labels_in(&self, file: FileId) -> Vec<LabeledSpan> {
        let first = self.diagnostic.place();
        self.diagnostic
            .labels
            .iter()
            .filter(|label| label.place.file == file)
            .map(|label| {
                let span = SourceSpan::from(label.place.span.start..label.place.span.end);
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
        let file = self.sources.file(self.diagnostic.place().file);
        let inner = file.text.read_span(span, before, after)?;
        Ok(Box::new(MietteSpanContents::new_named(
            file.name.clone(),
            inner.data(),
            *inner.span(),
            inner.line(),
            inner.column(),
            inner.line_count(),
        )))
    }
}
