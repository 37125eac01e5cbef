//! A webhook that gets what is sent over a socket.

use std::time::Duration;

use farthing_runtime::alerts::{Destination, Kind, Notifier, NotifierConfig};
use serde_json::json;

use crate::{firing, next, notifier, receiver::serve, until};

const NOON: i64 = 1_775_044_800_000;

fn hook(url: &str) -> Destination {
    Destination::webhook(url, None).unwrap()
}

#[test]
fn it_gets_what_receivers_of_alertmanager_read() {
    let (url, got) = serve(vec![Some((200, ""))]);
    let config = NotifierConfig {
        destinations: vec![hook(&format!("{url}/hooks/x?y=1"))],
        external_url: "http://farthing.example.com".into(),
        ..NotifierConfig::default()
    };
    let notifier = Notifier::start(config).unwrap();
    let mut other = firing("fast", NOON);
    other.generator_url = String::new();
    notifier.evaluate(NOON, vec![firing("cheap", NOON), other]);
    let first = next(&got);
    assert_eq!(first.path, "/hooks/x?y=1");
    let alert = |name: &str, url: &str, fingerprint: &str| {
        json!({
            "status": "firing",
            "labels": {"alertname": "ErrorBudgetBurn", "objective": name, "service": "chat", "severity": "page"},
            "annotations": {"summary": format!("{name} burns")},
            "startsAt": "2026-04-01T12:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": url,
            "fingerprint": fingerprint,
        })
    };
    let fingerprint = |index: usize| first.body["alerts"][index]["fingerprint"].as_str().unwrap().to_string();
    let expected = json!({
        "version": "4",
        "groupKey": "{}:{alertname=\"ErrorBudgetBurn\", service=\"chat\"}",
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "farthing",
        "groupLabels": {"alertname": "ErrorBudgetBurn", "service": "chat"},
        "commonLabels": {"alertname": "ErrorBudgetBurn", "service": "chat", "severity": "page"},
        "commonAnnotations": {},
        "externalURL": "http://farthing.example.com",
        "alerts": [
            alert("cheap", "http://localhost:9464/", &fingerprint(0)),
            alert("fast", "http://farthing.example.com", &fingerprint(1)),
        ],
    });
    assert_eq!(first.body, expected);
    notifier.evaluate(NOON + 60_000, vec![]);
    let second = next(&got);
    assert_eq!(second.body["status"], "resolved");
    assert_eq!(second.body["alerts"][0]["status"], "resolved");
    assert_eq!(second.body["alerts"][0]["endsAt"], "2026-04-01T12:01:00Z");
    until("all arrived", || notifier.health()[0].sent == 4);
}

#[test]
fn it_is_tried_again_until_it_gets_through() {
    let (url, got) = serve(vec![Some((503, "")), Some((429, "")), Some((200, ""))]);
    let notifier = notifier(vec![hook(&url)]);
    notifier.evaluate(NOON, vec![firing("cheap", NOON)]);
    for _ in 0..3 {
        assert_eq!(next(&got).body["alerts"][0]["labels"]["objective"], "cheap");
    }
    until("it arrived", || notifier.health()[0].sent == 1);
    let health = &notifier.health()[0];
    assert_eq!((health.kind, health.failed, health.queue, &health.last_error), (Kind::Webhook, 2, 0, &None));
    assert!(health.last_success_ms.is_some());
}

#[test]
fn what_it_does_not_want_is_not_sent_again_and_it_is_said_why() {
    let (url, got) = serve(vec![Some((404, ""))]);
    let notifier = notifier(vec![hook(&url)]);
    notifier.evaluate(NOON, vec![firing("cheap", NOON)]);
    next(&got);
    until("it is counted", || notifier.health()[0].dropped == 1);
    let health = &notifier.health()[0];
    assert_eq!(health.last_error.as_deref(), Some("status 404 Not Found: some words"));
    assert_eq!((health.sent, health.failed, health.queue), (0, 1, 0));
    // Another alert is another matter.
    notifier.evaluate(NOON, vec![firing("cheap", NOON), firing("fast", NOON)]);
    assert_eq!(next(&got).body["alerts"].as_array().unwrap().len(), 2);
}

#[test]
fn a_redirect_is_not_followed() {
    let (url, got) = serve(vec![Some((302, "Location: /elsewhere\r\n"))]);
    let notifier = notifier(vec![hook(&url)]);
    notifier.evaluate(NOON, vec![firing("cheap", NOON)]);
    next(&got);
    until("it is said", || notifier.health()[0].last_error.is_some());
    let error = notifier.health()[0].last_error.clone().unwrap();
    assert!(error.contains("302") && error.contains("the URL to which it leads"), "{error}");
}

#[test]
fn one_that_never_answers_and_one_that_is_not_there_harm_no_other() {
    let (slow, asked) = serve(vec![None]);
    // A port on which nothing listens, for it is reserved.
    let dead = "http://127.0.0.1:1".to_string();
    let (fine, got) = serve(vec![Some((200, ""))]);
    let manager = |url: &str| Destination::alertmanager(url, None).unwrap();
    // The timeout is beyond the test's patience: the slow one would have to be waited for.
    let config = NotifierConfig {
        destinations: vec![manager(&slow), manager(&dead), hook(&slow), hook(&dead), manager(&fine), hook(&fine)],
        timeout: Duration::from_secs(600),
        ..NotifierConfig::default()
    };
    let notifier = Notifier::start(config).unwrap();
    notifier.evaluate(NOON, vec![firing("cheap", NOON)]);
    let mut paths = [next(&got).path, next(&got).path];
    paths.sort();
    assert_eq!(paths, ["/", "/api/v2/alerts"]);
    next(&asked);
    until("both arrived", || notifier.health()[4..].iter().all(|health| health.sent == 1));
    until("the dead are known", || [1, 3].iter().all(|dead| notifier.health()[*dead].last_error.is_some()));
    let health = notifier.health();
    assert!(health[..4].iter().all(|health| health.sent == 0 && health.queue == 1), "{health:?}");
    // What is on its way to the slow one is not waited for either.
    let state = notifier.stop(Duration::ZERO);
    assert_eq!(state.alerts.len(), 1);
}

#[test]
fn one_that_is_too_slow_is_tried_again() {
    let (url, got) = serve(vec![None, Some((200, ""))]);
    let config = NotifierConfig {
        destinations: vec![hook(&url)],
        timeout: Duration::from_millis(200),
        ..NotifierConfig::default()
    };
    let notifier = Notifier::start(config).unwrap();
    notifier.evaluate(NOON, vec![firing("cheap", NOON)]);
    next(&got);
    next(&got);
    until("it failed once", || notifier.health()[0].failed >= 1);
}

#[test]
fn a_graceful_stop_sends_what_can_be_sent() {
    let (url, got) = serve(vec![Some((200, ""))]);
    let notifier = notifier(vec![hook(&url)]);
    notifier.evaluate(NOON, vec![firing("cheap", NOON)]);
    let state = notifier.stop(crate::PATIENCE);
    next(&got);
    assert_eq!(state.destinations.values().next().unwrap().told.len(), 1, "it is known that it was told");
}

#[test]
fn names_passwords_and_tokens_are_sent_and_never_shown() {
    let (url, got) = serve(vec![Some((401, ""))]);
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "s3cret\n").unwrap();
    let of_url = url.replace("http://", "http://me:p%40ss@");
    let destinations = vec![
        Destination::alertmanager(&of_url, None).unwrap(),
        Destination::webhook(&format!("{url}/s3cret"), Some(token)).unwrap(),
    ];
    let notifier = notifier(destinations);
    notifier.evaluate(NOON, vec![firing("cheap", NOON)]);
    let mut sent = [next(&got).authorization.unwrap(), next(&got).authorization.unwrap()];
    sent.sort();
    assert_eq!(sent, ["Basic bWU6cEBzcw==", "Bearer s3cret"]);
    until("both are refused", || notifier.health().iter().all(|health| health.last_error.is_some()));
    let shown = format!("{:?}{:?}", notifier.health(), notifier.state());
    assert!(!shown.contains("s3cret") && !shown.contains("ss@") && !shown.contains("p%40"), "{shown}");
}

#[test]
fn one_destination_twice_is_refused() {
    let twice = vec![hook("http://host/x"), hook("http://host/x")];
    let refused = Notifier::start(NotifierConfig { destinations: twice, ..NotifierConfig::default() });
    assert_eq!(
        refused.err().map(|error| error.to_string()).as_deref(),
        Some("alerts would be sent to http://host twice: leave one out")
    );
    let two = notifier(vec![hook("http://host/x"), hook("http://host/y")]);
    let names: Vec<String> = two.health().into_iter().map(|health| health.name).collect();
    assert_eq!(names, ["http://host", "http://host (2)"]);
}
