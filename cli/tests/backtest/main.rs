//! `farthing backtest`: verdicts on recorded data, and messages about data that is not as it should be.

mod events;
mod openmetrics;
mod rows;
#[path = "../scratch/mod.rs"]
mod scratch;

/// One verdict of a report in JSON.
fn verdict<'a>(report: &'a serde_json::Value, objective: &str) -> &'a serde_json::Value {
    let objectives = report["services"].as_array().expect("services").iter();
    let mut objectives = objectives.flat_map(|service| service["objectives"].as_array().expect("objectives"));
    let found = objectives.find(|found| found["name"] == objective).expect("the objective");
    &found["verdicts"][0]
}

/// Whether a number of a report is this one, but for the rounding of floats.
fn assert_near(found: &serde_json::Value, expected: f64) {
    let number = found.as_f64().unwrap_or_else(|| panic!("{found} is no number"));
    assert!((number - expected).abs() <= 1e-9 * expected.abs().max(1e-9), "{number} is not {expected}");
}
