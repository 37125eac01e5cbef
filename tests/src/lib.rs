//! What the tests of the whole need: series of samples, a real Prometheus that has them and the generated rules'
//! results, the evaluator and the brute-force judge over the same samples, and the comparison of the three.

mod agent;
mod agreement;
mod azure;
mod backfill;
mod directory;
mod evaluated;
pub mod examples;
mod failure;
pub mod generated;
mod recorded;
mod samples;
mod scenario;
pub mod scenarios;
mod server;
mod stages;
mod trace;
mod traffic;
mod worst;

pub use agent::{Away, Batch, End, Life, batches, live};
pub use agreement::{Agreement, compare};
pub use backfill::{Backfilled, backfill, blocks};
pub use directory::Directory;
pub use evaluated::{Evaluated, evaluate};
pub use failure::Failure;
pub use recorded::{Firing, Recorded, Traded, record};
pub use samples::{STALE, Series, open_metrics};
pub use scenario::{Length, Scenario};
pub use server::{Answer, Server};
pub use stages::{Alerting, Recording, Rules};
pub use trace::{Key, Quantity, Trace};
pub use traffic::{Clock, Kind, Random, daily};
pub use worst::Worst;
