//! Runs the evaluator beside a service: scrapes, GPUs, events, durable state, HTTP and alerts.

pub mod alerts;
pub mod scrape;
