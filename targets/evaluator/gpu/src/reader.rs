//! What was read, for those who want to know. Reading never waits for the GPUs: it sees what was published last.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use crate::{
    board::{Board, Shared, lock},
    call::{Call, Outcome},
    metrics::*,
    processes::Label,
    row::Row,
    sampling::{unit_message, unit_well},
};

/// Reads what a sampler has published; it can be cloned and sent.
#[derive(Clone)]
pub struct Reader(Arc<Shared>);

/// A value of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// What it is a value of; its name is [`Metric::name`].
    pub metric: &'static Metric,
    /// Names and values of its labels, in no order that means anything.
    pub labels: Vec<(&'static str, Arc<str>)>,
    /// In the unit of the name.
    pub value: f64,
    /// When it was read, in Unix milliseconds, as the machine's clock showed then.
    pub time: i64,
    /// Of a counter, when it began to count, in Unix milliseconds; `None` where the driver counts, and does not say.
    pub created: Option<i64>,
}

/// What there is to say of GPUs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Whether the library is open and answers.
    pub up: bool,
    /// Whether nobody wants GPUs to be sampled.
    pub off: bool,
    /// A sentence about the library, with a way out where it does not answer.
    pub message: String,
    /// Each GPU, followed by its instances.
    pub gpus: Vec<GpuStatus>,
}

/// What there is to say of a GPU or an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpuStatus {
    /// The number of the GPU.
    pub gpu: u32,
    /// The UUID of the GPU; empty where it has never said.
    pub uuid: String,
    /// Its model; empty where it has never said.
    pub model: String,
    /// Of an instance, its name.
    pub mig: Option<String>,
    /// Whether it answers.
    pub up: bool,
    /// Whether all that it has can be read.
    pub well: bool,
    /// A sentence about it.
    pub message: String,
    /// Functions that it does not support.
    pub unsupported: Vec<&'static str>,
    /// Functions that this user may not call.
    pub denied: Vec<&'static str>,
}

impl Reader {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Reader(shared)
    }

    /// All that is known now. What was not read again keeps its value and its time; what is not known is not there.
    pub fn snapshot(&self) -> Vec<Sample> {
        let hung = self.0.hung().is_some();
        let now = self.0.clock.unix_ms();
        let board = lock(&self.0.board);
        if board.library.off {
            return Vec::new();
        }
        let mut samples = Vec::with_capacity(64 * board.rows.len() + 64);
        for row in &board.rows {
            of_row(row, now, row.lost.is_none() && row.read && !hung, &mut samples);
        }
        of_library(&board, now, board.library.up && !hung, &mut samples);
        samples
    }

    /// What there is to say.
    pub fn status(&self) -> Status {
        let hung = self.0.hung();
        let board = lock(&self.0.board);
        let Board { library, rows, .. } = &*board;
        Status {
            up: library.up && hung.is_none(),
            off: library.off,
            message: hung.map_or_else(|| library.message.clone(), |hung| hung.message(self.0.config.hang)),
            gpus: rows.iter().map(|row| of_unit(row, hung.is_some())).collect(),
        }
    }

    /// How many rounds were made.
    pub fn rounds(&self) -> u64 {
        lock(&self.0.board).rounds
    }

    /// Waits until more rounds were made than so many, or for so long; returns how many were made.
    pub fn wait_past(&self, rounds: u64, timeout: Duration) -> u64 {
        let board = lock(&self.0.board);
        let waited = self.0.changed.wait_timeout_while(board, timeout, |board| board.rounds <= rounds);
        waited.unwrap_or_else(PoisonError::into_inner).0.rounds
    }
}

fn of_unit(row: &Row, hung: bool) -> GpuStatus {
    let that =
        |wanted: Outcome| row.outcomes.that(move |outcome| outcome == wanted).map(|(call, _)| call.name()).collect();
    GpuStatus {
        gpu: row.unit.index,
        uuid: row.unit.uuid.clone(),
        model: row.unit.model.clone(),
        mig: row.instance().map(Into::into),
        up: row.lost.is_none() && row.read && !hung,
        well: unit_well(row) && !hung,
        message: unit_message(row),
        unsupported: that(Outcome::Unsupported),
        denied: that(Outcome::Denied),
    }
}

fn of_row(row: &Row, now: i64, up: bool, samples: &mut Vec<Sample>) {
    let mut add = |metric, own: Option<(&'static str, &'static str)>, more: &[Label], value, time, created| {
        let mut labels = Vec::with_capacity(row.labels.len() + more.len() + 1);
        labels.extend(row.labels.iter().chain(more).cloned());
        labels.extend(own.map(|(name, value)| (name, Arc::from(value))));
        samples.push(Sample { metric, labels, value, time, created });
    };
    // That a GPU is there is known without its answer, and what it costs does not end when it is lost.
    if row.instance().is_none() {
        add(PRESENT, None, &[], 1.0, now, None);
    }
    add(UP, None, &[], if up { 1.0 } else { 0.0 }, now, None);
    for (metric, own, reading) in row.quick.iter().chain(&row.monitored) {
        add(metric, *own, &[], reading.value, reading.time, None);
    }
    for (metric, own, counted) in row.counters() {
        add(metric, own, &[], counted.reading.value, counted.reading.time, counted.created);
    }
    for process in row.processes.iter() {
        let both = [(PROCESS_MEMORY, process.memory), (PROCESS_UTILIZATION, process.utilization)];
        for (metric, reading) in both {
            if let Some(reading) = reading {
                add(metric, None, &process.labels, reading.value, reading.time, None);
            }
        }
    }
}

fn of_library(board: &Board, now: i64, up: bool, samples: &mut Vec<Sample>) {
    let mut add = |metric, labels: Vec<(&'static str, Arc<str>)>, value| {
        samples.push(Sample { metric, labels, value, time: now, created: None });
    };
    add(LIBRARY_UP, Vec::new(), if up { 1.0 } else { 0.0 });
    for call in Call::ALL {
        let made = board.tally.made[call as usize];
        if made > 0 {
            add(CALLS, vec![("call", call.name().into())], made as f64);
            add(CALL_SECONDS, vec![("call", call.name().into())], board.tally.spent[call as usize].as_secs_f64());
        }
    }
    for ((call, error), count) in &board.tally.errors {
        add(CALL_ERRORS, vec![("call", call.name().into()), ("error", (*error).into())], *count as f64);
    }
}
