//! Prometheus rules from a [`Plan`].
//!
//! Raw series are read once; every longer window is read from recorded series:
//!
//! | level | series | recorded every | read from |
//! |---|---|---|---|
//! | 0 | `farthing:flow:rate5m`, of each flow of the service | 1m | raw series |
//! | 1 | `farthing:flow:rate5m`, of each indicator's numerator and denominator | 1m | level 0 |
//! | 2 | `farthing:flow:sum30m`, `sum1h` ..., of windows shorter than a day | 1m | level 1 |
//! | 2 | `farthing:flow:slot10m`, `observed10m`, at the end of each slot | 10m | level 1 |
//! | 2 | `farthing:flow:slots1d`, `slots30d`, `observed_slots30d` ..., in a group of their own | 5m | slots |
//! | 2 | `farthing:flow:sum1d`, `sum30d`, `observed30d` ...: the latest of these | 1m | slots' sums |
//! | 2 | `farthing:calendar:clock`, `slot_clock`: what the clocks of a zone show; `period`, `slot_period`: which day, week, month, quarter or year it is there | 1m | the plan's table |
//! | 2 | `farthing:flow:calendar_slot10m`: slots with the calendar period that each belongs to, as the label `period` | 10m | slots |
//! | 2 | `farthing:flow:calendar_slots`, in the group of long windows, and the current period's of them: `calendar_sum` | 5m, 1m | these |
//! | 2 | the same series of derived indicators, each window from its parts' | 1m | level 2 |
//! | 3 | `farthing:objective:*`: the target, what is measured, burn rates, the budget consumed and left, time to exhaustion | 1m | level 2 |
//! | 3 | `farthing:objective:gross10m`, `gross1d` ..., `calendar_gross`: what slots lost, where savings pay for nothing | 10m, 1m | slots |
//! | 3 | `farthing:tradeoff:*`: of corners, and of all of them | 1m | level 3 |
//!
//! Series of a flow have the labels `flow` (`chat/gpu`, `chat/cost_per_answer:numerator`) and `service`, those of an
//! objective `objective` (its name) and `service`; both have what they are broken down by, and an objective of one class
//! that as well. Those of calendars have `calendar` (`month Europe/Berlin`). Amounts are in canonical units, see
//! [`farthing_plan`].
//!
//! Why so:
//!
//! - A rate is added up over time and never averaged: that weighs by volume, and an absent sample is nothing.
//! - A gauge is seen once a minute, and added up over the same 5 minutes as a counter's rate, `sum_over_time(g[5m:1m])
//!   / 5`: a minute in which it was not there adds nothing. An average over what samples there are would count a pod's
//!   GPU for 5 minutes at its first sample, and for 5 more after its end, beside answers that are counted once.
//! - What is not a number, or infinite, is dropped series by series before it is added up (`> -Inf < Inf`): one such
//!   sample would make each sum of the next 30 days not a number.
//! - Ranges are 1 ms short of their windows. In Prometheus 2 a range is closed at both ends, and the samples of a rule
//!   group lie exactly on the evaluation's times, so that `[1h]` holds 61 samples, one a minute; Prometheus 3 leaves
//!   the left end open. `[59m59s999ms]` holds 60 in both.
//! - Slots are told apart by the clock, `and on () (minute() % 10 == 0)` in a group that is evaluated every minute, and
//!   not by a group that is evaluated every 10 minutes: such a group has an offset of its own within the 10 minutes,
//!   and would run beside the group that it reads from.
//! - A long window costs thousands of samples and changes once in 10 minutes, so it is added up every 5 and repeated
//!   every minute: a series that is recorded every 10 minutes is invisible to an instant selector half of the time.
//! - Plain PromQL has no calendar with time zones: a zone's clocks are its offsets from the plan, as comparisons with
//!   `time()`, and `count_values` makes the period's number a label. Slots get it when they end, by their middle, so
//!   that a period's sum is one range read, and nothing has to know in advance when a month began.
//! - What is excluded is not recorded at level 1: it is then in no window and in no slot, as if it had not been observed.
//! - What is derived (a fixed mix, an allocation) applies to each window as a whole, so it has no slots to be added up:
//!   its sums follow from those of its parts, at the same level.
//!
//! A histogram is read as classic buckets (`_bucket` with `le`).
#![warn(missing_docs)]

mod alert;
mod calendar;
mod condition;
mod derived;
mod duration;
mod exclusion;
mod flow;
mod group;
mod indicator;
mod inputs;
mod linear;
mod number;
mod objective;
pub mod promtool;
mod selector;
mod series;
mod service;
mod slotted;
mod sums;
mod template;
mod text;
pub mod told;
mod tradeoff;
mod window;
mod words;
mod yaml;

use farthing_plan::Plan;

pub use flow::EVENT_COUNTER;
pub use group::{Alerting, Group, Pairs, Recording, Rule};
pub use service::{INTERVAL, LIMIT, LONG_INTERVAL, groups};
pub use text::RuleFile;

/// Labels that the rules themselves set: nothing can be broken down by them.
pub const RESERVED_LABELS: [&str; 11] = [
    "calendar",
    "corner",
    "flow",
    "indicator",
    "long_window",
    "objective",
    "period",
    "service",
    "severity",
    "short_window",
    "tradeoff",
];

/// The rule files of a plan, one for each service that has something to record.
pub fn rules(plan: &Plan) -> Vec<RuleFile> {
    plan.services.iter().filter_map(|service| text::file(plan, service)).collect()
}
