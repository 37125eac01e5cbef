//! How much is taken at once.

/// Limits of what others send. The defaults are those of `farthing run`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest body in bytes, unpacked.
    pub body_bytes: usize,
    /// The longest line in bytes; a longer one is a bad row.
    pub line_bytes: usize,
    /// The most rows of a batch, good and bad.
    pub rows: usize,
    /// The longest value, in bytes, of a label that objectives are broken down by: the evaluator keeps it.
    pub label_bytes: usize,
    /// How far, in milliseconds, an event may lie ahead of the clock: clocks differ.
    pub ahead_ms: i64,
    /// How many problems are listed; all are counted.
    pub problems: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            body_bytes: 16 << 20,
            line_bytes: 1 << 20,
            rows: 100_000,
            label_bytes: 1_024,
            ahead_ms: 60_000,
            problems: 20,
        }
    }
}
