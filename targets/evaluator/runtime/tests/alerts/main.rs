//! Alerts on their way: what is sent when, to webhooks, and to a real Alertmanager.

mod alertmanager;
mod book;
mod described;
mod receiver;
mod webhook;

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::Duration,
};

use farthing_runtime::alerts::{Destination, Firing, Notifier, NotifierConfig};

/// How long anything may take before a test fails: no test waits for so long but one that fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// An alert of an objective of this name.
pub fn firing(name: &str, starts_at_ms: i64) -> Firing {
    let labels = [("alertname", "ErrorBudgetBurn"), ("objective", name), ("service", "chat"), ("severity", "page")];
    Firing {
        labels: labels.map(|(name, value)| (name.to_string(), value.to_string())).into(),
        annotations: [("summary".to_string(), format!("{name} burns"))].into(),
        starts_at_ms,
        generator_url: "http://localhost:9464/".into(),
    }
}

/// One that sends to these, as often as by default.
pub fn notifier(destinations: Vec<Destination>) -> Notifier {
    Notifier::start(NotifierConfig { destinations, ..NotifierConfig::default() }).unwrap()
}

/// Waits until this is so.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "{what} did not come to be");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What comes next.
pub fn next<T>(of: &Receiver<T>) -> T {
    match of.recv_timeout(PATIENCE) {
        Ok(item) => item,
        Err(RecvTimeoutError::Timeout) => panic!("nothing came within {PATIENCE:?}"),
        Err(RecvTimeoutError::Disconnected) => panic!("nothing can come any more"),
    }
}
