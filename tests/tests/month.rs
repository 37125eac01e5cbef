//! A real Prometheus with the generated rules, the evaluator and a brute-force judge agree: over 32 days, with objectives
//! over 30 and the default alerts. Takes minutes, so it runs only where `FARTHING_LONG=1` is set:
//!
//! ```text
//! FARTHING_LONG=1 cargo test -p farthing-tests --test month -- --nocapture
//! ```

mod common;

use std::{env, io::Write, sync::Once};

use common::{TOLERANCE, check};
use farthing_tests::{Length, Quantity, scenarios};

/// By how much the budget may deviate where nearly all happens in one hour. A rate weighs the times between scrapes
/// unequally, by a tenth; of 120 that is a tenth of a percent of what is measured, and a budget of 5% of it has 20 times
/// as much.
const TOLERANCE_BUSY: f64 = 0.03;

/// Whether the month is to be run. Where not, says so once: past the capturing of tests' output, so that nobody takes
/// these tests for passed.
fn is_wanted() -> bool {
    static SAID: Once = Once::new();
    let is_wanted = env::var_os("FARTHING_LONG").is_some_and(|value| value == "1");
    if !is_wanted {
        SAID.call_once(|| {
            let said = "\n*** NOT RUN: the differential test over a month. It runs with FARTHING_LONG=1 only. ***\n\n";
            // Where nobody listens, nobody is to be told.
            let _ = std::io::stderr().write_all(said.as_bytes());
        });
    }
    is_wanted
}

macro_rules! scenarios {
    ($($name:ident),*) => { $(
        #[test]
        fn $name() {
            if !is_wanted() {
                return;
            }
            let agreement = check(scenarios::$name(Length::Month));
            for quantity in [Quantity::Consumed, Quantity::Left] {
                let worst = agreement.worst.of(quantity);
                let tolerance = if stringify!($name) == "one_busy_hour" { TOLERANCE_BUSY } else { TOLERANCE };
                assert!(worst <= tolerance, "{quantity:?} deviates by {:.2}%", worst * 100.0);
            }
        }
    )* };
}

farthing_tests::for_each_month!(scenarios);
