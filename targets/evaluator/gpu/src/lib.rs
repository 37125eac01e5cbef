//! Samples GPUs through NVML: how busy they are, what they draw, what they hold, and who uses them.
//!
//! ```no_run
//! use farthing_gpu::{Config, Nvml, Sampler};
//!
//! let sampler = Sampler::start(Nvml::new(None), Config::default(), |change| eprintln!("{change}"))?;
//! for sample in sampler.snapshot() {
//!     println!("{} {:?} {}", sample.metric.name, sample.labels, sample.value);
//! }
//! # Ok::<(), String>(())
//! ```
//!
//! All calls are made in a thread of the sampler's own. Who reads it sees what was published last, with its time, and
//! never waits: a driver that hangs harms nobody. What adds up (energy, busy time, time of throttling) is added up here
//! and exported as counters, so that a slow reader loses nothing. Faults are said once, and the sampler comes back by
//! itself.

mod board;
mod call;
mod change;
mod clock;
mod config;
mod integral;
mod metrics;
mod none;
mod nvml;
mod processes;
mod reader;
mod row;
mod sampler;
mod sampling;
pub mod source;

pub use change::{Change, ChangeKind};
pub use clock::{Clock, SystemClock};
pub use config::Config;
pub use metrics::{Kind, METRICS, Metric};
pub use none::NoGpus;
pub use nvml::Nvml;
pub use reader::{GpuStatus, Reader, Sample, Status};
pub use sampler::Sampler;
pub use sampling::Sampling;
pub use source::GpuSource;
