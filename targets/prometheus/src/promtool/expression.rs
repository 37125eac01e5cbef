//! What is expected, as an expression and its value.

use farthing_plan::{
    AlertWord, Exact, Expectation, Expected, LONG_WINDOW, MatchOp, Matcher, Objective, SLOT, Service, Severity,
    duration_text,
};

use super::{GRACE, Subject};
use crate::{
    alert::{PROMISE_BURNS, alert_name},
    duration::Window,
    number::decimal_or_float,
    selector::selector,
};

/// An expression that has a value at a time, in seconds since the start, if all is as expected.
pub(super) struct Check {
    pub expr: String,
    pub at: u64,
    pub value: String,
}

pub(super) fn check(service: &Service, subject: &Subject<'_>, expectation: &Expectation, label: &str) -> Check {
    let of = |name: &str, window: Option<u64>| {
        let name =
            format!("farthing:objective:{name}{}", window.map_or(String::new(), |window| Window::new(window).name));
        selector(&name, &matchers(service, &subject.objectives(), expectation), None)
    };
    let (expr, at, value) = match &expectation.expected {
        Expected::NoAlert { alert, from, until } => {
            // What fired before may be told of for some minutes more.
            let from = if *from > 0 && until - from > GRACE { from + GRACE } else { *from };
            let fired = fired(service, subject, expectation, *alert, until - from);
            (format!("max({fired}) or vector(0)"), *until, "0".to_string())
        }
        Expected::Alert { alert, from, until } => {
            let at = until + GRACE;
            let fired = fired(service, subject, expectation, *alert, at - from);
            (format!("clamp_max(count({fired}), 1) or vector(0)"), at, "1".to_string())
        }
        Expected::Consumed { at, value, tolerance } => {
            near(&of("budget_consumed", None), (value, tolerance), settled(*at, period(subject)))
        }
        Expected::Measured { at, value, tolerance } => {
            near(&of("sli", None), (value, tolerance), settled(*at, period(subject)))
        }
        Expected::Burn { window, at, value, tolerance } => {
            near(&of("burn_rate", Some(*window)), (value, tolerance), settled(*at, *window))
        }
        Expected::Met { at, met } => met_or_not(service, subject, expectation, *met, settled(*at, period(subject))),
    };
    let expr = format!("label_replace({expr}, \"line\", \"{label}\", \"\", \"\")");
    Check { expr, at, value }
}

/// From when to when what is expected at a time may come true, in seconds since the start. Windows of a day and more end
/// with the last slot that has ended.
fn settled(at: u64, window: u64) -> (u64, u64) {
    let from = if window >= LONG_WINDOW { at / SLOT * SLOT + 60 } else { at };
    (from, from / 60 * 60 + GRACE - if window >= LONG_WINDOW { 60 } else { 0 })
}

fn period(subject: &Subject<'_>) -> u64 {
    match subject {
        Subject::Objective(objective) => objective.period.seconds(),
        // The longest of its corners' is as good as any: all are looked at when slots are there.
        Subject::Tradeoff(_) => LONG_WINDOW,
    }
}

/// How long before the end of that time the series is told where it is not as expected: as long after its time as a rate
/// lags.
const BEFORE: &str = "7m";

/// The value where the series is near it at some minute, else the series.
fn near(series: &str, (value, tolerance): (&Exact, &Exact), (from, until): (u64, u64)) -> (String, u64, String) {
    let stated = decimal_or_float(value);
    // As of nothing, so of a tolerance of nothing: floats are compared.
    let within = decimal_or_float(&(tolerance + &(&value.abs() * &"1e-9".parse().expect("INVARIANT: a number"))));
    let range = duration_text(until - from);
    let expr = format!(
        "sum((0 * {series} + ({stated})) and count_over_time((abs({series} - ({stated})) <= {within})[{range}:1m]) or {series} offset {BEFORE})"
    );
    (expr, until, stated)
}

/// 0 where a promise is kept, or is not, as expected at some minute; else the share that is consumed. Without a verdict 1
/// where there is none.
fn met_or_not(
    service: &Service,
    subject: &Subject<'_>,
    expectation: &Expectation,
    met: Option<bool>,
    (from, until): (u64, u64),
) -> (String, u64, String) {
    let consumed = |objectives: &[&str]| {
        selector("farthing:objective:budget_consumed", &matchers(service, objectives, expectation), None)
    };
    let worst = match subject {
        Subject::Objective(objective) => {
            let own = consumed(&[&objective.id]);
            match others(service, objective).as_slice() {
                [] => format!("max({own})"),
                // As a corner of a trade-off, it is not met while another corner is not.
                others => {
                    let all: Vec<&str> = others.iter().copied().chain([objective.id.as_str()]).collect();
                    format!("(max({}) and max({own}))", consumed(&all))
                }
            }
        }
        Subject::Tradeoff(corners) => {
            let all = consumed(corners);
            format!("(max({all}) and (count({all}) == {}))", corners.len())
        }
    };
    let Some(met) = met else {
        return (format!("absent({worst}) or 0 * {worst}"), until, "1".to_string());
    };
    let comparison = if met { "<=" } else { ">" };
    let range = duration_text(until - from);
    let expr = format!("0 * {worst} and count_over_time(({worst} {comparison} 1.000000001)[{range}:1m]) or {worst}");
    (expr, until, "0".to_string())
}

/// The other corners of the trade-offs of which an objective is one.
pub(super) fn others<'a>(service: &'a Service, objective: &Objective) -> Vec<&'a str> {
    let is_corner = |id: &str| id == objective.id;
    let tradeoffs =
        service.tradeoffs.iter().filter(|own| own.corners.iter().any(|corner| is_corner(&corner.objective)));
    tradeoffs
        .flat_map(|tradeoff| &tradeoff.corners)
        .map(|corner| corner.objective.as_str())
        .filter(|id| !is_corner(id))
        .collect()
}

/// How many minutes each alert of a kind fired in the seconds up to now.
fn fired(service: &Service, subject: &Subject<'_>, expectation: &Expectation, word: AlertWord, seconds: u64) -> String {
    let alert = match subject {
        Subject::Objective(objective) => alert_name(objective),
        // INVARIANT: the corners of a trade-off are promises.
        Subject::Tradeoff(_) => PROMISE_BURNS,
    };
    let mut all = vec![equal("alertname", alert), equal("alertstate", "firing")];
    all.extend(matchers(service, &subject.objectives(), expectation));
    match word {
        AlertWord::Any => {}
        AlertWord::Page => all.push(equal("severity", Severity::Page.name())),
        AlertWord::Ticket => all.push(equal("severity", Severity::Ticket.name())),
    }
    format!("count_over_time({}[{}])", selector("ALERTS", &all, None), duration_text(seconds))
}

/// What tells an objective's series and alerts from others.
fn matchers(service: &Service, objectives: &[&str], expectation: &Expectation) -> Vec<Matcher> {
    let named = service.objectives.iter().filter(|own| objectives.contains(&own.id.as_str()));
    let mut names: Vec<String> = named.map(|objective| objective.name.clone()).collect();
    names.sort();
    names.dedup();
    let mut all =
        vec![Matcher { label: "objective".into(), op: MatchOp::Equal, values: names }, equal("service", &service.name)];
    all.extend(expectation.labels.iter().map(|(label, value)| equal(label, value)));
    all
}

fn equal(label: &str, value: &str) -> Matcher {
    Matcher { label: label.into(), op: MatchOp::Equal, values: vec![value.into()] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_from_slots_is_looked_at_when_they_are_there() {
        // 20d + 65m lies in the slot that ends at 20d + 70m.
        assert_eq!(settled(1_731_900, 86_400), (1_731_660, 1_732_200));
        assert_eq!(settled(1_731_900, 3_600), (1_731_900, 1_732_500));
    }
}
