//! What adds up over time.

use std::time::Duration;

/// A reading: its value, and when it was taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reading {
    pub value: f64,
    /// Unix milliseconds.
    pub time: i64,
}

/// A counter, and since when it counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Counted {
    pub reading: Reading,
    /// Unix milliseconds; `None` where the driver counts, and does not say since when.
    pub created: Option<i64>,
}

/// The moment of a reading on both clocks, and how long a span between two readings may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub elapsed: Duration,
    pub time: i64,
    pub longest: Duration,
}

/// How a reading stands for the time since the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// It is about the time that has passed, as a utilization is.
    Past,
    /// It is of its moment: between two of them, their mean.
    Mean,
}

/// A quantity times the time over which it was read. Where readings are missing for longer than they may be, nothing is
/// added: what was not seen does not count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Integral {
    rule: Rule,
    sum: f64,
    last: Option<(Duration, f64)>,
    created: i64,
    time: i64,
}

impl Integral {
    /// Nothing yet.
    pub fn new(rule: Rule, now: Moment) -> Self {
        Integral { rule, sum: 0.0, last: None, created: now.time, time: now.time }
    }

    /// Takes a reading.
    pub fn read(&mut self, now: Moment, value: f64) {
        if let Some((before, last)) = self.last {
            let span = now.elapsed.saturating_sub(before);
            if span <= now.longest {
                let level = if self.rule == Rule::Mean { (last + value) / 2.0 } else { value };
                self.sum += level * span.as_secs_f64();
            }
        }
        self.last = Some((now.elapsed, value));
        self.time = now.time;
    }

    /// What comes until the next reading does not count.
    pub fn pause(&mut self) {
        self.last = None;
    }

    /// What it has come to.
    pub fn counted(&self) -> Counted {
        Counted { reading: Reading { value: self.sum, time: self.time }, created: Some(self.created) }
    }
}

/// Energy: the driver's own counter, or the power times the time where there is none.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Energy {
    /// It is not known yet whether the driver counts.
    Unknown,
    /// The driver counts: what it said last, and what it had said in all before it began again.
    Driver { last: Reading, before: f64 },
    /// It does not.
    Power(Integral),
}

impl Energy {
    /// Takes what the driver's counter says, in joules. One that is less than it was has begun again, with its driver.
    pub fn count(&mut self, now: Moment, joules: f64) {
        let reading = Reading { value: joules, time: now.time };
        match self {
            Energy::Driver { last, before } => {
                if joules < last.value {
                    *before += last.value;
                }
                *last = reading;
            }
            // What was integrated already stays the source: a counter does not jump.
            Energy::Power(_) => {}
            Energy::Unknown => *self = Energy::Driver { last: reading, before: 0.0 },
        }
    }

    /// The driver has said that it does not count.
    pub fn not_counted(&mut self, now: Moment) {
        if matches!(self, Energy::Unknown) {
            *self = Energy::Power(Integral::new(Rule::Mean, now));
        }
    }

    /// Takes a power, in watts.
    pub fn power(&mut self, now: Moment, watts: f64) {
        if let Energy::Power(integral) = self {
            integral.read(now, watts);
        }
    }

    /// What comes until the next power does not count; a driver's counter needs no such thing.
    pub fn pause(&mut self) {
        if let Energy::Power(integral) = self {
            integral.pause();
        }
    }

    /// What it has come to.
    pub fn counted(&self) -> Option<Counted> {
        match self {
            Energy::Unknown => None,
            Energy::Driver { last, before } => {
                Some(Counted { reading: Reading { value: before + last.value, ..*last }, created: None })
            }
            Energy::Power(integral) => Some(integral.counted()),
        }
    }
}
