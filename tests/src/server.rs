//! A real Prometheus, and its HTTP API as far as the tests ask it.

use std::{
    fs::File,
    io,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use farthing_plan::Labels;
use serde_json::Value;

use crate::Failure;

/// How long it may take to start before the test fails.
const START: Duration = Duration::from_secs(60);

/// What a machine without Prometheus needs.
pub(crate) const INSTALL: &str = "these tests run a real Prometheus, 2.42 or newer: install its `prometheus` and `promtool` \
                                  into the PATH, on Debian and Ubuntu by `apt-get install prometheus`";

/// A running Prometheus over a folder of blocks. It scrapes nothing, and is killed when dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    address: String,
}

/// A series of a query's answer: its labels, with the name as `__name__`, and values at seconds since the epoch.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its labels.
    pub labels: Labels,
    /// One for an instant query.
    pub values: Vec<(f64, f64)>,
}

impl Server {
    /// Starts `prometheus` over the blocks in `data`, and waits until it answers. An instant selector looks back for a
    /// sample by `look_back`, in seconds.
    ///
    /// # Errors
    /// When there is no such program on the path, or it does not become ready within a minute.
    pub fn start(folder: &Path, data: &Path, look_back: u64) -> Result<Self, Failure> {
        Server::configured(folder, data, look_back, "scrape_configs: []\n")
    }

    /// The same with a configuration of its own: [`Server::start`]'s evaluates no rules.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn configured(folder: &Path, data: &Path, look_back: u64, text: &str) -> Result<Self, Failure> {
        let config = folder.join("prometheus.yml");
        std::fs::write(&config, text)?;
        // Between finding a free port and listening on it, another process may take it: then it exits, and we retry.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            let address = format!("127.0.0.1:{port}");
            let log = File::create(folder.join("prometheus.log"))?;
            let process = Command::new("prometheus")
                .arg(format!("--config.file={}", config.display()))
                .arg(format!("--storage.tsdb.path={}", data.display()))
                .arg(format!("--web.listen-address={address}"))
                .args(["--storage.tsdb.retention.time=100y", "--log.level=warn"])
                .arg(format!("--query.lookback-delta={look_back}s"))
                // The rules over a month are asked for in few queries.
                .args(["--query.max-samples=500000000", "--query.timeout=10m"])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log)
                .spawn()
                .map_err(|error| match error.kind() {
                    io::ErrorKind::NotFound => Failure::new(format!("there is no `prometheus`: {INSTALL}")),
                    _ => Failure::from(error),
                })?;
            let mut server = Server { process, address };
            let began = Instant::now();
            loop {
                if server.get("/-/ready", &[]).is_ok() {
                    return Ok(server);
                }
                if server.process.try_wait()?.is_some() {
                    break;
                }
                if began.elapsed() > START {
                    return Err(Failure::new(format!("prometheus was not ready after {START:?}")));
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        let log = std::fs::read_to_string(folder.join("prometheus.log")).unwrap_or_default();
        Err(Failure::new(format!("prometheus did not start:\n{log}")))
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the expression is at one time, in seconds since the epoch.
    ///
    /// # Errors
    /// When Prometheus refuses the expression or does not answer.
    pub fn instant(&self, expression: &str, at: i64) -> Result<Vec<Answer>, Failure> {
        self.ask("/api/v1/query", &[("query", expression), ("time", &at.to_string())])
    }

    /// What the expression is at each step of a period, its start and end included. Milliseconds since the epoch, and
    /// seconds in the answer.
    ///
    /// # Errors
    /// When Prometheus refuses the expression or does not answer.
    pub fn range(&self, expression: &str, start: i64, end: i64, step: i64) -> Result<Vec<Answer>, Failure> {
        // Prometheus answers at most 11,000 steps at once.
        let mut answers: Vec<Answer> = Vec::new();
        let mut from = start;
        while from <= end {
            let to = end.min(from + step * 10_000);
            let [from_text, to_text, step_text] = [from, to, step].map(|ms| format!("{}.{:03}", ms / 1000, ms % 1000));
            let query = [("query", expression), ("start", &from_text), ("end", &to_text), ("step", &step_text)];
            for part in self.ask("/api/v1/query_range", &query)? {
                match answers.iter_mut().find(|answer| answer.labels == part.labels) {
                    Some(answer) => answer.values.extend(part.values),
                    None => answers.push(part),
                }
            }
            from = to + step;
        }
        Ok(answers)
    }

    /// Each rule that it evaluates: its name, its health (`ok`, `err`, or `unknown` before its first evaluation), and what
    /// went wrong.
    ///
    /// # Errors
    /// When Prometheus does not answer.
    pub fn rules(&self) -> Result<Vec<(String, String, String)>, Failure> {
        let text = self.get("/api/v1/rules", &[])?;
        let answer: Value = serde_json::from_str(&text).map_err(|error| Failure::new(format!("rules: {error}")))?;
        let groups = answer["data"]["groups"].as_array().into_iter().flatten();
        let said = |rule: &Value, field: &str| rule[field].as_str().unwrap_or_default().to_string();
        Ok(groups
            .flat_map(|group| group["rules"].as_array().into_iter().flatten())
            .map(|rule| (said(rule, "name"), said(rule, "health"), said(rule, "lastError")))
            .collect())
    }

    /// How many samples Prometheus reads for an expression at one time: what its `totalQueryableSamples` says.
    ///
    /// # Errors
    /// When Prometheus refuses the expression or does not answer.
    pub fn samples_read(&self, expression: &str, at: i64) -> Result<u64, Failure> {
        let query = [("query", expression), ("time", &at.to_string()), ("stats", "all")];
        let text = self.get("/api/v1/query", &query)?;
        let answer: Value = serde_json::from_str(&text).map_err(|error| Failure::new(format!("stats: {error}")))?;
        let samples = answer["data"]["stats"]["samples"]["totalQueryableSamples"].as_u64();
        samples.ok_or_else(|| Failure::new(format!("{expression}: no statistics: {text}")))
    }

    fn ask(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<Answer>, Failure> {
        let text = self.get(path, query)?;
        let answer: Value = serde_json::from_str(&text).map_err(|error| Failure::new(format!("{path}: {error}")))?;
        if answer["status"] != "success" {
            return Err(Failure::new(format!("{query:?}: {}: {}", answer["errorType"], answer["error"])));
        }
        let result = answer["data"]["result"].as_array().map(Vec::as_slice).unwrap_or_default();
        result
            .iter()
            .map(read)
            .collect::<Option<_>>()
            .ok_or_else(|| Failure::new(format!("{path}: unexpected: {text}")))
    }

    fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<String, Failure> {
        let refused = |error: ureq::Error| Failure::new(format!("{path}: {error}"));
        let mut answer = ureq::get(format!("{}{path}", self.url()))
            .config()
            .http_status_as_error(false)
            .build()
            .query_pairs(query.iter().copied())
            .call()
            .map_err(refused)?;
        let text = answer.body_mut().with_config().limit(1 << 30).read_to_string().map_err(refused)?;
        // Errors of queries come as JSON with a status of 4xx; what is no JSON is a server that is not ready yet.
        match answer.status().as_u16() {
            200 => Ok(text),
            _ if text.starts_with('{') => Ok(text),
            status => Err(Failure::new(format!("{path}: status {status}: {text}"))),
        }
    }
}

/// One element of `data.result`, of a vector or a matrix.
fn read(element: &Value) -> Option<Answer> {
    let labels = element["metric"].as_object()?.iter();
    let labels =
        labels.map(|(name, value)| Some((name.clone(), value.as_str()?.to_string()))).collect::<Option<_>>()?;
    let pair = |pair: &Value| Some((pair[0].as_f64()?, pair[1].as_str()?.parse().ok()?));
    let values = match element["values"].as_array() {
        Some(values) => values.iter().map(pair).collect::<Option<_>>()?,
        None => vec![pair(&element["value"])?],
    };
    Some(Answer { labels, values })
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing is written while it runs, so nothing is lost by killing it; an error says that it is gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
