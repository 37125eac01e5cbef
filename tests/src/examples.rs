//! The tests of a folder of `.slo` files, as scenarios for a real Prometheus.

use std::path::{Path, PathBuf};

use farthing_compiler::{Options, SourceFile, Sources, compile, render};
use farthing_plan::{
    Condition, Event, EventValue, Exact, FieldKind, Flow, MatchOp, Matcher, Plan, Polynomial, Segment, SegmentKind,
    Source, TestEvents, TestSeries,
};
use regex::Regex;

use crate::{Clock, Failure, STALE, Scenario, Series};

/// Modules beside the files of one folder.
struct Folder(PathBuf);

impl Folder {
    fn read(&self, name: &str) -> Option<SourceFile> {
        let text = std::fs::read_to_string(self.0.join(name)).ok()?;
        Some(SourceFile { name: name.to_string(), text })
    }
}

impl Sources for Folder {
    fn module(&self, _: &str, path: &[String]) -> Option<SourceFile> {
        self.read(&format!("{}.slo", path.join("/")))
    }

    fn siblings(&self, _: &str) -> Vec<String> {
        Vec::new()
    }
}

/// The plan of all `.slo` files in a folder.
///
/// # Errors
/// When there are none, or they do not compile.
pub fn compiled(folder: &Path) -> Result<Plan, Failure> {
    let mut names: Vec<String> = std::fs::read_dir(folder)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".slo"))
        .collect();
    names.sort();
    let sources = Folder(folder.to_path_buf());
    let files = names.iter().filter_map(|name| sources.read(name)).collect();
    let compilation = compile(files, &sources, &Options::default());
    let said = compilation.diagnostics.iter().map(|found| render(found, &compilation.sources, false, 100));
    let said: String = said.collect();
    compilation.plan.ok_or_else(|| Failure::new(format!("{}: {said}", folder.display())))
}

/// What a test of a plan plays, for a Prometheus: its events are counted as the program that reports them would.
pub fn scenario(plan: &Plan, test: &farthing_plan::Scenario) -> Scenario {
    let clock = Clock { start: test.start, end: test.start + test.length as i64, step: test.step as i64 };
    let mut series: Vec<Series> = test.series.iter().map(|made| sampled(made, &clock)).collect();
    let mut counted = plan.clone();
    for service in &mut counted.services {
        for flow in &mut service.flows {
            if flow.source.is_event() {
                for (number, made) in test.events.iter().enumerate() {
                    series.extend(counter(plan, &service.name, flow, (number, made), &clock));
                }
                flow.source = counting(&service.name, flow);
            }
        }
    }
    Scenario {
        name: "example",
        plan: counted,
        series,
        clock,
        checkpoints: vec![clock.at(0.5), clock.at(1.0)],
        look_back: 300,
        // What a series does otherwise from some time on it does at a scrape.
        breaks: Vec::new(),
        burstiness: 1.0,
        busy: None,
        sampled: 60.0,
        missing: Vec::new(),
        unmatched: Vec::new(),
        events: Vec::new(),
        away: Vec::new(),
    }
}

fn times(clock: &Clock) -> impl Iterator<Item = i64> {
    (clock.start..=clock.end).step_by(clock.step as usize)
}

/// The samples of a series.
fn sampled(made: &TestSeries, clock: &Clock) -> Series {
    let mut series = Series { name: made.metric.clone(), labels: made.labels.clone(), samples: Vec::new() };
    let (mut value, mut before) = (0.0, None);
    for at in times(clock) {
        let since = (at - clock.start) as u64;
        let doing = |since: u64| made.segments.iter().rev().find(|segment| segment.from <= since);
        // What it did up to now decides what it rose by.
        if let (Some(Segment { kind: SegmentKind::Rises { rate }, .. }), Some(last)) = (before.and_then(doing), before)
        {
            value += rate.to_f64() * (since - last) as f64;
        }
        before = Some(since);
        match doing(since).map(|segment| &segment.kind) {
            Some(SegmentKind::Is { value: held }) => value = held.to_f64(),
            Some(SegmentKind::Rises { .. }) => {}
            Some(SegmentKind::Absent) => {
                if series.samples.last().is_some_and(|(_, last)| last.to_bits() != STALE) {
                    series.samples.push((at * 1_000, f64::from_bits(STALE)));
                }
                continue;
            }
            None => continue,
        }
        series.samples.push((at * 1_000, value));
    }
    series
}

/// The counter by which a flow of events is read.
fn counting(service: &str, flow: &Flow) -> Source {
    let equal = |label: &str, value: &str| Matcher {
        label: label.to_string(),
        op: MatchOp::Equal,
        values: vec![value.to_string()],
    };
    Source::Counter {
        metric: farthing_prometheus::EVENT_COUNTER.to_string(),
        matchers: vec![equal("flow", &flow.id), equal("service", service)],
        le: None,
        scale: Exact::one(),
    }
}

/// What such events add to a flow; none where they are of another kind.
fn counter(
    plan: &Plan,
    service: &str,
    flow: &Flow,
    (number, made): (usize, &TestEvents),
    clock: &Clock,
) -> Option<Series> {
    let (name, value, conditions) = match &flow.source {
        Source::EventCount { event, conditions } => (event, None, conditions),
        Source::EventSum { event, value, conditions } => (event, Some(value), conditions),
        _ => return None,
    };
    let event = plan.events.iter().find(|event| event.name == *name && *name == made.event)?;
    let each = value.map_or(1.0, |value| of(value, event, made));
    let each = if conditions.iter().all(|condition| holds(condition, event, made)) { each } else { 0.0 };
    let mut series = Series::new(farthing_prometheus::EVENT_COUNTER, &[("flow", &flow.id), ("service", service)]);
    for label in &flow.by {
        let at = event.fields.iter().position(|field| field.name == *label)?;
        series.labels.insert(label.clone(), text(made, at).to_string());
    }
    // Events of one kind may differ in fields that no flow looks at: their series are told apart.
    series.labels.insert("source".to_string(), number.to_string());
    let mut total = 0.0;
    let mut before = clock.start;
    for at in times(clock) {
        let since = (before - clock.start) as u64;
        let rate = made.rates.iter().rev().find(|rate| rate.from <= since).map_or(0.0, |rate| rate.rate.to_f64());
        total += rate * each * (at - before) as f64;
        before = at;
        series.samples.push((at * 1_000, total));
    }
    Some(series)
}

fn text(made: &TestEvents, field: usize) -> &str {
    match made.fields.get(field) {
        Some(EventValue::Label { value }) => value,
        _ => "",
    }
}

fn holds(condition: &Condition, event: &Event, made: &TestEvents) -> bool {
    match condition {
        Condition::Label { field, values, negated } => {
            values.iter().any(|value| value == text(made, *field)) != *negated
        }
        Condition::Pattern { field, pattern, negated } => {
            Regex::new(&format!("^(?s:{pattern})$")).is_ok_and(|own| own.is_match(text(made, *field))) != *negated
        }
        Condition::Number { value, comparison, bound } => comparison.holds(&of(value, event, made), &bound.to_f64()),
    }
}

fn of(polynomial: &Polynomial, event: &Event, made: &TestEvents) -> f64 {
    let number = |index: usize| match (&event.fields[index].kind, &made.fields[index]) {
        (FieldKind::Number { scale, .. }, EventValue::Number { value }) => value.to_f64() * scale.to_f64(),
        _ => 0.0,
    };
    let product = |fields: &[usize]| fields.iter().map(|index| number(*index)).product::<f64>();
    polynomial.0.iter().map(|monomial| monomial.factor.to_f64() * product(&monomial.fields)).sum()
}
