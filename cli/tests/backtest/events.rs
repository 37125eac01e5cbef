//! Events that are as they should be.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};

use crate::{
    assert_near,
    scratch::{Said, Scratch, azure, repository},
    verdict,
};

/// A service that is judged by each request.
const SLO: &str = r#"
event requests {
  at:      time from "when"
  model:   label
  outcome: label in { "ok", "failed" }
  tokens:  output_token
  latency: ms
  cost = tokens * $10.00 per 1M output_token
}

service chat {
  policy { page when burning 25% over 2h and 10m }
  sli cost_per_request = requests.cost / requests
  objective affordable { cost_per_request <= $0.002 per request  budget 10% over 1d }
  objective good       { 90% of requests { outcome = "ok" } have cost < $0.003  over 1d }
  objective by_model   { cost_per_request <= $0.002 per request  budget 10% over 1d  by model }
}
"#;

/// Costs: $0.001, $0.002, $0.003, $0.004; the last one failed.
const CSV: &str = "\
when,model,outcome,tokens,latency
2026-10-01T00:00:10Z,small,ok,100,5
2026-10-01T00:01:10Z,large,ok,200,5
2026-10-01T00:02:10Z,large,ok,300,5
2026-10-01T00:03:10Z,small,failed,400,5
";

fn judged(file: &str, bytes: &[u8], more: &[&str]) -> Said {
    let scratch = Scratch::new();
    scratch.file("a.slo", SLO).file(file, bytes);
    let mut arguments = vec!["backtest", "a.slo", "--events", file, "--format", "json"];
    arguments.extend(more);
    scratch.run(&arguments)
}

/// What differs between two reports on the same data is nothing.
fn same(said: &Said) {
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(said.json(), judged("a.csv", CSV.as_bytes(), &[]).json());
}

#[test]
fn amounts_are_those_of_the_rows() {
    let said = judged("a.csv", CSV.as_bytes(), &[]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    let report = said.json();
    // (0.001 + 0.002 + 0.003 + 0.004) / 4, against 0.002: 0.0005 * 4 lost of the allowed 0.1 * 0.002 * 4.
    let affordable = verdict(&report, "affordable");
    assert_near(&affordable["measured"], 0.0025);
    assert_near(&affordable["consumed"], 2.5);
    assert_near(&affordable["left"], 0.0008 - 0.002);
    assert_eq!(affordable["met"], false);
    // Three are ok, one of them costs exactly $0.003, which is not less: 1 bad, 0.3 allowed.
    let good = verdict(&report, "good");
    assert_near(&good["measured"], 2.0 / 3.0);
    assert_near(&good["consumed"], 1.0 / 0.3);
    // The groups are sorted: large has 0.0025 on average, small has 0.0025.
    assert_near(&verdict(&report, "by_model")["measured"], 0.0025);
    assert_eq!(verdict(&report, "by_model")["labels"]["model"], "large");
    assert_eq!(report["health"]["events"], 4);
    assert_eq!(report["at"], "2026-10-01T00:10:00Z");
}

#[test]
fn json_lines_say_the_same_as_csv() {
    let mut lines = String::new();
    for row in CSV.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        let [when, model, outcome, tokens, _] = cells[..] else { panic!("{row}") };
        lines.push_str(&format!(
            "{{\"other\": {{\"a\": [1]}}, \"tokens\": {tokens}, \"when\": \"{when}\", \"model\": \"{model}\", \
             \"outcome\": \"{outcome}\"}}\n\n"
        ));
    }
    same(&judged("a.jsonl", lines.as_bytes(), &[]));
    // What it is, the content says.
    same(&judged("a.csv2", lines.as_bytes(), &[]));
}

#[test]
fn all_ways_to_write_a_time_are_one() {
    let start = 1_790_812_800;
    for time in ["{}.000", "{}000", "{}"] {
        let mut text = "when,model,outcome,tokens\n".to_string();
        for (at, (model, outcome)) in
            [("small", "ok"), ("large", "ok"), ("large", "ok"), ("small", "failed")].iter().enumerate()
        {
            let seconds = (start + 10 + 60 * at).to_string();
            text += &format!("{},{model},{outcome},{}\n", time.replace("{}", &seconds), 100 * (at + 1));
        }
        same(&judged("a.csv", text.as_bytes(), &[]));
    }
    same(&judged("a.csv", CSV.replace('T', " ").replace('Z', ".0000000").as_bytes(), &[]));
    same(&judged("a.csv", CSV.replace("T00", "T02").replace('Z', "+02:00").as_bytes(), &[]));
}

#[test]
fn gzip_and_other_delimiters_and_marks_are_seen_through() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(CSV.as_bytes()).expect("memory");
    // By its first bytes, not by its name.
    same(&judged("a.csv", &gzip.finish().expect("memory"), &[]));
    same(&judged("a.csv", CSV.replace(',', ";").as_bytes(), &[]));
    same(&judged("a.tsv", CSV.replace(',', "\t").as_bytes(), &[]));
    same(&judged("a.csv", format!("\u{feff}{}", CSV.replace('\n', "\r\n")).as_bytes(), &[]));
    same(&judged("a.csv", CSV.replace("small", "\"small\"").as_bytes(), &["--event", "requests"]));
}

#[test]
fn stdin_is_a_file_too() {
    let scratch = Scratch::new();
    scratch.file("a.slo", SLO);
    same(&scratch.run_with(&["backtest", "a.slo", "--events", "-", "--format", "json"], CSV.as_bytes()));
}

#[test]
fn people_get_a_report() {
    let scratch = Scratch::new();
    scratch.file("a.slo", SLO).file("a.csv", CSV);
    let said = scratch.run(&["backtest", "a.slo", "--events", "a.csv"]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    assert!(!said.out.contains('\x1b'), "colours without a terminal");
    insta::assert_snapshot!(said.out);
}

/// The figures are added up by hand, with exact fractions, from the columns of the files.
#[test]
fn the_azure_trace_is_judged_exactly() {
    let example = repository().join("examples/azure-trace");
    let judged = |service| {
        let path = azure(service)?;
        let arguments =
            ["backtest", example.to_str()?, "--events", path.to_str()?, "--format", "json"].map(String::from);
        let said = Scratch::new().run(&arguments.each_ref().map(String::as_str));
        assert_eq!(said.code, Some(0), "{said:?}");
        Some(said.json())
    };
    if let Some(report) = judged("conv") {
        // 19,366 requests, 22,361,870 tokens at $3 and 4,088,665 at $15 per million: $128.415585.
        let affordable = verdict(&report, "affordable");
        assert_near(&affordable["numerator"], 128.415_585);
        assert_near(&affordable["denominator"], 19_366.0);
        // (128.415585 - 0.0065 * 19366) / (0.05 * 0.0065 * 19366)
        assert_near(&affordable["consumed"], 2.536_585 / 6.293_95);
        assert_near(&affordable["left"], 3.757_365);
        // $40 for each of 4.088665 million: 163.5466; a tenth of it is the budget.
        let economical = verdict(&report, "economical");
        assert_near(&economical["consumed"], (128.415_585 - 163.546_6) / 16.354_66);
        // 25 requests cost $0.02 and more; 193.66 may.
        let outliers = verdict(&report, "no_outliers");
        assert_near(&outliers["numerator"], 25.0);
        assert_near(&outliers["consumed"], 25.0 / 193.66);
        assert_eq!(report["health"]["events"], 19_366);
    }
    if let Some(report) = judged("code") {
        // 8,819 requests, 18,059,974 tokens at $3 and 245,896 at $15 per million: $57.868362.
        assert_near(&verdict(&report, "affordable")["numerator"], 57.868_362);
        // $40 for each of 0.245896 million: 9.83584.
        assert_near(&verdict(&report, "economical")["consumed"], (57.868_362 - 9.835_84) / 0.983_584);
        // 542 requests cost $0.02 and more; 88.19 may.
        assert_near(&verdict(&report, "no_outliers")["consumed"], 542.0 / 88.19);
        assert_eq!(verdict(&report, "no_outliers")["met"], false);
    }
}

/// A file of the trace's shape, so that its example is tested where the trace is not there.
#[test]
fn a_file_of_the_traces_shape_is_judged_exactly() {
    let scratch = Scratch::new();
    let mut text = "TIMESTAMP,ContextTokens,GeneratedTokens\n".to_string();
    for at in 0..6_000u32 {
        let (minute, second) = (at / 100, at % 100 * 6 / 10);
        text += &format!("2023-11-16 18:{minute:02}:{second:02}.{at:07},{},{}\n", 1_000 + at % 7, at % 11);
    }
    scratch.file("a.csv", text);
    let example = repository().join("examples/azure-trace");
    let example = example.to_str().expect("a path in UTF-8");
    let report = scratch.run(&["backtest", example, "--events", "a.csv", "--format", "json"]).json();
    // 857 times 0 to 6 and one 0: 6,017,997 input tokens; 545 times 0 to 10 and 0 to 4: 29,985 output tokens.
    assert_near(&verdict(&report, "affordable")["numerator"], 6_017_997.0 * 3e-6 + 29_985.0 * 15e-6);
    assert_near(&verdict(&report, "economical")["denominator"], 29_985.0);
}
