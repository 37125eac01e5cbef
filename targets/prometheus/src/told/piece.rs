//! The parts of a text that is told.

use farthing_plan::{CornerKind, Objective, Service};

use crate::template;

/// A text, some of which is known only when the alert fires.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text(pub Vec<Piece>);

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// As it is.
    Plain(String),
    /// A label or the value of the alert.
    Expression {
        /// As the template has it, with its braces.
        written: String,
        /// What is shown.
        subject: Subject,
        /// How, one after the other.
        functions: Vec<Function>,
    },
    /// What is shown only where something is known.
    With(Box<With>),
    /// What the [`With`] around holds, as the function shows it.
    Held(Function),
    /// What the [`With`] around holds, as an amount: `0.01746`, `9.841`, `12.35k`.
    Amount,
    /// The corners that the [`With`] around holds.
    Corners(CornerWords),
}

/// What an expression shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The value of a label of the alert's group; nothing where it has none.
    Label(String),
    /// The alert's value.
    Value,
}

/// A function of Prometheus's templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `12.35k`.
    Humanize,
    /// Seconds as `9h 0m 0s`.
    HumanizeDuration,
    /// 0.63 as `63%`.
    HumanizePercentage,
    /// All small.
    ToLower,
    /// All large.
    ToUpper,
}

impl Function {
    const ALL: [Function; 5] = [
        Function::Humanize,
        Function::HumanizeDuration,
        Function::HumanizePercentage,
        Function::ToLower,
        Function::ToUpper,
    ];

    /// As templates call it.
    pub fn name(self) -> &'static str {
        match self {
            Function::Humanize => "humanize",
            Function::HumanizeDuration => "humanizeDuration",
            Function::HumanizePercentage => "humanizePercentage",
            Function::ToLower => "toLower",
            Function::ToUpper => "toUpper",
        }
    }

    /// The function of this name.
    pub fn named(name: &str) -> Option<Function> {
        Function::ALL.into_iter().find(|function| function.name() == name)
    }
}

/// A text that is shown where what it asks for is known, and another where it is not.
#[derive(Clone, Debug, PartialEq)]
pub struct With {
    /// What is asked for.
    pub asked: Asked,
    /// The template's question: `{{ with query ... }}`.
    pub head: String,
    /// What is shown where it is known.
    pub then: Text,
    /// What is shown where it is not.
    pub otherwise: Option<Text>,
}

/// What a [`With`] asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// A number of the objective.
    Number {
        /// Which.
        series: Series,
        /// What is done to it.
        change: Change,
        /// Whether it is asked for only where it is then above 0.
        positive: bool,
    },
    /// The corners of a trade-off that are met; known where there are any.
    CornersMet,
}

/// A recorded series of an objective: `farthing:objective:sli` and others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Series {
    /// `budget_consumed`.
    BudgetConsumed,
    /// `excess_rate1h`.
    ExcessRate1h,
    /// `exhaustion_seconds`.
    ExhaustionSeconds,
    /// `sli`.
    Sli,
    /// `sli1h`.
    Sli1h,
}

impl Series {
    /// Its name, without what all of them begin with.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Series::BudgetConsumed => "budget_consumed",
            Series::ExcessRate1h => "excess_rate1h",
            Series::ExhaustionSeconds => "exhaustion_seconds",
            Series::Sli => "sli",
            Series::Sli1h => "sli1h",
        }
    }
}

/// What is done to a number before it is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// Multiplied by this.
    Times(f64),
    /// Taken from 1.
    FromOne,
}

/// How corners that are met are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CornerWords {
    /// `cost and quality are met at the expense of latency`, this being the last.
    AtTheExpenseOf(CornerKind),
    /// `affordable, with 63%, fast, with 12%`.
    WithConsumed,
}

impl Text {
    /// A text that stands as it is.
    pub fn of(text: impl Into<String>) -> Text {
        Text(vec![Piece::Plain(text.into())])
    }

    /// The text as Prometheus's template.
    pub fn template(&self) -> String {
        let mut out = String::with_capacity(128);
        self.push_template(&mut out);
        out
    }

    pub(crate) fn push_template(&self, out: &mut String) {
        for piece in &self.0 {
            template::push_piece(out, piece);
        }
    }

    /// Appends what stands as it is.
    pub(crate) fn push(&mut self, text: &str) {
        match self.0.last_mut() {
            // Joined, for two braces would begin a template, also where each comes from another part.
            Some(Piece::Plain(last)) => last.push_str(text),
            _ => self.0.push(Piece::Plain(text.to_string())),
        }
    }

    /// Appends what the `With` around holds.
    pub(crate) fn push_held(&mut self, function: Function) {
        self.0.push(Piece::Held(function));
    }

    /// Appends the alert's value.
    pub(crate) fn push_value(&mut self, function: Function) {
        self.0.push(Piece::Expression {
            written: format!("{{{{ $value | {} }}}}", function.name()),
            subject: Subject::Value,
            functions: vec![function],
        });
    }

    /// Appends `, model_name X` for each label: which group the alert is of.
    pub(crate) fn push_group(&mut self, by: &[String]) {
        for name in by {
            self.push(&format!(", {name} "));
            self.0.push(Piece::Expression {
                written: format!("{{{{ {} }}}}", template::label_value(name)),
                subject: Subject::Label(name.clone()),
                functions: vec![],
            });
        }
    }

    /// Appends what is shown where a number of the objective is known, for the alert's own group. `before` is how
    /// PromQL writes the change.
    pub(crate) fn push_with(
        &mut self,
        (objective, service): (&Objective, &Service),
        (before, change, series, positive): (&str, Change, Series, bool),
        then: Text,
        otherwise: Option<Text>,
    ) {
        let after = if positive { " > 0" } else { "" };
        let head = template::query(objective, service, (before, series.name(), after));
        self.0.push(Piece::With(Box::new(With {
            asked: Asked::Number { series, change, positive },
            head,
            then,
            otherwise,
        })));
    }
}
