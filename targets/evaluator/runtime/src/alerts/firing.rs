//! Alerts as they are told and sent.

use farthing_plan::Labels;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An alert that fires now. Times are milliseconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firing {
    /// What tells it from others: `alertname`, `severity` and more. None is empty.
    pub labels: Labels,
    /// What people are told. It may change while the alert fires.
    pub annotations: Labels,
    /// Since when. Of an alert that fires already, the first that was told counts.
    pub starts_at_ms: i64,
    /// Where to look at it; may be empty.
    pub generator_url: String,
}

/// An alert to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// What fires, or fired.
    pub firing: Firing,
    /// When it was resolved; none while it fires.
    pub resolved_at_ms: Option<i64>,
}

/// The time as RFC 3339: `2026-04-01T12:00:00Z`. Beyond the years -9999 to 9999, the last one within.
pub(crate) fn rfc3339(ms: i64) -> String {
    let last = if ms < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(ms).unwrap_or(last).to_string()
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// FNV-1a, 64 bits.
pub(crate) fn fnv(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(FNV_OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
}

/// What Alertmanager calls an alert: of each label in order, its name and value, with a byte 255 behind each
/// (`model/fnv.go` and `signature.go`, prometheus/common).
pub(crate) fn fingerprint(labels: &Labels) -> String {
    let texts = labels.iter().flat_map(|(name, value)| [name, value]);
    format!("{:016x}", fnv(texts.flat_map(|text| text.bytes().chain([255]))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339() {
        assert_eq!(rfc3339(1_775_044_800_000), "2026-04-01T12:00:00Z");
        assert_eq!(rfc3339(1_775_044_800_250), "2026-04-01T12:00:00.25Z");
        assert!(rfc3339(i64::MAX).starts_with("9999-12-30T"));
    }

    #[test]
    fn no_labels_have_the_hash_of_nothing() {
        assert_eq!(fingerprint(&Labels::new()), "cbf29ce484222325");
    }
}
