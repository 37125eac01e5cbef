//! A real Prometheus: as an exporter of its own metrics, and as another reader of the same exporter.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    WAIT, all, once,
    server::{Server, respond},
    start,
};

struct Prometheus {
    process: Child,
    folder: PathBuf,
    url: String,
}

impl Prometheus {
    fn start(name: &str, config: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("farthing-scrape-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join("prometheus.yml");
        fs::write(&file, config).expect("a file");
        let address = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
        let process = Command::new("prometheus")
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("prometheus is there: scripts/test installs it");
        Prometheus { process, folder, url: format!("http://{address}") }
    }

    /// Asks until the answer is as wanted.
    fn ask<T>(&self, path: &str, wanted: impl Fn(&Value) -> Option<T>) -> T {
        let asking = Instant::now();
        loop {
            let text = ureq::get(format!("{}{path}", self.url))
                .call()
                .and_then(|mut answer| answer.body_mut().read_to_string());
            let answer = text.ok().and_then(|text| serde_json::from_str(&text).ok());
            if let Some(wanted) = answer.as_ref().and_then(&wanted) {
                return wanted;
            }
            assert!(asking.elapsed() < WAIT, "{path}: {answer:?}");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn prometheus_can_be_scraped() {
    let prometheus = Prometheus::start("itself", "global: {}\n");
    let (_scraper, scrapes) = start(&[format!("{};;interval=200ms", prometheus.url)], all());
    // It takes its time to start.
    let (scrape, batch) = loop {
        let scrape = scrapes.recv_timeout(WAIT).expect("a scrape");
        match scrape.result.clone() {
            Ok(batch) => break (scrape, batch),
            Err(error) => assert!(matches!(error.reason.as_str(), "connect" | "status" | "timeout"), "{error}"),
        }
    };
    assert!(batch.samples.len() > 200, "{}", batch.samples.len());
    assert_eq!((batch.samples.len(), batch.duplicates), (batch.read, 0));
    let build = scrape.series.added.iter().find(|series| series.name == "prometheus_build_info").expect("its version");
    let instance = prometheus.url.strip_prefix("http://").expect("a URL").to_string();
    assert!(build.labels.contains(&("instance".to_string(), instance)));
}

/// Answers `/N/...` with the text of that number, as OpenMetrics where the path ends so.
fn exporter(texts: Vec<String>) -> Server {
    Server::start(move |stream, lines, _| {
        let path = lines[0].split(' ').nth(1).unwrap_or_default().to_string();
        let text =
            path.split('/').nth(1).and_then(|number| number.parse().ok()).and_then(|number: usize| texts.get(number));
        let kind = if path.ends_with("openmetrics") {
            "application/openmetrics-text; version=1.0.0"
        } else {
            "text/plain; version=0.0.4"
        };
        match text {
            Some(text) => respond(stream, "200 OK", &[&format!("Content-Type: {kind}")], text.as_bytes()),
            None => respond(stream, "404 Not Found", &[], b""),
        }
    })
}

fn config(server: &Server, paths: &[String]) -> String {
    let mut config = "global: {scrape_interval: 1s}\nscrape_configs:\n".to_string();
    for path in paths {
        let _ = writeln!(
            config,
            "- {{job_name: '{path}', metrics_path: '{path}', static_configs: [{{targets: ['{}'], labels: {{node: n}}}}]}}",
            server.address
        );
    }
    config
}

#[test]
fn both_find_the_same_series() {
    let text = "# TYPE a counter\na{instance=\"own\",exported_node=\"x\",node=\"y\",empty=\"\"} 1\n\
        b{t=\"\\\\ \\n \\\" \\t ü\",} 2.5e3\nc{job=\"j\",exported_job=\"k\"} -Inf\nd { u = \"v\" }\t+Inf\ne_created 5\n# nothing\n\nf NaN\n";
    let server = exporter(vec![text.to_string()]);
    let prometheus = Prometheus::start("series", &config(&server, &["/0/text".to_string()]));
    let series = |answer: &Value| -> Option<BTreeSet<BTreeMap<String, String>>> {
        let all = answer["data"].as_array().filter(|all| all.len() > 5)?;
        let own = all.iter().map(|labels| serde_json::from_value(labels.clone()).expect("labels"));
        // What Prometheus says of the scrape itself.
        Some(
            own.filter(|labels: &BTreeMap<String, String>| {
                labels["__name__"] != "up" && !labels["__name__"].starts_with("scrape_")
            })
            .collect(),
        )
    };
    let theirs = prometheus.ask("/api/v1/series?match[]=%7Bnode%3D%22n%22%7D", series);
    let scrape = once(&format!("http://{}/0/text;node=n,job=/0/text", server.address));
    let ours: BTreeSet<BTreeMap<String, String>> = scrape
        .series
        .added
        .iter()
        .map(|series| series.labels.iter().cloned().chain([("__name__".to_string(), series.name.clone())]).collect())
        .collect();
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), 6);
}

#[test]
fn both_refuse_the_same_lines() {
    let lines = [
        "a 1",
        "a",
        "a x",
        "a{} 1",
        "a{b=\"c\"} 1",
        "a{b=\"c\",} 1",
        "a{,} 1",
        "a{b=\"c\" d=\"e\"} 1",
        "a{b=c} 1",
        "a{b} 1",
        "a{b=\"c\"1",
        "a{b=\"c\"}1",
        "a{b=\"c} 1",
        "a{b=\"\\x\"} 1",
        "a{1=\"\"} 1",
        "a{b:c=\"\"} 1",
        "a:b 1",
        "1a 1",
        "a-b 1",
        "a{b=\"c\",b=\"d\"} 1",
        "a 1e3",
        "a 0x10",
        "a 1_0",
        "a nan",
        "a inf",
        "a +Inf",
        "a 1 2 3",
        "a 1 1.5",
        "a 1 x",
        "a 1\r",
        "# TYPE a counter",
        "# TYPE a thing",
        "# TYPE a",
        "# HELP a",
        "# HELP a help",
        "<html>",
        "a{b=\"ü\"} 1",
        "a .5",
        "a 5.",
        "a -",
        "a{b =\"c\"} 1",
        "a{__name__=\"b\"} 1",
        "a 1 # {} 1",
        "a_total 1 # {x=\"y\"} 1 5.5",
        "a 1 # x",
        "  a 1",
        "a {b=\"c\"} 1",
        "a{ b = \"c\" } 1",
        "a\t1",
        "a  1",
        "a 1 ",
        "a 1\t2 ",
        "",
        "# nothing",
        "#nothing",
        "#",
        "# TYPE",
        "# UNIT a b",
        "# UNIT",
        " # x",
        "a{b=\"\t\"} 1",
        "a{} 1 5 ",
        "{b=\"c\"} 1",
        "{} 1",
        "a{b=\"c\"} {d=\"e\"} 1",
        "a{b=\"c\"}",
        "a 1 -5",
        "a 1 9999999999999999999999",
        "a{b=\"\\\"} 1",
        "a{B_1=\"c\"} 1",
        "_:a1 1",
        "a infinity",
        "a 1e999",
        "a 1d",
        "a 1f",
        "a +1",
        "a 1 +5",
        "\u{feff}a 1",
        "a\u{a0}1",
    ];
    let mut texts: Vec<String> = lines.iter().map(|line| format!("ok 1\n{line}\n")).collect();
    texts.extend(lines.iter().map(|line| format!("ok 1\n{line}\n# EOF\n")));
    texts.extend([
        "".to_string(),
        "# EOF\n".to_string(),
        "# EOF".to_string(),
        "# EOF\na 1\n".to_string(),
        "ok 1".to_string(),
    ]);
    let server = exporter(texts.clone());
    let paths: Vec<String> =
        (0..texts.len()).flat_map(|at| [format!("/{at}/text"), format!("/{at}/openmetrics")]).collect();
    let prometheus = Prometheus::start("lines", &config(&server, &paths));
    let theirs = prometheus.ask("/api/v1/targets", |answer| -> Option<BTreeMap<String, String>> {
        let targets = answer["data"]["activeTargets"].as_array().filter(|all| all.len() == paths.len())?;
        let health = |target: &Value| {
            let health = target["health"].as_str().filter(|health| *health != "unknown")?;
            let error = target["lastError"].as_str().unwrap_or_default();
            Some((target["labels"]["job"].as_str()?.to_string(), format!("{health} {error}").trim().to_string()))
        };
        targets.iter().map(health).collect()
    });
    let mut differ = Vec::new();
    for path in &paths {
        let at: usize = path.split('/').nth(1).and_then(|at| at.parse().ok()).expect("a number");
        let line = lines.get(at % lines.len()).filter(|_| at < 2 * lines.len()).unwrap_or(&"");
        let known = if path.ends_with("text") { FORGIVEN_TEXT } else { FORGIVEN_OPENMETRICS };
        let ours = once(&format!("http://{}{path}", server.address)).result;
        if ours.is_ok() != theirs[path].starts_with("up") && !known.contains(line) && !REFUSED.contains(line) {
            differ.push(format!("{path} {:?}: {} but {ours:?}", texts[at], theirs[path]));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

/// What Prometheus refuses in its own format and is taken here: blanks, and signs of times, which the format has.
const FORGIVEN_TEXT: &[&str] = &["  a 1", "a 1 -5", "a 1 +5"];

/// In OpenMetrics, blanks, comments, and what is passed over anyway.
const FORGIVEN_OPENMETRICS: &[&str] = &[
    "a{b=\"c\",} 1",
    "a{b=\"c\"}1",
    "a{b =\"c\"} 1",
    "  a 1",
    "a {b=\"c\"} 1",
    "a{ b = \"c\" } 1",
    "a\t1",
    "a  1",
    "a 1 ",
    "a 1\t2 ",
    "a{} 1 5 ",
    "",
    "# nothing",
    "#nothing",
    "#",
    " # x",
    "# TYPE",
    "# UNIT",
    "# HELP a",
    "# UNIT a b",
    "a 1 # {} 1",
];

/// What Prometheus takes, at least some of its versions, and is refused here: labels without a comma, and times beyond
/// all calendars.
const REFUSED: &[&str] = &["a{b=\"c\" d=\"e\"} 1", "a 1 9999999999999999999999"];
