//! From rows of events to columns that the evaluator takes.
//!
//! A [`Schema`] knows which columns of an event some objective reads, and what they hold. It reads rows where no evaluator
//! is: JSON lines at once, or row by row with a [`Builder`]. A bad row is a [`Problem`] with its line, its column and a
//! way out. [`Parsed::resolve`] then takes the batch to the evaluator, and [`Batch::record`] records it: what was checked
//! can be made durable in between.
//!
//! ```
//! use farthing_compiler::{NoModules, Options, SourceFile, compile};
//! use farthing_evaluator::Evaluator;
//! use farthing_intake::{Limits, Mode, Schema};
//!
//! let text = "
//!     event requests {
//!       at:        time
//!       model:     label
//!       generated: output_token
//!     }
//!     service chat {
//!       objective brief { 99% of requests have generated < 1000 output_token  over 30d  by model }
//!     }
//! ";
//! let file = SourceFile { name: "chat.slo".into(), text: text.into() };
//! let plan = compile(vec![file], &NoModules, &Options::default()).plan.ok_or("chat.slo has errors")?;
//! let schema = Schema::new(&plan, "requests")?;
//!
//! let body = br#"{"at": "2026-10-01T12:00:00Z", "model": "large", "generated": 210}
//! {"at": "2026-10-01T12:00:01Z", "model": "large", "generated": "many"}
//! "#;
//! let now_ms = 1_790_856_005_000;
//! let parsed = schema.parse_json_lines(body, now_ms, &Limits::default())?;
//! assert_eq!(parsed.problems().to_string(), "line 2, column generated: \"many\" is not a number");
//!
//! let mut evaluator = Evaluator::new(&plan)?;
//! let batch = parsed.resolve(&mut evaluator, Mode::Partial)?;
//! assert_eq!(batch.record(&mut evaluator)?.recorded, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod batch;
mod cell;
#[cfg(test)]
#[path = "../tests/common/mod.rs"]
mod common;
mod decode;
mod fields;
mod json;
mod limits;
mod names;
mod problems;
mod resolve;
mod row;
mod schema;
pub mod time;

pub use batch::{Builder, Labels, Parsed};
pub use cell::Cell;
pub use decode::decode;
pub use limits::Limits;
pub use names::{did_you_mean, listed};
pub use problems::{Problem, Problems, Refused};
pub use resolve::{Batch, Mode, Unresolved, too_many_values};
pub use row::{Flaw, Row, Value};
pub use schema::{Column, Schema, SchemaError};
