//! Whether two of the three agree, and where not.

use std::fmt::Write;

use crate::{
    Length, Scenario,
    evaluated::Evaluated,
    recorded::Recorded,
    trace::{Key, Quantity, Trace},
};

/// By how much Prometheus's numbers may differ from the evaluator's, beyond when they are from.
const RELATIVE: f64 = 0.01;

/// How many minutes before and after a number of Prometheus's the evaluator's may be that it is compared with.
///
/// A rate over 5 minutes, added up over a window, is the average of what the window came to when it ended 0 to 5 minutes
/// earlier; the rules are evaluated within a minute after the evaluator's minute, so one more on each side.
const SHORT: (i64, i64) = (6, 1);

/// The same of what is read from slots: the rules see a slot's end up to 5 minutes late, the last slot may so be the one
/// before (10 minutes), and of that one the first 5 minutes' rates reach into the one before it (10 minutes).
const LONG: (i64, i64) = (26, 1);

/// Compares what Prometheus and the evaluator say of a scenario, minute by minute.
///
/// Prometheus's number `p` at a minute agrees when `low - r <= p <= high + r`, where `low` and `high` are the lowest and
/// the highest of the evaluator's numbers around that minute (6 minutes before to 1 after for burn rates over less than
/// a day, 26 before to 1 after for what is read from slots): that is one evaluation interval's amount, stated exactly.
/// And `r` is a hundredth of
///
/// - the measured value,
/// - the budget consumed or the burn rate, or 1 where they are smaller: consumed is a difference of large numbers
///   over a small one, and a hundredth of the budget is what anybody could see,
/// - for the budget left, of the allowance or of what is left, whichever is more,
/// - the time observed.
///
/// Where the one has no number, the other must have none in one of these minutes. An alert must fire in a minute when
/// both burn rates were above the factor by more than `r` in all of them, and must not where one was below by more than
/// `r` in all of them.
pub fn disagreements(scenario: &Scenario, evaluated: &Evaluated, recorded: &Recorded) -> Vec<String> {
    let mut found = Vec::new();
    let keys: std::collections::BTreeSet<&Key> = evaluated.trace.keys().chain(recorded.trace.keys()).collect();
    for key in keys.into_iter().filter(|key| key.quantity != Quantity::Allowance) {
        let wrong: Vec<i64> =
            recorded.trace.minutes().filter(|minute| !agrees(key, *minute, &evaluated.trace, &recorded.trace)).collect();
        if !wrong.is_empty() {
            found.push(table(scenario, key, &wrong, &evaluated.trace, &recorded.trace));
        }
    }
    found
}

fn around(quantity: Quantity) -> (i64, i64) {
    match quantity {
        Quantity::Burn(window) if window < farthing_plan::LONG_WINDOW => SHORT,
        _ => LONG,
    }
}

fn agrees(key: &Key, minute: i64, evaluated: &Trace, recorded: &Trace) -> bool {
    let (before, after) = around(key.quantity);
    let envelope = evaluated.envelope(key, minute - before, minute + after);
    let Some(value) = recorded.get(key, minute) else {
        return envelope.missing || minute - before < evaluated.minutes().start;
    };
    let largest = envelope.lowest.abs().max(envelope.highest.abs());
    let scale = match key.quantity {
        Quantity::Consumed | Quantity::Burn(_) => largest.max(1.0),
        Quantity::Left => {
            let allowance = Key { quantity: Quantity::Allowance, ..key.clone() };
            largest.max(evaluated.get(&allowance, minute).unwrap_or(0.0))
        }
        Quantity::Measured | Quantity::Observed | Quantity::Allowance => largest,
    };
    (envelope.lowest - RELATIVE * scale..=envelope.highest + RELATIVE * scale).contains(&value)
}

/// The first, the worst few and the last of the minutes.
fn table(scenario: &Scenario, key: &Key, wrong: &[i64], evaluated: &Trace, recorded: &Trace) -> String {
    let mut text = format!("{}: {key}: {} of {} minutes\n", scenario.name, wrong.len(), recorded.minutes().count());
    let step = wrong.len().div_ceil(8).max(1);
    let show = |value: Option<f64>| value.map_or("none".to_string(), |value| format!("{value:.6}"));
    for minute in wrong.iter().step_by(step) {
        let (before, after) = around(key.quantity);
        let envelope = evaluated.envelope(key, minute - before, minute + after);
        writeln!(
            text,
            "  {:>8.2} h  Prometheus {:>14}  evaluator {:>14}, around {:.6} to {:.6}{}",
            (minute * 60 - scenario.clock.start) as f64 / 3_600.0,
            show(recorded.get(key, *minute)),
            show(evaluated.get(key, *minute)),
            envelope.lowest,
            envelope.highest,
            if envelope.missing { " or none" } else { "" },
        )
        .expect("a String takes any text");
    }
    text
}

/// The scenario's length, by its clock.
#[allow(unused)]
fn length(scenario: &Scenario) -> Length {
    if scenario.clock.end - scenario.clock.start > 7 * 86_400 { Length::Month } else { Length::Days }
}
