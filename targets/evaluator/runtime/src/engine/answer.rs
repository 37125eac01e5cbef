//! Batches of events: whether they are taken, and once.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Instant,
};

use farthing_intake::Unresolved;
use tokio::sync::oneshot;

use super::{
    EventBatch, NotTaken, Taken,
    worker::{Waiting, Worker},
};

/// The most keys that are kept where there is no state file.
const KEYS: usize = 20_000;

/// The answers to batches with a key that are not in the file: those that wait to be written, or all of them where there
/// is no file.
#[derive(Default)]
pub(super) struct Answers {
    known: HashMap<String, Taken>,
    order: VecDeque<String>,
}

impl Answers {
    fn add(&mut self, key: String, taken: Taken) {
        if self.order.len() == KEYS
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.order.push_back(key.clone());
        self.known.insert(key, taken);
    }

    /// All of them are in the file.
    pub(super) fn written(&mut self) {
        self.known.clear();
        self.order.clear();
    }
}

/// How many events may come: so many a second in the long run, and what ten seconds allow at once.
pub(super) struct Rate {
    per_second: f64,
    /// What may come now.
    left: f64,
    at: Instant,
}

impl Rate {
    pub(super) fn new(per_second: f64) -> Rate {
        Rate { per_second, left: per_second * 10.0, at: Instant::now() }
    }

    /// Takes so many events, or says after how many seconds they can come. A batch may overdraw what is left.
    fn take(&mut self, events: usize) -> Result<(), u64> {
        let now = Instant::now();
        let more = now.duration_since(self.at).as_secs_f64() * self.per_second;
        (self.left, self.at) = ((self.left + more).min(self.per_second * 10.0), now);
        if self.left <= 0.0 {
            return Err((-self.left / self.per_second).ceil().max(1.0) as u64);
        }
        self.left -= events as f64;
        Ok(())
    }
}

impl Worker {
    /// Counts a batch, and lets its sender wait until it is on the disk. An answer that nobody waits for any more is none.
    pub(super) fn events(&mut self, batch: EventBatch, answer: oneshot::Sender<Result<Taken, NotTaken>>) {
        match self.count(batch) {
            Ok(taken) => self.waiting.push(Waiting { answer, taken }),
            Err(not_taken) => {
                self.health.batches_refused += 1;
                let _ = answer.send(Err(not_taken));
            }
        }
    }

    fn count(&mut self, batch: EventBatch) -> Result<Taken, NotTaken> {
        let EventBatch { plan, parsed, mode, key } = batch;
        if !Arc::ptr_eq(&plan, &self.plan) {
            return Err(NotTaken::OtherPlan);
        }
        let key = key.map(|key| format!("{}/{key}", parsed.schema().event()));
        let known = key.as_ref().and_then(|key| self.answers.known.get(key)).cloned();
        if let Some(why) = self.persistence.refuses() {
            return Err(NotTaken::NotDurable { why: why.to_string(), held: known.is_some() });
        }
        // Where writing failed it has to work again first: what is held in memory does not grow meanwhile.
        if self.persistence.why_not().is_some() {
            self.write().map_err(|why| NotTaken::NotDurable { why, held: known.is_some() })?;
        }
        let answered = match (known, &key) {
            (None, Some(key)) => self.written(key)?,
            (known, _) => known,
        };
        if let Some(taken) = answered {
            self.health.batches_again += 1;
            return Ok(Taken { again: true, ..taken });
        }
        self.rate.take(parsed.len()).map_err(|after_s| NotTaken::Busy { after_s, what: "events" })?;
        let batch = parsed.resolve(&mut self.evaluator, mode).map_err(|error| match error {
            Unresolved::Rows(problems) => NotTaken::Rows(problems),
            Unresolved::OtherPlan(_) => NotTaken::OtherPlan,
        })?;
        let outcome = batch.record(&mut self.evaluator).map_err(|_| NotTaken::OtherPlan)?;
        let problems = batch.problems().clone();
        let refused = problems.count + outcome.non_numbers + outcome.times_refused;
        let taken = Taken { taken: outcome.recorded, too_old: outcome.too_old, refused, again: false, problems };
        self.health.batches += 1;
        self.health.events += taken.taken;
        self.health.rows_refused += refused;
        let now = self.now();
        if let Some(key) = key {
            // INVARIANT: numbers always have a text.
            self.persistence.batch(key.clone(), now, serde_json::to_vec(&taken).unwrap_or_default());
            self.answers.add(key, taken.clone());
        }
        self.persistence.changed();
        Ok(taken)
    }

    /// What was answered to a batch with this key that is in the file.
    fn written(&mut self, key: &str) -> Result<Option<Taken>, NotTaken> {
        let unreadable = |why| NotTaken::NotDurable { why, held: false };
        let answer = self.persistence.answer(key).map_err(unreadable)?;
        Ok(answer.and_then(|answer| serde_json::from_slice(&answer).ok()))
    }
}
