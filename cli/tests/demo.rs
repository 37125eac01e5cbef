//! `farthing demo`: a month that ends in a report worth showing.

mod scratch;

use std::fs;

use scratch::Scratch;

#[test]
fn the_month_is_told() {
    let said = Scratch::new().run(&["demo"]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    assert!(said.out.lines().all(|line| line.chars().count() <= 100), "a line of more than 100 columns");
    insta::assert_snapshot!(said.out);
}

#[test]
fn its_objectives_end_in_a_mix() {
    let scratch = Scratch::new();
    let report = scratch.run(&["demo", "--format", "json"]).json();
    let objectives = report["services"][0]["objectives"].as_array().expect("objectives");
    let verdict = |name: &str| &objectives.iter().find(|of| of["name"] == name).expect("the objective")["verdicts"][0];
    assert_eq!(verdict("fast")["met"], false);
    for name in ["affordable", "efficient", "complete", "roomy"] {
        assert_eq!(verdict(name)["met"], true, "{name}");
    }
    let nearly = verdict("affordable")["consumed"].as_f64().expect("a number");
    assert!((0.85..1.0).contains(&nearly), "{nearly}");
    // The bad release pages within the hour, and nobody is woken in the quiet night.
    let day = 86_400_000;
    let release = 1_790_812_800_000i64 + 8 * day + 14 * 3_600_000;
    let quiet = 1_790_812_800_000i64 + 24 * day;
    let fired = |severity: &str, from: i64, to: i64| {
        let alerts = report["alerts_fired"].as_array().expect("alerts").iter();
        alerts
            .filter(|alert| alert["severity"] == severity)
            .filter(|alert| (from..to).contains(&alert["from_ms"].as_i64().expect("a time")))
            .count()
    };
    assert!(fired("page", release, release + 3_600_000) > 0);
    assert!(fired("ticket", release, release + day) > 0);
    assert_eq!(fired("page", 0, release), 0);
    assert_eq!(fired("page", quiet, quiet + day), 0);
    // The 40 minutes without monitoring are not observed, and none but these.
    assert_eq!(verdict("roomy")["period_s"], 2_592_000);
    let observed = verdict("roomy")["observed_s"].as_i64().expect("seconds");
    assert!((2_592_000 - 42 * 60..=2_592_000 - 38 * 60).contains(&observed), "{observed}");
}

#[test]
fn it_is_the_same_every_time_and_from_its_files() {
    let scratch = Scratch::new();
    let demo = ["demo", "--days", "1", "--format", "json", "--out", "files", "--openmetrics", "samples.txt"];
    let said = scratch.run(&demo);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(said.json(), scratch.run(&["demo", "--days", "1", "--format", "json"]).json());
    // From the samples that it wrote, backtest makes the same report.
    let back = scratch.run(&["backtest", "files/service.slo", "--openmetrics", "samples.txt", "--format", "json"]);
    assert_eq!((back.code, back.err.as_str()), (Some(0), ""), "{back:?}");
    let (mut played, mut back) = (said.json(), back.json());
    for report in [&mut played, &mut back] {
        // The file's name is a part of the digest.
        report["digest"].take();
        report["notes"].take();
    }
    assert_eq!(played, back);
    let rules = fs::read_to_string(scratch.path().join("files/chat.rules.yml")).expect("the rules");
    assert!(rules.contains("alert:"));
    let left: Vec<_> =
        fs::read_dir(scratch.path()).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn what_cannot_be_written_has_exit_code_2() {
    let scratch = Scratch::new();
    scratch.file("file", "");
    for arguments in [["demo", "--days", "1", "--out", "file"], ["demo", "--days", "1", "--openmetrics", "no/folder"]] {
        let said = scratch.run(&arguments);
        assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{said:?}");
        assert!(said.err.starts_with("error: "), "{said:?}");
    }
    assert_eq!(scratch.run(&["demo", "--days", "31"]).code, Some(2));
}
