//! Time that counts for nothing, worked out by hand.

mod common;
mod judge;

use common::*;
use farthing_evaluator::{Evaluator, Verdict};
use farthing_plan::{Aggregate, Comparison, Exclusion, Plan};
use judge::{Reading, Record, Series, judge};

const S: i64 = START / 1_000;

fn dates(from: i64, until: i64) -> Exclusion {
    Exclusion::Dates { from, until, because: Some("load test".into()) }
}

fn when(flow: &str) -> Exclusion {
    Exclusion::When { flow: flow.into(), because: None }
}

/// `n / d <= 1` with a budget of 10% over an hour, without such time.
fn without(exclusions: Vec<Exclusion>) -> Plan {
    let flows = vec![
        flow("chat/n", &[], counter("n_total", "1")),
        flow("chat/d", &[], counter("d_total", "1")),
        flow("chat/deploying", &[], gauge_time("deploys", Some((Comparison::Greater, "0")))),
    ];
    let mut sli = indicator("chat/i", &[], vec![needed("chat/n")], "0.5/60", vec![needed("chat/d")]);
    sli.exclusions = exclusions;
    plan(flows, vec![sli.clone()], vec![with_policy(at_most("chat/o", &sli, "1", "0.1"), 3_600)], vec![])
}

/// Two of each a minute.
fn steady() -> Vec<Series> {
    vec![counted("n_total", &[], 120.0), counted("d_total", &[], 120.0)]
}

fn after_an_hour(plan: &Plan, data: &[Series]) -> Verdict {
    let mut all = Vec::new();
    for pace in [Pace::Live, Pace::AtOnce, Pace::Backtest] {
        let evaluator = run(plan, data, &[], pace, START + HOUR);
        assert_agree(plan, &evaluator.report(), &judge(plan, data, &[], START + HOUR), &format!("{pace:?}"));
        all.push(only(&evaluator));
    }
    all.remove(0)
}

#[track_caller]
fn assert_counts(verdict: &Verdict, minutes: f64, excluded_s: u64) {
    // Two, and the constant's half; two.
    assert_is(verdict.numerator, 2.5 * minutes);
    assert_is(verdict.denominator, 2.0 * minutes);
    assert_eq!((verdict.observed_s, verdict.excluded_s), (minutes as u64 * 60, excluded_s));
    // 0.5 beyond each minute, 0.2 allowed.
    assert_is(verdict.consumed, 2.5);
}

#[test]
fn dates_exclude_the_minutes_that_lie_in_them() {
    let of = |exclusions| after_an_hour(&without(exclusions), &steady());
    assert_counts(&of(vec![]), 60.0, 0);
    assert_counts(&of(vec![dates(S + 1_200, S + 1_800)]), 50.0, 600);
    // What lies in a part of a minute excludes nothing of it.
    assert_counts(&of(vec![dates(S + 1_201, S + 1_799)]), 52.0, 480);
    // What overlaps is excluded once; what is over or to come is no part of the period.
    let many = vec![
        dates(S + 1_200, S + 1_800),
        dates(S + 1_500, S + 2_100),
        dates(S + 2_100, S + 2_160),
        dates(S - 86_400, S),
        dates(S + 3_600, S + 86_400),
    ];
    assert_counts(&of(many), 44.0, 960);
    // Of the period, whether or not there were samples in it.
    assert_counts(&of(vec![dates(S - 86_400, S + 600)]), 50.0, 600);
    let verdict = of(vec![dates(S, S + 3_600)]);
    assert_eq!((verdict.observed_s, verdict.excluded_s, verdict.met), (0, 3_600, None));
    assert!(verdict.burn.iter().all(|burn| burn.rate.is_none()));
}

#[test]
fn minutes_in_which_a_flow_comes_to_more_than_nothing_are_excluded() {
    let plan = without(vec![when("chat/deploying")]);
    let deploys = |from: i64, to: i64| {
        let value = move |t: i64| if (START + from..START + to).contains(&t) { 1.0 } else { 0.0 };
        let mut data = steady();
        data.push(series("deploys", &[("pod", "a")], holding(every(15_000, 0, HOUR), value)));
        data
    };
    assert_counts(&after_an_hour(&plan, &steady()), 60.0, 0);
    assert_counts(&after_an_hour(&plan, &deploys(0, 0)), 60.0, 0);
    assert_counts(&after_an_hour(&plan, &deploys(10 * MIN, 15 * MIN)), 55.0, 300);
    // From 10:15 to 12:15 three minutes are touched.
    assert_counts(&after_an_hour(&plan, &deploys(10 * MIN + 15_000, 12 * MIN + 15_000)), 57.0, 180);
    // A date as well: minutes 13 to 20, of which 13 to 15 are excluded twice.
    let both = without(vec![when("chat/deploying"), dates(S + 720, S + 1_200)]);
    assert_counts(&after_an_hour(&both, &deploys(10 * MIN, 15 * MIN)), 50.0, 600);
}

#[test]
fn what_is_excluded_ends_an_alert_and_is_in_no_long_window() {
    // Ten times too dear from 01:00 to 03:00 of the second day, and excluded from 02:00 to 03:00.
    let mut plan = without(vec![dates(S + 86_400 + 7_200, S + 86_400 + 10_800)]);
    let sli = plan.services[0].indicators[0].clone();
    plan.services[0].objectives = vec![with_policy(at_most("chat/o", &sli, "1.25", "0.1"), 30 * DAY_S)];
    let dear = |t: i64| if (START + 25 * HOUR + 1..=START + 27 * HOUR).contains(&t) { 25.0 } else { 2.0 };
    let data = vec![
        series("n_total", &[], rising(every(MIN, 0, 30 * HOUR), |t| dear(t) / 60.0)),
        series("d_total", &[], rising(every(MIN, 0, 30 * HOUR), |_| 2.0 / 60.0)),
    ];
    let evaluator = run(&plan, &data, &[], Pace::Backtest, START + 30 * HOUR);
    assert_agree(&plan, &evaluator.report(), &judge(&plan, &data, &[], START + 30 * HOUR), "long");
    let verdict = only(&evaluator);
    assert_eq!((verdict.observed_s, verdict.excluded_s), (29 * 3_600, 3_600));
    // 23 beyond in each of 60 minutes.
    assert_is(verdict.excess, 23.0 * 60.0);
    let fired = evaluator.report().alerts_fired;
    let short = fired.iter().find(|fired| fired.short_s == 300).expect("a page");
    // The last dear minute that counts ends at 02:00; five minutes later there is none in the short window.
    assert_eq!(short.until_ms, Some(START + 26 * HOUR + 5 * MIN));
}

#[test]
fn late_events_do_not_count_in_excluded_minutes() {
    let flows = vec![
        flow("chat/all", &[], count_of(vec![])),
        flow("chat/deploying", &[], gauge("deploys", Aggregate::Sum, "1")),
    ];
    let mut sli = indicator("chat/i", &[], vec![needed("chat/all")], "0", vec![needed("chat/all")]);
    sli.exclusions = vec![dates(S + 3_600, S + 7_200), when("chat/deploying")];
    let mut objective = at_most("chat/o", &sli, "1", "1");
    objective.period = farthing_plan::Period::rolling(2 * DAY_S);
    let plan = plan(flows, vec![sli], vec![objective], vec![requests()]);
    let mut evaluator = Evaluator::new(&plan).expect("a plan");
    let deploys = evaluator.series("deploys", &[]).expect("a series");
    let event = |t: i64| Record {
        event: "requests".into(),
        time_ms: START + t,
        numbers: vec![0.0; 3],
        labels: vec!["a".into(), "ok".into()],
    };
    // Deploying from 03:00 to 04:00; the first event known is of 20:00. Then all the morning is in slots only.
    for t in every(MIN, 0, DAY) {
        let value = if (START + 3 * HOUR..START + 4 * HOUR).contains(&t) { 1.0 } else { 0.0 };
        evaluator.observe(deploys, t, farthing_evaluator::SampleValue::Number(value)).expect("a sample");
        if t == START + 20 * HOUR {
            record_one(&mut evaluator, &plan, &event(20 * HOUR));
        }
        evaluator.advance(t);
    }
    assert_eq!((only(&evaluator).denominator, only(&evaluator).observed_s), (1.0, 4 * 3_600 + 60));
    // One of 00:30, which begins it all; then one in each of the excluded hours, and one in none.
    for t in [30 * MIN, 90 * MIN, 3 * HOUR + 30 * MIN, 2 * HOUR + 30 * MIN] {
        record_one(&mut evaluator, &plan, &event(t));
    }
    evaluator.advance(START + DAY);
    let verdict = only(&evaluator);
    assert_eq!((verdict.denominator, verdict.excluded_s), (3.0, 7_200));
    // From the minute that ends at 00:30 on, without two hours.
    assert_eq!(verdict.observed_s, (23 * 60 + 31 - 120) * 60);
}

#[test]
fn a_stale_marker_ends_what_excludes() {
    let plan = without(vec![when("chat/deploying")]);
    let mut data = steady();
    let samples = vec![
        (START + 10 * MIN, Reading::Number(1.0)),
        (START + 12 * MIN, Reading::Stale),
        (START + 14 * MIN, Reading::Number(0.0)),
        (START + 15 * MIN, Reading::Number(2.0)),
    ];
    data.push(series("deploys", &[], samples));
    // Two minutes up to the marker. The last sample has none after it, so nothing is known of the time from then on.
    assert_counts(&after_an_hour(&plan, &data), 58.0, 120);
}
