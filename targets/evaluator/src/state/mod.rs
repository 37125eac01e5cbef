//! What is kept elsewhere, so that an evaluator goes on where another one ended.
//!
//! The state is a set of records, keys and values of bytes, that whoever runs the evaluator keeps in a store with
//! transactions. [`Evaluator::save`](crate::Evaluator::save) gives the records that changed;
//! [`Evaluator::restore`](crate::Evaluator::restore) reads them. Records are named for what they are about and not for
//! where a plan has it: so another plan finds all that it shares with the one before.
//!
//! | record | keeps | so that |
//! |---|---|---|
//! | stream: a source within a group | the minutes that may still change | nothing that came is lost |
//! | | for each day, each slot's amount and which of its minutes were observed | an indicator that is new has a past |
//! | track: an indicator within a group | for each day, each slot's N, D and which of its minutes count | periods go on exactly |
//! | exclusion | for each day, which minutes were excluded | |
//! | judging: an objective within a group | its alerts, and its past for a chart | alerts go on, and start once |
//! | series | its last sample | the increase since then counts |

mod codec;
mod day;
mod descriptor;
mod journal;
mod load;
mod rebuild;
mod registry;
mod save;

use std::{collections::HashMap, fmt};

pub(crate) use day::DAY;
pub(crate) use journal::Journal;
pub(crate) use save::kept_days;

use codec::Tag;
use registry::Registry;

use crate::time::Minute;

/// The version of the records. Others are refused.
const VERSION: u32 = 1;

/// For how many days at least the past of a stream is kept, for indicators to come.
const KEPT_DAYS: i64 = 35;

/// A state that was saved, to be read.
pub trait SavedState {
    /// Why it cannot be read.
    type Error;

    /// The value of a key, if it has one.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Self::Error>;

    /// Gives all records whose keys begin so, in the order of their keys.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn scan(&self, prefix: &[u8], each: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), Self::Error>;
}

/// Why a state cannot be gone on with.
#[derive(Debug)]
pub enum RestoreError<E> {
    /// It cannot be read.
    Read(E),
    /// The plan is one that no compiler makes.
    Plan(crate::EvaluatorError),
    /// It was saved by another version.
    Version {
        /// The version of its records.
        found: u32,
        /// The version that is read.
        known: u32,
    },
    /// A record is not what was saved.
    Damaged {
        /// Which.
        record: String,
    },
}

impl<E: fmt::Display> fmt::Display for RestoreError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RestoreError::Read(error) => write!(f, "the state cannot be read: {error}"),
            RestoreError::Plan(error) => error.fmt(f),
            RestoreError::Version { found, known } => {
                write!(f, "the state is of version {found}, and this farthing reads version {known}")
            }
            RestoreError::Damaged { record } => write!(f, "the state is damaged: {record} is not what was saved"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for RestoreError<E> {}

/// Takes a record's key and its new value; none where it goes.
pub type PutRecord<'a> = dyn FnMut(&[u8], Option<&[u8]>) + 'a;

/// A record's key, and its new value; none where it goes.
type Change = (Vec<u8>, Option<Vec<u8>>);

/// What is known of the records that there are.
pub(crate) struct Records {
    sources: Registry,
    exclusions: Registry,
    indicators: Registry,
    streams: Registry,
    tracks: Registry,
    judgings: Registry,
    /// The numbers of what the plan has: of the shape's sources, exclusions and indicators; 0 for what is derived.
    source_ids: Vec<u32>,
    exclusion_ids: Vec<u32>,
    indicator_ids: Vec<u32>,
    /// The numbers of the store's streams and nodes, and of what is judged within each.
    stream_ids: Vec<u32>,
    track_ids: Vec<u32>,
    /// Of the nodes whose tracks are the same, the one that keeps most, by the tracks' number: it is the one that is saved.
    track_owners: HashMap<u32, usize>,
    judging_ids: Vec<Vec<u32>>,
    /// The first minute that was not closed when it was saved.
    live_from: Option<Minute>,
    /// The last slot of each exclusion, and of each node's track, that is saved.
    exclusions_until: Vec<i64>,
    tracks_until: Vec<i64>,
    /// Changes that restoring made.
    pending: Vec<Change>,
}

impl Records {
    fn new() -> Records {
        Records {
            sources: Registry::new(Tag::Source),
            exclusions: Registry::new(Tag::Exclusion),
            indicators: Registry::new(Tag::Indicator),
            streams: Registry::new(Tag::Stream),
            tracks: Registry::new(Tag::Track),
            judgings: Registry::new(Tag::Judging),
            source_ids: Vec::new(),
            exclusion_ids: Vec::new(),
            indicator_ids: Vec::new(),
            stream_ids: Vec::new(),
            track_ids: Vec::new(),
            track_owners: HashMap::new(),
            judging_ids: Vec::new(),
            live_from: None,
            exclusions_until: Vec::new(),
            tracks_until: Vec::new(),
            pending: Vec::new(),
        }
    }
}
