//! Modules from the disk.

use std::{
    cell::RefCell,
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use farthing_compiler::{SourceFile, Sources};

use super::text;
use crate::{Failure, output::name};

/// Brings imported modules: `shared::prices` is `shared/prices.slo` in the folder of the file that imports it.
#[derive(Default)]
pub(crate) struct DiskSources {
    inner: RefCell<Inner>,
}

#[derive(Default)]
struct Inner {
    /// The file behind each name that the compiler knows.
    paths: HashMap<String, PathBuf>,
    /// The name of each file, by its path without links and detours: one file has one name, however it is reached.
    names: HashMap<PathBuf, String>,
    /// Why the first module that is there could not be read.
    failure: Option<Failure>,
}

impl DiskSources {
    /// Reads a file that was asked for; `None` where it was read before.
    pub(super) fn root(&mut self, path: &Path) -> Result<Option<SourceFile>, Failure> {
        let inner = self.inner.get_mut();
        let name = name(path);
        // What has no path of its own (a pipe) is what it is called.
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        if inner.names.contains_key(&real) {
            return Ok(None);
        }
        let text = text::read(path, &name)?;
        inner.names.insert(real, name.clone());
        inner.paths.insert(name.clone(), path.to_path_buf());
        Ok(Some(SourceFile { name, text }))
    }

    /// Why a module that is there could not be read, if one could not.
    ///
    /// # Errors
    /// Exit code 2 for a file that cannot be read, 1 for one that is not UTF-8.
    pub(crate) fn failure(&self) -> Result<(), Failure> {
        self.inner.borrow_mut().failure.take().map_or(Ok(()), Err)
    }
}

impl Sources for DiskSources {
    fn module(&self, importer: &str, path: &[String]) -> Option<SourceFile> {
        let mut inner = self.inner.borrow_mut();
        let mut file = folder(&inner.paths, importer);
        file.extend(path);
        // Not `set_extension`: that is for what follows the last dot.
        file.as_mut_os_string().push(".slo");
        let real = fs::canonicalize(&file).ok().filter(|real| real.is_file())?;
        let name = inner.names.get(&real).cloned().unwrap_or_else(|| name(&file));
        match text::read(&file, &name) {
            Ok(text) => {
                inner.names.insert(real, name.clone());
                inner.paths.entry(name.clone()).or_insert(file);
                Some(SourceFile { name, text })
            }
            Err(failure) => {
                inner.failure.get_or_insert(failure);
                None
            }
        }
    }

    fn siblings(&self, importer: &str) -> Vec<String> {
        let folder = folder(&self.inner.borrow().paths, importer);
        let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
        let own = Path::new(importer).file_stem();
        let Ok(entries) = fs::read_dir(folder) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                let is_module = path.extension()? == "slo" && path.file_stem() != own;
                is_module.then(|| path.file_stem()?.to_str().map(String::from))?
            })
            .collect();
        names.sort();
        names
    }
}

/// The folder of a file by its name.
fn folder(paths: &HashMap<String, PathBuf>, importer: &str) -> PathBuf {
    let path = paths.get(importer).map_or(Path::new(importer), PathBuf::as_path);
    path.parent().unwrap_or(Path::new("")).to_path_buf()
}
