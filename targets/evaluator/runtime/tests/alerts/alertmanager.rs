//! A real Alertmanager: what it says that fires, and what it silences.

use std::{
    fs::{self, File},
    io,
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

use farthing_runtime::alerts::{Destination, Notifier, NotifierState};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{firing, notifier, until};

/// What a machine without Alertmanager needs.
const INSTALL: &str = "these tests run a real Alertmanager, 0.25 or newer: install it into the PATH as \
                       `prometheus-alertmanager`, on Debian and Ubuntu by `apt-get install prometheus-alertmanager`, or as \
                       `alertmanager`";

/// Its configuration: nobody is told.
const CONFIGURATION: &str = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n";

struct Manager {
    process: Child,
    folder: TempDir,
    port: u16,
}

impl Manager {
    fn start() -> Manager {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("alertmanager.yml"), CONFIGURATION).unwrap();
        // Between finding a free port and listening on it, another process may take it: then it exits, and we retry.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            if let Some(process) = run(&folder, port) {
                return Manager { process, folder, port };
            }
        }
        panic!("it did not start: {}", fs::read_to_string(folder.path().join("log")).unwrap_or_default());
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it again, without what it knew, on the port it had.
    fn start_again(&mut self) {
        fs::remove_dir_all(self.folder.path().join("data")).unwrap();
        self.process = run(&self.folder, self.port).expect("its port is still free");
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/prefix", self.port)
    }

    fn alerts(&self) -> Vec<Value> {
        let text = get(&format!("{}/api/v2/alerts", self.url())).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// The objectives of the alerts that it has for firing.
    fn firing(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.alerts().iter().map(|alert| alert["labels"]["objective"].as_str().unwrap().to_string()).collect();
        names.sort();
        names
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn get(url: &str) -> Result<String, ureq::Error> {
    ureq::get(url).call()?.body_mut().read_to_string()
}

/// Starts it, and waits until it answers; none where it exits.
fn run(folder: &TempDir, port: u16) -> Option<Child> {
    let mut process = spawn(folder, port).unwrap_or_else(|error| panic!("{error}: {INSTALL}"));
    let mut exited = false;
    until("Alertmanager", || {
        exited = process.try_wait().unwrap().is_some();
        exited || get(&format!("http://127.0.0.1:{port}/prefix/-/ready")).is_ok()
    });
    (!exited).then_some(process)
}

fn spawn(folder: &TempDir, port: u16) -> io::Result<Child> {
    let mut last = Err(io::ErrorKind::NotFound.into());
    for name in ["prometheus-alertmanager", "alertmanager"] {
        last = Command::new(name)
            .arg(format!("--config.file={}", folder.path().join("alertmanager.yml").display()))
            .arg(format!("--storage.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            // One that waits for no others.
            .args(["--cluster.listen-address=", "--web.route-prefix=/prefix", "--log.level=warn"])
            .arg(format!("--web.external-url=http://127.0.0.1:{port}/prefix"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.path().join("log"))?)
            .spawn();
        if !matches!(&last, Err(error) if error.kind() == io::ErrorKind::NotFound) {
            return last;
        }
    }
    last
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}

fn towards(manager: &Manager) -> Notifier {
    notifier(vec![Destination::alertmanager(&manager.url(), None).unwrap()])
}

#[test]
fn an_alert_appears_is_silenced_and_is_resolved() {
    let manager = Manager::start();
    let notifier = towards(&manager);
    let start = now() - 60_000;
    notifier.evaluate(now(), vec![firing("cheap", start), firing("fast", start)]);
    until("both fire", || manager.firing() == ["cheap", "fast"]);
    let alerts = manager.alerts();
    let cheap = alerts.iter().find(|alert| alert["labels"]["objective"] == "cheap").unwrap();
    let own = firing("cheap", start);
    assert_eq!(cheap["labels"], json!(own.labels));
    assert_eq!(cheap["annotations"], json!(own.annotations));
    assert_eq!(cheap["generatorURL"], own.generator_url.as_str());
    assert_eq!(cheap["status"]["state"], "active");
    // A silence of one objective.
    let matcher = |name: &str, value: &str| json!({"name": name, "value": value, "isRegex": false, "isEqual": true});
    let silence = json!({
        "matchers": [matcher("alertname", "ErrorBudgetBurn"), matcher("objective", "cheap")],
        "startsAt": "2026-01-01T00:00:00Z",
        "endsAt": "2099-01-01T00:00:00Z",
        "createdBy": "a test",
        "comment": "known",
    });
    let silences = format!("{}/api/v2/silences", manager.url());
    ureq::post(&silences).header("Content-Type", "application/json").send(silence.to_string()).unwrap();
    let state = |name: &str| -> String {
        let alerts = manager.alerts();
        let of = alerts.iter().find(|alert| alert["labels"]["objective"] == name).unwrap();
        of["status"]["state"].as_str().unwrap().to_string()
    };
    until("one is silenced", || state("cheap") == "suppressed");
    assert_eq!(state("fast"), "active");
    // What ends now has ended a moment later, by its clock.
    notifier.evaluate(now() - 1, vec![firing("fast", start)]);
    until("one is resolved", || manager.firing() == ["fast"]);
}

#[test]
fn it_calls_an_alert_by_the_fingerprint_that_webhooks_are_told() {
    let (url, got) = crate::receiver::serve(vec![Some((200, ""))]);
    let manager = Manager::start();
    let notifier = notifier(vec![
        Destination::alertmanager(&manager.url(), None).unwrap(),
        Destination::webhook(&url, None).unwrap(),
    ]);
    let mut odd = firing("cheap", now());
    odd.labels.insert("model".into(), "größe \"7B\"\n{{ x }}".into());
    notifier.evaluate(now(), vec![odd]);
    until("it fires", || manager.alerts().len() == 1);
    assert_eq!(crate::next(&got).body["alerts"][0]["fingerprint"], manager.alerts()[0]["fingerprint"]);
}

#[test]
fn one_that_was_away_hears_what_fires_and_what_ended() {
    let mut manager = Manager::start();
    let notifier = towards(&manager);
    let start = now() - 120_000;
    notifier.evaluate(start, vec![firing("cheap", start), firing("fast", start)]);
    until("both fire", || manager.firing() == ["cheap", "fast"]);
    manager.kill();
    // A minute later, by the notifier's clock: what fires is sent again, and cannot arrive.
    notifier.evaluate(start + 60_000, vec![firing("fast", start)]);
    until("it is missed", || notifier.health()[0].failed > 0);
    assert_eq!(notifier.health()[0].queue, 2);
    assert!(notifier.health()[0].last_error.is_some());
    manager.start_again();
    until("what fires is known again", || manager.firing() == ["fast"]);
    until("nothing waits", || notifier.health()[0].queue == 0);
}

#[test]
fn after_a_restart_of_our_own_what_ended_meanwhile_is_resolved() {
    let manager = Manager::start();
    let first = towards(&manager);
    let start = now() - 60_000;
    first.evaluate(now(), vec![firing("cheap", start)]);
    until("it fires", || manager.firing() == ["cheap"]);
    let state = serde_json::to_string(&first.stop(crate::PATIENCE)).unwrap();
    let second = towards(&manager);
    second.restore(serde_json::from_str::<NotifierState>(&state).unwrap());
    second.evaluate(now() - 1, vec![]);
    until("it is resolved", || manager.alerts().is_empty());
}

#[test]
fn many_alerts_arrive_in_several_requests() {
    let manager = Manager::start();
    let notifier = towards(&manager);
    let many = (0..500).map(|index| firing(&format!("o{index}"), now())).collect();
    notifier.evaluate(now(), many);
    until("all fire", || manager.alerts().len() == 500);
    until("all are counted", || notifier.health()[0].sent == 500);
    assert_eq!(notifier.health()[0].failed, 0);
}
