//! Opening the state file, and what can be wrong with it.

use std::{
    cell::Cell,
    fmt, fs, io,
    panic::{self, AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Once,
};

use farthing_evaluator::{Evaluator, RestoreError, SavedState};
use redb::{Builder, Database, DatabaseError, ReadOnlyDatabase, StorageError};

use super::{NAMED, RECORDS, StateFile, keys};

/// The file's name within its folder.
pub const FILE: &str = "state.redb";

/// What the database may keep in memory, in bytes. What the evaluator needs it has in memory itself.
const CACHE: usize = 4 << 20;

/// Why a state cannot be used. The file stays as it is.
#[derive(Debug)]
pub enum OpenError {
    /// The folder or file cannot be read or written.
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Another process has it.
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// It is not what was written.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Another version of farthing wrote it.
    Version {
        /// The file.
        path: PathBuf,
        /// What is said of it.
        what: String,
    },
    /// The plan is one that no compiler makes.
    Plan(String),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::Io { path, error } => write!(f, "{}: {error}", path.display()),
            OpenError::InUse { path } => write!(
                f,
                "{} is in use by another process: each farthing needs a --state folder of its own",
                path.display()
            ),
            OpenError::Damaged { path, what } => write!(
                f,
                "{} is damaged ({what}). It was left as it is. Put a copy of it back, or move it away to begin without \
                 history: mv {} {}.damaged",
                path.display(),
                path.display(),
                path.display()
            ),
            OpenError::Version { path, what } => write!(
                f,
                "{}: {what}. It was left as it is. Use the farthing that wrote it, or move it away to begin without \
                 history: mv {} {}.other",
                path.display(),
                path.display(),
                path.display()
            ),
            OpenError::Plan(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for OpenError {}

impl StateFile {
    /// Opens the state of a folder, which is made where it is not there.
    ///
    /// # Errors
    /// Where the folder cannot be made, or the file cannot be read, is in use, damaged or of another version.
    pub fn open(folder: &Path) -> Result<StateFile, OpenError> {
        let failed = |error| OpenError::Io { path: folder.to_path_buf(), error };
        fs::create_dir_all(folder).map_err(failed)?;
        let path = folder.join(FILE);
        check_version(&path)?;
        let database = database(&path, |builder, path| builder.create(path))?;
        let tables = || -> Result<(), redb::Error> {
            let transaction = database.begin_write()?;
            transaction.open_table(RECORDS)?;
            transaction.open_table(NAMED)?;
            keys::create(&transaction)?;
            transaction.commit()?;
            Ok(())
        };
        tables().map_err(|error| OpenError::read(path.clone(), error))?;
        Ok(StateFile { path, database: Some(database) })
    }
}

impl OpenError {
    /// Why the file at `path` cannot be used where this is what became of an attempt.
    pub(crate) fn read(path: PathBuf, error: redb::Error) -> OpenError {
        match error {
            redb::Error::Io(error) if !is_damage(&error) => OpenError::Io { path, error },
            other => OpenError::Damaged { path, what: other.to_string() },
        }
    }
}

/// Whether an error tells of what the file holds, and not of the system: it is no such file, or ends too early.
fn is_damage(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
}

/// Opens the database again, which is there: a new one would begin without what was written before.
pub(super) fn again(path: &Path) -> Result<Database, OpenError> {
    database(path, |builder, path| builder.open(path))
}

/// Refuses a file of another version before it is opened for writing, which changes bytes of it. One that was not closed,
/// or is damaged, says nothing here.
fn check_version(path: &Path) -> Result<(), OpenError> {
    let check = || {
        let database = Builder::new().set_cache_size(CACHE).open_read_only(path).ok()?;
        match Evaluator::check_version(&ReadOnly(database)) {
            Err(error @ RestoreError::Version { .. }) => Some(error.to_string()),
            _ => None,
        }
    };
    match quietly(check) {
        Ok(Some(what)) => Err(OpenError::Version { path: path.to_path_buf(), what }),
        _ => Ok(()),
    }
}

thread_local! {
    /// Whether a panic of this thread is an answer.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Does something on which the database's engine may panic where a file is damaged: that is one more way to say so, and
/// must neither end the process nor write to the terminal.
fn quietly<T>(what: impl FnOnce() -> T) -> std::thread::Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                before(info);
            }
        }));
    });
    QUIET.set(true);
    let done = catch_unwind(AssertUnwindSafe(what));
    QUIET.set(false);
    done
}

/// A file that is only read.
struct ReadOnly(ReadOnlyDatabase);

impl SavedState for ReadOnly {
    type Error = redb::Error;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, redb::Error> {
        super::get(&self.0, key)
    }

    fn scan(&self, prefix: &[u8], each: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), redb::Error> {
        super::scan(&self.0, prefix, each)
    }
}

/// Opens the database. Every page is checked: a file that something else has changed is not trusted.
fn database(
    path: &Path,
    open: impl Fn(&Builder, &Path) -> Result<Database, DatabaseError>,
) -> Result<Database, OpenError> {
    let open = || open(Builder::new().set_cache_size(CACHE).set_check_integrity_on_open(true), path);
    let opened = quietly(open);
    let path = || path.to_path_buf();
    match opened {
        Ok(Ok(database)) => Ok(database),
        Ok(Err(DatabaseError::DatabaseAlreadyOpen)) => Err(OpenError::InUse { path: path() }),
        Ok(Err(DatabaseError::UpgradeRequired(version))) => Err(OpenError::Version {
            path: path(),
            what: format!("its format is {version}, which this farthing does not read"),
        }),
        Ok(Err(DatabaseError::Storage(StorageError::Io(error)))) if !is_damage(&error) => {
            Err(OpenError::Io { path: path(), error })
        }
        Ok(Err(error)) => Err(OpenError::Damaged { path: path(), what: error.to_string() }),
        Err(_) => Err(OpenError::Damaged { path: path(), what: "it cannot be read".to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(folder: &Path) -> OpenError {
        StateFile::open(folder).err().expect("a state that cannot be used")
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(FILE);
        drop(StateFile::open(folder.path()).expect("a new state"));
        let whole = fs::read(&file).expect("the file");
        for length in [1, 100, 4_000, whole.len() / 2] {
            fs::write(&file, &whole[..length]).expect("the file");
            let error = refused(folder.path());
            assert!(matches!(error, OpenError::Damaged { .. }), "{length}: {error}");
        }
        fs::write(&file, "a text").expect("the file");
        assert!(matches!(refused(folder.path()), OpenError::Damaged { .. }));
        // An end before the first write leaves an empty one.
        fs::write(&file, "").expect("the file");
        drop(StateFile::open(folder.path()).expect("a new state"));
        fs::remove_file(&file).and_then(|()| fs::create_dir(&file)).expect("a folder in its place");
        assert!(matches!(refused(folder.path()), OpenError::Io { .. }));
    }

    #[test]
    fn a_file_that_is_gone_is_not_begun_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(FILE);
        assert!(matches!(again(&file), Err(OpenError::Io { .. })));
        assert!(!file.exists());
    }
}
