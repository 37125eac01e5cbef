//! Objectives that are judged in other ways than over a rolling period with savings that pay for overspending.

use super::{answers, gpus};
use crate::{Clock, Failure, Length, Random, Scenario, Series, traffic::daily};

/// A fleet that is doubled for some hours.
fn doubled(clock: &Clock, random: &mut Random, from: i64, hours: i64) -> Series {
    gpus(clock, random, |t| if (from..from + hours * 3_600).contains(&t) { 8.0 } else { 4.0 })
}

/// Overspending before the period's end, in a zone whose midnight is at half past six in UTC.
pub fn calendar(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(31));
    // The boundary lies at 18.5 of 36 hours, or at 30 days and 18.5 hours of 32 days.
    let boundary = match length {
        Length::Days => clock.start + 66_600,
        Length::Month => clock.start + 30 * 86_400 + 66_600,
    };
    let (bad, good) = (daily(3.0), daily(3.0));
    let broken = boundary - 7_200..boundary - 3_600;
    let request = |code: &str| Series::new("requests_total", &[("code", code)]);
    let series = vec![
        doubled(&clock, random, boundary - 5 * 3_600, 3),
        answers("a", &clock, random, daily(1.0)),
        request("200").rises(&clock, random, good),
        request("500").rises(&clock, random, |t| bad(t) * if broken.contains(&t) { 0.2 } else { 0.005 }),
    ];
    let mut scenario = Scenario::new("calendar", length, series, &[0.2, 0.45])?;
    scenario.checkpoints.extend([-3_600, -600, 0, 600, 1_200, 7_200].map(|after| boundary + after));
    Ok(scenario)
}

/// A load test of some hours on a day that is excluded, and deploys during which the fleet is doubled.
pub fn excluded(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(32));
    // 2026-01-02 is the second day.
    let day = clock.start + 86_400;
    let test = day + 2 * 3_600..day + 5 * 3_600;
    let deploys = [(0.2, 1_500), (0.5, 600)].map(|(at, seconds)| clock.at(at)..clock.at(at) + seconds);
    let is_deploy = |t: &i64| deploys.iter().any(|deploy| deploy.contains(t));
    let traffic = daily(1.0);
    let series = vec![
        gpus(&clock, random, |t| match t {
            t if test.contains(&t) => 40.0,
            t if is_deploy(&t) => 8.0,
            _ => 4.0,
        }),
        answers("a", &clock, random, |t| traffic(t) * if test.contains(&t) { 50.0 } else { 1.0 }),
        Series::new("deploys_running", &[("team", "chat")]).is(&clock, random, |t| f64::from(u8::from(is_deploy(&t)))),
    ];
    let mut scenario = Scenario::new("excluded", length, series, &[0.15, 0.3, 0.6, 0.8])?;
    // Excluded time begins and ends five minutes later where rates look back by as much.
    scenario.breaks = deploys.iter().map(|deploy| deploy.start).chain([day, day + 86_400]).collect();
    (scenario.burstiness, scenario.busy) = (0.2, Some(3 * 3_600));
    Ok(scenario)
}

/// Dear nights and cheap days.
pub fn gross(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(33));
    let series = vec![gpus(&clock, random, |_| 4.0), answers("a", &clock, random, daily(1.0))];
    Scenario::new("gross", length, series, &[0.2, 0.5, 0.8])
}

/// The textbook's burn rates, and a guard for low volume.
pub fn guarded(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(34));
    let series = vec![doubled(&clock, random, clock.at(0.8), 4), answers("a", &clock, random, daily(1.0))];
    Scenario::new("guarded", length, series, &[0.15, 0.5, 0.69, 0.85])
}

/// The fleet is halved: it costs less, and answers come late.
pub fn traded(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(35));
    let (saved, phase) = (clock.at(0.55), Random::new(350));
    let bound = |le: &str, share: f64| {
        let day = daily(1.0);
        Series::new("ttft_seconds_bucket", &[("le", le)]).rises(&clock, &mut phase.clone(), move |t| {
            day(t) * if t >= saved && share < 1.0 { share * 0.8 } else { share }
        })
    };
    let mut series = vec![bound("0.1", 0.5), bound("0.4", 0.97), bound("1.0", 0.99), bound("+Inf", 1.0)];
    series.push(Series { name: "ttft_seconds_count".into(), labels: Default::default(), ..bound("+Inf", 1.0) });
    series.push(gpus(&clock, random, |t| if t >= saved { 2.0 } else { 4.0 }));
    series.push(answers("a", &clock, random, daily(1.0)));
    for (verdict, rate) in [("good", 0.97), ("bad", 0.03)] {
        series.push(Series::new("judged_total", &[("verdict", verdict)]).rises(&clock, random, |_| rate));
    }
    Scenario::new("traded", length, series, &[0.3, 0.54, 0.65, 0.9])
}

/// A launch, as planned.
pub fn planned(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(36));
    let series = vec![doubled(&clock, random, clock.start + 86_400, 24), answers("a", &clock, random, daily(1.0))];
    Scenario::new("planned", length, series, &[0.3, 0.6, 0.75, 0.9])
}

/// Load that rises until latency no longer holds.
pub fn peak(length: Length) -> Result<Scenario, Failure> {
    let (clock, random) = (length.clock(), &mut Random::new(37));
    // Too much for an hour, now and then.
    let phase = Random::new(370);
    let load = |t: i64| if t.rem_euclid(36_000) < 3_600 { 2.0 } else { 1.0 };
    let bound = |le: &str, share: f64| {
        let day = daily(1.0);
        Series::new("ttft_seconds_bucket", &[("le", le)]).rises(&clock, &mut phase.clone(), move |t| {
            day(t) * load(t) * if load(t) > 1.0 && share < 1.0 { share * 0.7 } else { share }
        })
    };
    let mut series = vec![bound("0.1", 0.5), bound("0.4", 0.97), bound("1.0", 0.99), bound("+Inf", 1.0)];
    series.push(Series { name: "ttft_seconds_count".into(), labels: Default::default(), ..bound("+Inf", 1.0) });
    let day = daily(1.0);
    series.push(gpus(&clock, random, |_| 4.0));
    series.push(answers("a", &clock, random, |t| day(t) * load(t)));
    // The best of many slots has as much noise as ten minutes have.
    let scenario = Scenario::new("peak", length, series, &[0.3, 0.6, 0.9])?;
    Ok(Scenario { burstiness: 0.5, busy: Some(600), ..scenario })
}
