//! Plans, data and comparisons that the tests share.

#![allow(dead_code, unused_imports, reason = "each test uses a part")]

mod agreement;
mod damage;
mod data;
mod plans;

pub use agreement::*;
pub use damage::*;
pub use data::*;
pub use plans::*;

pub const MIN: i64 = 60_000;
pub const HOUR: i64 = 60 * MIN;
pub const DAY: i64 = 24 * HOUR;
pub const DAY_S: u64 = 86_400;

/// A midnight.
pub const START: i64 = 20_000 * DAY;
