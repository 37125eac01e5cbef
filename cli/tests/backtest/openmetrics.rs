//! Samples as OpenMetrics text.

use crate::{
    assert_near,
    scratch::{Said, Scratch},
    verdict,
};

const SLO: &str = r#"
counter answered: request = "answers_total" { model }
gauge held: gpu = "gpus" { node }

service chat {
  policy { page when burning 25% over 2h and 10m }
  cost gpu       = held * $3.60 per gpu hour
  volume answers = answered
  sli cost_per_answer = gpu / answers
  objective affordable { cost_per_answer <= $0.01 per request  budget 10% over 1d }
}
"#;

/// Seconds since the epoch at which the samples begin.
const START: i64 = 1_790_812_800;

fn judged(text: &str, more: &[&str]) -> Said {
    let scratch = Scratch::new();
    scratch.file("a.slo", SLO).file("samples", text);
    let mut arguments = vec!["backtest", "a.slo", "--openmetrics", "samples"];
    arguments.extend(more);
    scratch.run(&arguments)
}

/// Ten minutes of two GPUs on each of two nodes, and of one answer a second, each series for itself.
fn samples() -> String {
    let mut text = "# TYPE answers counter\n# HELP answers Answers that were given.\n".to_string();
    for minute in 0..=10 {
        let at = START + 60 * minute;
        text += &format!("answers_total{{model=\"a\"}} {} {at} # {{trace_id=\"x\"}} 1 {at}\n", 60 * minute);
    }
    text += "# TYPE gpus gauge\n";
    for node in ["x", "y"] {
        for minute in 0..=10 {
            text += &format!("gpus{{node=\"{node}\"}} 2 {}.000\n", START + 60 * minute);
        }
    }
    text + "other{a=\"b\"} 5 1\n# EOF\n"
}

#[test]
fn series_are_merged_by_time() {
    let said = judged(&samples(), &["--format", "json"]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{said:?}");
    let report = said.json();
    // 4 GPUs for 10 minutes at $3.60 an hour: $2.40; 600 answers; against $6 and a budget of $0.60.
    let affordable = verdict(&report, "affordable");
    assert_near(&affordable["numerator"], 2.4);
    assert_near(&affordable["denominator"], 600.0);
    assert_near(&affordable["consumed"], (2.4 - 6.0) / 0.6);
    assert_eq!(affordable["observed_s"], 600);
    assert_eq!(report["at"], "2026-10-01T00:10:00Z");
}

#[test]
fn prometheus_text_says_the_same() {
    // Milliseconds, no end, and series that are mixed and not in order.
    let mut lines: Vec<String> = samples()
        .lines()
        .filter(|line| !line.starts_with('#') && !line.starts_with("other"))
        .map(|line| {
            let line = line.split(" # ").next().unwrap_or_default();
            let (rest, time) = line.rsplit_once(' ').expect("a time");
            format!("{rest} {}000", time.trim_end_matches(".000"))
        })
        .collect();
    lines.reverse();
    let said = judged(&(lines.join("\n") + "\n"), &["--format", "json"]);
    assert_eq!(said.json()["services"], judged(&samples(), &["--format", "json"]).json()["services"]);
}

#[test]
fn a_created_timestamp_makes_the_first_sample_count() {
    let with = samples().replace("# HELP", &format!("answers_created{{model=\"a\"}} {}.5 {START}\n# HELP", START - 30));
    let with = with.replace("} 0 ", "} 15 ");
    let said = judged(&with, &["--format", "json"]);
    // The minute before the first sample is not observed for GPUs: its 15 answers count for nothing. What follows is
    // 45 answers in the first minute, for 15 of 60 were there.
    assert_near(&verdict(&said.json(), "affordable")["denominator"], 585.0);
    let early = "# TYPE gpus gauge\n".to_string() + &format!("gpus{{node=\"x\"}} 2 {}\n", START - 60);
    let said = judged(&with.replace("# TYPE gpus gauge\n", &early), &["--format", "json"]);
    assert_near(&verdict(&said.json(), "affordable")["denominator"], 600.0);
}

#[test]
fn what_is_odd_is_counted_and_told() {
    let at = |minute: i64| START + 60 * minute;
    let odd = samples()
        .replace(&format!("}} 120 {}", at(2)), &format!("}} NaN {}", at(2)))
        .replace(&format!("}} 240 {}", at(4)), &format!("}} -1 {}", at(4)))
        .replace(&format!("}} 360 {}", at(6)), &format!("}} +Inf {}", at(6)))
        .replace(&format!("}} 480 {}", at(8)), &format!("}} 30 {}", at(8)))
        .replace("# EOF", &format!("gpus{{node=\"z\"}} 1 {}\ngpus{{node=\"z\"}} 1 {}\n# EOF", at(0), at(10)));
    let said = judged(&odd, &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let about = said.out.split("About the data\n").nth(1).expect("a part about the data");
    insta::assert_snapshot!(about);
}

#[test]
fn bad_input_has_a_place_and_a_way_out() {
    let mut text = String::new();
    for (name, file) in [
        ("empty file", String::new()),
        ("cut off", samples().replace("# EOF\n", "")),
        ("no timestamp", "answers_total 1\n# EOF\n".to_string()),
        ("no value", "# TYPE a counter\nanswers_total\n".to_string()),
        ("not a number", "answers_total x 1\n".to_string()),
        ("open labels", "answers_total{a=\"b 1 1\n".to_string()),
        ("after the end", samples() + "gpus 1 1\n"),
        ("nothing of use", "other_total{a=\"b\"} 1 1790812800\n# EOF\n".to_string()),
        ("no samples", "# EOF\n".to_string()),
        ("JSON", "{\"a\": 1}\n".to_string()),
    ] {
        let said = judged(&file, &[]);
        assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{name}: {said:?}");
        text.push_str(&format!("# {name}\n{}\n", said.err));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_metric_that_is_not_there_is_pointed_at() {
    let text: Vec<&str> = samples().leak().lines().filter(|line| !line.starts_with("gpus")).collect();
    let said = judged(&(text.join("\n") + "\n"), &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(said.err, "warning: samples: no series that an objective reads of: gpus\n");
    assert!(said.out.contains("nothing was counted"), "{said:?}");
}
