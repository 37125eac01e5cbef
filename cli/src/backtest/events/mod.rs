//! Events from a file: CSV or JSON lines, read row by row in constant memory.

mod csv;
mod intake;
mod json;
mod rows;

use std::io::BufRead as _;

use farthing_evaluator::Evaluator;
use farthing_intake::did_you_mean;
use farthing_plan::{Event, Plan};

use super::{Judged, end, input::Input};
use crate::{Failure, output, report::count};
use intake::Intake;
use rows::Rows;

/// The event that rows of a file are: the one that was named, or the only one.
///
/// # Errors
/// Exit code 1 where there is none, or 2 where the name is of none or several come into question.
pub(super) fn choose<'p>(plan: &'p Plan, name: Option<&str>) -> Result<&'p Event, Failure> {
    let names: Vec<&str> = plan.events.iter().map(|event| event.name.as_str()).collect();
    match (name, plan.events.as_slice()) {
        (_, []) => Err(Failure::input("the .slo files declare no event; backtest --openmetrics judges metrics")),
        (None, [only]) => Ok(only),
        (None, _) => {
            Err(Failure::usage(format!("there are several events: name one with --event: {}", names.join(", "))))
        }
        (Some(name), events) => events.iter().find(|event| event.name == name).ok_or_else(|| {
            let hint = did_you_mean(name, &names);
            Failure::usage(format!("there is no event {name}{hint}; there are: {}", names.join(", ")))
        }),
    }
}

/// Judges the events of a file.
///
/// # Errors
/// Exit code 2 for a file that cannot be read, 1 for one that has something wrong in it.
pub(super) fn judge(
    plan: &Plan,
    evaluator: Evaluator,
    event: &Event,
    path: &str,
    skip_bad_rows: bool,
) -> Result<Judged, Failure> {
    let mut input = Input::open(path)?;
    let name = input.name.clone();
    let mut intake = Intake::new(plan, evaluator, event)?;
    let mut rows = Rows::new(&name, skip_bad_rows);
    match first_sign(&mut input)? {
        None => return Err(Failure::input(format!("{name}: the file is empty"))),
        Some(b'{') => json::read(input, &mut intake, &mut rows)?,
        Some(b'[') => {
            return Err(Failure::input(format!(
                "{name}: a JSON array; one object a line is needed: `jq -c '.[]' {name}` makes such lines"
            )));
        }
        Some(_) => csv::read(input, &mut intake, &mut rows)?,
    }
    if let Some(summary) = rows.summary() {
        output::note(&summary);
    }
    let read = rows.read();
    match intake.finish()? {
        Some((mut evaluator, last_ms)) => {
            evaluator.advance(end(plan, last_ms));
            Ok(Judged { report: evaluator.report(), skipped: rows.skipped() })
        }
        None if read > 0 => Err(Failure::input(format!("{name}: none of its {} rows can be read", count(read)))),
        None => Err(Failure::input(format!("{name}: there are no rows in it, so there is nothing to judge"))),
    }
}

/// The first byte that is no white space.
fn first_sign(input: &mut Input) -> Result<Option<u8>, Failure> {
    loop {
        let (found, length) = match input.reader.fill_buf() {
            Ok([]) => return Ok(None),
            Ok(bytes) => (bytes.iter().copied().find(|byte| !byte.is_ascii_whitespace()), bytes.len()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(input.failed(&error)),
        };
        if found.is_some() {
            return Ok(found);
        }
        // Only white space so far, a few lines at most in any file that means something.
        input.reader.consume(length);
    }
}
