//! Trade-offs, worked out by hand.

mod common;
mod judge;

use common::*;
use farthing_evaluator::{Evaluator, EvaluatorError, Report};
use farthing_plan::{Corner, CornerKind, Plan, Tradeoff};
use judge::{Series, judge};

const KINDS: [CornerKind; 3] = [CornerKind::Cost, CornerKind::Latency, CornerKind::Quality];

/// Three shares of requests with budgets of 10%, and two promises: of the first two, and of all three.
fn promises(by: &[&str]) -> Plan {
    let names = ["dear", "slow", "wrong"];
    let mut flows = vec![flow("chat/all", by, counter("all_total", "1"))];
    flows.extend(names.map(|name| flow(&format!("chat/{name}"), by, counter(&format!("{name}_total"), "1"))));
    let sli = |name: &str| {
        indicator(&format!("chat/{name}"), by, vec![needed(&format!("chat/{name}"))], "0", vec![needed("chat/all")])
    };
    let slis = names.map(sli);
    let objectives =
        slis.iter().map(|sli| with_policy(share(&format!("{}_o", sli.id), sli, "0.9"), 3_600)).collect::<Vec<_>>();
    let corner = |at: usize| Corner { kind: KINDS[at], objective: objectives[at].id.clone() };
    let tradeoff = |name: &str, corners: &[usize]| Tradeoff {
        id: format!("chat/{name}"),
        name: name.into(),
        title: name.into(),
        doc: None,
        corners: corners.iter().map(|at| corner(*at)).collect(),
    };
    let tradeoffs = vec![tradeoff("two", &[0, 1]), tradeoff("three", &[0, 1, 2])];
    let mut plan = plan(flows, slis.to_vec(), objectives, vec![]);
    plan.services[0].tradeoffs = tradeoffs;
    plan
}

/// Of 100 requests an hour, so many are dear, slow and wrong.
fn data(labels: &[(&str, &str)], bad: [Option<f64>; 3]) -> Vec<Series> {
    let mut data = vec![counted("all_total", labels, 100.0)];
    for (name, bad) in ["dear_total", "slow_total", "wrong_total"].iter().zip(bad) {
        data.extend(bad.map(|bad| counted(name, labels, bad)));
    }
    data
}

fn after_an_hour(plan: &Plan, data: &[Series]) -> Report {
    let report = run(plan, data, &[], Pace::Live, START + HOUR).report();
    let judged = judge(plan, data, &[], START + HOUR);
    assert_agree(plan, &report, &judged, "objectives");
    assert_tradeoffs_agree(plan, &report, &judged, "trade-offs");
    report
}

#[test]
fn one_that_is_met_while_another_is_not_is_not_met() {
    // Requests are cheap and slow: the one was bought with the other.
    let report = after_an_hour(&promises(&[]), &data(&[], [Some(2.0), Some(15.0), Some(5.0)]));
    let service = &report.services[0];
    let [dear, slow, wrong] = [0, 1, 2].map(|at| &service.objectives[at].verdicts[0]);
    assert_eq!((dear.met_alone, dear.met), (Some(true), Some(false)));
    assert_eq!((slow.met_alone, slow.met), (Some(false), Some(false)));
    assert_eq!((wrong.met_alone, wrong.met), (Some(true), Some(false)));
    // Told once, though both trade-offs have both.
    assert_eq!(dear.spoiled_by, ["chat/slow_o"]);
    assert!(slow.spoiled_by.is_empty());
    // Their own budgets are as they are.
    assert_is(dear.consumed, 0.2);
    for (tradeoff, corners) in service.tradeoffs.iter().zip([2, 3]) {
        let [verdict] = tradeoff.verdicts.as_slice() else { panic!("one group") };
        assert_eq!((verdict.met, verdict.worst, verdict.corners.len()), (Some(false), Some(1), corners));
        assert_is(verdict.consumed, 1.5);
        assert_is(verdict.burn[0].rate, 1.5);
        assert_eq!(verdict.burn.iter().map(|burn| burn.window_s).collect::<Vec<_>>(), [300, 3_600]);
        let met: Vec<_> = verdict.corners.iter().map(|corner| (corner.kind, corner.met)).collect();
        let expected = [(KINDS[0], Some(true)), (KINDS[1], Some(false)), (KINDS[2], Some(true))];
        assert_eq!(met, expected[..corners]);
        assert_is(verdict.corners[0].consumed, 0.2);
    }
}

#[test]
fn a_promise_is_met_when_all_corners_are() {
    let report = after_an_hour(&promises(&[]), &data(&[], [Some(2.0), Some(9.0), Some(5.0)]));
    let service = &report.services[0];
    for tradeoff in &service.tradeoffs {
        assert_eq!((tradeoff.verdicts[0].met, tradeoff.verdicts[0].worst), (Some(true), Some(1)));
        assert_is(tradeoff.verdicts[0].consumed, 0.9);
    }
    assert!(service.objectives.iter().all(|objective| objective.verdicts[0].met == Some(true)));
    // The third one alone is missed: the promise of the first two is kept, but they are not.
    let report = after_an_hour(&promises(&[]), &data(&[], [Some(2.0), Some(9.0), Some(50.0)]));
    let service = &report.services[0];
    assert_eq!(service.tradeoffs.iter().map(|of| of.verdicts[0].met).collect::<Vec<_>>(), [Some(true), Some(false)]);
    assert_eq!(service.objectives[0].verdicts[0].spoiled_by, ["chat/wrong_o"]);
}

#[test]
fn there_is_no_verdict_while_a_corner_has_none() {
    let report = after_an_hour(&promises(&[]), &data(&[], [Some(2.0), Some(15.0), None]));
    let service = &report.services[0];
    let verdict = &service.tradeoffs[1].verdicts[0];
    assert_eq!((verdict.met, verdict.consumed, verdict.worst), (None, None, None));
    assert_eq!(verdict.corners[1].met, Some(false));
    assert_eq!(verdict.corners[2].met, None);
    // What is missed is missed: the first corner is not met.
    assert_eq!(service.objectives[0].verdicts[0].met, Some(false));
    assert_eq!(service.objectives[2].verdicts[0].met, None);
}

#[test]
fn each_group_is_judged_by_itself() {
    let mut all = data(&[("model", "a")], [Some(2.0), Some(15.0), Some(1.0)]);
    all.extend(data(&[("model", "b")], [Some(2.0), Some(3.0), Some(1.0)]));
    // A group that only one corner has.
    all.extend(data(&[("model", "c")], [Some(2.0), None, None]).into_iter().take(2));
    let report = after_an_hour(&promises(&["model"]), &all);
    let met: Vec<_> = report.services[0].tradeoffs[0].verdicts.iter().map(|verdict| verdict.met).collect();
    assert_eq!(met, [Some(false), Some(true), None]);
    let cheap: Vec<_> = report.services[0].objectives[0].verdicts.iter().map(|verdict| verdict.met).collect();
    assert_eq!(cheap, [Some(false), Some(true), Some(true)]);
}

#[test]
fn a_corner_that_is_no_objective_is_refused() {
    let mut plan = promises(&[]);
    plan.services[0].tradeoffs[0].corners[0].objective = "chat/x".into();
    let refused = Evaluator::new(&plan).map(|_| ());
    assert!(matches!(refused, Err(EvaluatorError::Missing { what: "objective", .. })), "{refused:?}");
}
