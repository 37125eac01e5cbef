//! Samples of metrics from text with timestamps: OpenMetrics, or Prometheus's older form.
//!
//! Such a file has one series after the other, and the evaluator wants one time after the other. So the samples of
//! those series that some objective reads are kept, 16 bytes each, and merged by time.

mod series;

use std::{
    collections::BTreeSet,
    io::{BufRead as _, Read as _},
};

use farthing_evaluator::{Evaluator, Report};
use farthing_exposition::recorded::{self, Line};
use farthing_plan::Plan;

use super::{end, input::Input};
use crate::{Failure, output, report::count};
use series::SeriesStore;

/// The longest line, in bytes.
const LONGEST: u64 = 1 << 20;
/// The most names that a message lists.
const LISTED: usize = 8;

/// Judges the samples of a file.
///
/// # Errors
/// Exit code 2 for a file that cannot be read, 1 for one that has something wrong in it or nothing of use.
pub(super) fn judge(plan: &Plan, mut evaluator: Evaluator, path: &str) -> Result<Report, Failure> {
    let metrics: BTreeSet<String> = plan.metrics().map(str::to_string).collect();
    if metrics.is_empty() {
        return Err(Failure::input("the objectives read no metrics, but events: use --events"));
    }
    let mut store = SeriesStore::new(&metrics);
    let name = read(path, &mut evaluator, &mut store)?;
    let list = |names: &mut dyn Iterator<Item = &str>| {
        let names: Vec<&str> = names.collect();
        let more = if names.len() > LISTED { ", …" } else { "" };
        format!("{}{more}", names[..names.len().min(LISTED)].join(", "))
    };
    if store.known() == 0 {
        return Err(Failure::input(format!("{name}: there are no samples in it, so there is nothing to judge")));
    }
    if store.is_empty() {
        return Err(Failure::input(format!(
            "{name}: no objective reads any of its {} series; the objectives read: {}. Are the names and labels those \
             of the .slo files?",
            count(store.known() as u64),
            list(&mut metrics.iter().map(String::as_str))
        )));
    }
    let absent: BTreeSet<&str> = metrics.iter().map(String::as_str).filter(|metric| !store.has(metric)).collect();
    if !absent.is_empty() {
        output::note(&format!(
            "warning: {name}: no series that an objective reads of: {}\n",
            list(&mut absent.into_iter())
        ));
    }
    match store.play(&mut evaluator) {
        Some(last_ms) => {
            evaluator.advance(end(plan, last_ms));
            Ok(evaluator.report())
        }
        None => Err(Failure::input(format!("{name}: there are no samples in it, so there is nothing to judge"))),
    }
}

/// Reads all lines, and gives what messages call the file.
fn read(path: &str, evaluator: &mut Evaluator, store: &mut SeriesStore) -> Result<String, Failure> {
    let mut input = Input::open(path)?;
    let name = input.name.clone();
    let (mut bytes, mut number) = (Vec::new(), 0u64);
    let (mut ended, mut seconds) = (false, false);
    loop {
        bytes.clear();
        let read = input.reader.by_ref().take(LONGEST).read_until(b'\n', &mut bytes);
        if read.map_err(|error| input.failed(&error))? == 0 {
            break;
        }
        number += 1;
        let at = |message: &str| Failure::input(format!("{name}:{number}: {message}"));
        if bytes.len() as u64 == LONGEST {
            return Err(at("a line of more than 1 MiB; is it OpenMetrics text?"));
        }
        let text = str::from_utf8(&bytes).map_err(|_| at("not UTF-8; save the file as UTF-8"))?.trim();
        if ended && !text.is_empty() {
            return Err(at("something follows `# EOF`: several files in one? Judge them one by one, or merge them"));
        }
        match recorded::parse(text).map_err(|message| at(&message))? {
            Line::Nothing => {}
            Line::End => ended = true,
            Line::Sample(sample) => {
                seconds |= sample.in_seconds;
                store.take(&sample, evaluator).map_err(|message| at(&message))?;
            }
        }
    }
    if number == 0 {
        return Err(Failure::input(format!("{name}: the file is empty")));
    }
    // Prometheus's own text form has milliseconds and no such end.
    if !ended && seconds {
        return Err(Failure::input(format!(
            "{name}:{number}: the file ends without `# EOF`: it is cut off; get it again, or add that line if it is \
             complete"
        )));
    }
    Ok(name)
}
