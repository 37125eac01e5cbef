//! All parts together, from the start to the end.

use std::{
    collections::BTreeSet,
    fmt,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, RwLock},
    time::Duration,
};

use farthing_gpu::{Change, ChangeKind, Config, Nvml, Sampler};
use farthing_intake::Limits;
use farthing_plan::Plan;
use tokio::net::TcpListener;

use crate::{
    alerts::{AlertsError, Destination, Notifier, NotifierConfig},
    clock::MachineTime,
    engine::{Engine, EngineOptions},
    log::{Level, say},
    scrape::{Filter, Scraper, TargetSpec},
    serve::{Events, Load, Serving, Token, Views, bodies, serve},
    state::OpenError,
};

/// For how long alerts are sent at the end.
const LAST_ALERTS: Duration = Duration::from_secs(5);

/// What is run.
pub struct Options {
    /// What is evaluated at first.
    pub plan: Plan,
    /// Reads the files again.
    pub load: Load,
    /// How reports are shown.
    pub views: Views,
    /// Where it listens.
    pub listen: SocketAddr,
    /// Who may ask; needed where it listens to other machines.
    pub token: Option<Token>,
    /// The folder of the state; without one nothing outlives the process.
    pub state: Option<PathBuf>,
    /// What is asked for metrics.
    pub scrape: Vec<TargetSpec>,
    /// How GPUs are sampled; none where they are not.
    pub gpus: Option<Gpus>,
    /// Who is told of alerts.
    pub alerts: Vec<Destination>,
    /// Where people find it; may be empty.
    pub external_url: String,
    /// How many events a second are taken in the long run.
    pub events_per_second: f64,
    /// How much is taken at once.
    pub limits: Limits,
}

/// How GPUs are sampled.
pub struct Gpus {
    /// The library; none for the system's.
    pub library: Option<PathBuf>,
    /// How often, and where else is looked.
    pub config: Config,
}

/// Why it cannot begin.
#[derive(Debug)]
pub enum RunError {
    /// It listens to other machines, and anybody could ask.
    NoToken(SocketAddr),
    /// The address cannot be listened at.
    Listen(SocketAddr, std::io::Error),
    /// The state cannot be used.
    State(OpenError),
    /// GPUs cannot be sampled as asked.
    Gpus(String),
    /// Alerts cannot be sent as asked.
    Alerts(AlertsError),
    /// The system has no more threads, or the socket failed.
    System(std::io::Error),
    /// The engine ended by itself.
    Engine,
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::NoToken(address) => write!(
                f,
                "{address} can be reached from other machines, and whoever reaches it could add events: name a file with \
                 a token of 16 characters or more by --token-file, or listen at 127.0.0.1"
            ),
            RunError::Listen(address, error) => write!(f, "cannot listen at {address}: {error}"),
            RunError::State(error) => error.fmt(f),
            RunError::Gpus(message) => f.write_str(message),
            RunError::Alerts(error) => error.fmt(f),
            RunError::System(error) => error.fmt(f),
            RunError::Engine => f.write_str(
                "the engine failed: that is a mistake of farthing's, please report it with the lines above. What was \
                 answered as taken is in the state; start it again to go on",
            ),
        }
    }
}

impl std::error::Error for RunError {}

/// The metrics that some flow of a plan reads.
pub(crate) fn filter(plan: &Plan) -> Filter {
    let names: BTreeSet<String> = plan.metrics().map(str::to_string).collect();
    Arc::new(move |name| names.contains(name))
}

/// Runs until it is told to stop by the system: SIGTERM or SIGINT. SIGHUP has it read the files again.
///
/// # Errors
/// Why it cannot begin, or why the socket failed.
pub fn run(options: Options) -> Result<(), RunError> {
    if !options.listen.ip().is_loopback() && options.token.is_none() {
        return Err(RunError::NoToken(options.listen));
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(RunError::System)?;
    runtime.block_on(all(options))
}

async fn all(options: Options) -> Result<(), RunError> {
    let address = options.listen;
    let listener = TcpListener::bind(address).await.map_err(|error| RunError::Listen(address, error))?;
    let plan = Arc::new(options.plan);
    let sampler = options.gpus.map(|gpus| start_gpus(gpus, &plan)).transpose().map_err(RunError::Gpus)?;
    let gpus = sampler.as_ref().map(Sampler::reader);
    let notifier = start_alerts(options.alerts, options.external_url).map_err(RunError::Alerts)?;
    let engine_options = EngineOptions {
        plan: plan.clone(),
        state: options.state.clone(),
        gpus: gpus.clone(),
        notifier: notifier.clone(),
        events_per_second: options.events_per_second,
        time: Arc::new(MachineTime::default()),
    };
    let (engine, thread) = Engine::start(engine_options).map_err(RunError::State)?;
    let sink = engine.clone();
    let scraper = Arc::new(Scraper::start(options.scrape, filter(&plan), move |scrape| sink.scrape(scrape)));
    let serving = Arc::new(Serving {
        engine: engine.clone(),
        scraper: scraper.clone(),
        gpus,
        notifier: notifier.clone(),
        views: options.views,
        load: options.load,
        token: options.token,
        limits: options.limits,
        bodies: bodies(),
        events: RwLock::new(Arc::new(Events::new(plan))),
        reloading: tokio::sync::Mutex::default(),
        report: RwLock::new(None),
    });
    let address = listener.local_addr().unwrap_or(address);
    say(Level::Info, "run", format_args!("listening at http://{address}/"));
    if options.state.is_none() {
        say(Level::Warn, "state", "without --state DIR everything that is counted is lost at the end");
    }
    let told = signals(serving.clone());
    // An engine that failed answers nobody: whoever started farthing has to see that.
    let running = engine.clone();
    let stop = async move {
        tokio::select! {
            () = told => {}
            () = running.ended() => {}
        }
    };
    let served = serve(listener, serving, stop).await;
    say(Level::Info, "run", "stopping");
    scraper.stop();
    engine.stop().await;
    drop(sampler);
    let joined = tokio::task::spawn_blocking(move || thread.join()).await;
    if let Some(notifier) = notifier {
        let _ = tokio::task::spawn_blocking(move || notifier.stop(LAST_ALERTS)).await;
    }
    match joined {
        Ok(Ok(())) => served.map_err(RunError::System),
        _ => Err(RunError::Engine),
    }
}

fn start_gpus(gpus: Gpus, plan: &Plan) -> Result<Sampler, String> {
    let Gpus { library, config } = gpus;
    let reads = filter(plan);
    // Where nobody asked for GPUs, a machine without any is nothing to warn of.
    let wanted = library.is_some() || farthing_gpu::METRICS.iter().any(|metric| reads(metric.name));
    let log = move |change: &Change<'_>| match change.kind {
        ChangeKind::NoLibrary if !wanted => {
            let quiet = "no NVIDIA library here, so no GPUs are sampled (--nvml-library FILE names one, --no-gpu looks \
                         for none)";
            say(Level::Info, "gpu", quiet);
        }
        ChangeKind::Well => say(Level::Info, "gpu", change),
        ChangeKind::NoLibrary | ChangeKind::Ill => say(Level::Warn, "gpu", change),
    };
    Sampler::start(Nvml::new(library), config, log)
}

fn start_alerts(destinations: Vec<Destination>, external_url: String) -> Result<Option<Arc<Notifier>>, AlertsError> {
    if destinations.is_empty() {
        return Ok(None);
    }
    let config = NotifierConfig { destinations, external_url, ..NotifierConfig::default() };
    Notifier::start(config).map(|notifier| Some(Arc::new(notifier)))
}

/// Waits until it is to end, and reads the files again whenever that is asked for.
#[cfg(unix)]
async fn signals(serving: Arc<Serving>) {
    use tokio::signal::unix::{SignalKind, signal};
    let (terminate, hang_up) = (signal(SignalKind::terminate()), signal(SignalKind::hangup()));
    let (Ok(mut terminate), Ok(mut hang_up)) = (terminate, hang_up) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    loop {
        tokio::select! {
            _ = terminate.recv() => return,
            _ = tokio::signal::ctrl_c() => return,
            _ = hang_up.recv() => match serving.reload().await {
                Ok(()) => say(Level::Info, "run", "the files were read again"),
                Err(why) => say(Level::Error, "run", format_args!("the files are not taken: {why}")),
            },
        }
    }
}

/// Waits until it is to end.
#[cfg(not(unix))]
async fn signals(_: Arc<Serving>) {
    let _ = tokio::signal::ctrl_c().await;
}
