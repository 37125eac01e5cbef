//! How many people ask, and when.

use super::{random::Random, story};

/// Requests per second at the start of each hour of a working day (UTC), and of the next day's first.
const HOURS: [f64; 25] = [
    3.3, 3.0, 2.8, 2.7, 2.8, 3.1, 3.8, 4.9, 6.1, 7.0, 7.6, 7.8, 7.5, 7.6, 7.8, 7.7, 7.4, 6.9, 6.3, 5.8, 5.3, 4.7, 4.1,
    3.6, 3.3,
];
/// Traffic of Thursday to Wednesday: the month begins on a Thursday.
const DAYS: [f64; 7] = [1.0, 0.95, 0.72, 0.7, 0.98, 1.02, 1.03];

/// Requests per second in a minute of the month.
pub(super) fn demand(minute: i64, random: &mut Random) -> f64 {
    let day = (minute / (24 * 60)) as usize % DAYS.len();
    let (hour, past) = ((minute / 60 % 24) as usize, (minute % 60) as f64 / 60.0);
    let usual = HOURS[hour] + (HOURS[hour + 1] - HOURS[hour]) * past;
    usual * DAYS[day] * story::traffic(minute) * random.about_one(0.06)
}
