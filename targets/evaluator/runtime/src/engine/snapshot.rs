//! What can be told of a running engine.

use std::sync::Arc;

use farthing_evaluator::{FlowTotal, Report};
use farthing_plan::Plan;
use serde::Serialize;

/// All that an engine can tell, as of one moment.
pub struct Snapshot {
    /// What is evaluated.
    pub plan: Arc<Plan>,
    /// The time, in milliseconds since the epoch, by the engine's clock.
    pub at_ms: i64,
    /// When the engine began.
    pub started_ms: i64,
    /// The verdicts.
    pub report: Report,
    /// What flows have come to; all of it is on the disk.
    pub totals: Vec<FlowTotal>,
    /// About how many bytes the evaluator holds.
    pub state_bytes: usize,
    /// How large the state file is.
    pub file_bytes: u64,
    /// Why the state cannot be written at the moment.
    pub not_durable: Option<String>,
    /// What came in since the process began.
    pub health: EngineHealth,
}

/// What came in since the process began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EngineHealth {
    /// Batches of events that were taken.
    pub batches: u64,
    /// Batches that came again and were not counted again.
    pub batches_again: u64,
    /// Batches of which nothing was taken.
    pub batches_refused: u64,
    /// Events that were taken.
    pub events: u64,
    /// Rows that were left out.
    pub rows_refused: u64,
    /// Scrapes, failed ones included.
    pub scrapes: u64,
    /// Samples of series that a flow reads.
    pub samples: u64,
    /// Of those, the ones refused: out of order, or counters below 0.
    pub samples_refused: u64,
    /// How often other files were taken.
    pub reloads: u64,
    /// How often the machine's clock was set back.
    pub clock_steps_back: u64,
    /// How often it went ahead by more than passed.
    pub clock_steps_ahead: u64,
    /// How far it is behind what was judged.
    pub clock_behind_ms: i64,
}
