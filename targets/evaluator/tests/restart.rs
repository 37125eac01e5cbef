//! An evaluator goes on where the one before it ended.

mod common;
mod judge;

use common::*;
use farthing_evaluator::{Evaluator, Report, RestoreError, SampleValue};
use farthing_plan::{Aggregate, Plan};
use judge::Series;

fn flows(by: &[&str]) -> Vec<farthing_plan::Flow> {
    vec![
        flow("chat/gpu", by, gauge("gpus", Aggregate::Sum, "2.49/3600")),
        flow("chat/answers", by, counter("answers_total", "1")),
        flow("chat/failed", by, counter("failed_total", "1")),
    ]
}

fn dollars_per_answer(target: &str, period_s: u64) -> Plan {
    let sli = indicator("chat/cost", &[], vec![needed("chat/gpu")], "0", vec![needed("chat/answers")]);
    let objectives = vec![with_policy(at_most("chat/affordable", &sli, target, "0.05"), period_s)];
    plan(flows(&[]), vec![sli], objectives, vec![])
}

/// Another indicator of the same flows.
fn answers_per_dollar() -> Plan {
    let sli = indicator("chat/yield", &[], vec![needed("chat/answers")], "0", vec![needed("chat/gpu")]);
    let objectives = vec![with_policy(at_least("chat/thrifty", &sli, "50", "0.05"), 30 * DAY_S)];
    plan(flows(&[]), vec![sli], objectives, vec![])
}

/// Ten GPUs too many in the evening of each third day, and answers that come and go.
fn data(to: i64) -> Vec<Series> {
    let gpus = |t: i64| if (t / DAY) % 3 == 0 && t % DAY > 20 * HOUR { 24.0 } else { 4.0 };
    vec![
        series("gpus", &[], holding(every(MIN, 0, to), gpus)),
        series("answers_total", &[], rising(every(MIN, 0, to), |t| 0.1 + (t % DAY) as f64 / DAY as f64)),
        series("failed_total", &[], rising(every(MIN, 0, to), |_| 0.01)),
    ]
}

/// Plays samples of `from..=to` minutes since the start.
fn play(evaluator: &mut Evaluator, data: &[Series], from: i64, to: i64) {
    let ids: Vec<_> = data.iter().map(|series| evaluator.series(&series.name, &[])).collect();
    for minute in from..=to {
        for (id, series) in ids.iter().zip(data) {
            let (time, reading) = series.samples[minute as usize];
            if let (Some(id), judge::Reading::Number(value)) = (id, reading) {
                evaluator.observe(*id, time, SampleValue::Number(value)).expect("a sample in order");
            }
        }
        evaluator.advance(START + minute * MIN);
    }
}

/// The same but for the last digits, which running sums that began elsewhere have otherwise.
fn assert_same(a: &Report, b: &Report) {
    let text = |report: &Report| {
        let value = serde_json::to_value(report).expect("a report");
        let mut lines = Vec::new();
        flatten("", &value, &mut lines);
        lines
    };
    let (a, b) = (text(a), text(b));
    assert_eq!(a.len(), b.len());
    for ((at, a), (other, b)) in a.iter().zip(&b) {
        assert_eq!(at, other);
        match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => assert!((a - b).abs() <= 1e-9 * (1.0 + a.abs()), "{at}: {a} and {b}"),
            _ => assert_eq!(a, b, "{at}"),
        }
    }
}

fn flatten(at: &str, value: &serde_json::Value, lines: &mut Vec<(String, serde_json::Value)>) {
    match value {
        serde_json::Value::Object(map) => {
            map.iter().for_each(|(key, value)| flatten(&format!("{at}.{key}"), value, lines))
        }
        serde_json::Value::Array(all) => {
            all.iter().enumerate().for_each(|(index, value)| flatten(&format!("{at}[{index}]"), value, lines));
        }
        other => lines.push((at.to_string(), other.clone())),
    }
}

#[test]
fn a_report_after_restarts_is_that_of_one_evaluator() {
    let plan = dollars_per_answer("0.01", 3 * DAY_S);
    let data = data(8 * DAY);
    let mut whole = Saved::default().restore(&plan);
    let mut saved = Saved::default();
    let mut parts = saved.restore(&plan);
    for from in (0..8 * 1_440).step_by(613) {
        let to = (from + 612).min(8 * 1_440);
        play(&mut whole, &data, from, to);
        play(&mut parts, &data, from, to);
        saved.take(&mut parts);
        parts = saved.restore(&plan);
    }
    let report = parts.report();
    assert_same(&whole.report(), &report);
    assert!(report.alerts_fired.len() >= 2, "{:?}", report.alerts_fired);
    assert!(report.services[0].objectives[0].verdicts[0].history.len() > 100);
    for (whole, part) in whole.totals().iter().zip(parts.totals()) {
        assert_eq!((&whole.flow, whole.total), (&part.flow, part.total));
    }
    assert_is(parts.totals()[2].total, 0.01 * 8.0 * DAY_S as f64);
}

/// What is not saved is lost, and what was saved is not: the series' last samples are those of the same moment.
#[test]
fn what_came_after_the_last_save_comes_again_or_is_a_gap() {
    let plan = dollars_per_answer("0.01", 3 * DAY_S);
    let data = data(DAY);
    let mut saved = Saved::default();
    let mut before = saved.restore(&plan);
    play(&mut before, &data, 0, 600);
    saved.take(&mut before);
    play(&mut before, &data, 601, 604);
    // It ends here without saving. The next sample is within the look-back of the last one that was saved.
    let mut after = saved.restore(&plan);
    play(&mut after, &data, 604, 1_440);
    let mut whole = Saved::default().restore(&plan);
    play(&mut whole, &data, 0, 1_440);
    let ends = |evaluator: &Evaluator| evaluator.totals().iter().map(|total| total.total).collect::<Vec<_>>();
    for (after, whole) in ends(&after).into_iter().zip(ends(&whole)) {
        assert_is(after, whole);
    }
}

#[test]
fn another_target_keeps_all_history() {
    let data = data(8 * DAY);
    let mut saved = Saved::default();
    let mut before = saved.restore(&dollars_per_answer("0.01", 3 * DAY_S));
    play(&mut before, &data, 0, 7 * 1_440);
    saved.take(&mut before);
    let other = dollars_per_answer("0.02", 7 * DAY_S);
    let mut after = saved.restore(&other);
    play(&mut after, &data, 7 * 1_440 + 1, 8 * 1_440);
    let mut whole = Saved::default().restore(&other);
    play(&mut whole, &data, 0, 8 * 1_440);
    let (after, whole) = (only(&after), only(&whole));
    assert_is(after.numerator, whole.numerator);
    assert_is(after.consumed, whole.consumed.expect("a verdict"));
    // Before the edit three days were kept for the indicator, and all of them for its flows.
    assert_eq!(after.observed_s, whole.observed_s);
    assert!(after.observed_s > 6 * DAY_S);
}

#[test]
fn a_new_indicator_of_old_flows_has_a_past() {
    let data = data(9 * DAY);
    let mut saved = Saved::default();
    let mut before = saved.restore(&dollars_per_answer("0.01", 30 * DAY_S));
    play(&mut before, &data, 0, 8 * 1_440);
    saved.take(&mut before);
    let mut after = saved.restore(&answers_per_dollar());
    saved.take(&mut after);
    play(&mut after, &data, 8 * 1_440 + 1, 9 * 1_440);
    let mut whole = Saved::default().restore(&answers_per_dollar());
    play(&mut whole, &data, 0, 9 * 1_440);
    let (now, then) = (only(&after), only(&whole));
    assert_is(now.measured, then.measured.expect("a ratio"));
    assert_is(now.numerator, then.numerator);
    assert_eq!(now.observed_s, then.observed_s);
    // And it has it again after one more restart, from its own records.
    saved.take(&mut after);
    let again = only(&saved.restore(&answers_per_dollar()));
    assert_is(again.numerator, now.numerator);
    // The edit is taken back: what it was before goes on, the day between included.
    let back = only(&saved.restore(&dollars_per_answer("0.01", 30 * DAY_S)));
    assert_is(back.denominator, now.numerator);
    assert_eq!(back.observed_s, now.observed_s);
}

/// Two indicators of the same flows are one record: the one that is kept for longer is what it tells.
#[test]
fn what_is_kept_for_long_is_not_lost_to_what_is_kept_for_short() {
    let sli = |id: &str| indicator(id, &[], vec![needed("chat/gpu")], "0", vec![needed("chat/answers")]);
    let (month, hours) = (sli("chat/month"), sli("chat/hours"));
    let objectives = vec![
        with_policy(at_most("chat/of_month", &month, "0.01", "0.05"), 30 * DAY_S),
        at_most("chat/of_hours", &hours, "0.01", "0.05"),
    ];
    let mut plan = plan(flows(&[]), vec![month, hours], objectives, vec![]);
    // Read from minutes, so that hardly any slot is kept for it.
    plan.services[0].objectives[1].period = farthing_plan::Period::rolling(6 * 3_600);
    let data = data(4 * DAY);
    let mut whole = Saved::default().restore(&plan);
    let mut saved = Saved::default();
    let mut parts = saved.restore(&plan);
    for from in (0..4 * 1_440).step_by(101) {
        let to = (from + 100).min(4 * 1_440);
        play(&mut whole, &data, from, to);
        play(&mut parts, &data, from, to);
        saved.take(&mut parts);
        // Without what the flows came to, from which it could be made anew.
        saved.0.retain(|key, _| key[0] != b'f');
        parts = saved.restore(&plan);
    }
    assert_same(&whole.report(), &parts.report());
}

#[test]
fn events_go_on() {
    let flows = vec![
        flow("chat/cost", &["model"], sum_of(polynomial(&[("1", &[CONTEXT])]), vec![])),
        flow("chat/requests", &["model"], count_of(vec![])),
    ];
    let sli = indicator("chat/mean", &["model"], vec![needed("chat/cost")], "0", vec![needed("chat/requests")]);
    let objectives = vec![with_policy(at_most("chat/cheap", &sli, "2", "0.1"), 2 * DAY_S)];
    let plan = plan(flows, vec![sli], objectives, vec![requests()]);
    let mut saved = Saved::default();
    let mut evaluator = saved.restore(&plan);
    let mut random = Random(3);
    let mut sums = [0.0; 2];
    for at in 0..2_000 {
        let time = START + at * 97_000;
        let model = random.between(0, 2) as usize;
        let cost = random.between(1, 5) as f64;
        sums[model] += cost;
        let requests = evaluator.event("requests").expect("an event");
        let label = evaluator.label(requests, MODEL, ["a", "b"][model]).expect("a label");
        let outcome = evaluator.label(requests, OUTCOME, "ok").expect("a label");
        // Some come an hour late.
        let late = if random.between(0, 10) == 0 { HOUR } else { 0 };
        evaluator.record(requests, (time - late).max(START), &[cost, 0.0, 0.0], &[label, outcome]).expect("an event");
        evaluator.advance(time);
        if at % 50 == 0 {
            saved.take(&mut evaluator);
            evaluator = saved.restore(&plan);
        }
    }
    let totals: Vec<f64> =
        evaluator.totals().iter().filter(|total| total.flow == "chat/cost").map(|total| total.total).collect();
    assert_eq!(totals, sums);
}

/// One event a minute, but for an hour in which nobody was there, and five minutes that are too short to matter.
#[test]
fn events_are_not_observed_while_nobody_is_there() {
    let flows = vec![
        flow("chat/cost", &[], sum_of(polynomial(&[("1", &[CONTEXT])]), vec![])),
        flow("chat/requests", &[], count_of(vec![])),
    ];
    let sli = indicator("chat/mean", &[], vec![needed("chat/cost")], "0", vec![needed("chat/requests")]);
    let plan = plan(
        flows,
        vec![sli.clone()],
        vec![with_policy(at_most("chat/cheap", &sli, "2", "0.1"), 2 * DAY_S)],
        vec![requests()],
    );
    let mut saved = Saved::default();
    let play = |evaluator: &mut Evaluator, minutes: std::ops::RangeInclusive<i64>| {
        let requests = evaluator.event("requests").expect("an event");
        let label = evaluator.label(requests, MODEL, "a").expect("a label");
        let outcome = evaluator.label(requests, OUTCOME, "ok").expect("a label");
        for minute in minutes {
            let time = START + minute * MIN - MIN / 2;
            evaluator.record(requests, time, &[3.0, 0.0, 0.0], &[label, outcome]).expect("an event");
        }
    };
    let mut evaluator = saved.restore(&plan);
    play(&mut evaluator, 1..=600);
    evaluator.advance(START + 600 * MIN);
    saved.take(&mut evaluator);
    evaluator = saved.restore(&plan);
    evaluator.absent(START + 600 * MIN, START + 660 * MIN);
    evaluator.advance(START + 660 * MIN);
    let burn = only(&evaluator).burn;
    let shortest = burn.iter().find(|burn| burn.window_s == 300).expect("a window");
    assert_eq!(shortest.rate, None, "nothing was observed");
    // What happened in between and says so counts in its minute, and that one is observed.
    play(&mut evaluator, 630..=630);
    play(&mut evaluator, 661..=1_000);
    evaluator.advance(START + 1_000 * MIN);
    evaluator.absent(START + 1_000 * MIN, START + 1_005 * MIN);
    play(&mut evaluator, 1_006..=1_200);
    evaluator.advance(START + 1_200 * MIN);
    let observed_s = (600 + 1 + 540) * 60;
    assert_eq!(only(&evaluator).observed_s, observed_s);
    assert_is(only(&evaluator).denominator, 600.0 + 1.0 + 535.0);
    // And so it is after one more start, and when its minutes are kept no more.
    saved.take(&mut evaluator);
    let mut again = saved.restore(&plan);
    assert_same(&evaluator.report(), &again.report());
    for evaluator in [&mut evaluator, &mut again] {
        play(evaluator, 1_201..=2_400);
        evaluator.advance(START + 2_400 * MIN);
        assert_eq!(only(evaluator).observed_s, observed_s + 1_200 * 60);
        saved.take(evaluator);
    }
    assert_eq!(only(&saved.restore(&plan)).observed_s, observed_s + 1_200 * 60);
}

#[test]
fn records_do_not_grow_without_end() {
    let plan = dollars_per_answer("0.01", 3 * DAY_S);
    let data = data(60 * DAY);
    let mut saved = Saved::default();
    let mut evaluator = saved.restore(&plan);
    let mut sizes = Vec::new();
    for day in 0..60 {
        play(&mut evaluator, &data, day * 1_440 + i64::from(day > 0), (day + 1) * 1_440);
        saved.take(&mut evaluator);
        // The alerts that fired are bounded by their number, and not by time.
        sizes.push(saved.0.keys().filter(|key| key[0] != b'a').count());
    }
    assert!(sizes[45] > sizes[20], "flows are kept for a month: {sizes:?}");
    assert_eq!(sizes[50], sizes[59], "{sizes:?}");
}

#[test]
fn a_damaged_state_is_said_to_be_so() {
    let plan = dollars_per_answer("0.01", 3 * DAY_S);
    let mut saved = Saved::default();
    let mut evaluator = saved.restore(&plan);
    play(&mut evaluator, &data(2 * DAY), 0, 2 * 1_440);
    saved.take(&mut evaluator);
    let mut damaged = 0;
    for (key, value) in &saved.0 {
        for length in 0..value.len().min(40) {
            let mut cut = saved.clone();
            cut.0.insert(key.clone(), value[..length].to_vec());
            match Evaluator::restore(&plan, &cut) {
                Err(RestoreError::Damaged { .. }) => damaged += 1,
                Err(other) => panic!("{other}"),
                // A day may be shorter, and a name that is none leads nowhere.
                Ok(_) => {}
            }
        }
        for at in 0..value.len().min(60) {
            let mut other = saved.clone();
            let mut changed = value.clone();
            changed[at] ^= 0x55;
            other.0.insert(key.clone(), changed);
            if let Ok(mut evaluator) = Evaluator::restore(&plan, &other) {
                evaluator.advance(START + 2 * DAY + HOUR);
                evaluator.report();
            }
        }
    }
    assert!(damaged > 100, "{damaged}");
    let mut newer = saved.clone();
    let head = String::from_utf8(newer.0[&b"H\0\0\0\0".to_vec()].clone()).expect("text");
    newer.0.insert(b"H\0\0\0\0".to_vec(), head.replacen("\"version\":1", "\"version\":7", 1).into_bytes());
    let refused = Evaluator::restore(&plan, &newer).err().map(|error| error.to_string());
    assert_eq!(refused.as_deref(), Some("the state is of version 7, and this farthing reads version 1"));
}

/// The same of a state of everything that is kept, with several changes at once.
#[test]
fn any_damage_is_said_to_be_so_or_goes_on() {
    let (plan, saved) = rich();
    assert!(goes_on(&plan, &saved));
    let mut random = Random(11);
    let (mut went_on, mut refused) = (0, 0);
    for _ in 0..1_500 {
        let bytes: Vec<u8> = (0..7 * random.between(1, 4)).map(|_| random.next() as u8).collect();
        let mut other = saved.clone();
        damage(&mut other, &bytes);
        if goes_on(&plan, &other) { went_on += 1 } else { refused += 1 }
    }
    assert!(went_on > 100 && refused > 100, "{went_on} went on, {refused} were refused");
}

/// A long time without data is gone through slot by slot, and not minute by minute; that makes no difference.
#[test]
fn a_long_time_at_once_is_that_time_minute_by_minute() {
    let (rich, of_rich) = rich();
    let gpus = dollars_per_answer("0.01", 3 * DAY_S);
    let mut of_gpus = Saved::default();
    let mut evaluator = of_gpus.restore(&gpus);
    play(&mut evaluator, &data(DAY), 0, 1_440);
    of_gpus.take(&mut evaluator);
    for (plan, saved) in [(rich, of_rich), (gpus, of_gpus)] {
        let (mut at_once, mut by_minutes) = (saved.restore(&plan), saved.restore(&plan));
        for minute in FED..FED + 5 * 1_440 {
            by_minutes.advance(START + minute * MIN);
            // In the middle of a slot, too.
            if minute % 3_333 == 0 || minute == FED + 5 * 1_440 - 1 {
                at_once.advance(START + minute * MIN);
                assert_same(&at_once.report(), &by_minutes.report());
            }
        }
    }
}

/// How many records a save gives.
fn puts(evaluator: &mut Evaluator) -> usize {
    let mut count = 0;
    evaluator.save(&mut |_, _| count += 1);
    count
}

#[test]
fn a_save_gives_no_more_than_there_may_be() {
    let plan = dollars_per_answer("0.01", 3 * DAY_S);
    let mut evaluator = Saved::default().restore(&plan);
    // Saved before anything came: the first minute is far from the beginning of time.
    puts(&mut evaluator);
    play(&mut evaluator, &data(HOUR), 0, 60);
    let first = puts(&mut evaluator);
    assert!(first < 500, "{first}");
    // Nothing ran for years.
    evaluator.advance(START + 1_000 * DAY);
    let later = puts(&mut evaluator);
    assert!(later < 1_000, "{later}");
}

#[test]
fn totals_hold_what_came_too_late_for_its_minute() {
    let flows = vec![flow("chat/requests", &[], count_of(vec![]))];
    let sli = indicator("chat/mean", &[], vec![needed("chat/requests")], "0", vec![needed("chat/requests")]);
    let objectives = vec![with_policy(at_most("chat/cheap", &sli, "2", "0.1"), 3 * DAY_S)];
    let plan = plan(flows, vec![sli], objectives, vec![requests()]);
    let mut saved = Saved::default();
    let mut evaluator = saved.restore(&plan);
    let record = |evaluator: &mut Evaluator, time| {
        let requests = evaluator.event("requests").expect("an event");
        let label = evaluator.label(requests, MODEL, "a").expect("a label");
        let outcome = evaluator.label(requests, OUTCOME, "ok").expect("a label");
        evaluator.record(requests, time, &[1.0, 0.0, 0.0], &[label, outcome]).expect("an event");
    };
    record(&mut evaluator, START);
    record(&mut evaluator, START + 2 * DAY);
    evaluator.advance(START + 2 * DAY + HOUR);
    saved.take(&mut evaluator);
    record(&mut evaluator, START + HOUR);
    saved.take(&mut evaluator);
    assert_eq!(evaluator.totals()[0].total, 3.0);
    assert_eq!(saved.restore(&plan).totals()[0].total, 3.0);
}
