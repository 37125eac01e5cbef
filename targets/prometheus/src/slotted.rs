//! What is added up from slots of 10 minutes: over long windows, and over calendar periods.
//!
//! It is added up in a group of its own that is evaluated every 5 minutes: reading 4,320 slots every minute would cost
//! more than everything else. The first group then repeats the latest value every minute, so that every window has a
//! series that an instant selector sees and that costs one sample to read.

use std::borrow::Cow;

use farthing_plan::{Labels, Objective};

use crate::{
    calendar::{Calendar, push_current, push_slot_period},
    duration::Window,
    group::{Pairs, Recording, Rule},
    series::{SLOT, SUM, named, push_flow, push_objective, push_series},
};

/// Holds at one of the ten evaluations of a slot, its last: aligned to the epoch, whatever the group's offset.
pub(crate) const AT_SLOT_END: &str = "\nand on () (minute() % 10 == 0)";

/// The names of the series, without the windows'.
#[derive(Debug)]
pub(crate) struct Names {
    /// What is in a slot. At the end of each.
    pub slot: &'static str,
    /// What is in those of a window. Every five minutes.
    pub slots: &'static str,
    /// The latest of that. Every minute.
    pub sum: &'static str,
    /// The same of calendars: of a slot, with its period as a label; of all slots of a period; of the current period.
    pub calendar_slot: &'static str,
    pub calendar_slots: &'static str,
    pub calendar_sum: &'static str,
}

pub(crate) const FLOW_NAMES: Names = Names {
    slot: SLOT,
    slots: "farthing:flow:slots",
    sum: SUM,
    calendar_slot: "farthing:flow:calendar_slot10m",
    calendar_slots: "farthing:flow:calendar_slots",
    calendar_sum: "farthing:flow:calendar_sum",
};

/// What of an objective's slots is above what was allowed, of one whose savings do not pay for overspending.
pub(crate) const GROSS_NAMES: Names = Names {
    slot: "farthing:objective:gross10m",
    slots: "farthing:objective:gross_slots",
    sum: "farthing:objective:gross",
    calendar_slot: "farthing:objective:calendar_gross10m",
    calendar_slots: "farthing:objective:calendar_gross_slots",
    calendar_sum: "farthing:objective:calendar_gross",
};

/// Of what the series are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subject<'a> {
    Flow(&'a str),
    Objective(&'a Objective),
}

/// Something that has slots.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slotted<'a> {
    pub names: &'static Names,
    pub subject: Subject<'a>,
    pub service: &'a str,
    /// What a longer time comes to of its slots: `sum_over_time`.
    pub over_time: &'static str,
}

impl<'a> Slotted<'a> {
    pub(crate) fn flow(flow: &'a str, service: &'a str) -> Self {
        Slotted { names: &FLOW_NAMES, subject: Subject::Flow(flow), service, over_time: "sum_over_time" }
    }

    pub(crate) fn gross(objective: &'a Objective, service: &'a str) -> Self {
        Slotted { names: &GROSS_NAMES, subject: Subject::Objective(objective), service, over_time: "sum_over_time" }
    }

    /// What a slot came to: `expr`, at its end.
    pub(crate) fn slot(&self, comment: &'static str, mut expr: String) -> Rule<'a> {
        expr.push_str(AT_SLOT_END);
        self.rule(comment, self.names.slot.into(), None, expr)
    }

    /// Over a window, every five minutes.
    pub(crate) fn slots(&self, window: &Window) -> Rule<'a> {
        let mut expr = String::with_capacity(160);
        expr.push_str(self.over_time);
        expr.push('(');
        self.push(&mut expr, self.names.slot, "", None);
        self.push_range(&mut expr, &window.range);
        self.rule("", named(self.names.slots, window), None, expr)
    }

    /// The latest sum over a window, every minute.
    pub(crate) fn latest(&self, comment: &'static str, window: &Window) -> Rule<'a> {
        let mut expr = String::with_capacity(128);
        expr.push_str("last_over_time(");
        self.push(&mut expr, self.names.slots, &window.name, None);
        self.push_range(&mut expr, "20m");
        self.rule(comment, named(self.names.sum, window), None, expr)
    }

    /// What a slot came to, labelled with its period.
    pub(crate) fn calendar_slot(&self, comment: &'static str, calendar: &Calendar) -> Rule<'a> {
        let mut expr = String::with_capacity(256);
        self.push(&mut expr, self.names.slot, "", None);
        push_slot_period(&mut expr, calendar, self.service);
        expr.push_str(AT_SLOT_END);
        self.rule(comment, self.names.calendar_slot.into(), Some(calendar), expr)
    }

    /// Over each period that the range holds, every five minutes.
    pub(crate) fn calendar_slots(&self, calendar: &Calendar) -> Rule<'a> {
        let mut expr = String::with_capacity(160);
        expr.push_str(self.over_time);
        expr.push('(');
        self.push(&mut expr, self.names.calendar_slot, "", Some(calendar));
        self.push_range(&mut expr, &calendar.range);
        self.rule("", self.names.calendar_slots.into(), Some(calendar), expr)
    }

    /// The latest sum over the current period, every minute.
    pub(crate) fn calendar_sum(&self, comment: &'static str, calendar: &Calendar) -> Rule<'a> {
        let mut expr = String::with_capacity(256);
        expr.push_str("sum without (period) (\nlast_over_time(");
        self.push(&mut expr, self.names.calendar_slots, "", Some(calendar));
        self.push_range(&mut expr, "20m");
        push_current(&mut expr, calendar, self.service);
        expr.push_str("\n)");
        self.rule(comment, self.names.calendar_sum.into(), Some(calendar), expr)
    }

    fn push_range(&self, out: &mut String, range: &str) {
        out.push('[');
        out.push_str(range);
        out.push_str("])");
    }

    /// Appends a selector of one of the series.
    pub(crate) fn push(&self, out: &mut String, name: &str, window: &str, calendar: Option<&Calendar>) {
        let calendar = calendar.map(|calendar| ("calendar", calendar.name.as_str()));
        match (self.subject, calendar) {
            (Subject::Flow(flow), None) => push_flow(out, name, window, flow, self.service),
            (Subject::Flow(flow), Some(calendar)) => {
                let own = [calendar, ("flow", flow), ("service", self.service)];
                push_series(out, &[name, window].concat(), &Labels::new(), own.into_iter());
            }
            (Subject::Objective(objective), None) => {
                // The name without what `push_objective` begins with.
                let name = name.strip_prefix("farthing:objective:").unwrap_or(name);
                push_objective(out, name, window, objective, self.service);
            }
            (Subject::Objective(objective), Some(calendar)) => {
                let own = [calendar, ("objective", &objective.name), ("service", self.service)];
                push_series(out, &[name, window].concat(), &objective.only, own.into_iter());
            }
        }
    }

    fn rule(
        &self,
        comment: &'static str,
        record: Cow<'static, str>,
        calendar: Option<&Calendar>,
        expr: String,
    ) -> Rule<'a> {
        let mut labels: Vec<(Cow<'a, str>, Cow<'a, str>)> = Vec::with_capacity(3);
        labels.extend(calendar.map(|calendar| ("calendar".into(), calendar.name.clone().into())));
        match self.subject {
            Subject::Flow(flow) => labels.push(("flow".into(), flow.into())),
            Subject::Objective(objective) => {
                labels.push(("objective".into(), objective.name.as_str().into()));
                labels.extend(objective.only.iter().map(|(name, value)| (name.as_str().into(), value.as_str().into())));
            }
        }
        labels.push(("service".into(), self.service.into()));
        Rule::Recording(Recording { comment: comment.into(), record, labels: Pairs::new(labels), expr })
    }
}
