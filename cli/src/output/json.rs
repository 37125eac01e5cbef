//! Diagnostics for machines: one JSON document on stdout, whose shape changes only with its version.

use std::{collections::HashMap, ops::Range};

use farthing_compiler::{Diagnostic, FileId, Place, Severity, SourceMap};
use serde::Serialize;

use crate::{Failure, load::Loaded};

/// The version of the shape.
const VERSION: u32 = 1;

/// What `check` and `compile` say.
#[derive(Serialize)]
pub(crate) struct Document {
    version: u32,
    /// Why the command could not run to its end; no diagnostics then.
    error: Option<String>,
    diagnostics: Vec<Shown>,
    summary: Summary,
    /// What `compile` made; absent from what `check` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    outputs: Option<Vec<Output>>,
}

/// A file that was made.
#[derive(Serialize)]
pub(crate) struct Output {
    pub path: String,
    pub target: &'static str,
    pub state: &'static str,
    /// The text, where it is written to no file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

#[derive(Default, Serialize)]
struct Summary {
    files: usize,
    errors: usize,
    warnings: usize,
}

#[derive(Serialize)]
struct Shown {
    code: String,
    severity: &'static str,
    message: String,
    #[serde(flatten)]
    location: Location,
    labels: Vec<Text>,
    help: Vec<String>,
    fixes: Vec<Fix>,
}

#[derive(Serialize)]
struct Text {
    text: String,
    #[serde(flatten)]
    location: Location,
}

#[derive(Serialize)]
struct Fix {
    replacement: String,
    #[serde(flatten)]
    location: Location,
}

/// Lines and columns from 1, columns in characters; the range in bytes from 0, its end excluded.
#[derive(Serialize)]
struct Location {
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    range: Range<usize>,
}

impl Document {
    /// Of a compilation.
    pub fn new(loaded: &Loaded) -> Self {
        let mut places = Places { sources: &loaded.sources, lines: HashMap::new() };
        let diagnostics = loaded.diagnostics.iter().map(|diagnostic| places.diagnostic(diagnostic)).collect();
        let summary = Summary {
            files: loaded.files.len(),
            errors: loaded.count(Severity::Error),
            warnings: loaded.count(Severity::Warning),
        };
        Document { version: VERSION, error: None, diagnostics, summary, outputs: None }
    }

    /// Of a command that could not run to its end.
    pub fn failed(failure: &Failure) -> Self {
        let error = Some(failure.message().to_string());
        Document { version: VERSION, error, diagnostics: Vec::new(), summary: Summary::default(), outputs: None }
    }

    /// With what was made.
    pub fn with_outputs(mut self, outputs: Vec<Output>) -> Self {
        self.outputs = Some(outputs);
        self
    }

    /// The text, with a line's end.
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("INVARIANT: all keys are strings");
        text.push('\n');
        text
    }
}

/// Lines and columns of places. Each file's lines are found once, however many diagnostics it has.
struct Places<'a> {
    sources: &'a SourceMap,
    /// The first byte of each line.
    lines: HashMap<FileId, Vec<usize>>,
}

impl Places<'_> {
    fn diagnostic(&mut self, diagnostic: &Diagnostic) -> Shown {
        Shown {
            code: diagnostic.code.to_string(),
            severity: match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            message: diagnostic.message.clone(),
            location: self.location(diagnostic.place()),
            labels: diagnostic
                .labels
                .iter()
                .map(|label| Text { text: label.text.clone(), location: self.location(label.place) })
                .collect(),
            help: diagnostic.help.iter().cloned().collect(),
            fixes: diagnostic
                .fix
                .iter()
                .map(|fix| Fix { replacement: fix.replacement.clone(), location: self.location(fix.place) })
                .collect(),
        }
    }

    fn location(&mut self, place: Place) -> Location {
        let (line, column) = self.position(place.file, place.span.start);
        let (end_line, end_column) = self.position(place.file, place.span.end);
        let file = self.sources.file(place.file).name.clone();
        Location { file, line, column, end_line, end_column, range: place.span.start..place.span.end }
    }

    fn position(&mut self, file: FileId, offset: usize) -> (usize, usize) {
        let text = &self.sources.file(file).text;
        let starts = self.lines.entry(file).or_insert_with(|| {
            std::iter::once(0).chain(text.match_indices('\n').map(|(newline, _)| newline + 1)).collect()
        });
        let limit = offset.min(text.len());
        let offset = (0..=limit).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let line = starts.partition_point(|start| *start <= offset);
        (line, text[starts[line - 1]..offset].chars().count() + 1)
    }
}
