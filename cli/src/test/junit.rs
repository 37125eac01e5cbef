//! What came of tests, as XML in the shape of JUnit's reports, which continuous integration reads.

use super::{Checked, Runner, Tested};

pub(super) fn text(tested: &[Tested<'_>]) -> String {
    let failed = |tested: &[&Tested<'_>]| tested.iter().filter(|test| !test.passed()).count();
    let all: Vec<&Tested<'_>> = tested.iter().collect();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    text.push_str(&format!("<testsuites name=\"farthing\" tests=\"{}\" failures=\"{}\">\n", all.len(), failed(&all)));
    let mut suites: Vec<(String, Vec<&Tested<'_>>)> = Vec::new();
    for test in tested {
        let name = match test.runner {
            Runner::Evaluator => test.scenario.file.clone(),
            Runner::Promtool => format!("{} (promtool)", test.scenario.file),
        };
        match suites.iter_mut().find(|(own, _)| *own == name) {
            Some((_, tests)) => tests.push(test),
            None => suites.push((name, vec![test])),
        }
    }
    for (name, tests) in &suites {
        let (name, failures) = (escaped(name), failed(tests));
        text.push_str(&format!("  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failures}\">\n", tests.len()));
        for test in tests {
            push_case(&mut text, &name, test);
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn push_case(text: &mut String, suite: &str, test: &Tested<'_>) {
    let scenario = test.scenario;
    let (name, file) = (escaped(&scenario.name), escaped(&scenario.file));
    text.push_str(&format!(
        "    <testcase name=\"{name}\" classname=\"{suite}\" file=\"{file}\" line=\"{}\"",
        scenario.line
    ));
    let (mut children, mut output) = (String::new(), String::new());
    let (mut message, mut body) = (None, String::new());
    let mut judged = false;
    for (expectation, check) in scenario.expectations.iter().zip(&test.checks) {
        let place = format!("{}:{}", scenario.file, expectation.line);
        match check {
            Checked::Passed => judged = true,
            Checked::Failed(difference) => {
                judged = true;
                let first = format!("expected {}; actual: {}", difference.expected, difference.actual);
                message.get_or_insert(first);
                body.push_str(&format!("{place}: expect {}\n", expectation.text));
                body.push_str(&format!("expected: {}\nactual:   {}\n", difference.expected, difference.actual));
                for line in &difference.chart {
                    body.push_str(&format!("{line}\n"));
                }
            }
            Checked::Skipped(reason) => {
                output.push_str(&format!("{place}: not judged: expect {}: {reason}\n", expectation.text));
            }
        }
    }
    // One element for all that failed: some readers look at the first alone.
    if let Some(message) = message {
        let (message, body) = (escaped(&message), escaped(&body));
        children.push_str(&format!("      <failure message=\"{message}\" type=\"expectation\">{body}</failure>\n"));
    }
    if !judged {
        children.push_str("      <skipped message=\"none of its expectations could be judged\"/>\n");
    }
    if !output.is_empty() {
        children.push_str(&format!("      <system-out>{}</system-out>\n", escaped(&output)));
    }
    if children.is_empty() {
        text.push_str("/>\n");
    } else {
        text.push_str(&format!(">\n{children}    </testcase>\n"));
    }
}

/// Text that may stand between tags and in quotes. What XML cannot hold at all becomes a replacement character.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(character),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ if character.is_control() => out.push('\u{fffd}'),
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_breaks_out_of_its_place() {
        assert_eq!(escaped("a \"<b>\" & 'c'\u{1b}[0m\u{ffff}"), "a &quot;&lt;b&gt;&quot; &amp; 'c'\u{fffd}[0m\u{fffd}");
    }
}
