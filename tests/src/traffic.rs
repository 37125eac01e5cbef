//! Samples as scrapes of a busy service would leave them, the same in every run.

use crate::{STALE, Series};

/// Numbers that look random and are the same for the same seed: SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A stream of its own for each seed.
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    /// The next number, at least `low` and below `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let unit = ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64;
        low + (high - low) * unit
    }
}

/// The time that a scenario covers, in seconds since the epoch, and how often its targets are scraped.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// The first scrape is less than one step later.
    pub start: i64,
    /// The last scrape is at most this.
    pub end: i64,
    /// Between two scrapes of one target, in seconds.
    pub step: i64,
}

impl Clock {
    /// The minute at this share of the time: 0 is the start, 1 the end.
    pub fn at(&self, share: f64) -> i64 {
        let seconds = (self.end - self.start) as f64 * share;
        self.start + (seconds / 60.0).round() as i64 * 60
    }

    /// When a target is scraped, in milliseconds: each target at a phase of its own, and a little late now and then.
    fn scrapes(&self, random: &mut Random) -> Vec<i64> {
        let step = self.step * 1000;
        let phase = random.between(0.0, step as f64 - 100.0) as i64;
        let regular = (self.start * 1000 + phase..=self.end * 1000).step_by(step as usize);
        regular.map(|time| (time + random.between(0.0, 50.0) as i64).min(self.end * 1000)).collect()
    }
}

impl Series {
    /// A counter that rises by `rate` a second, up to a tenth more or less between two scrapes.
    pub fn rises(mut self, clock: &Clock, random: &mut Random, rate: impl Fn(i64) -> f64) -> Self {
        let (mut value, mut before) = (0.0, clock.start * 1000);
        for time in clock.scrapes(random) {
            let (middle, length) = ((before + time) / 2000, (time - before) as f64 / 1000.0);
            value += rate(middle) * length * random.between(0.9, 1.1);
            before = time;
            self.samples.push((time, value));
        }
        self
    }

    /// A gauge with this value at each scrape.
    pub fn is(mut self, clock: &Clock, random: &mut Random, value: impl Fn(i64) -> f64) -> Self {
        let scrapes = clock.scrapes(random);
        self.samples = scrapes.into_iter().map(|time| (time, value(time / 1000))).collect();
        self
    }

    /// Only what was scraped from the one time to the other: born late, or gone early, which the scrape after notes by
    /// a stale marker. A counter begins at 0.
    pub fn only(mut self, from: i64, to: i64, kind: Kind) -> Self {
        let end = self.samples.iter().map(|(time, _)| *time).find(|time| *time > to * 1000);
        let before = self.samples.iter().rev().find(|(time, _)| *time <= from * 1000).map_or(0.0, |(_, value)| *value);
        self.samples.retain(|(time, _)| (from * 1000 + 1..=to * 1000).contains(time));
        if kind == Kind::Counter {
            self.samples.iter_mut().for_each(|(_, value)| *value -= before);
        }
        self.samples.extend(end.map(|time| (time, f64::from_bits(STALE))));
        self
    }

    /// Nothing was scraped in between, and nothing noted that, as when Prometheus is down. The counter went on.
    pub fn without(mut self, from: i64, to: i64) -> Self {
        self.samples.retain(|(time, _)| !(from * 1000 + 1..=to * 1000).contains(time));
        self
    }

    /// Scrapes failed in between, which the first of them notes by a stale marker. The counter went on.
    pub fn fails(mut self, from: i64, to: i64) -> Self {
        let first = self.samples.iter().map(|(time, _)| *time).find(|time| *time > from * 1000);
        self = self.without(from, to);
        if let Some(time) = first {
            let at = self.samples.partition_point(|(other, _)| *other < time);
            self.samples.insert(at, (time, f64::from_bits(STALE)));
        }
        self
    }

    /// The process of a counter began anew, half-way between two scrapes: what it had counted since the last is lost.
    pub fn restarts(mut self, at: i64) -> Self {
        let after = self.samples.partition_point(|(time, _)| *time <= at * 1000);
        if let (Some((_, before)), Some((_, next))) =
            (after.checked_sub(1).and_then(|last| self.samples.get(last)), self.samples.get(after))
        {
            let lost = (before + next) / 2.0;
            self.samples[after..].iter_mut().for_each(|(_, value)| *value -= lost);
        }
        self
    }
}

/// What a series is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Accumulates.
    Counter,
    /// Is.
    Gauge,
}

/// More in the afternoon than in the night, between a fifth and all of `peak`.
pub fn daily(peak: f64) -> impl Fn(i64) -> f64 {
    move |second| {
        let day = (second % 86_400) as f64 / 86_400.0;
        peak * (0.6 - 0.4 * (std::f64::consts::TAU * (day - 0.08)).cos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCK: Clock = Clock { start: 6_000, end: 9_600, step: 15 };

    #[test]
    fn the_same_seed_gives_the_same_samples() {
        let make = |seed| Series::new("a", &[]).rises(&CLOCK, &mut Random::new(seed), |_| 2.0).samples;
        assert_eq!(make(1), make(1));
        assert_ne!(make(1), make(2));
        assert_eq!(make(1).len(), 240);
        let last = make(1).last().unwrap().1;
        assert!((7_000.0..7_400.0).contains(&last), "{last}");
    }

    #[test]
    fn a_restart_loses_less_than_a_scrape() {
        let whole = Series::new("a", &[]).rises(&CLOCK, &mut Random::new(3), |_| 2.0);
        let cut = whole.clone().restarts(7_000);
        let falls: Vec<_> = cut.samples.windows(2).filter(|pair| pair[1].1 < pair[0].1).collect();
        assert_eq!(falls.len(), 1);
        assert!((0.0..=33.0).contains(&falls[0][1].1), "{falls:?}");
        let gone = whole.clone().without(7_000, 7_600).samples;
        assert_eq!(gone.len(), 200);
        let born = whole.only(7_000, 7_600, Kind::Counter).samples;
        assert_eq!(born.len(), 41);
        assert_eq!(born[40].1.to_bits(), STALE);
        assert!(born[0].1 < 40.0 && born[0].0 > 7_000_000, "{born:?}");
    }
}
