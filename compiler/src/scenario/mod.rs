//! Tests: a scenario becomes series of samples and events, and what is expected of the plan's objectives.
//!
//! Tests are lowered when all services are: their series are compared with what flows read, and expectations name
//! objectives of the plan.

mod events;
mod expect;
mod histogram;
mod read;
mod series;
mod value;

use farthing_grammar::{Expr, Moment, Span, Test, TestStatementKind};
use farthing_plan::{MINUTE, Plan, Scenario, duration_text};

use crate::{
    check::{Checker, Scope},
    diagnostics::{Diagnostic, codes},
    modules::ModuleId,
    reported::{Checked, Reported},
    service::set_once,
    sources::Place,
};

/// The day on which a scenario begins that does not say so, from 1970-01-01: 2026-06-01, a Monday. Weeks, months and
/// quarters that begin on that day, or a month into the quarter, are easy to reckon with.
const START: i64 = 20_605;

/// The most samples of a test, all series together: what a minute is enough for.
const MAX_SAMPLES: u64 = 20_000_000;

/// How far two samples may lie apart, in seconds: Prometheus's rate over 5 minutes needs two samples in them, after one
/// that failed as well.
const MAX_STEP: u64 = 120;

/// The shortest distance of two samples, in seconds.
const MIN_STEP: u64 = 10;

/// What a test is lowered with.
struct Lowering<'c, 'w> {
    checker: &'c Checker<'w>,
    plan: &'c Plan,
    scope: Scope<'c, 'w>,
    /// Whether the plan has all that the files declare. Where it has not, nothing is said of what it lacks.
    is_complete: bool,
    /// The scenario's length and the time between its samples, in seconds.
    length: u64,
    step: u64,
}

/// The test as the plan has it. What is wrong with it is reported.
pub(crate) fn lower<'w>(
    checker: &Checker<'w>,
    plan: &Plan,
    is_complete: bool,
    module: ModuleId,
    test: &'w Test,
) -> Checked<Scenario> {
    let scope = Scope::of_module(module);
    let (length, step, start) = over(checker, scope, test)?;
    let lowering = Lowering { checker, plan, scope, is_complete, length, step };
    let place = checker.place(module, test.name.span);
    let mut scenario = Scenario {
        name: test.name.value.clone(),
        file: checker.world.sources.file(place.file).name.clone(),
        line: lowering.line(test.name.span),
        start,
        length,
        step,
        series: Vec::new(),
        events: Vec::new(),
        expectations: Vec::new(),
    };
    let mut failed = false;
    let mut seen: Vec<series::Seen> = Vec::new();
    for statement in &test.statements {
        let lowered = match &statement.kind {
            TestStatementKind::Over { .. } => Ok(()),
            TestStatementKind::Series { metric, selector, segments } => lowering
                .series(statement.span, (metric, selector.as_ref(), segments), &mut seen)
                .map(|made| scenario.series.extend(made)),
            TestStatementKind::Event { event, fields, rates } => {
                lowering.events(event, fields, rates).map(|made| scenario.events.push(made))
            }
            TestStatementKind::Expect(expect) => {
                lowering.expectation(statement.span, expect).map(|made| scenario.expectations.push(made))
            }
        };
        failed |= lowered.is_err();
    }
    if failed {
        return Err(Reported);
    }
    lowering.check_whole(test, &scenario)?;
    Ok(scenario)
}

/// Length, step and start, in seconds.
fn over<'w>(checker: &Checker<'w>, scope: Scope<'_, 'w>, test: &'w Test) -> Checked<(u64, u64, i64)> {
    let mut stated: Option<&'w TestStatementKind> = None;
    for statement in &test.statements {
        if matches!(statement.kind, TestStatementKind::Over { .. }) {
            let place = checker.place(scope.module, statement.span);
            set_once(checker, &mut stated, &statement.kind, "length of the test", place);
        }
    }
    let Some(TestStatementKind::Over { length, every, from }) = stated else {
        let place = checker.place(scope.module, test.name.span);
        return Err(checker.report(
            Diagnostic::error(codes::TEST_LENGTH, "a test says how long it is", place, "no `over`")
                .help("add `over 30d every 1m`"),
        ));
    };
    let seconds = checker.duration(&scope, length)?;
    let step = match every {
        Some(every) => step(checker, scope, every)?,
        None => MINUTE,
    };
    let place = checker.place(scope.module, length.span);
    if !seconds.is_multiple_of(step.max(MINUTE)) {
        return Err(checker.report(
            Diagnostic::error(
                codes::TEST_LENGTH,
                format!(
                    "a test has whole steps: {} is no multiple of {}",
                    duration_text(seconds),
                    duration_text(step.max(MINUTE))
                ),
                place,
                "this length",
            )
            .help(format!("write `over {}`", duration_text(seconds.div_ceil(step.max(MINUTE)) * step.max(MINUTE)))),
        ));
    }
    let start = from.as_ref().map_or(Ok(START), |date| checker.day(scope.module, date))?;
    Ok((seconds, step, start * 86_400))
}

fn step<'w>(checker: &Checker<'w>, scope: Scope<'_, 'w>, every: &'w Expr) -> Checked<u64> {
    let step = checker.duration(&scope, every)?;
    if step == MAX_STEP || (step >= MIN_STEP && MINUTE.is_multiple_of(step)) {
        return Ok(step);
    }
    Err(checker.report(
        Diagnostic::error(
            codes::TEST_LENGTH,
            format!("samples every {} cannot be judged minute by minute", duration_text(step)),
            checker.place(scope.module, every.span),
            "this step",
        )
        .help("write `every 1m`; 10s, 15s, 20s, 30s and 2m can be as well"),
    ))
}

impl<'w> Lowering<'_, 'w> {
    fn place(&self, span: Span) -> Place {
        self.checker.place(self.scope.module, span)
    }

    /// The line that a place is on, from 1.
    fn line(&self, span: Span) -> u32 {
        let place = self.place(span);
        self.checker.world.sources.position(place.file, place.span.start).0 as u32
    }

    /// The text of a place.
    fn text(&self, span: Span) -> String {
        self.checker.world.sources.line(self.place(span))
    }

    /// Seconds since the start, within the test and on one of its steps.
    fn moment(&self, moment: &'w Moment) -> Checked<u64> {
        let mut seconds: u64 = 0;
        for part in &moment.parts {
            seconds = seconds.saturating_add(self.checker.duration(&self.scope, part)?);
        }
        let place = self.place(moment.span);
        if seconds > self.length {
            return Err(self.checker.report(
                Diagnostic::error(
                    codes::TEST_TIME,
                    format!("the test is over after {}", duration_text(self.length)),
                    place,
                    "beyond its end",
                )
                .help("times count from the start of the test; make it longer with `over`"),
            ));
        }
        let step = self.step.max(MINUTE);
        if !seconds.is_multiple_of(step) {
            return Err(self.checker.report(
                Diagnostic::error(
                    codes::TEST_TIME,
                    format!("{} is no multiple of {}", duration_text(seconds), duration_text(step)),
                    place,
                    "between two steps",
                )
                .help("things change, and are looked at, at a step of the test and at whole minutes"),
            ));
        }
        Ok(seconds)
    }

    /// Since when something is so, after what was so before.
    fn since(&self, from: Option<&'w Moment>, before: Option<u64>) -> Checked<u64> {
        let Some(from) = from else { return Ok(0) };
        let seconds = self.moment(from)?;
        let place = self.place(from.span);
        if seconds >= self.length {
            return Err(self.checker.report(
                Diagnostic::error(codes::TEST_TIME, "nothing can come of this any more", place, "the test ends here")
                    .help("make the test longer with `over`, or let it happen sooner"),
            ));
        }
        if before.is_some_and(|before| before >= seconds) {
            return Err(self.checker.report(
                Diagnostic::error(
                    codes::TEST_TIME,
                    "what comes then comes later",
                    place,
                    "not after what is before it",
                )
                .help("state what happens in the order of time"),
            ));
        }
        Ok(seconds)
    }

    /// What can be wrong with a test of which every statement is right.
    fn check_whole(&self, test: &Test, scenario: &Scenario) -> Checked<()> {
        let place = self.place(test.name.span);
        if scenario.series.is_empty() && scenario.events.is_empty() {
            return Err(self.checker.report(
                Diagnostic::error(codes::TEST_EMPTY, "nothing happens in this test", place, "no `series`, no `event`")
                    .help("add `series vllm::request_success { ... } rises 0.35/s`, for what the objectives read"),
            ));
        }
        if scenario.expectations.is_empty() {
            return Err(self.checker.report(
                Diagnostic::error(
                    codes::TEST_EMPTY,
                    "this test expects nothing, so it cannot fail",
                    place,
                    "no `expect`",
                )
                .help("add what should come of it: `expect no alert of chat.affordable`"),
            ));
        }
        // Each minute is judged, also where it has no sample of its own, or events are all that there is.
        let steps = scenario.length / scenario.step.min(MINUTE);
        let samples = steps.saturating_mul(scenario.series.len().max(1) as u64);
        if samples > MAX_SAMPLES || events::count(scenario) > MAX_SAMPLES {
            return Err(self.checker.report(
                Diagnostic::error(
                    codes::TEST_LENGTH,
                    "this test has more than 20 million samples, events or minutes",
                    place,
                    "too much to be tested",
                )
                .help("make it shorter, its steps longer, or its series and events fewer"),
            ));
        }
        Ok(())
    }
}
