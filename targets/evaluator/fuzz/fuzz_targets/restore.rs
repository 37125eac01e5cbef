//! Damaged states: they are said to be so, or all goes on.

#![no_main]

#[path = "../../tests/common/mod.rs"]
mod common;
#[path = "../../tests/judge/mod.rs"]
#[allow(dead_code, reason = "the tests' common parts name it")]
mod judge;

use std::sync::LazyLock;

use common::{Saved, damage, goes_on, rich};
use farthing_plan::Plan;

static RICH: LazyLock<(Plan, Saved)> = LazyLock::new(rich);

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (plan, saved) = &*RICH;
    let mut saved = saved.clone();
    damage(&mut saved, &bytes[..bytes.len().min(7 * 8)]);
    goes_on(plan, &saved);
});
