//! Opening the state file, and what can be wrong with it.

use std::{
    fmt, fs, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use redb::{Builder, Database, DatabaseError, StorageError};

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
        let database = database(&path)?;
        let tables = || -> Result<(), redb::Error> {
            let transaction = database.begin_write()?;
            transaction.open_table(RECORDS)?;
            transaction.open_table(NAMED)?;
            keys::create(&transaction)?;
            transaction.commit()?;
            Ok(())
        };
        let damaged = |error: redb::Error| match error {
            redb::Error::Io(error) => OpenError::Io { path: path.clone(), error },
            other => OpenError::Damaged { path: path.clone(), what: other.to_string() },
        };
        tables().map_err(damaged)?;
        Ok(StateFile { path, database: Some(database) })
    }
}

/// Opens the database. Every page is checked: a file that something else has changed is not trusted.
pub(super) fn database(path: &Path) -> Result<Database, OpenError> {
    let open = || Builder::new().set_cache_size(CACHE).set_check_integrity_on_open(true).create(path);
    // What is damaged must not end the process without a word: the engine may panic on it in debug builds.
    let opened = catch_unwind(AssertUnwindSafe(open));
    let path = || path.to_path_buf();
    match opened {
        Ok(Ok(database)) => Ok(database),
        Ok(Err(DatabaseError::DatabaseAlreadyOpen)) => Err(OpenError::InUse { path: path() }),
        Ok(Err(DatabaseError::UpgradeRequired(version))) => Err(OpenError::Version {
            path: path(),
            what: format!("its format is {version}, which this farthing does not read"),
        }),
        Ok(Err(DatabaseError::Storage(StorageError::Io(error)))) if error.kind() != io::ErrorKind::InvalidData => {
            Err(OpenError::Io { path: path(), error })
        }
        Ok(Err(error)) => Err(OpenError::Damaged { path: path(), what: error.to_string() }),
        Err(_) => Err(OpenError::Damaged { path: path(), what: "it cannot be read".to_string() }),
    }
}
