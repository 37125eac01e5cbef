//! Any bytes, as a scrape and as a recorded file.
#![no_main]

#[path = "../../tests/common/invariants.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|text: &[u8]| invariants::hold(text));
