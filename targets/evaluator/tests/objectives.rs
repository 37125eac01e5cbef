//! What objectives may say besides a target, worked out by hand.

mod common;
mod judge;

use std::collections::BTreeMap;

use common::*;
use farthing_evaluator::{Evaluator, Report, Verdict};
use farthing_plan::{
    Alert, BudgetMode, BurnBasis, BurnForm, Comparison, Equality, Guard, Indicator, Objective, Plan, QueryKind, Role,
    Severity, Side, Source, Spending,
};
use judge::{Series, judge};

fn ratio() -> Indicator {
    indicator("chat/i", &[], vec![needed("chat/n")], "0", vec![needed("chat/d")])
}

fn two_counters(objective: Objective) -> Plan {
    let flows = vec![flow("chat/n", &[], counter("n_total", "1")), flow("chat/d", &[], counter("d_total", "1"))];
    plan(flows, vec![ratio()], vec![objective], vec![])
}

/// Both counters, every minute for so long; so much a minute at each time since the start.
fn data(length: i64, n: impl Fn(i64) -> f64, d: impl Fn(i64) -> f64) -> Vec<Series> {
    vec![
        series("n_total", &[], rising(every(MIN, 0, length), |t| n(t - START) / 60.0)),
        series("d_total", &[], rising(every(MIN, 0, length), |t| d(t - START) / 60.0)),
    ]
}

/// What is said at the end, of all data, which the judge says too.
fn said(plan: &Plan, data: &[Series], end: i64) -> Report {
    let judged = judge(plan, data, &[], START + end);
    for pace in [Pace::Live, Pace::Backtest] {
        let report = run(plan, data, &[], pace, START + end).report();
        assert_agree(plan, &report, &judged, &format!("{pace:?}"));
    }
    let report = run(plan, data, &[], Pace::AtOnce, START + end).report();
    assert_agree(plan, &report, &judged, "at once");
    assert_same_alerts(plan, &report, &judged, "at once");
    report
}

fn first(report: &Report) -> &Verdict {
    &report.services[0].objectives[0].verdicts[0]
}

fn alert(long: u64, short: u64, factor: &str) -> Alert {
    Alert { severity: Severity::Page, long, short, factor: exact(factor), basis: BurnBasis::Stated, highest: None }
}

#[test]
fn savings_pay_for_nothing_in_a_gross_budget() {
    let mut objective = with_policy(at_most("chat/o", &ratio(), "1", "0.1"), 2 * DAY_S);
    // A day of 0.5 saved a minute, then a day with 0.3 lost in every second slot and 0.3 saved in the others.
    let n = |t: i64| match t {
        t if t <= DAY => 0.5,
        t if (t - 1) / (10 * MIN) % 2 == 0 => 1.3,
        _ => 0.7,
    };
    let data = data(2 * DAY, n, |_| 1.0);
    let net = said(&two_counters(objective.clone()), &data, 2 * DAY);
    assert_is(first(&net).excess, -720.0);
    objective.budget_mode = BudgetMode::Gross;
    let gross = said(&two_counters(objective.clone()), &data, 2 * DAY);
    let verdict = first(&gross);
    // 72 slots with 3 each.
    assert_is(verdict.excess, 216.0);
    assert_is(verdict.allowance, 288.0);
    assert_is(verdict.consumed, 0.75);
    assert_is(verdict.left, 72.0);
    assert_eq!(verdict.met, Some(true));
    // The numerator is what it is.
    assert_is(verdict.numerator, 720.0 + 1_440.0);
    let rate = |window: u64| verdict.burn.iter().find(|burn| burn.window_s == window).and_then(|burn| burn.rate);
    // The pace is 0.1 a minute. Over the last hour, three slots lost what three saved; over the last five minutes all
    // was saved; over the last day, half of the slots lost 0.3.
    assert!(rate(3_600).is_some_and(|rate| rate.abs() < 1e-9), "{:?}", rate(3_600));
    assert_eq!(rate(300), Some(0.0));
    assert_is(rate(DAY_S), 1.5);
    assert!(verdict.history.last().is_some_and(|point| close(point.consumed.unwrap_or(0.0), 0.75, 1.0)));
    // A period below a day has no slots: its excess as a whole, where that is above 0.
    objective.period = farthing_plan::Period::rolling(7_200);
    objective.alerts.clear();
    for (n, expected) in [(0.9, 0.0), (1.05, 6.0)] {
        let short = said(&two_counters(objective.clone()), &self::data(2 * HOUR, |_| n, |_| 1.0), 2 * HOUR);
        assert!(close(first(&short).excess, expected, 1.0), "{}", first(&short).excess);
    }
}

#[test]
fn a_burn_rate_by_unit_is_blind_to_traffic() {
    // A tenth of the traffic in the last hour, twice the target.
    let n = |t: i64| if t > 23 * HOUR { 0.2 } else { 1.0 };
    let d = |t: i64| if t > 23 * HOUR { 0.1 } else { 1.0 };
    let data = data(DAY, n, d);
    let mut objective = with_policy(at_most("chat/o", &ratio(), "1", "0.1"), DAY_S);
    let pace = 0.1 * (23.0 * 60.0 + 6.0) / 1_440.0;
    let hour = |report: &Report| first(report).burn.iter().find(|burn| burn.window_s == 3_600).and_then(|of| of.rate);
    assert_is(hour(&said(&two_counters(objective.clone()), &data, DAY)), 0.1 / pace);
    objective.burn_form = BurnForm::PerUnit;
    objective.alerts = vec![alert(3_600, 300, "9.9"), alert(3_600, 300, "10")];
    let report = said(&two_counters(objective), &data, DAY);
    // 6 lost, 0.6 allowed. Exactly the factor is not above it.
    assert_is(hour(&report), 10.0);
    assert_eq!(first(&report).alerts.iter().map(|alert| alert.firing).collect::<Vec<_>>(), [true, false]);
    // Consumed is what it was: 6 of 0.1 * 1,386.
    assert_is(first(&report).consumed, 6.0 / 138.6);
}

#[test]
fn no_alert_fires_where_a_guard_does_not_hold() {
    let mut objective = with_policy(at_most("chat/o", &ratio(), "1", "0.1"), DAY_S);
    objective.alerts = vec![alert(3_600, 300, "5")];
    // Twice the target, 1 a minute.
    let data = data(2 * HOUR, |_| 2.0, |_| 1.0);
    let guard = |side, comparison, bound: &str, window| Guard {
        indicator: "chat/i".into(),
        side,
        comparison,
        bound: exact(bound),
        window,
        statement: String::new(),
    };
    let (n, d) = (Side::Numerator, Side::Denominator);
    for (guards, fires) in [
        (vec![], true),
        (vec![guard(d, Comparison::AtLeast, "60", 3_600)], true),
        (vec![guard(d, Comparison::Greater, "60", 3_600)], false),
        (vec![guard(d, Comparison::AtMost, "60", 3_600)], true),
        (vec![guard(d, Comparison::Less, "60", 3_600)], false),
        (vec![guard(n, Comparison::AtLeast, "120", 3_600)], true),
        (vec![guard(n, Comparison::AtLeast, "121", 3_600)], false),
        // Two hours of it; and both must hold.
        (vec![guard(d, Comparison::AtLeast, "120", 3 * DAY_S)], true),
        (vec![guard(d, Comparison::AtLeast, "1", 300), guard(d, Comparison::AtLeast, "121", DAY_S)], false),
    ] {
        objective.guards = guards;
        let report = said(&two_counters(objective.clone()), &data, 2 * HOUR);
        assert_eq!(first(&report).alerts[0].firing, fires, "{:?}", objective.guards);
        // The burn rate is told all the same.
        assert_is(first(&report).burn[0].rate, 10.0);
    }
    // What was not observed comes to 0.
    let mut plan = two_counters(objective.clone());
    plan.services[0].flows.push(flow("chat/x", &[], counter("x_total", "1")));
    let other = indicator("chat/x", &[], vec![needed("chat/x")], "0", vec![needed("chat/x")]);
    plan.services[0].indicators.push(other);
    for (comparison, fires) in [(Comparison::AtLeast, true), (Comparison::Greater, false)] {
        let guard = Guard { indicator: "chat/x".into(), ..guard(n, comparison, "0", 3_600) };
        plan.services[0].objectives[0].guards = vec![guard];
        assert_eq!(first(&said(&plan, &data, 2 * HOUR)).alerts[0].firing, fires);
    }
}

#[test]
fn what_is_spent_on_purpose_raises_the_factor() {
    // A fifth of 30 days' budget within 6 hours: a burn rate of 24.
    let s = START / 1_000;
    let spending =
        Spending { share: exact("0.2"), from: s + 3 * 3_600, until: s + 9 * 3_600, reason: Some("launch".into()) };
    let mut objective = with_policy(at_most("chat/o", &ratio(), "1", "0.1"), 30 * DAY_S);
    objective.alerts = vec![alert(3_600, 1_800, "6")];
    objective.spendings = vec![spending.clone()];
    // 3 lost a minute from 04:00 on, where 0.1 may be: 30 times the pace.
    let n = |t: i64| if t > 4 * HOUR { 4.0 } else { 1.0 };
    let data = data(12 * HOUR, n, |_| 1.0);
    let fired = |objective: &Objective| {
        let evaluator = run(&two_counters(objective.clone()), &data, &[], Pace::Backtest, START + 12 * HOUR);
        evaluator.report().alerts_fired.iter().map(|fired| (fired.from_ms - START) / MIN).collect::<Vec<_>>()
    };
    // Within it, the limit is 30: burning at exactly that never fires. At 09:00 it ends. Over the last half hour,
    // and the last hour, less and less of it is planned: at once the limit is below the 30.
    assert_eq!(fired(&objective), [9 * 60 + 1]);
    objective.spendings.clear();
    // Without it: after 13 minutes of the hour (13/60 * 30 = 6.5 > 6; 12/60 * 30 = 6).
    assert_eq!(fired(&objective), [4 * 60 + 13]);
    // Two at once are planned for 36: until two thirds of the last hour, 24 and 6, lie in them.
    objective.spendings = vec![Spending { share: exact("0.1"), ..spending.clone() }, spending.clone()];
    assert_eq!(fired(&objective), [9 * 60 + 21]);
    objective.spendings = vec![Spending { share: exact("0.1"), ..spending }];
    // The limit is 18 from 04:00 on, for both windows: 36 minutes of the last hour (36/60 * 30 = 18), and one more.
    assert_eq!(fired(&objective), [4 * 60 + 37]);
    // Before 04:00 the window lay in it partly; the verdicts at several times are those of the judge.
    for minute in [3 * 60 + 10, 4 * 60 + 20, 4 * 60 + 40, 9 * 60 + 20, 10 * 60] {
        let until = |series: &Series| Series {
            samples: series.samples.iter().copied().filter(|sample| sample.0 <= START + minute * MIN).collect(),
            ..series.clone()
        };
        let data: Vec<Series> = data.iter().map(until).collect();
        said(&two_counters(objective.clone()), &data, minute * MIN);
    }
}

#[test]
fn a_comparison_at_unequal_quality_is_void() {
    let mut plan = two_counters(with_policy(at_most("chat/o", &ratio(), "1", "0.1"), 3_600));
    let service = &mut plan.services[0];
    for name in ["good_a", "all_a", "good_b", "all_b"] {
        service.flows.push(flow(&format!("chat/{name}"), &[], counter(&format!("{name}_total"), "1")));
    }
    for side in ["a", "b"] {
        let [good, all] = ["good", "all"].map(|name| vec![needed(&format!("chat/{name}_{side}"))]);
        service.indicators.push(indicator(&format!("chat/quality_{side}"), &[], good, "0", all));
    }
    service.objectives[0].equality = Some(Equality {
        left: "chat/quality_a".into(),
        right: "chat/quality_b".into(),
        tolerance: exact("0.02"),
        statement: "quality differs by at most 2%".into(),
    });
    service.objectives[0].alerts = vec![alert(3_600, 300, "5")];
    let with = |quality: &[(&str, f64)]| {
        let mut data = vec![counted("n_total", &[], 200.0), counted("d_total", &[], 100.0)];
        data.extend(quality.iter().map(|(name, amount)| counted(name, &[], *amount)));
        said(&plan, &data, HOUR)
    };
    let quality = |a: f64, b: f64| {
        with(&[("good_a_total", a), ("all_a_total", 100.0), ("good_b_total", 2.0 * b), ("all_b_total", 200.0)])
    };
    // Twice the target, ten times the budget.
    let report = quality(90.0, 91.0);
    let verdict = first(&report);
    assert_eq!((verdict.is_void(), verdict.met, verdict.alerts[0].firing), (false, Some(false), true));
    let equality = verdict.equality.as_ref().expect("both");
    assert_is(equality.left, 0.9);
    assert_is(equality.right, 0.91);
    // Exactly as much as it may.
    assert!(!first(&quality(92.0, 90.0)).is_void());
    for report in
        [quality(95.0, 90.0), quality(90.0, 95.0), with(&[("good_a_total", 90.0), ("all_a_total", 100.0)]), with(&[])]
    {
        let verdict = first(&report);
        assert!(verdict.is_void());
        assert_eq!((verdict.met, verdict.consumed, verdict.left), (None, None, None));
        assert!(!verdict.alerts[0].firing);
        // What was measured is told, as is what it burns.
        assert_is(verdict.measured, 2.0);
        assert_is(verdict.burn[0].rate, 10.0);
    }
}

#[test]
fn each_class_has_its_own_target() {
    let by = &["class"][..];
    let flows = vec![flow("chat/n", by, counter("n_total", "1")), flow("chat/d", by, counter("d_total", "1"))];
    let sli = indicator("chat/i", by, vec![needed("chat/n")], "0", vec![needed("chat/d")]);
    let mut plan = plan(flows, vec![sli.clone()], vec![], vec![]);
    for (class, target) in [("simple", "1"), ("agentic", "10"), ("none", "1")] {
        let mut objective = with_policy(at_most(&format!("chat/o:{class}"), &sli, target, "0.1"), 3_600);
        objective.only = BTreeMap::from([("class".to_string(), class.to_string())]);
        objective.role = Role::Priced { table: "prices".into(), cost: "gpu".into() };
        plan.services[0].objectives.push(objective);
    }
    let of = |class: &str, n: f64| {
        [counted("n_total", &[("class", class)], n), counted("d_total", &[("class", class)], 10.0)]
    };
    let data = [of("simple", 11.0), of("agentic", 90.0), of("other", 5.0)].concat();
    let report = said(&plan, &data, HOUR);
    let objectives = &report.services[0].objectives;
    for (objective, measured, class) in [(&objectives[0], 1.1, "simple"), (&objectives[1], 9.0, "agentic")] {
        assert_eq!(objective.verdicts.len(), 1);
        assert_eq!(objective.verdicts[0].labels["class"], class);
        assert_is(objective.verdicts[0].measured, measured);
    }
    assert!(objectives[2].verdicts.is_empty());
}

#[test]
fn labels_are_read_by_the_names_that_the_series_have() {
    let by = &["namespace"][..];
    let mut flows = vec![flow("chat/gpu", by, gauge("gpus", farthing_plan::Aggregate::Sum, "1/3600"))];
    flows[0].renamed = BTreeMap::from([("namespace".to_string(), "exported_namespace".to_string())]);
    flows.push(flow("chat/d", by, counter("d_total", "1")));
    // The same metric once more, by its own label of that name.
    flows.push(flow("chat/own", by, gauge("gpus", farthing_plan::Aggregate::Sum, "1/3600")));
    let sli = indicator("chat/i", by, vec![needed("chat/gpu")], "0", vec![needed("chat/d")]);
    let own = indicator("chat/own", by, vec![needed("chat/own")], "0", vec![needed("chat/d")]);
    let objectives = [&sli, &own].map(|sli| with_policy(at_most(&format!("{}_o", sli.id), sli, "1", "0.1"), 3_600));
    let plan = plan(flows, vec![sli, own], objectives.to_vec(), vec![]);
    let gpus = |exported: &str, value: f64| {
        let labels = [("namespace", "monitoring"), ("exported_namespace", exported)];
        series("gpus", &labels, holding(every(15_000, 0, HOUR), |_| value))
    };
    let requests = |namespace: &str| counted("d_total", &[("namespace", namespace)], 4.0);
    let data = [gpus("red", 2.0), gpus("blue", 6.0), requests("red"), requests("blue"), requests("monitoring")];
    let report = said(&plan, &data, HOUR);
    let measured = |at: usize| -> Vec<(String, Option<f64>)> {
        let verdicts = report.services[0].objectives[at].verdicts.iter();
        verdicts.map(|verdict| (verdict.labels["namespace"].clone(), verdict.measured)).collect()
    };
    let red_and_blue =
        [("blue".to_string(), Some(1.5)), ("monitoring".to_string(), None), ("red".to_string(), Some(0.5))];
    let monitoring = [("blue".to_string(), None), ("monitoring".to_string(), Some(2.0)), ("red".to_string(), None)];
    for (found, expected) in [(measured(0), red_and_blue), (measured(1), monitoring)] {
        assert_eq!(found.len(), 3);
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found.0, expected.0);
            match expected.1 {
                Some(expected) => assert_is(found.1, expected),
                None => assert_eq!(found.1, None),
            }
        }
    }
}

#[test]
fn a_flow_that_adds_nothing_must_be_observed_all_the_same() {
    let flows = ["n", "d", "x"].map(|name| flow(&format!("chat/{name}"), &[], counter(&format!("{name}_total"), "1")));
    let priceless = term("chat/x", "0", farthing_plan::WhenAbsent::Unobserved);
    let sli = indicator("chat/i", &[], vec![needed("chat/n"), priceless], "0", vec![needed("chat/d")]);
    let plan =
        plan(flows.to_vec(), vec![sli.clone()], vec![with_policy(at_most("chat/o", &sli, "1", "1"), 3_600)], vec![]);
    let mut data = vec![counted("n_total", &[], 60.0), counted("d_total", &[], 60.0)];
    assert_eq!(first(&said(&plan, &data, HOUR)).observed_s, 0);
    // For 20 minutes.
    data.push(series("x_total", &[], rising(every(MIN, 0, 20 * MIN), |_| 1e6)));
    let report = said(&plan, &data, HOUR);
    assert_eq!(first(&report).observed_s, 1_200);
    assert_is(first(&report).numerator, 20.0);
}

#[test]
fn what_only_prometheus_can_read_is_not_judged() {
    let mut plan = two_counters(with_policy(at_most("chat/o", &ratio(), "1", "0.1"), 3_600));
    let query = Source::Query {
        query_kind: QueryKind::Counter,
        query: "sum(rate(x_total[$window]))".into(),
        labels: vec![],
        scale: exact("1"),
    };
    let service = &mut plan.services[0];
    service.flows.push(flow("chat/x", &[], query));
    let asked = indicator("chat/asked", &[], vec![needed("chat/x")], "0", vec![needed("chat/d")]);
    let mut relative = indicator("chat/relative", &[], vec![], "0", vec![]);
    relative.derivation = Some(farthing_plan::Derivation::Relative { of: "chat/i".into(), to: "chat/asked".into() });
    let mut excluded = Indicator { id: "chat/excluded".into(), ..ratio() };
    excluded.exclusions = vec![farthing_plan::Exclusion::When { flow: "chat/x".into(), because: None }];
    let mut guarded = with_policy(at_most("chat/guarded", &ratio(), "1", "0.1"), 3_600);
    guarded.guards.push(Guard {
        indicator: "chat/asked".into(),
        side: Side::Numerator,
        comparison: Comparison::AtLeast,
        bound: exact("1"),
        window: 3_600,
        statement: String::new(),
    });
    let mut objectives: Vec<Objective> = [&asked, &relative, &excluded]
        .map(|sli| with_policy(at_most(&format!("{}_o", sli.id), sli, "1", "0.1"), 3_600))
        .to_vec();
    objectives.push(guarded);
    service.indicators.extend([asked, relative, excluded]);
    service.objectives.extend(objectives);
    let corner = |id: &str| farthing_plan::Corner { kind: farthing_plan::CornerKind::Cost, objective: id.into() };
    service.tradeoffs.push(farthing_plan::Tradeoff {
        id: "chat/both".into(),
        name: "both".into(),
        title: "both".into(),
        doc: None,
        corners: vec![corner("chat/o"), corner("chat/asked_o")],
    });
    let report = said(&plan, &[counted("n_total", &[], 60.0), counted("d_total", &[], 60.0)], HOUR);
    let service = &report.services[0];
    assert_eq!(service.objectives[0].not_judged, None);
    assert_eq!(first(&report).met, Some(true));
    assert_eq!(service.objectives.len(), 5);
    for objective in &service.objectives[1..] {
        assert!(objective.verdicts.is_empty());
        let why = objective.not_judged.as_deref();
        assert_eq!(why, Some("reads a PromQL query (chat/x), which only Prometheus can evaluate"), "{}", objective.id);
    }
    assert!(service.tradeoffs[0].verdicts.is_empty() && service.tradeoffs[0].not_judged.is_some());
}

#[test]
fn a_plan_with_nothing_to_read_is_one() {
    let plan = two_counters(with_policy(at_most("chat/o", &ratio(), "1", "0.1"), 3_600));
    let mut evaluator = Evaluator::new(&plan).expect("a plan");
    evaluator.advance(START);
    assert_eq!(only(&evaluator).met, None);
    assert_eq!(only(&evaluator).excluded_s, 0);
}
