//! What is told without Prometheus is what Prometheus would tell: promtool fills the same templates with the same numbers.

mod common;

use std::collections::BTreeMap;

use common::{
    constructs,
    plans::{broken_down, cost, shares},
    promtool, said,
};
use farthing_plan::{Labels, Objective, Plan, Service};
use farthing_prometheus::{
    Rule, groups,
    told::{Filled, MetCorner, Moment, Told, broken, burning, missing, needed, unmatched},
};
use serde_json::{Value, json};

/// Numbers of which each kind is shown in another way, and none at all.
const NUMBERS: [Option<f64>; 6] = [Some(14.567), Some(0.012345), None, Some(123_456.7), Some(-0.25), Some(0.9999999)];

/// An alert, the rule that the plan has for it, and what is known at the moment.
struct Case {
    told: Told,
    moment: Moment,
    /// The series that the templates ask for.
    series: Vec<(String, Labels, f64)>,
}

fn labels<'a>(by: &'a [String], own: &[(&'a str, &'a str)]) -> Labels {
    // A quote and a brace: values are anything.
    let group = by.iter().map(|name| (name.clone(), format!("a \"{name}\" {{b}}")));
    group.chain(own.iter().map(|(name, value)| (name.to_string(), value.to_string()))).collect()
}

fn of_objective(service: &Service, objective: &Objective, number: usize) -> Vec<Case> {
    let mut group = labels(&objective.by, &[("objective", &objective.name), ("service", &service.name)]);
    group.extend(objective.only.clone());
    let of = |at: usize| NUMBERS[(number + at) % NUMBERS.len()];
    let named = [
        ("budget_consumed", of(0)),
        ("excess_rate1h", of(1)),
        ("exhaustion_seconds", of(2)),
        ("sli", of(3)),
        ("sli1h", of(4)),
    ];
    let series: Vec<_> = named
        .iter()
        .filter_map(|(name, value)| Some((format!("farthing:objective:{name}"), group.clone(), (*value)?)))
        .collect();
    let moment = |value| Moment {
        labels: group.clone(),
        value,
        budget_consumed: of(0),
        excess_rate1h: of(1),
        exhaustion_seconds: of(2),
        sli: of(3),
        sli1h: of(4),
        corners_met: vec![],
    };
    (0..objective.alerts.len())
        .map(|alert| Case {
            told: burning(service, objective, alert).unwrap(),
            moment: moment(of(5 + alert).unwrap_or(7.0)),
            series: series.clone(),
        })
        .collect()
}

fn of_tradeoffs(service: &Service) -> Vec<Case> {
    let mut cases = Vec::new();
    for tradeoff in &service.tradeoffs {
        let group = |corner: usize| {
            let corner = &tradeoff.corners[corner];
            let objective = service.objective(&corner.objective).unwrap();
            let own = [
                ("corner", corner.kind.name()),
                ("objective", &*objective.name),
                ("service", &*service.name),
                ("tradeoff", &*tradeoff.name),
            ];
            labels(&objective.by, &own)
        };
        let consumed = |corner: usize| if corner == 0 { 2.125 } else { 0.1 * corner as f64 };
        let name = "farthing:tradeoff:corner_consumed".to_string();
        let met = (1..tradeoff.corners.len()).map(|corner| MetCorner {
            kind: tradeoff.corners[corner].kind,
            objective: group(corner)["objective"].clone(),
            consumed: consumed(corner),
        });
        cases.push(Case {
            told: broken(service, tradeoff, 0).unwrap(),
            moment: Moment { labels: group(0), value: consumed(0), corners_met: met.collect(), ..Moment::default() },
            series: (0..tradeoff.corners.len()).map(|corner| (name.clone(), group(corner), consumed(corner))).collect(),
        });
    }
    cases
}

fn of_inputs(service: &Service) -> Vec<Case> {
    let silent = needed(service)
        .into_iter()
        .map(|flow| (missing(service, flow).unwrap(), { labels(&[], &[("flow", flow), ("service", &service.name)]) }));
    let indicators = service.indicators.iter().filter(|indicator| !indicator.by.is_empty());
    let alone = indicators.flat_map(|indicator| {
        let told = service.flows.iter().filter_map(|flow| unmatched(service, &indicator.id, &flow.id));
        told.map(|told| (told, labels(&indicator.by, &[]))).collect::<Vec<_>>()
    });
    silent
        .chain(alone)
        .map(|(told, labels)| Case { told, moment: Moment { labels, value: 1.0, ..Moment::default() }, series: vec![] })
        .collect()
}

/// The rule of the plan that tells this: its templates are what is compared.
fn rule<'a>(rules: &'a [Rule<'a>], told: &Told) -> &'a farthing_prometheus::Alerting<'a> {
    let templates = |pairs: &[(String, farthing_prometheus::told::Text)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, text)| (name.clone(), text.template())).collect()
    };
    let own = (templates(&told.labels), templates(&told.annotations));
    let pairs = |pairs: &farthing_prometheus::Pairs| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    };
    let found = rules.iter().find_map(|rule| match rule {
        Rule::Alerting(rule) if rule.alert == told.alert => {
            ((pairs(&rule.labels), pairs(&rule.annotations)) == own).then_some(&**rule)
        }
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no rule says {:?}", own))
}

fn series(name: &str, labels: &Labels) -> String {
    let pairs: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    format!("{name}{{{}}}", pairs.join(","))
}

/// The rules of one plan, each with an expression that is the case's own group and value, and promtool's test of them.
fn files(plan: &Plan, number: usize) -> (Value, Value, usize) {
    let service = &plan.services[0];
    let groups = groups(plan, service);
    let rules: Vec<Rule> = groups.into_iter().flat_map(|group| group.rules).collect();
    let objectives = service.objectives.iter().enumerate();
    let mut cases: Vec<Case> =
        objectives.flat_map(|(index, objective)| of_objective(service, objective, number + index)).collect();
    cases.extend(of_tradeoffs(service));
    cases.extend(of_inputs(service));
    let mut asked = BTreeMap::new();
    let mut written = Vec::new();
    let mut expected: BTreeMap<&str, Vec<Filled>> = BTreeMap::new();
    for (index, case) in cases.iter().enumerate() {
        let rule = rule(&rules, &case.told);
        let mut own = case.moment.labels.clone();
        own.insert("case".into(), index.to_string());
        asked.insert(series("told", &own), case.moment.value);
        asked.extend(case.series.iter().map(|(name, labels, value)| (series(name, labels), *value)));
        let mut rule = serde_json::to_value(rule).unwrap();
        rule["expr"] = format!("sum without (case) (told{{case=\"{index}\"}})").into();
        rule["for"] = "0s".into();
        written.push(rule);
        expected.entry(case.told.alert).or_default().push(case.told.fill(&case.moment));
    }
    let input: Vec<Value> = asked
        .iter()
        .map(|(series, value)| json!({"series": series, "values": format!("{value} {value} {value}")}))
        .collect();
    let alerts: Vec<Value> = expected
        .iter()
        .map(|(name, filled)| {
            let filled: Vec<Value> = filled
                .iter()
                .map(|filled| {
                    let mut labels = filled.labels.clone();
                    labels.remove("alertname");
                    json!({"exp_labels": labels, "exp_annotations": filled.annotations})
                })
                .collect();
            json!({"eval_time": "1m", "alertname": name, "exp_alerts": filled})
        })
        .collect();
    let rules = json!({"groups": [{"name": "told", "rules": written}]});
    let test = json!({"interval": "1m", "input_series": input, "alert_rule_test": alerts});
    (rules, test, cases.len())
}

/// What promtool says of these, and whether it has no complaint.
fn judged(rules: &Value, tests: &[Value]) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, value: &Value| {
        std::fs::write(folder.path().join(name), serde_yaml::to_string(value).unwrap()).unwrap();
    };
    write("rules.yml", rules);
    write("test.yml", &json!({"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": tests}));
    let output = promtool(folder.path(), &["test", "rules", "test.yml"]);
    (output.status.success(), said(&output))
}

#[test]
fn what_is_filled_here_is_what_prometheus_fills() {
    let mut plans = constructs::all();
    plans.extend([cost(), shares(), broken_down()]);
    // What an owner may write.
    let objective = &mut plans[0].services[0].objectives[0];
    objective.labels.insert("team".into(), "of {{ $labels.service | toUpper }}".into());
    objective.labels.insert("none".into(), "{{ $labels.nothing }}".into());
    objective.annotations.insert("burns".into(), "{{$value}}, {{ $value | humanizePercentage }} {{ not }}".into());
    objective.annotations.insert("plain".into(), "{{ $value }} and {{ $value | humanizeDuration }}".into());
    objective.runbook = Some("https://example.com/{{ $labels.objective }}".into());
    let mut cases = 0;
    for plan in &plans {
        let mut tests = Vec::new();
        let mut rules = Value::Null;
        for number in 0..NUMBERS.len() {
            let (written, test, count) = files(plan, number);
            rules = written;
            tests.push(test);
            cases += count;
        }
        let (passes, said) = judged(&rules, &tests);
        assert!(passes, "{}: {said}", plan.services[0].objectives[0].id);
    }
    assert!(cases > 500, "{cases}");
}

#[test]
fn another_number_is_noticed() {
    let (rules, mut test, _) = files(&cost(), 0);
    let annotations = &mut test["alert_rule_test"][0]["exp_alerts"][0]["exp_annotations"];
    let summary = annotations["summary"].as_str().unwrap().to_string();
    annotations["summary"] = format!("{summary}.").into();
    let (passes, said) = judged(&rules, &[test]);
    assert!(!passes, "{said}");
}
