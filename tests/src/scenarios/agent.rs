//! An agent that is stopped and killed again and again, of exporters that do not last either.

use crate::{Away, Batch, Clock, End, Failure, Length, Random, Scenario, Series, batches, daily, traffic::Kind};

/// How long one round of what happens is, in seconds: that of the samples of a day and a half.
const ROUND: i64 = 36 * 3_600;

/// When the agent ends within a round: the hour, the seconds until it is back, and how. It is scraped every 30 s, so a
/// process that is back after a few seconds misses no scrape.
const ENDS: [(f64, i64, End); 12] = [
    (2.5, 4, End::Stopped),
    (5.0, 45, End::KilledBefore),
    (8.0, 4, End::KilledAfter),
    (11.2, 12 * 60, End::Stopped),
    (14.0, 4, End::KilledBefore),
    (17.1, 100, End::Stopped),
    (20.4, 30, End::KilledAfter),
    (22.8, 200, End::KilledBefore),
    (26.3, 4, End::Stopped),
    (28.9, 6 * 60, End::KilledBefore),
    (31.6, 4, End::KilledAfter),
    (34.1, 20, End::KilledBefore),
];

/// A scenario, and what an agent goes through in it.
pub struct Lived {
    /// Its series are those of the exporters only; its events are none, for which of them count is not known before.
    pub scenario: Scenario,
    /// What clients send.
    pub batches: Vec<Batch>,
    /// When the agent is not there.
    pub away: Vec<Away>,
}

/// Over a day and a half, or so many days and half a one; judged over a day.
///
/// # Errors
/// When its file does not compile.
pub fn lived(days: i64) -> Result<Lived, Failure> {
    let start = Length::Days.clock().start;
    let clock = Clock { start, end: start + days * 86_400 + 43_200, step: 30 };
    let random = &mut Random::new(77);
    let hour = |round: i64, hours: f64| start + round * ROUND + (hours * 3_600.0) as i64;
    let rounds = 0..(clock.end - start + ROUND - 1) / ROUND;

    let gpus = |pod: &str, random: &mut Random, count: fn(i64) -> f64| {
        Series::new("gpus", &[("pod", pod)]).is(&clock, random, count)
    };
    let answers = |pod: &str, peak: f64, random: &mut Random| {
        Series::new("answers_total", &[("pod", pod)]).rises(&clock, random, daily(peak))
    };
    let mut steady = vec![
        // A GPU more in the evening than is needed.
        gpus("a", random, |t| if t % 86_400 > 19 * 3_600 { 5.0 } else { 4.0 }),
        answers("a", 1.0, random),
    ];
    let mut series = Vec::new();
    for round in rounds.clone() {
        // A pod of a few hours, with a GPU of its own.
        let (from, to) = (hour(round, 9.5), hour(round, 15.2));
        let pod = format!("b{round}");
        series.push(gpus(&pod, random, |_| 1.0).only(from, to, Kind::Gauge));
        series.push(answers(&pod, 0.3, random).only(from, to, Kind::Counter));
        // The counters begin anew, once while the agent is away.
        for hours in [4.3, 12.9, 20.405, 30.2] {
            let counter = steady.pop().map(|one: Series| one.restarts(hour(round, hours)));
            steady.extend(counter);
        }
    }
    // Scrapes fail, for less and for more than the look-back.
    let mut failed = Vec::new();
    for (round, (hours, minutes)) in rounds.clone().flat_map(|round| [(7.0, 3), (25.0, 9)].map(|fault| (round, fault)))
    {
        let (from, to) = (hour(round, hours), hour(round, hours) + minutes * 60);
        steady = steady.into_iter().map(|one| one.fails(from, to)).collect();
        failed.extend((from..to).step_by(300));
    }
    series.extend(steady);

    let at = |round: i64, hours: f64| (hour(round, hours) - start) / clock.step * clock.step + start + 22;
    let away: Vec<Away> = rounds
        .flat_map(|round| ENDS.map(|(hours, for_s, end)| Away { at: at(round, hours), for_s, end }))
        .filter(|away| away.at + away.for_s < clock.end)
        .collect();
    let mut scenario = Scenario::new("agent", Length::Days, series, &[0.5])?;
    (scenario.clock, scenario.look_back) = (clock, 2 * clock.step as u64);
    scenario.checkpoints = vec![clock.end];
    // Requests that fail come one by one: at night none between two scrapes, and then three where one is usual.
    scenario.burstiness = 2.0;
    // What is longer than a scrape or two a rate does not see, or sees for five minutes more.
    let breaks = |away: &Away| std::iter::repeat_n(away.at, ((away.for_s + 240) / 300) as usize);
    scenario.breaks = away.iter().flat_map(breaks).collect();
    scenario.away = away.iter().map(|away| (away.at, away.at + away.for_s)).collect();
    // The agent takes in events while scrapes fail: of what needs both, one is missing.
    scenario.breaks.extend(failed);
    let batches = batches(&clock, random, 3.0);
    Ok(Lived { scenario, batches, away })
}
