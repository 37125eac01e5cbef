//! Excess and allowance over a window: linear forms of what an indicator's flows came to.

use farthing_plan::{Exact, Indicator, Labels, Linear, Objective};

use crate::{
    duration::Window,
    flow::aggregate,
    number::over,
    selector::labels,
    series::{OBSERVED, Span, push_flow, push_series},
    window::RATE_WINDOW,
};

/// `numerator * N + denominator * D`, the factors as text.
pub(crate) struct LinearText {
    numerator: Factor,
    denominator: Factor,
}

struct Factor {
    is_zero: bool,
    is_negative: bool,
    /// `0.01 * `, or nothing for 1.
    times: String,
}

impl Factor {
    fn new(value: &Exact, target: &Exact) -> Self {
        let magnitude = value.abs();
        Factor {
            is_zero: value.is_zero(),
            is_negative: value.is_negative(),
            times: if magnitude.is_one() { String::new() } else { over(&magnitude, target) + " * " },
        }
    }
}

impl LinearText {
    /// Fractions of the target are written as such.
    pub(crate) fn new(linear: &Linear, target: &Exact) -> Self {
        LinearText {
            numerator: Factor::new(&linear.numerator, target),
            denominator: Factor::new(&linear.denominator, target),
        }
    }

    pub(crate) fn has_two_terms(&self) -> bool {
        !self.numerator.is_zero && !self.denominator.is_zero
    }
}

/// Where a linear form stands.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Shape {
    /// It is the whole expression.
    Whole,
    /// Divided by the window's length, it is the whole expression.
    Divided,
    /// A part of a join.
    Operand,
    /// Divided by the window's length, a part of a join.
    Rate,
}

impl Shape {
    /// By what it is divided over a span: of the window that the rate covers, there is only the rate.
    pub(crate) fn divisor(self, span: Span) -> Option<u64> {
        match (self, span) {
            (Shape::Rate | Shape::Divided, Span::Window(window)) => {
                (window.seconds != RATE_WINDOW).then_some(window.seconds)
            }
            _ => None,
        }
    }
}

/// The flows of an indicator, as an objective reads them.
pub(crate) struct Sides<'a> {
    service: &'a str,
    pub indicator: &'a Indicator,
    /// The labels that the objective is broken down by: those of the indicator, or some of them.
    by: &'a [String],
    /// The only groups.
    only: &'a Labels,
    /// ` on (a, b)`, which each join has.
    on: String,
}

impl<'a> Sides<'a> {
    pub(crate) fn new(service: &'a str, indicator: &'a Indicator, objective: &'a Objective) -> Self {
        let on = format!(" on ({})", labels(&objective.by));
        Sides { service, indicator, by: &objective.by, only: &objective.only, on }
    }

    /// Appends a linear form of the flows' sums over a span.
    pub(crate) fn push_linear(&self, out: &mut String, form: &LinearText, span: Span, shape: Shape) {
        let numerator = (&form.numerator, self.indicator.numerator.flow.as_str());
        let denominator = (&form.denominator, self.indicator.denominator.flow.as_str());
        // What is added comes before what is taken away, as people write it.
        let terms = if form.numerator.is_negative { [denominator, numerator] } else { [numerator, denominator] };
        let count = terms.iter().filter(|(factor, _)| !factor.is_zero).count();
        let whole = matches!(shape, Shape::Whole | Shape::Divided);
        // A sum's own labels end with a join; where there is none, its label `flow` has to go.
        let alone = whole && count < 2 && self.indicator.by == self.by;
        let parenthesized = count > 1 && shape != Shape::Whole;
        if alone {
            out.push_str(match span {
                Span::Calendar(_) => "sum without (calendar, flow) (",
                _ => "sum without (flow) (",
            });
        }
        if parenthesized {
            out.push_str("(\n  ");
        }
        let line = if parenthesized { "\n  " } else { "\n" };
        let mut is_first = true;
        for (factor, flow) in terms {
            if factor.is_zero {
                continue;
            }
            if is_first {
                if factor.is_negative {
                    out.push('-');
                }
            } else {
                out.push_str(line);
                out.push_str(if factor.is_negative { "-" } else { "+" });
                out.push_str(&self.on);
                out.push_str(line);
            }
            is_first = false;
            out.push_str(&factor.times);
            self.push_sum(out, span, flow);
        }
        if count == 0 {
            out.push_str("0 * ");
            self.push_sum(out, span, &self.indicator.denominator.flow);
        }
        if parenthesized {
            out.push_str("\n)");
        }
        if let Some(seconds) = shape.divisor(span) {
            out.push_str(" / ");
            out.push_str(&seconds.to_string());
        }
        if alone {
            out.push(')');
        }
    }

    /// Appends what is measured: `numerator / on (a) (denominator > 0)`.
    pub(crate) fn push_ratio(&self, out: &mut String, span: Span) {
        self.push_sum(out, span, &self.indicator.numerator.flow);
        for part in ["\n/", &self.on, "\n("] {
            out.push_str(part);
        }
        self.push_sum(out, span, &self.indicator.denominator.flow);
        out.push_str(" > 0)");
    }

    /// Appends what a flow came to over a span.
    pub(crate) fn push_sum(&self, out: &mut String, span: Span, flow: &str) {
        self.push(out, "sum", |out| span.push(out, (flow, self.service), self.only));
    }

    /// Appends the time of a window in which the indicator was observed.
    pub(crate) fn push_observed(&self, out: &mut String, window: &Window) {
        self.push(out, "max", |out| {
            let flow = self.indicator.denominator.flow.as_str();
            if self.only.is_empty() {
                return push_flow(out, OBSERVED, &window.name, flow, self.service);
            }
            let own = [("flow", flow), ("service", self.service)];
            push_series(out, &[OBSERVED, &window.name].concat(), self.only, own.into_iter());
        });
    }

    fn push(&self, out: &mut String, operator: &str, push: impl Fn(&mut String)) {
        if self.indicator.by == self.by {
            push(out);
        } else {
            let mut series = String::with_capacity(128);
            push(&mut series);
            out.push_str(&aggregate(operator, self.by, &series));
        }
    }
}
