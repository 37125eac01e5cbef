//! Programs that send an agent events, and send them again where nobody answered.

use std::{collections::VecDeque, fmt::Write, sync::Arc};

use farthing_intake::{Limits, Mode, Schema};
use farthing_plan::Plan;
use farthing_runtime::engine::{Engine, EventBatch};

use crate::{Clock, Failure, Random, daily};

/// For how long a batch is sent again, in milliseconds.
const PATIENCE_MS: i64 = 5 * 60_000;

/// How long before a scrape of the agent a batch is sent, in milliseconds.
const EARLIER_MS: i64 = 10_000;

/// Events that are sent together.
#[derive(Clone, Debug)]
pub struct Batch {
    /// When it is sent first, in milliseconds since the epoch. Its events are at most as new.
    pub at_ms: i64,
    /// By which the agent knows it when it comes again.
    pub key: String,
    /// JSON lines.
    pub body: String,
}

/// The requests to two models, with costs, latencies and outcomes: so many a second at most, at each step a batch.
pub fn batches(clock: &Clock, random: &mut Random, peak: f64) -> Vec<Batch> {
    let rate = daily(peak);
    let starts = (clock.start..clock.end).step_by(clock.step as usize);
    let mut owed = 0.0;
    starts
        .map(|from| {
            // Between two scrapes, so that an agent may end after it was sent and before it is scraped.
            let at_ms = (from + clock.step) * 1_000 - EARLIER_MS;
            owed += rate(from) * clock.step as f64 * random.between(0.8, 1.2);
            let mut body = String::new();
            while owed >= 1.0 {
                owed -= 1.0;
                let time_ms =
                    (at_ms - random.between(0.0, clock.step as f64 * 1_000.0) as i64).max(clock.start * 1_000 + 1);
                event(time_ms, random, &mut body);
            }
            Batch { at_ms, key: format!("client-{from}"), body }
        })
        .filter(|batch| !batch.body.is_empty())
        .collect()
}

fn event(time_ms: i64, random: &mut Random, body: &mut String) {
    let hour = time_ms / 3_600_000 % 24;
    let large = random.between(0.0, 1.0) < 0.3;
    let (model, size) = if large { ("large", 1.6) } else { ("small", 0.7) };
    // Prompts are longer in the evening; answers fail and take long in two hours of the day.
    let context = (random.between(200.0, 1_800.0) * size * if hour >= 18 { 1.3 } else { 1.0 }).round();
    let generated = (random.between(20.0, 420.0) * size).round();
    let is_bad = hour == 9 || hour == 21;
    let outcome = if random.between(0.0, 1.0) < if is_bad { 0.15 } else { 0.04 } { "failed" } else { "ok" };
    let latency = random.between(0.1, if is_bad { 3.4 } else { 2.2 });
    let at = time_ms as f64 / 1_000.0;
    writeln!(
        body,
        r#"{{"at":{at:.3},"model":"{model}","outcome":"{outcome}","context":{context},"generated":{generated},"latency":{latency:.3}}}"#
    )
    .expect("a String takes any text");
}

/// The clients of an agent.
pub(super) struct Clients {
    plan: Arc<Plan>,
    schema: Schema,
    /// What is not sent yet.
    batches: VecDeque<Batch>,
    /// What was sent and not answered, or could not be sent.
    unanswered: VecDeque<Batch>,
    /// What was counted.
    pub counted: Vec<Batch>,
    /// How many were counted already.
    pub again: u64,
    /// How many were given up.
    pub given_up: usize,
}

impl Clients {
    pub(super) fn new(plan: &Arc<Plan>, batches: Vec<Batch>) -> Result<Clients, Failure> {
        let schema = schema(plan)?;
        Ok(Clients {
            plan: plan.clone(),
            schema,
            batches: batches.into(),
            unanswered: VecDeque::new(),
            counted: Vec::new(),
            again: 0,
            given_up: 0,
        })
    }

    /// Sends what there is up to a time; where the answers do not arrive, all of it is to be sent again.
    pub(super) async fn send(&mut self, engine: &Engine, now_ms: i64, arrives: bool) -> Result<(), Failure> {
        self.wait(now_ms);
        for at in 0..self.unanswered.len() {
            let Batch { key, body, .. } = &self.unanswered[at];
            let refused = |error: &dyn std::fmt::Debug| Failure::new(format!("the agent refuses {key}: {error:?}"));
            let parsed = self.schema.parse_json_lines(body.as_bytes(), now_ms, &Limits::default());
            let batch = EventBatch {
                plan: self.plan.clone(),
                parsed: parsed.map_err(|error| refused(&error))?,
                mode: Mode::AllOrNothing,
                key: Some(key.clone()),
            };
            let taken = engine.events(batch).await.map_err(|error| refused(&error))?;
            if taken.taken != body.lines().count() as u64 {
                return Err(refused(&taken));
            }
            self.again += u64::from(arrives && taken.again);
        }
        if arrives {
            self.counted.extend(self.unanswered.drain(..));
        }
        Ok(())
    }

    /// Nobody is there: what there is up to a time waits, but not for ever.
    pub(super) fn wait(&mut self, now_ms: i64) {
        while self.batches.front().is_some_and(|batch| batch.at_ms <= now_ms) {
            self.unanswered.extend(self.batches.pop_front());
        }
        while self.unanswered.front().is_some_and(|batch| batch.at_ms + PATIENCE_MS < now_ms) {
            self.unanswered.pop_front();
            self.given_up += 1;
        }
    }
}

/// How the one kind of event of a plan is read.
pub(crate) fn schema(plan: &Plan) -> Result<Schema, Failure> {
    let event = plan.events.first().ok_or_else(|| Failure::new("the plan has no events"))?;
    Schema::new(plan, &event.name).map_err(|error| Failure::new(format!("{error:?}")))
}
