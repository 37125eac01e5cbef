//! One request to a destination.

use std::time::Duration;

use ureq::{
    Agent, Body,
    http::{Response, StatusCode, header},
};

use super::{book::Outcome, destination::Destination};

/// How much of an answer is read, in bytes.
const ANSWER: u64 = 4_096;

/// How much of an answer is told, in characters.
const TOLD: usize = 200;

/// Sends to one destination, over a connection that is kept.
pub(crate) struct Poster {
    agent: Agent,
    destination: Destination,
}

impl Poster {
    /// A request takes at most `timeout`, from the host's name to the end of the answer.
    pub(crate) fn new(destination: Destination, timeout: Duration) -> Poster {
        let config = Agent::config_builder()
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            // A request that is sent elsewhere would lose its body.
            .max_redirects(0)
            .user_agent(concat!("farthing/", env!("CARGO_PKG_VERSION")))
            .build();
        Poster { agent: Agent::new_with_config(config), destination }
    }

    /// Sends a text of JSON.
    pub(crate) fn post(&self, body: &str) -> Outcome {
        let failed = |why: String| Outcome::Failed { why, retry_after_ms: None };
        let authorization = match self.destination.authorization() {
            Ok(authorization) => authorization,
            Err(why) => return failed(why),
        };
        let mut request = self.agent.post(self.destination.url()).header(header::CONTENT_TYPE, "application/json");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        match request.send(body) {
            Ok(answer) => outcome(answer),
            // As the agent says it: `connection refused`, `timeout: global`.
            Err(error) => failed(error.to_string()),
        }
    }
}

fn outcome(mut answer: Response<Body>) -> Outcome {
    let status = answer.status();
    let retry_after = answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let read = answer.body_mut().with_config().limit(ANSWER).read_to_string();
    if status.is_success() {
        // Whatever it says, and whether it says it to the end: it has the alerts.
        return Outcome::Delivered;
    }
    let text = read.unwrap_or_default();
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said: String = line.chars().take(TOLD).collect();
    let mut why = format!("status {status}");
    if !said.is_empty() {
        why.push_str(&format!(": {said}"));
    }
    if status.is_redirection() {
        why.push_str("; give the URL to which it leads");
    }
    let is_busy = matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS);
    if status.is_server_error() || is_busy {
        let retry_after_ms = retry_after.map(|seconds: u32| i64::from(seconds) * 1_000);
        return Outcome::Failed { why, retry_after_ms };
    }
    Outcome::Refused(why)
}
