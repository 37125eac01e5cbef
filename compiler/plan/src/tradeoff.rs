//! Trade-offs: cost, latency and quality as one promise.

use serde::{Deserialize, Serialize};

/// A promise of several objectives at once.
///
/// It is met when all of its corners are, and has no verdict while one of them has none. Its budget is that of its worst
/// corner: consumed is the greatest of the corners', and so is the burn rate over each window, of the corners whose
/// alerts use it. An objective that is a corner and met by itself is not met while another corner is not: what was saved
/// was taken from there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tradeoff {
    /// `service/name`.
    pub id: String,
    /// Its name, an identifier, unique in the service.
    pub name: String,
    /// What people call it; the name where nothing was stated.
    pub title: String,
    /// The doc comment of its declaration.
    pub doc: Option<String>,
    /// At least two, in the order of the source; all are broken down by the same labels.
    pub corners: Vec<Corner>,
}

/// One of the objectives of a trade-off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corner {
    /// What it stands for.
    pub kind: CornerKind,
    /// The id of an objective of the same service.
    pub objective: String,
}

/// What a corner stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CornerKind {
    /// What it costs.
    Cost,
    /// How soon it comes.
    Latency,
    /// How good it is.
    Quality,
}

impl CornerKind {
    /// As written.
    pub fn name(self) -> &'static str {
        match self {
            CornerKind::Cost => "cost",
            CornerKind::Latency => "latency",
            CornerKind::Quality => "quality",
        }
    }
}
