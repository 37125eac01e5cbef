//! Where texts come from: the compiler itself reads no file.

use std::collections::HashMap;

use farthing_grammar::Span;

/// A source file by its number in [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A text and the name that messages call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The path as the user wrote it, or `std::vllm` for a module of the standard library.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Brings the texts of modules that files import: from disk, editor buffers or a browser.
pub trait Sources {
    /// The module `path` (`prices`, `shared::prices`) as seen from the file called `importer`: by convention
    /// `prices.slo`, `shared/prices.slo` beside it. `None` where there is none. The standard library is not asked
    /// for here.
    fn module(&self, importer: &str, path: &[String]) -> Option<SourceFile>;

    /// The names of modules that could be imported from there, for did-you-mean.
    fn siblings(&self, importer: &str) -> Vec<String>;
}

/// No modules but the standard library's.
pub struct NoModules;

impl Sources for NoModules {
    fn module(&self, _: &str, _: &[String]) -> Option<SourceFile> {
        None
    }

    fn siblings(&self, _: &str) -> Vec<String> {
        Vec::new()
    }
}

/// All texts of one compilation.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
    /// Of each file, where its lines begin.
    lines: Vec<Vec<usize>>,
    by_name: HashMap<String, FileId>,
}

impl SourceMap {
    /// Adds a file, or finds the one that has this name already.
    pub fn add(&mut self, file: SourceFile) -> FileId {
        if let Some(id) = self.by_name.get(&file.name) {
            return *id;
        }
        let id = FileId(self.files.len() as u32);
        self.by_name.insert(file.name.clone(), id);
        let newlines = file.text.match_indices('\n').map(|(newline, _)| newline + 1);
        self.lines.push(std::iter::once(0).chain(newlines).collect());
        self.files.push(file);
        id
    }

    /// The file with this name.
    pub fn find(&self, name: &str) -> Option<FileId> {
        self.by_name.get(name).copied()
    }

    /// The file with this number.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// Line and column, both from 1, the column in characters.
    pub fn position(&self, id: FileId, offset: usize) -> (usize, usize) {
        let text = &self.file(id).text;
        let mut end = offset.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let starts = self.lines(id);
        let line = line_at(starts, end);
        (line + 1, text[starts[line]..end].chars().count() + 1)
    }

    /// Where the lines of a file begin.
    pub(crate) fn lines(&self, id: FileId) -> &[usize] {
        &self.lines[id.0 as usize]
    }

    /// The text of a place as one line: without comments and with single blanks.
    pub fn line(&self, place: Place) -> String {
        let lines = self.text(place).lines().map(without_comment);
        lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
    }

    /// The text of a place.
    pub fn text(&self, place: Place) -> &str {
        self.file(place.file).text.get(place.span.start..place.span.end).unwrap_or("")
    }
}

/// The number of the line that a place in a text is on, from 0.
pub(crate) fn line_at(starts: &[usize], offset: usize) -> usize {
    // INVARIANT: the first line begins at 0.
    starts.partition_point(|start| *start <= offset) - 1
}

/// A line up to its comment. Two slashes in a text in quotes begin none.
fn without_comment(line: &str) -> &str {
    let (mut quoted, mut escaped, mut slash) = (false, false, false);
    for (at, sign) in line.char_indices() {
        if !quoted && slash && sign == '/' {
            return &line[..at - 1];
        }
        slash = sign == '/';
        quoted ^= sign == '"' && !escaped;
        escaped = quoted && sign == '\\' && !escaped;
    }
    line
}

/// A place in a source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Which file.
    pub file: FileId,
    /// Where in it.
    pub span: Span,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_neither_comments_nor_line_ends() {
        let text = "$1 // cheap\n   per\trequest // \"each\"\n\"http://a\\\"//\"/b";
        let mut sources = SourceMap::default();
        let file = sources.add(SourceFile { name: "a.slo".into(), text: text.into() });
        let line = sources.line(Place { file, span: Span::new(0, text.len()) });
        assert_eq!(line, "$1 per request \"http://a\\\"//\"/b");
    }
}
