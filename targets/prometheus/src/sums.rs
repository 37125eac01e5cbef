//! Level 2: what the flows of an indicator came to over each window that an objective reads.
//!
//! Short windows are added up from minutes, long ones and calendar periods from slots of 10 minutes.

use std::borrow::Cow;

use farthing_plan::{Indicator, Service};

use crate::{
    duration::Window,
    group::{Pairs, Recording, Rule},
    series::{OBSERVED, OBSERVED_SLOT, OBSERVED_SLOTS, RATE, SUM, named, push_flow},
    slotted::{AT_SLOT_END, Slotted},
    window::Windows,
};

/// Writes the rules of one indicator's windows.
pub(crate) struct Writer<'a, 't> {
    pub service: &'a Service,
    pub indicator: &'a Indicator,
    pub windows: &'t Windows<'t>,
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
        if self.windows.are_from_slots() {
            self.slots(&mut rules);
            self.latest(&mut rules);
            self.calendars(&mut rules);
        }
        rules
    }

    /// What is added up from slots.
    pub(crate) fn added_up_from_slots(&self) -> Vec<Rule<'a>> {
        let mut rules = Vec::with_capacity(8);
        for window in self.windows.sums(self.table).filter(|window| window.is_long()) {
            rules.extend(self.slotted().map(|flow| flow.slots(window)));
        }
        let denominator = &self.indicator.denominator.flow;
        for window in self.windows.observed(self.table).filter(|window| window.is_long()) {
            let expr = self.over_time("sum_over_time", OBSERVED_SLOT, denominator, &window.range, "");
            rules.push(self.rule("", named(OBSERVED_SLOTS, window), denominator, expr));
        }
        for calendar in &self.windows.calendars {
            rules.extend(self.slotted().map(|flow| flow.calendar_slots(calendar)));
        }
        rules
    }

    fn slots(&self, rules: &mut Vec<Rule<'a>>) {
        let mut comment = "What they came to in each slot of 10 minutes, at its end, and how much of it was observed.";
        for slotted in self.slotted() {
            let mut expr = String::with_capacity(160);
            expr.push_str("sum_over_time(");
            slotted.push(&mut expr, RATE, "", None);
            expr.push_str("[9m59s999ms]) * 60");
            rules.push(slotted.slot(std::mem::take(&mut comment), expr));
        }
        if self.windows.observed(self.table).any(Window::is_long) {
            let denominator = &self.indicator.denominator.flow;
            let after = [" * 60", AT_SLOT_END].concat();
            let expr = self.over_time("count_over_time", RATE, denominator, "9m59s999ms", &after);
            rules.push(self.rule("", Cow::Borrowed(OBSERVED_SLOT), denominator, expr));
        }
    }

    fn latest(&self, rules: &mut Vec<Rule<'a>>) {
        let mut comment = "Over longer windows: the latest that the other group has added up from slots.";
        for window in self.windows.sums(self.table).filter(|window| window.is_long()) {
            for flow in self.slotted() {
                rules.push(flow.latest(std::mem::take(&mut comment), window));
            }
        }
        let denominator = &self.indicator.denominator.flow;
        for window in self.windows.observed(self.table).filter(|window| window.is_long()) {
            let mut expr = String::with_capacity(128);
            expr.push_str("last_over_time(");
            push_flow(&mut expr, OBSERVED_SLOTS, &window.name, denominator, &self.service.name);
            expr.push_str("[20m])");
            rules.push(self.rule(std::mem::take(&mut comment), named(OBSERVED, window), denominator, expr));
        }
    }

    fn calendars(&self, rules: &mut Vec<Rule<'a>>) {
        let mut comment =
            "Slots with the calendar period that each belongs to, and what they come to in the current one.";
        for calendar in &self.windows.calendars {
            for flow in self.slotted() {
                rules.push(flow.calendar_slot(std::mem::take(&mut comment), calendar));
            }
            rules.extend(self.slotted().map(|flow| flow.calendar_sum("", calendar)));
        }
    }

    fn flows(&self) -> [&'a str; 2] {
        [&self.indicator.numerator.flow, &self.indicator.denominator.flow]
    }

    fn slotted(&self) -> [Slotted<'a>; 2] {
        self.flows().map(|flow| Slotted::flow(flow, &self.service.name))
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
