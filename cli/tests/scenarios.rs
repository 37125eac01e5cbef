//! `farthing test`: tests in the language, in the evaluator and in Prometheus.

mod scratch;

use std::{env, fs};

use scratch::{Scratch, repository};

/// $0.001 for each GPU and second, one answer a second: with 8 GPUs an answer costs $0.008, with 12 it costs $0.012.
const SERVICE: &str = r#"use std::dcgm
use std::vllm

service chat {
  where { namespace = "chat" }
  cost gpu       = dcgm::gpus * $3.60 per gpu hour
  volume answers = vllm::request_success
  objective affordable {
    gpu / answers <= $0.01 per request
    budget 10% over 30d
    policy { page when burning 1.5x over 1h and 5m }
  }
  objective roomy {
    vllm::kv_cache_usage < 90% for 60% of the time
    over 30d
    policy { ticket when burning 1.1x over 1h and 5m }
  }
}
"#;

/// Of each hour an answer costs $0.002 less, then more, than it may, where the budget allows $0.001: burn rates of -2 and
/// 2. One over an hour is above 1.5 when 7/8 of it are of the second kind, after 53 minutes. In 3 and 3 hours nothing of the
/// budget is consumed. The cache is at 95% for an hour, and falls to 90% in half an hour more: of 6 hours it has had room
/// for 4.5.
const RIGHT: &str = r#"
test "more GPUs page within the hour" {
  over 6h
  series vllm::request_success { namespace = "chat" } rises 1/s
  series dcgm::gpus { namespace = "chat" } is 8, then 12 from 3h
  series vllm::kv_cache_usage { namespace = "chat" } is 95%, then falls 10%/h from 1h
  expect no page of chat.affordable before 3h + 50m
  expect page of chat.affordable within 1h after 3h
  expect measured of chat.affordable at 3h is $0.008 per request
  expect budget consumed of chat.affordable at 3h is -200% +- 5%
  expect budget consumed of chat.affordable at 6h is 0% +- 8%
  expect burn rate over 1h of chat.affordable at 6h is 2
  expect chat.affordable met at 3h
  expect measured of chat.roomy at 6h is 75%
  expect chat.roomy met at 6h
  expect ticket of chat.roomy before 90m
}

test "where GPUs go, their series end" {
  over 4h
  series vllm::request_success { namespace = "chat" } rises 60/m
  series dcgm::gpus { namespace = "chat" } is 12, then 4 from 2h
  expect budget consumed of chat.affordable at 2h is 200% +- 12%
  expect chat.affordable not met at 2h
  expect measured of chat.affordable at 4h is $0.008 per request
  expect chat.roomy no verdict at 4h
}
"#;

/// Each of these is wrong.
const WRONG: &str = r#"
test "a <quiet> & \"cheap\" day" {
  over 6h
  series vllm::request_success { namespace = "chat" } rises 1/s
  series dcgm::gpus { namespace = "chat" } is 8, then 12 from 3h
  expect no alert of chat.affordable
  expect page of chat.affordable within 30m after 3h
  expect page of chat.affordable before 3h
  expect budget consumed of chat.affordable at 3h is 50%
  expect measured of chat.affordable at 3h is $0.012 per request
  expect burn rate over 1h of chat.affordable at 6h is -2
  expect chat.affordable not met at 3h
  expect chat.roomy met at 6h
}
"#;

fn with(tests: &str) -> Scratch {
    let scratch = Scratch::new();
    scratch.file("chat.slo", format!("{SERVICE}{tests}"));
    scratch
}

#[test]
fn what_is_as_expected_is_a_line_for_each_test() {
    let said = with(RIGHT).run(&["test", "chat.slo"]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{said:?}");
    assert_eq!(
        said.out,
        "chat.slo\n  ✓ more GPUs page within the hour\n  ✓ where GPUs go, their series end\n\n2 tests passed\n"
    );
}

#[test]
fn what_is_not_is_shown_with_its_place_both_values_and_a_chart() {
    let said = with(&format!("{RIGHT}{WRONG}")).run(&["test", "chat.slo"]);
    assert_eq!((said.code, said.err.as_str()), (Some(1), ""));
    assert!(said.out.lines().all(|line| line.chars().count() <= 120), "{}", said.out);
    insta::assert_snapshot!(said.out);
}

#[test]
fn one_test_can_be_asked_for() {
    let scratch = with(&format!("{RIGHT}{WRONG}"));
    let said = scratch.run(&["test", "chat.slo", "--filter", "GPUs go"]);
    assert_eq!((said.code, said.out.contains("1 test passed")), (Some(0), true), "{said:?}");
    let said = scratch.run(&["test", "chat.slo", "--filter", "GPUs come"]);
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""));
    assert!(said.err.contains("no test has \"GPUs come\" in its name") && said.err.contains("GPUs go"), "{said:?}");
}

#[test]
fn a_run_that_tests_nothing_is_not_green() {
    let said = with("").run(&["test", "chat.slo"]);
    assert_eq!(said.code, Some(1));
    assert_eq!(said.err, "error: there is no `test` in chat.slo, so nothing was tested\n");
}

#[test]
fn programs_read_json() {
    let document = with(&format!("{RIGHT}{WRONG}")).run(&["test", "chat.slo", "--format", "json"]).json();
    assert_eq!(document["summary"], serde_json::json!({ "tests": 3, "failed": 1 }));
    let states = |test: usize| -> Vec<String> {
        let expectations = document["tests"][test]["expectations"].as_array().expect("expectations");
        expectations.iter().map(|own| own["state"].as_str().expect("a state").to_string()).collect()
    };
    assert_eq!(states(0), vec!["passed"; 10]);
    assert_eq!(states(2), vec!["failed"; 8]);
    let first = &document["tests"][2]["expectations"][3];
    assert_eq!(first["actual"], "-200.0%");
    assert_eq!(first["expected"], "50.0%, from 49.5% to 50.5%");
    assert_eq!(first["text"], "budget consumed of chat.affordable at 3h is 50%");
    let wrong = with("test \"t\" { over 1h }\n").run(&["test", "chat.slo", "--format", "json"]);
    assert_eq!((wrong.code, &wrong.json()["diagnostics"][0]["code"]), (Some(1), &"F1008".into()));
}

/// An element of XML: its name, attributes and children.
#[derive(Debug)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
    }
}

/// Reads a well-formed document with one root, and panics over any other.
fn xml(text: &str) -> Element {
    let unescaped = |text: &str| {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('&') {
            let (entity, after) = after.split_once(';').expect("an entity ends");
            let character = match entity {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                other => panic!("there is no entity {other}"),
            };
            out.push_str(before);
            out.push(character);
            rest = after;
        }
        out + rest
    };
    let body = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").expect("a declaration");
    let mut open = vec![Element { name: String::new(), attributes: vec![], text: String::new(), children: vec![] }];
    let mut rest = body;
    while let Some((before, after)) = rest.split_once('<') {
        assert!(!before.contains('>'), "a bare > in {before}");
        open.last_mut().expect("one is open").text.push_str(&unescaped(before));
        let (tag, after) = after.split_once('>').expect("a tag ends");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            let closed = open.pop().expect("one is open");
            assert_eq!(closed.name, name);
            open.last_mut().expect("it has a parent").children.push(closed);
            continue;
        }
        let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, mut stated) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut attributes = Vec::new();
        while let Some((own, after)) = stated.split_once("=\"") {
            let (value, after) = after.split_once('"').expect("a value ends");
            attributes.push((own.trim().to_string(), unescaped(value)));
            stated = after;
        }
        let element = Element { name: name.to_string(), attributes, text: String::new(), children: vec![] };
        if is_empty {
            open.last_mut().expect("one is open").children.push(element);
        } else {
            open.push(element);
        }
    }
    let mut root = open.pop().expect("all are closed");
    assert!(open.is_empty() && root.children.len() == 1, "{root:?}");
    root.children.remove(0)
}

#[test]
fn continuous_integration_reads_junit() {
    let scratch = with(&format!("{RIGHT}{WRONG}"));
    let said = scratch.run(&["test", "chat.slo", "--format", "junit", "-o", "reports/tests.xml"]);
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("1 of 3 tests failed"), "people are told as well: {}", said.out);
    let root = xml(&fs::read_to_string(scratch.path().join("reports/tests.xml")).expect("the report"));
    assert_eq!((root.name.as_str(), root.attribute("tests"), root.attribute("failures")), ("testsuites", "3", "1"));
    let suite = &root.children[0];
    assert_eq!((suite.attribute("name"), suite.children.len()), ("chat.slo", 3));
    assert!(suite.children[0].children.is_empty() && suite.children[1].children.is_empty());
    let wrong = &suite.children[2];
    assert_eq!(wrong.attribute("name"), "a <quiet> & \"cheap\" day");
    assert_eq!(wrong.children.len(), 1);
    let failure = &wrong.children[0];
    assert_eq!(failure.name, "failure");
    assert!(failure.attribute("message").starts_with("expected no alert until 6h; actual: a page from 3h 53m"));
    assert_eq!(failure.text.matches("expected: ").count(), 8);
    assert!(failure.text.contains("chat.slo:") && !failure.text.contains('\u{1b}'));
}

#[test]
fn prometheus_agrees_on_what_is_right_and_on_what_is_wrong() {
    let scratch = with(&format!("{RIGHT}{WRONG}"));
    let document = scratch.run(&["test", "chat.slo", "--promtool", "--format", "json"]).json();
    let tests = document["tests"].as_array().expect("tests");
    assert_eq!(tests.len(), 6, "{document}");
    for (evaluator, promtool) in tests[..3].iter().zip(&tests[3..]) {
        assert_eq!((&evaluator["runner"], &promtool["runner"]), (&"evaluator".into(), &"promtool".into()));
        assert_eq!(evaluator["name"], promtool["name"]);
        let expectations = |test: &serde_json::Value| test["expectations"].as_array().expect("expectations").clone();
        for (own, other) in expectations(evaluator).iter().zip(expectations(promtool)) {
            assert_eq!((&own["text"], &own["state"]), (&other["text"], &other["state"]), "{other}");
        }
    }
    // The numbers as well, but for the two minutes that a rate makes of the first five.
    let number = |test: usize, expectation: usize| -> f64 {
        let actual = tests[test]["expectations"][expectation]["actual"].as_str().expect("a number");
        let digits: String = actual.chars().filter(|own| own.is_ascii_digit() || "-.".contains(*own)).collect();
        digits.parse().expect("a number")
    };
    for (expectation, tolerance) in [(3, 10.0), (4, 0.0001), (5, 0.02)] {
        let (own, other) = (number(2, expectation), number(5, expectation));
        assert!((own - other).abs() <= tolerance, "{own} in the evaluator, {other} in Prometheus");
    }
}

#[test]
fn without_promtool_it_says_what_to_install() {
    let scratch = with(RIGHT);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_farthing"));
    command.args(["test", "chat.slo", "--promtool"]).current_dir(scratch.path()).env("PATH", "");
    let output = command.output().expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{said}");
    assert!(said.contains("no promtool in the PATH") && said.contains("install"), "{said}");
}

#[test]
fn compile_writes_what_promtool_runs() {
    let scratch = with(&format!("{RIGHT}{WRONG}"));
    let said =
        scratch.run(&["compile", "chat.slo", "--target", "prometheus", "--target", "promtool-tests", "-o", "rules"]);
    assert_eq!(said.out, "created rules/chat.rules.yml\ncreated rules/chat.rules.test.yml\n", "{said:?}");
    let text = fs::read_to_string(scratch.path().join("rules/chat.rules.test.yml")).expect("the tests");
    let version = format!("farthing {}", env!("CARGO_PKG_VERSION"));
    insta::assert_snapshot!(text.replace(&version, "farthing VERSION"));
    let said = with("").run(&["compile", "chat.slo", "--target", "promtool-tests"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), ""));
    assert!(said.err.contains("there is no `test`"), "{said:?}");
}

/// The tests of the book's page, each in a file of its own.
fn shown() -> Scratch {
    let page = fs::read_to_string(repository().join("docs/src/reference/tests.md")).expect("the page");
    let scratch = Scratch::new();
    let blocks: Vec<&str> = page.split("```slo\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect();
    assert!(blocks.len() >= 2 && blocks[0].contains("345% +- 1%"), "the page shows tests");
    for (index, block) in blocks.iter().enumerate() {
        scratch.file(&format!("{index}.slo"), format!("{block}\n"));
    }
    scratch
}

#[test]
fn the_tests_that_the_book_and_the_example_show_pass() {
    let scratch = shown();
    let example = fs::read_to_string(repository().join("examples/chat-vllm/service.slo")).expect("the example");
    scratch.file("example.slo", example.replace("service chat {", "service example {").replace("chat.", "example."));
    let said = scratch.run(&["test", "."]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{}", said.out);
    assert!(said.out.ends_with("6 tests passed\n"), "{}", said.out);
}

/// Of a service whose answers cost $0.008, and $0.012 from 3 hours on.
fn expecting(objectives: &str, expectations: &str) -> Scratch {
    let scratch = Scratch::new();
    scratch.file(
        "chat.slo",
        format!(
            r#"use std::dcgm
use std::vllm

service chat {{
  where {{ namespace = "chat" }}
  cost gpu       = dcgm::gpus * $3.60 per gpu hour
  volume answers = vllm::request_success
  volume asked   = promql counter<request> "sum(rate(asked_total[$window]))"
  sli each       = (gpu allocated by answers over model_name) / answers
{objectives}}}

test "six hours" {{
  over 6h
  series vllm::request_success {{ namespace = "chat", model_name = "a" }} rises 1/s
  series dcgm::gpus {{ namespace = "chat" }} is 8, then 12 from 3h
{expectations}}}
"#
        ),
    );
    scratch
}

/// Where the report goes to a file, what is wrong is told to whoever looks at the terminal as well.
#[test]
fn what_does_not_compile_is_told_beside_a_report_in_a_file() {
    let scratch = Scratch::new();
    scratch.file("chat.slo", "service chat {");
    let said = scratch.run(&["test", "chat.slo", "--format", "json", "--output", "out.json"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains("F0003"), "{said:?}");
    let written = fs::read_to_string(scratch.path().join("out.json")).expect("the report");
    assert!(written.contains("F0003"), "{written}");
}

#[test]
fn what_reads_a_query_anywhere_is_not_judged_here() {
    let scratch = expecting(
        "  objective guarded {
    gpu / answers <= $0.01 per request
    budget 10% over 30d
    guard asked >= 100 requests over 1h
  }
",
        "  expect no alert of chat.guarded
  expect chat.guarded no verdict at 3h
",
    );
    let document = scratch.run(&["test", "chat.slo", "--format", "json"]).json();
    let expectations = document["tests"][0]["expectations"].as_array().expect("expectations");
    let states: Vec<&str> = expectations.iter().map(|own| own["state"].as_str().expect("a state")).collect();
    assert_eq!(states, ["skipped", "skipped"]);
}

#[test]
fn what_is_derived_from_what_lacks_some_days_is_left_out_for_promtool() {
    let scratch = expecting(
        "  objective mixed {
    each standardized by model_name to { a: 50%, b: 50% } <= $0.01 per request
    budget 10% over 30d
    exclude 2026-01-03 to 2026-01-04 because \"a load test\"
  }
",
        "  expect no alert of chat.mixed before 3h\n",
    );
    let written = scratch.run(&["compile", "chat.slo", "--target", "promtool-tests", "--output", "-"]);
    assert!(written.out.contains("# Left out: it depends on dates"), "{written:?}");
}

/// The second trade-off fails by its other corner, and so the corner that they share is not met. That is not the first one's
/// failure.
#[test]
fn a_trade_off_is_met_by_what_its_own_corners_come_to_alone() {
    let scratch = expecting(
        "  objective dear   { gpu / answers <= $1 per request  budget 10% over 30d }
  objective cheap  { gpu / answers <= $0.001 per request  budget 10% over 30d }
  objective quick  { gpu / answers <= $2 per request  budget 10% over 30d }
  tradeoff kept    { cost dear  latency quick }
  tradeoff broken  { cost dear  latency cheap }
",
        "  expect chat.kept met at 6h
  expect chat.broken not met at 6h
  expect chat.dear not met at 6h
",
    );
    let said = scratch.run(&["test", "chat.slo"]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{}", said.out);
}

#[test]
fn promtool_looks_for_the_alert_of_what_has_no_price_by_its_name() {
    let folder = repository().join("examples/multi-tenant");
    let scratch = Scratch::new();
    let written =
        scratch.run(&["compile", folder.to_str().expect("a path"), "--target", "promtool-tests", "--output", "-"]);
    let expected = written.out.lines().filter(|line| line.contains("ALERTS") && line.contains("gpu_priced"));
    let names: Vec<bool> = expected.map(|line| line.contains(r#"alertname="Unpriced""#)).collect();
    assert_eq!(names, [true, true], "{written:?}");
}

/// They take Prometheus a minute: `FARTHING_LONG=1 cargo test -p farthing --test scenarios`.
#[test]
fn they_pass_in_prometheus_as_well() {
    if env::var_os("FARTHING_LONG").is_none_or(|value| value != "1") {
        // Past the capturing of tests' output, so that nobody takes this for passed.
        let said = "\n*** NOT RUN: the book's tests in Prometheus. They run with FARTHING_LONG=1 only. ***\n\n";
        let _ = std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes());
        return;
    }
    let said = shown().run(&["test", ".", "--promtool"]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{}", said.out);
    assert!(said.out.ends_with("6 tests passed\n"), "{}", said.out);
}
