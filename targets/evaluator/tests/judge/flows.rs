//! Flows: what series and events add in each minute.

use farthing_plan::{
    Aggregate, Comparison, Condition, Event, Exact, FieldKind, Flow, MatchOp, Matcher, Polynomial, Source,
};

use super::{Data, Minutes, Reading, Record, Series};

impl Data<'_> {
    /// The amounts of a flow within a group, in the minutes in which it is observed.
    pub(super) fn observed_minutes(&self, flow: &Flow, by: &[String], group: &[String]) -> Minutes<f64> {
        let mut minutes = Minutes::new();
        for series in self.series.iter().filter(|series| selects(&flow.source, series)) {
            if group_of(flow, series, by) == group {
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

    pub(super) fn events_of(&self, source: &Source) -> impl Iterator<Item = (&Event, &Record)> {
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

pub(super) fn selects(source: &Source, series: &Series) -> bool {
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

pub(super) fn group_of(flow: &Flow, series: &Series, by: &[String]) -> Vec<String> {
    by.iter().map(|name| label(series, flow.renamed.get(name).unwrap_or(name))).collect()
}

pub(super) fn event_group(event: &Event, record: &Record, by: &[String]) -> Vec<String> {
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
        Condition::Pattern { field, pattern, negated } => {
            let whole = regex::Regex::new(&format!(r"\A(?s:{pattern})\z")).expect("a pattern");
            whole.is_match(&event_label(event, record, *field)) != *negated
        }
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

pub(super) fn compares<T: PartialOrd>(left: &T, comparison: Comparison, right: &T) -> bool {
    match comparison {
        Comparison::Less => left < right,
        Comparison::AtMost => left <= right,
        Comparison::Greater => left > right,
        Comparison::AtLeast => left >= right,
    }
}
