//! The evaluator and the judge agree on families of scenarios.

mod common;
mod judge;

use common::*;
use farthing_plan::{Aggregate, Comparison, Condition, Objective, Plan, WhenAbsent};
use judge::{Reading, Record, Series};

/// $ per answer: GPUs by the hour and a gateway, over answers.
fn cost_per_answer(by: &[&str], period: u64) -> Plan {
    let flows = vec![
        flow("chat/gpu", by, gauge("gpus", Aggregate::Sum, "2.49/3600")),
        flow("chat/answers", by, counter("answers_total", "1")),
    ];
    let sli = indicator("chat/cost", by, vec![needed("chat/gpu")], "1/9000", vec![needed("chat/answers")]);
    let objectives = vec![with_policy(at_most("chat/affordable", &sli, "0.01", "0.05"), period)];
    plan(flows, vec![sli], objectives, vec![])
}

/// Feeds what there is up to `end`, at every pace, and compares with the judge's verdicts on the same.
fn check(case: &str, plan: &Plan, series: &[Series], events: &[Record], end: i64) {
    let until = |series: &Series| Series {
        samples: series.samples.iter().copied().filter(|sample| sample.0 <= end).collect(),
        ..series.clone()
    };
    let series: &[Series] = &series.iter().map(until).collect::<Vec<_>>();
    let events: &[Record] = &events.iter().filter(|event| event.time_ms <= end).cloned().collect::<Vec<_>>();
    let judged = judge::judge(plan, series, events, end);
    for pace in [Pace::Live, Pace::Backtest, Pace::AtOnce, Pace::Restarting] {
        let report = run(plan, series, events, pace, end).report();
        assert_eq!(report.at_ms, end.div_euclid(MIN) * MIN);
        assert_agree(plan, &report, &judged, &format!("{case}, {pace:?}"));
        if pace == Pace::AtOnce {
            assert_same_alerts(plan, &report, &judged, case);
        }
    }
}

#[test]
fn steady_traffic() {
    for (gauge_step, counter_step) in [(15_000, 15_000), (60_000, 60_000), (60_000, 30_000), (47_000, 61_000)] {
        let data = [
            series("gpus", &[], holding(every(gauge_step, 0, 3 * DAY), |_| 4.0)),
            series("answers_total", &[], rising(every(counter_step, 7_000, 3 * DAY), |_| 0.35)),
        ];
        for end in [3 * DAY, 3 * DAY - 3 * MIN, 2 * DAY + 17 * MIN + 250] {
            check(
                &format!("{gauge_step} {counter_step} {end}"),
                &cost_per_answer(&[], 2 * DAY_S),
                &data,
                &[],
                START + end,
            );
        }
    }
}

#[test]
fn twenty_idle_minutes_in_thirty_days() {
    let idle = |t: i64| (START + 11 * DAY..START + 11 * DAY + 20 * MIN).contains(&t);
    let data = [
        series("gpus", &[], holding(every(MIN, 0, 30 * DAY), |_| 4.0)),
        series("answers_total", &[], rising(every(MIN, 0, 30 * DAY), |t| if idle(t) { 0.0 } else { 0.35 })),
    ];
    check("idle", &cost_per_answer(&[], 30 * DAY_S), &data, &[], START + 30 * DAY);
}

#[test]
fn nearly_all_traffic_in_one_hour() {
    let busy = |t: i64| (START + 21 * DAY..START + 21 * DAY + HOUR).contains(&t);
    let data = [
        series("gpus", &[], holding(every(MIN, 0, 30 * DAY), |t| if busy(t) { 64.0 } else { 0.1 })),
        series("answers_total", &[], rising(every(MIN, 0, 30 * DAY), |t| if busy(t) { 700.0 } else { 0.001 })),
    ];
    check("one hour", &cost_per_answer(&[], 30 * DAY_S), &data, &[], START + 30 * DAY + 5 * MIN);
}

#[test]
fn resets_gaps_births_ends_and_markers() {
    for seed in 0..12 {
        let mut random = Random(seed);
        let mut data = Vec::new();
        for labels in [[("model", "a"), ("pod", "1")], [("model", "a"), ("pod", "2")], [("model", "b"), ("pod", "1")]] {
            for name in ["gpus", "answers_total"] {
                data.push(series(name, &labels, eventful(&mut random, name == "gpus")));
                if random.next().is_multiple_of(2) {
                    let at = data.len() - 1;
                    data[at].created_ms = Some(data[at].samples[0].0 - random.between(-MIN, 7 * MIN));
                }
            }
        }
        let end = START + 2 * DAY + random.between(0, 40) * MIN / 2;
        for by in [&[][..], &["model"], &["model", "pod"], &["missing"]] {
            check(&format!("seed {seed} by {by:?}"), &cost_per_answer(by, DAY_S), &data, &[], end);
        }
    }
}

/// A day or two of a series in which everything happens that can.
fn eventful(random: &mut Random, gauge: bool) -> Vec<(i64, Reading)> {
    let (mut t, mut value) = (START + random.between(0, 12 * HOUR), 0.0);
    let end = START + random.between(DAY, 2 * DAY);
    let step = [15_000, 30_000, 60_000][random.next() as usize % 3];
    let mut samples = Vec::new();
    while t < end {
        value = match random.next() % 60 {
            0 => 0.0,
            1 => 3.0,
            _ if gauge => (random.share() * 8.0).floor(),
            _ => value + random.share() * 40.0,
        };
        samples.push((t, Reading::Number(value)));
        t += match random.next() % 200 {
            0 => 4 * MIN,
            1 => 5 * MIN,
            2 => 5 * MIN + 1,
            3 => 6 * MIN,
            4 => 60 * MIN,
            5..=7 => {
                samples.push((t + step, Reading::Stale));
                step + random.between(1, 7 * MIN)
            }
            _ => step + random.between(-900, 900),
        };
    }
    samples
}

#[test]
fn gaps_around_the_look_back() {
    for gap in [4 * MIN, 5 * MIN, 5 * MIN + 1, 6 * MIN, 60 * MIN] {
        let silent = |t: &i64| !(START + 6 * HOUR + 1..START + 6 * HOUR + gap).contains(t);
        let with_gap = |name| {
            let times = every(MIN, 0, 12 * HOUR).filter(silent).chain([START + 6 * HOUR + gap]);
            let mut times: Vec<i64> = times.collect();
            times.sort();
            times.dedup();
            if name == "gpus" {
                series(name, &[], holding(times.into_iter(), |_| 4.0))
            } else {
                series(name, &[], rising(times.into_iter(), |_| 0.35))
            }
        };
        let both = [with_gap("gpus"), with_gap("answers_total")];
        let full = series("gpus", &[], holding(every(MIN, 0, 12 * HOUR), |_| 4.0));
        check(&format!("{gap} in both"), &cost_per_answer(&[], DAY_S), &both, &[], START + 12 * HOUR);
        let one = [full, both[1].clone()];
        check(&format!("{gap} in one"), &cost_per_answer(&[], DAY_S), &one, &[], START + 12 * HOUR);
    }
}

/// Two objectives that share their denominator, one the other way round, and shares of all three kinds.
fn many_forms(period: u64) -> Plan {
    let zero = |flow: &str, factor: &str| term(flow, factor, WhenAbsent::Zero);
    let flows = vec![
        flow("chat/gpu", &[], gauge("gpus", Aggregate::Count, "2.49/3600")),
        flow("chat/energy", &[], counter("energy_mj_total", "0.001/3600000")),
        flow("chat/answers", &[], counter("answers_total", "1")),
        flow("chat/failed", &[], counter("failed_total", "1")),
        flow("chat/ttft_count", &[], counter("ttft_count", "1")),
        flow("chat/ttft_fast", &[], bucket("ttft_bucket", "0.4")),
        flow("chat/cold", &[], gauge_time("cache_hit", Some((Comparison::Less, "0.5")))),
        flow("chat/cache", &[], gauge_time("cache_hit", None)),
    ];
    let mean = indicator(
        "chat/cost",
        &[],
        vec![needed("chat/gpu"), term("chat/energy", "0.2", WhenAbsent::Unobserved)],
        "0.4/3600",
        vec![needed("chat/answers")],
    );
    let back = indicator("chat/answers_per_dollar", &[], vec![needed("chat/answers")], "0", vec![needed("chat/gpu")]);
    let failed = indicator("chat/failing", &[], vec![zero("chat/failed", "1")], "0", vec![needed("chat/answers")]);
    let slow = indicator(
        "chat/slow",
        &[],
        vec![needed("chat/ttft_count"), term("chat/ttft_fast", "-1", WhenAbsent::Unobserved)],
        "0",
        vec![needed("chat/ttft_count")],
    );
    let cold = indicator("chat/cold_time", &[], vec![needed("chat/cold")], "0", vec![needed("chat/cache")]);
    let objectives: Vec<Objective> = vec![
        at_most("chat/affordable", &mean, "0.01", "0.05"),
        at_most("chat/cheap", &mean, "0.004", "0.1"),
        at_least("chat/yield", &back, "120", "0.05"),
        share("chat/working", &failed, "0.8"),
        share("chat/fast", &slow, "0.95"),
        share("chat/warm", &cold, "0.9"),
    ];
    let objectives = objectives.into_iter().map(|objective| with_policy(objective, period)).collect();
    plan(flows, vec![mean, back, failed, slow, cold], objectives, vec![])
}

#[test]
fn every_form_on_shared_flows() {
    for seed in 100..104 {
        let mut random = Random(seed);
        let span = 30 * HOUR;
        let mut steady = |name: &str, labels: &[(&str, &str)], rate: f64| {
            let noise: Vec<f64> = (0..64).map(|_| random.share()).collect();
            let rate = |t: i64| rate * noise[(t / (7 * MIN)) as usize % 64];
            series(name, labels, rising(every(30_000, 0, span), rate))
        };
        let mut data = vec![
            steady("energy_mj_total", &[("gpu", "0")], 7e5),
            steady("answers_total", &[], 3.0),
            steady("ttft_count", &[], 1.0),
            // Spelled as another exporter does.
            steady("ttft_bucket", &[("le", "0.40")], 0.9),
            steady("ttft_bucket", &[("le", "+Inf")], 1.0),
        ];
        for gpu in 0..3 {
            let times = every(15_000, gpu * HOUR, span - gpu * 3 * HOUR);
            data.push(series("gpus", &[("gpu", &gpu.to_string())], holding(times, |_| 0.0)));
        }
        data.push(series("cache_hit", &[], holding(every(15_000, 0, span), |_| random.share().sqrt())));
        // Born with its first failure, late.
        data.push(series("failed_total", &[], rising(every(30_000, 9 * HOUR, span), |_| random.share())));
        check(&format!("seed {seed}"), &many_forms(DAY_S), &data, &[], START + span);
    }
}

/// Mean cost per request, $ per output token, cheap ones, quick ones: all of events.
fn event_plan(by: &[&str], period: u64) -> Plan {
    let ok = |negated| Condition::Label { field: OUTCOME, values: vec!["ok".into()], negated };
    let dear = number_is(cost(), Comparison::AtLeast, "0.006");
    let slow = number_is(polynomial(&[("1", &[LATENCY])]), Comparison::Greater, "0.4");
    let flows = vec![
        flow("chat/cost", by, sum_of(cost(), vec![])),
        flow("chat/requests", by, count_of(vec![])),
        flow("chat/generated", by, sum_of(polynomial(&[("1", &[GENERATED])]), vec![ok(false)])),
        flow("chat/dear", by, count_of(vec![ok(false), dear])),
        flow("chat/good", by, count_of(vec![ok(false)])),
        flow("chat/slow", by, count_of(vec![slow, ok(true)])),
        flow("chat/squares", by, sum_of(polynomial(&[("1e-9", &[GENERATED, CONTEXT]), ("1", &[])]), vec![])),
    ];
    let pair = |id: &str, n: &str, d: &str| indicator(id, by, vec![needed(n)], "0", vec![needed(d)]);
    let indicators = vec![
        pair("chat/per_request", "chat/cost", "chat/requests"),
        pair("chat/per_token", "chat/cost", "chat/generated"),
        pair("chat/dear_share", "chat/dear", "chat/good"),
        pair("chat/slow_share", "chat/slow", "chat/requests"),
        pair("chat/odd", "chat/squares", "chat/requests"),
    ];
    let objectives = vec![
        at_most("chat/o1", &indicators[0], "0.006", "0.05"),
        at_most("chat/o2", &indicators[1], "20e-6", "0.1"),
        share("chat/o3", &indicators[2], "0.6"),
        share("chat/o4", &indicators[3], "0.9"),
        at_least("chat/o5", &indicators[4], "1", "0.5"),
    ];
    let objectives = objectives.into_iter().map(|objective| with_policy(objective, period)).collect();
    plan(flows, indicators, objectives, vec![requests()])
}

fn random_events(random: &mut Random, count: usize, span: i64, late: i64) -> Vec<Record> {
    let mut at = 0;
    (0..count)
        .map(|_| {
            at += random.between(0, 2 * span / count as i64);
            Record {
                event: "requests".into(),
                time_ms: START + (at - random.between(0, late + 1)).max(1) / 1_000 * 1_000,
                numbers: vec![
                    (random.between(0, 40) * 50) as f64,
                    (random.between(0, 20) * 20) as f64,
                    random.between(0, 800) as f64,
                ],
                labels: vec![
                    ["a", "b", "c"][random.next() as usize % 3].into(),
                    ["ok", "failed", "user closed it"][random.next() as usize % 3].into(),
                ],
            }
        })
        .collect()
}

#[test]
fn events_in_order_and_out_of_it() {
    for (seed, late) in [(1, 0), (2, 20 * MIN), (3, 3 * HOUR), (4, 15 * HOUR)] {
        for by in [&[][..], &["model"], &["model", "outcome"]] {
            let plan = event_plan(by, DAY_S);
            let events = random_events(&mut Random(seed), 700, 20 * HOUR, late);
            let end = START + 22 * HOUR;
            check(&format!("seed {seed} by {by:?}"), &plan, &[], &events, end);
        }
    }
}

#[test]
fn batches_are_the_same_as_single_events() {
    for (seed, late) in [(5, 0), (6, 40 * MIN)] {
        for by in [&[][..], &["model"]] {
            let plan = event_plan(by, DAY_S);
            let events = random_events(&mut Random(seed), 3_000, 5 * HOUR, late);
            let end = START + 5 * HOUR;
            let judged = judge::judge(&plan, &[], &events, end);
            for size in [1, 100, 3_000] {
                let mut evaluator = farthing_evaluator::Evaluator::new(&plan).expect("a plan");
                for batch in events.chunks(size) {
                    record_all(&mut evaluator, &plan, batch);
                }
                evaluator.advance(end);
                assert_agree(&plan, &evaluator.report(), &judged, &format!("seed {seed} by {by:?} size {size}"));
            }
        }
    }
}

#[test]
fn events_beside_series() {
    let flows = vec![
        flow("chat/gpu", &[], gauge("gpus", Aggregate::Sum, "2.49/3600")),
        flow("chat/requests", &[], count_of(vec![])),
    ];
    let sli = indicator("chat/cost", &[], vec![needed("chat/gpu")], "1/9000", vec![needed("chat/requests")]);
    let plan = plan(
        flows,
        vec![sli.clone()],
        vec![with_policy(at_most("chat/o", &sli, "0.01", "0.05"), DAY_S)],
        vec![requests()],
    );
    let mut random = Random(9);
    let events = random_events(&mut random, 2_000, 20 * HOUR, 2 * HOUR);
    let data = [series("gpus", &[("model", "x")], eventful(&mut random, true))];
    check("beside", &plan, &data, &events, START + 21 * HOUR);
}

#[test]
fn alerts_fire_when_the_judge_says_so() {
    // 4 GPUs until noon, then 40: dear from then on, until 15:00.
    let gpus = |t: i64| {
        if (START + 12 * HOUR..START + 15 * HOUR).contains(&t) { 40.0 } else { 4.0 }
    };
    let data = [
        series("gpus", &[], holding(every(MIN, 0, DAY), gpus)),
        series("answers_total", &[], rising(every(MIN, 0, DAY), |_| 0.35)),
    ];
    let plan = cost_per_answer(&[], 3 * DAY_S);
    let report = run(&plan, &data, &[], Pace::Backtest, START + DAY).report();
    let times: Vec<i64> = (1..=DAY / MIN).map(|minute| START + minute * MIN).collect();
    let judged = judge::judge_at(&plan, &data, &[], &times);
    let alerts = &plan.services[0].objectives[0].alerts;
    for (index, alert) in alerts.iter().enumerate() {
        // Each change in the judge's states, as pairs of from and until.
        let mut expected: Vec<(i64, Option<i64>)> = Vec::new();
        let mut before = false;
        for (time, judged) in times.iter().zip(&judged) {
            match (before, judged[0].firing[index]) {
                (false, true) => expected.push((*time, None)),
                (true, false) => expected.last_mut().expect("it fired").1 = Some(*time),
                _ => {}
            }
            before = judged[0].firing[index];
        }
        let fired: Vec<(i64, Option<i64>)> = report
            .alerts_fired
            .iter()
            .filter(|fired| fired.long_s == alert.long && fired.short_s == alert.short)
            .map(|fired| (fired.from_ms, fired.until_ms))
            .collect();
        assert_eq!(fired, expected, "{alert:?}");
        let state = &report.services[0].objectives[0].verdicts[0].alerts[index];
        assert_eq!(state.firing, before);
    }
    assert!(report.alerts_fired.len() >= 3, "{:?}", report.alerts_fired);
}
