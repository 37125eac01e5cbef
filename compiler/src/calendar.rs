//! The calendar: periods, days and time zones. Zones come from a database that is part of the compiler, so that a file
//! means the same on every machine.

use farthing_grammar::{Date, Name, Period as Syntax, Text};
use farthing_plan::{self as plan, CalendarUnit, MINUTE, Offset, Period, SLOT, Zone, duration_text};
use jiff::{Timestamp, tz::TimeZoneDatabase};

use crate::{
    check::{Checker, Scope},
    diagnostics::{Diagnostic, codes, suggest},
    modules::ModuleId,
    reported::Checked,
    sources::Place,
};

/// 2015-01-01 and 2046-01-01: what is known of clocks between them goes into the plan.
const TABLE: std::ops::Range<i64> = 1_420_070_400..2_398_377_600;

const DAY: i64 = 86_400;

/// The zone with an IANA name; `None` where there is none.
pub(crate) fn zone(name: &str) -> Option<Zone> {
    if name == "UTC" {
        return Some(Zone::utc());
    }
    // Names are looked up whatever their case, and written in one.
    let found = TimeZoneDatabase::bundled().get(name).ok()?;
    if found.iana_name() != Some(name) || found.is_unknown() {
        return None;
    }
    let start = Timestamp::from_second(TABLE.start).ok()?;
    let first = Offset { from: TABLE.start, seconds: found.to_offset(start).seconds().into() };
    let mut offsets = vec![first];
    for change in found.following(start) {
        let from = change.timestamp().as_second();
        let seconds = change.offset().seconds().into();
        if !TABLE.contains(&from) {
            break;
        }
        // Some changes are of a name only.
        if offsets.last().is_some_and(|last| last.seconds != seconds) {
            offsets.push(Offset { from, seconds });
        }
    }
    Some(Zone { name: name.to_string(), offsets })
}

/// The zones that the periods of services name, each once, in the order of their first use.
pub(crate) fn zones(services: &[plan::Service]) -> Vec<Zone> {
    let mut found: Vec<Zone> = Vec::new();
    for objective in services.iter().flat_map(|service| &service.objectives) {
        if let Period::Calendar { zone: name, .. } = &objective.period
            && !found.iter().any(|known| known.name == *name)
        {
            found.extend(zone(name));
        }
    }
    found
}

impl<'w> Checker<'w> {
    /// The compliance period of an objective, and where it is stated.
    pub(crate) fn period(
        &self,
        scope: &Scope<'_, 'w>,
        over: Option<&'w Syntax>,
        name: &Name,
        name_place: Place,
    ) -> Checked<(Period, Place)> {
        let expr = match over {
            Some(Syntax::Rolling(expr)) => expr,
            Some(Syntax::Calendar { unit, zone, span }) => {
                let unit = self.calendar_unit(scope.module, unit);
                let zone = self.zone(scope.module, zone.as_ref());
                let period = Period::Calendar { unit: unit?, zone: zone?.name };
                return Ok((period, self.place(scope.module, *span)));
            }
            None => {
                return Err(self.report(
                    Diagnostic::error(
                        codes::NO_PERIOD,
                        format!("`{}` has no period", name.text),
                        name_place,
                        "over which time?",
                    )
                    .help("add `over 30d`"),
                ));
            }
        };
        let place = self.place(scope.module, expr.span);
        let seconds = self.duration(scope, expr)?;
        if seconds < 60 * MINUTE || seconds % SLOT != 0 || seconds > 400 * 86_400 {
            return Err(self.report(
                Diagnostic::error(
                    codes::DURATION,
                    format!("a period of {} cannot be kept", duration_text(seconds)),
                    place,
                    "this period",
                )
                .help("a period is between 1h and 400d, in whole 10 minutes"),
            ));
        }
        Ok((Period::rolling(seconds), place))
    }

    fn calendar_unit(&self, module: ModuleId, written: &Name) -> Checked<CalendarUnit> {
        if let Some(unit) = CalendarUnit::ALL.into_iter().find(|unit| unit.name() == written.text) {
            return Ok(unit);
        }
        let place = self.place(module, written.span);
        let diagnostic = Diagnostic::error(
            codes::UNKNOWN_PERIOD,
            format!("no period of the calendar is called `{}`", written.text),
            place,
            "not known",
        );
        let near = suggest::nearest(&written.text, CalendarUnit::ALL.into_iter().map(CalendarUnit::name));
        Err(self.report(match near {
            Some(near) => diagnostic.did_you_mean(place, near),
            None => diagnostic.help("there are `day`, `week`, `month`, `quarter` and `year`; `over 30d` rolls"),
        }))
    }

    /// The zone that is stated; UTC where none is.
    pub(crate) fn zone(&self, module: ModuleId, written: Option<&Text>) -> Checked<Zone> {
        let Some(written) = written else {
            return Ok(Zone::utc());
        };
        if let Some(zone) = zone(&written.value) {
            return Ok(zone);
        }
        let place = self.place(module, written.span);
        let message = format!("there is no time zone {:?}", written.value);
        let diagnostic = Diagnostic::error(codes::UNKNOWN_ZONE, message, place, "not known");
        Err(self.report(match near_zone(&written.value) {
            Some(near) => diagnostic.did_you_mean_text(place, &near),
            None => diagnostic.help("write it as the IANA does: \"Europe/Berlin\", \"America/New_York\", \"UTC\""),
        }))
    }

    /// The start of a first day and the end of a last one, in seconds since the epoch. A day alone is both.
    pub(crate) fn days(&self, module: ModuleId, from: &Date, to: Option<&Date>, zone: &Zone) -> Checked<(i64, i64)> {
        let first = self.day(module, from);
        let last = to.map_or(first, |to| self.day(module, to));
        let (first, last) = (first?, last?);
        if last < first {
            let to = to.unwrap_or(from);
            return Err(self.report(
                Diagnostic::error(
                    codes::DATES,
                    format!("{} is before {}", to.text, from.text),
                    self.place(module, to.span),
                    "the last day",
                )
                .label(self.place(module, from.span), "the first day")
                .help("swap the two; both of them belong to it"),
            ));
        }
        Ok((midnight(zone, first), midnight(zone, last + 1)))
    }

    /// The days from 1970-01-01 to a date.
    pub(crate) fn day(&self, module: ModuleId, date: &Date) -> Checked<i64> {
        days(&date.text).ok_or_else(|| {
            let place = self.place(module, date.span);
            let message = format!("there is no day {}", date.text);
            self.report(
                Diagnostic::error(codes::NO_SUCH_DATE, message, place, "this date")
                    .help("write an existing day as YYYY-MM-DD"),
            )
        })
    }
}

/// The number of days from 1970-01-01 to a `YYYY-MM-DD` between 1970 and 9999; `None` where there is no such day.
pub(crate) fn days(text: &str) -> Option<i64> {
    let mut parts = text.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some()
        || !(1970..=9999).contains(&year)
        || !(1..=12).contains(&month)
        || !(1..=31).contains(&day)
    {
        return None;
    }
    let days = plan::days(year, month, day);
    // The 31st of a month that has 30 days is the 1st of the next.
    (plan::civil(days) == (year, month, day)).then_some(days)
}

/// When a day begins in a zone, the day being counted from 1970-01-01.
fn midnight(zone: &Zone, day: i64) -> i64 {
    // Its noon, give or take an hour: of that day whatever clocks are set to at night.
    let noon = day * DAY + DAY / 2;
    zone.start_of(CalendarUnit::Day, noon - zone.offset(noon))
}

/// The zone that is probably meant: a slip, or a city without its continent.
fn near_zone(written: &str) -> Option<String> {
    let known: Vec<String> = TimeZoneDatabase::bundled().available().map(|own| own.as_str().to_string()).collect();
    let city = written.replace(' ', "_");
    let of_city = |own: &&String| own.rsplit_once('/').is_some_and(|(_, last)| last.eq_ignore_ascii_case(&city));
    let same = known.iter().find(|own| own.eq_ignore_ascii_case(&city)).or_else(|| known.iter().find(of_city));
    match same {
        Some(same) => Some(same.clone()),
        None => suggest::nearest(written, known.iter().map(String::as_str)).map(str::to_string),
    }
}

#[cfg(test)]
mod tests {
    use super::days;

    #[test]
    fn days_are_counted_and_impossible_ones_refused() {
        assert_eq!(days("1970-01-01"), Some(0));
        assert_eq!(days("2026-11-24"), Some(20_781));
        assert_eq!(days("2024-02-29"), Some(19_782));
        // 8,030 years of which 1,947 are leap years: 2,007 are divisible by 4, and 80 centuries less 20.
        assert_eq!(days("9999-12-31"), Some(8_030 * 365 + 1_947 - 1));
        for text in [
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-01-00",
            "2026-04-31",
            "1969-12-31",
            "10000-01-01",
            "2026-11",
            "x",
            "2026-1-1-1",
            "9223372036854775807-01-01",
        ] {
            assert_eq!(days(text), None, "{text}");
        }
    }
}
