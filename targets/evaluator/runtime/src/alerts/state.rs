//! What survives a restart.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::firing::Alert;

/// What a [`Notifier`](super::Notifier) knows, to be stored with the evaluator's own state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifierState {
    /// Alerts that fire, and those that were resolved a short while ago.
    pub alerts: Vec<Alert>,
    /// By [`Destination::key`](super::Destination::key), what is known of each.
    pub destinations: BTreeMap<String, DestinationState>,
}

/// What is known of a destination.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DestinationState {
    /// Of an Alertmanager: resolved alerts that it has not been sent yet.
    pub undelivered: Vec<Alert>,
    /// Of a webhook: alerts that it was told to fire.
    pub told: Vec<ToldAlert>,
}

/// An alert that a webhook was told to fire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldAlert {
    /// As it is now; it may be resolved by now.
    pub alert: Alert,
    /// Since when it fires, as was told.
    pub told_start_ms: i64,
    /// When its group was told last.
    pub told_at_ms: i64,
}
