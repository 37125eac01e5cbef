//! Bodies of events: nothing panics, both readers agree, and what is good is judged.

#![no_main]

#[path = "../../tests/common/check.rs"]
mod check;
#[path = "../../tests/common/mod.rs"]
mod common;

use std::sync::LazyLock;

use farthing_intake::Schema;
use farthing_plan::Plan;

static PLAN: LazyLock<Plan> = LazyLock::new(|| common::plan(true));
static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::new(&PLAN, "requests").expect("an event"));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check::body(&PLAN, &SCHEMA, bytes));
