//! What a plan came to on some data: for people in a terminal, and for programs as JSON.

mod alerts;
mod chart;
mod health;
mod json;
mod number;
mod objective;
mod paint;
mod promise;
mod summary;
mod tradeoff;

#[cfg(test)]
mod tests;

use farthing_evaluator::{FiredAlert, ObjectiveReport, Report, TradeoffReport, Verdict};
use farthing_plan::{Labels, Objective, Plan, Service};

pub(crate) use json::json;
pub(crate) use number::{count, moment, percent};
pub(crate) use paint::{Colour, Paint, plain};

/// What happened at some time, for people: a number on the charts, explained above them.
pub(crate) struct Note {
    /// Milliseconds since the epoch.
    pub at_ms: i64,
    /// What happened.
    pub text: String,
}

/// What a report is made of.
pub(crate) struct Reported<'a> {
    /// What was promised.
    pub plan: &'a Plan,
    /// What came of it.
    pub report: &'a Report,
    /// What is known of the time, oldest first; at most 20.
    pub notes: &'a [Note],
    /// Rows of a file that were left out because something is wrong with them.
    pub skipped: u64,
}

impl Reported<'_> {
    /// Each service with its objectives and their verdicts, and those of its trade-offs, in the order of the plan.
    fn services(&self) -> impl Iterator<Item = (&Service, Vec<(&Objective, &ObjectiveReport)>, &[TradeoffReport])> {
        self.plan.services.iter().zip(&self.report.services).map(|(service, reported)| {
            let objectives = service.objectives.iter().zip(&reported.objectives).collect::<Vec<_>>();
            (service, objectives, reported.tradeoffs.as_slice())
        })
    }
}

/// A number of what an objective measures, in the scale of its promise.
pub(crate) fn measured(objective: &Objective, number: f64) -> String {
    promise::Promise::of(objective).value(number)
}

/// The report as text of at most about 100 columns: for each service a table, then each objective, then what was odd
/// about the data.
pub(crate) fn human(reported: &Reported<'_>, colour: bool) -> String {
    let paint = Paint { colour };
    let mut text = String::new();
    for (service, objectives, tradeoffs) in reported.services() {
        text.push_str(&summary::of(reported, service, &objectives, paint));
        text.push_str(&tradeoff::of(service, tradeoffs, paint));
        for (objective, verdicts) in &objectives {
            text.push_str(&objective::of(reported, service, objective, verdicts, paint));
        }
    }
    if text.is_empty() {
        text.push_str("There is no objective in these files, so there is nothing to report on.\n");
    }
    text.push_str(&health::of(reported, paint));
    text
}

/// The past of one objective and group as a chart; nothing where there is none.
pub(crate) fn chart(objective: &Objective, verdict: &Verdict, fired: &[FiredAlert], paint: Paint) -> Vec<String> {
    let fired: Vec<&FiredAlert> = fired.iter().filter(|alert| alert.labels == verdict.labels).collect();
    chart::draw(&promise::Promise::of(objective), &verdict.history, &fired, &[], paint)
}

/// How a verdict reads at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Met,
    NearlySpent,
    Missed,
    NoVerdict,
}

impl Standing {
    /// From this share of its budget on, what is still met is pointed at.
    const NEARLY: f64 = 0.9;

    fn of(verdict: &Verdict) -> Standing {
        Standing::new(verdict.met, verdict.consumed)
    }

    fn new(met: Option<bool>, consumed: Option<f64>) -> Standing {
        match (met, consumed) {
            (Some(true), Some(consumed)) if consumed >= Standing::NEARLY => Standing::NearlySpent,
            (Some(true), _) => Standing::Met,
            (Some(false), _) => Standing::Missed,
            (None, _) => Standing::NoVerdict,
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Standing::Met => "✓",
            Standing::NearlySpent => "!",
            Standing::Missed => "✗",
            Standing::NoVerdict => "?",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Standing::Met => "met",
            Standing::NearlySpent => "met, budget nearly spent",
            Standing::Missed => "missed",
            Standing::NoVerdict => "no verdict: nothing was counted",
        }
    }

    fn colour(self) -> Colour {
        match self {
            Standing::Met => Colour::Green,
            Standing::NearlySpent => Colour::Yellow,
            Standing::Missed => Colour::Red,
            Standing::NoVerdict => Colour::Dim,
        }
    }
}

/// The values of the labels of a group: `llama-3-70b, eu`.
fn group(verdict: &Verdict) -> String {
    values(&verdict.labels)
}

fn values(labels: &Labels) -> String {
    let values: Vec<String> =
        labels.values().map(|value| if value.is_empty() { "(none)".to_string() } else { plain(value) }).collect();
    values.join(", ")
}
