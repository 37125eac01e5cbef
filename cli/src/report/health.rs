//! What was odd about the data; nothing where nothing was.

use super::{
    Reported,
    number::count,
    paint::{Colour, Paint},
};

pub(super) fn of(reported: &Reported<'_>, paint: Paint) -> String {
    let health = &reported.report.health;
    let all = [
        (
            reported.skipped,
            "row was left out, for something is wrong with it",
            "rows were left out, for something is wrong with them",
        ),
        (
            health.gaps,
            "gap of more than 5 minutes between two samples: not observed, counted for nothing",
            "gaps of more than 5 minutes between two samples: not observed, counted for nothing",
        ),
        (
            health.resets,
            "counter began anew at 0, as after a restart",
            "times a counter began anew at 0, as after a restart",
        ),
        (health.negative_counters, "sample of a counter below 0, refused", "samples of counters below 0, refused"),
        (health.non_numbers, "value that is no number, passed over", "values that are no numbers, passed over"),
        (
            health.samples_out_of_order,
            "sample not later than the one before it in its series, refused",
            "samples not later than the one before them in their series, refused",
        ),
        (
            health.events_out_of_order,
            "event in an earlier minute than one before it; it counts",
            "events in an earlier minute than one before them; they count",
        ),
        (
            health.events_too_old,
            "event older than every period, counted for nothing",
            "events older than every period, counted for nothing",
        ),
        (health.times_refused, "time before 1970 or after 9999, refused", "times before 1970 or after 9999, refused"),
        (
            reported.report.alerts_dropped,
            "alert before those that are told of here",
            "alerts before those that are told of here",
        ),
    ];
    let odd: Vec<String> = all
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| format!("  {} {}\n", count(number), if number == 1 { one } else { many }))
        .collect();
    if odd.is_empty() {
        return String::new();
    }
    format!("\n{}\n{}", paint.as_is(Colour::Bold, "About the data"), odd.concat())
}
