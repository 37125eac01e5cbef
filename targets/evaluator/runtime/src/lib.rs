//! Runs the evaluator beside a service: scrapes, GPUs, events, durable state, HTTP and alerts.
//!
//! | part | does |
//! |---|---|
//! | [`scrape`] | asks exporters for their metrics, each in a thread of its own |
//! | [`engine`] | owns the evaluator and the state, in one thread; all others send it what they have |
//! | [`state`] | keeps everything that must outlive the process in one file, by transactions |
//! | [`alerts`] | tells an Alertmanager or a webhook which alerts fire |
//! | [`serve`] | answers over HTTP: events, reports, metrics, a page |

pub mod alerts;
mod clock;
pub mod engine;
pub mod log;
mod run;
pub mod scrape;
pub mod serve;
pub mod state;

pub use clock::{MachineTime, Time};
pub use run::{Gpus, Options, RunError, run};
