//! The Azure LLM inference trace of 2023 as counters.

use crate::{Clock, Failure, Random, Series};

/// The trace is of less than an hour, and is repeated after somewhat more, in seconds: no multiple of a minute or of a
/// scrape, so that no round meets the rules' evaluations as the one before. A rate weighs the traffic between the two
/// scrapes around an evaluation by a fifth less than the rest; were it the same traffic in every round, so would be the
/// error.
const PERIOD: f64 = 3_617.0;

/// What happened, with where it comes from and its licence.
const TRACE: &str = include_str!("../scenarios/azure-2023.csv");

/// Requests, input tokens and output tokens of `code` or `conv`.
///
/// # Errors
/// When the file is not what it should be.
pub(crate) fn counters(service: &str, clock: &Clock, random: &mut Random) -> Result<[Series; 3], Failure> {
    let steps = read(service)?;
    // Before each step, and after all.
    let mut sums = vec![[0.0; 3]];
    for (number, (_, amounts)) in steps.iter().enumerate() {
        sums.push([0, 1, 2].map(|kind| sums[number][kind] + amounts[kind]));
    }
    let whole = sums[steps.len()];
    let scrapes = Series::new("", &[]).is(clock, random, |_| 0.0).samples;
    let mut counted = [const { Vec::new() }; 3];
    for (time, _) in scrapes {
        let since = (time - clock.start * 1000) as f64 / 1000.0;
        let (rounds, second) = ((since / PERIOD).floor(), since % PERIOD);
        let done = sums[steps.partition_point(|(until, _)| *until <= second)];
        for (kind, samples) in counted.iter_mut().enumerate() {
            samples.push((time, rounds * whole[kind] + done[kind]));
        }
    }
    let names = ["requests_total", "input_tokens_total", "output_tokens_total"];
    let mut counted = counted.into_iter();
    Ok(names.map(|name| {
        let samples = counted.next().expect("INVARIANT: three counters were counted");
        Series { samples, ..Series::new(name, &[("service_name", service)]) }
    }))
}

/// Seconds since the first request, and the requests, input tokens and output tokens of the time up to then.
fn read(service: &str) -> Result<Vec<(f64, [f64; 3])>, Failure> {
    let mut steps = Vec::new();
    for (number, line) in TRACE.lines().enumerate().filter(|(_, line)| line.starts_with(service)) {
        let step = parse(line).filter(|(until, _)| *until < PERIOD);
        steps.push(step.ok_or_else(|| Failure::new(format!("azure-2023.csv:{}: {line}", number + 1)))?);
    }
    Ok(steps)
}

/// `code,5,12,25000,300`.
fn parse(line: &str) -> Option<(f64, [f64; 3])> {
    let mut numbers = line.split(',').skip(1).map(str::parse::<f64>);
    let mut next = || numbers.next()?.ok();
    Some((next()?, [next()?, next()?, next()?]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_requests_of_the_published_files_are_there() {
        for (service, all) in
            [("code", [8_819.0, 18_059_974.0, 245_896.0]), ("conv", [19_366.0, 22_361_870.0, 4_088_665.0])]
        {
            let steps = read(service).unwrap();
            let sums = [0, 1, 2].map(|kind| steps.iter().map(|(_, amounts)| amounts[kind]).sum::<f64>());
            assert_eq!(sums, all, "{service}");
        }
    }
}
