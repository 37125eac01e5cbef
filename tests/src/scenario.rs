//! One differential test: a plan, the samples that it is judged by, and when it is looked at.

use farthing_plan::{Plan, Severity};

use crate::{Clock, Series, plans::Rule};

/// How long a scenario is: its shape is the same, the windows are scaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// A day and a half, judged over one day; scraped every 15 s.
    Days,
    /// 32 days, judged over 30 with the language's default policy; scraped every 30 s.
    Month,
}

impl Length {
    /// The compliance period in seconds.
    pub fn period(self) -> u64 {
        match self {
            Length::Days => 86_400,
            Length::Month => 30 * 86_400,
        }
    }

    /// The time that scenarios of this length cover: from 2026-01-01.
    pub fn clock(self) -> Clock {
        let start = 1_767_225_600;
        match self {
            Length::Days => Clock { start, end: start + 36 * 3_600, step: 15 },
            Length::Month => Clock { start, end: start + 32 * 86_400, step: 30 },
        }
    }

    /// Severity, share of the budget, long window and short window.
    pub(crate) fn policy(self) -> Vec<Rule> {
        const HOUR: u64 = 3_600;
        match self {
            Length::Days => vec![
                (Severity::Page, "0.1", HOUR / 2, 300),
                (Severity::Page, "0.2", 2 * HOUR, HOUR / 2),
                (Severity::Ticket, "0.3", 6 * HOUR, HOUR / 2),
            ],
            Length::Month => vec![
                (Severity::Page, "0.02", HOUR, 300),
                (Severity::Page, "0.05", 6 * HOUR, HOUR / 2),
                (Severity::Ticket, "0.1", 24 * HOUR, 2 * HOUR),
                (Severity::Ticket, "0.1", 72 * HOUR, 6 * HOUR),
            ],
        }
    }
}

/// A plan and its samples.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name, a word.
    pub name: &'static str,
    /// What is promised.
    pub plan: Plan,
    /// What was scraped.
    pub series: Vec<Series>,
    /// The time covered.
    pub clock: Clock,
    /// When the three are compared, in seconds since the epoch, on minutes.
    pub checkpoints: Vec<i64>,
    /// How long Prometheus looks back for a scraped sample, in seconds. Twice the time between two scrapes: blocks
    /// have no stale markers, see [`open_metrics`](crate::open_metrics).
    pub look_back: u64,
    /// When samples that the objectives need cease without a stale marker, or of one flow only, in seconds since the
    /// epoch. Prometheus then counts up to five minutes more or less than the evaluator, for good.
    pub breaks: Vec<i64>,
    /// By which share traffic between two scrapes may differ from that around.
    pub burstiness: f64,
    /// Flows whose inputs go missing, each with the time since which it has no sample.
    pub missing: Vec<(&'static str, i64)>,
}

impl Scenario {
    /// A scenario that is looked at in the end and at these shares of its time.
    pub fn new(name: &'static str, plan: Plan, series: Vec<Series>, clock: Clock, looks: &[f64]) -> Self {
        let checkpoints = looks.iter().chain(&[1.0]).map(|share| clock.at(*share)).collect();
        let look_back = 2 * clock.step as u64;
        Scenario {
            name,
            plan,
            series,
            clock,
            checkpoints,
            look_back,
            burstiness: 0.1,
            breaks: Vec::new(),
            missing: Vec::new(),
        }
    }
}
