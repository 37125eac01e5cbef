//! Level 2: what the flows of an indicator came to over each window that an objective reads.
//!
//! Short windows are added up from minutes. Long ones are added up from slots of 10 minutes, in a group of their own
//! that is evaluated every 5 minutes: reading 4,320 slots every minute would cost more than everything else. The first
//! group then repeats the latest value every minute, so that every window has a series that an instant selector sees
//! and that costs one sample to read.

use std::borrow::Cow;

use farthing_plan::{Indicator, Objective, Service};

use crate::{
    duration::Window,
    group::{Pairs, Recording, Rule},
    series::{OBSERVED, OBSERVED_SLOT, OBSERVED_SLOTS, RATE, SLOT, SLOTS, SUM, named, push_flow},
};

/// Holds at one of the ten evaluations of a slot, its last: aligned to the epoch, whatever the group's offset.
const AT_SLOT_END: &str = "\nand on () (minute() % 10 == 0)";

/// What the rate covers: a window of this length needs no sum.
pub(crate) const RATE_WINDOW: u64 = 300;

/// The budget's excess of the last hour says when it will be exhausted.
pub(crate) const EXHAUSTION_WINDOW: u64 = 3_600;

/// The windows that the objectives of one indicator read.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    /// Over which the flows are added up, in seconds, ascending.
    sums: Vec<u64>,
    /// Over which the observed time is added up: the periods.
    observed: Vec<u64>,
}

impl Windows {
    pub(crate) fn of<'a>(objectives: impl Iterator<Item = &'a Objective>) -> Self {
        let mut windows = Windows::default();
        for objective in objectives {
            windows.sums.extend([objective.period.seconds(), EXHAUSTION_WINDOW]);
            windows.sums.extend(objective.alerts.iter().flat_map(|alert| [alert.long, alert.short]));
            windows.observed.push(objective.period.seconds());
        }
        windows.sums.retain(|window| *window != RATE_WINDOW);
        for list in [&mut windows.sums, &mut windows.observed] {
            list.sort_unstable();
            list.dedup();
        }
        windows
    }

    /// All of them.
    pub(crate) fn lengths(&self) -> impl Iterator<Item = u64> + '_ {
        self.sums.iter().chain(&self.observed).copied()
    }

    fn sums<'t>(&self, table: &'t [Window]) -> impl Iterator<Item = &'t Window> {
        self.sums.iter().filter_map(|length| find(table, *length))
    }

    fn observed<'t>(&self, table: &'t [Window]) -> impl Iterator<Item = &'t Window> {
        self.observed.iter().filter_map(|length| find(table, *length))
    }
}

/// The window of this length.
pub(crate) fn find(table: &[Window], seconds: u64) -> Option<&Window> {
    table.iter().find(|window| window.seconds == seconds)
}

/// Writes the rules of one indicator's windows.
pub(crate) struct Writer<'a, 't> {
    pub service: &'a Service,
    pub indicator: &'a Indicator,
    pub windows: &'t Windows,
    /// Each window of the service, once.
    pub table: &'t [Window],
}

impl<'a> Writer<'a, '_> {
    /// What is recorded every minute.
    pub(crate) fn every_minute(&self) -> Vec<Rule<'a>> {
        let mut rules = Vec::with_capacity(24);
        let mut comment = "What the flows came to over windows shorter than a day, from minutes.";
        for window in self.windows.sums(self.table).filter(|window| !window.is_long()) {
            for flow in self.flows() {
                let expr = self.over_time("sum_over_time", RATE, flow, &window.range, " * 60");
                rules.push(self.rule(std::mem::take(&mut comment), named(SUM, window), flow, expr));
            }
        }
        let denominator = &self.indicator.denominator.flow;
        for window in self.windows.observed(self.table).filter(|window| !window.is_long()) {
            let expr = self.over_time("count_over_time", RATE, denominator, &window.range, " * 60");
            rules.push(self.rule("", named(OBSERVED, window), denominator, expr));
        }
        if self.windows.lengths().any(|length| length >= farthing_plan::LONG_WINDOW) {
            self.slots(&mut rules);
            self.latest(&mut rules);
        }
        rules
    }

    /// What is added up from slots.
    pub(crate) fn added_up_from_slots(&self) -> Vec<Rule<'a>> {
        let mut rules = Vec::with_capacity(8);
        for window in self.windows.sums(self.table).filter(|window| window.is_long()) {
            for flow in self.flows() {
                let expr = self.over_time("sum_over_time", SLOT, flow, &window.range, "");
                rules.push(self.rule("", named(SLOTS, window), flow, expr));
            }
        }
        let denominator = &self.indicator.denominator.flow;
        for window in self.windows.observed(self.table).filter(|window| window.is_long()) {
            let expr = self.over_time("sum_over_time", OBSERVED_SLOT, denominator, &window.range, "");
            rules.push(self.rule("", named(OBSERVED_SLOTS, window), denominator, expr));
        }
        rules
    }

    fn slots(&self, rules: &mut Vec<Rule<'a>>) {
        let after = [" * 60", AT_SLOT_END].concat();
        let mut comment = "What they came to in each slot of 10 minutes, at its end, and how much of it was observed.";
        for flow in self.flows() {
            let expr = self.over_time("sum_over_time", RATE, flow, "9m59s999ms", &after);
            rules.push(self.rule(std::mem::take(&mut comment), Cow::Borrowed(SLOT), flow, expr));
        }
        let denominator = &self.indicator.denominator.flow;
        let expr = self.over_time("count_over_time", RATE, denominator, "9m59s999ms", &after);
        rules.push(self.rule("", Cow::Borrowed(OBSERVED_SLOT), denominator, expr));
    }

    fn latest(&self, rules: &mut Vec<Rule<'a>>) {
        let mut comment = "Over longer windows: the latest that the other group has added up from slots.";
        let mut push = |from: &str, to: &str, window: &Window, flow: &'a str| {
            let mut expr = String::with_capacity(128);
            expr.push_str("last_over_time(");
            push_flow(&mut expr, from, &window.name, flow, &self.service.name);
            expr.push_str("[20m])");
            rules.push(self.rule(std::mem::take(&mut comment), named(to, window), flow, expr));
        };
        for window in self.windows.sums(self.table).filter(|window| window.is_long()) {
            for flow in self.flows() {
                push(SLOTS, SUM, window, flow);
            }
        }
        for window in self.windows.observed(self.table).filter(|window| window.is_long()) {
            push(OBSERVED_SLOTS, OBSERVED, window, &self.indicator.denominator.flow);
        }
    }

    fn flows(&self) -> [&'a str; 2] {
        [&self.indicator.numerator.flow, &self.indicator.denominator.flow]
    }

    fn over_time(&self, function: &str, metric: &str, flow: &str, range: &str, after: &str) -> String {
        let mut expr = String::with_capacity(160);
        expr.push_str(function);
        expr.push('(');
        push_flow(&mut expr, metric, "", flow, &self.service.name);
        expr.push('[');
        expr.push_str(range);
        expr.push_str("])");
        expr.push_str(after);
        expr
    }

    fn rule(&self, comment: &'static str, record: Cow<'static, str>, flow: &'a str, expr: String) -> Rule<'a> {
        Rule::Recording(Recording {
            comment: Cow::Borrowed(comment),
            record,
            labels: Pairs::two(("flow", flow), ("service", &self.service.name)),
            expr,
        })
    }
}
