//! Series of a test: what a metric's samples are over time.

use farthing_grammar::{Does, Instrument, InstrumentKind, ItemKind, LabelOp, Path, Selector, Span, TestSegment};
use farthing_plan::{Exact, Labels, MatchOp, Matcher, Segment, SegmentKind, TestSeries};

use super::{Lowering, histogram::Observed, read};
use crate::{
    diagnostics::{Diagnostic, codes, suggest},
    modules::ItemId,
    reported::{Checked, Reported, reported},
    sources::Place,
    units::Quantity,
};

/// The label that tells the series apart that a gauge of counted series has: no metric has it.
const NUMBERED: &str = "farthing_series";

/// As many series a counted gauge may have.
const MAX_COUNT: i64 = 1_000;

/// What else than a metric has no samples.
const METRICS_ONLY: &str =
    "a test makes the samples of metrics, such as `vllm::request_success`; costs, volumes and slis follow from them";

/// A series that was stated: two of the same name and labels would be one.
pub(super) struct Seen {
    metric: String,
    labels: Labels,
    place: Place,
}

/// What a series does, in the exposed unit.
#[derive(Clone)]
pub(super) enum Doing {
    Is(Exact),
    Rises(Exact),
    Observes(Observed),
    Absent,
}

/// What a series does since some seconds after the start.
pub(super) type Course = Vec<(u64, Doing)>;

impl<'w> Lowering<'_, 'w> {
    /// The series of one statement.
    pub(super) fn series(
        &self,
        span: Span,
        (metric, selector, segments): (&'w Path, Option<&'w Selector>, &'w [TestSegment]),
        seen: &mut Vec<Seen>,
    ) -> Checked<Vec<TestSeries>> {
        let (id, instrument) = self.metric(metric)?;
        let unit = reported(self.checker.units.expression(id.module, &instrument.unit), self.checker.sink())?;
        let name = instrument.metric.value.clone();
        let labels = match selector {
            Some(selector) => self.labels(id, instrument, selector)?,
            None => Labels::new(),
        };
        let place = self.place(metric.span);
        if let Some(first) = seen.iter().find(|own| own.metric == name && own.labels == labels) {
            let diagnostic =
                Diagnostic::error(codes::STATED_TWICE, "this series is stated twice", place, "stated again here");
            return Err(self.checker.report(
                diagnostic
                    .label(first.place, "first stated here")
                    .help("say all that it does in one statement, with `then`, or give them different labels"),
            ));
        }
        seen.push(Seen { metric: name.clone(), labels: labels.clone(), place });
        let course = self.course(instrument, &unit, segments)?;
        let made = match instrument.kind {
            InstrumentKind::Histogram => self.buckets(id, instrument, &labels, &course)?,
            _ if instrument.counted => counted(&name, &labels, &course),
            _ => vec![TestSeries { metric: name.clone(), labels: labels.clone(), segments: plain(&course) }],
        };
        self.check_read(metric, instrument, &labels, &made, span)?;
        Ok(made)
    }

    /// The metric that a path names.
    fn metric(&self, path: &'w Path) -> Checked<(ItemId, &'w Instrument)> {
        let place = self.place(path.span);
        let Some(id) = self.checker.item_at(&self.scope, path)? else {
            let mut diagnostic = self.checker.unknown_name(&self.scope, path, place);
            if diagnostic.fix.is_none() {
                diagnostic = diagnostic.help(METRICS_ONLY);
            }
            return Err(self.checker.report(diagnostic));
        };
        match &self.checker.world.item(id).kind {
            ItemKind::Instrument(instrument) => Ok((id, instrument)),
            ItemKind::Broken { .. } => Err(Reported),
            ItemKind::Event { name, .. } => Err(self.checker.report(
                Diagnostic::error(
                    codes::NOT_A_VALUE,
                    format!("`{}` is no metric", path.text()),
                    place,
                    "these are events",
                )
                .help(format!("write `event {} {{ ... }} at 2/s`", name.text)),
            )),
            _ => Err(self.checker.report(
                Diagnostic::error(
                    codes::NOT_A_VALUE,
                    format!("`{}` is no metric", path.text()),
                    place,
                    "a metric belongs here",
                )
                .help(METRICS_ONLY),
            )),
        }
    }

    /// The labels of a series: each has one value.
    fn labels(&self, id: ItemId, instrument: &'w Instrument, selector: &'w Selector) -> Checked<Labels> {
        let place = self.place(selector.span);
        // What the services' own `where` selects by is known to be a label.
        let exposed = exposed_names(instrument);
        let known: Vec<(Matcher, Place)> = exposed
            .iter()
            .flat_map(|name| read::known_labels(self.plan, name))
            .map(|label| (Matcher { label, op: MatchOp::Equal, values: vec![String::new()] }, place))
            .collect();
        let scope = crate::check::Scope { matchers: &known, ..self.scope };
        self.checker.matchers(&scope, &crate::check::Metric::new(id, instrument, selector.span), selector)?;
        self.one_value_each(selector)
    }

    /// What a selector says where each of its labels has one value.
    pub(super) fn one_value_each(&self, selector: &'w Selector) -> Checked<Labels> {
        let mut labels = Labels::new();
        for matcher in &selector.matchers {
            let place = self.place(matcher.span);
            let matcher = &*self.checker.with_texts(&self.scope, matcher)?;
            let ([value], LabelOp::Equal) = (matcher.values.as_slice(), matcher.op) else {
                return Err(self.checker.report(
                    Diagnostic::error(codes::TEST_LABELS, "a label has one value", place, "several, or a pattern")
                        .help(format!("write `{} = \"...\"`", matcher.label.text)),
                ));
            };
            if labels.insert(matcher.label.text.clone(), value.value.clone()).is_some() {
                return Err(self.checker.report(
                    Diagnostic::error(codes::TEST_LABELS, "a label has one value", place, "stated again here")
                        .help("keep one of them"),
                ));
            }
        }
        Ok(labels)
    }

    /// What a series does, checked against what such a metric can do.
    fn course(&self, instrument: &Instrument, unit: &Quantity, segments: &'w [TestSegment]) -> Checked<Course> {
        let mut course: Course = Vec::new();
        let mut word: Option<&Does> = None;
        for segment in segments {
            let from = self.since(segment.from.as_ref(), course.last().map(|(from, _)| *from))?;
            let doing = match &segment.does {
                Does::Again(value, of) => match (word, of) {
                    (Some(Does::Is(_)), None) => self.doing(instrument, unit, Is::Value(value), segment.span)?,
                    (Some(Does::Rises(_)), None) => {
                        self.doing(instrument, unit, Is::Rises(value, false), segment.span)?
                    }
                    (Some(Does::Falls(_)), None) => {
                        self.doing(instrument, unit, Is::Rises(value, true), segment.span)?
                    }
                    (Some(Does::Observes(..)), Some(of)) => {
                        self.doing(instrument, unit, Is::Observes(value, of), segment.span)?
                    }
                    _ => {
                        let place = self.place(segment.span);
                        return Err(self.checker.report(
                            Diagnostic::error(codes::TEST_VALUE, "what does it do then?", place, "only a number")
                                .help(format!("write {}", possible(instrument))),
                        ));
                    }
                },
                Does::Is(value) => self.doing(instrument, unit, Is::Value(value), segment.span)?,
                Does::Rises(value) => self.doing(instrument, unit, Is::Rises(value, false), segment.span)?,
                Does::Falls(value) => self.doing(instrument, unit, Is::Rises(value, true), segment.span)?,
                Does::Observes(rate, of) => self.doing(instrument, unit, Is::Observes(rate, of), segment.span)?,
                Does::Absent => Doing::Absent,
            };
            if !matches!(segment.does, Does::Again(..) | Does::Absent) {
                word = Some(&segment.does);
            }
            course.push((from, doing));
        }
        Ok(course)
    }

    fn doing(&self, instrument: &Instrument, unit: &Quantity, is: Is<'w>, span: Span) -> Checked<Doing> {
        match (is, instrument.kind) {
            (Is::Value(value), InstrumentKind::Gauge) if instrument.counted => {
                let count = self.exposed(value, unit)?;
                match count.to_i64() {
                    Some(whole) if (0..=MAX_COUNT).contains(&whole) => Ok(Doing::Is(count)),
                    _ => Err(self.checker.report(
                        Diagnostic::error(
                            codes::TEST_VALUE,
                            format!("`{}` counts series: it is a whole number of at most 1,000", instrument.name.text),
                            self.place(value.span),
                            "no such number",
                        )
                        .help("write `is 4`, for four series"),
                    )),
                }
            }
            (Is::Value(value), InstrumentKind::Gauge) => Ok(Doing::Is(self.exposed(value, unit)?)),
            (Is::Rises(rate, falls), InstrumentKind::Gauge) if !instrument.counted => {
                let rate = self.exposed_rate(rate, unit)?;
                Ok(Doing::Rises(if falls { -rate } else { rate }))
            }
            (Is::Rises(rate, false), InstrumentKind::Counter) => {
                let value = self.exposed_rate(rate, unit)?;
                Ok(Doing::Rises(self.not_negative(rate, value)?))
            }
            (Is::Observes(rate, of), InstrumentKind::Histogram) => {
                let value = self.exposed(of, unit)?;
                let value = self.not_negative(of, value)?;
                let rate = self.times_a_second(rate, &farthing_plan::Unit::ratio())?;
                Ok(Doing::Observes(Observed { rate, value }))
            }
            _ => {
                let what = match (instrument.kind, instrument.counted) {
                    (InstrumentKind::Counter, _) => "a counter only rises",
                    (InstrumentKind::Histogram, _) => "a histogram observes",
                    (InstrumentKind::Gauge, true) => "a gauge whose series are counted is a number of series",
                    (InstrumentKind::Gauge, false) => "a gauge is, rises or falls",
                };
                Err(self.checker.report(
                    Diagnostic::error(codes::TEST_VALUE, what, self.place(span), "it cannot do this")
                        .help(format!("write {}", possible(instrument))),
                ))
            }
        }
    }

    /// A series that no flow reads changes nothing.
    fn check_read(
        &self,
        metric: &Path,
        instrument: &Instrument,
        labels: &Labels,
        made: &[TestSeries],
        span: Span,
    ) -> Checked<()> {
        let is_read = |series: &TestSeries| {
            read::readers(self.plan, &series.metric).any(|flow| read::reads(flow, &series.labels))
        };
        if !self.is_complete || made.iter().any(is_read) {
            return Ok(());
        }
        let message = format!("no objective reads this series of `{}`", metric.text());
        let diagnostic = Diagnostic::error(codes::TEST_UNREAD, message, self.place(span), "it changes nothing");
        let names = exposed_names(instrument);
        let readers: Vec<_> = names.iter().flat_map(|name| read::readers(self.plan, name)).collect();
        let Some(reader) = readers.first() else {
            return Err(self.checker.report(
                diagnostic.help("objectives of the files that are compiled together read other metrics only"),
            ));
        };
        let matchers = match &reader.source {
            farthing_plan::Source::Counter { matchers, .. }
            | farthing_plan::Source::Gauge { matchers, .. }
            | farthing_plan::Source::GaugeTime { matchers, .. } => matchers.as_slice(),
            _ => &[],
        };
        let lacking: Vec<String> = matchers
            .iter()
            .filter(|matcher| !read::matches(matcher, labels))
            .map(|matcher| {
                let values: Vec<String> = matcher.values.iter().map(|value| format!("{value:?}")).collect();
                let not = if matcher.op == MatchOp::NotEqual { " not" } else { "" };
                format!("`{}` is{not} {}", matcher.label, suggest::one_of(&values))
            })
            .collect();
        Err(self.checker.report(diagnostic.help(format!(
            "{} reads those of which {}",
            reader.id,
            lacking.join(" and ")
        ))))
    }
}

/// As [`Does`], with what `then 8` means resolved.
enum Is<'w> {
    Value(&'w farthing_grammar::Expr),
    /// By how much, and whether it falls.
    Rises(&'w farthing_grammar::Expr, bool),
    Observes(&'w farthing_grammar::Expr, &'w farthing_grammar::Expr),
}

/// What to write for a metric.
fn possible(instrument: &Instrument) -> &'static str {
    match (instrument.kind, instrument.counted) {
        (InstrumentKind::Counter, _) => "`rises 0.35/s`; 0/s where it stands still, `absent` where it has no samples",
        (InstrumentKind::Gauge, true) => "`is 4`, for four series",
        (InstrumentKind::Gauge, false) => "`is 4`, `rises 1/h`, `falls 1/h` or `absent`",
        (InstrumentKind::Histogram, _) => "`observes 2/s of 300 ms`",
    }
}

/// The names of the series that a metric has.
pub(super) fn exposed_names(instrument: &Instrument) -> Vec<String> {
    let name = &instrument.metric.value;
    match instrument.kind {
        InstrumentKind::Histogram => ["_bucket", "_count", "_sum"].map(|end| format!("{name}{end}")).to_vec(),
        _ => vec![name.clone()],
    }
}

fn plain(course: &Course) -> Vec<Segment> {
    let kind = |doing: &Doing| match doing {
        Doing::Is(value) => SegmentKind::Is { value: value.clone() },
        Doing::Rises(rate) => SegmentKind::Rises { rate: rate.clone() },
        Doing::Observes(_) | Doing::Absent => SegmentKind::Absent,
    };
    course.iter().map(|(from, doing)| Segment { from: *from, kind: kind(doing) }).collect()
}

/// One series for each that is counted, there while the count is high enough.
fn counted(metric: &str, labels: &Labels, course: &Course) -> Vec<TestSeries> {
    let count = |doing: &Doing| match doing {
        Doing::Is(value) => value.to_i64().unwrap_or(0),
        _ => 0,
    };
    let most = course.iter().map(|(_, doing)| count(doing)).max().unwrap_or(0);
    let one = |number: i64| {
        let mut segments: Vec<Segment> = Vec::new();
        for (from, doing) in course {
            let is_there = count(doing) >= number;
            let was_there = segments.last().is_some_and(|last| last.kind != SegmentKind::Absent);
            if is_there != was_there {
                let kind = if is_there { SegmentKind::Is { value: Exact::one() } } else { SegmentKind::Absent };
                segments.push(Segment { from: *from, kind });
            }
        }
        let mut labels = labels.clone();
        labels.insert(NUMBERED.to_string(), number.to_string());
        TestSeries { metric: metric.to_string(), labels, segments }
    };
    (1..=most).map(one).collect()
}
