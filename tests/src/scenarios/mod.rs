//! The scenarios: what peers get wrong, and for each construct of the language one that a naive lowering gets wrong.

mod agent;
mod judged;
mod normalized;

pub use agent::{Lived, lived};
pub use judged::*;
pub use normalized::*;

use crate::{
    Clock, Failure, Length, Random, Scenario, Series, azure,
    traffic::{Kind, daily},
};

fn gpus(clock: &Clock, random: &mut Random, count: impl Fn(i64) -> f64) -> Series {
    Series::new("gpus", &[("node", "a")]).is(clock, random, count)
}

fn answers(pod: &str, clock: &Clock, random: &mut Random, rate: impl Fn(i64) -> f64) -> Series {
    Series::new("answers_total", &[("pod", pod)]).rises(clock, random, rate)
}

/// The same traffic all day; then a fleet that is doubled for a while.
pub fn steady(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(1));
    let (from, to) = (clock.at(0.8), clock.at(0.8) + 5 * 3_600);
    let series = vec![
        gpus(&clock, random, |t| if (from..to).contains(&t) { 8.0 } else { 4.0 }),
        answers("a", &clock, random, |_| 0.35),
    ];
    Scenario::new("steady", length, series, &[0.1, 0.5, 0.79, 0.82, 0.85])
}

/// Twenty minutes without a single answer, while the GPUs cost on.
pub fn idle_minutes(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(2));
    let idle = clock.at(0.6)..clock.at(0.6) + 1_200;
    let day = daily(1.0);
    let series = vec![
        gpus(&clock, random, |_| 4.0),
        answers("a", &clock, random, |t| if idle.contains(&t) { 0.0 } else { day(t) }),
    ];
    let mut scenario = Scenario::new("idle", length, series, &[0.3, 0.9])?;
    scenario.checkpoints.extend([idle.end - 120, idle.end + 600]);
    Ok(scenario)
}

/// 99% of all traffic falls into one hour.
pub fn one_busy_hour(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(3));
    let busy = clock.at(0.7)..clock.at(0.7) + 3_600;
    // As many as make an answer cost about the same over either length.
    let total = if length == Length::Days { 100_000.0 } else { 1_075_000.0 };
    let (quiet, loud) = (total * 0.01 / (clock.end - clock.start - 3_600) as f64, total * 0.99 / 3_600.0);
    let series = vec![
        gpus(&clock, random, |t| if busy.contains(&t) { 40.0 } else { 1.0 }),
        answers("a", &clock, random, |t| if busy.contains(&t) { loud } else { quiet }),
    ];
    let mut scenario = Scenario::new("burst", length, series, &[0.5, 0.9])?;
    (scenario.burstiness, scenario.busy) = (0.2, Some(3_600));
    scenario.checkpoints.extend([busy.start + 1_800, busy.end, busy.end + 1_800]);
    Ok(scenario)
}

/// Counters of three pods begin anew, each at times of its own.
pub fn resets(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(4));
    let mut series = vec![gpus(&clock, random, |_| 3.0)];
    for pod in ["a", "b", "c"] {
        let mut one = answers(pod, &clock, random, daily(0.5));
        let mut at = clock.start;
        while at < clock.end {
            at += random.between(3_600.0, 14_400.0) as i64;
            one = one.restarts(at);
        }
        series.push(one);
    }
    Scenario::new("resets", length, series, &[0.1, 0.4, 0.7, 0.95])
}

/// Pods that come and go, their counters beginning at 0 and their GPUs with them.
pub fn births_and_ends(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(5));
    let mut series = Vec::new();
    for lane in 0..3 {
        let (mut from, mut pod) = (clock.start + lane * 1_700, 0);
        while from < clock.end {
            let to = (from + random.between(3.0 * 3_600.0, 9.0 * 3_600.0) as i64).min(clock.end);
            let name = format!("{lane}-{pod}");
            let gpu = Series::new("gpus", &[("pod", &name)]).is(&clock, random, |_| 1.0);
            series.push(gpu.only(from, to, Kind::Gauge));
            series.push(answers(&name, &clock, random, daily(0.3)).only(from, to, Kind::Counter));
            (from, pod) = (to, pod + 1);
        }
    }
    // A pod that comes or goes changes the traffic by a third and more.
    Ok(Scenario { burstiness: 1.0, ..Scenario::new("churn", length, series, &[0.1, 0.45, 0.75, 0.9])? })
}

/// Prometheus was down, or the network: nothing at all was scraped for ten minutes, and for three, now and then.
pub fn gaps(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(6));
    let mut series = vec![gpus(&clock, random, |_| 4.0), answers("a", &clock, random, daily(1.0))];
    let mut breaks = Vec::new();
    for (share, minutes) in [(0.2, 10), (0.47, 3), (0.66, 30), (0.83, 4)] {
        let from = clock.at(share);
        series = series.into_iter().map(|one| one.without(from, from + minutes * 60)).collect();
        breaks.push(from);
    }
    Ok(Scenario { look_back: 300, breaks, ..Scenario::new("gaps", length, series, &[0.25, 0.5, 0.75, 0.95])? })
}

/// The label that the objective selects by changes its value: the input goes missing, though the service is well.
pub fn broken_label(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(7));
    let at = clock.at(0.6);
    let ask = |model: &str, random: &mut Random| {
        Series::new("answers_total", &[("model", model)]).rises(&clock, random, daily(1.0))
    };
    let series = vec![
        gpus(&clock, random, |_| 4.0),
        ask("llama-3", random).only(clock.start, at, Kind::Counter),
        ask("llama-3.1", random).only(at, clock.end, Kind::Counter),
    ];
    let mut scenario = Scenario::new("renamed", length, series, &[0.55, 0.7])?;
    scenario.missing = vec![("renamed/answers", at)];
    scenario.breaks = vec![at];
    Ok(scenario)
}

/// Two objectives read the same cost, and one of them the same indicator a second time.
pub fn shared_flow(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(8));
    let day = daily(400.0);
    let series = vec![
        gpus(&clock, random, |_| 4.0),
        answers("a", &clock, random, daily(1.0)),
        Series::new("tokens_total", &[("pod", "a")])
            .rises(&clock, random, |t| day(t) * if t % 7_200 < 900 { 2.0 } else { 1.0 }),
    ];
    Scenario::new("shared", length, series, &[0.2, 0.6, 0.9])
}

/// Broken down by model; one model is born late, one ends early, and some answers are of no model.
pub fn by_model(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(9));
    let mut series = Vec::new();
    for (model, rate, price, from, to) in
        [("large", 0.2, 0.02, 0.0, 1.0), ("small", 2.0, 0.001, 0.0, 0.8), ("new", 0.5, 0.004, 0.5, 1.0)]
    {
        let (from, to) = (clock.at(from), clock.at(to));
        for pod in ["a", "b"] {
            let labels = [("model", model), ("pod", pod)];
            let asked = answers(pod, &clock, random, daily(rate));
            series.push(Series { labels: Series::new("", &labels).labels, ..asked }.only(from, to, Kind::Counter));
            let day = daily(rate * price);
            let spent = Series::new("spend_usd_total", &labels);
            let spent = spent.rises(&clock, random, |t| day(t) * if t % 28_800 < 1_800 { 1.5 } else { 1.0 });
            series.push(spent.only(from, to, Kind::Counter));
        }
    }
    let stray = answers("stray", &clock, random, daily(0.1)).only(clock.at(0.4), clock.at(0.6), Kind::Counter);
    series.push(stray);
    let scenario = Scenario::new("models", length, series, &[0.3, 0.52, 0.7, 0.9])?;
    Ok(Scenario { unmatched: vec!["models/answers"], ..scenario })
}

/// More tokens a dollar are better.
pub fn at_least(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(10));
    let (slow, day) = (clock.at(0.7)..clock.at(0.7) + 4 * 3_600, daily(1_000.0));
    let series = vec![
        gpus(&clock, random, |_| 2.0),
        Series::new("tokens_total", &[]).rises(&clock, random, |t| day(t) * if slow.contains(&t) { 0.3 } else { 1.0 }),
    ];
    Scenario::new("tokens", length, series, &[0.3, 0.72, 0.76, 0.85])
}

/// A share of requests fails; the failed ones' series is born with the first of them.
pub fn share(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(11));
    let (broken, day, bad) = (clock.at(0.5)..clock.at(0.5) + 5_400, daily(3.0), daily(3.0));
    let fails = move |t| bad(t) * if broken.contains(&t) { 0.2 } else { 0.005 };
    let request = |code: &str| Series::new("requests_total", &[("code", code)]);
    let series = vec![
        request("200").rises(&clock, random, day),
        request("500").rises(&clock, random, fails).only(clock.at(0.2), clock.end, Kind::Counter),
    ];
    Scenario::new("failures", length, series, &[0.1, 0.3, 0.52, 0.55, 0.8])
}

/// A quantile of a histogram: all that lies in the bucket below the bound is good.
pub fn quantile(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(12));
    let (slow, phase) = (clock.at(0.6)..clock.at(0.6) + 7_200, Random::new(120));
    let bound = |le: &str, share: f64| {
        let (slow, day) = (slow.clone(), daily(2.0));
        // All buckets are of one scrape: the same times and the same noise.
        Series::new("ttft_seconds_bucket", &[("le", le)]).rises(&clock, &mut phase.clone(), move |t| {
            day(t) * if slow.contains(&t) { (share * 0.6).max(if share == 1.0 { 1.0 } else { 0.0 }) } else { share }
        })
    };
    let mut series = vec![bound("0.1", 0.5), bound("0.4", 0.96), bound("1.0", 0.99), bound("+Inf", 1.0)];
    series.push(Series { name: "ttft_seconds_count".into(), labels: Default::default(), ..bound("+Inf", 1.0) });
    // Another series that has nothing to do with it.
    series.push(gpus(&clock, random, |_| 1.0));
    Scenario::new("latency", length, series, &[0.3, 0.61, 0.64, 0.9])
}

/// The share of time in which a cache is nearly full.
pub fn time_share(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(13));
    let series = ["a", "b"].map(|pod| {
        let phase = random.between(0.0, 40_000.0) as i64;
        Series::new("kv_cache_usage", &[("pod", pod)]).is(&clock, random, |t| match (t + phase).rem_euclid(40_000) {
            0..3_000 => 0.95,
            3_000..9_000 => 0.85,
            _ => 0.4,
        })
    });
    // The one cache may begin to be full within the minute in which the other leaves the window: a minute of one of them.
    Ok(Scenario { sampled: 60.0, ..Scenario::new("cache", length, series.to_vec(), &[0.2, 0.5, 0.8])? })
}

/// An hour of real traffic of two services, again and again: the trace that Azure published in 2023.
///
/// # Errors
/// When the trace is not there.
pub fn azure_trace(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(14));
    let mut series = Vec::new();
    for service in ["code", "conv"] {
        series.extend(azure::counters(service, &clock, random)?);
    }
    series.push(gpus(&clock, random, |_| 8.0));
    Ok(Scenario { burstiness: 1.0, ..Scenario::new("azure", length, series, &[0.3, 0.77])? })
}

/// Hands the names of all scenarios to a macro: each is a test of its own, over a day and a half.
#[macro_export]
macro_rules! for_each_scenario {
    ($make:ident) => {
        $crate::for_each_month! { $make, weighted, standardized, allocated, priced, currencies, calendar, classes, precision,
            relabelled, templated, excluded, gross, guarded, planned, peak }
    };
}

/// The same of those that are judged over a month as well: what peers get wrong, and what long windows could make differ.
#[macro_export]
macro_rules! for_each_month {
    ($make:ident $(, $more:ident)*) => {
        $make! {
            steady,
            idle_minutes,
            one_busy_hour,
            resets,
            births_and_ends,
            gaps,
            broken_label,
            shared_flow,
            by_model,
            at_least,
            share,
            quantile,
            time_share,
            azure_trace,
            traded
            $(, $more)*
        }
    };
}

/// All of them.
///
/// # Errors
/// When one cannot be made.
pub fn all(length: Length) -> Result<Vec<Scenario>, Failure> {
    macro_rules! made {
        ($($name:ident),*) => { [$($name(length)),*] };
    }
    crate::for_each_scenario!(made).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use farthing_plan::Plan;

    use super::*;

    #[test]
    fn plans_have_alerts_and_samples_are_in_order() {
        for length in [Length::Days] {
            for Scenario { name, plan, series, clock, checkpoints, .. } in all(length).unwrap() {
                let Plan { services, .. } = plan;
                assert!(services[0].objectives.iter().any(|objective| !objective.alerts.is_empty()), "{name}");
                for one in &series {
                    assert!(one.samples.windows(2).all(|pair| pair[0].0 < pair[1].0), "{name} {one:?}");
                    assert!(
                        one.samples.iter().all(|(_, value)| *value >= 0.0 || value.to_bits() == crate::STALE),
                        "{name} {:?}",
                        one.name
                    );
                }
                assert!(checkpoints.iter().all(|at| at % 60 == 0 && (clock.start..=clock.end).contains(at)), "{name}");
            }
        }
    }
}
