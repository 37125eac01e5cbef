//! A real Prometheus with the generated rules, the evaluator and a brute-force judge agree: over a day and a half, with
//! objectives over a day. The same over a month is in `month.rs`.

mod common;

use common::check;
use farthing_tests::{Length, scenarios};

macro_rules! scenarios {
    ($($name:ident),*) => { $(
        #[test]
        fn $name() {
            check(scenarios::$name(Length::Days));
        }
    )* };
}

scenarios!(
    steady,
    idle_minutes,
    one_busy_hour,
    resets,
    births_and_ends,
    gaps,
    broken_label,
    shared_flow,
    by_model,
    at_least,
    share,
    quantile,
    time_share,
    azure_trace
);
