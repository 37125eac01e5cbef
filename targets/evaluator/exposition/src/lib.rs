//! Reads and writes what exporters expose: Prometheus's text format 0.0.4 and OpenMetrics 1.0.
//!
//! [`parse`] reads one scrape. It is strict, as Prometheus is: one bad line refuses the whole. It allocates nothing: a
//! sample borrows its series' text as it stands, and who sees the same series every few seconds keeps what it means by
//! that text. [`named`] takes a new one apart.
//!
//! ```
//! use farthing_exposition::{Format, Limits, named, parse};
//!
//! let text = b"# TYPE requests counter\nrequests_total{model=\"a\"} 12\n# EOF\n";
//! let mut read = Vec::new();
//! let summary = parse(text, Format::OpenMetrics, &Limits::default(), &mut |sample| {
//!     read.push((sample.series.to_string(), sample.value));
//!     Ok(())
//! })?;
//! assert_eq!(summary.samples, 1);
//! let (name, labels) = named(&read[0].0).expect("a series that was parsed");
//! assert_eq!((name.as_str(), labels), ("requests_total", vec![("model".to_string(), "a".to_string())]));
//! # Ok::<(), farthing_exposition::ParseError>(())
//! ```
//!
//! [`recorded`] reads lines of a file of many scrapes, such as `promtool tsdb dump-openmetrics` writes, and forgives
//! more. [`Writer`] writes both formats.

mod comment;
mod error;
mod format;
mod parse;
pub mod recorded;
mod scan;
mod series;
mod writer;

pub use error::ParseError;
pub use format::{Format, Kind};
pub use parse::{Limits, Sample, Summary, parse};
pub use series::{Named, family, named};
pub use writer::Writer;
