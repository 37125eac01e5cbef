//! The evaluator and the judge agree on random series and events, whatever their order in time.

mod common;
mod judge;

use common::*;
use farthing_plan::{Aggregate, Comparison, Plan, WhenAbsent};
use judge::{Reading, Record, Series};
use proptest::prelude::*;

/// A mean of everything: a gauge, a counter that may be absent, events, and a constant.
fn mixed(by: &[&str], period: u64) -> Plan {
    let dear = number_is(cost(), Comparison::Greater, "0.003");
    let flows = vec![
        flow("chat/gpu", by, gauge("gpus", Aggregate::Sum, "2.49/3600")),
        flow("chat/fees", by, counter("fees_total", "0.01")),
        flow("chat/busy", by, gauge_time("gpus", Some((Comparison::AtLeast, "2")))),
        flow("chat/held", by, gauge_time("gpus", None)),
        flow("chat/dear", by, count_of(vec![dear])),
        flow("chat/all", by, count_of(vec![])),
    ];
    let zero = |flow| term(flow, "-1", WhenAbsent::Zero);
    let mean =
        indicator("chat/mean", by, vec![needed("chat/gpu"), zero("chat/fees")], "1/9000", vec![needed("chat/all")]);
    let busy = indicator("chat/busy", by, vec![needed("chat/busy")], "0", vec![needed("chat/held")]);
    let dear = indicator("chat/dear", by, vec![needed("chat/dear")], "0", vec![needed("chat/all")]);
    let none = indicator("chat/none", by, vec![zero("chat/fees")], "0.001", vec![zero("chat/gpu")]);
    let objectives = vec![
        with_policy(at_most("chat/o1", &mean, "0.01", "0.05"), period),
        with_policy(share("chat/o2", &busy, "0.5"), period),
        with_policy(share("chat/o3", &dear, "0.7"), period),
        with_policy(at_least("chat/o4", &none, "1", "0.05"), period),
    ];
    plan(flows, vec![mean, busy, dear, none], objectives, vec![requests()])
}

fn readings() -> impl Strategy<Value = Vec<(i64, Reading)>> {
    let step = prop_oneof![
        8 => Just(60_000_i64),
        8 => Just(15_000),
        4 => 1_i64..120_000,
        2 => 290_000_i64..310_000,
        1 => 1_000_000_i64..20_000_000,
    ];
    let reading = prop_oneof![
        1 => Just(Reading::Stale),
        12 => (0_u32..400).prop_map(|value| Reading::Number(f64::from(value) / 100.0)),
        4 => (0_u32..4).prop_map(|value| Reading::Number(f64::from(value) * 1e6)),
    ];
    prop::collection::vec((step, reading), 0..120).prop_map(|steps| {
        let mut t = START;
        steps
            .into_iter()
            .map(|(step, reading)| {
                t += step;
                (t, reading)
            })
            .collect()
    })
}

fn all_series() -> impl Strategy<Value = Vec<Series>> {
    let one = (prop::sample::select(vec!["gpus", "fees_total"]), readings(), prop::option::of(0_i64..400_000));
    prop::collection::vec(one, 1..5).prop_map(|all| {
        let made = all.into_iter().enumerate().map(|(at, (name, samples, created))| Series {
            created_ms: created.map(|created| START + created),
            ..series(name, &[("model", ["a", "b"][at % 2]), ("pod", &at.to_string())], samples)
        });
        made.collect()
    })
}

fn events() -> impl Strategy<Value = Vec<Record>> {
    // Up to an hour late, in any case within what is kept minute by minute.
    // Every fourth or so costs exactly the bound of what is dear, $0.003.
    let tokens = prop_oneof![3 => (0_u32..1_000, 0_u32..200), 1 => (0_u32..200).prop_map(|g| (1_000 - 5 * g, g))];
    let one = (0_i64..900_000, 0_i64..3_600_000, tokens, prop::bool::ANY);
    prop::collection::vec(one, 0..60).prop_map(|all| {
        let mut t = START;
        all.into_iter()
            .map(|(step, late, (context, generated), a)| {
                t += step;
                Record {
                    event: "requests".into(),
                    time_ms: t - late,
                    numbers: vec![f64::from(context), f64::from(generated), 0.0],
                    labels: vec![if a { "a" } else { "b" }.into(), "ok".into()],
                }
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_the_judge(
        series in all_series(),
        events in events(),
        by_model in prop::bool::ANY,
        period in prop::sample::select(vec![3_600_u64, 6 * 3_600, DAY_S, 2 * DAY_S]),
        after in 0_i64..200,
    ) {
        let plan = mixed(if by_model { &["model"] } else { &[] }, period);
        let samples = series.iter().flat_map(|series| series.samples.iter().map(|sample| sample.0));
        let last = samples.chain(events.iter().map(|event| event.time_ms)).max().unwrap_or(START);
        let end = last + after * 10_000;
        // A group without a single sample is one to the evaluator only.
        let series: Vec<Series> = series.into_iter().filter(|series| !series.samples.is_empty()).collect();
        let judged = judge::judge(&plan, &series, &events, end);
        for pace in [Pace::Live, Pace::Backtest, Pace::AtOnce, Pace::Restarting] {
            let report = run(&plan, &series, &events, pace, end).report();
            assert_agree(&plan, &report, &judged, &format!("{pace:?}"));
            if pace == Pace::AtOnce {
                assert_same_alerts(&plan, &report, &judged, "at once");
            }
        }
    }
}
