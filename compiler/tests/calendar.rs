//! Calendar periods: their zones are tables in the plan, and periods begin when a wall's clock says so.

#[path = "common/plans.rs"]
mod plans;

use farthing_plan::{CalendarUnit, Period, Plan, Zone};
use jiff::{
    Timestamp,
    civil::{Date, Weekday, date},
    tz::{TimeZone, TimeZoneDatabase},
};
use plans::{chat, compiled, plan};

const ZONES: [&str; 6] =
    ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Chatham", "Africa/Cairo", "America/Havana"];

fn judged_over(period: &str) -> Plan {
    plan(&chat(&format!(
        "objective it {{ cost_per_answer <= $0.01 per request  budget 5% over {period}  \
         policy {{ page when burning 25% over 2h and 10m }} }}"
    )))
}

fn table(name: &str) -> Zone {
    let plan = judged_over(&format!("calendar month in \"{name}\""));
    assert_eq!(plan.zones.len(), 1);
    plan.zone(name).expect("the zone is in the plan").clone()
}

/// The first day of the period in which a day lies.
fn first_day(unit: CalendarUnit, day: Date) -> Date {
    match unit {
        CalendarUnit::Day => day,
        CalendarUnit::Week => {
            let since = day.weekday().since(Weekday::Monday);
            day.checked_sub(jiff::Span::new().days(i64::from(since))).expect("a day before")
        }
        CalendarUnit::Month => date(day.year(), day.month(), 1),
        CalendarUnit::Quarter => date(day.year(), [1, 1, 1, 4, 4, 4, 7, 7, 7, 10, 10, 10][day.month() as usize - 1], 1),
        CalendarUnit::Year => date(day.year(), 1, 1),
    }
}

/// As jiff says it.
fn start(zone: &TimeZone, unit: CalendarUnit, at: i64) -> i64 {
    let day = Timestamp::from_second(at).expect("a time").to_zoned_datetime(zone.clone()).date();
    first_day(unit, day).to_zoned_datetime(zone.clone()).expect("a midnight").timestamp().as_second()
}

#[test]
fn periods_begin_as_jiff_says_in_every_hour_of_two_years() {
    let (from, to) = (1_735_689_600, 1_798_761_600); // 2025-01-01 and 2027-01-01
    for name in ZONES {
        let table = table(name);
        let zone = TimeZoneDatabase::bundled().get(name).expect("a zone");
        for unit in CalendarUnit::ALL {
            for at in (from..to).step_by(3_600) {
                assert_eq!(table.start_of(unit, at), start(&zone, unit, at), "{name} {unit:?} {at}");
            }
        }
    }
}

#[test]
fn a_table_says_what_clocks_show_from_2015_to_2045() {
    for name in ZONES {
        let table = table(name);
        let zone = TimeZoneDatabase::bundled().get(name).expect("a zone");
        assert!(table.offsets.windows(2).all(|pair| pair[0].from < pair[1].from), "{name} ascends");
        assert!(table.offsets.windows(2).all(|pair| pair[0].seconds != pair[1].seconds), "{name} changes");
        for at in (1_420_070_400..2_398_377_600).step_by(6 * 3_600) {
            let time = Timestamp::from_second(at).expect("a time");
            assert_eq!(table.offset(at), i64::from(zone.to_offset(time).seconds()), "{name} {at}");
        }
    }
    // Clocks of Berlin change twice a year; those of Kolkata never do.
    assert_eq!(table("Europe/Berlin").offsets.len(), 1 + 2 * 31);
    assert_eq!(table("Asia/Kolkata").offsets.len(), 1);
    assert_eq!(table("Asia/Kolkata").offsets[0].seconds, 19_800);
}

#[test]
fn each_unit_is_a_period_with_its_usual_length() {
    for (unit, days) in [("day", 1), ("week", 7), ("month", 30), ("quarter", 91), ("year", 365)] {
        let plan = judged_over(&format!("calendar {unit}"));
        let objective = &plan.services[0].objectives[0];
        let Period::Calendar { unit: lowered, zone } = &objective.period else { panic!("{unit} is of the calendar") };
        assert_eq!((lowered.name(), zone.as_str()), (unit, "UTC"));
        assert_eq!(plan.zones, [Zone::utc()]);
        // 25% of the budget within 2 hours.
        let factor = objective.alerts[0].factor.to_f64();
        assert_eq!(factor, 0.25 * f64::from(days) * 24.0 / 2.0, "{unit}");
    }
}

#[test]
fn a_zone_is_in_the_plan_once() {
    let objective = |name: &str, zone: &str| {
        format!("objective {name} {{ cost_per_answer <= $0.01 per request  budget 5% over calendar month{zone} }}\n")
    };
    let members = [
        objective("a", " in \"Europe/Berlin\""),
        objective("b", ""),
        objective("c", " in \"Europe/Berlin\""),
        objective("d", " in \"Asia/Kolkata\""),
        "objective e { cost_per_answer <= $0.01 per request  budget 5% over 30d }".to_string(),
    ];
    let plan = plan(&chat(&members.concat()));
    let names: Vec<&str> = plan.zones.iter().map(|zone| zone.name.as_str()).collect();
    assert_eq!(names, ["Europe/Berlin", "UTC", "Asia/Kolkata"]);
    assert_eq!(plan.services[0].objectives[4].period, Period::rolling(30 * 86_400));
    assert_eq!(plan.to_json(), self::plan(&chat(&members.concat())).to_json(), "the same bytes again");
}

#[test]
fn any_name_of_the_database_is_a_zone_as_it_is_written_there() {
    let known: Vec<String> = TimeZoneDatabase::bundled().available().map(|own| own.as_str().to_string()).collect();
    assert!(known.len() > 400, "{} zones", known.len());
    let objectives = known.iter().enumerate().map(|(index, name)| {
        format!("objective o{index} {{ cost_per_answer <= $0.01 per request  budget 5% over calendar month in \"{name}\" }}\n")
    });
    let plan = plan(&chat(&objectives.collect::<String>()));
    let names: Vec<&String> = plan.zones.iter().map(|zone| &zone.name).collect();
    assert_eq!(names, known.iter().collect::<Vec<_>>());
    for wrong in ["europe/berlin", "Etc/Unknown", "", "../../etc/passwd", "Europe"] {
        let text = chat(&format!(
            "objective it {{ cost_per_answer <= $0.01 per request  budget 5% over calendar month in \"{wrong}\" }}"
        ));
        let codes: Vec<String> = compiled(&text).diagnostics.iter().map(|found| found.code.to_string()).collect();
        assert_eq!(codes, ["F0609"], "{wrong}");
    }
}

#[test]
fn a_plan_without_the_calendar_has_no_zones() {
    assert!(judged_over("30d").zones.is_empty());
}
