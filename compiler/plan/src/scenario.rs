//! Tests: scenarios of made samples, and what is expected of the objectives.

use serde::{Deserialize, Serialize};

use crate::{Exact, Labels, Severity};

/// A `test` of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// What it shows.
    pub name: String,
    /// The file that it stands in, and the line on which it begins: for reports.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// When it begins, in seconds since the epoch, on a slot.
    pub start: i64,
    /// How long it is, in seconds.
    pub length: u64,
    /// The time between two samples, in seconds.
    pub step: u64,
    /// What is scraped.
    pub series: Vec<TestSeries>,
    /// What the application reports.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<TestEvents>,
    /// What is expected, in the order of the source.
    pub expectations: Vec<Expectation>,
}

/// A series of samples: one at the start of the scenario and one each step after. A histogram is several of them, and so
/// is a gauge of which the series are counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestSeries {
    /// As exposed.
    pub metric: String,
    /// Its labels.
    pub labels: Labels,
    /// What it does, by time: each holds from its own time until the next one's; ascending, at least one. Before the
    /// first there are no samples.
    pub segments: Vec<Segment>,
}

/// Events that are all alike, evenly spread over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestEvents {
    /// The event's name.
    pub event: String,
    /// The values of its fields, in the order of the fields: of label and number fields only.
    pub fields: Vec<EventValue>,
    /// How many there are a second, by time: each holds from its own time until the next one's; ascending.
    pub rates: Vec<EventRate>,
}

/// What a field of an event is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventValue {
    /// A text.
    Label {
        /// The text.
        value: String,
    },
    /// A number, in the unit of the record.
    Number {
        /// The number.
        value: Exact,
    },
    /// A time or a computed field: nothing is stated.
    None,
}

/// How many events there are for some time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventRate {
    /// Since when, in seconds since the scenario's start.
    pub from: u64,
    /// How many a second.
    pub rate: Exact,
}

/// What a series does for some time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Since when, in seconds since the scenario's start.
    pub from: u64,
    /// What it does.
    #[serde(flatten)]
    pub kind: SegmentKind,
}

/// What a series does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "does", rename_all = "snake_case")]
pub enum SegmentKind {
    /// It has this value, in the exposed unit.
    Is {
        /// The value.
        value: Exact,
    },
    /// It rises by so much a second, in the exposed unit, from what it was (0 at the start); below 0 it falls.
    Rises {
        /// By how much a second.
        rate: Exact,
    },
    /// It has ended: a stale marker, and no samples.
    Absent,
}

/// Something that is expected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expectation {
    /// As written.
    pub text: String,
    /// The line on which it stands, from 1.
    pub line: u32,
    /// The id of an objective; or of a trade-off, of which is said whether it is met.
    pub objective: String,
    /// Of which group, where it is broken down: all of its labels, but for alerts, which may be of any of several.
    pub labels: Labels,
    /// What of it.
    #[serde(flatten)]
    pub expected: Expected,
}

/// What is expected. Times are seconds since the scenario's start; spans of time are open at their start, `(from, until]`,
/// and whether alerts fire is judged at each minute in them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "expected", rename_all = "snake_case")]
pub enum Expected {
    /// No alert of this kind fires from the one time to the other.
    NoAlert {
        /// Which.
        alert: AlertWord,
        /// From when.
        from: u64,
        /// Until when.
        until: u64,
    },
    /// An alert of this kind fires at some time from the one to the other, whenever it began.
    Alert {
        /// Which.
        alert: AlertWord,
        /// From when.
        from: u64,
        /// Until when.
        until: u64,
    },
    /// The share of the budget that is consumed, 1 for all of it.
    Consumed {
        /// When.
        at: u64,
        /// The value.
        value: Exact,
        /// By how much it may differ, in the same unit.
        tolerance: Exact,
    },
    /// What is measured, in canonical units.
    Measured {
        /// When.
        at: u64,
        /// The value.
        value: Exact,
        /// By how much it may differ, in the same unit.
        tolerance: Exact,
    },
    /// The burn rate over a window that an alert of the objective uses.
    Burn {
        /// The window in seconds.
        window: u64,
        /// When.
        at: u64,
        /// The value.
        value: Exact,
        /// By how much it may differ, in the same unit.
        tolerance: Exact,
    },
    /// Whether the promise is kept.
    Met {
        /// When.
        at: u64,
        /// Whether; `None` for no verdict.
        met: Option<bool>,
    },
}

/// Which alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertWord {
    /// Any.
    Any,
    /// Pages.
    Page,
    /// Tickets.
    Ticket,
}

impl AlertWord {
    /// Whether it means alerts of a severity.
    pub fn means(self, severity: Severity) -> bool {
        match self {
            AlertWord::Any => true,
            AlertWord::Page => severity == Severity::Page,
            AlertWord::Ticket => severity == Severity::Ticket,
        }
    }
}
