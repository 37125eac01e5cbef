//! A state of everything that is kept, and what may be wrong with one.

use farthing_evaluator::{Evaluator, RestoreError, SampleValue, SeriesId};
use farthing_plan::{
    Aggregate, BudgetMode, CalendarUnit, Comparison, Derivation, Exclusion, Indicator, Offset, Part, Period, Plan,
    WhenAbsent, Zone,
};

use super::*;

/// A plan with exclusions, everything that is derived, a gross budget, a calendar's period and events.
pub fn rich_plan() -> Plan {
    let by: &[&str] = &["model"];
    let text = |text: &str| text.to_string();
    let direct = |id: &str, by: &[&str], numerator: &str, denominator: &str| Indicator {
        exclusions: vec![
            Exclusion::Dates { from: START / 1_000 + 7_200, until: START / 1_000 + 9_000, because: None },
            Exclusion::When { flow: text("chat/deploying"), because: None },
        ],
        ..indicator(id, by, vec![needed(numerator)], "0.001", vec![term(denominator, "1", WhenAbsent::Zero)])
    };
    let derived =
        |id: &str, derivation| Indicator { derivation: Some(derivation), ..indicator(id, by, vec![], "0", vec![]) };
    let mix = [("x", "0.6"), ("y", "0.4")].map(|(class, share)| (text(class), exact(share)));
    let indicators = vec![
        direct("chat/own", by, "chat/gpu", "chat/n"),
        direct("chat/of", &["class", "model"], "chat/n", "chat/n"),
        direct("chat/whole", &[], "chat/gpu", "chat/n"),
        direct("chat/gpus", &[], "chat/gpu", "chat/gpu"),
        direct("chat/key", by, "chat/n", "chat/gpu"),
        direct("chat/asked", by, "chat/cost", "chat/requests"),
        derived(
            "chat/standard",
            Derivation::Standardized { of: text("chat/of"), label: text("class"), mix: mix.into() },
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
            Derivation::Peak { of: text("chat/own"), while_indicator: text("chat/key"), limit: exact("100") },
        ),
    ];
    let objectives = indicators.iter().enumerate().map(|(at, sli)| {
        let period = [6 * 3_600, 2 * DAY_S][at % 2];
        let mut made = with_policy(at_most(&format!("chat/o{at}"), sli, "0.5", "0.1"), period);
        if at % 3 == 0 {
            made.budget_mode = BudgetMode::Gross;
        }
        if at % 4 == 1 {
            made.period = Period::Calendar { unit: CalendarUnit::Day, zone: text("Test/Zone") };
        }
        made
    });
    let flows = vec![
        flow("chat/n", &["class", "model"], counter("n_total", "1")),
        flow("chat/gpu", by, gauge("gpus", Aggregate::Sum, "0.01")),
        flow("chat/deploying", &[], gauge_time("gpus", Some((Comparison::Greater, "3.9")))),
        flow("chat/cost", by, sum_of(polynomial(&[("1", &[CONTEXT])]), vec![])),
        flow("chat/requests", by, count_of(vec![])),
    ];
    let objectives = objectives.collect();
    let offsets = vec![Offset { from: 0, seconds: 3_600 }, Offset { from: START / 1_000 + 86_400, seconds: 7_200 }];
    let mut plan = plan(flows, indicators, objectives, vec![requests()]);
    plan.zones = vec![Zone { name: text("Test/Zone"), offsets }];
    plan
}

/// Gives an evaluator of [`rich_plan`] samples and events of so many minutes since the start; some events are late.
pub fn feed(evaluator: &mut Evaluator, minutes: std::ops::RangeInclusive<i64>) {
    let models = ["a", "b"];
    for minute in minutes {
        let time = START + minute * MIN;
        for (at, model) in models.iter().enumerate() {
            for class in ["x", "y"] {
                let id = evaluator.series("n_total", &[("class", class), ("model", model)]);
                let value = (minute % 700 * (1 + at as i64)) as f64;
                observe(evaluator, id, time, value);
            }
            let id = evaluator.series("gpus", &[("model", model), ("pod", "p")]);
            observe(evaluator, id, time, (minute / 97 % 5) as f64);
            let event = evaluator.event("requests").expect("an event");
            let labels = [(MODEL, *model), (OUTCOME, "ok")];
            let labels = labels.map(|(field, value)| evaluator.label(event, field, value).expect("a label"));
            let late = if minute % 31 == 0 { 20 * HOUR } else { 0 };
            evaluator.record(event, time - late, &[2.0, 0.0, 0.0], &labels).expect("an event");
        }
        evaluator.advance(time);
    }
}

/// A damaged state may hold a later sample; then this one is none.
fn observe(evaluator: &mut Evaluator, id: Option<SeriesId>, time: i64, value: f64) {
    if let Some(id) = id {
        let _ = evaluator.observe(id, time, SampleValue::Number(value));
    }
}

/// For how many minutes [`rich`] was fed.
pub const FED: i64 = 2 * 1_440 + 300;

/// A state of [`rich_plan`] after more than two days.
pub fn rich() -> (Plan, Saved) {
    let plan = rich_plan();
    let mut saved = Saved::default();
    let mut evaluator = saved.restore(&plan);
    saved.take(&mut evaluator);
    for from in (0..FED).step_by(500) {
        feed(&mut evaluator, from..=(from + 499).min(FED));
        saved.take(&mut evaluator);
    }
    (plan, saved)
}

/// Changes a state as the bytes say: seven for each change of one record.
pub fn damage(saved: &mut Saved, bytes: &[u8]) {
    for change in bytes.chunks_exact(7) {
        let [high, low, kind, at, value, more, place] = *change else { continue };
        let record = usize::from(u16::from_be_bytes([high, low])) % saved.0.len().max(1);
        let Some((key, old)) = saved.0.iter().nth(record).map(|(key, old)| (key.clone(), old.clone())) else { return };
        let (mut new_key, mut new) = (key.clone(), old);
        let at = usize::from(u16::from_be_bytes([place, at])) % new.len().max(1);
        match kind % 8 {
            // Lost.
            0 => {
                saved.0.remove(&key);
                continue;
            }
            1 => new.truncate(at),
            2 => new.iter_mut().skip(at).take(1).for_each(|byte| *byte = value),
            // Numbers that are none, huge, or as far away as can be.
            3 => {
                let odd = [f64::NAN.to_bits(), f64::INFINITY.to_bits(), 1e300_f64.to_bits(), u64::MAX, 1 << 63];
                let odd = odd.get(usize::from(value) % 6).copied().unwrap_or(i64::MAX as u64).to_le_bytes();
                new.iter_mut().skip(at).zip(odd).for_each(|(byte, odd)| *byte = odd);
            }
            // A number in a text.
            4 => {
                let digits = ["9223372036854775807", "-9223372036854775808", "4000000000", "18446744073709551615"];
                let from = new.iter().skip(at).position(u8::is_ascii_digit).map_or(new.len(), |found| at + found);
                let length = new.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
                new.splice(from..from + length, digits[usize::from(value) % 4].bytes());
            }
            5 => {
                let at = at % new_key.len();
                new_key[at] = value;
            }
            6 => new.extend([value; 9].iter().take(usize::from(more) % 10)),
            // What another record holds.
            _ => {
                let other = usize::from(u16::from_be_bytes([value, more])) % saved.0.len();
                new = saved.0.values().nth(other).cloned().unwrap_or_default();
            }
        }
        saved.0.remove(&key);
        saved.0.insert(new_key, new);
    }
}

/// A state may be said to be damaged. Where it is not, all goes on: no panic, no loop without end, not much memory.
pub fn goes_on(plan: &Plan, saved: &Saved) -> bool {
    let mut evaluator = match Evaluator::restore(plan, saved) {
        Ok(evaluator) => evaluator,
        Err(RestoreError::Damaged { .. } | RestoreError::Version { .. }) => return false,
        Err(other) => panic!("{other}"),
    };
    feed(&mut evaluator, FED + 1..=FED + 40);
    evaluator.report();
    evaluator.totals();
    let mut count = 0;
    evaluator.save(&mut |_, _| count += 1);
    assert!(count < 100_000, "{count} records");
    assert!(evaluator.state_bytes() < 100 << 20);
    true
}
