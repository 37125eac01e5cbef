//! Files that are there whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::Failure;

/// What is, or became, of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It was not there and is now.
    Created,
    /// It had another text.
    Updated,
    /// It has the right text already, and was not touched.
    Unchanged,
    /// It is not there.
    Missing,
    /// It has another text.
    OutOfDate,
}

impl State {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            State::Created => "created",
            State::Updated => "updated",
            State::Unchanged => "unchanged",
            State::Missing => "missing",
            State::OutOfDate => "out of date",
        }
    }

    /// For machines.
    pub fn name(self) -> &'static str {
        match self {
            State::OutOfDate => "out_of_date",
            other => other.words(),
        }
    }
}

/// The path of a file in the output folder; without `./`.
pub(crate) fn path(folder: &Path, name: &str) -> PathBuf {
    if folder == Path::new(".") { PathBuf::from(name) } else { folder.join(name) }
}

/// Compares names and texts with what lies in the folder.
///
/// # Errors
/// Exit code 2 for what is there and cannot be read.
pub(crate) fn compare(folder: &Path, files: &[(&str, &str)]) -> Result<Vec<State>, Failure> {
    if folder.exists() && !folder.is_dir() {
        return Err(Failure::usage(format!("{} is a file, not a folder", folder.display())));
    }
    let compare = |(name, text): &(&str, &str)| {
        let path = path(folder, name);
        match fs::read(&path) {
            Ok(bytes) if bytes == text.as_bytes() => Ok(State::Unchanged),
            Ok(_) => Ok(State::OutOfDate),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(State::Missing),
            Err(error) => Err(Failure::usage(format!("cannot read {}: {error}", path.display()))),
        }
    };
    files.iter().map(compare).collect()
}

/// Writes texts to the folder, which is made where there is none. Nothing is replaced before all of it is safely on
/// the disk beside its place.
///
/// # Errors
/// Exit code 2 when something cannot be written.
pub(crate) fn write(folder: &Path, files: &[(&str, &str)]) -> Result<Vec<State>, Failure> {
    let mut states = compare(folder, files)?;
    fs::create_dir_all(folder)
        .map_err(|error| Failure::usage(format!("cannot make the folder {}: {error}", folder.display())))?;
    let mut drafts = Vec::new();
    for ((name, text), state) in files.iter().zip(&mut states) {
        *state = match state {
            State::Missing => State::Created,
            State::OutOfDate => State::Updated,
            _ => continue,
        };
        let path = path(folder, name);
        let draft = Draft::new(&path, text);
        drafts.push(draft.map_err(|error| Failure::usage(format!("cannot write {}: {error}", path.display())))?);
    }
    for draft in drafts {
        let path = draft.place.clone();
        draft.publish().map_err(|error| Failure::usage(format!("cannot write {}: {error}", path.display())))?;
    }
    Ok(states)
}

/// A file under a name of its own beside its place; removed unless it is published.
struct Draft {
    temporary: PathBuf,
    place: PathBuf,
    published: bool,
}

impl Draft {
    fn new(path: &Path, text: &str) -> io::Result<Draft> {
        // What a link points to is replaced, not the link.
        let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let (temporary, mut file) = create_beside(&place)?;
        let draft = Draft { temporary, place, published: false };
        file.write_all(text.as_bytes())?;
        if let Ok(old) = fs::metadata(&draft.place) {
            file.set_permissions(old.permissions())?;
        }
        Ok(draft)
    }

    fn publish(mut self) -> io::Result<()> {
        fs::rename(&self.temporary, &self.place)?;
        self.published = true;
        Ok(())
    }
}

/// Makes a file beside another, under a hidden name that nobody has.
fn create_beside(place: &Path) -> io::Result<(PathBuf, File)> {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let mut attempt = 0;
    loop {
        // In containers, many processes have the same number, and one that was killed may have left its file.
        let temporary = place.with_file_name(format!(".{name}.{}-{attempt}.tmp", std::process::id()));
        match File::create_new(&temporary) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 1000 => attempt += 1,
            result => return result.map(|file| (temporary, file)),
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            // Nothing can be done where even that fails; the name shows what it is.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}
