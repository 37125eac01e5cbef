//! Every form of objective, worked out by hand: an hour of data, an hour's period.

mod common;
mod judge;

use common::*;
use farthing_evaluator::{Evaluator, Verdict};
use farthing_plan::{Aggregate, Alert, Comparison, Indicator, Objective, Plan, WhenAbsent};
use judge::{Reading, Record, Series};

fn hourly(flows: Vec<farthing_plan::Flow>, sli: &Indicator, objective: Objective) -> Plan {
    plan(flows, vec![sli.clone()], vec![with_policy(objective, 3_600)], vec![requests()])
}

/// The verdict after an hour of such data.
fn after_an_hour(plan: &Plan, series: &[Series]) -> Verdict {
    only(&run(plan, series, &[], Pace::Live, START + HOUR))
}

/// E, A and what is measured; from these, all else follows.
#[track_caller]
fn assert_verdict(verdict: &Verdict, measured: f64, excess: f64, allowance: f64) {
    assert_is(verdict.measured, measured);
    assert_is(verdict.excess, excess);
    assert_is(verdict.allowance, allowance);
    assert_is(verdict.consumed, excess / allowance);
    assert_is(verdict.left, allowance - excess);
    assert_eq!(verdict.met, Some(excess <= allowance));
    assert_eq!((verdict.observed_s, verdict.period_s), (3_600, 3_600));
    for burn in &verdict.burn {
        // Steady: every window burns alike.
        assert_is(burn.rate, excess / allowance);
    }
    assert_eq!(verdict.burn.len(), 2);
    let spends = 0.0 < excess && excess < allowance;
    assert_eq!(verdict.exhaustion_s.is_some(), spends);
    if spends {
        assert_is(verdict.exhaustion_s, (allowance - excess) / excess * 3_600.0);
    }
}

#[test]
fn a_mean_of_at_most() {
    let flows = vec![
        flow("chat/gpu", &[], gauge("gpus", Aggregate::Sum, "2.49/3600")),
        flow("chat/answers", &[], counter("answers_total", "1")),
    ];
    // The gateway is $0.40 an hour.
    let sli = indicator("chat/i", &[], vec![needed("chat/gpu")], "0.40/3600", vec![needed("chat/answers")]);
    let plan = hourly(flows, &sli, at_most("chat/o", &sli, "0.01", "0.05"));
    for (gpus, answers) in [(4.0, 1_000.0), (4.0, 1_030.0), (4.0, 2_000.0)] {
        let data = [
            series("gpus", &[], holding(every(15_000, 0, HOUR), |_| gpus)),
            counted("answers_total", &[("finished_reason", "stop")], answers * 0.75),
            counted("answers_total", &[("finished_reason", "length")], answers * 0.25),
        ];
        let cost = 2.49 * gpus + 0.40;
        assert_verdict(&after_an_hour(&plan, &data), cost / answers, cost - 0.01 * answers, 0.0005 * answers);
    }
}

#[test]
fn a_mean_of_at_least() {
    let flows = vec![
        flow("chat/tokens", &[], counter("tokens_total", "1")),
        flow("chat/gpu", &[], gauge("gpu_up", Aggregate::Count, "2.50/3600")),
    ];
    let sli = indicator("chat/i", &[], vec![needed("chat/tokens")], "0", vec![needed("chat/gpu")]);
    // At least 400,000 tokens a dollar; two GPUs of $2.50 are to give 2,000,000 an hour.
    let plan = hourly(flows, &sli, at_least("chat/o", &sli, "400000", "0.05"));
    for (tokens, dollars_worth) in [(1_960_000.0, 4.9), (1_600_000.0, 4.0), (2_400_000.0, 6.0)] {
        let gpu = |id| series("gpu_up", &[("gpu", id)], holding(every(15_000, 0, HOUR), |_| 0.0));
        let data = [gpu("0"), gpu("1"), counted("tokens_total", &[], tokens)];
        assert_verdict(&after_an_hour(&plan, &data), tokens / 5.0, 5.0 - dollars_worth, 0.05 * dollars_worth);
    }
}

#[test]
fn a_share_of_requests() {
    let flows = vec![
        flow("chat/failed", &[], counter("failed_total", "1")),
        flow("chat/all", &[], counter("requests_total", "1")),
    ];
    let failed = term("chat/failed", "1", WhenAbsent::Zero);
    let sli = indicator("chat/i", &[], vec![failed], "0", vec![needed("chat/all")]);
    let plan = hourly(flows, &sli, share("chat/o", &sli, "0.99"));
    for failed in [8.0, 12.0] {
        let data = [counted("requests_total", &[], 1_000.0), counted("failed_total", &[], failed)];
        assert_verdict(&after_an_hour(&plan, &data), 1.0 - failed / 1_000.0, failed, 10.0);
    }
    // None failed, and the series was never born.
    let verdict = after_an_hour(&plan, &[counted("requests_total", &[], 1_000.0)]);
    assert_verdict(&verdict, 1.0, 0.0, 10.0);
}

#[test]
fn a_quantile_of_a_histogram() {
    let flows = vec![
        flow("chat/count", &[], counter("ttft_seconds_count", "1")),
        flow("chat/fast", &[], bucket("ttft_seconds_bucket", "0.4")),
    ];
    let slow = vec![needed("chat/count"), term("chat/fast", "-1", WhenAbsent::Unobserved)];
    let sli = indicator("chat/i", &[], slow, "0", vec![needed("chat/count")]);
    // p95 below 400 ms: of 600, 30 may be slower.
    let plan = hourly(flows, &sli, share("chat/o", &sli, "0.95"));
    for slow in [24.0, 36.0] {
        let data = [
            counted("ttft_seconds_count", &[], 600.0),
            counted("ttft_seconds_bucket", &[("le", "0.2")], 300.0),
            counted("ttft_seconds_bucket", &[("le", "0.4")], 600.0 - slow),
            counted("ttft_seconds_bucket", &[("le", "+Inf")], 600.0),
        ];
        assert_verdict(&after_an_hour(&plan, &data), 1.0 - slow / 600.0, slow, 30.0);
    }
}

#[test]
fn a_share_of_time() {
    let flows = vec![
        flow("chat/cold", &[], gauge_time("hit_ratio", Some((Comparison::Less, "0.5")))),
        flow("chat/time", &[], gauge_time("hit_ratio", None)),
    ];
    let sli = indicator("chat/i", &[], vec![needed("chat/cold")], "0", vec![needed("chat/time")]);
    // At or above 0.5 for 90% of the time, of two servers: 720 of 7,200 seconds may be below.
    let plan = hourly(flows, &sli, share("chat/o", &sli, "0.9"));
    for below in [2, 9] {
        // Below for so many seconds of each minute, on the one; at the bound, which is not below, on the other.
        let at = |t: i64| if t % MIN < below * 2_000 { 0.49 } else { 0.5 };
        let server =
            |id, at: &dyn Fn(i64) -> f64| series("hit_ratio", &[("pod", id)], holding(every(2_000, 0, HOUR), at));
        let data = [server("a", &at), server("b", &|_| 0.5)];
        let seconds = 60.0 * 2.0 * below as f64;
        assert_verdict(&after_an_hour(&plan, &data), 1.0 - seconds / 7_200.0, seconds, 720.0);
    }
}

#[test]
fn events_by_model() {
    let by = &["model"][..];
    let dear = number_is(cost(), Comparison::AtLeast, "0.006");
    let flows = vec![flow("chat/dear", by, count_of(vec![dear])), flow("chat/all", by, count_of(vec![]))];
    let sli = indicator("chat/i", by, vec![needed("chat/dear")], "0", vec![needed("chat/all")]);
    let plan = hourly(flows, &sli, share("chat/o", &sli, "0.75"));
    let event = |minute: i64, model: &str, context: f64, generated: f64| Record {
        event: "requests".into(),
        time_ms: START + minute * MIN,
        numbers: vec![context, generated, 0.0],
        labels: vec![model.into(), "ok".into()],
    };
    let events = [
        // $0.003 + $0.003: exactly the bound, so not below it. And one a token short of it.
        event(10, "a", 1_000.0, 200.0),
        event(20, "a", 999.0, 200.0),
        event(30, "b", 1_000.0, 0.0),
        event(40, "b", 0.0, 399.0),
        event(50, "b", 0.0, 401.0),
        event(60, "b", 1.0, 1.0),
    ];
    let report = run(&plan, &[], &events, Pace::Live, START + HOUR).report();
    let verdicts = &report.services[0].objectives[0].verdicts;
    let models: Vec<&str> = verdicts.iter().map(|verdict| verdict.labels["model"].as_str()).collect();
    assert_eq!(models, ["a", "b"]);
    for (verdict, all, observed) in [(&verdicts[0], 2.0, 51), (&verdicts[1], 4.0, 31)] {
        assert_eq!((verdict.numerator, verdict.denominator), (1.0, all));
        assert_eq!(verdict.measured, Some(1.0 - 1.0 / all));
        assert_eq!(verdict.consumed, Some(1.0 / (0.25 * all)));
        // From the minute of the group's first event on.
        assert_eq!(verdict.observed_s, observed * 60);
    }
    // 1 of 4 is exactly what may be; 1 of 2 is twice that.
    assert_eq!((verdicts[0].met, verdicts[1].met), (Some(false), Some(true)));
}

#[test]
fn what_is_exactly_allowed_is_met_and_what_is_exactly_the_factor_does_not_fire() {
    let flows = vec![
        flow("chat/dear", &[], count_of(vec![number_is(cost(), Comparison::AtLeast, "0.006")])),
        flow("chat/all", &[], count_of(vec![])),
    ];
    let sli = indicator("chat/i", &[], vec![needed("chat/dear")], "0", vec![needed("chat/all")]);
    let mut met = 0;
    for percent in 1..100_u32 {
        let mut objective = share("chat/o", &sli, &format!("{}/100", 100 - percent));
        objective.alerts = with_policy(objective.clone(), 3_600).alerts;
        objective.period = farthing_plan::Period::rolling(3_600);
        // Over the five minutes that there are, the burn rate is the budget consumed.
        objective.alerts.truncate(1);
        objective.alerts[0] = Alert { long: 300, short: 300, factor: exact("1"), ..objective.alerts[0].clone() };
        let plan = plan(flows.clone(), vec![sli.clone()], vec![objective], vec![requests()]);
        for bad in [percent, percent + 1] {
            let mut evaluator = Evaluator::new(&plan).expect("a plan");
            for i in 0..100 {
                let record = Record {
                    event: "requests".into(),
                    time_ms: START + 1 + i * 2_000,
                    numbers: vec![if i < i64::from(bad) { 2_000.0 } else { 0.0 }, 0.0, 0.0],
                    labels: vec!["a".into(), "ok".into()],
                };
                record_one(&mut evaluator, &plan, &record);
            }
            evaluator.advance(START + 5 * MIN);
            let verdict = only(&evaluator);
            assert_eq!(verdict.met, Some(bad == percent), "{bad} bad ones of 100, {percent} allowed");
            assert_eq!(verdict.alerts[0].firing, bad > percent, "{bad} bad ones of 100, {percent} allowed");
            // In floats, 0.29 * 100 is below 29: without care some of these would be missed promises.
            met += usize::from(verdict.consumed.is_some_and(|consumed| bad == percent && consumed > 1.0));
        }
    }
    assert!(met > 0, "no case in which it mattered");
}

#[test]
fn long_windows_end_with_the_last_slot_and_short_ones_now() {
    let flows = vec![flow("chat/n", &[], counter("n_total", "1")), flow("chat/d", &[], counter("d_total", "1"))];
    let sli = indicator("chat/i", &[], vec![needed("chat/n")], "0", vec![needed("chat/d")]);
    let plan = plan(flows, vec![sli.clone()], vec![with_policy(at_most("chat/o", &sli, "1", "1"), DAY_S)], vec![]);
    // One a minute of both; ten more of the numerator in the one minute from 12:14 to 12:15.
    let burst = START + 12 * HOUR + 15 * MIN;
    let data = [
        series("n_total", &[], rising(every(MIN, 0, DAY), |t| if t == burst { 11.0 / 60.0 } else { 1.0 / 60.0 })),
        series("d_total", &[], rising(every(MIN, 0, DAY), |_| 1.0 / 60.0)),
    ];
    let at = |minute: i64| {
        let end = START + 12 * HOUR + minute * MIN;
        let until = |series: &Series| Series {
            samples: series.samples.iter().copied().filter(|sample: &(i64, Reading)| sample.0 <= end).collect(),
            ..series.clone()
        };
        only(&run(&plan, &data.iter().map(until).collect::<Vec<_>>(), &[], Pace::Live, end))
    };
    // At 12:17 the day ends at 12:10: nothing of the burst is in the budget, but all in the last five minutes.
    let verdict = at(17);
    assert_is(verdict.denominator, 730.0);
    assert_is(verdict.excess + 1.0, 1.0);
    assert_eq!(verdict.observed_s, 730 * 60);
    // 10 in 300 s, where one a minute spends the budget in a day.
    assert_is(verdict.burn[0].rate, 2.0);
    // At 12:20 it is in both.
    let verdict = at(20);
    assert_is(verdict.denominator, 740.0);
    assert_is(verdict.excess, 10.0);
    assert_is(verdict.consumed, 10.0 / 740.0);
    assert_is(verdict.burn[0].rate.expect("a rate") + 1.0, 1.0);
    assert_is(verdict.burn.iter().find(|burn| burn.window_s == 3_600).and_then(|burn| burn.rate), 1.0 / 6.0);
}
