//! Which period it is, in Prometheus's own evaluation of the rules' expressions, at thousands of instants of two years.

mod common;

use std::{collections::BTreeSet, fmt::Write, fs};

use common::{constructs, promtool, said};
use farthing_plan::{CalendarUnit, Plan, SLOT, Zone, civil};
use farthing_prometheus::{Rule, groups};

/// 2026-01-01 and 2028-01-01, UTC.
const FROM: i64 = 1_767_225_600;
const UNTIL: i64 = 1_830_297_600;

/// What a rule that records this series with such a label evaluates.
fn expression(plan: &Plan, record: &str, label: (&str, &str)) -> String {
    let rules = groups(plan, &plan.services[0]).into_iter().flat_map(|group| group.rules);
    let mut found = rules.filter_map(|rule| match rule {
        Rule::Recording(rule) if rule.record == record && rule.labels.get(label.0) == Some(label.1) => Some(rule.expr),
        _ => None,
    });
    found.next().unwrap_or_else(|| panic!("no rule records {record} of {label:?}"))
}

/// The expression that labels a period, with the clock's series put in as the expression that records it.
fn period(plan: &Plan, zone: &Zone, unit: CalendarUnit, [period, clock]: [&str; 2]) -> String {
    let of_clock = expression(plan, period, ("calendar", &format!("{} {}", unit.name(), zone.name)));
    let clock_series = format!("{clock}{{service=\"shop\",zone=\"{}\"}}", zone.name);
    assert!(of_clock.contains(&clock_series), "{of_clock}");
    of_clock.replace(&clock_series, &format!("({})", expression(plan, clock, ("zone", &zone.name))))
}

/// What the label of the period must be in which a time lies: the date on which it began there.
fn label(zone: &Zone, unit: CalendarUnit, at: i64) -> String {
    let start = zone.start_of(unit, at);
    let (year, month, day) = civil((start + zone.offset(start)).div_euclid(86_400));
    match unit {
        CalendarUnit::Day | CalendarUnit::Week => format!("{year}{month:02}{day:02}"),
        CalendarUnit::Month | CalendarUnit::Quarter => format!("{year}{month:02}"),
        CalendarUnit::Year => year.to_string(),
    }
}

/// Every 12 hours and 20 minutes, and around each change of the clocks, each start of a week, and of a longer period.
fn instants(zone: &Zone) -> BTreeSet<i64> {
    let mut instants: BTreeSet<i64> = (FROM..UNTIL).step_by(44_400).collect();
    let changes = zone.offsets.iter().map(|offset| offset.from).filter(|from| (FROM..UNTIL).contains(from));
    let mut edges: BTreeSet<i64> = changes.collect();
    for at in (FROM..UNTIL).step_by(86_400) {
        let of_long = [CalendarUnit::Week, CalendarUnit::Month].map(|unit| zone.start_of(unit, at));
        edges.extend(of_long);
        // The days around each change of the clocks.
        if zone.offset(at) != zone.offset(at + 86_400) {
            edges.extend([at - 86_400, at, at + 86_400, at + 172_800].map(|at| zone.start_of(CalendarUnit::Day, at)));
        }
    }
    for edge in edges {
        instants.extend([edge - 600, edge - 60, edge - 1, edge, edge + 60, edge + 600]);
    }
    instants
}

/// Has promtool evaluate expressions without any data, each with the labels of period and unit that it must have.
fn check(tests: &[(String, Vec<(CalendarUnit, String)>)]) {
    let mut text = String::from("tests:\n  - interval: 1m\n    promql_expr_test:\n");
    for (expr, expected) in tests {
        writeln!(text, "      - expr: '{expr}'\n        eval_time: 0\n        exp_samples:").unwrap();
        for (unit, period) in expected {
            let labels = format!("{{period=\"{period}\",unit=\"{}\"}}", unit.name());
            writeln!(text, "          - {{labels: '{labels}', value: 1}}").unwrap();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("test.yml"), text).unwrap();
    let output = promtool(folder.path(), &["test", "rules", "test.yml"]);
    assert!(output.status.success(), "{}", said(&output).lines().take(20).collect::<Vec<_>>().join("\n"));
}

/// One expression for all units at an instant.
fn at(expressions: &[(CalendarUnit, String)], at: i64) -> String {
    let labelled: Vec<String> = expressions
        .iter()
        .map(|(unit, expr)| {
            let expr = expr.replace("time()", &at.to_string());
            format!("label_replace({expr}, \"unit\", \"{}\", \"\", \"\")", unit.name())
        })
        .collect();
    labelled.join(" or ")
}

#[test]
fn the_rules_name_the_period_that_the_plan_names_over_two_years() {
    let zones = vec![constructs::berlin(), constructs::new_york(), constructs::kolkata(), constructs::kathmandu()];
    let plan = constructs::calendars(zones, &CalendarUnit::ALL);
    for zone in &plan.zones {
        let expressions = |names: [&str; 2]| CalendarUnit::ALL.map(|unit| (unit, period(&plan, zone, unit, names)));
        let now = expressions(["farthing:calendar:period", "farthing:calendar:clock"]);
        let slot = expressions(["farthing:calendar:slot_period", "farthing:calendar:slot_clock"]);
        let labels = |at| CalendarUnit::ALL.map(|unit| (unit, label(zone, unit, at))).to_vec();
        let mut tests = Vec::new();
        for instant in instants(zone) {
            // Of the minute that has just ended, its middle.
            tests.push((at(&now, instant), labels(instant.div_euclid(60) * 60 - 30)));
            // At a slot's end, and as late after it as a group may be evaluated.
            let end = instant.div_euclid(SLOT as i64) * SLOT as i64;
            tests.push((at(&slot, end), labels(end - SLOT as i64 / 2)));
            tests.push((at(&slot, end + 59), labels(end - SLOT as i64 / 2)));
        }
        assert!(tests.len() > 5_000, "{}", tests.len());
        check(&tests);
    }
}

/// Dates that a calendar on a wall shows.
#[test]
fn the_periods_are_those_of_the_wall() {
    use CalendarUnit::{Day, Month, Quarter, Week, Year};
    for (zone, instant, expected) in [
        // 2026-10-25 00:30 in Berlin, a Sunday, the night of the change; 2026-10-24 22:30 UTC. Rules speak of the minute
        // that has just ended: they say so a minute later.
        (constructs::berlin(), 1_792_881_060, [(Day, "20261025"), (Week, "20261019"), (Month, "202610")]),
        // 2026-10-26 00:00 there: 24 hours and a half later.
        (constructs::berlin(), 1_792_969_260, [(Day, "20261026"), (Week, "20261026"), (Month, "202610")]),
        // 2026-12-31 23:59:59 in New York is 2027-01-01 04:59:59 UTC.
        (constructs::new_york(), 1_798_779_659, [(Month, "202612"), (Quarter, "202610"), (Year, "2026")]),
        (constructs::new_york(), 1_798_779_660, [(Month, "202701"), (Quarter, "202701"), (Year, "2027")]),
        // 2026-07-01 00:00 in Kolkata is 2026-06-30 18:30 UTC.
        (constructs::kolkata(), 1_782_844_259, [(Day, "20260630"), (Month, "202606"), (Quarter, "202604")]),
        (constructs::kolkata(), 1_782_844_260, [(Day, "20260701"), (Month, "202607"), (Quarter, "202607")]),
    ] {
        let plan = constructs::calendars(vec![zone], &CalendarUnit::ALL);
        let names = ["farthing:calendar:period", "farthing:calendar:clock"];
        let expressions = expected.map(|(unit, _)| (unit, period(&plan, &plan.zones[0], unit, names)));
        let expected = expected.map(|(unit, label)| (unit, label.to_string())).to_vec();
        check(&[(at(&expressions, instant), expected)]);
    }
}
