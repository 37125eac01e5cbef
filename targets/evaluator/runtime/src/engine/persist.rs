//! What is to be written, and whether it can be.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use farthing_evaluator::Evaluator;

use crate::{
    log::{Level, say},
    state::{Changes, StateFile},
};

/// After a failure, for how long writing is not tried again unless somebody waits.
const RETRY: Duration = Duration::from_secs(10);

/// The state file, if there is one, and what is not in it yet.
pub(super) struct Persistence {
    file: Option<StateFile>,
    pending: Changes,
    /// Since when something has changed.
    changed: Option<Instant>,
    /// Why the last write failed, and when.
    failed: Option<(String, Instant)>,
}

impl Persistence {
    pub(super) fn new(file: Option<StateFile>) -> Persistence {
        Persistence { file, pending: Changes::default(), changed: None, failed: None }
    }

    pub(super) fn file(&self) -> Option<&StateFile> {
        self.file.as_ref()
    }

    pub(super) fn path(&self) -> Option<PathBuf> {
        self.file.as_ref().map(|file| file.path().to_path_buf())
    }

    pub(super) fn bytes(&self) -> u64 {
        self.file.as_ref().map_or(0, StateFile::bytes)
    }

    /// Something has changed.
    pub(super) fn changed(&mut self) {
        self.changed.get_or_insert_with(Instant::now);
    }

    pub(super) fn has_changes(&self) -> bool {
        self.changed.is_some()
    }

    /// Whether something has waited for so long.
    pub(super) fn is_due(&self, after: Duration) -> bool {
        let waits = self.changed.is_some_and(|since| since.elapsed() >= after);
        waits && self.failed.as_ref().is_none_or(|(_, at)| at.elapsed() >= RETRY)
    }

    /// Why nothing can be written at the moment.
    pub(super) fn why_not(&self) -> Option<&str> {
        self.failed.as_ref().map(|(why, _)| why.as_str())
    }

    /// Whether a new batch is refused without trying: writing failed a moment ago.
    pub(super) fn refuses(&self) -> Option<&str> {
        self.failed.as_ref().filter(|(_, at)| at.elapsed() < RETRY).map(|(why, _)| why.as_str())
    }

    /// A batch is counted, and this was answered.
    pub(super) fn batch(&mut self, key: String, time_ms: i64, answer: Vec<u8>) {
        if self.file.is_some() {
            self.pending.batches.push((key, time_ms, answer));
        }
        self.changed();
    }

    /// What was answered to a batch that is in the file.
    ///
    /// # Errors
    /// Why the file cannot be read.
    pub(super) fn answer(&mut self, key: &str) -> Result<Option<Vec<u8>>, String> {
        self.file.as_mut().map_or(Ok(None), |file| file.answer(key))
    }

    /// Something that is kept under a name.
    pub(super) fn remember(&mut self, name: &'static str, value: Vec<u8>) {
        if self.file.is_some() {
            self.pending.named.insert(name, value);
        }
    }

    /// Writes all changes in one transaction.
    ///
    /// # Errors
    /// Why they cannot be written. They are kept, and are written with the next ones.
    pub(super) fn write(&mut self, evaluator: &mut Evaluator) -> Result<(), String> {
        let Some(file) = &mut self.file else {
            self.changed = None;
            return Ok(());
        };
        let records = &mut self.pending.records;
        evaluator.save(&mut |key, value| {
            records.insert(key.to_vec(), value.map(<[u8]>::to_vec));
        });
        let written = file.write(&self.pending);
        match &written {
            Ok(()) => {
                self.pending = Changes::default();
                self.changed = None;
                if self.failed.take().is_some() {
                    say(Level::Info, "state", "the state is written again; nothing was lost");
                }
            }
            Err(why) => {
                if self.failed.is_none() {
                    let path = file.path().display();
                    say(
                        Level::Error,
                        "state",
                        format_args!(
                            "{path} cannot be written: {why}. Farthing goes on in memory and tries again; events are \
                             refused meanwhile"
                        ),
                    );
                }
                self.failed = Some((why.clone(), Instant::now()));
                // What is to be written again may be no more than the time.
                self.changed();
            }
        }
        written
    }
}
