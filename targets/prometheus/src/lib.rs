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
//! | 3 | `farthing:objective:*`: the target, what is measured, burn rates, the budget consumed and left, time to exhaustion | 1m | level 2 |
//!
//! Series of a flow have the labels `flow` (`chat/gpu`, `chat/cost_per_answer:numerator`) and `service`, those of an
//! objective `objective` (its name) and `service`; both have what they are broken down by. Amounts are in canonical
//! units, see [`farthing_plan`].
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
mod selector;
mod series;
mod service;
mod slotted;
mod sums;
mod template;
mod text;
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
