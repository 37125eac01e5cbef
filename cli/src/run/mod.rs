//! `farthing run`: the evaluator beside a service, until it is told to stop.

mod options;

use std::sync::Arc;

use farthing_compiler::Options;
use farthing_plan::Plan;
use farthing_runtime::engine::Snapshot;
use farthing_runtime::serve::Views;

use crate::{
    Failure, Outcome, load, output,
    report::{self, Reported},
};
pub(crate) use options::Arguments;

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let loaded = load::compiled(&arguments.paths, &Options::default())?;
    let Some(plan) = loaded.plan else {
        return Ok(Outcome::Errors);
    };
    let nothing = |plan: &Plan| plan.services.iter().all(|service| service.objectives.is_empty());
    if nothing(&plan) {
        return Err(Failure::input(format!("there is no objective in {}", arguments.paths.join(", "))));
    }
    let paths = arguments.paths.clone();
    let load = move || {
        let loaded = load::quietly(&paths, &Options::default()).map_err(|failure| failure.message().to_string())?;
        match loaded.plan {
            Some(plan) if nothing(&plan) => Err("there is no objective in the files".to_string()),
            Some(plan) => Ok(plan),
            None => {
                // Whole messages where somebody looks at the process, and the first one where somebody asked.
                output::diagnostics(&loaded);
                Err(loaded.diagnostics.first().map_or_else(String::new, |of| format!("{}: {}", of.code, of.message)))
            }
        }
    };
    let options = arguments.options(plan, Arc::new(load), views())?;
    farthing_runtime::run(options).map_err(Failure::usage)?;
    Ok(Outcome::Fine)
}

/// Reports as other commands show them.
fn views() -> Views {
    fn reported(snapshot: &Snapshot) -> Reported<'_> {
        Reported { plan: &snapshot.plan, report: &snapshot.report, notes: &[], skipped: 0 }
    }
    Views {
        json: Box::new(|snapshot| report::json(&reported(snapshot))),
        text: Box::new(|snapshot| report::human(&reported(snapshot), false)),
    }
}
