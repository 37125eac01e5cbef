//! Texts when the alert fires: what Prometheus would make of the template.

use farthing_plan::{CornerKind, Labels};

use super::{Asked, Change, CornerWords, Function, Piece, Series, Subject, Text, Told, With, humanize};

/// What is known when an alert fires.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moment {
    /// The labels of the alert's group: what `$labels` has.
    pub labels: Labels,
    /// The alert's value.
    pub value: f64,
    /// E(P) / A(P).
    pub budget_consumed: Option<f64>,
    /// E(1h) / 1h, in the budget's canonical unit per second.
    pub excess_rate1h: Option<f64>,
    /// The time in which the budget is gone, in seconds.
    pub exhaustion_seconds: Option<f64>,
    /// What was measured over the period, in canonical units; of shares, what was good.
    pub sli: Option<f64>,
    /// The same over the last hour.
    pub sli1h: Option<f64>,
    /// Of a trade-off, the corners that are met.
    pub corners_met: Vec<MetCorner>,
}

/// A corner that is met.
#[derive(Clone, Debug, PartialEq)]
pub struct MetCorner {
    /// What it stands for.
    pub kind: CornerKind,
    /// Its objective's name.
    pub objective: String,
    /// The share of its budget that is consumed.
    pub consumed: f64,
}

/// An alert with all of its labels and annotations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// `alertname`, the group's and the rule's own; none is empty.
    pub labels: Labels,
    /// The annotations.
    pub annotations: Labels,
}

impl Told {
    /// What Prometheus would send.
    pub fn fill(&self, moment: &Moment) -> Filled {
        let mut labels = moment.labels.clone();
        labels.extend(self.labels.iter().map(|(name, text)| (name.clone(), text.fill(moment))));
        labels.insert("alertname".into(), self.alert.into());
        // A label without a value is none.
        labels.retain(|_, value| !value.is_empty());
        let annotations = self.annotations.iter().map(|(name, text)| (name.clone(), text.fill(moment))).collect();
        Filled { labels, annotations }
    }
}

impl Text {
    /// The text at that moment.
    pub fn fill(&self, moment: &Moment) -> String {
        let mut out = String::with_capacity(256);
        push(&mut out, self, moment, None);
        out
    }
}

fn push(out: &mut String, text: &Text, moment: &Moment, held: Option<f64>) {
    for piece in &text.0 {
        match piece {
            Piece::Plain(text) => out.push_str(text),
            Piece::Expression { subject, functions, .. } => out.push_str(&expression(subject, functions, moment)),
            Piece::With(with) => push_with(out, with, moment),
            Piece::Held(function) => {
                let held = Shown::Number(held.unwrap_or(f64::NAN));
                out.push_str(&held.apply(*function).text());
            }
            Piece::Amount => {
                let held = held.unwrap_or(f64::NAN);
                out.push_str(&if held < 1.0 { humanize::four_digits(held) } else { humanize::humanize(held) });
            }
            Piece::Corners(words) => push_corners(out, *words, &moment.corners_met),
        }
    }
}

fn push_with(out: &mut String, with: &With, moment: &Moment) {
    let (is_known, held) = match &with.asked {
        Asked::Number { series, change, positive } => {
            let number = moment.number(*series).map(|number| match change {
                Change::Times(factor) => factor * number,
                Change::FromOne => 1.0 - number,
            });
            let number = number.filter(|number| !positive || *number > 0.0);
            (number.is_some(), number)
        }
        Asked::CornersMet => (!moment.corners_met.is_empty(), None),
    };
    match (&with.otherwise, is_known) {
        (_, true) => push(out, &with.then, moment, held),
        (Some(otherwise), false) => push(out, otherwise, moment, None),
        (None, false) => {}
    }
}

impl Moment {
    fn number(&self, series: Series) -> Option<f64> {
        match series {
            Series::BudgetConsumed => self.budget_consumed,
            Series::ExcessRate1h => self.excess_rate1h,
            Series::ExhaustionSeconds => self.exhaustion_seconds,
            Series::Sli => self.sli,
            Series::Sli1h => self.sli1h,
        }
    }
}

fn push_corners(out: &mut String, words: CornerWords, met: &[MetCorner]) {
    let mut met: Vec<&MetCorner> = met.iter().collect();
    // As the template has them: `sortByLabel "corner"`.
    met.sort_by_key(|corner| corner.kind.name());
    for (index, corner) in met.iter().enumerate() {
        match words {
            CornerWords::AtTheExpenseOf(_) => {
                out.push_str(if index > 0 { " and " } else { "" });
                out.push_str(corner.kind.name());
            }
            CornerWords::WithConsumed => {
                out.push_str(if index > 0 { ", " } else { "" });
                out.push_str(&format!("{}, with {}", corner.objective, humanize::percentage(corner.consumed)));
            }
        }
    }
    if let CornerWords::AtTheExpenseOf(kind) = words {
        out.push_str(if met.len() > 1 { " are" } else { " is" });
        out.push_str(&format!(" met at the expense of {}", kind.name()));
    }
}

/// What goes through functions.
enum Shown {
    Number(f64),
    Text(String),
}

impl Shown {
    /// A function of numbers takes a text that is one; what it cannot take stands as it is, where Prometheus would put
    /// an error in place of the whole text.
    fn apply(self, function: Function) -> Shown {
        let number = match &self {
            Shown::Number(number) => Some(*number),
            Shown::Text(text) => text.parse().ok(),
        };
        match (function, self) {
            (Function::ToLower, Shown::Text(text)) => Shown::Text(text.to_lowercase()),
            (Function::ToUpper, Shown::Text(text)) => Shown::Text(text.to_uppercase()),
            (Function::ToLower | Function::ToUpper, number) => number,
            (_, shown) => match number {
                None => shown,
                Some(number) => Shown::Text(match function {
                    Function::HumanizeDuration => humanize::duration(number),
                    Function::HumanizePercentage => humanize::percentage(number),
                    _ => humanize::humanize(number),
                }),
            },
        }
    }

    fn text(self) -> String {
        match self {
            Shown::Number(number) => humanize::plain(number),
            Shown::Text(text) => text,
        }
    }
}

fn expression(subject: &Subject, functions: &[Function], moment: &Moment) -> String {
    let shown = match subject {
        Subject::Label(name) => Shown::Text(moment.labels.get(name).cloned().unwrap_or_default()),
        Subject::Value => Shown::Number(moment.value),
    };
    functions.iter().fold(shown, |shown, function| shown.apply(*function)).text()
}
