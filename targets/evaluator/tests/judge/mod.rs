//! A judge: what the numbers mean, computed from all samples and events at once, as slowly and plainly as the page
//! says it. It shares no code with the evaluator; of the project it uses the plan's types only.
//!
//! Self-contained, so that other crates' tests include it with `#[path]`; they need `regex`.

#![allow(dead_code, reason = "each test uses a part")]

use std::collections::{BTreeMap, BTreeSet, HashMap};

use farthing_plan::{
    Aggregate, Combination, Comparison, Condition, Event, Exact, FieldKind, Flow, Form, Indicator, MatchOp, Matcher,
    Objective, Plan, Polynomial, Service, Source, WhenAbsent,
};

/// A series with all its samples, in order of time.
#[derive(Clone, Debug)]
pub struct Series {
    pub name: String,
    pub labels: Vec<(String, String)>,
    pub created_ms: Option<i64>,
    pub samples: Vec<(i64, Reading)>,
}

/// A sample: a finite number, or the end of the series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    Number(f64),
    Stale,
}

/// An event: numbers and labels in the order of its fields of that kind.
#[derive(Clone, Debug)]
pub struct Record {
    pub event: String,
    pub time_ms: i64,
    pub numbers: Vec<f64>,
    pub labels: Vec<String>,
}

/// The verdict on one objective within one group.
#[derive(Clone, Debug)]
pub struct Judged {
    pub objective: String,
    pub labels: BTreeMap<String, String>,
    pub numerator: f64,
    pub denominator: f64,
    pub measured: Option<f64>,
    pub excess: f64,
    pub allowance: f64,
    pub consumed: Option<f64>,
    pub left: Option<f64>,
    pub exhaustion_s: Option<f64>,
    pub observed_s: u64,
    pub met: Option<bool>,
    /// For each window that an alert uses, ascending.
    pub burn: Vec<(u64, Option<f64>)>,
    /// For each alert, whether it fires.
    pub firing: Vec<bool>,
}

/// Judges every objective at one time.
pub fn judge(plan: &Plan, series: &[Series], events: &[Record], at_ms: i64) -> Vec<Judged> {
    judge_at(plan, series, events, &[at_ms]).remove(0)
}

/// Judges every objective at several times, from all data whenever it came.
pub fn judge_at(plan: &Plan, series: &[Series], events: &[Record], times_ms: &[i64]) -> Vec<Vec<Judged>> {
    let data = Data { plan, series, events };
    let mut verdicts: Vec<Vec<Judged>> = times_ms.iter().map(|_| Vec::new()).collect();
    for service in &plan.services {
        for objective in &service.objectives {
            let indicator = service.indicator(&objective.indicator).expect("a plan's indicator");
            for group in data.groups(service, indicator, &objective.by) {
                let minutes = data.counted_minutes(service, indicator, &objective.by, &group);
                for (at, time_ms) in verdicts.iter_mut().zip(times_ms) {
                    at.push(verdict(objective, &group, &minutes, time_ms.div_euclid(60_000)));
                }
            }
        }
    }
    verdicts
}

/// Minutes by the number of their end: minute `m` is `(60 (m - 1), 60 m]`.
type Minutes<T> = BTreeMap<i64, T>;

struct Data<'a> {
    plan: &'a Plan,
    series: &'a [Series],
    events: &'a [Record],
}

fn verdict(objective: &Objective, group: &[String], counted: &Minutes<(f64, f64)>, at: i64) -> Judged {
    // Numerator, denominator and observed seconds of the window of `seconds` that ends at the minute `at`.
    let window = |seconds: u64| -> (f64, f64, u64) {
        let w = seconds as i64;
        let (first, last) = if seconds < 86_400 {
            // Minutes whose end lies in (at - w, at].
            ((at * 60 - w).div_euclid(60) + 1, at)
        } else {
            // Slots whose end lies in (end - w, end], `end` being the last slot's end.
            let end = at.div_euclid(10) * 600;
            ((end - w).div_euclid(600) * 10 + 1, end / 60)
        };
        let (mut n, mut d, mut observed) = (0.0, 0.0, 0);
        if first <= last {
            for (_, (numerator, denominator)) in counted.range(first..=last) {
                n += numerator;
                d += denominator;
                observed += 60;
            }
        }
        (n, d, observed)
    };
    let linear = |factors: &farthing_plan::Linear, (n, d, _): (f64, f64, u64)| {
        factors.numerator.to_f64() * n + factors.denominator.to_f64() * d
    };
    let excess = |seconds| linear(&objective.excess, window(seconds));
    let period = window(objective.period.seconds());
    let (n, d, observed_s) = period;
    let (e, a) = (linear(&objective.excess, period), linear(&objective.allowance, period));
    let consumed = if a > 0.0 { Some(e / a) } else { None };
    let measured = match objective.form {
        _ if d <= 0.0 => None,
        Form::Mean { .. } => Some(n / d),
        Form::Share { .. } | Form::Quantile { .. } => Some(1.0 - n / d),
    };
    let hour = excess(3_600) / 3_600.0;
    let exhaustion_s = if a > 0.0 && e < a && hour > 0.0 { Some((a - e) / hour) } else { None };
    let rate = |seconds: u64| {
        if a <= 0.0 || window(seconds).2 == 0 {
            return None;
        }
        Some((excess(seconds) / seconds as f64) / (a / observed_s as f64))
    };
    let windows: BTreeSet<u64> = objective.alerts.iter().flat_map(|alert| [alert.long, alert.short]).collect();
    let burn: Vec<(u64, Option<f64>)> = windows.into_iter().map(|seconds| (seconds, rate(seconds))).collect();
    let above = |seconds: u64, factor: &Exact| {
        burn.iter().any(|(of, rate)| *of == seconds && rate.is_some_and(|rate| rate > factor.to_f64()))
    };
    Judged {
        objective: objective.id.clone(),
        labels: objective.by.iter().cloned().zip(group.iter().cloned()).collect(),
        numerator: n,
        denominator: d,
        measured,
        excess: e,
        allowance: a,
        consumed,
        left: if a > 0.0 { Some(a - e) } else { None },
        exhaustion_s,
        observed_s,
        met: consumed.map(|consumed| consumed <= 1.0),
        firing: objective
            .alerts
            .iter()
            .map(|alert| above(alert.long, &alert.factor) && above(alert.short, &alert.factor))
            .collect(),
        burn,
    }
}

impl Data<'_> {
    /// The groups that any flow of an indicator has.
    fn groups(&self, service: &Service, indicator: &Indicator, by: &[String]) -> BTreeSet<Vec<String>> {
        let mut groups = BTreeSet::new();
        if by.is_empty() {
            groups.insert(Vec::new());
        }
        for term in indicator.numerator.terms.iter().chain(&indicator.denominator.terms) {
            let source = &service.flow(&term.flow).expect("a plan's flow").source;
            groups
                .extend(self.series.iter().filter(|series| selects(source, series)).map(|series| group_of(series, by)));
            groups.extend(self.events_of(source).map(|(event, record)| event_group(event, record, by)));
        }
        groups
    }

    /// Numerator and denominator of each minute that counts for an indicator.
    fn counted_minutes(
        &self,
        service: &Service,
        indicator: &Indicator,
        by: &[String],
        group: &[String],
    ) -> Minutes<(f64, f64)> {
        let sides = [&indicator.numerator, &indicator.denominator];
        let mut flows: HashMap<&str, Minutes<f64>> = HashMap::new();
        let (mut required, mut zero): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
        for term in sides.iter().flat_map(|side| &side.terms) {
            let flow = service.flow(&term.flow).expect("a plan's flow");
            flows.entry(&term.flow).or_insert_with(|| self.observed_minutes(flow, by, group));
            match term.when_absent {
                WhenAbsent::Unobserved => required.push(&term.flow),
                WhenAbsent::Zero => zero.push(&term.flow),
            }
        }
        let candidates: BTreeSet<i64> = flows.values().flat_map(|minutes| minutes.keys().copied()).collect();
        let amount = |side: &Combination, minute: i64| -> f64 {
            let of = |flow: &str| flows[flow].get(&minute).copied().unwrap_or(0.0);
            let terms: f64 = side.terms.iter().map(|term| term.factor.to_f64() * of(&term.flow)).sum();
            terms + side.constant.to_f64() * 60.0
        };
        candidates
            .into_iter()
            .filter(|minute| required.iter().all(|flow| flows[flow].contains_key(minute)))
            .map(|minute| (minute, (amount(sides[0], minute), amount(sides[1], minute))))
            .collect()
    }

    /// The amounts of a flow within a group, in the minutes in which it is observed.
    fn observed_minutes(&self, flow: &Flow, by: &[String], group: &[String]) -> Minutes<f64> {
        let mut minutes = Minutes::new();
        for series in self.series.iter().filter(|series| selects(&flow.source, series)) {
            if group_of(series, by) == group {
                self.add_series(&flow.source, series, &mut minutes);
            }
        }
        let of_group: Vec<(&Event, &Record)> =
            self.events_of(&flow.source).filter(|(event, record)| event_group(event, record, by) == group).collect();
        if let Some(first) = of_group.iter().map(|(_, record)| minute_of(record.time_ms)).min() {
            // Observed from the first event on; judging stops at the time asked for.
            let end = self.last_minute();
            (first..=end).for_each(|minute| {
                minutes.entry(minute).or_insert(0.0);
            });
        }
        for (event, record) in of_group {
            let (value, conditions) = match &flow.source {
                Source::EventCount { conditions, .. } => (Exact::one(), conditions),
                Source::EventSum { value, conditions, .. } => (polynomial(event, record, value), conditions),
                _ => continue,
            };
            if conditions.iter().all(|condition| holds(event, record, condition)) {
                *minutes.entry(minute_of(record.time_ms)).or_insert(0.0) += value.to_f64();
            }
        }
        minutes
    }

    /// The last minute that anything could be asked about: a day after all data.
    fn last_minute(&self) -> i64 {
        let samples = self.series.iter().flat_map(|series| series.samples.iter().map(|sample| sample.0));
        let events = self.events.iter().map(|event| event.time_ms);
        minute_of(samples.chain(events).max().unwrap_or(0)) + 1_440
    }

    fn add_series(&self, source: &Source, series: &Series, minutes: &mut Minutes<f64>) {
        let mut last: Option<(i64, f64)> = match source {
            // Its created timestamp is a counter's first sample, if it is at most 5 minutes before.
            Source::Counter { .. } => series.created_ms.and_then(|created| {
                let first = series.samples.iter().find(|sample| matches!(sample.1, Reading::Number(_)))?.0;
                (created < first && first - created <= 300_000).then_some((created, 0.0))
            }),
            _ => None,
        };
        for &(t2, reading) in &series.samples {
            let pair = last.filter(|(t1, _)| t2 - t1 <= 300_000);
            match (source, reading) {
                (Source::Counter { scale, .. }, Reading::Number(v2)) => {
                    if let Some((t1, v1)) = pair {
                        let increase = if v2 < v1 { v2 } else { v2 - v1 };
                        let per_ms = increase * scale.to_f64() / (t2 - t1) as f64;
                        spread(t1, t2, per_ms, minutes);
                    }
                }
                (Source::Counter { .. }, Reading::Stale) => continue,
                (Source::Gauge { aggregate, scale, .. }, _) => {
                    if let Some((t1, v1)) = pair {
                        let value = if *aggregate == Aggregate::Count { 1.0 } else { v1 };
                        spread(t1, t2, value * scale.to_f64() / 1_000.0, minutes);
                    }
                }
                (Source::GaugeTime { when, .. }, _) => {
                    if let Some((t1, v1)) = pair {
                        let so = match when {
                            Some((comparison, bound)) => compares(&v1, *comparison, &bound.to_f64()),
                            None => true,
                        };
                        spread(t1, t2, if so { 1.0 / 1_000.0 } else { 0.0 }, minutes);
                    }
                }
                (Source::EventCount { .. } | Source::EventSum { .. } | Source::Query { .. }, _) => return,
            }
            last = match reading {
                Reading::Number(value) => Some((t2, value)),
                Reading::Stale => None,
            };
        }
    }

    fn events_of(&self, source: &Source) -> impl Iterator<Item = (&Event, &Record)> {
        let name = match source {
            Source::EventCount { event, .. } | Source::EventSum { event, .. } => Some(event.clone()),
            _ => None,
        };
        let event = self.plan.events.iter().find(|event| Some(&event.name) == name.as_ref());
        event.into_iter().flat_map(|event| {
            self.events.iter().filter(|record| record.event == event.name).map(move |record| (event, record))
        })
    }
}

/// Adds `per_ms` for each millisecond of `(t1, t2]` to the minute that it lies in.
fn spread(t1: i64, t2: i64, per_ms: f64, minutes: &mut Minutes<f64>) {
    let mut from = t1;
    while from < t2 {
        let end = (from.div_euclid(60_000) + 1) * 60_000;
        let to = end.min(t2);
        *minutes.entry(end / 60_000).or_insert(0.0) += per_ms * (to - from) as f64;
        from = to;
    }
}

fn minute_of(ms: i64) -> i64 {
    (ms + 59_999).div_euclid(60_000)
}

fn selects(source: &Source, series: &Series) -> bool {
    let (metric, matchers, bound) = match source {
        Source::Counter { metric, matchers, le, .. } => (metric, matchers, le.as_ref()),
        Source::Gauge { metric, matchers, .. } | Source::GaugeTime { metric, matchers, .. } => (metric, matchers, None),
        _ => return false,
    };
    let bucket = match bound {
        Some(bound) => label(series, "le").parse::<Exact>().is_ok_and(|le| le == *bound),
        None => true,
    };
    *metric == series.name && bucket && matchers.iter().all(|matcher| matches_label(matcher, series))
}

fn matches_label(matcher: &Matcher, series: &Series) -> bool {
    let value = label(series, &matcher.label);
    let pattern = || regex::Regex::new(&format!("^(?:{})$", matcher.values[0])).expect("a plan's pattern");
    match matcher.op {
        MatchOp::Equal => matcher.values.contains(&value),
        MatchOp::NotEqual => !matcher.values.contains(&value),
        MatchOp::Regex => pattern().is_match(&value),
        MatchOp::NotRegex => !pattern().is_match(&value),
    }
}

fn label(series: &Series, name: &str) -> String {
    series.labels.iter().find(|(label, _)| label == name).map_or(String::new(), |(_, value)| value.clone())
}

fn group_of(series: &Series, by: &[String]) -> Vec<String> {
    by.iter().map(|name| label(series, name)).collect()
}

fn event_group(event: &Event, record: &Record, by: &[String]) -> Vec<String> {
    by.iter()
        .map(|name| {
            let field = event.fields.iter().position(|field| field.name == *name).expect("a field of the event");
            event_label(event, record, field)
        })
        .collect()
}

fn event_label(event: &Event, record: &Record, field: usize) -> String {
    let before = event.fields[..field].iter().filter(|field| matches!(field.kind, FieldKind::Label { .. })).count();
    record.labels[before].clone()
}

fn holds(event: &Event, record: &Record, condition: &Condition) -> bool {
    match condition {
        Condition::Label { field, values, negated } => values.contains(&event_label(event, record, *field)) != *negated,
        Condition::Number { value, comparison, bound } => {
            compares(&polynomial(event, record, value), *comparison, bound)
        }
    }
}

/// Exactly, each number being what its shortest decimal text says.
fn polynomial(event: &Event, record: &Record, value: &Polynomial) -> Exact {
    let mut sum = Exact::zero();
    for monomial in &value.0 {
        let mut product = monomial.factor.clone();
        for &field in &monomial.fields {
            let FieldKind::Number { scale, .. } = &event.fields[field].kind else { panic!("no number field") };
            let is_number = |field: &&farthing_plan::Field| matches!(field.kind, FieldKind::Number { .. });
            let number = record.numbers[event.fields[..field].iter().filter(is_number).count()];
            let read: Exact = format!("{number:e}").parse().expect("a decimal");
            product = &(&product * &read) * scale;
        }
        sum = sum + product;
    }
    sum
}

fn compares<T: PartialOrd>(left: &T, comparison: Comparison, right: &T) -> bool {
    match comparison {
        Comparison::Less => left < right,
        Comparison::AtMost => left <= right,
        Comparison::Greater => left > right,
        Comparison::AtLeast => left >= right,
    }
}
