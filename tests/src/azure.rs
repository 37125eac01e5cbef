//! The Azure LLM inference trace of 2023 (`AzureLLMInferenceTrace_code.csv`, `_conv.csv`, CC-BY-4.0) as counters.

use std::path::Path;

use crate::{Clock, Failure, Random, Series};

/// The trace is of less than an hour, and is repeated after somewhat more, in seconds: no multiple of a minute or of a
/// scrape, so that no round meets the rules' evaluations as the one before. A rate weighs the traffic between the two
/// scrapes around an evaluation by a fifth less than the rest; were it the same traffic in every round, so would be the
/// error.
const PERIOD: f64 = 3_617.0;

/// Requests, input tokens and output tokens of `code` or `conv`.
///
/// # Errors
/// When the file is missing or not what it should be.
pub(crate) fn counters(service: &str, clock: &Clock, random: &mut Random) -> Result<[Series; 3], Failure> {
    let requests = read(service)?;
    // Up to each request, how many there were and of how many tokens.
    let mut sums = vec![[0.0; 3]];
    for (number, (_, input, output)) in requests.iter().enumerate() {
        let [_, inputs, outputs] = sums[number];
        sums.push([number as f64 + 1.0, inputs + input, outputs + output]);
    }
    let whole = sums[sums.len() - 1];
    let scrapes = Series::new("", &[]).is(clock, random, |_| 0.0).samples;
    let mut counted = [const { Vec::new() }; 3];
    for (time, _) in scrapes {
        let since = (time - clock.start * 1000) as f64 / 1000.0;
        let (rounds, second) = ((since / PERIOD).floor(), since % PERIOD);
        let done = sums[requests.partition_point(|(at, ..)| *at <= second)];
        for (kind, samples) in counted.iter_mut().enumerate() {
            samples.push((time, rounds * whole[kind] + done[kind]));
        }
    }
    let names = ["requests_total", "input_tokens_total", "output_tokens_total"];
    let mut counted = counted.into_iter();
    Ok(names.map(|name| {
        let samples = counted.next().expect("three counters were counted");
        Series { samples, ..Series::new(name, &[("service_name", service)]) }
    }))
}

/// Each request: seconds since the first one, input tokens, output tokens.
fn read(service: &str) -> Result<Vec<(f64, f64, f64)>, Failure> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("../../shared/data/azure-llm-2023/AzureLLMInferenceTrace_{service}.csv"));
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Failure::new(format!(
            "{}: {error}. The trace belongs into shared/data/azure-llm-2023 beside the checkout; it is published as \
             AzureLLMInferenceTrace_code.csv and AzureLLMInferenceTrace_conv.csv in the folder data of the repository \
             Azure/AzurePublicDataset",
            path.display()
        ))
    })?;
    let mut requests = Vec::new();
    for (number, line) in text.lines().enumerate().skip(1) {
        let request = parse(line).ok_or_else(|| Failure::new(format!("{}:{}: {line}", path.display(), number + 1)))?;
        requests.push(request);
    }
    let first = requests.first().map_or(0.0, |(at, ..)| *at);
    requests.iter_mut().for_each(|(at, ..)| *at -= first);
    match requests.last() {
        Some((last, ..)) if *last < PERIOD => Ok(requests),
        _ => Err(Failure::new(format!("{}: not a trace of less than an hour", path.display()))),
    }
}

/// `2023-11-16 18:17:03.9799600,4808,10`, the time as seconds of its day.
fn parse(line: &str) -> Option<(f64, f64, f64)> {
    let mut columns = line.split(',');
    let mut clock = columns.next()?.split_once(' ')?.1.split(':').map(str::parse::<f64>);
    let mut part = || clock.next()?.ok();
    let at = part()? * 3_600.0 + part()? * 60.0 + part()?;
    Some((at, columns.next()?.parse().ok()?, columns.next()?.parse().ok()?))
}
