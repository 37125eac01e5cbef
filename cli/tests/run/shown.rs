//! What it shows: metrics, the report, a page, and whether it is well.

use std::{
    io::Write as _,
    process::{Command, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

use farthing_exposition::Format;
use serde_json::Value;

use crate::{
    ROW, SLO,
    process::Farthing,
    scratch::{Said, Scratch},
};

/// What promtool says of metrics; none where there is none.
fn promtool(text: &str) -> Option<Said> {
    let mut command = Command::new("promtool");
    let command = command.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut child) = command.stderr(Stdio::piped()).spawn() else {
        // Not by a macro, whose text is shown for tests that fail only.
        let _ = std::io::stderr().write_all(b"\nNOT TESTED WITH PROMTOOL: it is not installed\n");
        return None;
    };
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("promtool reads");
    let output = child.wait_with_output().expect("promtool ends");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Some(Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) })
}

/// The series of OpenMetrics or Prometheus text, each of which is there once.
fn series(text: &str, format: Format) -> Vec<String> {
    let mut all = Vec::new();
    let read = farthing_exposition::parse(text.as_bytes(), format, &Default::default(), &mut |sample| {
        all.push(format!("{:?}", farthing_exposition::named(sample.series)?));
        Ok(())
    });
    read.unwrap_or_else(|error| panic!("{error}\n{text}"));
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count, "a series is there twice:\n{text}");
    all
}

#[test]
fn metrics_are_what_prometheus_reads() {
    let scratch = Scratch::new();
    let farthing = Farthing::start(&scratch, &["--state", "state"]);
    assert_eq!(farthing.send(&[], ROW.repeat(3)).status, 200);
    farthing.shows("farthing_events_total", 3.0);
    for (accept, content_type, format) in [
        ("", "text/plain; version=0.0.4; charset=utf-8", Format::Text),
        ("text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "text/plain; version=0.0.4; charset=utf-8", Format::Text),
        (
            "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Format::OpenMetrics,
        ),
    ] {
        let said = farthing.ask("GET", "/metrics", &[("accept", accept)], "");
        assert_eq!((said.status, said.header("content-type")), (200, Some(content_type)), "{accept}");
        assert_eq!(said.body.ends_with("# EOF\n"), format == Format::OpenMetrics);
        assert!(series(&said.body, format).len() > 40);
        if let (Format::Text, Some(checked)) = (format, promtool(&said.body)) {
            assert_eq!((checked.code, checked.err.as_str()), (Some(0), ""), "{checked:?}");
        }
    }
}

#[test]
fn histograms_have_the_bounds_of_objectives() {
    let scratch = Scratch::new();
    let twice = "  objective quick      { 90% of requests have latency < 250 ms  over 1d }\n}";
    scratch.file("a.slo", SLO.trim_end().trim_end_matches('}').to_string() + twice);
    let farthing = Farthing::start(&scratch, &["--no-gpu"]);
    let rows: String = [("a", 100, 100), ("a", 100, 250), ("b", 300, 499), ("b", 301, 900)]
        .map(|(model, tokens, ms)| format!("{{\"model\": \"{model}\", \"tokens\": {tokens}, \"latency\": {ms}}}\n"))
        .concat();
    assert_eq!(farthing.send(&[], rows).status, 200);
    farthing.shows("farthing_events_total", 4.0);
    let text = farthing.get("/metrics").body;
    let shown: Vec<&str> = text.lines().filter(|line| line.starts_with("farthing_event_value")).collect();
    // What is exactly at the bound does not meet `<`.
    let of =
        |field: &str| format!("farthing_event_value_bucket{{field=\"{field}\",flow=\"chat/requests\",service=\"chat\"");
    let (latency, cost) = (of("latency"), of("cost"));
    let expected = [
        format!("{latency},le=\"0.25\"}} 1"),
        format!("{latency},le=\"0.5\"}} 3"),
        format!("{latency},le=\"+Inf\"}} 4"),
        format!("{cost},le=\"0.003\",model=\"a\"}} 2"),
        format!("{cost},le=\"0.003\",model=\"b\"}} 0"),
        format!("{cost},le=\"+Inf\",model=\"b\"}} 2"),
    ];
    for line in expected {
        assert!(shown.contains(&line.as_str()), "{line}\n{}", shown.join("\n"));
    }
}

#[test]
fn labels_of_the_same_name_are_told_apart() {
    let scratch = Scratch::new();
    let own = SLO
        .replace("model:   label", "window:  label\n  le:      label")
        .replace("over 1d by model", "over 1d by window, le");
    scratch.file("a.slo", own);
    let farthing = Farthing::start(&scratch, &["--no-gpu"]);
    let row = "{\"window\": \"small\", \"le\": \"x\", \"tokens\": 100, \"latency\": 20}\n";
    assert_eq!(farthing.send(&[], row).status, 200);
    farthing.shows("farthing_events_total", 1.0);
    let text = farthing.get("/metrics").body;
    series(&text, Format::Text);
    assert!(text.contains("le=\"+Inf\",exported_le=\"x\",window=\"small\""), "{text}");
}

/// A document without its numbers and texts: which keys it has, and of what its lists are.
fn shape(value: &Value) -> Value {
    match value {
        // The past of a live one begins when it does.
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(name, _)| *name != "history");
            fields.map(|(name, value)| (name.clone(), shape(value))).collect()
        }
        Value::Array(items) => items.iter().take(1).map(shape).collect(),
        _ => Value::Null,
    }
}

#[test]
fn the_report_is_that_of_backtest() {
    let scratch = Scratch::new();
    scratch.file("a.slo", SLO.replace("model:   label", "at:      time\n  model:   label"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    // Verdicts are of whole ten minutes: the last event is some minutes before the last one that has ended.
    let rows: String = (0..100)
        .map(|row| {
            let (at, tokens) = (now - 7_200 + 60 * row, 100 + row * 2);
            format!("{{\"at\": {at}, \"model\": \"a\", \"tokens\": {tokens}, \"latency\": {}}}\n", row * 10)
        })
        .collect();
    scratch.file("events.jsonl", &rows);
    let farthing = Farthing::start(&scratch, &["--no-gpu"]);
    assert_eq!(farthing.send(&[], &rows).status, 200);
    farthing.shows("farthing_events_total", 100.0);
    let said = farthing.get("/api/v1/report");
    assert_eq!((said.status, said.header("content-type")), (200, Some("application/json")));
    let live = said.json();
    let replayed = scratch.run(&["backtest", "a.slo", "--events", "events.jsonl", "--format", "json"]).json();
    // Which alerts there are depends on what was known when.
    let mut shapes = [shape(&live), shape(&replayed)];
    for shape in &mut shapes {
        shape["alerts_fired"].take();
        shape["notes"].take();
    }
    let [live_shape, replayed_shape] = shapes.map(|shape| serde_json::to_string_pretty(&shape).expect("JSON"));
    for (number, (live, replayed)) in live_shape.lines().zip(replayed_shape.lines()).enumerate() {
        assert_eq!(live, replayed, "line {number} of\n{live_shape}");
    }
    assert_eq!(live_shape.lines().count(), replayed_shape.lines().count());
    assert_eq!(live["digest"], replayed["digest"]);
    let verdicts = |report: &Value| -> Vec<Value> {
        let objectives = report["services"][0]["objectives"].as_array().expect("objectives").clone();
        let verdict = |objective: &Value| objective["verdicts"][0].clone();
        let kept = ["numerator", "denominator", "consumed", "measured", "met", "labels"];
        objectives.iter().map(verdict).map(|of| kept.iter().map(|name| of[*name].clone()).collect()).collect()
    };
    assert_eq!(verdicts(&live), verdicts(&replayed));
    assert!(verdicts(&live)[0][1] == 100.0, "{live}");
    // By a clock that runs.
    let at = live["at_ms"].as_u64().expect("a time") / 1_000;
    assert!((now - 60..=now + 600).contains(&at), "{at} is not about {now}");
}

#[test]
fn the_page_is_text_and_no_markup() {
    let scratch = Scratch::new();
    scratch.file("a.slo", SLO.replace("  policy", "  title \"<script>alert(1)</script> & more\"\n  policy"));
    let farthing = Farthing::start(&scratch, &["--no-gpu"]);
    let page = farthing.get("/");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.header("content-security-policy").is_some_and(|policy| policy.contains("default-src 'none'")));
    assert!(page.body.contains("&lt;script>alert(1)&lt;/script> &amp; more"), "{}", page.body);
    assert!(!page.body.contains("<script"), "{}", page.body);
    assert!(page.body.contains("affordable"), "{}", page.body);
}

#[test]
fn it_is_healthy_and_ready() {
    let scratch = Scratch::new();
    let farthing = Farthing::start(&scratch, &["--no-gpu", "--state", "state"]);
    for (path, body) in [("/-/healthy", "farthing is healthy\n"), ("/-/ready", "farthing is ready\n")] {
        let said = farthing.get(path);
        assert_eq!((said.status, said.body.as_str()), (200, body));
    }
    let said = farthing.get("/metric");
    assert_eq!(said.status, 404);
    assert!(said.error().contains("/metrics"), "{said:?}");
}
