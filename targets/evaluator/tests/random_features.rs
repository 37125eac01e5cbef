//! The evaluator and the judge agree on random plans of everything that an objective may have, on random series.

mod common;
mod judge;

use std::collections::BTreeMap;

use common::*;
use farthing_plan::{
    Aggregate, BudgetMode, BurnForm, CalendarUnit, Comparison, Corner, CornerKind, Derivation, Equality, Exclusion,
    Guard, Indicator, Offset, Part, Period, Plan, Side, Spending, Tradeoff, WhenAbsent, Zone,
};
use judge::{Reading, Series};
use proptest::prelude::*;

/// One of the indicators, by `model` or as a whole, and all that can be said of it.
#[derive(Clone, Debug)]
struct Said {
    indicator: usize,
    period: Option<CalendarUnit>,
    rolling: u64,
    gross: bool,
    per_unit: bool,
    /// The numerator, at least so much, over such a window.
    guard: Option<(u32, u64)>,
    /// Hours since the start.
    spending: Option<(i64, i64)>,
    equality: Option<u32>,
    only: bool,
    /// In percent of what is usual.
    target: u32,
}

/// Minutes since the start.
type Dates = Vec<(i64, i64)>;

const S: i64 = START / 1_000;

fn indicators(by: &[&str], dates: &Dates, when: bool) -> Vec<Indicator> {
    let zero = |flow| term(flow, "1", WhenAbsent::Zero);
    let by_class: Vec<&str> = ["class"].iter().chain(by).copied().collect();
    let ratio = |id: &str, by: &[&str]| indicator(id, by, vec![needed("chat/n")], "0", vec![needed("chat/d")]);
    let derived =
        |id: &str, derivation| Indicator { derivation: Some(derivation), ..indicator(id, by, vec![], "0", vec![]) };
    let mix = [("x", "0.6"), ("y", "0.3"), ("z", "0.1")].map(|(class, share)| (class.to_string(), exact(share)));
    let text = |text: &str| text.to_string();
    let mut all = vec![
        indicator("chat/mean", by, vec![needed("chat/n"), zero("chat/gpu")], "0.001", vec![needed("chat/d")]),
        derived(
            "chat/standard",
            Derivation::Standardized { of: text("chat/of"), label: text("class"), mix: BTreeMap::from(mix) },
        ),
        derived(
            "chat/allocated",
            Derivation::Allocated {
                of: text("chat/own"),
                shared: vec![Part { amount: text("chat/gpus"), key: text("chat/key") }],
            },
        ),
        derived("chat/relative", Derivation::Relative { of: text("chat/own"), to: text("chat/whole") }),
        derived(
            "chat/peak",
            Derivation::Peak { of: text("chat/own"), while_indicator: text("chat/key"), limit: exact("1.234567") },
        ),
        ratio("chat/of", &by_class),
        ratio("chat/own", by),
        ratio("chat/whole", &[]),
        indicator("chat/gpus", &[], vec![needed("chat/gpu")], "0", vec![needed("chat/gpu")]),
        indicator("chat/key", by, vec![needed("chat/d")], "0", vec![needed("chat/n")]),
    ];
    for indicator in all.iter_mut().filter(|indicator| indicator.derivation.is_none()) {
        let dates = dates.iter().map(|(from, length)| Exclusion::Dates {
            from: S + from * 60,
            until: S + (from + length) * 60 + from % 60,
            because: None,
        });
        indicator.exclusions.extend(dates);
        if when {
            indicator.exclusions.push(Exclusion::When { flow: text("chat/deploying"), because: None });
        }
    }
    all
}

fn plan_of(by_model: bool, said: &[Said], dates: &Dates, when: bool, zone: Zone) -> Plan {
    let by: &[&str] = if by_model { &["model"] } else { &[] };
    let all: &[&str] = if by_model { &["class", "model"] } else { &["class"] };
    let flows = vec![
        flow("chat/n", all, counter("n_total", "1")),
        flow("chat/d", all, counter("d_total", "0.5")),
        flow("chat/gpu", by, gauge("gpus", Aggregate::Sum, "0.01")),
        flow("chat/deploying", &[], gauge_time("gpus", Some((Comparison::Greater, "3.9")))),
    ];
    let indicators = indicators(by, dates, when);
    let objectives = said.iter().enumerate().map(|(at, said)| {
        let sli = &indicators[said.indicator];
        let target = format!("{}/100", said.target);
        let made = if at % 2 == 0 {
            at_most(&format!("chat/o{at}"), sli, &target, "0.1")
        } else {
            at_least(&format!("chat/o{at}"), sli, &target, "0.1")
        };
        let mut made = with_policy(made, said.rolling);
        if let Some(unit) = said.period {
            made.period = Period::Calendar { unit, zone: zone.name.clone() };
        }
        made.budget_mode = if said.gross { BudgetMode::Gross } else { BudgetMode::Net };
        made.burn_form = if said.per_unit { BurnForm::PerUnit } else { BurnForm::Paced };
        made.guards = (said.guard.iter())
            .map(|(bound, window)| Guard {
                indicator: "chat/mean".into(),
                side: Side::Numerator,
                comparison: Comparison::AtLeast,
                bound: exact(&format!("{bound}.5")),
                window: *window,
                statement: String::new(),
            })
            .collect();
        made.spendings = (said.spending.iter())
            .map(|(from, length)| Spending {
                share: exact("0.3"),
                from: S + from * 3_600,
                until: S + (from + length) * 3_600,
                reason: None,
            })
            .collect();
        made.equality = said.equality.map(|tolerance| Equality {
            left: "chat/own".into(),
            right: "chat/mean".into(),
            tolerance: exact(&format!("{tolerance}.01")),
            statement: String::new(),
        });
        if said.only && by_model {
            made.only = BTreeMap::from([("model".to_string(), "a".to_string())]);
        }
        made
    });
    let objectives: Vec<_> = objectives.collect();
    let corners = objectives.iter().map(|objective| Corner { kind: CornerKind::Cost, objective: objective.id.clone() });
    let tradeoff = Tradeoff {
        id: "chat/all".into(),
        name: "all".into(),
        title: "all".into(),
        doc: None,
        corners: corners.collect(),
    };
    let mut plan = plan(flows, indicators, objectives, vec![]);
    plan.services[0].tradeoffs = vec![tradeoff];
    plan.zones = vec![zone];
    plan
}

/// Clocks that are set at two in the morning within the first day of the data, forward or back.
fn zones() -> impl Strategy<Value = Zone> {
    let ahead = prop::sample::select(vec![-18_000_i64, 0, 3_600, 20_700, 45_900]);
    (ahead, prop::sample::select(vec![-3_600_i64, 0, 3_600])).prop_map(|(ahead, by)| {
        let change = S + (7_200 - ahead).rem_euclid(86_400);
        let offsets = vec![Offset { from: 0, seconds: ahead }, Offset { from: change, seconds: ahead + by }];
        Zone { name: "Test/Zone".into(), offsets }
    })
}

fn said() -> impl Strategy<Value = Said> {
    let period = prop_oneof![
        Just(None),
        prop::sample::select(vec![CalendarUnit::Day, CalendarUnit::Week, CalendarUnit::Month]).prop_map(Some),
    ];
    let rolling = prop::sample::select(vec![3_600_u64, 6 * 3_600, DAY_S, 2 * DAY_S]);
    let guard = prop::option::of((0_u32..60, prop::sample::select(vec![300_u64, 3_600, DAY_S])));
    let spending = prop::option::of((0_i64..12, 1_i64..24));
    let equality = prop::option::weighted(0.2, 0_u32..3);
    let flags = (prop::bool::ANY, prop::bool::weighted(0.3), prop::bool::weighted(0.2));
    (0_usize..5, period, rolling, guard, spending, equality, flags, 1_u32..300).prop_map(
        |(indicator, period, rolling, guard, spending, equality, (gross, per_unit, only), target)| Said {
            indicator,
            period,
            rolling,
            gross,
            per_unit,
            guard,
            spending,
            equality,
            only,
            target,
        },
    )
}

/// Two days and some of samples, with gaps, resets and ends.
fn readings() -> impl Strategy<Value = Vec<(i64, Reading)>> {
    let step = prop_oneof![
        12 => Just(300_000_i64),
        8 => Just(60_000),
        6 => 1_i64..300_000,
        1 => 290_000_i64..310_000,
        1 => 300_000_i64..4_000_000,
    ];
    let reading = prop_oneof![
        1 => Just(Reading::Stale),
        16 => (0_u32..400).prop_map(|value| Reading::Number(f64::from(value) / 100.0)),
    ];
    prop::collection::vec((step, reading), 1..300).prop_map(|steps| {
        let mut t = START;
        // A counter that mostly rises.
        let mut value = 0.0;
        let add = |reading: Reading, value: &mut f64| match reading {
            Reading::Stale => Reading::Stale,
            Reading::Number(number) if number > 3.9 => {
                *value = 0.0;
                Reading::Number(number)
            }
            Reading::Number(number) => {
                *value += number;
                Reading::Number(*value)
            }
        };
        let made = steps.into_iter().map(|(step, reading)| {
            t += step;
            (t, add(reading, &mut value))
        });
        made.collect()
    })
}

fn all_series() -> impl Strategy<Value = Vec<Series>> {
    let counters = prop::collection::vec((prop::sample::select(vec!["n_total", "d_total"]), readings()), 2..10);
    let gauges = prop::collection::vec(readings(), 0..3);
    (counters, gauges).prop_map(|(counters, gauges)| {
        let labels = |at: usize| [("class", ["x", "y", "z", "other"][at / 2 % 4]), ("model", ["a", "b"][at / 4 % 2])];
        let of = |at: usize, name: &str, samples: Vec<(i64, Reading)>| {
            let pod = at.to_string();
            let all: Vec<(&str, &str)> = labels(at).into_iter().chain([("pod", pod.as_str())]).collect();
            series(name, &all, samples)
        };
        let mut all: Vec<Series> =
            counters.into_iter().enumerate().map(|(at, (name, samples))| of(at, name, samples)).collect();
        all.extend(gauges.into_iter().enumerate().map(|(at, samples)| {
            let holding = samples.into_iter().map(|(t, reading)| match reading {
                Reading::Number(value) => (t, Reading::Number(value % 5.0)),
                Reading::Stale => (t, Reading::Stale),
            });
            of(at * 4, "gpus", holding.collect())
        }));
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_the_judge(
        series in all_series(),
        by_model in prop::bool::ANY,
        said in prop::collection::vec(said(), 3),
        dates in prop::collection::vec((0_i64..900, 1_i64..200), 0..3),
        when in prop::bool::ANY,
        zone in zones(),
        part in prop_oneof![6 => 0.1_f64..0.9, 1 => 0.9_f64..3.0],
    ) {
        let plan = plan_of(by_model, &said, &dates, when, zone);
        let last = series.iter().flat_map(|series| &series.samples).map(|sample| sample.0).max().unwrap_or(START);
        // In the middle of the data, where short windows see something, or long after.
        let end = START + ((last - START) as f64 * part) as i64;
        let until = |series: &Series| Series {
            samples: series.samples.iter().copied().filter(|sample| sample.0 <= end).collect(),
            ..series.clone()
        };
        // A group without a single sample is one to the evaluator only.
        let series: Vec<Series> = series.iter().map(until).filter(|series| !series.samples.is_empty()).collect();
        let judged = judge::judge(&plan, &series, &[], end);
        for pace in [Pace::Live, Pace::Backtest, Pace::AtOnce, Pace::Restarting] {
            let report = run(&plan, &series, &[], pace, end).report();
            assert_agree(&plan, &report, &judged, &format!("{pace:?}"));
            assert_tradeoffs_agree(&plan, &report, &judged, &format!("{pace:?}"));
            if pace == Pace::AtOnce {
                assert_same_alerts(&plan, &report, &judged, "at once");
            }
        }
    }
}
