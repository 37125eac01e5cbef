//! A Rust module from a [`Plan`], for a program that has the evaluator inside.
//!
//! The module holds the plan, a struct for each kind of event and a handle for each objective, on top of
//! `farthing_evaluator::embed`: a field, a value or an objective that is not there does not compile. One module for
//! all services, since they share events.
//!
//! | of the plan | in the module |
//! |---|---|
//! | all of it | `Slo`, with `Slo::new`, `advance`, `report` |
//! | the event `requests` | the field `requests` of `Slo`, which records; the module `requests` with the struct `Requests` |
//! | its label `outcome` with listed values | the enum `requests::Outcome` |
//! | the service `chat` | the field `chat` of `Slo`; the module `chat` with the struct `Chat` |
//! | its objective `affordable` | the field `affordable` of `Chat`, which reports |
//!
//! The text is as rustfmt leaves it with its default settings. It stands in a file of its own (`mod slo;`) or is
//! included where it is wanted (`include!`), so it begins with no inner attribute.
#![warn(missing_docs)]

mod code;
mod event;
mod literal;
mod names;
mod plan;
mod service;
mod slo;

use farthing_plan::Plan;

/// The name of the file that [`module`] is for.
pub const FILE_NAME: &str = "slo.rs";

/// The module's text. The same plan gives the same bytes.
pub fn module(plan: &Plan) -> String {
    slo::module(plan)
}
