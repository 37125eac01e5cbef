//! What came of tests, for programs.

use serde::Serialize;

use super::{Checked, Tested};

/// The version of the shape: as that of the other documents.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    error: Option<String>,
    tests: Vec<Test<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Test<'a> {
    name: &'a str,
    file: &'a str,
    line: u32,
    runner: &'static str,
    passed: bool,
    expectations: Vec<Expectation<'a>>,
}

#[derive(Serialize)]
struct Expectation<'a> {
    text: &'a str,
    line: u32,
    /// `passed`, `failed` or `skipped`.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actual: Option<&'a str>,
    /// Why it was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct Summary {
    tests: usize,
    failed: usize,
}

pub(super) fn text(tested: &[Tested<'_>]) -> String {
    let tests: Vec<Test<'_>> = tested.iter().map(test).collect();
    let summary = Summary { tests: tests.len(), failed: tests.iter().filter(|test| !test.passed).count() };
    let document = Document { version: VERSION, error: None, tests, summary };
    let mut text = serde_json::to_string_pretty(&document).expect("INVARIANT: all keys are strings");
    text.push('\n');
    text
}

fn test<'a>(tested: &'a Tested<'_>) -> Test<'a> {
    let scenario = tested.scenario;
    let expectations = scenario.expectations.iter().zip(&tested.checks).map(|(expectation, check)| {
        let (state, difference, reason) = match check {
            Checked::Passed => ("passed", None, None),
            Checked::Failed(difference) => ("failed", Some(difference), None),
            Checked::Skipped(reason) => ("skipped", None, Some(*reason)),
        };
        Expectation {
            text: &expectation.text,
            line: expectation.line,
            state,
            expected: difference.map(|difference| difference.expected.as_str()),
            actual: difference.map(|difference| difference.actual.as_str()),
            reason,
        }
    });
    Test {
        name: &scenario.name,
        file: &scenario.file,
        line: scenario.line,
        runner: tested.runner.name(),
        passed: tested.passed(),
        expectations: expectations.collect(),
    }
}
