//! Something that answers, and tells of each request.

use std::time::{Duration, SystemTime};

use farthing_evaluator::RecordError;

use crate::slo::{
    Slo,
    completions::{Completions, Outcome},
};

/// A model behind this program. Clones share the evaluator, so each thread has one.
#[derive(Clone, Debug)]
pub struct Backend {
    slo: Slo,
    model: &'static str,
}

impl Backend {
    /// A backend that tells `slo` of what it answers.
    pub fn new(slo: &Slo, model: &'static str) -> Backend {
        Backend {
            slo: slo.clone(),
            model,
        }
    }

    /// Answers a prompt. This one only makes up how long the answer is and what it takes; a time is given in place of the
    /// clock, so that the example says the same every day.
    ///
    /// # Errors
    /// Where the evaluator refuses the event, such as one from before 1970.
    pub fn answer(&self, prompt: &str, at: SystemTime) -> Result<Option<String>, RecordError> {
        let tokens = prompt.len() as f64 / 4.0;
        let answer = (!prompt.is_empty()).then(|| "word ".repeat(prompt.len() / 10));
        self.slo.completions.record(Completions {
            at,
            model: self.model,
            outcome: if answer.is_some() {
                Outcome::Ok
            } else {
                Outcome::Failed
            },
            context: tokens,
            generated: answer.as_ref().map_or(0.0, |text| text.len() as f64 / 5.0),
            first_token: Duration::from_millis(120).as_secs_f64() * 1_000.0 + tokens / 10.0,
        })?;
        Ok(answer)
    }
}
