//! Runs the evaluator beside a service: scrapes, GPUs, events, durable state, HTTP and alerts.

pub mod alerts;
mod clock;
pub mod log;
pub mod scrape;
pub mod state;
pub mod engine;
