//! The compiler of the `.slo` language: texts in, a plan and diagnostics out. It does no IO and never panics on input.
//!
//! | stage | from | to |
//! |---|---|---|
//! | parse | text | `SyntaxTree` (crate `farthing-grammar`) |
//! | resolve | trees of all modules | `modules::World`: names bound to declarations |
//! | check | `World` | `value::Value`: each expression's instrument, unit and source |
//! | lower | values of objectives | [`Plan`] (crate `farthing-plan`) |
//! | lint | a plan without errors | warnings of promises that are too easy to keep |

mod breakdown;
mod calendar;
mod check;
pub mod diagnostics;
mod exclusion;
mod flows;
mod hidden;
mod lint;
mod lower;
mod modules;
mod objective;
mod policy;
mod priced;
mod reported;
mod scenario;
mod service;
mod shown;
pub mod sources;
mod spending;
mod syntax_errors;
mod syntax_hints;
mod template;
mod tradeoff;
mod units;
mod value;

pub use diagnostics::{Code, Diagnostic, Severity, explain, render};
use farthing_plan::Plan;
pub use sources::{FileId, NoModules, Place, SourceFile, SourceMap, Sources};

/// What decides about a compilation beside the texts.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The day, `YYYY-MM-DD`, against which the age of prices is judged. Without it, no price is old.
    pub as_of: Option<String>,
}

/// What came of a compilation.
#[derive(Clone, Debug)]
pub struct Compilation {
    /// The plan; `None` when there is an error.
    pub plan: Option<Plan>,
    /// Everything there is to say, in the order of files and places.
    pub diagnostics: Vec<Diagnostic>,
    /// All texts, those of imported modules too.
    pub sources: SourceMap,
}

/// Compiles files together. Each file is a module; services of all of them make one plan.
pub fn compile(files: Vec<SourceFile>, sources: &dyn Sources, options: &Options) -> Compilation {
    let mut diagnostics = Vec::new();
    let world = modules::World::load(files, sources, &mut diagnostics);
    let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
    let is_whole = !diagnostics.iter().any(is_error);
    let lowered = lower::plan(&world, options, is_whole);
    diagnostics.extend(lowered.diagnostics);
    if !diagnostics.iter().any(is_error) {
        // A promise is never dropped in silence, not even by a mistake of the compiler's own.
        diagnostics.extend(lowered.lost.into_iter().map(|place| {
            let message = "this objective cannot be compiled, and farthing does not know why";
            Diagnostic::error(diagnostics::codes::NOT_COMPILED, message, place, "not compiled")
                .help("this is a mistake of farthing's: please report it with the file")
        }));
    }
    let mut diagnostics = lint::allow(&world, diagnostics, options);
    diagnostics.sort_by_key(|diagnostic| (diagnostic.place(), diagnostic.code));
    diagnostics.dedup();
    let failed = diagnostics.iter().any(is_error);
    Compilation { plan: (!failed).then_some(lowered.plan), diagnostics, sources: world.sources }
}
