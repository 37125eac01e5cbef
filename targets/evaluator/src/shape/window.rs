//! Windows and periods: which minutes or slots they are made of.

use std::sync::Arc;

use farthing_plan::{CalendarUnit, LONG_WINDOW, MINUTE, Period, Plan, SLOT, Zone};

use super::missing;
use crate::{
    error::EvaluatorError,
    time::{Minute, SLOT_MINUTES, last_slot},
};

/// A window's length and what it is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Window {
    /// In seconds.
    pub seconds: u64,
    /// Whether it is read from slots.
    pub long: bool,
    /// How many minutes or slots end in it.
    pub steps: i64,
}

/// A window at some time: so many minutes or slots, and the last of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Span {
    /// Whether it is read from slots.
    pub long: bool,
    /// The last minute or slot, by number.
    pub last: i64,
    /// How many.
    pub steps: i64,
}

/// A compliance period.
#[derive(Clone, Debug)]
pub(crate) struct PeriodShape {
    /// The last [`Period::seconds`], which burn rates are measured by.
    pub rolling: Window,
    /// Where it is one of the calendar.
    pub calendar: Option<(CalendarUnit, Arc<Zone>)>,
}

impl Window {
    pub(crate) fn new(seconds: u64) -> Window {
        let long = seconds >= LONG_WINDOW;
        let step = if long { SLOT } else { MINUTE };
        Window { seconds, long, steps: seconds.div_ceil(step) as i64 }
    }

    /// The last hour: what exhaustion is foretold by.
    pub(crate) fn hour() -> Window {
        Window::new(3_600)
    }

    /// The window that ends at `now`, or with the last slot before it.
    pub(crate) fn at(&self, now: Minute) -> Span {
        Span { long: self.long, last: if self.long { last_slot(now) } else { now }, steps: self.steps }
    }
}

impl Span {
    /// One slot.
    pub(crate) fn slot(number: i64) -> Span {
        Span { long: true, last: number, steps: 1 }
    }

    /// Its first and its last minute; the first is after the last where it has none.
    pub(crate) fn minutes(&self) -> (Minute, Minute) {
        let step = if self.long { SLOT_MINUTES } else { 1 };
        ((self.last - self.steps) * step + 1, self.last * step)
    }

    /// Its end, in seconds since the epoch.
    pub(crate) fn end_s(&self) -> i64 {
        self.minutes().1 * MINUTE as i64
    }
}

impl PeriodShape {
    pub(super) fn new(period: &Period, plan: &Plan, objective: &str) -> Result<PeriodShape, EvaluatorError> {
        let calendar = match period {
            Period::Rolling { .. } => None,
            Period::Calendar { unit, zone } => {
                let zone = plan.zone(zone).ok_or_else(|| missing("zone", zone, objective))?;
                Some((*unit, Arc::new(zone.clone())))
            }
        };
        Ok(PeriodShape { rolling: Window::new(period.seconds()), calendar })
    }

    /// The most that it can be made of.
    pub(crate) fn longest(&self) -> Window {
        match &self.calendar {
            Some((unit, _)) => Window::new(unit.longest_seconds().max(self.rolling.seconds)),
            None => self.rolling,
        }
    }

    /// What it is made of at the end of minute `now`. A calendar's is the one in which the minute's middle lies, so that
    /// one which ends at midnight is whole at midnight; its slots are those whose middle lies in it.
    pub(crate) fn at(&self, now: Minute) -> Span {
        let mut span = self.rolling.at(now);
        if self.calendar.is_some() {
            let slot = SLOT as i64;
            // The first slot whose middle is not before the start.
            let first = -(-(self.start_s(now) + slot / 2)).div_euclid(slot);
            span.steps = (span.last - first + 1).max(0);
        }
        span
    }

    /// When it began, in seconds since the epoch.
    pub(crate) fn start_s(&self, now: Minute) -> i64 {
        match &self.calendar {
            Some((unit, zone)) => zone.start_of(*unit, now * MINUTE as i64 - MINUTE as i64 / 2),
            None => self.rolling.at(now).end_s() - self.rolling.seconds as i64,
        }
    }
}
