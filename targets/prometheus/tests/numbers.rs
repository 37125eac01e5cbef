//! What the rules compute, in Prometheus's own evaluation of scripted series.

mod common;

use std::fs;

use common::{
    plans::{broken_down, cost},
    promtool, said, write_rules,
};
use farthing_plan::Plan;

/// Has promtool evaluate the rules of a plan over the series of a test file, and compare.
fn check(plan: &Plan, test: &str) {
    let folder = tempfile::tempdir().unwrap();
    write_rules(plan, folder.path());
    fs::write(folder.path().join("test.yml"), test).unwrap();
    let output = promtool(folder.path(), &["test", "rules", "test.yml"]);
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn a_day_of_a_cost_objective_is_as_worked_out_by_hand() {
    check(&cost(), include_str!("cost_over_a_day.test.yml"));
}

#[test]
fn a_group_that_one_input_lacks_is_told() {
    check(&broken_down(), include_str!("unmatched_labels.test.yml"));
}
