//! The embedded evaluator: samples and events in; budgets, burn rates and alert states out.
//!
//! A library without IO, threads or clock: every time is an argument. It is the reference implementation of the page
//! "What the numbers mean" of the book.
//!
//! ```
//! use farthing_compiler::{NoModules, Options, SourceFile, compile};
//! use farthing_evaluator::Evaluator;
//!
//! let text = "
//!     event requests {
//!       context:   input_token
//!       generated: output_token
//!       cost = context * $3.00 per 1M input_token + generated * $15.00 per 1M output_token
//!     }
//!     service chat {
//!       objective cheap {
//!         99% of requests have cost < $0.006
//!         over 30d
//!       }
//!     }
//! ";
//! let file = SourceFile { name: "chat.slo".into(), text: text.into() };
//! let plan = compile(vec![file], &NoModules, &Options::default()).plan.ok_or("chat.slo has errors")?;
//!
//! let mut evaluator = Evaluator::new(&plan)?;
//! let requests = evaluator.event("requests").ok_or("chat.slo has no such event")?;
//! // 298 requests of $0.0045 each; then one of exactly $0.006, which is not below it, and one of $0.0075.
//! let noon = 1_775_044_800_000;
//! for second in 1..=298 {
//!     evaluator.record(requests, noon + second * 1_000, &[1_000.0, 100.0], &[])?;
//! }
//! evaluator.record(requests, noon + 299_000, &[1_000.0, 200.0], &[])?;
//! evaluator.record(requests, noon + 300_000, &[1_000.0, 300.0], &[])?;
//!
//! // Ten minutes past noon, by whatever clock the program has.
//! evaluator.advance(noon + 600_000);
//! let report = evaluator.report();
//! let cheap = &report.services[0].objectives[0].verdicts[0];
//! assert_eq!((cheap.numerator, cheap.denominator), (2.0, 300.0));
//! // Two were dear where three may be: the budget is met, and two thirds of it are gone.
//! assert_eq!(cheap.met, Some(true));
//! assert!(cheap.consumed.is_some_and(|consumed| (consumed - 2.0 / 3.0).abs() < 1e-9));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # State
//!
//! Flows are kept by minutes for at least six hours, and for as long as the longest window that is read from minutes;
//! each pair of numerator and denominator is kept by ten-minute slots for its longest period, of the calendar or not.
//! What is derived from other indicators is computed from these. So memory depends on
//! the plan, and on how many groups and series there are, but not on the number of samples or events. Groups and series
//! are bounded too: [`MAX_GROUPS`], [`MAX_SERIES`], [`MAX_LABEL_VALUES`]. What was left out for that is counted in
//! [`Health`], as is everything else that was refused.
//!
//! What must outlive a process is kept elsewhere: [`Evaluator::save`] gives the records that changed, for a store with
//! transactions, and [`Evaluator::restore`] goes on from them, with the same plan or with another one.
//!
//! # Time
//!
//! [`Evaluator::advance`] evaluates minutes one after the other; nothing else looks at a clock. Feed data in order of
//! time over all series and events, an hour out of order at most: data more than an hour ahead of the last minute
//! evaluated pulls the evaluation after it. So a caller that has a clock refuses what comes from the future.
//!
//! **A minute is provisional** for five minutes (the look-back) after its end: a counter's increase is spread back
//! over the time since its last sample, and until that next sample comes, the time was not observed. A caller that
//! advances to now sees alerts judged on what is known now: the newest minutes count as soon as all flows of an
//! indicator have samples that cover them, which delays an alert by about one interval of sampling. Burn rates and
//! budgets are made anew from all data at every minute, so they end up the same however data came; an alert that was
//! judged is history, and is not judged again. A caller that replays the past, and wants alerts on final numbers,
//! advances to five minutes before the data it has fed: then every minute is final when it is judged.
//!
//! Events out of order count in their own minute while it is kept by itself, and in its slot later. Two things are
//! then approximate, in slots that are closed: an amount counts only where its minute was observed for the whole
//! indicator already, and an event before the first one known makes the time since observed only for indicators that
//! are read from events alone.
//!
//! What a flow excludes is known as its samples come: minutes that were judged before may be excluded then, but not such
//! that are in slots only.
//!
//! Events of a kind are observed, within a group, from the minute of the first event of that kind in that group,
//! whether or not it meets a flow's conditions.

mod absences;
mod amounts;
mod derived;
pub mod embed;
mod error;
mod evaluator;
mod events;
mod exclusion;
mod history;
mod judging;
mod matching;
mod nodes;
mod report;
mod scenario;
mod series;
mod shape;
mod slots;
mod state;
mod store;
mod stream;
mod sum;
mod sums;
mod time;
mod track;
mod tradeoffs;

pub use error::{EvaluatorError, ObserveError, RecordError};
pub use evaluator::Evaluator;
pub use events::{BatchOutcome, EventBatch, EventId, LabelId, MAX_LABEL_VALUES};
pub use report::{
    AlertState, Burn, CornerVerdict, EqualityVerdict, FiredAlert, FlowTotal, Health, HistoryPoint, MAX_FIRED,
    MAX_HISTORY, ObjectiveReport, Report, ServiceReport, TradeoffReport, TradeoffVerdict, Verdict,
};
pub use scenario::{Actual, Outcome, play};
pub use series::{MAX_SERIES, SampleValue, SeriesId};
pub use shape::LONGEST_PERIOD;
pub use state::{PutRecord, RestoreError, SavedState};
pub use store::MAX_GROUPS;

/// The book's page about this crate, whose example is a test.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/src/explanation/evaluator.md")]
struct BookPage;
