//! A chat backend that judges its own requests.
//!
//! A request is a struct, so all of its fields are there:
//!
//! ```
//! use embed_rust::slo::{Slo, completions::{Completions, Outcome}};
//! use std::time::SystemTime;
//!
//! let slo = Slo::new()?;
//! slo.completions.record(Completions {
//!     at: SystemTime::now(),
//!     model: "small",
//!     outcome: Outcome::Ok,
//!     context: 1_000.0,
//!     generated: 400.0,
//!     first_token: 180.0,
//! })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! and one that is misspelt, here `contxt`, does not compile:
//!
//! ```compile_fail
//! use embed_rust::slo::{Slo, completions::{Completions, Outcome}};
//! use std::time::SystemTime;
//!
//! let slo = Slo::new()?;
//! slo.completions.record(Completions {
//!     at: SystemTime::now(),
//!     model: "small",
//!     outcome: Outcome::Ok,
//!     contxt: 1_000.0,
//!     generated: 400.0,
//!     first_token: 180.0,
//! })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! nor does an objective that is not there, here `afordable`:
//!
//! ```
//! let slo = embed_rust::slo::Slo::new()?;
//! let budget = slo.backend.affordable.report();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ```compile_fail
//! let slo = embed_rust::slo::Slo::new()?;
//! let budget = slo.backend.afordable.report();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(warnings, missing_docs)]

pub mod backend;
/// What `farthing compile --target rust` wrote.
pub mod slo;

/// The book's page about it.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/src/how-to/embed-rust.md")]
struct BookPage;
