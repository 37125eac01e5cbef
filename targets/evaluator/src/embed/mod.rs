//! The evaluator inside an application: shared by threads, by the system's clock, with a struct for each kind of event.
//!
//! `farthing compile --target rust` writes a module on top of this: the plan, a struct for each event and a handle for each
//! objective, so that a field or an objective that is not there does not compile. This is what it comes to, by hand:
//!
//! ```
//! use std::time::{Duration, SystemTime};
//! use farthing_evaluator::{RecordError, embed::{Event, Recorder, Row, Shared}};
//!
//! /// A request of the plan's event `requests`.
//! struct Request<'a> {
//!     at: SystemTime,
//!     model: &'a str,
//!     spent: f64,
//! }
//!
//! impl Event for Request<'_> {
//!     type Kind = Request<'static>;
//!     const NAME: &'static str = "requests";
//!
//!     fn time(&self) -> Option<SystemTime> {
//!         Some(self.at)
//!     }
//!
//!     // In the order of the plan's fields.
//!     fn fill(&self, row: &mut Row<'_>) -> Result<(), RecordError> {
//!         row.text(self.model)?;
//!         row.number(self.spent);
//!         Ok(())
//!     }
//! }
//!
//! # use farthing_compiler::{NoModules, Options, SourceFile, compile};
//! # let text = "event requests { at: time  model: label  spent: USD }
//! #   service chat { objective cheap { 99% of requests have spent < $0.01  over 30d } }";
//! # let file = SourceFile { name: "chat.slo".into(), text: text.into() };
//! # let plan = compile(vec![file], &NoModules, &Options::default()).plan.ok_or("errors")?.to_json();
//! let shared = Shared::from_json(&plan)?;
//! let requests: Recorder<Request<'static>> = shared.recorder()?;
//! let cheap = shared.objective("chat/cheap")?;
//!
//! let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_775_044_800);
//! std::thread::scope(|threads| {
//!     for model in ["small", "large"] {
//!         let requests = &requests;
//!         threads.spawn(move || requests.record(Request { at: start, model, spent: 0.002 }));
//!     }
//! });
//! let report = cheap.report_at(start + Duration::from_secs(600));
//! assert_eq!(report.verdicts[0].denominator, 2.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod clock;
mod error;
mod handles;
mod memo;
mod recorder;
mod row;
mod shared;
#[cfg(test)]
mod tests;

pub use error::OpenError;
pub use handles::{Objective, Service, Tradeoff};
pub use recorder::{Event, Recorder};
pub use row::Row;
pub use shared::Shared;

// What generated modules name, in one place.
pub use crate::{BatchOutcome, ObjectiveReport, RecordError, Report, ServiceReport, TradeoffReport};
