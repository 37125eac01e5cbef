//! Tests: scenarios and what is expected of them.

use super::{Date, Expr, Name, Path, Selector, Span, Text};

/// `test "a doubled fleet pages" { ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// What it shows.
    pub name: Text,
    /// What it says, in order.
    pub statements: Vec<TestStatement>,
}

/// A statement of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct TestStatement {
    /// What it says.
    pub kind: TestStatementKind,
    /// All of it.
    pub span: Span,
}

/// What a statement of a test says.
#[derive(Clone, Debug, PartialEq)]
pub enum TestStatementKind {
    /// `over 30d every 1m from 2026-11-01`
    Over {
        /// How long it is.
        length: Box<Expr>,
        /// The time between two samples.
        every: Option<Box<Expr>>,
        /// When it begins.
        from: Option<Date>,
    },
    /// `series dcgm::gpus { namespace = "chat" } is 4, then 8 from 20d`
    Series {
        /// The metric.
        metric: Path,
        /// Its labels.
        selector: Option<Selector>,
        /// What it does, one after the other.
        segments: Vec<TestSegment>,
    },
    /// `event requests { outcome = "ok", context = 1000 } at 2/s, then 5/s from 1d`
    Event {
        /// The kind of event.
        event: Path,
        /// What its fields are.
        fields: Vec<(Name, EventValue)>,
        /// How many there are a time, one after the other.
        rates: Vec<TestRate>,
    },
    /// `expect ...`
    Expect(Box<Expect>),
}

/// What a series does from some time on.
#[derive(Clone, Debug, PartialEq)]
pub struct TestSegment {
    /// What it does.
    pub does: Does,
    /// Since when; the start where nothing is said.
    pub from: Option<Moment>,
    /// What it does, without the time.
    pub span: Span,
}

/// What a series does.
#[derive(Clone, Debug, PartialEq)]
pub enum Does {
    /// `is 4`
    Is(Expr),
    /// `rises 0.35/s`
    Rises(Expr),
    /// `falls 2/h`
    Falls(Expr),
    /// `observes 2/s of 300 ms`
    Observes(Expr, Expr),
    /// `absent`
    Absent,
    /// `then 8`: as before, with another value.
    Again(Expr, Option<Expr>),
}

/// How many events there are from some time on.
#[derive(Clone, Debug, PartialEq)]
pub struct TestRate {
    /// How many in which time.
    pub rate: Expr,
    /// Since when; the start where nothing is said.
    pub from: Option<Moment>,
}

/// What a field of an event is.
#[derive(Clone, Debug, PartialEq)]
pub enum EventValue {
    /// A label.
    Text(Text),
    /// A number.
    Number(Expr),
}

/// A time since the start of a test: `20d`, `20d + 70m`.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// Lengths of time, to be added up; at least one.
    pub parts: Vec<Expr>,
    /// All of it.
    pub span: Span,
}

/// An objective, and which group of it: `chat.by_model { model_name = "a" }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The service.
    pub service: Name,
    /// The objective or trade-off.
    pub objective: Name,
    /// The group.
    pub selector: Option<Selector>,
}

/// What is expected.
#[derive(Clone, Debug, PartialEq)]
pub enum Expect {
    /// `page of chat.affordable within 70m after 20d`
    Alert {
        /// `no page`.
        none: bool,
        /// `alert`, `page` or `ticket`.
        word: Name,
        /// Of what.
        of: Judged,
        /// When; at any time where nothing is said.
        time: Option<AlertTime>,
    },
    /// `budget consumed of chat.affordable at 30d is 345% +- 1%`
    Value {
        /// Of what kind.
        measure: Measure,
        /// Of what.
        of: Judged,
        /// When.
        at: Moment,
        /// What it is.
        value: Box<Expr>,
        /// By what share of the value it may differ.
        tolerance: Option<Box<Expr>>,
    },
    /// `chat.affordable not met at 30d`
    Verdict {
        /// Of what.
        of: Judged,
        /// Which.
        verdict: TestVerdict,
        /// When.
        at: Moment,
    },
}

/// When an alert is expected.
#[derive(Clone, Debug, PartialEq)]
pub enum AlertTime {
    /// `before 20d`
    Before(Moment),
    /// `after 20d`
    After(Moment),
    /// `at 20d`
    At(Moment),
    /// `from 1d to 2d`
    Between(Moment, Moment),
    /// `within 70m after 20d`, `within 70m`
    Within(Moment, Option<Moment>),
}

/// A number that is expected.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// `budget consumed`
    Consumed,
    /// `measured`
    Measured,
    /// `burn rate over 1h`
    BurnRate(Box<Expr>),
}

/// A verdict that is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestVerdict {
    /// `met`
    Met,
    /// `not met`
    NotMet,
    /// `no verdict`
    None,
}
