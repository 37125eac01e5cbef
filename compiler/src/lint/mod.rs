//! Lints: what compiles, and is probably not what was meant. They look at a plan without errors.

mod allow;
mod objective;
mod unused;

pub(crate) use allow::allow;
pub(crate) use objective::{metrics, service};
pub(crate) use unused::unused;
