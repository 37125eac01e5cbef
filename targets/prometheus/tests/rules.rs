//! The text of whole files, and that it is what the structured form says and what Prometheus accepts.

mod common;

use std::{collections::BTreeMap, fs};

use common::{
    constructs,
    plans::{broken_down, cost, shares},
    promtool, said, write_rules,
};
use farthing_plan::Plan;
use farthing_prometheus::{Group, Rule, groups, rules};

#[derive(serde::Deserialize, serde::Serialize)]
struct File<'a> {
    groups: Vec<Group<'a>>,
}

fn plans() -> Vec<Plan> {
    let mut plans = constructs::all();
    plans.extend([cost(), shares(), broken_down()]);
    plans
}

#[test]
fn a_mean_of_cost() {
    insta::assert_snapshot!(rules(&cost())[0].text);
}

#[test]
fn shares_and_quantiles_of_histograms_and_events() {
    insta::assert_snapshot!(rules(&shares())[0].text);
}

#[test]
fn broken_down_by_labels() {
    insta::assert_snapshot!(rules(&broken_down())[0].text);
}

#[test]
fn over_a_calendar_month() {
    insta::assert_snapshot!(rules(&constructs::calendar_month())[0].text);
}

#[test]
fn time_that_counts_for_nothing() {
    insta::assert_snapshot!(rules(&constructs::excluded())[0].text);
}

#[test]
fn gross_and_per_unit_budgets() {
    insta::assert_snapshot!(rules(&constructs::budgets())[0].text);
}

#[test]
fn an_alert_that_needs_volume_and_knows_what_is_planned() {
    insta::assert_snapshot!(rules(&constructs::planned())[0].text);
}

#[test]
fn a_comparison_at_equal_quality() {
    insta::assert_snapshot!(rules(&constructs::equal_quality())[0].text);
}

#[test]
fn a_target_for_each_class() {
    insta::assert_snapshot!(rules(&constructs::by_class())[0].text);
}

#[test]
fn standardized_to_a_mix() {
    insta::assert_snapshot!(rules(&constructs::standardized())[0].text);
}

#[test]
fn a_cost_allocated_to_models() {
    insta::assert_snapshot!(rules(&constructs::allocated())[0].text);
}

#[test]
fn the_best_slot() {
    insta::assert_snapshot!(rules(&constructs::peak())[0].text);
}

#[test]
fn a_tradeoff() {
    insta::assert_snapshot!(rules(&constructs::traded())[0].text);
}

#[test]
fn renamed_labels_queries_and_what_has_no_price() {
    insta::assert_snapshot!(rules(&constructs::sources())[0].text);
}

#[test]
fn the_text_says_what_the_groups_say() {
    for plan in plans() {
        let files = rules(&plan);
        assert_eq!(files[0].name, format!("{}.rules.yml", plan.services[0].name));
        let read: File = serde_yaml::from_str(&files[0].text).unwrap();
        let mut groups = groups(&plan, &plan.services[0]);
        for rule in groups.iter_mut().flat_map(|group| &mut group.rules) {
            // A comment is in the text only.
            match rule {
                Rule::Recording(rule) => rule.comment = "".into(),
                Rule::Alerting(rule) => rule.comment.clear(),
            }
        }
        assert_eq!(read.groups, groups);
        assert!(!files[0].text.contains("\n---"), "Prometheus ignores a second document");
    }
}

#[test]
fn the_groups_serialize_as_prometheus_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    for plan in plans() {
        let file = File { groups: groups(&plan, &plan.services[0]) };
        fs::write(folder.path().join("rules.yml"), serde_yaml::to_string(&file).unwrap()).unwrap();
        let output = promtool(folder.path(), &["check", "rules", "--lint=all", "--lint-fatal", "rules.yml"]);
        assert!(output.status.success(), "{}", said(&output));
    }
}

#[test]
fn promtool_finds_nothing_to_complain_of() {
    let folder = tempfile::tempdir().unwrap();
    for plan in plans() {
        write_rules(&plan, folder.path());
        let output = promtool(folder.path(), &["check", "rules", "--lint=all", "--lint-fatal", "rules.yml"]);
        assert!(output.status.success(), "{}", said(&output));
    }
}

#[test]
fn a_rule_reads_only_what_was_recorded_before_it() {
    for plan in plans() {
        let groups = groups(&plan, &plan.services[0]);
        // What one group reads of the other it reads by range: the order between groups does not matter there.
        let others: Vec<(String, String)> = groups[1..].iter().flat_map(recorded).collect();
        for rule in groups[1..].iter().flat_map(|group| &group.rules) {
            let Rule::Recording(rule) = rule else { panic!("an alert among what is added up") };
            assert!(rule.expr.contains("_over_time(") && rule.expr.ends_with("ms])"), "{}", rule.expr);
        }
        let mut before = others.clone();
        for rule in &groups[0].rules {
            let expr = match rule {
                Rule::Recording(rule) => &rule.expr,
                Rule::Alerting(rule) => &rule.expr,
            };
            for part in expr.split("farthing:").skip(1) {
                let (name, rest) = part.split_once('{').unwrap();
                let labels = rest.split_once('}').unwrap().0.to_string();
                let name = format!("farthing:{name}");
                // A selector may have matchers for labels that the rule does not set, and lack some of those that it does.
                let is_selected = |(recorded, set): &(String, String)| {
                    let given = |text: &str| -> BTreeMap<String, String> {
                        let pairs = text.split(',').filter_map(|pair| pair.split_once("=\""));
                        pairs.map(|(name, value)| (name.to_string(), value.to_string())).collect()
                    };
                    let (set, asked) = (given(set), given(&labels));
                    *recorded == name
                        && asked.iter().all(|(label, value)| set.get(label).is_none_or(|set| set == value))
                };
                assert!(before.iter().any(is_selected), "{name}{{{labels}}} is read before it is recorded, by {expr}");
            }
            before.extend(series(rule));
        }
        for group in &groups[1..] {
            assert_eq!(group.interval_s, farthing_prometheus::LONG_INTERVAL);
        }
    }
}

fn recorded(group: &Group) -> Vec<(String, String)> {
    group.rules.iter().filter_map(series).collect()
}

/// Name and labels of what a rule records, as a selector says them.
fn series(rule: &Rule) -> Option<(String, String)> {
    let Rule::Recording(rule) = rule else {
        return None;
    };
    let labels: Vec<String> = rule.labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
    Some((rule.record.to_string(), labels.join(",")))
}

#[test]
fn a_service_with_nothing_to_record_has_no_file() {
    let mut plan = cost();
    plan.services[0].flows.clear();
    plan.services[0].indicators.clear();
    plan.services[0].objectives.clear();
    assert_eq!(rules(&plan), []);
}
