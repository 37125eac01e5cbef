//! The scenarios: what peers get wrong, and what the issue names.

use farthing_plan::{Comparison, MatchOp};

use crate::{
    Clock, Failure, Length, Random, Scenario, Series, azure,
    plans::{Draft, bucket, counter, gauge, gauge_time, matches},
    traffic::{Kind, daily},
};

/// The price of a GPU, in dollars a second: $2.50 an hour.
const GPU: &str = "2.5/3600";

/// Cost of GPUs over answers, at most `target` dollars each.
fn cost_per_answer(length: Length, name: &str, target: &str) -> Draft {
    Draft::new(name, length)
        .flow("gpu", "USD", &[], gauge("gpus", GPU))
        .flow("answers", "request", &[], counter("answers_total", vec![]))
        .sli("cost_per_answer", &[], &[("gpu", "1")], &[("answers", "1")])
        .mean("affordable", "cost_per_answer", Comparison::AtMost, target, "0.05")
}

fn gpus(clock: &Clock, random: &mut Random, count: impl Fn(i64) -> f64) -> Series {
    Series::new("gpus", &[("node", "a")]).is(clock, random, count)
}

fn answers(pod: &str, clock: &Clock, random: &mut Random, rate: impl Fn(i64) -> f64) -> Series {
    Series::new("answers_total", &[("pod", pod)]).rises(clock, random, rate)
}

/// The same traffic all day; then a fleet that is doubled for a while.
pub fn steady(length: Length) -> Scenario {
    let (clock, random) = (length.clock(), &mut Random::new(1));
    let (from, to) = (clock.at(0.8), clock.at(0.8) + 5 * 3_600);
    let series = vec![
        gpus(&clock, random, |t| if (from..to).contains(&t) { 8.0 } else { 4.0 }),
        answers("a", &clock, random, |_| 0.35),
    ];
    let plan = cost_per_answer(length, "steady", "0.0079").plan();
    Scenario::new("steady", plan, series, clock, &[0.1, 0.5, 0.79, 0.82, 0.85])
}

/// Twenty minutes without a single answer, while the GPUs cost on.
pub fn idle_minutes(length: Length) -> Scenario {
    let (clock, random) = (length.clock(), &mut Random::new(2));
    let idle = clock.at(0.6)..clock.at(0.6) + 1_200;
    let day = daily(1.0);
    let series = vec![
        gpus(&clock, random, |_| 4.0),
        answers("a", &clock, random, |t| if idle.contains(&t) { 0.0 } else { day(t) }),
    ];
    let plan = cost_per_answer(length, "idle", "0.0047").plan();
    let mut scenario = Scenario::new("idle", plan, series, clock, &[0.3, 0.9]);
    scenario.checkpoints.extend([idle.end - 120, idle.end + 600]);
    scenario
}

/// 99% of all traffic falls into one hour.
pub fn one_busy_hour(length: Length) -> Scenario {
    let (clock, random) = (length.clock(), &mut Random::new(3));
    let busy = clock.at(0.7)..clock.at(0.7) + 3_600;
    let total = 100_000.0;
    let (quiet, loud) = (total * 0.01 / (clock.end - clock.start - 3_600) as f64, total * 0.99 / 3_600.0);
    let series = vec![
        gpus(&clock, random, |t| if busy.contains(&t) { 40.0 } else { 1.0 }),
        answers("a", &clock, random, |t| if busy.contains(&t) { loud } else { quiet }),
    ];
    let plan = cost_per_answer(length, "burst", if length == Length::Days { "0.0018" } else { "0.019" }).plan();
    let mut scenario = Scenario::new("burst", plan, series, clock, &[0.5, 0.9]);
    scenario.checkpoints.extend([busy.start + 1_800, busy.end, busy.end + 1_800]);
    scenario
}

/// Counters of three pods begin anew, each at times of its own.
pub fn resets(length: Length) -> Scenario {
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
    let plan = cost_per_answer(length, "resets", "0.0023").plan();
    Scenario::new("resets", plan, series, clock, &[0.1, 0.4, 0.7, 0.95])
}

/// Pods that come and go, their counters beginning at 0 and their GPUs with them.
pub fn births_and_ends(length: Length) -> Scenario {
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
    let plan = cost_per_answer(length, "churn", "0.0039").plan();
    Scenario::new("churn", plan, series, clock, &[0.1, 0.45, 0.75, 0.9])
}

/// Prometheus was down, or the network: nothing at all was scraped for ten minutes, and for three, now and then.
pub fn gaps(length: Length) -> Scenario {
    let (clock, random) = (length.clock(), &mut Random::new(6));
    let mut series = vec![gpus(&clock, random, |_| 4.0), answers("a", &clock, random, daily(1.0))];
    let mut breaks = Vec::new();
    for (share, minutes) in [(0.2, 10), (0.47, 3), (0.66, 30), (0.83, 4)] {
        let from = clock.at(share);
        series = series.into_iter().map(|one| one.without(from, from + minutes * 60)).collect();
        breaks.push(from);
    }
    let plan = cost_per_answer(length, "gaps", "0.0046").plan();
    Scenario { look_back: 300, breaks, ..Scenario::new("gaps", plan, series, clock, &[0.25, 0.5, 0.75, 0.95]) }
}

/// The label that the objective selects by changes its value: the input goes missing, though the service is well.
pub fn broken_label(length: Length) -> Scenario {
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
    let plan = Draft::new("renamed", length)
        .flow("gpu", "USD", &[], gauge("gpus", GPU))
        .flow("answers", "request", &[], counter("answers_total", matches("model", MatchOp::Equal, &["llama-3"])))
        .sli("cost_per_answer", &[], &[("gpu", "1")], &[("answers", "1")])
        .mean("affordable", "cost_per_answer", Comparison::AtMost, "0.0045", "0.05")
        .plan();
    let mut scenario = Scenario::new("renamed", plan, series, clock, &[0.55, 0.7]);
    scenario.missing = vec![("renamed/answers", at)];
    scenario.breaks = vec![at];
    scenario
}

/// Two objectives read the same cost, and one of them the same indicator a second time.
pub fn shared_flow(length: Length) -> Scenario {
    let (clock, random) = (length.clock(), &mut Random::new(8));
    let day = daily(400.0);
    let series = vec![
        gpus(&clock, random, |_| 4.0),
        answers("a", &clock, random, daily(1.0)),
        Series::new("tokens_total", &[("pod", "a")])
            .rises(&clock, random, |t| day(t) * if t % 7_200 < 900 { 2.0 } else { 1.0 }),
    ];
    let plan = cost_per_answer(length, "shared", "0.0045")
        .mean("affordable_too", "cost_per_answer", Comparison::AtMost, "0.0047", "0.1")
        .flow("tokens", "output_token", &[], counter("tokens_total", vec![]))
        .sli("cost_per_token", &[], &[("gpu", "1")], &[("tokens", "1")])
        .mean("cheap_tokens", "cost_per_token", Comparison::AtMost, "0.0000104", "0.05")
        .plan();
    Scenario::new("shared", plan, series, clock, &[0.2, 0.6, 0.9])
}

/// Broken down by model; one model is born late, one ends early.
pub fn by_model(length: Length) -> Scenario {
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
    let plan = Draft::new("models", length)
        .flow("spend", "USD", &["model"], counter("spend_usd_total", vec![]))
        .flow("answers", "request", &["model"], counter("answers_total", vec![]))
        .sli("cost_by_model", &["model"], &[("spend", "1")], &[("answers", "1")])
        .sli("cost_of_all", &[], &[("spend", "1")], &[("answers", "1")])
        .mean("by_model", "cost_by_model", Comparison::AtMost, "0.0042", "0.1")
        .mean("overall", "cost_of_all", Comparison::AtMost, "0.0035", "0.05")
        .plan();
    Scenario::new("models", plan, series, clock, &[0.3, 0.52, 0.7, 0.9])
}

/// More tokens a dollar are better.
pub fn at_least(length: Length) -> Scenario {
    let (clock, random) = (length.clock(), &mut Random::new(10));
    let (slow, day) = (clock.at(0.7)..clock.at(0.7) + 4 * 3_600, daily(1_000.0));
    let series = vec![
        gpus(&clock, random, |_| 2.0),
        Series::new("tokens_total", &[]).rises(&clock, random, |t| day(t) * if slow.contains(&t) { 0.3 } else { 1.0 }),
    ];
    let plan = Draft::new("tokens", length)
        .flow("gpu", "USD", &[], gauge("gpus", GPU))
        .flow("output", "output_token", &[], counter("tokens_total", vec![]))
        .sli("tokens_per_dollar", &[], &[("output", "1")], &[("gpu", "1")])
        .mean("productive", "tokens_per_dollar", Comparison::AtLeast, "420000", "0.05")
        .plan();
    Scenario::new("tokens", plan, series, clock, &[0.3, 0.72, 0.76, 0.85])
}

/// A share of requests fails; the failed ones' series is born with the first of them.
pub fn share(length: Length) -> Scenario {
    let (clock, random) = (length.clock(), &mut Random::new(11));
    let (broken, day, bad) = (clock.at(0.5)..clock.at(0.5) + 5_400, daily(3.0), daily(3.0));
    let fails = move |t| bad(t) * if broken.contains(&t) { 0.2 } else { 0.005 };
    let request = |code: &str| Series::new("requests_total", &[("code", code)]);
    let series = vec![
        request("200").rises(&clock, random, day),
        request("500").rises(&clock, random, fails).only(clock.at(0.2), clock.end, Kind::Counter),
    ];
    let plan = Draft::new("failures", length)
        .flow("failed", "request", &[], counter("requests_total", matches("code", MatchOp::Regex, &["5.."])))
        .flow("all", "request", &[], counter("requests_total", vec![]))
        .sli("failed_share", &[], &[("failed", "1?")], &[("all", "1")])
        .share("successful", "failed_share", "0.99")
        .plan();
    Scenario::new("failures", plan, series, clock, &[0.1, 0.3, 0.52, 0.55, 0.8])
}

/// A quantile of a histogram: all that lies in the bucket below the bound is good.
pub fn quantile(length: Length) -> Scenario {
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
    let plan = Draft::new("latency", length)
        .flow("within", "request", &[], bucket("ttft_seconds_bucket", "0.4"))
        .flow("all", "request", &[], counter("ttft_seconds_count", vec![]))
        .sli("slow_share", &[], &[("all", "1"), ("within", "-1")], &[("all", "1")])
        .share("fast", "slow_share", "0.95")
        .plan();
    Scenario::new("latency", plan, series, clock, &[0.3, 0.61, 0.64, 0.9])
}

/// The share of time in which a cache is nearly full.
pub fn time_share(length: Length) -> Scenario {
    let (clock, random) = (length.clock(), &mut Random::new(13));
    let series = ["a", "b"].map(|pod| {
        let phase = random.between(0.0, 40_000.0) as i64;
        Series::new("kv_cache_usage", &[("pod", pod)]).is(&clock, random, |t| match (t + phase).rem_euclid(40_000) {
            0..3_000 => 0.95,
            3_000..9_000 => 0.85,
            _ => 0.4,
        })
    });
    let plan = Draft::new("cache", length)
        .flow("full", "s", &[], gauge_time("kv_cache_usage", Some((Comparison::Greater, "0.9"))))
        .flow("time", "s", &[], gauge_time("kv_cache_usage", None))
        .sli("full_share", &[], &[("full", "1")], &[("time", "1")])
        .share("roomy", "full_share", "0.9")
        .plan();
    Scenario::new("cache", plan, series.to_vec(), clock, &[0.2, 0.5, 0.8])
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
    // $3 and $15 per million tokens.
    let priced = [("input", "0.000003"), ("output", "0.000015")];
    let plan = Draft::new("azure", length)
        .flow("gpu", "USD", &[], gauge("gpus", GPU))
        .flow("input", "input_token", &["service_name"], counter("input_tokens_total", vec![]))
        .flow("output", "output_token", &["service_name"], counter("output_tokens_total", vec![]))
        .flow("requests", "request", &["service_name"], counter("requests_total", vec![]))
        .sli("price_per_request", &["service_name"], &priced, &[("requests", "1")])
        .sli("cost_per_request", &[], &[("gpu", "1")], &[("requests", "1")])
        .mean("cheap", "price_per_request", Comparison::AtMost, "0.0065", "0.05")
        .mean("affordable", "cost_per_request", Comparison::AtMost, "0.0007", "0.05")
        .plan();
    Ok(Scenario { burstiness: 1.0, ..Scenario::new("azure", plan, series, clock, &[0.3, 0.77]) })
}

/// All of them.
///
/// # Errors
/// When one cannot be made.
pub fn all(length: Length) -> Result<Vec<Scenario>, Failure> {
    let made = [
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
    ];
    let mut all: Vec<Scenario> = made.iter().map(|make| make(length)).collect();
    all.push(azure_trace(length)?);
    Ok(all)
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
                assert!(services[0].objectives.iter().all(|objective| !objective.alerts.is_empty()), "{name}");
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
