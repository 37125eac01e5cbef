//! Which files paths stand for.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use crate::Failure;

/// The files among the paths and the `.slo` files below folders among them. Those of one folder are sorted; hidden
/// files and folders are left out.
///
/// # Errors
/// Exit code 2 for a path that is not there, a folder that cannot be read, and a folder without `.slo` files.
pub(super) fn below(paths: &[String]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for given in paths {
        let path = Path::new(given);
        let metadata = fs::metadata(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Failure::usage(format!("there is no file or folder {given}")),
            _ => Failure::usage(format!("cannot read {given}: {error}")),
        })?;
        if !metadata.is_dir() {
            files.push(path.to_path_buf());
            continue;
        }
        let mut found = Vec::new();
        walk(path, &mut HashSet::new(), &mut found)?;
        if found.is_empty() {
            return Err(Failure::usage(format!(
                "there are no .slo files in the folder {given}; `farthing demo --out DIR` writes an example"
            )));
        }
        found.sort();
        files.append(&mut found);
    }
    Ok(files)
}

/// Collects the `.slo` files below a folder. Links are followed, but no folder is entered twice.
fn walk(folder: &Path, seen: &mut HashSet<PathBuf>, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error| Failure::usage(format!("cannot read the folder {}: {error}", folder.display()));
    if !seen.insert(fs::canonicalize(folder).map_err(failed)?) {
        return Ok(());
    }
    // Sorted, so that of a folder and a link to it always the same one is entered first.
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        entries.push(entry.map_err(failed)?.file_name());
    }
    entries.sort();
    for name in entries {
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        // `./a.slo` is called `a.slo`.
        let path = if folder == Path::new(".") { PathBuf::from(&name) } else { folder.join(&name) };
        if path.is_dir() {
            walk(&path, seen, found)?;
        } else if path.extension().is_some_and(|extension| extension == "slo") {
            found.push(path);
        }
    }
    Ok(())
}
