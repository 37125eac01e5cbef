//! A folder of one test, removed when the test passes.

use std::{
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

/// A folder of its own, below the system's temporary folder. A test that fails leaves it for whoever looks.
#[derive(Debug)]
pub struct Directory(PathBuf);

impl Directory {
    /// A new, empty folder with this word in its name.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(word: &str) -> io::Result<Self> {
        Directory::below(&std::env::temp_dir(), word)
    }

    fn below(folder: &Path, word: &str) -> io::Result<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("farthing-{word}-{}-{number}", std::process::id()));
        match std::fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => std::fs::create_dir_all(&path)?,
        }
        Ok(Directory(path))
    }

    /// The same in memory, where the system has a folder for that: for what is written often.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn in_memory(word: &str) -> io::Result<Self> {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Directory::below(memory, word) } else { Directory::new(word) }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what the test left is in {}", self.0.display());
        } else if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("{} could not be removed: {error}", self.0.display());
        }
    }
}
