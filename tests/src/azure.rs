//! The Azure LLM inference trace of 2023 as counters: the real one where its files lie beside the repository, else a made
//! one of its shape.

use std::{fs, path::Path};

use crate::{Clock, Failure, Random, Series};

/// The trace is of less than an hour, and is repeated after somewhat more, in seconds: no multiple of a minute or of a
/// scrape, so that no round meets the rules' evaluations as the one before. A rate weighs the traffic between the two
/// scrapes around an evaluation by a fifth less than the rest; were it the same traffic in every round, so would be the
/// error.
const PERIOD: f64 = 3_617.0;

/// Where the files of the trace lie, seen from the repository. They are no part of it.
const FOLDER: &str = "../shared/data/azure-llm-2023";

/// Requests are added up over so many seconds.
const STEP: f64 = 5.0;

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
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(FOLDER)
        .join(format!("AzureLLMInferenceTrace_{service}.csv"));
    let Ok(text) = fs::read_to_string(&file) else {
        eprintln!("NOTE: {} is not there: a made trace of its shape is judged in its place", file.display());
        return Ok(steps(made(service)));
    };
    let mut first = None;
    let mut requests = Vec::new();
    for (number, line) in text.lines().enumerate().skip(1) {
        let (second, input, output) =
            parse(line).ok_or_else(|| Failure::new(format!("{}:{}: {line}", file.display(), number + 1)))?;
        let start = *first.get_or_insert(second);
        requests.push((second - start, input, output));
    }
    Ok(steps(requests))
}

/// `2023-11-16 18:15:46.6805900,374,44`: the second of the day, and the tokens of the prompt and of the answer.
fn parse(line: &str) -> Option<(f64, f64, f64)> {
    let (time, tokens) = line.split_once(',')?;
    let (input, output) = tokens.split_once(',')?;
    let mut clock = time.split_once(' ')?.1.split(':').map(|part| part.parse::<f64>().ok());
    let mut next = || clock.next()?;
    let second = 3_600.0 * next()? + 60.0 * next()? + next()?;
    Some((second, input.parse().ok()?, output.trim().parse().ok()?))
}

/// Requests as the trace has them: bursts of seconds and lulls, prompts far longer than answers, for most of an hour.
fn made(service: &str) -> Vec<(f64, f64, f64)> {
    let (seed, pace, input, output) =
        if service == "code" { (1, 0.2, 2_000.0, 30.0) } else { (2, 0.1, 1_000.0, 200.0) };
    let mut random = Random::new(seed);
    let mut requests = Vec::new();
    let mut second = 0.0;
    while second < PERIOD - 120.0 {
        let burst = random.between(1.0, 12.0);
        for _ in 0..burst as usize {
            let (prompt, answer) = (random.between(0.02, 2.0) * input, random.between(0.02, 2.0) * output);
            requests.push((second, prompt.round(), answer.round()));
        }
        second += random.between(0.1, 2.0) * pace * burst;
    }
    requests
}

/// Requests added up.
fn steps(requests: Vec<(f64, f64, f64)>) -> Vec<(f64, [f64; 3])> {
    let mut steps: Vec<(f64, [f64; 3])> = Vec::new();
    for (second, input, output) in requests {
        let until = ((second / STEP).floor() + 1.0) * STEP;
        if steps.last().is_none_or(|(last, _)| *last < until) {
            steps.push((until, [0.0; 3]));
        }
        if let Some((_, sums)) = steps.last_mut() {
            for (sum, amount) in sums.iter_mut().zip([1.0, input, output]) {
                *sum += amount;
            }
        }
    }
    steps
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
            let made = super::steps(made(service));
            let made = [0, 1, 2].map(|kind| made.iter().map(|(_, amounts)| amounts[kind]).sum::<f64>());
            assert!(sums == all || sums == made, "{service}: {sums:?}");
            assert!(steps.windows(2).all(|pair| pair[0].0 < pair[1].0) && steps.last().unwrap().0 < PERIOD);
        }
    }
}
