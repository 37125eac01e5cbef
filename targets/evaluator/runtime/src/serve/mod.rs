//! What is answered over HTTP.
//!
//! | request | answer |
//! |---|---|
//! | `POST /api/v1/events/NAME` | takes in events, and says what became of them |
//! | `GET /api/v1/report` | the verdicts, as JSON |
//! | `GET /metrics` | flows, budgets, burn rates and health, for Prometheus |
//! | `GET /` | a page for people |
//! | `GET /-/healthy`, `GET /-/ready` | whether it runs, and whether it can do its work |
//! | `POST /-/reload` | reads the files again |

mod auth;
mod events;
mod histograms;
mod metrics;

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use farthing_exposition::Format;
use farthing_gpu::Reader;
use farthing_intake::{Limits, Schema};
use farthing_plan::Plan;
use serde_json::json;
use tokio::net::TcpListener;

use crate::{
    alerts::Notifier,
    engine::{Engine, Snapshot},
    scrape::Scraper,
};

pub use auth::Token;
pub use metrics::write_flows;

/// For how long open requests are waited for at the end.
const GRACE: Duration = Duration::from_secs(5);

/// What is said where reading the files panics.
const FAILED: &str = "reading the files failed";

/// How a snapshot is shown: what is behind the command line shows reports elsewhere, too.
pub struct Views {
    /// As one JSON document.
    pub json: Box<dyn Fn(&Snapshot) -> String + Send + Sync>,
    /// As text for people.
    pub text: Box<dyn Fn(&Snapshot) -> String + Send + Sync>,
}

/// Reads the files again: a plan, or what is wrong with them.
pub type Load = Arc<dyn Fn() -> Result<Plan, String> + Send + Sync>;

/// All that the answers are made of.
pub struct Serving {
    pub(crate) engine: Engine,
    pub(crate) scraper: Arc<Scraper>,
    pub(crate) gpus: Option<Reader>,
    pub(crate) notifier: Option<Arc<Notifier>>,
    pub(crate) views: Views,
    pub(crate) load: Load,
    pub(crate) token: Option<Token>,
    pub(crate) limits: Limits,
    /// Turns of bodies of events.
    pub(crate) bodies: tokio::sync::Semaphore,
    pub(crate) events: RwLock<Arc<Events>>,
    /// Held while the files are read again.
    pub(crate) reloading: tokio::sync::Mutex<()>,
    /// The report as JSON, of the newest snapshot that was asked for.
    pub(crate) report: RwLock<Option<(Arc<Snapshot>, Arc<str>)>>,
}

/// Turns of bodies of events, all free.
pub(crate) fn bodies() -> tokio::sync::Semaphore {
    tokio::sync::Semaphore::new(events::BODIES)
}

/// The events of a plan, by name.
pub struct Events {
    pub(crate) plan: Arc<Plan>,
    pub(crate) schemas: BTreeMap<String, Schema>,
}

impl Events {
    /// Those that some objective reads.
    pub fn new(plan: Arc<Plan>) -> Events {
        let schemas = plan.events.iter().filter_map(|event| {
            let schema = Schema::new(&plan, &event.name).ok()?;
            Some((event.name.clone(), schema))
        });
        Events { schemas: schemas.collect(), plan }
    }
}

type Shared = Arc<Serving>;

/// Answers until `stop` is done, and then for a few seconds more to whom has asked already.
///
/// # Errors
/// Where the socket fails.
pub async fn serve(
    listener: TcpListener,
    serving: Shared,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let stop = async move {
        stop.await;
        let _ = stopping.send(());
    };
    let server = axum::serve(listener, router(serving)).with_graceful_shutdown(stop);
    let patience = async {
        let _ = stopped.await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        result = server.into_future() => result,
        () = patience => Ok(()),
    }
}

fn router(serving: Shared) -> Router {
    let guarded = Router::new()
        .route("/", get(page))
        .route("/metrics", get(metrics))
        .route("/api/v1/report", get(report))
        .route("/api/v1/events/{name}", post(events::take))
        .route("/-/reload", post(reload))
        .route_layer(middleware::from_fn_with_state(serving.clone(), auth::check));
    // Whoever asks whether it lives has no token.
    let open = Router::new().route("/-/healthy", get(healthy)).route("/-/ready", get(ready));
    guarded.merge(open).fallback(nothing).method_not_allowed_fallback(other_method).with_state(serving)
}

/// What is wrong, as JSON.
pub(crate) fn error(status: StatusCode, message: impl std::fmt::Display) -> Response {
    document(status, &json!({ "error": message.to_string() }))
}

/// A JSON document on one line, with its end: people ask with curl, too.
pub(crate) fn document(status: StatusCode, body: &serde_json::Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], format!("{body}\n")).into_response()
}

fn ended() -> Response {
    error(StatusCode::SERVICE_UNAVAILABLE, "farthing is ending")
}

async fn nothing() -> Response {
    error(
        StatusCode::NOT_FOUND,
        "there is nothing here; there are /, /metrics, /api/v1/report, /api/v1/events/NAME, /-/healthy, /-/ready and \
         /-/reload",
    )
}

async fn other_method() -> Response {
    error(
        StatusCode::METHOD_NOT_ALLOWED,
        "/api/v1/events/NAME and /-/reload are asked with POST, everything else with GET",
    )
}

async fn healthy() -> &'static str {
    "farthing is healthy\n"
}

async fn ready(State(serving): State<Shared>) -> Response {
    match serving.engine.snapshot().await {
        None => ended(),
        Some(snapshot) => match &snapshot.not_durable {
            Some(why) => error(StatusCode::SERVICE_UNAVAILABLE, format!("the state cannot be written: {why}")),
            None => "farthing is ready\n".into_response(),
        },
    }
}

async fn report(State(serving): State<Shared>) -> Response {
    let Some(snapshot) = serving.engine.snapshot().await else { return ended() };
    let known = serving.report.read().unwrap_or_else(PoisonError::into_inner).clone();
    let text = match known.filter(|(of, _)| Arc::ptr_eq(of, &snapshot)) {
        Some((_, text)) => text,
        None => {
            let text: Arc<str> = (serving.views.json)(&snapshot).into();
            *serving.report.write().unwrap_or_else(PoisonError::into_inner) = Some((snapshot, text.clone()));
            text
        }
    };
    ([(header::CONTENT_TYPE, "application/json")], text.to_string()).into_response()
}

async fn page(State(serving): State<Shared>) -> Response {
    let Some(snapshot) = serving.engine.snapshot().await else { return ended() };
    let text = (serving.views.text)(&snapshot);
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            char => escaped.push(char),
        }
    }
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta http-equiv=\"refresh\" content=\"15\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>farthing</title>\n\
         <style>:root {{ color-scheme: light dark }} pre {{ overflow-x: auto }}</style>\n<pre>{escaped}</pre>\n</html>\n"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
    ];
    (headers, page).into_response()
}

async fn metrics(State(serving): State<Shared>, headers: HeaderMap) -> Response {
    let Some(snapshot) = serving.engine.snapshot().await else { return ended() };
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let format = if accepts.contains("application/openmetrics-text") { Format::OpenMetrics } else { Format::Text };
    let text = metrics::text(&serving, &snapshot, format);
    ([(header::CONTENT_TYPE, format.content_type())], Body::from(text)).into_response()
}

async fn reload(State(serving): State<Shared>) -> Response {
    match serving.reload().await {
        Ok(()) => "the files were read again\n".into_response(),
        Err(why) => error(StatusCode::BAD_REQUEST, why),
    }
}

impl Serving {
    /// Reads the files again and goes on with them. It goes on to the end where its caller does not wait for it any
    /// more: an engine and an intake of different plans would refuse all events.
    ///
    /// # Errors
    /// What is wrong with them; then all goes on as before.
    pub async fn reload(self: &Arc<Self>) -> Result<(), String> {
        let serving = self.clone();
        let reloaded = tokio::spawn(async move { serving.reload_all().await });
        reloaded.await.unwrap_or_else(|_| Err(FAILED.to_string()))
    }

    async fn reload_all(&self) -> Result<(), String> {
        // One after the other: of two at once, the engine could take the one last and the intake the other.
        let _reloading = self.reloading.lock().await;
        let load = self.load.clone();
        let plan = tokio::task::spawn_blocking(move || load()).await.map_err(|_| FAILED.to_string())??;
        let plan = Arc::new(plan);
        self.engine.reload(plan.clone()).await?;
        self.scraper.set_filter(crate::run::filter(&plan));
        *self.events.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Events::new(plan));
        Ok(())
    }
}
