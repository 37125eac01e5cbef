//! `POST /api/v1/events/NAME`: JSON lines, perhaps gzipped.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use axum::{
    body::{Body, to_bytes},
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use farthing_intake::{Mode, Parsed, Problems, Refused, decode, did_you_mean, listed};
use serde::Deserialize;
use serde_json::json;

use super::{Events, Shared, document, ended, error};
use crate::{
    clock::wall_ms,
    engine::{EventBatch, NotTaken, Taken},
};

/// How many bodies are taken in at once; each may take as much memory as a body may be long.
pub(super) const BODIES: usize = 16;
/// For how long a body waits for others.
const TURN: Duration = Duration::from_secs(5);
/// For how long the body of a request is waited for.
const BODY: Duration = Duration::from_secs(30);
/// The longest key of a batch.
const LONGEST_KEY: usize = 255;

#[derive(Deserialize)]
pub(super) struct Wish {
    /// What becomes of a batch with bad rows.
    #[serde(default)]
    bad_rows: BadRows,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum BadRows {
    /// Nothing of it is taken.
    #[default]
    Refuse,
    /// The others are taken.
    Skip,
}

pub(super) async fn take(
    State(serving): State<Shared>,
    Path(name): Path<String>,
    wish: Result<Query<Wish>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(Query(wish)) = wish else {
        return error(StatusCode::BAD_REQUEST, "bad_rows is `refuse` (nothing is taken) or `skip` (the others are)");
    };
    let mode = match wish.bad_rows {
        BadRows::Refuse => Mode::AllOrNothing,
        BadRows::Skip => Mode::Partial,
    };
    let key = match key(&headers) {
        Ok(key) => key,
        Err(message) => return error(StatusCode::BAD_REQUEST, message),
    };
    let Ok(Ok(_turn)) = tokio::time::timeout(TURN, serving.bodies.acquire()).await else {
        return not(&NotTaken::Busy { after_s: 1, what: "requests at once" }, key.is_some());
    };
    let most = serving.limits.body_bytes;
    let body = match tokio::time::timeout(BODY, to_bytes(body, most)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return refused(&Refused::TooLong { most }),
        Err(_) => return error(StatusCode::REQUEST_TIMEOUT, "the body did not come within 30 s"),
    };
    let encoding = headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok()).map(str::to_string);
    // Where other files are taken just now, it is read again by them.
    for _ in 0..3 {
        let events = serving.events.read().unwrap_or_else(PoisonError::into_inner).clone();
        let parsed = match parse(&serving, &events, &name, &body, encoding.clone()).await {
            Ok(parsed) => parsed,
            Err(response) => return response,
        };
        let batch = EventBatch { plan: events.plan.clone(), parsed, mode, key: key.clone() };
        match serving.engine.events(batch).await {
            Ok(taken) => return answer(&taken),
            Err(NotTaken::OtherPlan) => tokio::time::sleep(Duration::from_millis(50)).await,
            Err(not_taken) => return not(&not_taken, key.is_some()),
        }
    }
    not(&NotTaken::OtherPlan, key.is_some())
}

fn key(headers: &HeaderMap) -> Result<Option<String>, &'static str> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    match key.to_str() {
        Ok(key) if !key.is_empty() && key.len() <= LONGEST_KEY => Ok(Some(key.to_string())),
        _ => Err("Idempotency-Key has 1 to 255 letters, digits and signs of ASCII"),
    }
}

/// Reads a body, in a thread where that may take long.
async fn parse(
    serving: &Shared,
    events: &Arc<Events>,
    name: &str,
    body: &axum::body::Bytes,
    encoding: Option<String>,
) -> Result<Parsed, Response> {
    let Some(schema) = events.schemas.get(name).cloned() else {
        return Err(error(StatusCode::NOT_FOUND, unknown(events, name)));
    };
    let (limits, body) = (serving.limits.clone(), body.clone());
    let read = move || {
        let text = decode(&body, encoding.as_deref(), limits.body_bytes)?;
        schema.parse_json_lines(&text, wall_ms(), &limits)
    };
    match tokio::task::spawn_blocking(read).await {
        Ok(Ok(parsed)) => Ok(parsed),
        Ok(Err(why)) => Err(refused(&why)),
        Err(_) => Err(ended()),
    }
}

fn unknown(events: &Events, name: &str) -> String {
    if events.plan.events.iter().any(|event| event.name == name) {
        return format!("no objective reads the event {name}");
    }
    let known: Vec<&str> = events.schemas.keys().map(String::as_str).collect();
    if known.is_empty() {
        return "the files have no events that an objective reads".to_string();
    }
    format!("there is no event {name:?}{}; there are: {}", did_you_mean(name, &known), listed(&known))
}

fn refused(why: &Refused) -> Response {
    error(StatusCode::from_u16(why.status()).unwrap_or(StatusCode::BAD_REQUEST), why)
}

fn answer(taken: &Taken) -> Response {
    let Taken { taken, too_old, refused, again, problems } = taken;
    let body = json!({
        "taken": taken,
        "too_old": too_old,
        "refused": refused,
        "again": again,
        "problems": problems.listed,
    });
    document(StatusCode::OK, &body)
}

fn not(why: &NotTaken, has_key: bool) -> Response {
    let later = |status, seconds: u64, message: String| {
        let mut response = error(status, message);
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        response
    };
    match why {
        NotTaken::Rows(problems) => rows(problems),
        NotTaken::OtherPlan => {
            later(StatusCode::SERVICE_UNAVAILABLE, 1, "the files are being read again; send it again".to_string())
        }
        NotTaken::Busy { after_s, what } => {
            later(StatusCode::TOO_MANY_REQUESTS, *after_s, format!("too many {what}; send it again in {after_s} s"))
        }
        NotTaken::NotDurable { why, held } => {
            let held = match (*held, has_key) {
                (true, true) => {
                    "; it is kept in memory and counts when there is room: send it again with the same Idempotency-Key, \
                     and it counts once"
                }
                (true, false) => {
                    "; it is kept in memory and counts when there is room. It has no Idempotency-Key: sent again, it may \
                     count twice"
                }
                (false, _) => "; nothing of it was taken: send it again",
            };
            later(StatusCode::SERVICE_UNAVAILABLE, 10, format!("the state cannot be written: {why}{held}"))
        }
        NotTaken::Ended => ended(),
    }
}

fn rows(problems: &Problems) -> Response {
    let body = json!({
        "error": format!(
            "{} {} wrong, so nothing was taken; `?bad_rows=skip` takes the others",
            problems.count,
            if problems.count == 1 { "row is" } else { "rows are" }
        ),
        "taken": 0,
        "refused": problems.count,
        "problems": problems.listed,
    });
    document(StatusCode::BAD_REQUEST, &body)
}
