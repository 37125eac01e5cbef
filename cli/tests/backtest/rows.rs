//! Events that are not as they should be: each a message with its place and a way out, and exit code 1.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};

use crate::scratch::{Said, Scratch};

const SLO: &str = r#"
event requests {
  at:      time from "TIMESTAMP"
  outcome: label in { "ok", "failed" }
  tokens:  output_token from "GeneratedTokens"
  cost = tokens * $10.00 per 1M output_token
}

service chat {
  policy { page when burning 25% over 2h and 10m }
  objective cheap { 99% of requests { outcome = "ok" } have cost < $0.003  over 1d }
}
"#;

const HEADER: &str = "TIMESTAMP,outcome,GeneratedTokens\n";
const ROW: &str = "2026-10-01T00:00:10Z,ok,100\n";

fn judged(bytes: impl AsRef<[u8]>, more: &[&str]) -> Said {
    let scratch = Scratch::new();
    scratch.file("a.slo", SLO).file("trace", bytes);
    let mut arguments = vec!["backtest", "a.slo", "--events", "trace"];
    arguments.extend(more);
    let said = scratch.run(&arguments);
    assert!(said.code == Some(0) || said.out.is_empty(), "a result beside an error: {said:?}");
    said
}

/// The message about a file, whose exit code is 1.
fn refused(bytes: impl AsRef<[u8]>) -> String {
    let said = judged(bytes, &[]);
    assert_eq!(said.code, Some(1), "{said:?}");
    said.err
}

#[test]
fn bad_input_has_a_place_and_a_way_out() {
    let rows = |row: &str| format!("{HEADER}{ROW}{row}\n");
    let json =
        |line: &str| format!("{{\"TIMESTAMP\": 1790812810, \"outcome\": \"ok\", \"GeneratedTokens\": 1}}\n{line}\n");
    let all = [
        ("empty file", String::new()),
        ("only white space", "\n \n".to_string()),
        ("only a header", HEADER.to_string()),
        ("missing column", HEADER.replace("Generated", "generated_") + ROW),
        ("no such column at all", "a,b\n1,2\n".to_string()),
        ("duplicate header", format!("TIMESTAMP,{HEADER}{ROW}")),
        ("bad number", rows("2026-10-01T00:00:11Z,ok,12x4")),
        ("empty number", rows("2026-10-01T00:00:11Z,ok,")),
        ("thousands", rows("2026-10-01T00:00:11Z,ok,\"1,234\"")),
        ("no number to add up", rows("2026-10-01T00:00:11Z,ok,NaN")),
        ("unparsable timestamp", rows("yesterday,ok,1")),
        ("microseconds", rows("1790812810000000,ok,1")),
        ("label not allowed", rows("2026-10-01T00:00:11Z,fine,1")),
        ("too few cells", rows("2026-10-01T00:00:11Z,ok")),
        ("too many cells", rows("2026-10-01T00:00:11Z,ok,1,2")),
        ("open quote", rows("2026-10-01T00:00:11Z,\"ok,1\n2026-10-01T00:00:12Z,ok,1")),
        ("out of order", rows("2026-09-30T22:00:00Z,ok,1")),
        ("invalid JSON", json("{\"TIMESTAMP\": 1790812811, ")),
        (
            "JSON text as number",
            json("{\"TIMESTAMP\": 1790812811, \"outcome\": \"ok\", \"GeneratedTokens\": \"many\"}"),
        ),
        ("JSON null as number", json("{\"TIMESTAMP\": 1790812811, \"outcome\": \"ok\", \"GeneratedTokens\": null}")),
        ("JSON without a key", json("{\"TIMESTAMP\": 1790812811, \"outcome\": \"ok\", \"generatedTokens\": 1}")),
        ("JSON key twice", json("{\"TIMESTAMP\": 1790812811, \"TIMESTAMP\": 1}")),
        ("JSON that is no object", json("12")),
        ("JSON array", "[{}]".to_string()),
        ("control characters", rows("2026-10-01T00:00:11Z,\u{1b}[2Jok,1")),
    ];
    let mut text = String::new();
    for (name, file) in all {
        text.push_str(&format!("# {name}\n{}\n", refused(file)));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn bytes_that_are_no_text_are_named() {
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(HEADER.bytes().flat_map(|byte| [byte, 0])).collect();
    assert!(refused(&utf16).contains("UTF-16"));
    let latin = [HEADER.as_bytes(), b"2026-10-01T00:00:10Z,\xFCber,100\n"].concat();
    let message = refused(latin);
    assert!(message.contains("trace:2: row 1, column outcome: not UTF-8: the byte 0xFC"), "{message}");
    assert!(refused(b"PK\x03\x04rest").contains("zip"));
    assert!(refused(b"PAR1rest").contains("Parquet"));
    assert!(refused(b"\x1F\x8B\x08\x00nonsense").contains("gzip"));
}

#[test]
fn a_bad_number_deep_in_a_file_has_its_line() {
    let mut text = HEADER.to_string();
    text.push_str(&ROW.repeat(17_001));
    text.push_str("2026-10-01T00:00:10Z,ok,1o0\n");
    text.push_str(&ROW.repeat(10));
    let message = refused(text);
    assert!(message.contains("trace:17003: row 17,002, column GeneratedTokens: \"1o0\" is not a number"), "{message}");
}

#[test]
fn a_quote_that_is_never_closed_does_not_take_in_the_file() {
    let text = format!("{HEADER}{ROW}\"{}", "2026-10-01T00:00:10Z,ok,100\n".repeat(700_000));
    let message = refused(text);
    assert!(message.contains("trace:3: a row of more than 16 MiB; a quote that is not closed?"), "{message}");
}

#[test]
fn a_cut_gzip_stream_is_no_result() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(format!("{HEADER}{}", ROW.repeat(50_000)).as_bytes()).expect("memory");
    let mut bytes = gzip.finish().expect("memory");
    bytes.truncate(bytes.len() - 20);
    let message = refused(bytes);
    assert!(message.contains("cut off"), "{message}");
}

#[test]
fn bad_rows_can_be_left_out() {
    let text = format!("{HEADER}{ROW}a,ok,1\n{ROW}2026-10-01T00:00:10Z,ok,b\n{ROW}c\nd\ne\n");
    let said = judged(&text, &["--skip-bad-rows", "--format", "json"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!((&said.json()["rows_skipped"], &said.json()["health"]["events"]), (&5.into(), &3.into()));
    insta::assert_snapshot!(said.err);
    let said = judged(&text, &["--skip-bad-rows"]);
    assert!(said.out.contains("5 rows were left out"), "{said:?}");
    let said = judged(format!("{HEADER}a,b,c\n"), &["--skip-bad-rows"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("none of its 1 rows can be read"), "{said:?}");
}

#[test]
fn a_little_disorder_counts_and_is_told() {
    let said = judged(format!("{HEADER}2026-10-01T00:50:00Z,ok,1\n{ROW}"), &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("1 event in an earlier minute than one before it"), "{said:?}");
}

#[test]
fn wrong_usage_has_exit_code_2() {
    let scratch = Scratch::new();
    let two = SLO.replace("service chat", "event answers { at: time  n: token }\n\nservice chat");
    scratch.file("a.slo", SLO).file("two.slo", two).file("a.csv", format!("{HEADER}{ROW}"));
    scratch.file("none.slo", "unit conversation\n");
    let mut text = String::new();
    for (code, arguments) in [
        (2, &["backtest", "a.slo"][..]),
        (2, &["backtest", "a.slo", "--events", "b.csv"]),
        (2, &["backtest", "a.slo", "--events", "."]),
        (2, &["backtest", "b.slo", "--events", "a.csv"]),
        (2, &["backtest", "a.slo", "--events", "a.csv", "--openmetrics", "a.csv"]),
        (2, &["backtest", "a.slo", "--events", "a.csv", "--event", "request"]),
        (2, &["backtest", "two.slo", "--events", "a.csv"]),
        (1, &["backtest", "two.slo", "--events", "a.csv", "--event", "answers"]),
        (1, &["backtest", "none.slo", "--events", "a.csv"]),
        (1, &["backtest", "a.slo", "--openmetrics", "a.csv"]),
    ] {
        let said = scratch.run(arguments);
        assert_eq!((said.code, said.out.as_str()), (Some(code), ""), "{arguments:?}: {said:?}");
        text.push_str(&format!("$ farthing {}\n{}\n", arguments.join(" "), said.err));
    }
    insta::assert_snapshot!(text);
}
