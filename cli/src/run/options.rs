//! What `farthing run` takes, and what follows from it.

use std::{fs, net::SocketAddr, path::PathBuf, time::Duration};

use farthing_gpu::Config;
use farthing_plan::Plan;
use farthing_runtime::{
    Gpus, Options,
    alerts::Destination,
    scrape::{self, TargetSpec},
    serve::{Load, Token, Views},
};

use crate::Failure;

/// What the command takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Files, and folders with all .slo files below them. They are compiled together.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<String>,
    /// Where to listen. Beyond this machine a --token-file is needed.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9464")]
    listen: SocketAddr,
    /// A file with the bearer token that whoever asks must have: 16 characters or more.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The folder that keeps the state. Without it everything is lost at the end.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// What to ask for metrics: [dns+]URL[;label=value,...[;option=value,...]].
    #[arg(long, value_name = "URL")]
    scrape: Vec<String>,
    /// How often to ask, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=240))]
    scrape_interval: u64,
    /// An Alertmanager to send alerts to: http://HOST:9093.
    #[arg(long, value_name = "URL")]
    alertmanager: Vec<String>,
    /// A webhook to send alerts to, in Alertmanager's form.
    #[arg(long, value_name = "URL")]
    alert_webhook: Vec<String>,
    /// A file with the bearer token that Alertmanagers and webhooks want.
    #[arg(long, value_name = "FILE")]
    alert_token_file: Option<PathBuf>,
    /// Where people find this farthing, for links in alerts.
    #[arg(long, value_name = "URL", default_value = "")]
    external_url: String,
    /// Do not sample GPUs.
    #[arg(long)]
    no_gpu: bool,
    /// How often to sample GPUs, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 1_000, conflicts_with = "no_gpu")]
    gpu_interval: u64,
    /// NVIDIA's library, where it is not where the system looks.
    #[arg(long, value_name = "FILE", conflicts_with = "no_gpu")]
    nvml_library: Option<PathBuf>,
    /// The name of this node, the label `node` of GPUs.
    #[arg(long, value_name = "NAME")]
    node: Option<String>,
    /// Where the host's /proc is, to find out whose the processes on GPUs are.
    #[arg(long, value_name = "DIR", default_value = "/proc")]
    proc_root: PathBuf,
    /// Where the host's /var/log is, which has the names of its pods.
    #[arg(long, value_name = "DIR", default_value = "/var/log")]
    log_root: PathBuf,
    /// How many events a second to take in the long run.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..))]
    events_per_second: u32,
}

impl Arguments {
    /// What is run.
    ///
    /// # Errors
    /// What is wrong with an argument.
    pub fn options(&self, plan: Plan, load: Load, views: Views) -> Result<Options, Failure> {
        let token = self.token_file.as_ref().map(|path| {
            let text =
                fs::read_to_string(path).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
            let wrong = "is not a token: 16 characters or more, letters, digits and signs of ASCII";
            Token::new(&text).ok_or_else(|| Failure::usage(format!("{} {wrong}", path.display())))
        });
        let interval = Duration::from_secs(self.scrape_interval);
        let defaults = scrape::Options {
            interval,
            timeout: interval.min(scrape::Options::default().timeout),
            ..scrape::Options::default()
        };
        let targets = self.scrape.iter().map(|text| {
            TargetSpec::parse(text, &defaults).map_err(|message| Failure::usage(format!("--scrape {text}: {message}")))
        });
        let config = Config {
            interval: Duration::from_millis(self.gpu_interval),
            node: self.node.clone(),
            proc_root: self.proc_root.clone(),
            log_root: self.log_root.clone(),
            ..Config::default()
        };
        Ok(Options {
            plan,
            load,
            views,
            listen: self.listen,
            token: token.transpose()?,
            state: self.state.clone(),
            scrape: targets.collect::<Result<_, _>>()?,
            gpus: (!self.no_gpu).then(|| Gpus { library: self.nvml_library.clone(), config }),
            alerts: self.destinations()?,
            external_url: self.external_url.clone(),
            events_per_second: f64::from(self.events_per_second),
            limits: farthing_intake::Limits::default(),
        })
    }

    fn destinations(&self) -> Result<Vec<Destination>, Failure> {
        let token = || self.alert_token_file.clone();
        let managers = self.alertmanager.iter().map(|url| Destination::alertmanager(url, token()));
        let webhooks = self.alert_webhook.iter().map(|url| Destination::webhook(url, token()));
        managers.chain(webhooks).collect::<Result<_, _>>().map_err(Failure::usage)
    }
}
