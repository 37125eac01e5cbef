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

farthing_tests::for_each_scenario!(scenarios);
