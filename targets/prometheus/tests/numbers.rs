//! What the rules compute, in Prometheus's own evaluation of scripted series.

mod common;

use std::fs;

use common::{cost, promtool, said, write_rules};

#[test]
fn a_day_of_a_cost_objective_is_as_worked_out_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    write_rules(&cost(), folder.path());
    fs::write(folder.path().join("test.yml"), include_str!("cost_over_a_day.test.yml")).unwrap();
    let output = promtool(folder.path(), &["test", "rules", "test.yml"]);
    assert!(output.status.success(), "{}", said(&output));
}
