//! Calendar periods, worked out by hand: which slots belong to them, and what they come to.

mod common;
mod judge;

use common::*;
use farthing_evaluator::Verdict;
use farthing_plan::{CalendarUnit, Offset, Period, Plan, Zone};
use judge::{Series, judge};

/// Clocks at +1:00, and at +2:00 from 2026-03-29 01:00 UTC to 2026-10-25 01:00 UTC.
fn berlin() -> Zone {
    zone("Europe/Berlin", &[(0, 3_600), (1_774_746_000, 7_200), (1_792_890_000, 3_600)])
}

/// Clocks at -5:00, and at -4:00 from 2026-03-08 07:00 UTC to 2026-11-01 06:00 UTC.
fn new_york() -> Zone {
    zone("America/New_York", &[(0, -18_000), (1_772_953_200, -14_400), (1_793_512_800, -18_000)])
}

fn zone(name: &str, offsets: &[(i64, i64)]) -> Zone {
    let offsets = offsets.iter().map(|(from, seconds)| Offset { from: *from, seconds: *seconds }).collect();
    Zone { name: name.into(), offsets }
}

/// `n / d <= 1` with a budget of 10%.
fn over(unit: CalendarUnit, zone: &Zone) -> Plan {
    let flows = vec![flow("chat/n", &[], counter("n_total", "1")), flow("chat/d", &[], counter("d_total", "1"))];
    let sli = indicator("chat/i", &[], vec![needed("chat/n")], "0", vec![needed("chat/d")]);
    let mut objective = with_policy(at_most("chat/o", &sli, "1", "0.1"), 30 * DAY_S);
    objective.period = Period::Calendar { unit, zone: zone.name.clone() };
    if unit == CalendarUnit::Day {
        objective.alerts.clear();
    }
    let mut plan = plan(flows, vec![sli], vec![objective], vec![]);
    plan.zones = vec![zone.clone()];
    plan
}

/// Both counters from `from_s` to `to_s`, every minute; so much a minute at each time in ms.
fn data(from_s: i64, to_s: i64, n: impl Fn(i64) -> f64, d: impl Fn(i64) -> f64) -> Vec<Series> {
    let times = || (from_s * 1_000..=to_s * 1_000).step_by(MIN as usize);
    vec![
        series("n_total", &[], rising(times(), |t| n(t) / 60.0)),
        series("d_total", &[], rising(times(), |t| d(t) / 60.0)),
    ]
}

/// The verdict at a time, of all data up to it.
fn at(plan: &Plan, data: &[Series], end_s: i64) -> Verdict {
    let until = |series: &Series| Series {
        samples: series.samples.iter().copied().filter(|sample| sample.0 <= end_s * 1_000).collect(),
        ..series.clone()
    };
    let data: Vec<Series> = data.iter().map(until).collect();
    let evaluator = run(plan, &data, &[], Pace::Live, end_s * 1_000);
    assert_agree(plan, &evaluator.report(), &judge(plan, &data, &[], end_s * 1_000), &end_s.to_string());
    only(&evaluator)
}

const HOUR_S: i64 = 3_600;

/// A day from `start` that is so many hours long: two of the numerator and one of the denominator a minute.
#[track_caller]
fn assert_day(zone: &Zone, start: i64, hours: i64) {
    let plan = over(CalendarUnit::Day, zone);
    let end = start + hours * HOUR_S;
    let data = data(start - 6 * HOUR_S, end + 2 * HOUR_S, |_| 2.0, |_| 1.0);
    for (time, minutes, began) in [
        // The last moment of the day before, of which there are six hours, and the first ten minutes of this one.
        (start, 360, None),
        (start + 60, 0, Some(start)),
        (start + 599, 0, Some(start)),
        (start + 600, 10, Some(start)),
        (start + 5 * HOUR_S, 300, Some(start)),
        (start + 5 * HOUR_S + 540, 300, Some(start)),
        // At midnight the day is whole; a minute later the next one has begun.
        (end - 60, hours * 60 - 10, Some(start)),
        (end, hours * 60, Some(start)),
        (end + 60, 0, Some(end)),
        (end + HOUR_S, 60, Some(end)),
    ] {
        let verdict = at(&plan, &data, time);
        assert_eq!(verdict.observed_s, minutes as u64 * 60, "{time} - {start} = {}", time - start);
        if let Some(began) = began {
            assert_eq!(verdict.period_start_ms, began * 1_000);
        }
        if minutes == 0 {
            assert_eq!((verdict.consumed, verdict.met, verdict.measured), (None, None, None));
        } else {
            // One of excess a minute, a tenth allowed.
            assert_is(verdict.excess, minutes as f64);
            assert_is(verdict.allowance, minutes as f64 / 10.0);
            assert_eq!(verdict.met, Some(false));
        }
        assert_eq!(verdict.period_s, DAY_S);
    }
}

#[test]
fn a_day_without_a_change_of_clocks() {
    // 2026-06-10, from 22:00 UTC the day before.
    assert_day(&berlin(), 1_781_042_400, 24);
    assert_day(&Zone::utc(), START / 1_000, 24);
}

#[test]
fn the_day_on_which_clocks_are_set_forward_has_23_hours() {
    // 2026-03-29 in Berlin, from 23:00 UTC; 2026-03-08 in New York, from 05:00 UTC.
    assert_day(&berlin(), 1_774_738_800, 23);
    assert_day(&new_york(), 1_772_946_000, 23);
}

#[test]
fn the_day_on_which_clocks_are_set_back_has_25_hours() {
    // 2026-10-25 in Berlin, from 22:00 UTC; 2026-11-01 in New York, from 04:00 UTC.
    assert_day(&berlin(), 1_792_879_200, 25);
    assert_day(&new_york(), 1_793_505_600, 25);
}

#[test]
fn a_slot_belongs_to_the_day_in_which_its_middle_lies() {
    // In Kathmandu the day begins at 18:15 UTC, in the middle of a slot.
    let plan = over(CalendarUnit::Day, &zone("Asia/Kathmandu", &[(0, 20_700)]));
    let midnight = START / 1_000;
    let data = data(midnight - 8 * HOUR_S, midnight + 20 * HOUR_S, |_| 2.0, |_| 1.0);
    let start = midnight - 5 * HOUR_S - 45 * 60;
    for (time, minutes) in [
        (start + 60, 0),
        // The slot from 18:10 to 18:20.
        (start + 300, 10),
        (start + 900, 20),
        // At 18:14 and 18:15 the day before has all its 144 slots but the last, which is the next day's first.
        (start + 86_400 - 60, 1_440),
        (start + 86_400, 1_440),
        (start + 86_400 + 60, 0),
        (start + 86_400 + 300, 10),
    ] {
        assert_eq!(at(&plan, &data, time).observed_s, minutes * 60, "{}", time - start);
    }
}

#[test]
fn a_new_month_has_a_new_budget_and_burns_by_the_last_thirty_days() {
    let plan = over(CalendarUnit::Month, &Zone::utc());
    // 2024-10-04; November begins 28 days later. Then half the volume comes, a fifth of it beyond the target.
    let (start, november) = (START / 1_000, START / 1_000 + 28 * DAY_S as i64);
    let later = |t: i64| t > november * 1_000;
    let (n, d) = (|t| if later(t) { 1.2 } else { 2.0 }, |t| if later(t) { 1.0 } else { 2.0 });
    let data = data(start, november + 2 * DAY_S as i64, n, d);
    let verdict = at(&plan, &data, november);
    assert_eq!((verdict.met, verdict.observed_s), (Some(true), 28 * DAY_S));
    assert_eq!(verdict.period_start_ms, START - 3 * DAY);

    let verdict = at(&plan, &data, november + 2 * DAY_S as i64);
    assert_eq!(verdict.period_start_ms, november * 1_000);
    // 2,880 minutes: 0.2 beyond each, 0.1 allowed.
    assert_is(verdict.denominator, 2_880.0);
    assert_is(verdict.measured, 1.2);
    assert_is(verdict.excess, 576.0);
    assert_is(verdict.consumed, 2.0);
    assert_is(verdict.left, -288.0);
    assert_eq!((verdict.met, verdict.period_s), (Some(false), 30 * DAY_S));
    // Of the last 30 days, 28 had twice the volume: 0.1 * (28 * 2,880 + 2 * 1,440) allowed in 43,200 minutes.
    let pace = 0.1 * (28.0 * 2_880.0 + 2.0 * 1_440.0) / 43_200.0;
    for burn in verdict.burn.iter().filter(|burn| burn.window_s < 3 * DAY_S) {
        assert_is(burn.rate, 0.2 / pace);
    }
    assert_is(verdict.burn.iter().find(|burn| burn.window_s == 3 * DAY_S).and_then(|burn| burn.rate), 0.4 / 3.0 / pace);

    // The chart has no more than 720 points; in each, what was consumed since the first of its own month.
    assert!(verdict.history.len() > 350 && verdict.history.len() <= 720, "{}", verdict.history.len());
    for point in &verdict.history {
        let expected = if point.at_ms <= november * 1_000 { 0.0 } else { 2.0 };
        assert!(point.consumed.is_some_and(|consumed| close(consumed, expected, 1.0)), "{point:?}");
    }
}

#[test]
fn a_budget_that_is_being_spent_is_gone_at_some_time() {
    let plan = over(CalendarUnit::Week, &Zone::utc());
    // 2024-10-07, a Monday.
    let monday = START / 1_000 + 3 * DAY_S as i64;
    // Two days of 0.05 saved a minute, then 0.05 lost a minute.
    let turn = monday * 1_000 + 2 * DAY;
    let data = data(monday - DAY_S as i64, monday + 3 * DAY_S as i64, |t| if t > turn { 1.05 } else { 0.95 }, |_| 1.0);
    let verdict = at(&plan, &data, monday + 3 * DAY_S as i64);
    // 4,320 minutes: 0.1 each allowed, and 0.05 saved in two of three.
    assert_eq!(verdict.period_start_ms, monday * 1_000);
    assert_is(verdict.left, 432.0 + 72.0);
    assert_is(verdict.exhaustion_s, 504.0 / 0.05 * 60.0);
}

#[test]
fn every_unit_begins_where_the_calendar_says() {
    // 2026-11-25 21:00 UTC, a Wednesday, and what had begun when; in Berlin the quarter began in summer.
    let now = 1_795_640_400;
    for (unit, utc, in_berlin) in [
        (CalendarUnit::Day, 1_795_564_800, 3_600),
        (CalendarUnit::Week, 1_795_392_000, 3_600),
        (CalendarUnit::Month, 1_793_491_200, 3_600),
        (CalendarUnit::Quarter, 1_790_812_800, 7_200),
        (CalendarUnit::Year, 1_767_225_600, 3_600),
    ] {
        for (zone, start) in [(Zone::utc(), utc), (berlin(), utc - in_berlin)] {
            let data = data(start - 7_200, start + 7_200, |_| 1.0, |_| 1.0);
            // From then on, for as long as it lasts, nothing came.
            let plan = over(unit, &zone);
            let evaluator = run(&plan, &data, &[], Pace::Backtest, now * 1_000);
            assert_agree(&plan, &evaluator.report(), &judge(&plan, &data, &[], now * 1_000), &format!("{unit:?}"));
            let verdict = only(&evaluator);
            assert_eq!((verdict.observed_s, verdict.period_start_ms), (7_200, start * 1_000), "{unit:?}");
        }
    }
}

#[test]
fn a_zone_that_the_plan_lacks_is_refused() {
    let mut plan = over(CalendarUnit::Day, &berlin());
    plan.zones.clear();
    let refused = farthing_evaluator::Evaluator::new(&plan).map(|_| ());
    assert!(matches!(refused, Err(farthing_evaluator::EvaluatorError::Missing { what: "zone", .. })), "{refused:?}");
}
