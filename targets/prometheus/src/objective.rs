//! Level 3: what the objectives say, as arithmetic on the latest samples of level 2.
//!
//! Targets are applied here and nowhere before: a changed target judges the whole period by the new one and breaks no
//! history.

use std::borrow::Cow;

use farthing_plan::{
    BudgetMode, BurnForm, Derivation, Exact, Form, Indicator, LONG_WINDOW, Linear, Objective, Period, Service,
    duration_text,
};

use crate::{
    calendar::{self, Calendar},
    duration::Window,
    flow::aggregate,
    group::{Pairs, Recording, Rule},
    linear::{LinearText, Shape, Sides},
    number::number,
    selector::labels,
    series::{Span, push_objective},
    service::Known,
    slotted::Slotted,
    window::{EXHAUSTION_WINDOW, find},
};

/// Writes the rules of one objective.
pub(crate) struct Writer<'a, 't> {
    service: &'a Service,
    objective: &'a Objective,
    known: &'t Known<'a>,
    sides: Sides<'a>,
    calendar: Option<&'t Calendar>,
    /// `on (a, b)`.
    on: String,
    excess: LinearText,
    allowance: LinearText,
}

impl<'a, 't> Writer<'a, 't> {
    pub(crate) fn new(
        service: &'a Service,
        indicator: &'a Indicator,
        objective: &'a Objective,
        known: &'t Known<'a>,
    ) -> Self {
        Writer {
            service,
            objective,
            known,
            sides: Sides::new(&service.name, indicator, objective),
            calendar: calendar::find(&known.calendars, &objective.period),
            on: format!("\n/ on ({})\n", labels(&objective.by)),
            excess: LinearText::new(&objective.excess, target(objective)),
            allowance: LinearText::new(&objective.allowance, target(objective)),
        }
    }

    /// The objective's series, those that others read first.
    pub(crate) fn rules(&self) -> Vec<Rule<'a>> {
        let mut rules = Vec::with_capacity(16);
        let (Some(period), Some(rolling)) = (self.period(), self.window(self.objective.period.seconds())) else {
            return rules;
        };
        rules.push(self.rule(
            self.comment(),
            "farthing:objective:target",
            format!("vector({})", number(target(self.objective))),
        ));
        rules.extend(self.void(period));
        rules.push(self.rule("", "farthing:objective:sli", self.measured(period)));
        let hour = self.window(EXHAUSTION_WINDOW).map(Span::Window);
        rules.extend(hour.map(|hour| self.rule("", "farthing:objective:sli1h", self.measured(hour))));
        rules.extend(self.gross_every_minute());
        rules.push(self.verdict("farthing:objective:budget_consumed", self.consumed(period)));
        rules.push(self.verdict("farthing:objective:budget_left", self.left(period)));
        rules.push(self.rule("", "farthing:objective:allowance_rate", self.allowance_rate(rolling)));
        if let Some(hour) = hour {
            rules.push(self.rule("", "farthing:objective:excess_rate1h", self.excess_rate(hour)));
            rules.push(self.rule("", "farthing:objective:exhaustion_seconds", self.exhaustion()));
        }
        for window in self.burn_windows() {
            let name = ["farthing:objective:burn_rate", &window.name].concat();
            rules.push(self.rule("", name, self.burn_rate(Span::Window(window))));
        }
        rules
    }

    /// What is added up from the objective's own slots.
    pub(crate) fn added_up_from_slots(&self) -> Vec<Rule<'a>> {
        let gross = Slotted::gross(self.objective, &self.service.name);
        let windows = self.gross_windows().into_iter().map(|window| gross.slots(window));
        windows.chain(self.gross_calendar().map(|calendar| gross.calendar_slots(calendar))).collect()
    }

    /// What budgets are judged over.
    fn period(&self) -> Option<Span<'t>> {
        match &self.objective.period {
            Period::Rolling { seconds } => self.window(*seconds).map(Span::Window),
            Period::Calendar { .. } => self.calendar.map(Span::Calendar),
        }
    }

    /// A window, where the indicator has amounts over it.
    fn window(&self, seconds: u64) -> Option<&'t Window> {
        let is_peak = matches!(self.sides.indicator.derivation, Some(Derivation::Peak { .. }));
        if is_peak && seconds < LONG_WINDOW { None } else { find(&self.known.table, seconds) }
    }

    /// The windows of the objective's alerts, each once, ascending.
    fn burn_windows(&self) -> impl Iterator<Item = &'t Window> {
        let alerts = &self.objective.alerts;
        let mut lengths: Vec<u64> = alerts.iter().flat_map(|alert| [alert.short, alert.long]).collect();
        lengths.sort_unstable();
        lengths.dedup();
        lengths.into_iter().filter_map(move |length| self.window(length))
    }

    fn comment(&self) -> String {
        let Objective { id, statement, period, doc, .. } = self.objective;
        let over = match period {
            Period::Rolling { seconds } => duration_text(*seconds),
            Period::Calendar { unit, zone } => format!("the calendar {} in {zone}", unit.name()),
        };
        let mut comment = format!("{id}: {statement}, over {over}.");
        if let Some(doc) = doc {
            comment.push(' ');
            comment.push_str(doc);
        }
        comment
    }

    /// Whether there is no verdict: the difference of two ratios says so, and that one of them is not there.
    fn void(&self, period: Span) -> Option<Rule<'a>> {
        let equality = self.objective.equality.as_ref()?;
        let by = &self.objective.by;
        let on = labels(by);
        let mut expr = String::from("1 - (\n  abs(\n    ");
        for (index, side) in [&equality.left, &equality.right].into_iter().enumerate() {
            // INVARIANT: both are indicators of the same service.
            let indicator = self.known.indicators.get(side.as_str())?;
            let side = Sides::new(&self.service.name, indicator, self.objective);
            if index > 0 {
                expr.push_str(&format!("\n    - on ({on})\n    "));
            }
            side.push_sum(&mut expr, period, &indicator.numerator.flow);
            expr.push_str(&format!(" / on ({on}) ("));
            side.push_sum(&mut expr, period, &indicator.denominator.flow);
            expr.push_str(" > 0)");
        }
        let mut volume = String::with_capacity(128);
        self.sides.push_sum(&mut volume, period, &self.sides.indicator.denominator.flow);
        let nothing = aggregate("sum", by, &volume);
        // What rounding adds is no difference.
        let tolerance = number(&equality.tolerance) + " + 1e-12";
        expr.push_str(&format!("\n  ) <= bool {tolerance}\n  or on ({on})\n  0 * {nothing}\n)"));
        let comment = format!("1 while there is no verdict, for this does not hold: {}.", equality.statement);
        Some(self.rule(comment, "farthing:objective:void", expr))
    }

    /// What is measured over a window; nothing where there was no volume.
    fn measured(&self, span: Span) -> String {
        let mut expr = String::with_capacity(256);
        if !matches!(self.objective.form, Form::Mean { .. }) {
            expr.push_str("1 -\n");
        }
        self.sides.push_ratio(&mut expr, span);
        expr
    }

    fn consumed(&self, period: Span) -> String {
        let mut expr = String::with_capacity(384);
        self.push_excess(&mut expr, period, Shape::Operand);
        self.push_over_allowance(&mut expr, period);
        expr
    }

    fn left(&self, period: Span) -> String {
        let Objective { excess, allowance, .. } = self.objective;
        let mut expr = String::with_capacity(256);
        if self.is_gross() {
            self.sides.push_linear(&mut expr, &self.allowance, period, Shape::Operand);
            expr.push_str(&format!("\n- on ({})\n", labels(&self.objective.by)));
            self.push_excess(&mut expr, period, Shape::Operand);
            return expr;
        }
        let left = Linear {
            numerator: &allowance.numerator - &excess.numerator,
            denominator: &allowance.denominator - &excess.denominator,
        };
        let left = LinearText::new(&left, target(self.objective));
        self.sides.push_linear(&mut expr, &left, period, Shape::Whole);
        expr
    }

    fn allowance_rate(&self, rolling: &Window) -> String {
        let mut expr = String::with_capacity(256);
        self.sides.push_linear(&mut expr, &self.allowance, Span::Window(rolling), Shape::Operand);
        expr.push_str(&self.on);
        self.sides.push_observed(&mut expr, rolling);
        expr
    }

    fn excess_rate(&self, hour: Span) -> String {
        let mut expr = String::with_capacity(256);
        self.push_excess(&mut expr, hour, Shape::Divided);
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

    fn burn_rate(&self, span: Span) -> String {
        let mut expr = String::with_capacity(384);
        match self.objective.burn_form {
            BurnForm::Paced => {
                self.push_excess(&mut expr, span, Shape::Rate);
                expr.push_str(&self.on);
                expr.push('(');
                self.push_own(&mut expr, "allowance_rate");
                expr.push_str(" > 0)");
            }
            BurnForm::PerUnit => {
                self.push_excess(&mut expr, span, Shape::Operand);
                self.push_over_allowance(&mut expr, span);
            }
        }
        expr
    }

    fn push_over_allowance(&self, out: &mut String, span: Span) {
        out.push_str(&self.on);
        out.push('(');
        self.sides.push_linear(out, &self.allowance, span, Shape::Operand);
        out.push_str(" > 0)");
    }

    fn is_gross(&self) -> bool {
        self.objective.budget_mode == BudgetMode::Gross
    }

    /// Appends E over a span.
    fn push_excess(&self, out: &mut String, span: Span, shape: Shape) {
        if !self.is_gross() {
            return self.sides.push_linear(out, &self.excess, span, shape);
        }
        let gross = Slotted::gross(self.objective, &self.service.name);
        match span {
            Span::Window(window) if window.is_long() => gross.push(out, gross.names.sum, &window.name, None),
            Span::Calendar(calendar) => gross.push(out, gross.names.calendar_sum, "", Some(calendar)),
            Span::Window(_) | Span::Slot => {
                out.push_str("clamp_min(");
                let inside = if self.excess.has_two_terms() { Shape::Operand } else { Shape::Whole };
                self.sides.push_linear(out, &self.excess, span, inside);
                out.push_str(", 0)");
            }
        }
        if let Some(seconds) = shape.divisor(span) {
            out.push_str(&format!(" / {seconds}"));
        }
    }

    /// What is above 0 of the excess of each slot, where savings do not pay for overspending.
    fn gross_every_minute(&self) -> Vec<Rule<'a>> {
        let (windows, calendar) = (self.gross_windows(), self.gross_calendar());
        if windows.is_empty() && calendar.is_none() {
            return vec![];
        }
        let gross = Slotted::gross(self.objective, &self.service.name);
        let mut slot = String::with_capacity(256);
        self.push_excess(&mut slot, Span::Slot, Shape::Whole);
        let mut rules = vec![gross.slot("What each slot lost: one that saved pays for no other.", slot)];
        rules.extend(windows.into_iter().map(|window| gross.latest("", window)));
        if let Some(calendar) = calendar {
            rules.extend([gross.calendar_slot("", calendar), gross.calendar_sum("", calendar)]);
        }
        rules
    }

    /// The windows over which the objective's own slots are added up.
    fn gross_windows(&self) -> Vec<&'t Window> {
        if !self.is_gross() {
            return vec![];
        }
        let period = match self.period() {
            Some(Span::Window(window)) => Some(window),
            _ => None,
        };
        let mut windows: Vec<&Window> = self.burn_windows().chain(period).filter(|window| window.is_long()).collect();
        windows.sort_unstable_by_key(|window| window.seconds);
        windows.dedup_by_key(|window| window.seconds);
        windows
    }

    fn gross_calendar(&self) -> Option<&'t Calendar> {
        self.calendar.filter(|_| self.is_gross())
    }

    fn push_own(&self, out: &mut String, name: &str) {
        push_objective(out, name, "", self.objective, &self.service.name);
    }

    /// A rule of what is a verdict: none while that is void.
    fn verdict(&self, record: impl Into<Cow<'static, str>>, mut expr: String) -> Rule<'a> {
        if self.objective.equality.is_some() {
            push_not_void(&mut expr, self.objective, &self.service.name);
        }
        self.rule("", record, expr)
    }

    fn rule(&self, comment: impl Into<Cow<'a, str>>, record: impl Into<Cow<'static, str>>, expr: String) -> Rule<'a> {
        let Objective { name, only, .. } = self.objective;
        let mut labels = Pairs::two(("objective", name), ("service", &self.service.name));
        if !only.is_empty() {
            let only = only.iter().map(|(name, value)| (name.as_str().into(), value.as_str().into()));
            let own = [("objective".into(), name.as_str().into()), ("service".into(), (&*self.service.name).into())];
            labels = Pairs::new(only.chain(own).collect());
        }
        Rule::Recording(Recording { comment: comment.into(), record: record.into(), labels, expr })
    }
}

/// Appends that two ratios that must be equal are.
pub(crate) fn push_not_void(expr: &mut String, objective: &Objective, service: &str) {
    expr.push_str(&format!("\nand on ({})\n(", labels(&objective.by)));
    push_objective(expr, "void", "", objective, service);
    expr.push_str(" == 0)");
}

/// What was stated: the mean, the share or the quantile.
fn target(objective: &Objective) -> &Exact {
    match &objective.form {
        Form::Mean { target, .. } => target,
        Form::Share { share, .. } => share,
        Form::Quantile { quantile, .. } => quantile,
    }
}
