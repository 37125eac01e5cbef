//! Calendar periods: the clocks of a time zone, and in which day, week, month, quarter or year it is there.
//!
//! A clock is recorded as the seconds that it shows since its 1970 began, so that PromQL's `year`, `month` and
//! `day_of_month`, which know UTC only, say what stands on a wall calendar. A slot has the period in which its middle lies
//! as a label: `count_values` makes one of a number. What is added up of one calendar period are the slots with its
//! label.

use std::fmt::Write;

use farthing_plan::{CalendarUnit, MINUTE, Period, Plan, SLOT, Service, Zone};

use crate::{
    duration::range,
    group::{Pairs, Recording, Rule},
    selector::push_string,
};

/// What the clocks of a zone showed in the minute that has just ended, and in the middle of the slot that has.
const CLOCK: &str = "farthing:calendar:clock";
const SLOT_CLOCK: &str = "farthing:calendar:slot_clock";
/// 1, with the period of that minute as the label `period`, and with that of the slot.
const PERIOD: &str = "farthing:calendar:period";
const SLOT_PERIOD: &str = "farthing:calendar:slot_period";

/// The periods of one unit in one zone.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    pub unit: CalendarUnit,
    zone: Zone,
    /// `month Europe/Berlin`: the value of the label `calendar`.
    pub name: String,
    /// A range that holds at least one whole period.
    pub range: String,
}

/// The calendars that a service's objectives name, each once, those of one zone together.
pub(crate) fn calendars(plan: &Plan, service: &Service) -> Vec<Calendar> {
    let mut named: Vec<(&str, CalendarUnit)> = service
        .objectives
        .iter()
        .filter_map(|objective| match &objective.period {
            Period::Calendar { unit, zone } => Some((zone.as_str(), *unit)),
            Period::Rolling { .. } => None,
        })
        .collect();
    named.sort_unstable();
    named.dedup();
    let made = named.into_iter().filter_map(|(zone, unit)| {
        // INVARIANT: the plan has each zone that its objectives name.
        let zone = plan.zone(zone)?.clone();
        let name = format!("{} {}", unit.name(), zone.name);
        Some(Calendar { unit, zone, name, range: range(unit.longest_seconds()) })
    });
    made.collect()
}

/// The calendar of a period.
pub(crate) fn find<'t>(calendars: &'t [Calendar], period: &Period) -> Option<&'t Calendar> {
    match period {
        Period::Rolling { .. } => None,
        Period::Calendar { unit, zone } => {
            calendars.iter().find(|calendar| calendar.unit == *unit && calendar.zone.name == *zone)
        }
    }
}

/// The rules that say which period it is.
pub(crate) fn rules<'a>(calendars: &[Calendar], service: &'a str) -> Vec<Rule<'a>> {
    let mut rules = Vec::with_capacity(4 * calendars.len());
    let mut zone = "";
    for calendar in calendars {
        if calendar.zone.name != zone {
            zone = &calendar.zone.name;
            let comment = format!(
                "What the clocks of {zone} showed, in seconds since 1970 began there: in the minute that has just ended, and in\n\
                 the middle of the slot that has. So a period that ends at midnight is whole at midnight."
            );
            for (record, back, comment) in [(CLOCK, MINUTE, comment), (SLOT_CLOCK, SLOT / 2, String::new())] {
                rules.push(rule(record, comment, [("service", service), ("zone", zone)], clock(&calendar.zone, back)));
            }
        }
        let comment = format!("The current {} there, and that of the slot.", calendar.unit.name());
        for (record, clock, comment) in [(PERIOD, CLOCK, comment), (SLOT_PERIOD, SLOT_CLOCK, String::new())] {
            let clock = selector(clock, [("service", service), ("zone", zone)]);
            let expr = format!("count_values(\"period\", {})", of_clock(calendar.unit, &clock));
            rules.push(rule(record, comment, [("calendar", &calendar.name), ("service", service)], expr));
        }
    }
    rules
}

/// Appends what a series of slots is multiplied by to have the period of each as a label.
pub(crate) fn push_slot_period(out: &mut String, calendar: &Calendar, service: &str) {
    out.push_str("\n* on () group_left (period)\n");
    out.push_str(&selector(SLOT_PERIOD, [("calendar", &calendar.name), ("service", service)]));
}

/// Appends what leaves of the sums of each period the current one's only.
pub(crate) fn push_current(out: &mut String, calendar: &Calendar, service: &str) {
    out.push_str("\nand on (period)\n");
    out.push_str(&selector(PERIOD, [("calendar", &calendar.name), ("service", service)]));
}

fn selector(name: &str, matchers: [(&str, &str); 2]) -> String {
    let mut text = name.to_string();
    for (index, (label, value)) in matchers.into_iter().enumerate() {
        text.push(if index == 0 { '{' } else { ',' });
        text.push_str(label);
        text.push('=');
        push_string(&mut text, value);
    }
    text.push('}');
    text
}

fn rule<'a>(record: &'static str, comment: String, labels: [(&'static str, &str); 2], expr: String) -> Rule<'a> {
    Rule::Recording(Recording {
        comment: comment.into(),
        record: record.into(),
        labels: Pairs::new(labels.into_iter().map(|(name, value)| (name.into(), value.to_string().into())).collect()),
        expr,
    })
}

/// `vector(time() + 3600 + 3600 * (time() >= bool 1774746000))`: what a zone's clocks showed some seconds ago. Each change
/// of the clocks counts from its time on.
fn clock(zone: &Zone, back: u64) -> String {
    let mut text = String::from("vector(time()");
    let back = back as i64;
    let mut shown = zone.offsets.first().map_or(0, |offset| offset.seconds);
    push_signed(&mut text, shown - back, "");
    for offset in zone.offsets.iter().skip(1) {
        push_signed(&mut text, offset.seconds - shown, &format!(" * (time() >= bool {})", offset.from + back));
        shown = offset.seconds;
    }
    text.push(')');
    text
}

/// Appends ` + 3600` and what it is multiplied by; nothing for 0.
fn push_signed(text: &mut String, seconds: i64, times: &str) {
    if seconds != 0 {
        let sign = if seconds < 0 { '-' } else { '+' };
        write!(text, " {sign} {}{times}", seconds.unsigned_abs()).expect("a string takes everything");
    }
}

/// A number that names the period in which a clock is: 20261125 for a day, and for a week, by its Monday; 202611 for a
/// month, and for a quarter, by its first; 2026 for a year.
fn of_clock(unit: CalendarUnit, clock: &str) -> String {
    let date = |clock: &str| format!("year({clock}) * 10000 + month({clock}) * 100 + day_of_month({clock})");
    match unit {
        CalendarUnit::Day => date(clock),
        CalendarUnit::Week => date(&format!("{clock} - (day_of_week({clock}) + 6) % 7 * 86400")),
        CalendarUnit::Month => format!("year({clock}) * 100 + month({clock})"),
        CalendarUnit::Quarter => format!("year({clock}) * 100 + month({clock}) - (month({clock}) - 1) % 3"),
        CalendarUnit::Year => format!("year({clock})"),
    }
}
