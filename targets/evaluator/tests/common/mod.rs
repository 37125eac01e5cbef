//! Plans, data and comparisons that the tests share.

#![allow(dead_code, reason = "each test uses a part")]

use std::collections::BTreeMap;

use farthing_evaluator::{Evaluator, EventBatch, LabelId, Report, SampleValue, SeriesId, Verdict};
use farthing_plan::{
    Aggregate, Alert, BurnBasis, Combination, Comparison, Condition, Event, Exact, Field, FieldKind, Flow, Form,
    Indicator, Linear, Monomial, Objective, Plan, Polynomial, Service, Severity, Shown, Source, Term, Unit, VERSION,
    WhenAbsent,
};

use crate::judge::{Judged, Reading, Record, Series};

pub const MIN: i64 = 60_000;
pub const HOUR: i64 = 60 * MIN;
pub const DAY: i64 = 24 * HOUR;
pub const DAY_S: u64 = 86_400;

/// A midnight.
pub const START: i64 = 20_000 * DAY;

pub fn exact(text: &str) -> Exact {
    text.parse().expect("a number")
}

// ---- plans ----

pub fn flow(id: &str, by: &[&str], source: Source) -> Flow {
    let by = by.iter().map(|label| label.to_string()).collect();
    Flow { id: id.into(), doc: None, unit: Unit::ratio(), by, source }
}

pub fn counter(metric: &str, scale: &str) -> Source {
    Source::Counter { metric: metric.into(), matchers: vec![], le: None, scale: exact(scale) }
}

pub fn bucket(metric: &str, le: &str) -> Source {
    Source::Counter { metric: metric.into(), matchers: vec![], le: Some(exact(le)), scale: Exact::one() }
}

pub fn gauge(metric: &str, aggregate: Aggregate, scale: &str) -> Source {
    Source::Gauge { metric: metric.into(), matchers: vec![], aggregate, scale: exact(scale) }
}

pub fn gauge_time(metric: &str, when: Option<(Comparison, &str)>) -> Source {
    let when = when.map(|(comparison, bound)| (comparison, exact(bound)));
    Source::GaugeTime { metric: metric.into(), matchers: vec![], when }
}

pub fn term(flow: &str, factor: &str, when_absent: WhenAbsent) -> Term {
    Term { flow: flow.into(), factor: exact(factor), when_absent }
}

pub fn needed(flow: &str) -> Term {
    term(flow, "1", WhenAbsent::Unobserved)
}

pub fn indicator(id: &str, by: &[&str], numerator: Vec<Term>, constant: &str, denominator: Vec<Term>) -> Indicator {
    let side = |name: &str, terms, constant: &str| Combination {
        flow: format!("{id}:{name}"),
        unit: Unit::ratio(),
        terms,
        constant: exact(constant),
    };
    Indicator {
        id: id.into(),
        doc: None,
        by: by.iter().map(|label| label.to_string()).collect(),
        numerator: side("numerator", numerator, constant),
        denominator: side("denominator", denominator, "0"),
    }
}

fn objective(id: &str, indicator: &Indicator, form: Form, excess: [Exact; 2], allowance: [Exact; 2]) -> Objective {
    let linear = |[numerator, denominator]: [Exact; 2]| Linear { numerator, denominator };
    Objective {
        id: id.into(),
        name: id.into(),
        title: id.into(),
        doc: None,
        indicator: indicator.id.clone(),
        form,
        statement: String::new(),
        excess: linear(excess),
        allowance: linear(allowance),
        budget_unit: Unit::ratio(),
        budget_shown: shown(),
        period: 30 * DAY_S,
        by: indicator.by.clone(),
        alerts: vec![],
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        runbook: None,
    }
}

pub fn shown() -> Shown {
    Shown { prefix: String::new(), factor: Exact::one(), suffix: String::new() }
}

/// `n / d <= target`.
pub fn at_most(id: &str, indicator: &Indicator, target: &str, budget: &str) -> Objective {
    let (t, b) = (exact(target), exact(budget));
    let form = Form::Mean { comparison: Comparison::AtMost, target: t.clone(), shown: shown(), budget: b.clone() };
    let allowance = [Exact::zero(), &b * &t];
    objective(id, indicator, form, [Exact::one(), -t], allowance)
}

/// `n / d >= target`.
pub fn at_least(id: &str, indicator: &Indicator, target: &str, budget: &str) -> Objective {
    let (t, b) = (exact(target), exact(budget));
    let form = Form::Mean { comparison: Comparison::AtLeast, target: t.clone(), shown: shown(), budget: b.clone() };
    let per = t.recip().expect("a target above 0");
    objective(id, indicator, form, [-per.clone(), Exact::one()], [&b * &per, Exact::zero()])
}

/// At least this share is good; the numerator is what was bad.
pub fn share(id: &str, indicator: &Indicator, share: &str) -> Objective {
    let share = exact(share);
    let allowance = [Exact::zero(), &Exact::one() - &share];
    let form = Form::Share { share, of: "requests".into(), good: "good".into() };
    objective(id, indicator, form, [Exact::one(), Exact::zero()], allowance)
}

/// The default policy, with its factors for the period.
pub fn with_policy(mut objective: Objective, period: u64) -> Objective {
    objective.period = period;
    objective.alerts = [
        ("0.02", 3_600, 300, Severity::Page),
        ("0.05", 21_600, 1_800, Severity::Page),
        ("0.1", DAY_S, 7_200, Severity::Ticket),
        ("0.1", 3 * DAY_S, 21_600, Severity::Ticket),
    ]
    .into_iter()
    .filter(|(_, long, ..)| *long <= period)
    .map(|(share, long, short, severity)| Alert {
        severity,
        long,
        short,
        factor: exact(share) * Exact::from(period as i64) / Exact::from(long as i64),
        basis: BurnBasis::Share { share: exact(share) },
        highest: None,
    })
    .collect();
    objective
}

pub fn plan(flows: Vec<Flow>, indicators: Vec<Indicator>, objectives: Vec<Objective>, events: Vec<Event>) -> Plan {
    Plan {
        version: VERSION,
        compiler: "test".into(),
        digest: String::new(),
        services: vec![Service {
            name: "chat".into(),
            title: "chat".into(),
            owner: None,
            flows,
            indicators,
            objectives,
        }],
        events,
    }
}

/// The event of the language's own example: `at`, `model`, `outcome`, `context`, `generated`, `latency` (in ms).
pub fn requests() -> Event {
    let number = |name: &str, scale: &str| (name.to_string(), FieldKind::Number { unit: Unit::ratio(), scale: exact(scale) });
    let label = |name: &str| (name.to_string(), FieldKind::Label { allowed: vec![] });
    let fields = vec![
        ("at".to_string(), FieldKind::Time),
        label("model"),
        label("outcome"),
        number("context", "1"),
        number("generated", "1"),
        number("latency", "0.001"),
    ];
    let fields = fields.into_iter().map(|(name, kind)| Field { column: name.clone(), name, kind }).collect();
    Event { name: "requests".into(), doc: None, fields }
}

pub const MODEL: usize = 1;
pub const OUTCOME: usize = 2;
pub const CONTEXT: usize = 3;
pub const GENERATED: usize = 4;
pub const LATENCY: usize = 5;

pub fn polynomial(terms: &[(&str, &[usize])]) -> Polynomial {
    Polynomial(terms.iter().map(|(factor, fields)| Monomial { factor: exact(factor), fields: fields.to_vec() }).collect())
}

/// $3 per 1M of context, $15 per 1M generated.
pub fn cost() -> Polynomial {
    polynomial(&[("0.000003", &[CONTEXT]), ("0.000015", &[GENERATED])])
}

pub fn count_of(conditions: Vec<Condition>) -> Source {
    Source::EventCount { event: "requests".into(), conditions }
}

pub fn sum_of(value: Polynomial, conditions: Vec<Condition>) -> Source {
    Source::EventSum { event: "requests".into(), value, conditions }
}

pub fn number_is(value: Polynomial, comparison: Comparison, bound: &str) -> Condition {
    Condition::Number { value, comparison, bound: exact(bound) }
}

// ---- random numbers ----

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to 1.
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From `low` to below `high`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low) as u64) as i64
    }
}

// ---- data ----

pub fn series(name: &str, labels: &[(&str, &str)], samples: Vec<(i64, Reading)>) -> Series {
    let labels = labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    Series { name: name.into(), labels, created_ms: None, samples }
}

/// A counter that rises by `rate(t)` per second, sampled at each of `times`.
pub fn rising(times: impl Iterator<Item = i64>, mut rate: impl FnMut(i64) -> f64) -> Vec<(i64, Reading)> {
    let (mut value, mut last) = (0.0, None);
    times
        .map(|t| {
            value += last.map_or(0.0, |last: i64| rate(t) * (t - last) as f64 / 1_000.0);
            last = Some(t);
            (t, Reading::Number(value))
        })
        .collect()
}

pub fn holding(times: impl Iterator<Item = i64>, mut value: impl FnMut(i64) -> f64) -> Vec<(i64, Reading)> {
    times.map(|t| (t, Reading::Number(value(t)))).collect()
}

/// From `START + from` to `START + to`, both included.
pub fn every(step: i64, from: i64, to: i64) -> impl Iterator<Item = i64> {
    (0..=(to - from) / step).map(move |i| START + from + i * step)
}

/// How time passes while data comes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// To now, at every minute.
    Live,
    /// To five minutes before what was fed.
    Backtest,
    /// Never before the end.
    AtOnce,
}

/// Feeds data in order of time (events as they stand, merged with the samples by their place), up to `end`.
pub fn run(plan: &Plan, series: &[Series], events: &[Record], pace: Pace, end: i64) -> Evaluator {
    let mut evaluator = Evaluator::new(plan).expect("a plan");
    let ids: Vec<Option<SeriesId>> = series
        .iter()
        .map(|series| {
            let labels: Vec<(&str, &str)> = series.labels.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            evaluator.series(&series.name, &labels)
        })
        .collect();
    for (id, series) in ids.iter().zip(series) {
        if let (Some(id), Some(created)) = (id, series.created_ms) {
            evaluator.created(*id, created).expect("a time");
        }
    }
    let mut samples: Vec<(i64, usize, Reading)> = series
        .iter()
        .enumerate()
        .flat_map(|(at, series)| series.samples.iter().map(move |(time, reading)| (*time, at, *reading)))
        .collect();
    samples.sort_by_key(|sample| sample.0);
    let mut events = events.iter().peekable();
    let mut clock = i64::MIN;
    let mut passing = |evaluator: &mut Evaluator, time: i64| {
        if time.div_euclid(MIN) > clock {
            clock = time.div_euclid(MIN);
            match pace {
                // What carries the time of this minute's end is fed after it has passed: late by nothing.
                Pace::Live => evaluator.advance(clock * MIN),
                Pace::Backtest => evaluator.advance(time - 5 * MIN),
                Pace::AtOnce => {}
            }
        }
    };
    let mut feed = |evaluator: &mut Evaluator, record: &Record| {
        record_one(evaluator, plan, record);
        passing(evaluator, record.time_ms);
    };
    for (time, at, reading) in samples {
        while let Some(record) = events.next_if(|record| record.time_ms <= time) {
            feed(&mut evaluator, record);
        }
        if let Some(id) = ids[at] {
            let value = match reading {
                Reading::Number(number) => SampleValue::Number(number),
                Reading::Stale => SampleValue::Stale,
            };
            evaluator.observe(id, time, value).expect("a sample in order");
        }
        // Through the same clock as events.
        feed_clock(&mut feed, &mut evaluator, time);
    }
    for record in events {
        feed(&mut evaluator, record);
    }
    evaluator.advance(end);
    evaluator
}

fn feed_clock(_: &mut impl FnMut(&mut Evaluator, &Record), _: &mut Evaluator, _: i64) {}

pub fn record_one(evaluator: &mut Evaluator, plan: &Plan, record: &Record) {
    let event = evaluator.event(&record.event).expect("an event of the plan");
    let labels = labels_of(evaluator, plan, record);
    evaluator.record(event, record.time_ms, &record.numbers, &labels).expect("a good event");
}

pub fn labels_of(evaluator: &mut Evaluator, plan: &Plan, record: &Record) -> Vec<LabelId> {
    let event = evaluator.event(&record.event).expect("an event of the plan");
    let fields = &plan.events.iter().find(|event| event.name == record.event).expect("an event of the plan").fields;
    let fields = fields.iter().enumerate().filter(|(_, field)| matches!(field.kind, FieldKind::Label { .. }));
    fields
        .zip(&record.labels)
        .map(|((index, _), value)| evaluator.label(event, index, value).expect("a label"))
        .collect()
}

/// All events in one batch.
pub fn record_all(evaluator: &mut Evaluator, plan: &Plan, records: &[Record]) {
    let Some(first) = records.first() else { return };
    let event = evaluator.event(&first.event).expect("an event of the plan");
    let labels: Vec<Vec<LabelId>> = records.iter().map(|record| labels_of(evaluator, plan, record)).collect();
    let times: Vec<i64> = records.iter().map(|record| record.time_ms).collect();
    let columns = |count: usize, at: &dyn Fn(usize, usize) -> f64| -> Vec<Vec<f64>> {
        (0..count).map(|column| (0..records.len()).map(|row| at(row, column)).collect()).collect()
    };
    let numbers = columns(first.numbers.len(), &|row, column| records[row].numbers[column]);
    let labels: Vec<Vec<LabelId>> =
        (0..first.labels.len()).map(|column| labels.iter().map(|row| row[column]).collect()).collect();
    let numbers: Vec<&[f64]> = numbers.iter().map(Vec::as_slice).collect();
    let labels: Vec<&[LabelId]> = labels.iter().map(Vec::as_slice).collect();
    let batch = EventBatch { times_ms: &times, numbers: &numbers, labels: &labels };
    let outcome = evaluator.record_batch(event, &batch).expect("a batch");
    assert_eq!(outcome.recorded, records.len() as u64);
}

// ---- comparison ----

/// Whether two numbers agree to 1e-9 of `scale`.
pub fn close(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-9 * scale.abs().max(1e-300)
}

pub fn verdicts(report: &Report) -> Vec<(&str, &Verdict)> {
    let objectives = report.services.iter().flat_map(|service| &service.objectives);
    objectives.flat_map(|objective| objective.verdicts.iter().map(|verdict| (objective.id.as_str(), verdict))).collect()
}

/// Asserts that a report says what the judge says.
pub fn assert_agree(plan: &Plan, report: &Report, judged: &[Judged], case: &str) {
    let verdicts = verdicts(report);
    assert_eq!(verdicts.len(), judged.len(), "{case}: as many verdicts");
    for judged in judged {
        let of = |(id, verdict): &&(&str, &Verdict)| *id == judged.objective && verdict.labels == judged.labels;
        let (_, verdict) = verdicts.iter().find(of).unwrap_or_else(|| panic!("{case}: no verdict like {judged:?}"));
        let objective = plan.services[0].objectives.iter().find(|o| o.id == judged.objective).expect("its objective");
        let size = |linear: &Linear| {
            (linear.numerator.to_f64() * judged.numerator).abs() + (linear.denominator.to_f64() * judged.denominator).abs()
        };
        let excess = size(&objective.excess);
        let context = || format!("{case}: {verdict:#?}\n{judged:#?}");
        let same = |a: f64, b: f64, scale: f64| assert!(close(a, b, scale), "{a} is not {b}: {}", context());
        let same_option = |a: Option<f64>, b: Option<f64>, scale: f64| match (a, b) {
            (None, None) => {}
            (Some(a), Some(b)) => same(a, b, scale),
            _ => panic!("{a:?} is not {b:?}: {}", context()),
        };
        same(verdict.numerator, judged.numerator, judged.numerator);
        same(verdict.denominator, judged.denominator, judged.denominator);
        same(verdict.excess, judged.excess, excess);
        same(verdict.allowance, judged.allowance, judged.allowance);
        same_option(verdict.measured, judged.measured, judged.measured.unwrap_or(1.0).abs().max(1.0));
        let relative = excess / judged.allowance.abs().max(1e-300);
        same_option(verdict.consumed, judged.consumed, relative);
        same_option(verdict.left, judged.left, excess + judged.allowance);
        assert_eq!(verdict.observed_s, judged.observed_s, "{}", context());
        if judged.consumed.is_none_or(|consumed| (consumed - 1.0).abs() > 1e-6) {
            assert_eq!(verdict.met, judged.met, "{}", context());
        }
        same_option(verdict.exhaustion_s, judged.exhaustion_s, judged.exhaustion_s.unwrap_or(0.0) * 1e3);
        assert_eq!(verdict.burn.len(), judged.burn.len());
        for (burn, (window, rate)) in verdict.burn.iter().zip(&judged.burn) {
            assert_eq!(burn.window_s, *window);
            // A window's excess is a difference of what may be larger.
            let amounts = relative.max(rate.unwrap_or(0.0).abs()).max(1.0);
            same_option(burn.rate, *rate, amounts);
        }
    }
}
