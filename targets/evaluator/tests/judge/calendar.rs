//! Calendar periods: which minutes lie in the same one.

use farthing_plan::{CalendarUnit, Period, Plan, Zone};

use super::indicators::Span;

/// The minutes of a window of `seconds` that ends at the minute `at`.
pub(super) fn window(seconds: u64, at: i64) -> Span {
    let w = seconds as i64;
    if seconds < 86_400 {
        // Minutes whose end lies in (at - w, at].
        return Span { long: false, first: (at * 60 - w).div_euclid(60) + 1, last: at };
    }
    // Slots whose end lies in (end - w, end], `end` being the last slot's end.
    let end = at.div_euclid(10) * 600;
    Span { long: true, first: (end - w).div_euclid(600) * 10 + 1, last: end / 60 }
}

/// The minutes of an objective's period at the end of the minute `at`.
pub(super) fn period(plan: &Plan, period: &Period, at: i64) -> Span {
    let (unit, zone) = match period {
        Period::Rolling { seconds } => return window(*seconds, at),
        Period::Calendar { unit, zone } => (*unit, plan.zones.iter().find(|known| known.name == *zone)),
    };
    let zone = zone.expect("a plan's zone");
    let last = at.div_euclid(10);
    let now = name(zone, unit, at * 60 - 30);
    // Slots from the last one back, as long as their middles lie in the same period.
    let mut first = last + 1;
    while name(zone, unit, (first - 1) * 600 - 300) == now {
        first -= 1;
    }
    Span { long: true, first: (first - 1) * 10 + 1, last: last * 10 }
}

/// What tells a period from others, by the date that the wall's clock shows.
fn name(zone: &Zone, unit: CalendarUnit, at: i64) -> (i64, i64) {
    let mut ahead = zone.offsets[0].seconds;
    for offset in &zone.offsets {
        if offset.from <= at {
            ahead = offset.seconds;
        }
    }
    let day = (at + ahead).div_euclid(86_400);
    let (mut year, mut of_year) = (1970, day);
    let length = |year: i64| if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) { 366 } else { 365 };
    while of_year >= length(year) {
        of_year -= length(year);
        year += 1;
    }
    let february = length(year) - 337;
    let (mut month, mut of_month) = (0, of_year);
    for days in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if of_month < days {
            break;
        }
        of_month -= days;
        month += 1;
    }
    match unit {
        CalendarUnit::Day => (0, day),
        // 1970-01-05 was the first Monday.
        CalendarUnit::Week => (0, (day - 4).div_euclid(7)),
        CalendarUnit::Month => (year, month),
        CalendarUnit::Quarter => (year, month / 3),
        CalendarUnit::Year => (year, 0),
    }
}
