//! What was expected and what is so, in words.

use farthing_evaluator::{Actual, FiredAlert, Outcome};
use farthing_plan::{AlertWord, Exact, Expectation, Expected, Objective, Plan, Scenario, duration_text};

use super::{Checked, Difference};
use crate::report::{self, Paint};

/// What the evaluator's outcome comes to.
pub(super) fn of(
    plan: &Plan,
    scenario: &Scenario,
    expectation: &Expectation,
    outcome: &Outcome,
    paint: Paint,
) -> Checked {
    if outcome.passed {
        return Checked::Passed;
    }
    let objective = objective(plan, expectation);
    let chart = match (objective, &outcome.verdict) {
        (Some(objective), Some(verdict)) => report::chart(objective, verdict, &outcome.fired, paint),
        _ => Vec::new(),
    };
    let actual = match &outcome.actual {
        Actual::Fired(fired) => alerts(scenario, expectation, fired, &outcome.fired),
        Actual::Number(number) => match number {
            Some(number) => value(objective, &expectation.expected, *number),
            None => "no number: nothing was counted".to_string(),
        },
        Actual::Met(met) => {
            let consumed = outcome.verdict.as_ref().and_then(|verdict| verdict.consumed);
            let consumed = consumed
                .map_or(String::new(), |consumed| format!(", {} of the budget consumed", report::percent(consumed)));
            format!("{}{consumed}", verdict(*met))
        }
        Actual::Query => {
            return Checked::Skipped("it reads a query in PromQL, which only Prometheus evaluates: use --promtool");
        }
    };
    Checked::Failed(Difference { expected: expected(objective, &expectation.expected), actual, chart })
}

/// The objective that an expectation is about; none where it is a trade-off.
pub(super) fn objective<'p>(plan: &'p Plan, expectation: &Expectation) -> Option<&'p Objective> {
    plan.services.iter().find_map(|service| service.objective(&expectation.objective))
}

/// What is expected.
pub(super) fn expected(objective: Option<&Objective>, expected: &Expected) -> String {
    let number = |number: &Exact, tolerance: &Exact| {
        let of = |number: &Exact| value(objective, expected, number.to_f64());
        format!("{}, from {} to {}", of(number), of(&(number - tolerance)), of(&(number + tolerance)))
    };
    match expected {
        Expected::NoAlert { alert, from, until } => format!("no {} {}", word(*alert), span(*from, *until)),
        Expected::Alert { alert, from, until } => {
            let article = if *alert == AlertWord::Any { "an" } else { "a" };
            format!("{article} {} {}", word(*alert), span(*from, *until))
        }
        Expected::Consumed { value, tolerance, .. }
        | Expected::Measured { value, tolerance, .. }
        | Expected::Burn { value, tolerance, .. } => number(value, tolerance),
        Expected::Met { met, .. } => verdict(*met).to_string(),
    }
}

/// A number of the kind that is expected.
pub(super) fn value(objective: Option<&Objective>, expected: &Expected, number: f64) -> String {
    match (expected, objective) {
        (Expected::Measured { .. }, Some(objective)) => report::measured(objective, number),
        (Expected::Burn { .. }, _) => format!("{}x", (number * 1_000.0).round() / 1_000.0),
        // INVARIANT: a trade-off has no measure of its own.
        _ => report::percent(number),
    }
}

fn verdict(met: Option<bool>) -> &'static str {
    match met {
        Some(true) => "met",
        Some(false) => "not met",
        None => "no verdict",
    }
}

fn word(word: AlertWord) -> &'static str {
    match word {
        AlertWord::Any => "alert",
        AlertWord::Page => "page",
        AlertWord::Ticket => "ticket",
    }
}

/// `between 20 d and 20 d 1 h`, in times since the start.
fn span(from: u64, until: u64) -> String {
    match from {
        0 => format!("until {}", since(until)),
        _ => format!("between {} and {}", since(from), since(until)),
    }
}

/// A time since the start, to the minute: `20d`, `20d 1h 10m`.
fn since(seconds: u64) -> String {
    let parts = [(seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "m")];
    let parts: Vec<String> =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, unit)| format!("{number}{unit}")).collect();
    if parts.is_empty() { "the start".to_string() } else { parts.join(" ") }
}

/// The alerts that fired though none should, or those of another time though one should.
fn alerts(scenario: &Scenario, expectation: &Expectation, within: &[FiredAlert], all: &[FiredAlert]) -> String {
    let relative = |ms: i64| since((ms / 1_000 - scenario.start).max(0) as u64);
    let told = |alert: &FiredAlert| {
        let kind = alert.severity.name();
        let end = alert.until_ms.map_or(String::new(), |until| format!(" until {}", relative(until)));
        let windows = format!("{} and {}", duration_text(alert.long_s), duration_text(alert.short_s));
        let burn = format!("{}x over {windows}, up to {:.1}x", alert.factor, alert.peak_burn);
        format!("a {kind} from {}{end} ({burn})", relative(alert.from_ms))
    };
    let means = |alert: &&FiredAlert| match &expectation.expected {
        Expected::Alert { alert: word, .. } | Expected::NoAlert { alert: word, .. } => word.means(alert.severity),
        _ => true,
    };
    let more = |count: usize| if count > 1 { format!(", and {} more", count - 1) } else { String::new() };
    match within {
        [first, ..] => format!("{}{}", told(first), more(within.len())),
        [] => {
            let others: Vec<&FiredAlert> = all.iter().filter(means).collect();
            match others.first() {
                Some(first) => format!("none then, but {}{}", told(first), more(others.len())),
                None => "none in the whole test".to_string(),
            }
        }
    }
}
