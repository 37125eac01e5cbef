//! Asks exporters for their metrics.
//!
//! A [`Scraper`] has one thread for each target, so that a target that hangs, lies or floods harms only itself. Each
//! scrape is handed to one closure as a [`Scrape`]: what was read, which series ended, or why there is nothing.
//!
//! Labels, staleness and what is refused are as in Prometheus, so that its rules and this evaluator see the same.

mod batch;
mod client;
mod control;
mod error;
mod health;
mod labels;
mod resolve;
mod scraper;
mod spec;
mod table;
mod target;
mod worker;

pub use batch::{Batch, BatchSample, NewSeries, Scrape, Series};
pub use error::{Reason, ScrapeError};
pub use health::{TargetHealth, write_health};
pub use scraper::{Filter, Scraper};
pub use spec::{Options, TargetSpec};
pub use target::Target;
