//! Alerts of a report have the labels of the rules. That their words are Prometheus's, a test of `farthing-prometheus`
//! says.

use std::collections::BTreeSet;

use farthing_compiler::{NoModules, Options, SourceFile, compile};
use farthing_evaluator::{Evaluator, Report, SampleValue};
use farthing_plan::{Labels, Plan};
use farthing_prometheus::{Rule, groups};
use farthing_runtime::alerts::{Firing, SILENT_MS, describe_all, silent, unmatched};

const MINUTE: i64 = 60_000;
const NOON: i64 = 1_775_044_800_000;

/// Its quality fails while its cost is met, and one GPU has no price.
const TEXT: &str = r#"
price gpu_hour by model { "H100": $2.50, "L4": $0.70 } per gpu hour as of 2026-01-01

gauge gpus: gpu = "gpus" { model }
counter spend: USD = "spend_usd_total" { model }
counter served: request = "answers_total" { model }
counter judged: request = "judged_total" { model, verdict }

service chat {
  title "Chat assistant"
  owner "platform"
  labels { tier = "1" }
  annotations { dashboard = "https://example.com/{{ $labels.model }}" }

  cost fleet = gpus * gpu_hour
  cost spent = spend
  volume answers = served
  volume all_judged = judged
  volume good = judged { verdict = "good" }

  objective cheap {
    spent / answers <= $0.01 per request
    budget 5% over 30d
    by model
  }
  objective right {
    95% of all_judged are good
    over 30d
    by model
  }
  objective overall {
    fleet / answers <= $1 per request
    budget 5% over 30d
  }
  tradeoff balanced { cost cheap  quality right }
}
"#;

fn plan() -> Plan {
    let file = SourceFile { name: "chat.slo".into(), text: TEXT.into() };
    let compiled = compile(vec![file], &NoModules, &Options::default());
    compiled.plan.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics))
}

/// A series: its name and labels, what it begins with, and what each minute adds.
type Samples = (&'static str, &'static [(&'static str, &'static str)], f64, f64);

fn judged(plan: &Plan) -> Report {
    let mut evaluator = Evaluator::new(plan).unwrap();
    let series: [Samples; 6] = [
        ("gpus", &[("model", "H100")], 1.0, 0.0),
        ("gpus", &[("model", "B200")], 1.0, 0.0),
        ("spend_usd_total", &[("model", "large")], 0.0, 0.5),
        ("answers_total", &[("model", "large")], 0.0, 100.0),
        ("judged_total", &[("model", "large"), ("verdict", "good")], 0.0, 10.0),
        ("judged_total", &[("model", "large"), ("verdict", "bad")], 0.0, 90.0),
    ];
    let ids = series.map(|(name, labels, ..)| evaluator.series(name, labels).expect(name));
    for minute in 0..240 {
        for (id, (.., start, step)) in ids.into_iter().zip(&series) {
            let value = SampleValue::Number(start + step * minute as f64);
            evaluator.observe(id, NOON + minute * MINUTE, value).unwrap();
        }
    }
    evaluator.advance(NOON + 239 * MINUTE);
    evaluator.report()
}

/// The names of the labels and annotations that a rule has, and the labels whose values are no templates.
fn of_rules(plan: &Plan) -> Vec<(String, Labels, BTreeSet<String>)> {
    let groups = groups(plan, &plan.services[0]);
    let rules = groups.into_iter().flat_map(|group| group.rules);
    let alerts = rules.filter_map(|rule| match rule {
        Rule::Alerting(rule) => Some(rule),
        Rule::Recording(_) => None,
    });
    alerts
        .map(|rule| {
            let labels = rule.labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
            (rule.alert.to_string(), labels, rule.annotations.iter().map(|(name, _)| name.to_string()).collect())
        })
        .collect()
}

fn names(firing: &[Firing]) -> BTreeSet<&str> {
    firing.iter().map(|firing| firing.labels["alertname"].as_str()).collect()
}

#[test]
fn each_alert_of_a_report_is_one_of_the_rules() {
    let plan = plan();
    let report = judged(&plan);
    let firing = describe_all(&plan, &report);
    assert_eq!(names(&firing), ["ErrorBudgetBurn", "TradeoffBroken", "Unpriced"].into());
    let rules = of_rules(&plan);
    for firing in &firing {
        let mut own = firing.labels.clone();
        let alert = own.remove("alertname").unwrap();
        let annotations: BTreeSet<String> = firing.annotations.keys().cloned().collect();
        // What a rule does not set comes from the group.
        let is_one = rules.iter().any(|(name, labels, names)| {
            let group: Vec<(&String, &String)> = own.iter().filter(|(name, _)| !labels.contains_key(*name)).collect();
            let is_group = group.is_empty() || group == [(&"model".to_string(), &"large".to_string())];
            *name == alert
                && is_group
                && labels.iter().all(|(name, value)| own.get(name) == Some(value))
                && *names == annotations
        });
        assert!(is_one, "no rule makes {firing:?}");
        assert!(firing.labels.values().all(|value| !value.is_empty()));
        assert!(firing.annotations.values().all(|text| !text.contains("{{")), "{firing:?}");
        assert!((NOON..=report.at_ms).contains(&firing.starts_at_ms));
    }
    let firing = |name: &str, objective: &str| -> &Firing {
        let of = |firing: &&Firing| firing.labels["alertname"] == name && firing.labels["objective"] == objective;
        firing.iter().find(of).unwrap()
    };
    let burning = firing("ErrorBudgetBurn", "right");
    assert_eq!(burning.annotations["dashboard"], "https://example.com/large");
    assert!(burning.annotations["summary"].starts_with("Chat assistant, right, model large burns its budget of 30d "));
    assert!(burning.annotations["description"].contains(" in the last hour, 10% good; "), "{burning:?}");
    let broken = firing("TradeoffBroken", "right");
    assert_eq!(
        broken.annotations["summary"],
        "Chat assistant, balanced, model large: cost is met at the expense of quality"
    );
    assert_eq!(broken.labels["corner"], "quality");
}

#[test]
fn a_flow_without_samples_is_missing_after_ten_minutes() {
    let plan = plan();
    let service = &plan.services[0];
    let started = NOON;
    let last = |flow: &str| (flow != "chat/spent").then_some(NOON + 60 * MINUTE);
    let flows = |now: i64| -> Vec<String> {
        silent(service, last, started, now).into_iter().map(|firing| firing.labels["flow"].clone()).collect()
    };
    assert_eq!(flows(NOON + SILENT_MS - 1), [""; 0]);
    assert_eq!(flows(NOON + SILENT_MS), ["chat/spent"]);
    let all = silent(service, last, started, NOON + 70 * MINUTE);
    assert!(all.len() > 3, "{all:?}");
    let spent = all.iter().find(|firing| firing.labels["flow"] == "chat/spent").unwrap();
    assert_eq!(spent.starts_at_ms, NOON + SILENT_MS);
    assert_eq!(spent.annotations["summary"], "Chat assistant has no samples of chat/spent");
    let rules = of_rules(&plan);
    for firing in all {
        let mut own = firing.labels;
        assert_eq!(own.remove("alertname").as_deref(), Some("InputMissing"));
        assert!(rules.iter().any(|(name, labels, _)| name == "InputMissing" && *labels == own), "{own:?}");
    }
}

#[test]
fn a_group_that_others_lack_is_told() {
    let plan = plan();
    let service = &plan.services[0];
    let indicator = &service.indicators.iter().find(|indicator| indicator.by == ["model"]).unwrap().id;
    let group = Labels::from([("model".to_string(), "tiny".to_string())]);
    let told = unmatched(service, indicator, "chat/spent", &group, 1.0, NOON).unwrap();
    assert_eq!(told.labels["model"], "tiny");
    assert_eq!(told.labels["indicator"], *indicator);
    assert!(told.annotations["summary"].contains(", model tiny: "), "{told:?}");
    assert!(unmatched(service, indicator, "chat/nothing", &group, 1.0, NOON).is_none());
}
