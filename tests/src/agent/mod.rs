//! An agent, as `farthing run` has it, that lives through a scenario in simulated time: it scrapes the exporters, takes in
//! events, is scraped itself, and is stopped, killed and started again.

mod clients;
mod exporters;
mod process;

use std::sync::Arc;

use farthing_evaluator::{FlowTotal, Report};
use farthing_exposition::{Format, Limits, Writer, named, parse};
use farthing_runtime::{engine::Snapshot, serve::write_flows};

use crate::{
    Evaluated, Failure, Scenario, Series,
    evaluated::{Notes, with_flows},
};

pub(crate) use clients::schema;
pub use clients::{Batch, batches};

use self::{clients::Clients, exporters::Exporters, process::Process};

/// How an agent ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is told to stop, and writes what it has.
    Stopped,
    /// It is killed; of what came since its last commit, nothing is left. Nobody has seen an answer to that, so events
    /// are sent again, and samples are lost.
    KilledBefore,
    /// It is killed when it has written a batch and not answered it yet: that is sent again, and is not to be counted again.
    KilledAfter,
}

/// One time at which the agent is not there.
#[derive(Clone, Copy, Debug)]
pub struct Away {
    /// When it ends, in seconds since the epoch.
    pub at: i64,
    /// After how many seconds it is started again.
    pub for_s: i64,
    /// How it ends.
    pub end: End,
}

/// What became of an agent.
pub struct Life {
    /// What its reports said, minute by minute.
    pub said: Evaluated,
    /// Its last report.
    pub report: Report,
    /// What flows came to, in the end.
    pub totals: Vec<FlowTotal>,
    /// Its counters, as a Prometheus would have scraped them.
    pub exported: Vec<Series>,
    /// The batches that were counted, each once.
    pub counted: Vec<Batch>,
    /// How many batches came again that were counted already.
    pub again: u64,
    /// How many batches clients gave up, since nobody answered for five minutes.
    pub given_up: usize,
}

/// Has an agent live through a scenario: through the series of its exporters and these batches of events. It is scraped
/// as often as the exporters are.
///
/// # Errors
/// Where the agent refuses something.
pub fn live(scenario: &Scenario, batches: Vec<Batch>, away: &[Away]) -> Result<Life, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(alive(scenario, batches, away))
}

async fn alive(scenario: &Scenario, batches: Vec<Batch>, away: &[Away]) -> Result<Life, Failure> {
    let clock = scenario.clock;
    let plan = Arc::new(with_flows(&scenario.plan));
    let mut process = Process::start(plan.clone(), clock.start * 1_000)?;
    let mut exporters = Exporters::new(&scenario.series);
    let mut clients = Clients::new(&plan, batches)?;
    let mut notes = Notes::new(scenario);
    let mut exported = Exported::default();
    let mut away = away.iter().peekable();
    let mut last = None;
    for now in (clock.start..=clock.end).step_by(clock.step as usize) {
        let now_ms = now * 1_000;
        if let Some(Away { at, for_s, end }) = away.next_if(|away| away.at < now) {
            let (at_ms, back_ms) = (at * 1_000, (at + for_s) * 1_000);
            process.set_time(at_ms);
            match end {
                End::Stopped => {
                    exporters.scrape(at_ms, |scrape| process.engine().scrape(scrape));
                    process.stop(back_ms).await?;
                }
                End::KilledBefore => {
                    process.engine().look().await;
                    let before = process.copy()?;
                    exporters.scrape(at_ms, |scrape| process.engine().scrape(scrape));
                    clients.send(process.engine(), at_ms, false).await?;
                    process.go_on_from(before, back_ms).await?;
                }
                End::KilledAfter => {
                    exporters.scrape(at_ms, |scrape| process.engine().scrape(scrape));
                    clients.send(process.engine(), at_ms, false).await?;
                    process.engine().look().await;
                    let after = process.copy()?;
                    process.go_on_from(after, back_ms).await?;
                }
            }
            exporters.begin_anew(back_ms);
        }
        if now_ms < process.since_ms() {
            clients.wait(now_ms);
            continue;
        }
        process.set_time(now_ms);
        exporters.scrape(now_ms, |scrape| process.engine().scrape(scrape));
        clients.send(process.engine(), now_ms, true).await?;
        process.engine().look().await;
        let snapshot = process.engine().snapshot().await.ok_or_else(|| Failure::new("the agent has ended"))?;
        exported.scrape(&snapshot, now_ms)?;
        notes.take(&snapshot.report);
        last = Some(snapshot);
    }
    process.finish().await?;
    let last = last.ok_or_else(|| Failure::new("the agent never said anything"))?;
    Ok(Life {
        said: notes.finish(&last.report),
        report: last.report.clone(),
        totals: last.totals.clone(),
        exported: exported.0,
        counted: clients.counted,
        again: clients.again,
        given_up: clients.given_up,
    })
}

/// What a Prometheus has of the agent's counters.
#[derive(Default)]
struct Exported(Vec<Series>);

impl Exported {
    fn scrape(&mut self, snapshot: &Snapshot, now_ms: i64) -> Result<(), Failure> {
        let mut writer = Writer::new(Format::OpenMetrics);
        write_flows(&mut writer, snapshot);
        let text = writer.finish();
        let mut take = |sample: farthing_exposition::Sample<'_>| {
            let (name, labels) = named(sample.series)?;
            let labels = labels.into_iter().collect();
            let known = self.0.iter().position(|series| series.name == name && series.labels == labels);
            let at = known.unwrap_or_else(|| {
                self.0.push(Series { name, labels, samples: Vec::new() });
                self.0.len() - 1
            });
            self.0[at].samples.push((now_ms, sample.value));
            Ok(())
        };
        parse(text.as_bytes(), Format::OpenMetrics, &Limits::default(), &mut take)
            .map(|_| ())
            .map_err(|error| Failure::new(format!("what the agent exports: {error}\n{text}")))
    }
}
