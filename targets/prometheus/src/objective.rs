//! Level 3: what the objectives say, as arithmetic on the latest samples of level 2.
//!
//! Targets are applied here and nowhere before: a changed target judges the whole period by the new one and breaks no
//! history.

use std::borrow::Cow;

use farthing_plan::{Exact, Form, Indicator, Linear, Objective, Service};

use crate::{
    duration::Window,
    group::{Pairs, Recording, Rule},
    number::{number, over},
    selector::labels,
    series::{OBSERVED, RATE, SUM, push_flow, push_objective},
    window::{EXHAUSTION_WINDOW, RATE_WINDOW, find},
};

/// Writes the rules of one objective.
pub(crate) struct Writer<'a, 't> {
    service: &'a Service,
    indicator: &'a Indicator,
    objective: &'a Objective,
    /// Each window of the service, once.
    table: &'t [Window],
    /// `on (a, b)`.
    on: String,
    excess: LinearText,
    allowance: LinearText,
}

/// `numerator * N + denominator * D`, the factors as text.
struct LinearText {
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
    fn new(linear: &Linear, target: &Exact) -> Self {
        LinearText {
            numerator: Factor::new(&linear.numerator, target),
            denominator: Factor::new(&linear.denominator, target),
        }
    }
}

impl<'a, 't> Writer<'a, 't> {
    pub(crate) fn new(
        service: &'a Service,
        indicator: &'a Indicator,
        objective: &'a Objective,
        table: &'t [Window],
    ) -> Self {
        Writer {
            service,
            indicator,
            objective,
            table,
            on: format!("\n/ on ({})\n", labels(&objective.by)),
            excess: LinearText::new(&objective.excess, target(objective)),
            allowance: LinearText::new(&objective.allowance, target(objective)),
        }
    }

    /// The objective's series, those that others read first.
    pub(crate) fn rules(&self) -> Vec<Rule<'a>> {
        let mut rules = Vec::with_capacity(16);
        let Some(period) = find(self.table, self.objective.period.seconds()) else {
            return rules;
        };
        rules.push(self.rule(
            self.comment(),
            "farthing:objective:target",
            format!("vector({})", number(target(self.objective))),
        ));
        rules.push(self.rule("", "farthing:objective:sli", self.measured(period)));
        let hour = find(self.table, EXHAUSTION_WINDOW);
        rules.extend(hour.map(|hour| self.rule("", "farthing:objective:sli1h", self.measured(hour))));
        rules.push(self.rule("", "farthing:objective:budget_consumed", self.consumed(period)));
        rules.push(self.rule("", "farthing:objective:budget_left", self.left(period)));
        rules.push(self.rule("", "farthing:objective:allowance_rate", self.allowance_rate(period)));
        rules.extend(hour.map(|hour| self.rule("", "farthing:objective:excess_rate1h", self.excess_rate(hour))));
        rules.push(self.rule("", "farthing:objective:exhaustion_seconds", self.exhaustion()));
        for window in self.burn_windows() {
            let name = ["farthing:objective:burn_rate", &window.name].concat();
            rules.push(self.rule("", name, self.burn_rate(window)));
        }
        rules
    }

    /// The windows of the objective's alerts, each once, ascending.
    fn burn_windows(&self) -> impl Iterator<Item = &'t Window> {
        let alerts = &self.objective.alerts;
        let mut lengths: Vec<u64> = alerts.iter().flat_map(|alert| [alert.short, alert.long]).collect();
        lengths.sort_unstable();
        lengths.dedup();
        let table = self.table;
        lengths.into_iter().filter_map(move |length| find(table, length))
    }

    fn comment(&self) -> String {
        let Objective { id, statement, period, doc, .. } = self.objective;
        let mut comment = format!("{id}: {statement}, over {}.", crate::duration::short(period.seconds()));
        if let Some(doc) = doc {
            comment.push(' ');
            comment.push_str(doc);
        }
        comment
    }

    /// What is measured over a window; nothing where there was no volume.
    fn measured(&self, window: &Window) -> String {
        let mut expr = String::with_capacity(256);
        if !matches!(self.objective.form, Form::Mean { .. }) {
            expr.push_str("1 -\n");
        }
        self.push_sum(&mut expr, window, &self.indicator.numerator.flow);
        expr.push_str(&self.on);
        expr.push('(');
        self.push_sum(&mut expr, window, &self.indicator.denominator.flow);
        expr.push_str(" > 0)");
        expr
    }

    fn consumed(&self, period: &Window) -> String {
        let mut expr = String::with_capacity(384);
        self.push_linear(&mut expr, &self.excess, period, Shape::Operand);
        expr.push_str(&self.on);
        expr.push('(');
        self.push_linear(&mut expr, &self.allowance, period, Shape::Operand);
        expr.push_str(" > 0)");
        expr
    }

    fn left(&self, period: &Window) -> String {
        let Objective { excess, allowance, .. } = self.objective;
        let left = Linear {
            numerator: &allowance.numerator - &excess.numerator,
            denominator: &allowance.denominator - &excess.denominator,
        };
        let left = LinearText::new(&left, target(self.objective));
        let mut expr = String::with_capacity(256);
        self.push_linear(&mut expr, &left, period, Shape::Whole);
        expr
    }

    fn allowance_rate(&self, period: &Window) -> String {
        let mut expr = String::with_capacity(256);
        self.push_linear(&mut expr, &self.allowance, period, Shape::Operand);
        expr.push_str(&self.on);
        let denominator = &self.indicator.denominator.flow;
        self.push_flow(&mut expr, "max", OBSERVED, &period.name, denominator);
        expr
    }

    fn excess_rate(&self, hour: &Window) -> String {
        let mut expr = String::with_capacity(256);
        self.push_linear(&mut expr, &self.excess, hour, Shape::Divided);
        expr
    }

    /// Where the budget is not yet consumed and the excess over the last hour is positive.
    fn exhaustion(&self) -> String {
        let mut expr = String::with_capacity(256);
        expr.push('(');
        self.push_own(&mut expr, "budget_left");
        expr.push_str(" > 0)");
        expr.push_str(&self.on);
        expr.push('(');
        self.push_own(&mut expr, "excess_rate1h");
        expr.push_str(" > 0)");
        expr
    }

    fn burn_rate(&self, window: &Window) -> String {
        let mut expr = String::with_capacity(384);
        self.push_linear(&mut expr, &self.excess, window, Shape::Rate);
        expr.push_str(&self.on);
        expr.push('(');
        self.push_own(&mut expr, "allowance_rate");
        expr.push_str(" > 0)");
        expr
    }

    /// Appends a linear form of the flows' sums over a window.
    fn push_linear(&self, out: &mut String, form: &LinearText, window: &Window, shape: Shape) {
        let numerator = (&form.numerator, self.indicator.numerator.flow.as_str());
        let denominator = (&form.denominator, self.indicator.denominator.flow.as_str());
        // What is added comes before what is taken away, as people write it.
        let terms = if form.numerator.is_negative { [denominator, numerator] } else { [numerator, denominator] };
        let count = terms.iter().filter(|(factor, _)| !factor.is_zero).count();
        let divided = match shape {
            Shape::Rate | Shape::Divided if window.seconds != RATE_WINDOW => Some(window.seconds),
            _ => None,
        };
        let whole = matches!(shape, Shape::Whole | Shape::Divided);
        // A sum's own labels end with a join; where there is none, its label `flow` has to go.
        let alone = whole && count < 2 && self.indicator.by == self.objective.by;
        let parenthesized = count > 1 && shape != Shape::Whole;
        if alone {
            out.push_str("sum without (flow) (");
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
                // `/ on (a)` without its line breaks and its operator.
                out.push_str(&self.on[2..self.on.len() - 1]);
                out.push_str(line);
            }
            is_first = false;
            out.push_str(&factor.times);
            self.push_sum(out, window, flow);
        }
        if count == 0 {
            out.push_str("0 * ");
            self.push_sum(out, window, &self.indicator.denominator.flow);
        }
        if parenthesized {
            out.push_str("\n)");
        }
        if let Some(seconds) = divided {
            out.push_str(" / ");
            out.push_str(&seconds.to_string());
        }
        if alone {
            out.push(')');
        }
    }

    /// Appends what a flow came to over a window; of the window that the rate covers, the rate.
    fn push_sum(&self, out: &mut String, window: &Window, flow: &str) {
        if window.seconds == RATE_WINDOW {
            self.push_flow(out, "sum", RATE, "", flow);
        } else {
            self.push_flow(out, "sum", SUM, &window.name, flow);
        }
    }

    fn push_flow(&self, out: &mut String, operator: &str, prefix: &str, window: &str, flow: &str) {
        if self.indicator.by == self.objective.by {
            push_flow(out, prefix, window, flow, &self.service.name);
        } else {
            let mut series = String::with_capacity(128);
            push_flow(&mut series, prefix, window, flow, &self.service.name);
            out.push_str(&crate::flow::aggregate(operator, &self.objective.by, &series));
        }
    }

    fn push_own(&self, out: &mut String, name: &str) {
        push_objective(out, name, "", &self.objective.name, &self.service.name);
    }

    fn rule(&self, comment: impl Into<Cow<'a, str>>, record: impl Into<Cow<'static, str>>, expr: String) -> Rule<'a> {
        Rule::Recording(Recording {
            comment: comment.into(),
            record: record.into(),
            labels: Pairs::two(("objective", &self.objective.name), ("service", &self.service.name)),
            expr,
        })
    }
}

/// What was stated: the mean, the share or the quantile.
fn target(objective: &Objective) -> &Exact {
    match &objective.form {
        Form::Mean { target, .. } => target,
        Form::Share { share, .. } => share,
        Form::Quantile { quantile, .. } => quantile,
    }
}

/// Where a linear form stands.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    /// It is the whole expression.
    Whole,
    /// Divided by the window's length, it is the whole expression.
    Divided,
    /// A part of a join.
    Operand,
    /// Divided by the window's length, a part of a join.
    Rate,
}
