//! One differential test: a plan, the samples that it is judged by, and when it is looked at.

use farthing_compiler::{NoModules, Options, SourceFile, compile, render};
use farthing_plan::Plan;

use crate::{Batch, Clock, Failure, Series};

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

    /// The text of a scenario's `.slo` file, which is of 30 days, for this length.
    fn adapted(self, text: &str) -> String {
        const POLICY: &str = "\n  policy {\n    page when burning 10% over 30m and 5m\n    page when burning 20% over 2h and \
                              30m\n    ticket when burning 30% over 6h and 30m\n  }";
        match self {
            Length::Month => text.to_string(),
            // What says when its own alerts fire keeps them.
            Length::Days if text.contains("policy {\n") => shortened(text),
            Length::Days => {
                let service = text.find("\nservice ").map_or(0, |at| at + 1);
                let brace = text[service..].find('{').map_or(text.len(), |at| service + at + 1);
                let (head, body) = text.split_at(brace);
                format!("{head}{POLICY}{}", shortened(body))
            }
        }
    }
}

/// The same periods, as days.
fn shortened(text: &str) -> String {
    text.replace("over 30d", "over 1d").replace("calendar month", "calendar day")
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
    /// The length in seconds of the time into which nearly all traffic falls, where there is such a time.
    pub busy: Option<u64>,
    /// What the time of a gauge may come to more or less over a window, in seconds, as a gauge is seen once a minute only: one evaluation
    /// interval's amount of what changes within the minute.
    pub sampled: f64,
    /// Flows whose inputs go missing, each with the time since which it has no sample.
    pub missing: Vec<(&'static str, i64)>,
    /// Flows of which a group has samples that no other flow has.
    pub unmatched: Vec<&'static str>,
    /// Events that the evaluator is told of; Prometheus reads of them what series say.
    pub events: Vec<Batch>,
    /// When nobody was there to take in events or to say anything, from and until, in seconds since the epoch.
    pub away: Vec<(i64, i64)>,
}

impl Scenario {
    /// A scenario of the objectives in `scenarios/NAME.slo`, that is looked at in the end and at these shares of its time.
    ///
    /// # Errors
    /// When the file is missing or does not compile.
    pub fn new(name: &'static str, length: Length, series: Vec<Series>, looks: &[f64]) -> Result<Self, Failure> {
        let path = format!("{}/scenarios/{name}.slo", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).map_err(|error| Failure::new(format!("{path}: {error}")))?;
        Scenario::of_text(name, length, &length.adapted(&text), series, looks)
    }

    /// The same of a text, as it is.
    ///
    /// # Errors
    /// When it does not compile.
    pub fn of_text(
        name: &'static str,
        length: Length,
        text: &str,
        series: Vec<Series>,
        looks: &[f64],
    ) -> Result<Self, Failure> {
        let clock = length.clock();
        Ok(Scenario {
            name,
            plan: plan(name, text)?,
            series,
            clock,
            checkpoints: looks.iter().chain(&[1.0]).map(|share| clock.at(*share)).collect(),
            look_back: 2 * clock.step as u64,
            breaks: Vec::new(),
            burstiness: 0.1,
            busy: None,
            sampled: 0.0,
            missing: Vec::new(),
            unmatched: Vec::new(),
            events: Vec::new(),
            away: Vec::new(),
        })
    }
}

fn plan(name: &str, text: &str) -> Result<Plan, Failure> {
    let file = SourceFile { name: format!("{name}.slo"), text: text.to_string() };
    let compilation = compile(vec![file], &NoModules, &Options::default());
    let said = compilation.diagnostics.iter().map(|found| render(found, &compilation.sources, false, 100));
    let said: String = said.collect();
    compilation.plan.ok_or_else(|| Failure::new(said))
}
