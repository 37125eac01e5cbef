//! The tests as Prometheus judges them: `promtool test rules` on the generated rules.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use farthing_plan::{Expectation, Expected, Plan, Scenario};
use farthing_prometheus::promtool;

use super::{Checked, Difference, Runner, Tested, told};
use crate::Failure;

/// What is run; found in the PATH.
const PROMTOOL: &str = "promtool";

/// Has promtool judge the scenarios, several at once.
pub(super) fn tested<'p>(plan: &Plan, scenarios: &[&'p Scenario]) -> Result<Vec<Tested<'p>>, Failure> {
    let folder = Folder::new()?;
    for file in farthing_prometheus::rules(plan) {
        folder.write(&file.name, &file.text)?;
    }
    for (index, scenario) in scenarios.iter().enumerate() {
        folder.write(&test_name(index), &promtool::test_file(plan, &[scenario]))?;
    }
    let next = AtomicUsize::new(0);
    let said: Mutex<Vec<Option<Result<Output, Failure>>>> = Mutex::new(scenarios.iter().map(|_| None).collect());
    let threads = thread::available_parallelism().map_or(1, usize::from).min(scenarios.len());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= scenarios.len() {
                        break;
                    }
                    let output = run(&folder.path, &test_name(index));
                    if let Ok(mut said) = said.lock() {
                        said[index] = Some(output);
                    }
                }
            });
        }
    });
    let said = said.into_inner().unwrap_or_default();
    let mut tested = Vec::new();
    for (scenario, output) in scenarios.iter().zip(said) {
        let output = output.unwrap_or_else(|| Err(Failure::usage("promtool was not run")))?;
        tested.push(judged(plan, scenario, &output)?);
    }
    Ok(tested)
}

fn test_name(index: usize) -> String {
    format!("{index}.test.yml")
}

fn run(folder: &Path, file: &str) -> Result<Output, Failure> {
    Command::new(PROMTOOL).args(["test", "rules", file]).current_dir(folder).output().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::usage(
            "there is no promtool in the PATH: install Prometheus 2.42 or later, such as Debian's package prometheus; \
             without --promtool the tests run in the evaluator alone",
        ),
        _ => Failure::usage(format!("cannot run promtool: {error}")),
    })
}

/// What promtool says of each expectation.
fn judged<'p>(plan: &Plan, scenario: &'p Scenario, output: &Output) -> Result<Tested<'p>, Failure> {
    let said = String::from_utf8_lossy(&output.stderr);
    let failures = failures(&said);
    if !output.status.success() && failures.is_empty() {
        let all = format!("{}{said}", String::from_utf8_lossy(&output.stdout));
        return Err(Failure::usage(format!("promtool could not run the test {:?}:\n{}", scenario.name, all.trim())));
    }
    let checks = scenario.expectations.iter().enumerate().map(|(index, expectation)| {
        if let Some(reason) = promtool::left_out(plan, expectation) {
            return Checked::Skipped(reason);
        }
        let label = promtool::label(scenario, index);
        match failures.iter().find(|(line, _)| *line == label) {
            Some((_, got)) => Checked::Failed(difference(plan, expectation, *got)),
            None => Checked::Passed,
        }
    });
    Ok(Tested { scenario, runner: Runner::Promtool, checks: checks.collect() })
}

/// The labels `line` of what failed, each with the value that there is instead.
fn failures(said: &str) -> Vec<(String, Option<f64>)> {
    let mut failures = Vec::new();
    let mut expected: Option<String> = None;
    for line in said.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("exp: {line=\"") {
            expected = rest.split_once('"').map(|(label, _)| label.to_string());
        } else if let (Some(rest), Some(label)) = (line.strip_prefix("got: "), &expected) {
            failures.push((label.clone(), rest.rsplit(' ').next().and_then(|number| number.parse().ok())));
            expected = None;
        }
    }
    failures
}

fn difference(plan: &Plan, expectation: &Expectation, got: Option<f64>) -> Difference {
    let objective = told::objective(plan, expectation);
    let actual = match (&expectation.expected, got) {
        (Expected::NoAlert { .. }, Some(minutes)) => format!("one fired for {minutes} minutes"),
        (Expected::Alert { .. }, _) => "none fired then".to_string(),
        (Expected::Met { met: None, .. }, Some(_)) => "there is a verdict".to_string(),
        (Expected::Met { .. }, Some(consumed)) => {
            format!("{} of the budget consumed", crate::report::percent(consumed))
        }
        (expected, Some(number)) => told::value(objective, expected, number),
        (_, None) => "no number: nothing was counted".to_string(),
    };
    Difference { expected: told::expected(objective, &expectation.expected), actual, chart: Vec::new() }
}

/// A folder of its own, removed at the end.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new() -> Result<Folder, Failure> {
        let mut attempt = 0;
        loop {
            let path = std::env::temp_dir().join(format!("farthing-test-{}-{attempt}", std::process::id()));
            match fs::create_dir(&path) {
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && attempt < 1_000 => attempt += 1,
                Err(error) => {
                    return Err(Failure::usage(format!("cannot make the folder {}: {error}", path.display())));
                }
                Ok(()) => return Ok(Folder { path }),
            }
        }
    }

    fn write(&self, name: &str, text: &str) -> Result<(), Failure> {
        let path = self.path.join(name);
        fs::write(&path, text).map_err(|error| Failure::usage(format!("cannot write {}: {error}", path.display())))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Where even that fails, the system cleans up its temporary folder.
        let _ = fs::remove_dir_all(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::failures;

    #[test]
    fn what_failed_is_read_from_what_promtool_says() {
        let said = "  FAILED:\n    expr: \"label_replace(sum(m), \\\"line\\\", \\\"27\\\", \\\"\\\", \\\"\\\")\", time: 5m,\n\
                    \x20       exp: {line=\"27\"} 3.45E+00\n        got: {line=\"27\"} 5E+00\n    expr: \"x\", time: 5m,\n\
                    \x20       exp: {line=\"28:2\"} 1E+00\n        got: nil\n";
        assert_eq!(failures(said), [("27".to_string(), Some(5.0)), ("28:2".to_string(), None)]);
    }
}
