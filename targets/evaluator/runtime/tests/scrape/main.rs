//! Scrapes of real sockets, whose other ends behave in all ways.

mod misbehaviour;
mod page;
mod real;
mod reload;
mod server;
mod tls;

use std::{
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use farthing_exposition::{Format, Writer};
use farthing_runtime::scrape::{Filter, Options, Reason, Scrape, Scraper, Series, TargetSpec, write_health};
use server::{Server, respond};

/// Longer than any machine is loaded.
const WAIT: Duration = Duration::from_secs(60);

fn spec(text: &str) -> TargetSpec {
    TargetSpec::parse(text, &Options::default()).unwrap_or_else(|why| panic!("{text}: {why}"))
}

fn all() -> Filter {
    Arc::new(|_: &str| true)
}

fn start(specs: &[String], filter: Filter) -> (Scraper, mpsc::Receiver<Scrape>) {
    let (sender, scrapes) = mpsc::channel();
    let scraper = Scraper::start(specs.iter().map(|text| spec(text)).collect(), filter, move |scrape| {
        let _ = sender.send(scrape);
    });
    (scraper, scrapes)
}

/// The first scrape of one target.
fn once(text: &str) -> Scrape {
    let (_scraper, scrapes) = start(&[text.to_string()], all());
    scrapes.recv_timeout(WAIT).expect("a scrape")
}

fn shown(series: &Series) -> String {
    let labels: Vec<String> = series.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{}{{{}}}", series.name, labels.join(","))
}

#[test]
fn samples_have_the_labels_of_their_target_and_the_time_of_their_scrape() {
    let text = "# TYPE a counter\na_total{instance=\"own\",b=\"\"} 1\na_created{instance=\"own\"} 1790812800\nc 2 1790812800.5\n# EOF\n";
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    let server = Server::start(move |stream, lines, _| {
        *seen.lock().expect("a lock") = lines;
        respond(stream, "200 OK", &["Content-Type: application/openmetrics-text; version=1.0.0"], text.as_bytes());
    });
    let filter: Filter = Arc::new(|name: &str| matches!(name, "a_total" | "c"));
    let (_scraper, scrapes) = start(&[format!("{};node=gpu-1", server.url())], filter);
    let scrape = scrapes.recv_timeout(WAIT).expect("a scrape");
    let batch = scrape.result.expect("a batch");
    let series: Vec<String> = scrape.series.added.iter().map(|series| shown(series)).collect();
    let instance = server.address;
    assert_eq!(
        series,
        [
            format!("a_total{{exported_instance=own,instance={instance},node=gpu-1}}"),
            format!("c{{instance={instance},node=gpu-1}}"),
        ]
    );
    let read: Vec<(u32, f64, i64, Option<i64>)> =
        batch.samples.iter().map(|sample| (sample.series, sample.value, sample.time_ms, sample.created_ms)).collect();
    assert_eq!(read[0], (0, 1.0, scrape.started_ms, Some(1_790_812_800_000)));
    assert_eq!(read[1], (1, 2.0, 1_790_812_800_500, None));
    let asked = asked.lock().expect("a lock").join("\n");
    for line in [
        "get /metrics http/1.1",
        "accept: application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "accept-encoding: gzip",
        "x-prometheus-scrape-timeout-seconds: 10",
    ] {
        assert!(asked.contains(line), "{line} in {asked}");
    }
}

#[test]
fn labels_of_the_exporter_may_win() {
    let server = Server::texts(vec!["a{instance=\"own\"} 1\n".to_string()]);
    let scrape = once(&format!("{};b=c;honor_labels=true", server.url()));
    assert_eq!(shown(&scrape.series.added[0]), "a{b=c,instance=own}");
}

/// What one scrape had: how many new series, samples or a reason, and which series ended.
type Seen = (usize, Result<Vec<u32>, &'static str>, Vec<u32>);

/// Scrapes a server of those texts once for each; none where the machine is too busy for that.
fn play(texts: &[&str]) -> Option<(Server, Scraper, Vec<Seen>)> {
    let server = Server::texts(texts.iter().map(|text| text.to_string()).collect());
    let filter: Filter = Arc::new(|name: &str| name != "unread");
    let (scraper, scrapes) = start(&[format!("{};;interval=1s", server.url())], filter);
    let mut seen = Vec::new();
    while seen.len() < texts.len() {
        let scrape = scrapes.recv_timeout(WAIT).expect("a scrape");
        let read = match &scrape.result {
            Err(error) if error.reason == Reason::Timeout => return None,
            Err(error) => Err(error.reason.as_str()),
            Ok(batch) => Ok(batch.samples.iter().map(|sample| sample.series).collect()),
        };
        seen.push((scrape.series.added.len(), read, scrape.ended));
    }
    Some((server, scraper, seen))
}

#[test]
fn series_end_where_they_are_missing_and_all_where_a_scrape_fails() {
    let texts = ["a 1\nb 2\nunread 3\n", "a 1\n", "", "", "b 2\na 1\n", "not a\nline"];
    let played = (0..10).find_map(|_| play(&texts));
    let (server, scraper, seen) = played.expect("a second for a scrape");
    assert_eq!(
        seen,
        [
            (2, Ok(vec![0, 1]), vec![]),
            (0, Ok(vec![0]), vec![1]),
            (0, Err("status"), vec![0]),
            (0, Err("status"), vec![]),
            (0, Ok(vec![1, 0]), vec![]),
            (0, Err("parse"), vec![0, 1]),
        ]
    );
    let health = scraper.health().remove(0);
    assert_eq!((health.up, health.errors.values().sum::<u64>() >= 3), (Some(false), true), "{health:?}");
    assert_eq!(health.last_error.as_deref(), Some("line 1, column 5: expected a number, found \"a\""));
    let mut writer = Writer::new(Format::Text);
    write_health(&scraper.health(), &mut writer);
    let text = writer.finish();
    let labels = format!("url=\"{}\",reason=\"status\",instance=\"{}\"", server.url(), server.address);
    assert!(text.contains(&format!("farthing_scrape_errors_total{{{labels}}} 2\n")), "{text}");
    assert!(text.contains(&format!(
        "farthing_scrape_up{{url=\"{}\",instance=\"{}\"}} 0\n",
        server.url(),
        server.address
    )));
}

#[test]
fn every_address_of_a_name_is_a_target() {
    let text = |stream, _, _| respond(stream, "200 OK", &[], b"a 1\n");
    let server = Server::start(text);
    let port = server.address.port();
    let six = Server::start_at(&format!("[::1]:{port}"), text).is_ok();
    let (scraper, scrapes) = start(&[format!("dns+http://localhost:{port}/metrics")], all());
    let mut instances = Vec::new();
    let want = format!("127.0.0.1:{port}");
    while !instances.contains(&want) {
        let scrape = scrapes.recv_timeout(WAIT).expect("a scrape");
        let instance = &scrape.target.labels.iter().find(|(name, _)| name == "instance").expect("an instance").1;
        // Where the name has an address of the newer kind that nobody listens at, that one is down.
        assert!(scrape.result.is_ok() || (!six && instance.starts_with("[::1]")), "{scrape:?}");
        instances.push(instance.clone());
    }
    assert!(scraper.health().iter().any(|health| health.up == Some(true)));
}
