//! Events over HTTP.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use serde_json::json;

use crate::{REQUESTS, ROW, process::Farthing, scratch::Scratch};

fn taken(count: u64) -> serde_json::Value {
    json!({ "taken": count, "too_old": 0, "refused": 0, "again": false, "problems": [] })
}

#[test]
fn lines_and_gzip_are_counted() {
    let scratch = Scratch::new();
    let farthing = Farthing::start(&scratch, &["--no-gpu", "--state", "state"]);
    let said = farthing.send(&[], ROW.repeat(3));
    assert_eq!((said.status, said.header("content-type")), (200, Some("application/json")), "{said:?}");
    assert_eq!(said.json(), taken(3));
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(ROW.repeat(1_000).as_bytes()).expect("memory");
    let said = farthing.send(&[("content-encoding", "gzip")], gzip.finish().expect("memory"));
    assert_eq!(said.json(), taken(1_000));
    farthing.shows(REQUESTS, 1_003.0);
    // 100 tokens at $10 for a million.
    farthing.shows(r#"farthing_flow_total{flow="chat/requests.cost",service="chat"}"#, 1.003);
    farthing.shows("farthing_events_total", 1_003.0);
    farthing.shows("farthing_event_batches_total", 2.0);
}

#[test]
fn a_key_counts_once_even_after_a_kill() {
    let scratch = Scratch::new();
    let arguments = ["--no-gpu", "--state", "state"];
    let key = [("idempotency-key", "batch-1")];
    let farthing = Farthing::start(&scratch, &arguments);
    assert_eq!(farthing.send(&key, ROW).json(), taken(1));
    let again = json!({ "taken": 1, "too_old": 0, "refused": 0, "again": true, "problems": [] });
    assert_eq!(farthing.send(&key, ROW).json(), again);
    farthing.kill();
    let farthing = Farthing::start(&scratch, &arguments);
    assert_eq!(farthing.send(&key, ROW).json(), again);
    assert_eq!(farthing.send(&[("idempotency-key", "batch-2")], ROW).json(), taken(1));
    farthing.shows(REQUESTS, 2.0);
    farthing.shows("farthing_event_batches_again_total", 1.0);
    for bad in ["", &"x".repeat(256)] {
        let said = farthing.send(&[("idempotency-key", bad)], ROW);
        assert_eq!(said.status, 400, "{said:?}");
        assert!(said.error().starts_with("Idempotency-Key has 1 to 255"), "{said:?}");
    }
}

#[test]
fn line_17_is_told_and_all_or_the_rest_is_taken() {
    let scratch = Scratch::new();
    let farthing = Farthing::start(&scratch, &["--no-gpu"]);
    let wrong = "{\"model\": \"small\", \"tokens\": \"many\", \"latency\": 20}\n";
    let rows = ROW.repeat(16) + wrong + &ROW.repeat(3);
    let said = farthing.send(&[], &rows);
    assert_eq!(said.status, 400);
    assert_eq!(said.error(), "1 row is wrong, so nothing was taken; `?bad_rows=skip` takes the others");
    let problem = said.json()["problems"][0].clone();
    assert_eq!((&problem["line"], &problem["column"]), (&json!(17), &json!("tokens")), "{problem}");
    let said = farthing.ask("POST", "/api/v1/events/requests?bad_rows=skip", &[], &rows);
    assert_eq!((said.status, &said.json()["taken"], &said.json()["refused"]), (200, &json!(19), &json!(1)), "{said:?}");
    assert_eq!(said.json()["problems"][0], problem);
    farthing.shows(REQUESTS, 19.0);
    farthing.shows("farthing_event_rows_refused_total", 1.0);
    let said = farthing.ask("POST", "/api/v1/events/requests?bad_rows=maybe", &[], ROW);
    assert_eq!((said.status, said.error().contains("`skip`")), (400, true), "{said:?}");
}

#[test]
fn what_is_no_batch_is_refused_with_a_way_out() {
    let scratch = Scratch::new();
    let farthing = Farthing::start(&scratch, &["--no-gpu"]);
    let said = farthing.ask("POST", "/api/v1/events/request", &[], ROW);
    assert_eq!(said.status, 404);
    assert_eq!(said.error(), "there is no event \"request\" (did you mean \"requests\"?); there are: requests");
    let said = farthing.send(&[], format!("[{}]", ROW.trim_end()));
    assert_eq!(said.status, 400);
    assert_eq!(said.error(), "a JSON array; one object a line is needed");
    let said = farthing.send(&[("content-encoding", "br")], ROW);
    assert!(said.status == 415 && said.error().contains("gzip"), "{said:?}");
    let said = farthing.get("/api/v1/events/requests");
    assert_eq!((said.status, said.header("allow")), (405, Some("POST")), "{said:?}");
    assert!(said.error().contains("POST"), "{said:?}");
    assert_eq!(farthing.metric("farthing_events_total"), Some(0.0));
}

#[test]
fn what_is_too_large_is_refused() {
    let scratch = Scratch::new();
    let farthing = Farthing::start(&scratch, &["--no-gpu"]);
    // Small as it is sent, and large as it is meant.
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..80 {
        gzip.write_all(&[b'\n'; 1 << 20]).expect("memory");
    }
    let said = farthing.send(&[("content-encoding", "gzip")], gzip.finish().expect("memory"));
    assert_eq!(said.status, 413, "{said:?}");
    assert!(said.error().contains("16777216 bytes") && said.error().contains("several batches"), "{said:?}");
}

#[test]
fn more_than_is_allowed_for_is_told_to_come_later() {
    let scratch = Scratch::new();
    let farthing = Farthing::start(&scratch, &["--no-gpu", "--events-per-second", "1"]);
    // A batch may overdraw what ten seconds allow; the next one waits.
    assert_eq!(farthing.send(&[], ROW.repeat(100)).status, 200);
    let said = farthing.send(&[], ROW);
    assert_eq!(said.status, 429, "{said:?}");
    let after: u64 = said.header("retry-after").and_then(|after| after.parse().ok()).expect("seconds");
    assert!((1..=90).contains(&after), "{said:?}");
    assert!(said.error().starts_with("too many events; send it again in"), "{said:?}");
}
