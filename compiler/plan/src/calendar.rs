//! Compliance periods: rolling ones, and those of the calendar.

use serde::{Deserialize, Serialize};

/// Over which time a promise is judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Period {
    /// The last so many seconds, at every time.
    Rolling {
        /// The length in seconds.
        seconds: u64,
    },
    /// From the start of the current day, week, month, quarter or year, as a clock on a wall shows it, until now.
    ///
    /// It is made of slots: a slot belongs to the period in which its middle lies. The current period at the end of a
    /// minute is the one in which the minute's middle lies: at midnight the day that ends is whole, a minute later the
    /// next one has begun, and has no slot yet.
    Calendar {
        /// Which.
        unit: CalendarUnit,
        /// The name of a [`Zone`] of the plan.
        zone: String,
    },
}

impl Period {
    /// A rolling period of so many seconds.
    pub fn rolling(seconds: u64) -> Period {
        Period::Rolling { seconds }
    }

    /// The length in seconds; of a calendar period the usual one. Burn rates are measured by the allowance of the last so
    /// many seconds, also where the calendar has just begun a new period, and alerts' factors are derived from it.
    pub fn seconds(&self) -> u64 {
        match self {
            Period::Rolling { seconds } => *seconds,
            Period::Calendar { unit, .. } => unit.usual_days() * 86_400,
        }
    }

    /// Whether it is one of the calendar.
    pub fn is_calendar(&self) -> bool {
        matches!(self, Period::Calendar { .. })
    }
}

/// A kind of calendar period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarUnit {
    /// From midnight.
    Day,
    /// From Monday.
    Week,
    /// From the 1st.
    Month,
    /// From the 1st of January, April, July and October.
    Quarter,
    /// From the 1st of January.
    Year,
}

impl CalendarUnit {
    /// All of them.
    pub const ALL: [CalendarUnit; 5] =
        [CalendarUnit::Day, CalendarUnit::Week, CalendarUnit::Month, CalendarUnit::Quarter, CalendarUnit::Year];

    /// As written.
    pub fn name(self) -> &'static str {
        match self {
            CalendarUnit::Day => "day",
            CalendarUnit::Week => "week",
            CalendarUnit::Month => "month",
            CalendarUnit::Quarter => "quarter",
            CalendarUnit::Year => "year",
        }
    }

    /// How many days it has as a rule: what budgets are compared by.
    pub fn usual_days(self) -> u64 {
        match self {
            CalendarUnit::Day => 1,
            CalendarUnit::Week => 7,
            CalendarUnit::Month => 30,
            CalendarUnit::Quarter => 91,
            CalendarUnit::Year => 365,
        }
    }

    /// How many days it has at most, with an hour more for a change of the clocks: what is to be kept.
    pub fn longest_seconds(self) -> u64 {
        let days = match self {
            CalendarUnit::Day => 1,
            CalendarUnit::Week => 7,
            CalendarUnit::Month => 31,
            CalendarUnit::Quarter => 92,
            CalendarUnit::Year => 366,
        };
        days * 86_400 + 3_600
    }
}

/// A time zone as a table, so that no target needs a database of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// As the IANA calls it: `Europe/Berlin`.
    pub name: String,
    /// Ascending by `from`, at least one; the first holds before its `from` as well.
    pub offsets: Vec<Offset>,
}

/// What a zone's clocks are ahead of UTC from some time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offset {
    /// Seconds since the epoch.
    pub from: i64,
    /// Seconds ahead of UTC; below 0 in the west.
    pub seconds: i64,
}

impl Zone {
    /// UTC itself.
    pub fn utc() -> Zone {
        Zone { name: "UTC".to_string(), offsets: vec![Offset { from: 0, seconds: 0 }] }
    }

    /// How many seconds the zone's clocks are ahead of UTC at a time, in seconds since the epoch.
    pub fn offset(&self, at: i64) -> i64 {
        let after = self.offsets.partition_point(|offset| offset.from <= at);
        self.offsets.get(after.saturating_sub(1)).map_or(0, |offset| offset.seconds)
    }

    /// When the period began in which a time lies, both in seconds since the epoch: the first moment of the day that the
    /// wall's clock names.
    pub fn start_of(&self, unit: CalendarUnit, at: i64) -> i64 {
        let local = at + self.offset(at);
        let day = local.div_euclid(86_400);
        let first = match unit {
            CalendarUnit::Day => day,
            // 1970-01-01 was a Thursday.
            CalendarUnit::Week => day - (day + 3).rem_euclid(7),
            CalendarUnit::Month | CalendarUnit::Quarter | CalendarUnit::Year => {
                let (year, month, _) = civil(day);
                let month = match unit {
                    CalendarUnit::Month => month,
                    CalendarUnit::Quarter => (month - 1) / 3 * 3 + 1,
                    _ => 1,
                };
                days(year, month, 1)
            }
        };
        let midnight = first * 86_400;
        // The offset in force at that midnight. Where clocks are set forward over midnight, there is no such time, and the
        // day begins when they are.
        let before = midnight - self.offset(midnight - 86_400);
        let after = midnight - self.offset(before);
        if after + self.offset(after) == midnight { after } else { before.max(after) }
    }
}

/// Year, month and day of a number of days since 1970-01-01 (Howard Hinnant's civil_from_days).
pub fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, of_year - (153 * shifted_month + 2) / 5 + 1)
}

/// The days from 1970-01-01 to a date (Howard Hinnant's days_from_civil).
pub fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026: summer time from 2026-03-29 01:00 UTC to 2026-10-25 01:00 UTC.
    fn berlin() -> Zone {
        Zone {
            name: "Europe/Berlin".into(),
            offsets: vec![
                Offset { from: 0, seconds: 3_600 },
                Offset { from: 1_774_746_000, seconds: 7_200 },
                Offset { from: 1_792_890_000, seconds: 3_600 },
            ],
        }
    }

    #[test]
    fn periods_begin_at_the_wall_clocks_midnight() {
        // 2026-11-25 21:00 UTC, a Wednesday.
        let now = 1_795_640_400;
        let utc = Zone::utc();
        for (unit, start) in [
            (CalendarUnit::Day, 1_795_564_800),
            (CalendarUnit::Week, 1_795_392_000),
            (CalendarUnit::Month, 1_793_491_200),
            (CalendarUnit::Quarter, 1_790_812_800),
            (CalendarUnit::Year, 1_767_225_600),
        ] {
            assert_eq!(utc.start_of(unit, now), start, "{unit:?}");
        }
        // In Berlin the month began an hour earlier, the quarter two, for that was in summer.
        assert_eq!(berlin().start_of(CalendarUnit::Month, now), 1_793_491_200 - 3_600);
        assert_eq!(berlin().start_of(CalendarUnit::Quarter, now), 1_790_812_800 - 7_200);
        // 23:30 UTC is the next day there.
        assert_eq!(berlin().start_of(CalendarUnit::Day, 1_795_649_400), 1_795_564_800 + 86_400 - 3_600);
    }

    #[test]
    fn the_day_of_a_change_has_23_or_25_hours() {
        let zone = berlin();
        let starts: Vec<i64> = [1_774_738_800, 1_774_821_600, 1_792_879_200, 1_792_969_200]
            .map(|at| zone.start_of(CalendarUnit::Day, at + 7_200))
            .to_vec();
        assert_eq!(starts[1] - starts[0], 23 * 3_600);
        assert_eq!(starts[3] - starts[2], 25 * 3_600);
    }

    #[test]
    fn days_and_dates_are_each_others_inverse() {
        for day in (-200_000..200_000).step_by(37) {
            let (year, month, of_month) = civil(day);
            assert_eq!(days(year, month, of_month), day);
        }
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(days(2024, 2, 29), 19_782);
    }
}
