//! What a test becomes in the plan.

use farthing_compiler::{NoModules, Options, Severity, SourceFile, compile};
use farthing_plan::{EventValue, Exact, Expected, Labels, Plan, Scenario, SegmentKind, TestSeries};

fn plan(text: &str) -> Plan {
    let file = SourceFile { name: "service.slo".into(), text: text.into() };
    let compilation = compile(vec![file], &NoModules, &Options::default());
    assert!(compilation.plan.is_some(), "{:#?}", compilation.diagnostics);
    compilation.plan.expect("there is one")
}

/// A service of all kinds of metrics, with a test of these statements.
fn scenario(statements: &str) -> Scenario {
    let text = format!(
        r#"
counter energy: mJ = "energy_millijoules_total" {{ pod }}
gauge busy: percent = "busy_percent" {{ pod }}
gauge gpus: gpu = count of "gpu_up" {{ pod }}
counter answers: request = "answers_total" {{ pod }}
histogram latency: ms = "latency_milliseconds" {{ pod }} buckets [100, 500]

service chat {{
  volume all = answers
  objective frugal {{ energy / all <= 5 J per request  budget 10% over 30d }}
  objective held   {{ gpus / all <= 3 gpu_seconds per request  budget 10% over 30d }}
  objective calm   {{ busy < 90% for 99% of the time  over 30d }}
  objective fast   {{ p95 of latency < 500 ms  over 30d }}
}}

test "it" {{
  {statements}
}}
"#
    );
    let mut plan = plan(&text);
    assert_eq!(plan.scenarios.len(), 1);
    plan.scenarios.remove(0)
}

/// A test in which this happens.
fn happening(series: &str) -> Vec<TestSeries> {
    scenario(&format!("over 2d\n{series}\nexpect no alert of chat.frugal")).series
}

fn exact(text: &str) -> Exact {
    text.parse().expect("a number")
}

fn is(value: &str) -> SegmentKind {
    SegmentKind::Is { value: exact(value) }
}

fn rises(rate: &str) -> SegmentKind {
    SegmentKind::Rises { rate: exact(rate) }
}

/// What a series does, and since when.
fn course(series: &TestSeries) -> Vec<(u64, SegmentKind)> {
    series.segments.iter().map(|segment| (segment.from, segment.kind.clone())).collect()
}

#[test]
fn numbers_are_in_the_exposed_unit() {
    for (statement, kind) in [
        ("energy { pod = \"a\" } rises 300 W", None),
        ("energy { pod = \"a\" } rises 0.3 kJ/s", Some(rises("300000"))),
        ("energy { pod = \"a\" } rises 300/s", Some(rises("300"))),
        ("energy { pod = \"a\" } rises 36 J/h", Some(rises("10"))),
        ("busy { pod = \"a\" } is 85%", Some(is("85"))),
        ("busy { pod = \"a\" } is 85", Some(is("85"))),
        ("busy { pod = \"a\" } falls 36%/h", Some(rises("-0.01"))),
        ("answers { pod = \"a\" } rises 21/m", Some(rises("0.35"))),
        ("answers { pod = \"a\" } rises 2 requests/s", Some(rises("2"))),
    ] {
        let kind = kind.unwrap_or_else(|| rises("300000"));
        let made = happening(&format!("series {statement}"));
        assert_eq!(course(&made[0]), [(0, kind)], "{statement}");
    }
}

#[test]
fn a_counted_gauge_is_as_many_series() {
    let made = happening("series gpus { pod = \"a\" } is 2, then 3 from 1h, then 1 gpu from 2h, then absent from 3h");
    assert_eq!(made.len(), 3);
    assert_eq!(made[0].metric, "gpu_up");
    assert_eq!(course(&made[0]), [(0, is("1")), (10_800, SegmentKind::Absent)]);
    assert_eq!(course(&made[1]), [(0, is("1")), (7_200, SegmentKind::Absent)]);
    assert_eq!(course(&made[2]), [(3_600, is("1")), (7_200, SegmentKind::Absent)]);
    let labels: Vec<&Labels> = made.iter().map(|series| &series.labels).collect();
    assert!(labels[0] != labels[1] && labels.iter().all(|own| own["pod"] == "a"), "{labels:?}");
}

#[test]
fn a_histogram_is_all_of_its_series() {
    let made = happening("series latency { pod = \"a\" } observes 2/s of 0.3 s, then 120/m of 500 ms from 1d");
    let rates: Vec<(String, Vec<(u64, SegmentKind)>)> = made
        .iter()
        .map(|series| {
            let le = series.labels.get("le").map_or(String::new(), |le| format!(" {le}"));
            (format!("{}{le}", series.metric), course(series))
        })
        .collect();
    let both = |first: &str, second: &str| vec![(0, rises(first)), (86_400, rises(second))];
    assert_eq!(
        rates,
        [
            ("latency_milliseconds_bucket 100".to_string(), both("0", "0")),
            // A bucket counts what is at most its bound.
            ("latency_milliseconds_bucket 500".to_string(), both("2", "2")),
            ("latency_milliseconds_bucket +Inf".to_string(), both("2", "2")),
            ("latency_milliseconds_count".to_string(), both("2", "2")),
            ("latency_milliseconds_sum".to_string(), both("600", "1000")),
        ]
    );
}

#[test]
fn times_count_from_the_start() {
    let made = scenario(
        "over 2d every 30s from 2026-11-01\n\
         series answers { pod = \"a\" } rises 1/s from 6h, then 2/s from 1d + 30m\n\
         expect page of chat.frugal within 1h after 1d + 30m\n\
         expect no ticket of chat.frugal before 1d\n\
         expect alert of chat.frugal from 1d to 2d  expect alert of chat.frugal at 1d\n\
         expect no alert of chat.frugal after 6h\n\
         expect page of chat.frugal within 2h\n\
         expect no page of chat.frugal",
    );
    // 2026-11-01 is day 20,758 since the epoch.
    assert_eq!((made.start, made.length, made.step), (20_758 * 86_400, 172_800, 30));
    assert_eq!(course(&made.series[0]), [(21_600, rises("1")), (88_200, rises("2"))]);
    let spans: Vec<(u64, u64)> = made
        .expectations
        .iter()
        .map(|own| match own.expected {
            Expected::NoAlert { from, until, .. } | Expected::Alert { from, until, .. } => (from, until),
            _ => panic!("only alerts are expected"),
        })
        .collect();
    let day = 86_400;
    let wanted =
        [(88_200, 91_800), (0, day), (day, 2 * day), (day - 60, day), (21_600, 2 * day), (0, 7_200), (0, 2 * day)];
    assert_eq!(spans, wanted);
    // 2026-06-01 is a Monday: four days after a Thursday, as 1970-01-01 was.
    let start = scenario("over 1d\nseries answers rises 1/s\nexpect no alert of chat.frugal").start;
    assert_eq!((start, (start / day as i64 + 3) % 7), (1_780_272_000, 0));
}

#[test]
fn tolerances_are_shares_of_the_number() {
    let made = scenario(
        "over 2d\nseries answers rises 1/s\n\
         expect budget consumed of chat.frugal at 1d is -250% +- 2%\n\
         expect measured of chat.frugal at 1d is 4 J per request\n\
         expect burn rate over 1h of chat.frugal at 1d is 0 +- 5%\n\
         expect measured of chat.fast at 1d is 99.5% +- 0.1%",
    );
    let numbers: Vec<(Exact, Exact)> = made
        .expectations
        .iter()
        .map(|own| match &own.expected {
            Expected::Consumed { value, tolerance, .. }
            | Expected::Measured { value, tolerance, .. }
            | Expected::Burn { value, tolerance, .. } => (value.clone(), tolerance.clone()),
            _ => panic!("only numbers are expected"),
        })
        .collect();
    let wanted = [("-2.5", "0.05"), ("4", "0.04"), ("0", "0.05"), ("0.995", "0.000995")];
    assert_eq!(numbers, wanted.map(|(value, tolerance)| (exact(value), exact(tolerance))));
    assert_eq!(made.expectations[0].text, "budget consumed of chat.frugal at 1d is -250% +- 2%");
    assert_eq!((made.line, made.expectations[1].line), (16, 20));
}

#[test]
fn fields_of_events_are_in_the_unit_of_the_record() {
    let made = plan(
        r#"
event requests {
  at:      time
  outcome: label in { "failed", "ok" }
  tier:    label
  latency: ms
  size:    byte
}
service s { objective fast { 99% of requests { outcome = "ok" } have latency < 2 s  over 30d } }
test "it" {
  over 1d
  event requests { outcome = "ok", latency = 0.5 s } at 120/m, then 3 requests/s from 12h
  expect s.fast met at 1d
}
"#,
    );
    let events = &made.scenarios[0].events[0];
    let label = |value: &str| EventValue::Label { value: value.into() };
    let number = |value: &str| EventValue::Number { value: exact(value) };
    // What no objective asks for is anything.
    assert_eq!(events.fields, [EventValue::None, label("ok"), label(""), number("500"), number("0")]);
    let rates: Vec<(u64, Exact)> = events.rates.iter().map(|rate| (rate.from, rate.rate.clone())).collect();
    assert_eq!(rates, [(0, exact("2")), (43_200, exact("3"))]);
}

#[test]
fn a_plan_with_tests_is_read_back() {
    let made = plan(include_str!("../../examples/chat-vllm/service.slo"));
    assert_eq!(made.scenarios.len(), 3);
    assert_eq!(Plan::from_json(&made.to_json()).expect("a plan"), made);
}

/// A test without series has samples neither, and would be played for ever.
#[test]
fn events_alone_do_not_make_a_test_endless() {
    let text = |days: &str| {
        format!(
            r#"
event requests {{ at: time  latency: ms }}
service s {{ objective fast {{ 99% of requests have latency < 2 s  over 30d }} }}
test "it" {{
  over {days}
  event requests {{ latency = 0.5 s }} at 0/s
  expect s.fast met at 1d
}}
"#
        )
    };
    let codes = |days: &str| -> Vec<String> {
        let file = SourceFile { name: "service.slo".into(), text: text(days) };
        let compilation = compile(vec![file], &NoModules, &Options::default());
        let errors = compilation.diagnostics.iter().filter(|found| found.severity == Severity::Error);
        errors.map(|found| found.code.to_string()).collect()
    };
    // 20 million minutes are 13,888 days and 8 hours.
    assert_eq!(codes("13888d"), Vec::<String>::new());
    for days in ["13889d", "100000000000000d"] {
        assert_eq!(codes(days), ["F1001"], "{days}");
    }
}
