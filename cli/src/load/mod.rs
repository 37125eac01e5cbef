//! From the paths of the command line to a compilation.

mod disk;
mod files;
mod text;

use farthing_compiler::{Diagnostic, Options, Severity, SourceFile, SourceMap};
use farthing_plan::Plan;

use crate::{Failure, output};
pub(crate) use disk::DiskSources;

/// What came of compiling the files below some paths.
pub(crate) struct Loaded {
    /// `None` where there are errors; they are among the diagnostics.
    pub plan: Option<Plan>,
    /// All there is to say, in the order of files and places.
    pub diagnostics: Vec<Diagnostic>,
    /// All texts, those of imported modules too.
    pub sources: SourceMap,
    /// The names of the files that were asked for.
    pub files: Vec<String>,
}

impl Loaded {
    /// How many diagnostics are as bad as this.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }
}

/// Reads files and all `.slo` files below folders, sorted, each once. With them comes what brings the modules that
/// they import.
///
/// # Errors
/// Exit code 2 for a path that is not there, cannot be read, or is a folder without `.slo` files; 1 for a text that is
/// not UTF-8.
pub(crate) fn sources(paths: &[String]) -> Result<(Vec<SourceFile>, DiskSources), Failure> {
    let mut disk = DiskSources::default();
    let mut sources = Vec::new();
    for path in files::below(paths)? {
        if let Some(source) = disk.root(&path)? {
            sources.push(source);
        }
    }
    Ok((sources, disk))
}

/// Compiles what lies below the paths, and says nothing about it. Lints are left out: they are for who writes a file, and not
/// for who has it compiled or judged.
///
/// # Errors
/// As [`sources`], for imported files too.
pub(crate) fn quietly(paths: &[String], options: &Options) -> Result<Loaded, Failure> {
    let mut loaded = linted(paths, options)?;
    loaded.diagnostics.retain(|diagnostic| !diagnostic.code.is_lint());
    Ok(loaded)
}

/// As [`quietly`], with lints.
///
/// # Errors
/// As [`sources`], for imported files too.
pub(crate) fn linted(paths: &[String], options: &Options) -> Result<Loaded, Failure> {
    let (sources, disk) = sources(paths)?;
    let files = sources.iter().map(|source| source.name.clone()).collect();
    let compilation = farthing_compiler::compile(sources, &disk, options);
    disk.failure()?;
    Ok(Loaded { plan: compilation.plan, diagnostics: compilation.diagnostics, sources: compilation.sources, files })
}

/// Compiles what lies below the paths, and shows errors and warnings on stderr. Where there is no plan, the command
/// has nothing more to do but to end with [`crate::Outcome::Errors`].
///
/// # Errors
/// As [`sources`], for imported files too.
pub(crate) fn compiled(paths: &[String], options: &Options) -> Result<Loaded, Failure> {
    let loaded = quietly(paths, options)?;
    output::diagnostics(&loaded);
    Ok(loaded)
}
