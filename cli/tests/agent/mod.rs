//! A running `farthing run`, and what is around it: who asks it and whom it asks.
#![allow(dead_code, unused_imports, reason = "not every test uses everything")]

mod daemon;
mod exporter;
mod http;
mod metrics;
mod random;

pub use daemon::Daemon;
pub use exporter::Exporter;
pub use http::{Answer, Connection};
pub use metrics::Metrics;
pub use random::Random;

use std::{
    env,
    io::Write as _,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Whether the long form is to be run: `FARTHING_LONG=1`. Where not, says so, past the capturing of tests' output.
pub fn is_long(what: &str) -> bool {
    let is_long = env::var_os("FARTHING_LONG").is_some_and(|value| value == "1");
    if !is_long {
        let said = format!("\n*** SHORT: {what}. All of it runs with FARTHING_LONG=1 only. ***\n\n");
        // Where nobody listens, nobody is to be told.
        let _ = std::io::stderr().write_all(said.as_bytes());
    }
    is_long
}

/// Says a figure, past the capturing of tests' output.
pub fn say(what: &str) {
    let _ = std::io::stderr().write_all(format!("   {what}\n").as_bytes());
}

/// A thread that failed is told by its own panic; the others go on.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
