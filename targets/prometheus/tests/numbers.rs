//! What the rules compute, in Prometheus's own evaluation of scripted series.

mod common;

use std::fs;

use common::{
    constructs,
    plans::{broken_down, cost},
    promtool, said, write_rules,
};
use farthing_plan::{CalendarUnit, Plan};

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

#[test]
fn nothing_of_what_is_excluded_leaks_in() {
    check(&constructs::excluded(), include_str!("figures/excluded.test.yml"));
}

#[test]
fn savings_pay_for_nothing_where_a_budget_is_gross() {
    check(&constructs::budgets(), include_str!("figures/budgets.test.yml"));
}

#[test]
fn alerts_know_what_is_planned_and_need_volume() {
    check(&constructs::planned(), include_str!("figures/planned.test.yml"));
}

#[test]
fn a_comparison_says_something_only_at_equal_quality() {
    check(&constructs::equal_quality(), include_str!("figures/equal_quality.test.yml"));
}

#[test]
fn each_class_is_judged_by_its_own_target() {
    check(&constructs::by_class(), include_str!("figures/by_class.test.yml"));
}

#[test]
fn cheap_questions_do_not_make_a_standardized_cost_look_better() {
    check(&constructs::standardized(), include_str!("figures/standardized.test.yml"));
}

#[test]
fn what_lacks_a_label_is_divided_in_proportion() {
    check(&constructs::allocated(), include_str!("figures/allocated.test.yml"));
}

#[test]
fn what_is_derived_may_be_derived_from_again() {
    check(&constructs::nested(), include_str!("figures/nested.test.yml"));
}

#[test]
fn the_best_slot_is_one_in_which_the_promise_held() {
    check(&constructs::peak(), include_str!("figures/peak.test.yml"));
}

#[test]
fn a_corner_that_fails_while_others_are_met_is_told() {
    check(&constructs::traded(), include_str!("figures/traded.test.yml"));
}

#[test]
fn renamed_labels_queries_and_what_adds_nothing_are_read() {
    check(&constructs::sources(), include_str!("figures/sources.test.yml"));
}

#[test]
fn a_calendar_day_of_25_hours_has_25_hours() {
    let plan = constructs::calendars(vec![constructs::autumn()], &[CalendarUnit::Day]);
    check(&plan, include_str!("figures/calendar_day.test.yml"));
}

#[test]
fn a_slot_belongs_to_the_period_of_its_middle() {
    let plan = constructs::calendars(vec![constructs::kathmandu()], &CalendarUnit::ALL);
    check(&plan, include_str!("figures/calendar_slot.test.yml"));
}
