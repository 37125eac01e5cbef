//! `farthing test`: the scenarios of `.slo` files, played by the embedded evaluator and, where asked for, by Prometheus.

mod human;
mod json;
mod junit;
mod promtool;
mod told;

use clap::ValueEnum;
use farthing_compiler::Options;
use farthing_plan::{Plan, Scenario};

use crate::{
    Failure, Outcome,
    compile::write,
    load,
    output::{self, Document, Style},
    report::Paint,
};

/// What the command takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Files, and folders with all .slo files below them. They are compiled together.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// Only the tests whose names have this in them.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Also have Prometheus's `promtool` evaluate the generated rules over the same samples. Takes some seconds for each
    /// day of a test.
    #[arg(long)]
    promtool: bool,
    /// How to say what came of it: for people, as one JSON document, or as XML in the shape of JUnit's.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The file that the report goes to; people are told on stdout as well then. - is stdout.
    #[arg(short, long, value_name = "FILE|-", default_value = "-")]
    output: String,
}

/// How the command says what came of the tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON document.
    Json,
    /// XML that continuous integration reads.
    Junit,
}

/// What has judged a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Runner {
    Evaluator,
    Promtool,
}

impl Runner {
    fn name(self) -> &'static str {
        match self {
            Runner::Evaluator => "evaluator",
            Runner::Promtool => "promtool",
        }
    }
}

/// What came of one test.
struct Tested<'p> {
    scenario: &'p Scenario,
    runner: Runner,
    /// For each expectation, in order.
    checks: Vec<Checked>,
}

impl Tested<'_> {
    fn passed(&self) -> bool {
        !self.checks.iter().any(|check| matches!(check, Checked::Failed(_)))
    }
}

/// What came of one expectation.
enum Checked {
    Passed,
    Failed(Difference),
    /// Why it could not be judged.
    Skipped(&'static str),
}

/// What is not as expected.
struct Difference {
    expected: String,
    actual: String,
    /// The past of the objective, in lines.
    chart: Vec<String>,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let is_json = arguments.format == Format::Json && arguments.output == "-";
    let result = played(arguments);
    if is_json { output::or_document(result) } else { result }
}

fn played(arguments: &Arguments) -> Result<Outcome, Failure> {
    let to_file = arguments.output != "-";
    // People are told as well where the report goes to a file.
    let loaded = match arguments.format {
        Format::Json if !to_file => load::quietly(&arguments.paths, &Options::default())?,
        Format::Json | Format::Human | Format::Junit => load::compiled(&arguments.paths, &Options::default())?,
    };
    let Some(plan) = &loaded.plan else {
        if arguments.format == Format::Json {
            put(&arguments.output, &Document::new(&loaded).text())?;
        }
        return Ok(Outcome::Errors);
    };
    let scenarios = chosen(plan, arguments)?;
    let paint = Paint { colour: Style::stdout().colour && (arguments.format == Format::Human || to_file) };
    let mut tested = Vec::new();
    for scenario in &scenarios {
        tested.push(evaluated(plan, scenario, paint)?);
    }
    if arguments.promtool {
        tested.extend(promtool::tested(plan, &scenarios)?);
    }
    let people = human::text(&tested, paint);
    match arguments.format {
        Format::Human => put(&arguments.output, &people)?,
        Format::Json => put(&arguments.output, &json::text(&tested))?,
        Format::Junit => put(&arguments.output, &junit::text(&tested))?,
    }
    if to_file && arguments.format != Format::Human {
        output::print(&people)?;
    }
    Ok(if tested.iter().all(Tested::passed) { Outcome::Fine } else { Outcome::Errors })
}

/// The tests that are asked for. A run without any would be green for nothing.
fn chosen<'p>(plan: &'p Plan, arguments: &Arguments) -> Result<Vec<&'p Scenario>, Failure> {
    if plan.scenarios.is_empty() {
        let paths = arguments.paths.join(", ");
        return Err(Failure::input(format!("there is no `test` in {paths}, so nothing was tested")));
    }
    let Some(filter) = &arguments.filter else {
        return Ok(plan.scenarios.iter().collect());
    };
    let found: Vec<&Scenario> = plan.scenarios.iter().filter(|scenario| scenario.name.contains(filter)).collect();
    if found.is_empty() {
        let names: Vec<String> = plan.scenarios.iter().map(|scenario| format!("{:?}", scenario.name)).collect();
        return Err(Failure::input(format!("no test has {filter:?} in its name; there are {}", names.join(", "))));
    }
    Ok(found)
}

/// Plays a test in the embedded evaluator.
fn evaluated<'p>(plan: &Plan, scenario: &'p Scenario, paint: Paint) -> Result<Tested<'p>, Failure> {
    let outcomes = farthing_evaluator::play(plan, scenario).map_err(Failure::input)?;
    let mut drawn: Vec<(&str, &farthing_plan::Labels)> = Vec::new();
    let checks = scenario.expectations.iter().zip(&outcomes).map(|(expectation, outcome)| {
        let mut checked = told::of(plan, scenario, expectation, outcome, paint);
        if let Checked::Failed(difference) = &mut checked {
            // One chart for each objective of a test.
            let own = (expectation.objective.as_str(), &expectation.labels);
            if drawn.contains(&own) {
                difference.chart.clear();
            }
            drawn.push(own);
        }
        checked
    });
    let checks = checks.collect();
    Ok(Tested { scenario, runner: Runner::Evaluator, checks })
}

/// Writes a report to a file, or to stdout.
fn put(path: &str, text: &str) -> Result<(), Failure> {
    if path == "-" {
        return output::print(text);
    }
    let path = std::path::Path::new(path);
    let name = path.file_name().and_then(|name| name.to_str());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match name {
        Some(name) => write::write(folder.unwrap_or(std::path::Path::new(".")), &[(name, text)]).map(|_| ()),
        None => Err(Failure::usage(format!("{} is no file", path.display()))),
    }
}
