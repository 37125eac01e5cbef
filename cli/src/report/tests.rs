//! Reports of plans and verdicts made by hand.

use std::collections::BTreeMap;

use farthing_evaluator::{
    AlertState, Burn, CornerVerdict, EqualityVerdict, FiredAlert, Health, HistoryPoint, ObjectiveReport, Report,
    ServiceReport, TradeoffReport, TradeoffVerdict, Verdict,
};
use farthing_plan::{
    Alert, BurnBasis, CalendarUnit, Comparison, Corner, CornerKind, Equality, Exact, Form, Linear, Objective, Period,
    Plan, Service, Severity, Shown, Spending, Tradeoff, Unit, VERSION,
};

use super::{Note, Reported, human, json};

const HOUR_MS: i64 = 3_600_000;
/// 2026-10-01 00:00 UTC.
const START_MS: i64 = 1_790_812_800_000;

fn exact(text: &str) -> Exact {
    text.parse().expect("a number")
}

fn objective(name: &str, form: Form, by: &[&str]) -> Objective {
    let linear = || Linear { numerator: Exact::zero(), denominator: Exact::one() };
    Objective {
        id: format!("chat/{name}"),
        name: name.into(),
        title: name.into(),
        doc: None,
        indicator: String::new(),
        form,
        statement: format!("the promise of {name}"),
        excess: linear(),
        allowance: linear(),
        budget_unit: Unit::base("USD"),
        budget_shown: Shown { prefix: "$".into(), factor: Exact::one(), suffix: String::new() },
        period: farthing_plan::Period::rolling(7 * 86_400),
        by: by.iter().map(|label| label.to_string()).collect(),
        only: BTreeMap::new(),
        budget_mode: Default::default(),
        burn_form: Default::default(),
        guards: vec![],
        spendings: vec![],
        equality: None,
        role: Default::default(),
        alerts: vec![Alert {
            severity: Severity::Page,
            long: 3_600,
            short: 300,
            factor: exact("10"),
            basis: BurnBasis::Stated,
            highest: None,
        }],
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        runbook: None,
    }
}

/// A verdict on two days, of which the second one is twice as dear and an hour is not observed.
fn verdict(labels: &[(&str, &str)], consumed: f64) -> Verdict {
    let history = (1..=48).map(|hour| {
        let numerator = if hour > 24 { 2.0 } else { 1.0 };
        let denominator = if hour == 30 { 0.0 } else { 100.0 };
        HistoryPoint {
            at_ms: START_MS + hour * HOUR_MS,
            consumed: Some(consumed * hour as f64 / 48.0),
            measured: Some(numerator / denominator),
            numerator,
            denominator,
        }
    });
    Verdict {
        labels: labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        measured: Some(0.015),
        numerator: 72.0,
        denominator: 4_700.0,
        excess: consumed * 1_234.0,
        allowance: 1_234.0,
        consumed: Some(consumed),
        left: Some((1.0 - consumed) * 1_234.0),
        exhaustion_s: (consumed < 1.0).then_some(100_000.0),
        observed_s: 47 * 3_600,
        excluded_s: 0,
        period_s: 7 * 86_400,
        period_start_ms: START_MS - 5 * 24 * HOUR_MS,
        met: Some(consumed <= 1.0),
        met_alone: Some(consumed <= 1.0),
        spoiled_by: vec![],
        mix_seen: None,
        equality: None,
        hour_excess: None,
        hour_measured: None,
        burn: vec![Burn { window_s: 300, rate: None }, Burn { window_s: 3_600, rate: Some(-0.001) }],
        alerts: vec![AlertState { index: 0, firing: true, since_ms: START_MS }],
        history: history.collect(),
    }
}

fn mean(target: &str) -> Form {
    let shown = Shown { prefix: "$".into(), factor: exact("1000"), suffix: " per 1k requests".into() };
    Form::Mean { comparison: Comparison::AtMost, target: exact(target), shown, budget: exact("0.05") }
}

fn fired(objective: &str, labels: &[(&str, &str)], from: i64, until: Option<i64>) -> FiredAlert {
    FiredAlert {
        objective: objective.into(),
        labels: labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        severity: Severity::Page,
        long_s: 3_600,
        short_s: 300,
        factor: 10.0,
        from_ms: START_MS + from * HOUR_MS,
        until_ms: until.map(|hour| START_MS + hour * HOUR_MS),
        peak_burn: 12.34,
    }
}

fn plan(objectives: Vec<Objective>) -> Plan {
    let service = Service {
        name: "chat".into(),
        title: "Chat \u{1b}[2J assistant".into(),
        owner: Some("inference".into()),
        flows: vec![],
        indicators: vec![],
        objectives,
        tradeoffs: vec![],
    };
    Plan {
        version: VERSION,
        compiler: "test".into(),
        digest: "0".into(),
        services: vec![service],
        events: vec![],
        zones: vec![],
        scenarios: vec![],
    }
}

fn report(objectives: Vec<(&str, Vec<Verdict>)>, alerts_fired: Vec<FiredAlert>) -> Report {
    let objectives = objectives
        .into_iter()
        .map(|(name, verdicts)| ObjectiveReport { id: format!("chat/{name}"), verdicts, not_judged: None })
        .collect();
    Report {
        at_ms: START_MS + 48 * HOUR_MS,
        first_ms: Some(START_MS),
        services: vec![ServiceReport { name: "chat".into(), objectives, tradeoffs: vec![] }],
        alerts_fired,
        alerts_dropped: 0,
        health: Health { samples: 1_234_567, gaps: 1, ..Health::default() },
    }
}

/// Escapes written out, so that they can be read.
fn readable(text: &str) -> String {
    text.replace('\x1b', "~")
}

#[test]
fn groups_alerts_and_notes_are_told() {
    let plan = plan(vec![objective("by_model", mean("0.0125"), &["model"])]);
    let model = |name: &'static str| [("model", name)];
    let verdicts = (0..12).map(|at| verdict(&model(["a", "b", "c", ""][at % 4]), 0.1 * at as f64)).collect();
    let alerts = vec![
        fired("chat/by_model", &model("c"), 25, Some(27)),
        fired("chat/by_model", &model("c"), 28, Some(29)),
        fired("chat/by_model", &model(""), 47, None),
    ];
    let report = report(vec![("by_model", verdicts)], alerts);
    let notes = [Note { at_ms: START_MS + 24 * HOUR_MS, text: "a dear day".into() }];
    let text = human(&Reported { plan: &plan, report: &report, notes: &notes, skipped: 2 }, false);
    assert!(!text.contains('\x1b'));
    insta::assert_snapshot!(text);
}

#[test]
fn colours_are_codes_around_whole_words() {
    let plan = plan(vec![objective("affordable", mean("0.0125"), &[])]);
    let report = report(vec![("affordable", vec![verdict(&[], 1.2)])], vec![]);
    let reported = Reported { plan: &plan, report: &report, notes: &[], skipped: 0 };
    let text = human(&reported, true);
    insta::assert_snapshot!(readable(&text));
    // Without its codes it is the text without colours, but for spaces at the ends of lines.
    let mut plain = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("\x1b[") {
        plain.push_str(before);
        rest = after.split_once('m').expect("a code's end").1;
    }
    plain.push_str(rest);
    let trimmed = |text: &str| text.lines().map(|line| line.trim_end().to_string()).collect::<Vec<_>>();
    assert_eq!(trimmed(&plain), trimmed(&human(&reported, false)));
}

#[test]
fn what_was_not_measured_is_no_verdict() {
    let empty = Verdict {
        measured: None,
        consumed: None,
        left: None,
        met: None,
        exhaustion_s: None,
        observed_s: 0,
        history: vec![],
        ..verdict(&[], 0.0)
    };
    let plan = plan(vec![objective("affordable", mean("0"), &[]), objective("by_model", mean("0.01"), &["model"])]);
    let report = report(vec![("affordable", vec![empty]), ("by_model", vec![])], vec![]);
    let reported = Reported { plan: &plan, report: &report, notes: &[], skipped: 0 };
    insta::assert_snapshot!(human(&reported, false));
    let document: serde_json::Value = serde_json::from_str(&json(&reported)).expect("JSON");
    assert_eq!(document["services"][0]["objectives"][0]["verdicts"][0]["met"], serde_json::Value::Null);
    assert_eq!(document["services"][0]["objectives"][0]["period_s"], 604_800);
    assert_eq!(document["at"], "2026-10-03T00:00:00Z");
}

#[test]
fn calendars_exclusions_comparisons_and_trade_offs_are_told() {
    let mut objectives: Vec<Objective> =
        ["cheap", "fast", "compared", "asked"].map(|name| objective(name, mean("0.0125"), &[])).into();
    objectives[0].period = Period::Calendar { unit: CalendarUnit::Month, zone: "Europe/Berlin".into() };
    objectives[0].spendings = vec![Spending {
        share: exact("0.2"),
        from: START_MS / 1_000,
        until: START_MS / 1_000 + 7 * 86_400,
        reason: Some("the launch".into()),
    }];
    objectives[2].equality = Some(Equality {
        left: "chat/a".into(),
        right: "chat/b".into(),
        tolerance: exact("0.02"),
        statement: "quality of a = quality of b +- 0.02".into(),
    });
    let corner = |kind, name: &str| Corner { kind, objective: format!("chat/{name}") };
    let mut plan = plan(objectives);
    plan.services[0].tradeoffs = vec![Tradeoff {
        id: "chat/balanced".into(),
        name: "balanced".into(),
        title: "Balanced".into(),
        doc: None,
        corners: vec![corner(CornerKind::Cost, "cheap"), corner(CornerKind::Latency, "fast")],
    }];
    let cheap = Verdict {
        met: Some(false),
        spoiled_by: vec!["chat/fast".into()],
        // The month began at 22:00 UTC; an hour was not observed, and three were excluded.
        period_start_ms: START_MS - 2 * HOUR_MS,
        observed_s: 44 * 3_600,
        excluded_s: 3 * 3_600,
        mix_seen: Some(0.7),
        ..verdict(&[], 0.5)
    };
    let compared = Verdict {
        consumed: None,
        left: None,
        met: None,
        met_alone: None,
        exhaustion_s: None,
        equality: Some(EqualityVerdict { left: Some(0.91), right: Some(0.85), equal: false }),
        ..verdict(&[], 0.5)
    };
    let verdicts = vec![
        ("cheap", vec![cheap]),
        ("fast", vec![verdict(&[], 1.5)]),
        ("compared", vec![compared]),
        ("asked", vec![]),
    ];
    let mut report = report(verdicts, vec![]);
    let service = &mut report.services[0];
    service.objectives[3].not_judged = Some("reads a PromQL query (chat/x), which only Prometheus can evaluate".into());
    let told = |kind, name: &str, consumed, met| CornerVerdict {
        kind,
        objective: format!("chat/{name}"),
        consumed: Some(consumed),
        met: Some(met),
    };
    service.tradeoffs = vec![TradeoffReport {
        id: "chat/balanced".into(),
        verdicts: vec![TradeoffVerdict {
            labels: BTreeMap::new(),
            met: Some(false),
            consumed: Some(1.5),
            worst: Some(1),
            corners: vec![told(CornerKind::Cost, "cheap", 0.5, true), told(CornerKind::Latency, "fast", 1.5, false)],
            burn: vec![],
        }],
        not_judged: None,
    }];
    let reported = Reported { plan: &plan, report: &report, notes: &[], skipped: 0 };
    insta::assert_snapshot!(human(&reported, false));
    let document: serde_json::Value = serde_json::from_str(&json(&reported)).expect("JSON");
    let service = &document["services"][0];
    assert_eq!(service["tradeoffs"][0]["verdicts"][0]["corners"][1]["met"], false);
    assert_eq!(service["objectives"][0]["verdicts"][0]["spoiled_by"][0], "chat/fast");
    assert_eq!(service["objectives"][0]["verdicts"][0]["excluded_s"], 10_800);
    assert_eq!(service["objectives"][2]["verdicts"][0]["equality"]["equal"], false);
    assert!(service["objectives"][3]["not_judged"].as_str().is_some_and(|why| why.contains("chat/x")));
}

#[test]
fn odd_targets_and_values_are_drawn() {
    for (target, consumed) in [("0", 0.5), ("-1", -3.0), ("1e60", 1e9), ("1e-60", f64::MAX)] {
        let plan = plan(vec![objective("affordable", mean(target), &[])]);
        let report = report(vec![("affordable", vec![verdict(&[], consumed)])], vec![]);
        let text = human(&Reported { plan: &plan, report: &report, notes: &[], skipped: 0 }, false);
        assert!(text.contains("good is below the line"), "{text}");
    }
}
