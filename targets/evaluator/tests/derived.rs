//! Indicators that follow from others, worked out by hand.

mod common;
mod judge;

use std::collections::BTreeMap;

use common::*;
use farthing_evaluator::{Evaluator, EvaluatorError, Report, Verdict};
use farthing_plan::{Derivation, Indicator, Objective, Part, Plan, WhenAbsent};
use judge::{Series, judge};

/// An indicator with no flows of its own.
fn derived(id: &str, by: &[&str], derivation: Derivation) -> Indicator {
    Indicator { derivation: Some(derivation), ..indicator(id, by, vec![], "0", vec![]) }
}

fn cost_flow(by: &[&str]) -> farthing_plan::Flow {
    flow("chat/cost", by, counter("cost_total", "1"))
}

fn requests_flow(by: &[&str]) -> farthing_plan::Flow {
    flow("chat/requests", by, counter("requests_total", "1"))
}

fn per_request(id: &str, by: &[&str]) -> Indicator {
    indicator(id, by, vec![needed("chat/cost")], "0", vec![needed("chat/requests")])
}

fn hourly(objective: Objective) -> Objective {
    with_policy(objective, 3_600)
}

/// The report after an hour, which the judge says too.
fn after_an_hour(plan: &Plan, data: &[Series]) -> Report {
    let judged = judge(plan, data, &[], START + HOUR);
    let mut report = None;
    for pace in [Pace::Live, Pace::Backtest, Pace::AtOnce, Pace::Restarting] {
        let said = run(plan, data, &[], pace, START + HOUR).report();
        assert_agree(plan, &said, &judged, &format!("{pace:?}"));
        report = Some(said);
    }
    report.expect("three of them")
}

fn first(report: &Report) -> &Verdict {
    &report.services[0].objectives[0].verdicts[0]
}

/// `$0.04 per request`, 5%, standardized to 70% simple and 30% agentic.
fn standardized(by: &[&str]) -> Plan {
    let part_by: Vec<&str> = ["class"].iter().chain(by).copied().collect();
    let of = per_request("chat/of", &part_by);
    let mix = [("simple", "0.7"), ("agentic", "0.3")].map(|(class, share)| (class.to_string(), exact(share)));
    let derivation = Derivation::Standardized { of: of.id.clone(), label: "class".into(), mix: BTreeMap::from(mix) };
    let sli = derived("chat/i", by, derivation);
    let plain = per_request("chat/plain", by);
    let objectives =
        vec![hourly(at_most("chat/o", &sli, "0.04", "0.05")), hourly(at_most("chat/plain", &plain, "0.04", "0.05"))];
    plan(vec![cost_flow(&part_by), requests_flow(&part_by)], vec![sli, of, plain], objectives, vec![])
}

fn class(name: &str, requests: f64, dollars: f64) -> [Series; 2] {
    team_class("", name, requests, dollars)
}

fn team_class(team: &str, class: &str, requests: f64, dollars: f64) -> [Series; 2] {
    let labels = [("class", class), ("team", team)];
    [counted("requests_total", &labels, requests), counted("cost_total", &labels, dollars)]
}

#[test]
fn cheap_traffic_does_not_hide_dear_traffic() {
    let plan = standardized(&[]);
    let plain = |report: &Report| report.services[0].objectives[1].verdicts[0].clone();
    // 700 at $0.01 and 300 at $0.10.
    let report = after_an_hour(&plan, &[class("simple", 700.0, 7.0), class("agentic", 300.0, 30.0)].concat());
    let verdict = first(&report);
    assert_is(verdict.measured, 0.037);
    assert_is(plain(&report).measured, 0.037);
    assert_is(verdict.denominator, 1_000.0);
    assert_is(verdict.consumed, (37.0 - 40.0) / 2.0);
    assert_eq!(verdict.mix_seen, Some(1.0));
    assert_eq!(plain(&report).mix_seen, None);
    // Both become dearer, $0.012 and $0.11, while there are more simple ones: the plain mean is halved.
    let report = after_an_hour(&plan, &[class("simple", 950.0, 11.4), class("agentic", 50.0, 5.5)].concat());
    let verdict = first(&report);
    assert_is(plain(&report).measured, 0.0169);
    assert_is(verdict.measured, 0.0414);
    assert_is(verdict.excess, 1.4);
    assert_is(verdict.consumed, 0.7);
    assert_eq!(verdict.observed_s, 3_600);
    for burn in &verdict.burn {
        assert_is(burn.rate, 0.7);
    }
    // What is in no class of the mix counts for nothing here.
    let other = [class("simple", 700.0, 7.0), class("agentic", 300.0, 30.0), class("other", 9e6, 1.0)].concat();
    assert_is(first(&after_an_hour(&plan, &other)).measured, 0.037);
}

#[test]
fn a_class_without_volume_is_left_out_and_told() {
    let plan = standardized(&[]);
    let report = after_an_hour(&plan, &class("simple", 100.0, 1.3));
    let verdict = first(&report);
    assert_is(verdict.numerator, 1.3);
    assert_is(verdict.measured, 0.013);
    assert_is(verdict.mix_seen, 0.7);
    assert_eq!(verdict.met, Some(true));
    // A class that costs but does nothing has no volume either.
    let idle = [class("simple", 100.0, 1.3), class("agentic", 0.0, 50.0)].concat();
    let report = after_an_hour(&plan, &idle);
    assert_is(first(&report).measured, 0.013);
    assert_is(first(&report).mix_seen, 0.7);
    // None has.
    for data in [class("simple", 0.0, 1.0).to_vec(), class("other", 10.0, 1.0).to_vec(), vec![]] {
        let report = after_an_hour(&plan, &data);
        let verdict = first(&report);
        assert_eq!((verdict.measured, verdict.met, verdict.mix_seen), (None, None, Some(0.0)));
        assert!(verdict.burn.iter().all(|burn| burn.rate.is_none()));
    }
}

#[test]
fn groups_come_from_the_parts() {
    let data = [
        team_class("red", "simple", 700.0, 7.0),
        team_class("red", "agentic", 300.0, 30.0),
        team_class("blue", "agentic", 100.0, 20.0),
        team_class("green", "other", 100.0, 20.0),
    ]
    .concat();
    let report = after_an_hour(&standardized(&["team"]), &data);
    let verdicts = &report.services[0].objectives[0].verdicts;
    let teams: Vec<&str> = verdicts.iter().map(|verdict| verdict.labels["team"].as_str()).collect();
    assert_eq!(teams, ["blue", "red"]);
    assert_is(verdicts[0].measured, 0.2);
    assert_is(verdicts[0].mix_seen, 0.3);
    assert_is(verdicts[1].measured, 0.037);
}

/// The GPUs' $10 an hour are divided among teams by their tokens; what a gateway costs has a team.
fn allocated() -> Plan {
    let by = &["team"][..];
    let flows = vec![
        flow("chat/gateway", by, counter("gateway_dollars_total", "1")),
        requests_flow(by),
        flow("chat/gpu", &[], gauge("gpus", farthing_plan::Aggregate::Sum, "2.5/3600")),
        flow("chat/tokens", by, counter("tokens_total", "1")),
    ];
    let zero = term("chat/gateway", "1", WhenAbsent::Zero);
    let parts = vec![
        indicator("chat/own", by, vec![zero], "0", vec![needed("chat/requests")]),
        indicator("chat/amount", &[], vec![needed("chat/gpu")], "0", vec![needed("chat/gpu")]),
        indicator("chat/key", by, vec![needed("chat/tokens")], "0", vec![needed("chat/tokens")]),
    ];
    let shared = vec![Part { amount: "chat/amount".into(), key: "chat/key".into() }];
    let sli = derived("chat/i", by, Derivation::Allocated { of: "chat/own".into(), shared });
    let objective = hourly(at_most("chat/o", &sli, "0.05", "0.1"));
    plan(flows, [vec![sli], parts].concat(), vec![objective], vec![])
}

#[test]
fn the_parts_of_a_shared_cost_add_up_to_all_of_it() {
    let team = |name: &str, tokens: f64, requests: f64| {
        let labels = [("team", name)];
        [counted("tokens_total", &labels, tokens), counted("requests_total", &labels, requests)]
    };
    let gpus = || series("gpus", &[], holding(every(15_000, 0, HOUR), |_| 4.0));
    let gateway = || counted("gateway_dollars_total", &[("team", "a")], 1.0);
    let mut data = [team("a", 3_000.0, 100.0), team("b", 1_000.0, 50.0)].concat();
    data.extend([gpus(), gateway()]);
    let report = after_an_hour(&allocated(), &data);
    let [a, b] = report.services[0].objectives[0].verdicts.as_slice() else { panic!("two teams") };
    // $1 and three quarters of $10; a quarter of it.
    assert_is(a.numerator, 8.5);
    assert_is(b.numerator, 2.5);
    assert_is(a.measured, 0.085);
    assert_is(b.measured, 0.05);
    assert_eq!((a.met, b.met), (Some(false), Some(true)));
    assert_is(a.consumed, (8.5 - 5.0) / 0.5);
    // A team with tokens but no requests bears its share; it has no verdict.
    data.push(counted("tokens_total", &[("team", "c")], 4_000.0));
    let report = after_an_hour(&allocated(), &data);
    let [a, b, c] = report.services[0].objectives[0].verdicts.as_slice() else { panic!("three teams") };
    assert_is(a.numerator, 1.0 + 3.75);
    assert_is(b.numerator, 1.25);
    assert_is(c.numerator, 5.0);
    assert_eq!(c.met, None);
    // Nothing to divide by.
    let mut idle = [team("a", 0.0, 100.0), team("b", 0.0, 50.0)].concat();
    idle.extend([gpus(), gateway()]);
    for verdict in &after_an_hour(&allocated(), &idle).services[0].objectives[0].verdicts {
        assert_eq!((verdict.numerator, verdict.measured, verdict.met), (0.0, None, None));
        assert_eq!(verdict.observed_s, 3_600);
        assert!(verdict.burn.iter().all(|burn| burn.rate.is_none()));
    }
}

#[test]
fn a_silent_exporter_of_what_is_shared_makes_nothing_cheap() {
    let mut plan = allocated();
    for indicator in &mut plan.services[0].indicators {
        if ["chat/own", "chat/key"].contains(&indicator.id.as_str()) {
            indicator.needed = vec!["chat/gpu".into()];
        }
    }
    let labels = [("team", "a")];
    let data = [
        counted("tokens_total", &labels, 3_000.0),
        counted("requests_total", &labels, 100.0),
        counted("gateway_dollars_total", &labels, 1.0),
        // From the second half hour on nobody knows how many GPUs there are.
        series("gpus", &[], holding(every(15_000, 0, HOUR / 2), |_| 4.0)),
    ];
    let report = after_an_hour(&plan, &data);
    let verdict = first(&report);
    // Half of $11 for half of the requests.
    assert_is(verdict.numerator, 5.5);
    assert_is(verdict.denominator, 50.0);
    assert_is(verdict.measured, 0.11);
    assert_eq!((verdict.observed_s, verdict.excluded_s), (1_800, 0));
}

#[test]
fn a_ratio_beside_another() {
    let metric = |name: &str, metric: &str| flow(name, &["team"], counter(metric, "1"));
    let flows = vec![
        metric("chat/int8_cost", "int8_cost_total"),
        metric("chat/int8", "int8_total"),
        metric("chat/fp16_cost", "fp16_cost_total"),
        metric("chat/fp16", "fp16_total"),
    ];
    let of = indicator("chat/a", &["team"], vec![needed("chat/int8_cost")], "0", vec![needed("chat/int8")]);
    // Beside the ratio of all teams together.
    let to = indicator("chat/b", &[], vec![needed("chat/fp16_cost")], "0", vec![needed("chat/fp16")]);
    let sli = derived("chat/i", &["team"], Derivation::Relative { of: "chat/a".into(), to: "chat/b".into() });
    let plan = plan(flows, vec![of, to, sli.clone()], vec![hourly(at_most("chat/o", &sli, "1.2", "0.1"))], vec![]);
    let red = [("team", "red")];
    let blue = [("team", "blue")];
    let mut data = vec![counted("int8_cost_total", &red, 5.0), counted("int8_total", &red, 100.0)];
    // Nothing to compare with, so far.
    let report = after_an_hour(&plan, &data);
    assert_eq!((first(&report).measured, first(&report).met), (None, None));
    // $20 for 500: $0.04, at which 100 had cost $4 and not $5.
    data.extend([counted("fp16_cost_total", &red, 12.0), counted("fp16_total", &red, 100.0)]);
    data.extend([counted("fp16_cost_total", &blue, 8.0), counted("fp16_total", &blue, 400.0)]);
    data.extend([counted("int8_cost_total", &blue, 3.0), counted("int8_total", &blue, 100.0)]);
    let report = after_an_hour(&plan, &data);
    let [blue, red] = report.services[0].objectives[0].verdicts.as_slice() else { panic!("two teams") };
    assert_is(red.denominator, 4.0);
    assert_is(red.measured, 1.25);
    assert_is(red.consumed, 0.2 / 0.48);
    assert_is(blue.measured, 0.75);
    assert_is(blue.consumed, (3.0 - 4.8) / 0.48);
}

#[test]
fn the_best_slot_in_which_the_promise_held() {
    let flows = vec![
        flow("chat/queries", &[], counter("queries_total", "1")),
        flow("chat/slow", &[], counter("slow_total", "1")),
        flow("chat/cost", &[], gauge("gpus", farthing_plan::Aggregate::Sum, "36/3600")),
    ];
    let of = indicator("chat/of", &[], vec![needed("chat/queries")], "0", vec![needed("chat/cost")]);
    let slow = indicator("chat/slow", &[], vec![needed("chat/slow")], "0", vec![needed("chat/queries")]);
    let derivation =
        Derivation::Peak { of: "chat/of".into(), while_indicator: "chat/slow".into(), limit: exact("0.05") };
    let sli = derived("chat/i", &[], derivation);
    let mut objective = with_policy(at_least("chat/o", &sli, "150", "0.1"), 30 * DAY_S);
    objective.alerts.retain(|alert| alert.long >= DAY_S);
    let plan = plan(flows, vec![of, slow, sli], vec![objective], vec![]);
    // $6 a slot. 600 queries in each, but 1,200 in the third, of which exactly 5% are slow, and 2,000 in the seventh, of
    // which 6% are; and 900 in the ninth.
    let slot = |t: i64| (t - START - 1) / (10 * MIN) + 1;
    let queries =
        |t: i64| [600.0, 1_200.0, 2_000.0, 900.0][[0, 3, 7, 9].iter().position(|at| *at == slot(t)).unwrap_or(0)];
    let slow = |t: i64| if slot(t) == 7 { 120.0 } else { 60.0 } * if [3, 7].contains(&slot(t)) { 1.0 } else { 0.5 };
    let data = vec![
        series("queries_total", &[], rising(every(MIN, 0, 2 * HOUR), |t| queries(t) / 600.0)),
        series("slow_total", &[], rising(every(MIN, 0, 2 * HOUR), |t| slow(t) / 600.0)),
        series("gpus", &[], holding(every(MIN, 0, 2 * HOUR), |_| 1.0)),
    ];
    for (end, best) in [(20, Some(100.0)), (30, Some(200.0)), (70, Some(200.0)), (120, Some(200.0)), (9, None)] {
        let until = |series: &Series| Series {
            samples: series.samples.iter().copied().filter(|sample| sample.0 <= START + end * MIN).collect(),
            ..series.clone()
        };
        let data: Vec<Series> = data.iter().map(until).collect();
        for pace in [Pace::Live, Pace::AtOnce] {
            let evaluator = run(&plan, &data, &[], pace, START + end * MIN);
            let report = evaluator.report();
            assert_agree(&plan, &report, &judge(&plan, &data, &[], START + end * MIN), &format!("{end} {pace:?}"));
            let verdict = first(&report);
            match best {
                None => assert_eq!((verdict.measured, verdict.met), (None, None)),
                Some(best) => {
                    assert_is(verdict.measured, best);
                    // E = 1 - N/150.
                    assert_is(verdict.excess, 1.0 - best / 150.0);
                    assert_eq!(verdict.met, Some(best > 150.0));
                }
            }
        }
    }
    // When all of it is older than the period, there is none.
    let mut evaluator = run(&plan, &data, &[], Pace::Live, START + 2 * HOUR);
    evaluator.advance(START + 30 * DAY + 20 * MIN);
    assert_is(only(&evaluator).measured, 200.0);
    evaluator.advance(START + 30 * DAY + 30 * MIN);
    assert_is(only(&evaluator).measured, 150.0);
    evaluator.advance(START + 30 * DAY + 2 * HOUR);
    assert_eq!(only(&evaluator).measured, None);
}

#[test]
fn what_is_derived_may_be_a_part_again() {
    let mut plan = standardized(&[]);
    let service = &mut plan.services[0];
    let sli = derived("chat/both", &[], Derivation::Relative { of: "chat/i".into(), to: "chat/plain".into() });
    service.objectives = vec![hourly(at_most("chat/o", &sli, "1", "0.1"))];
    service.indicators.push(sli);
    let data = [class("simple", 950.0, 11.4), class("agentic", 50.0, 5.5)].concat();
    assert_is(first(&after_an_hour(&plan, &data)).measured, 41.4 / 16.9);
}

#[test]
fn what_is_derived_from_itself_is_refused() {
    let refused = |change: &dyn Fn(&mut Plan)| {
        let mut plan = standardized(&[]);
        change(&mut plan);
        Evaluator::new(&plan).map(|_| ()).expect_err("a refusal")
    };
    let relative = |of: &str, to: &str| Some(Derivation::Relative { of: of.into(), to: to.into() });
    for id in ["chat/i", "chat/plain"] {
        let error = refused(&|plan| {
            plan.services[0].indicators[0].derivation = relative("chat/plain", id);
            plan.services[0].indicators[2].derivation = relative("chat/i", "chat/i");
        });
        assert_eq!(error, EvaluatorError::Circular { indicator: "chat/i".into() });
    }
    let error = refused(&|plan| plan.services[0].indicators[0].derivation = relative("chat/x", "chat/plain"));
    assert!(matches!(error, EvaluatorError::Missing { what: "indicator", .. }), "{error:?}");
    // A part with a label that is neither the derived one's nor that of the classes.
    let error = refused(&|plan| plan.services[0].indicators[0].derivation = relative("chat/of", "chat/plain"));
    assert!(matches!(error, EvaluatorError::Missing { what: "label", .. }), "{error:?}");
}
