//! Tests: scenarios of made samples and events are played, and what comes of them is compared with what is expected.

use farthing_plan::{
    AlertWord, EventValue, Exact, Expectation, Expected, FieldKind, Plan, Scenario, Segment, SegmentKind, Service,
    TestEvents, TestSeries,
};

use crate::{
    Evaluator, EvaluatorError, EventId, FiredAlert, LabelId, Report, SampleValue, SeriesId, Verdict, time::MINUTE_MS,
};

/// What came of one expectation.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Whether it is as expected.
    pub passed: bool,
    /// What is so.
    pub actual: Actual,
    /// The verdict on the objective and the group at the time of the expectation, or at the end of its span: where there
    /// is one, and the expectation is about one group.
    pub verdict: Option<Verdict>,
    /// The alerts of the objective and the group that fired up to then; where one was expected that did not come, those of
    /// the whole scenario, and the verdict at its end.
    pub fired: Vec<FiredAlert>,
}

/// What is so.
#[derive(Clone, Debug, PartialEq)]
pub enum Actual {
    /// These alerts of the expected kind fired within the span of time.
    Fired(Vec<FiredAlert>),
    /// The number, where there is one.
    Number(Option<f64>),
    /// Whether the promise is kept; none without a verdict.
    Met(Option<bool>),
    /// It cannot be said here: the objective reads a query in PromQL.
    Query,
}

/// Plays a scenario of a plan; an outcome for each expectation, in their order.
///
/// # Errors
/// As [`Evaluator::new`].
pub fn play(plan: &Plan, scenario: &Scenario) -> Result<Vec<Outcome>, EvaluatorError> {
    let plan = about(plan, scenario);
    let mut player = Player::new(&plan, scenario)?;
    let mut order: Vec<usize> = (0..scenario.expectations.len()).collect();
    order.sort_by_key(|index| end(&scenario.expectations[*index].expected));
    let mut outcomes: Vec<Option<Outcome>> = scenario.expectations.iter().map(|_| None).collect();
    let mut now = None;
    let mut report = None;
    for index in order {
        let expectation = &scenario.expectations[index];
        let at = end(&expectation.expected);
        if now != Some(at) || report.is_none() {
            player.play_until(at);
            report = Some(player.evaluator.report());
            now = Some(at);
        }
        outcomes[index] = report.as_ref().map(|report| judge(scenario, expectation, report));
    }
    let mut outcomes: Vec<Outcome> = outcomes.into_iter().flatten().collect();
    // An alert that did not come in time may have come later: that is worth telling.
    let is_late = |(expectation, outcome): &(&Expectation, &mut Outcome)| {
        !outcome.passed && matches!(expectation.expected, Expected::Alert { .. })
    };
    let mut late = scenario.expectations.iter().zip(&mut outcomes).filter(is_late).peekable();
    if late.peek().is_some() {
        player.play_until(scenario.length);
        let report = player.evaluator.report();
        for (expectation, outcome) in late {
            let whole = judge(scenario, expectation, &report);
            outcome.verdict = whole.verdict;
            outcome.fired = whole.fired;
        }
    }
    Ok(outcomes)
}

/// The services that the expectations are about, and nothing else of the plan.
fn about(plan: &Plan, scenario: &Scenario) -> Plan {
    let is_named = |service: &Service| {
        scenario.expectations.iter().any(|expectation| {
            let id = expectation.objective.as_str();
            service.objective(id).is_some() || service.tradeoffs.iter().any(|tradeoff| tradeoff.id == id)
        })
    };
    Plan {
        version: plan.version,
        compiler: plan.compiler.clone(),
        digest: plan.digest.clone(),
        services: plan.services.iter().filter(|service| is_named(service)).cloned().collect(),
        events: plan.events.clone(),
        zones: plan.zones.clone(),
        scenarios: Vec::new(),
    }
}

/// When an expectation can be judged, in seconds since the start.
fn end(expected: &Expected) -> u64 {
    match expected {
        Expected::NoAlert { until, .. } | Expected::Alert { until, .. } => *until,
        Expected::Consumed { at, .. }
        | Expected::Measured { at, .. }
        | Expected::Burn { at, .. }
        | Expected::Met { at, .. } => *at,
    }
}

/// Feeds samples and events, in the order of time.
struct Player<'a> {
    evaluator: Evaluator,
    scenario: &'a Scenario,
    series: Vec<(SeriesId, Course)>,
    events: Vec<Stream<'a>>,
    /// The next step to be played.
    next: u64,
}

impl<'a> Player<'a> {
    fn new(plan: &Plan, scenario: &'a Scenario) -> Result<Self, EvaluatorError> {
        let mut evaluator = Evaluator::new(plan)?;
        let mut series = Vec::new();
        for made in &scenario.series {
            let labels: Vec<(&str, &str)> = made.labels.iter().map(|(name, value)| (&**name, &**value)).collect();
            // Of a histogram's series, most are read by nobody.
            if let Some(id) = evaluator.series(&made.metric, &labels) {
                series.push((id, Course::new(made)));
            }
        }
        let events = scenario.events.iter().filter_map(|made| Stream::new(plan, &mut evaluator, made)).collect();
        Ok(Player { evaluator, scenario, series, events, next: 0 })
    }

    /// Plays all steps up to and including the one at a time, in seconds since the start.
    fn play_until(&mut self, end: u64) {
        let Scenario { start, step, .. } = *self.scenario;
        while self.next <= end {
            let at = self.next;
            let at_ms = (start + at as i64) * 1_000;
            for (id, course) in &mut self.series {
                if let Some(value) = course.sample(at) {
                    // Times ascend, and no counter is below 0: what is refused is too large to be added up, and no sample.
                    let _ = self.evaluator.observe(*id, at_ms, value);
                }
            }
            for stream in &mut self.events {
                stream.record(&mut self.evaluator, at, at_ms, step);
            }
            self.evaluator.advance(at_ms);
            self.next += step;
        }
    }
}

/// What a series does, as floats.
struct Course {
    parts: Vec<Part>,
    /// The part that the latest sample was of.
    at: Option<usize>,
}

struct Part {
    from: u64,
    /// What it is at its start, and by how much it rises a second; none where it is absent.
    line: Option<(f64, f64)>,
}

impl Course {
    fn new(series: &TestSeries) -> Self {
        let mut value = Exact::zero();
        let mut before: Option<&Segment> = None;
        let mut parts = Vec::new();
        for segment in &series.segments {
            // Exact up to here: a month of small rises ends where it should.
            if let Some(Segment { from, kind: SegmentKind::Rises { rate } }) = before {
                value = value + rate * &Exact::from((segment.from - from) as i64);
            }
            let line = match &segment.kind {
                SegmentKind::Is { value: own } => {
                    value = own.clone();
                    Some((value.to_f64(), 0.0))
                }
                SegmentKind::Rises { rate } => Some((value.to_f64(), rate.to_f64())),
                SegmentKind::Absent => None,
            };
            parts.push(Part { from: segment.from, line });
            before = Some(segment);
        }
        Course { parts, at: None }
    }

    /// The sample at a time, not before the last one asked for.
    fn sample(&mut self, at: u64) -> Option<SampleValue> {
        let mut is_new = false;
        while let Some(next) = self.parts.get(self.at.map_or(0, |at| at + 1)).filter(|next| next.from <= at) {
            is_new = next.line.is_none();
            self.at = Some(self.at.map_or(0, |at| at + 1));
        }
        let part = &self.parts[self.at?];
        match part.line {
            Some((value, rate)) => Some(SampleValue::Number(value + rate * (at - part.from) as f64)),
            None => is_new.then_some(SampleValue::Stale),
        }
    }
}

/// Events that are all alike.
struct Stream<'a> {
    id: EventId,
    numbers: Vec<f64>,
    labels: Vec<LabelId>,
    made: &'a TestEvents,
    /// How many there were, so far.
    count: u64,
}

impl<'a> Stream<'a> {
    /// None where the plan has no such event, or not such a label: its compiler refuses that.
    fn new(plan: &Plan, evaluator: &mut Evaluator, made: &'a TestEvents) -> Option<Self> {
        let id = evaluator.event(&made.event)?;
        let event = plan.events.iter().find(|event| event.name == made.event)?;
        let (mut numbers, mut labels) = (Vec::new(), Vec::new());
        for (index, (field, value)) in event.fields.iter().zip(&made.fields).enumerate() {
            match (&field.kind, value) {
                (FieldKind::Number { .. }, EventValue::Number { value }) => numbers.push(value.to_f64()),
                (FieldKind::Label { .. }, EventValue::Label { value }) => {
                    labels.push(evaluator.label(id, index, value).ok()?);
                }
                _ => {}
            }
        }
        Some(Stream { id, numbers, labels, made, count: 0 })
    }

    /// Records what happened in the step that ends at a time, evenly spread.
    fn record(&mut self, evaluator: &mut Evaluator, at: u64, at_ms: i64, step: u64) {
        let count = until(self.made, at);
        let new = count.saturating_sub(self.count);
        for number in 1..=new {
            let before = (new - number) as i64 * step as i64 * 1_000 / new as i64;
            // INVARIANT: the fields are those of the event.
            let _ = evaluator.record(self.id, at_ms - before, &self.numbers, &self.labels);
        }
        self.count = count;
    }
}

/// How many events there are up to a time.
fn until(made: &TestEvents, at: u64) -> u64 {
    let ends = made.rates.iter().skip(1).map(|rate| rate.from).chain([u64::MAX]);
    let of = |(rate, end): (&farthing_plan::EventRate, u64)| {
        rate.rate.to_f64() * end.min(at).saturating_sub(rate.from) as f64
    };
    // A count that rounding left just below a whole number is that number.
    (made.rates.iter().zip(ends).map(of).sum::<f64>() + 1e-6) as u64
}

fn judge(scenario: &Scenario, expectation: &Expectation, report: &Report) -> Outcome {
    let verdict = verdict(report, &expectation.objective, expectation);
    let is_own = |alert: &&FiredAlert| {
        let of_group = expectation.labels.iter().all(|(label, value)| alert.labels.get(label) == Some(value));
        alert.objective == expectation.objective && of_group
    };
    let fired: Vec<FiredAlert> = report.alerts_fired.iter().filter(is_own).cloned().collect();
    let number = |number: Option<f64>, value: &Exact, tolerance: &Exact| {
        // The rounding of floats is no difference.
        let within = tolerance.to_f64() + value.to_f64().abs() * 1e-9;
        (number.is_some_and(|number| (number - value.to_f64()).abs() <= within), Actual::Number(number))
    };
    let (passed, actual) = match &expectation.expected {
        _ if reads_query(report, &expectation.objective) => (false, Actual::Query),
        Expected::NoAlert { alert, from, until } => {
            let within = within(&fired, *alert, scenario, *from, *until);
            (within.is_empty(), Actual::Fired(within))
        }
        Expected::Alert { alert, from, until } => {
            let within = within(&fired, *alert, scenario, *from, *until);
            (!within.is_empty(), Actual::Fired(within))
        }
        Expected::Consumed { value, tolerance, .. } => {
            number(verdict.and_then(|verdict| verdict.consumed), value, tolerance)
        }
        Expected::Measured { value, tolerance, .. } => {
            number(verdict.and_then(|verdict| verdict.measured), value, tolerance)
        }
        Expected::Burn { window, value, tolerance, .. } => {
            let burn = verdict.and_then(|verdict| verdict.burn.iter().find(|burn| burn.window_s == *window));
            number(burn.and_then(|burn| burn.rate), value, tolerance)
        }
        Expected::Met { met, .. } => {
            let actual = is_met(report, expectation);
            (actual == *met, Actual::Met(actual))
        }
    };
    Outcome { passed, actual, verdict: verdict.cloned(), fired }
}

/// The verdict on an objective, and on the group that an expectation is about.
fn verdict<'r>(report: &'r Report, objective: &str, expectation: &Expectation) -> Option<&'r Verdict> {
    let mut objectives = report.services.iter().flat_map(|service| &service.objectives);
    let found = objectives.find(|own| own.id == objective)?;
    found.verdicts.iter().find(|verdict| verdict.labels == expectation.labels)
}

/// Whether an objective or a trade-off is met.
fn is_met(report: &Report, expectation: &Expectation) -> Option<bool> {
    let mut tradeoffs = report.services.iter().flat_map(|service| &service.tradeoffs);
    match tradeoffs.find(|tradeoff| tradeoff.id == expectation.objective) {
        Some(found) => found.verdicts.iter().find(|verdict| verdict.labels == expectation.labels)?.met,
        None => verdict(report, &expectation.objective, expectation)?.met,
    }
}

/// The alerts of a kind that fired at a minute in `(from, until]`, in seconds since the start.
fn within(fired: &[FiredAlert], word: AlertWord, scenario: &Scenario, from: u64, until: u64) -> Vec<FiredAlert> {
    let ms = |seconds: u64| (scenario.start + seconds as i64) * 1_000;
    let is_within = |alert: &&FiredAlert| {
        word.means(alert.severity)
            && alert.from_ms <= ms(until)
            && alert.until_ms.is_none_or(|end| end > ms(from) + MINUTE_MS)
    };
    fired.iter().filter(is_within).cloned().collect()
}

/// Whether an objective or a trade-off is judged by a query in PromQL, which nothing but Prometheus can read.
fn reads_query(report: &Report, id: &str) -> bool {
    report.services.iter().any(|service| {
        let objective = service.objectives.iter().find(|own| own.id == id).map(|own| &own.not_judged);
        let tradeoff = service.tradeoffs.iter().find(|own| own.id == id).map(|own| &own.not_judged);
        objective.or(tradeoff).is_some_and(|reason| reason.is_some())
    })
}

#[cfg(test)]
mod tests {
    use farthing_plan::EventRate;

    use super::*;

    fn series(segments: &[(u64, SegmentKind)]) -> Course {
        let segments = segments.iter().map(|(from, kind)| Segment { from: *from, kind: kind.clone() }).collect();
        Course::new(&TestSeries { metric: "m".into(), labels: Default::default(), segments })
    }

    fn exact(text: &str) -> Exact {
        text.parse().expect("a number")
    }

    #[test]
    fn a_series_goes_on_from_where_it_was_and_ends_once() {
        let is = |value: &str| SegmentKind::Is { value: exact(value) };
        let rises = |rate: &str| SegmentKind::Rises { rate: exact(rate) };
        let mut course =
            series(&[(60, is("5")), (120, rises("-0.05")), (240, SegmentKind::Absent), (360, rises("0.1"))]);
        let samples: Vec<Option<SampleValue>> = (0..=7).map(|minute| course.sample(minute * 60)).collect();
        let number = |value: f64| Some(SampleValue::Number(value));
        let wanted = [
            None,
            number(5.0),
            number(5.0),
            number(2.0),
            Some(SampleValue::Stale),
            None,
            // It fell for two minutes: 5 - 0.05 * 120.
            number(-1.0),
            number(5.0),
        ];
        assert_eq!(samples, wanted);
    }

    #[test]
    fn events_are_as_many_as_their_rates_say() {
        let rate = |from, rate: &str| EventRate { from, rate: exact(rate) };
        let made = TestEvents {
            event: "requests".into(),
            fields: Vec::new(),
            rates: vec![rate(0, "1/3"), rate(600, "2"), rate(720, "0")],
        };
        // A third a second for ten minutes is 200, and 2 a second for two are 240.
        for (at, count) in [(0, 0), (3, 1), (5, 1), (600, 200), (601, 202), (720, 440), (10_000, 440)] {
            assert_eq!(until(&made, at), count, "{at}");
        }
    }
}
