//! What came of tests, for people: a line for each, and what is not as expected with its place, both values and a chart.

use super::{Checked, Runner, Tested};
use crate::{
    output::plural,
    report::{Colour, Paint, plain},
};

pub(super) fn text(tested: &[Tested<'_>], paint: Paint) -> String {
    let mut text = String::new();
    let mut file = "";
    let has_promtool = tested.iter().any(|tested| tested.runner == Runner::Promtool);
    let mut runner = None;
    for test in tested {
        if runner != Some(test.runner) && has_promtool {
            if runner.is_some() {
                text.push('\n');
            }
            let title = match test.runner {
                Runner::Evaluator => "In the evaluator",
                Runner::Promtool => "In Prometheus, by promtool",
            };
            text.push_str(&format!("{}\n", paint.as_is(Colour::Bold, title)));
            file = "";
        }
        runner = Some(test.runner);
        if file != test.scenario.file {
            file = &test.scenario.file;
            text.push_str(&format!("{}\n", paint.as_is(Colour::Dim, &plain(file))));
        }
        text.push_str(&one(test, paint));
    }
    text.push_str(&format!("\n{}\n", summary(tested, paint)));
    text
}

fn one(test: &Tested<'_>, paint: Paint) -> String {
    let (sign, colour) = if test.passed() { ("✓", Colour::Green) } else { ("✗", Colour::Red) };
    let mut text = format!("  {} {}\n", paint.as_is(colour, sign), plain(&test.scenario.name));
    for (expectation, check) in test.scenario.expectations.iter().zip(&test.checks) {
        let place = format!("{}:{}", plain(&test.scenario.file), expectation.line);
        match check {
            Checked::Passed => {}
            Checked::Skipped(reason) => {
                let line = format!("    not judged: {place}  {}\n      {reason}\n", plain(&expectation.text));
                text.push_str(&paint.as_is(Colour::Dim, &line));
            }
            Checked::Failed(difference) => {
                let dim = |text: &str| paint.as_is(Colour::Dim, text);
                text.push_str(&format!("\n    {}  expect {}\n", dim(&place), plain(&expectation.text)));
                text.push_str(&format!("      {}  {}\n", dim("expected"), plain(&difference.expected)));
                text.push_str(&format!(
                    "      {}  {}\n",
                    dim("actual  "),
                    paint.as_is(Colour::Red, &plain(&difference.actual))
                ));
                if !difference.chart.is_empty() {
                    text.push('\n');
                }
                for line in &difference.chart {
                    text.push_str(&format!("  {line}\n"));
                }
            }
        }
    }
    if !test.passed() {
        text.push('\n');
    }
    text
}

/// `1 of 4 tests failed`
fn summary(tested: &[Tested<'_>], paint: Paint) -> String {
    let failed = tested.iter().filter(|test| !test.passed()).count();
    let skipped =
        tested.iter().flat_map(|test| &test.checks).filter(|check| matches!(check, Checked::Skipped(_))).count();
    let skipped = match skipped {
        0 => String::new(),
        count => format!("; {} could not be judged", plural(count, "expectation")),
    };
    match failed {
        0 => format!("{}{skipped}", paint.as_is(Colour::Green, &format!("{} passed", plural(tested.len(), "test")))),
        _ => {
            let text = format!("{failed} of {} failed", plural(tested.len(), "test"));
            format!("{}{skipped}", paint.as_is(Colour::Red, &text))
        }
    }
}
