//! What operators make of values.

use std::rc::Rc;

use farthing_grammar::{BinaryOp, Expr, ExprKind};
use farthing_plan::{Exact, Unit};

use super::{Checker, Scope, describe::in_words, table::table_in_an_event};
use crate::{
    diagnostics::{Diagnostic, codes, suggest},
    reported::{Checked, Reported},
    sources::Place,
    units::{Quantity, currency_of},
    value::{Constant, Derived, DerivedKind, Fixed, Linear, PerEvent, Ratio, Value, same_allocation},
};

type Side<'w> = (&'w Expr, Value<'w>);

impl<'w> Checker<'w> {
    pub(super) fn binary(
        &self,
        scope: &Scope<'_, 'w>,
        op: BinaryOp,
        left: Side<'w>,
        right: Side<'w>,
        place: Place,
    ) -> Checked<Value<'w>> {
        let left_place = self.place(scope.module, left.0.span);
        let right_place = self.place(scope.module, right.0.span);
        // Events and their fields are flows where they are reckoned with.
        let left = (left.0, self.as_flow(left.1));
        let right = (right.0, self.as_flow(right.1));
        match op {
            BinaryOp::Add | BinaryOp::Subtract => self.sum(scope, op, left, right),
            BinaryOp::Multiply => match (left.1, right.1) {
                (Value::Constant(constant), value) | (value, Value::Constant(constant)) => {
                    self.times_constant(value, &constant, place)
                }
                (Value::Measured(flow), Value::Table(table)) | (Value::Table(table), Value::Measured(flow)) => {
                    self.priced(scope, flow, &table, place)
                }
                (Value::PerEvent(_), Value::Table(table)) | (Value::Table(table), Value::PerEvent(_)) => {
                    Err(self.report(table_in_an_event(&table, place)))
                }
                (Value::PerEvent(left), Value::PerEvent(right)) => Ok(Value::PerEvent(left.times(&right))),
                (left, right) => Err(self.report(
                    Diagnostic::error(
                        codes::PRODUCT,
                        "two measured values cannot be multiplied",
                        right_place,
                        format!("this is {}", right.describe()),
                    )
                    .label(left_place, format!("this is {}", left.describe()))
                    .help(
                        "multiply by a constant such as a price, or compute the product for each event: \
                         the product of two totals is not the total of the products",
                    ),
                )),
            },
            BinaryOp::Divide => self.quotient(scope, left, right, place),
        }
    }

    fn quotient(&self, scope: &Scope<'_, 'w>, left: Side<'w>, right: Side<'w>, place: Place) -> Checked<Value<'w>> {
        let left_place = self.place(scope.module, left.0.span);
        let right_place = self.place(scope.module, right.0.span);
        let right = match (&left.1, &right.1) {
            (Value::Constant(_), _) | (_, Value::Constant(_)) => right,
            (divided, _) => (right.0, self.exchanged(scope, right.1, &self.unit_of(divided), right_place)?),
        };
        match (left.1, right.1) {
            (value, Value::Constant(constant)) => self.divided_by_constant(value, &constant, place),
            (Value::Measured(mut numerator), Value::Measured(denominator)) => {
                // Cached tokens over input tokens are a share of the input tokens.
                let unit = self.units.reduced(numerator.unit.times(&denominator.unit, -1));
                numerator.unit = unit.times(&denominator.unit, 1);
                Ok(Value::Ratio(Ratio { numerator, denominator }))
            }
            (Value::Ratio(of), Value::Ratio(to)) => {
                Ok(Value::Derived(Rc::new(Derived { of, kind: DerivedKind::Relative { to } })))
            }
            (Value::Constant(constant), Value::Ratio(ratio)) => {
                let inverse = Value::Ratio(Ratio { numerator: ratio.denominator, denominator: ratio.numerator });
                self.times_constant(inverse, &constant, place)
            }
            (Value::Constant(constant), Value::Measured(denominator)) => {
                let numerator = self.rate_of(scope, left.0, &constant)?;
                Ok(Value::Ratio(Ratio { numerator, denominator }))
            }
            (left, right) => Err(self.report(
                Diagnostic::error(
                    codes::RATIO,
                    format!("{} cannot be divided by {}", left.describe(), right.describe()),
                    right_place,
                    format!("this is {}", right.describe()),
                )
                .label(left_place, format!("this is {}", left.describe()))
                .help("build the ratio from flows: add the parts first, then divide once"),
            )),
        }
    }

    fn sum(&self, scope: &Scope<'_, 'w>, op: BinaryOp, left: Side<'w>, right: Side<'w>) -> Checked<Value<'w>> {
        let sign = if op == BinaryOp::Add { Exact::one() } else { -Exact::one() };
        let left_place = self.place(scope.module, left.0.span);
        let right_place = self.place(scope.module, right.0.span);
        let right = (right.0, self.exchanged(scope, right.1, &self.unit_of(&left.1), right_place)?);
        match (&left.1, &right.1) {
            (Value::Constant(a), Value::Constant(b)) => match self.units.sum(&a.unit, &b.unit) {
                Some(unit) => Ok(Value::Constant(Constant { amount: &a.amount + &(&b.amount * &sign), unit })),
                None => Err(self.report(self.cannot_add(scope, op, &left, &right))),
            },
            (Value::PerEvent(a), Value::PerEvent(b)) => self.sum_per_event(scope, op, (&left, a), (&right, b)),
            (Value::PerEvent(a), Value::Constant(b)) => {
                let b = PerEvent::constant(b.amount.clone(), b.unit.clone());
                self.sum_per_event(scope, op, (&left, a), (&right, &b))
            }
            (Value::Constant(a), Value::PerEvent(b)) => {
                let a = PerEvent::constant(a.amount.clone(), a.unit.clone());
                self.sum_per_event(scope, op, (&left, &a), (&right, b))
            }
            (Value::Measured(_) | Value::Constant(_), Value::Measured(_) | Value::Constant(_)) => {
                let linear = |value: &Value<'w>, place| match value {
                    Value::Measured(linear) => Ok(Ok(linear.clone())),
                    // Dollars per hour are dollars in time; dollars alone are not.
                    Value::Constant(constant) if constant.unit.0.get("s") == Some(&-1) => {
                        self.rate(constant, place).map(Ok)
                    }
                    Value::Constant(constant) => Ok(Err(constant.clone())),
                    _ => Err(Reported),
                };
                match (linear(&left.1, left_place)?, linear(&right.1, right_place)?) {
                    (Ok(a), Ok(b)) => match self.units.sum(&a.unit, &b.unit) {
                        Some(unit) => Ok(Value::Measured(added(a, b.scaled(&sign), unit))),
                        None => Err(self.report(self.cannot_add(scope, op, &left, &right))),
                    },
                    (Ok(flow), Err(constant)) | (Err(constant), Ok(flow)) => {
                        if self.units.sum(&flow.unit, &constant.unit).is_none() {
                            return Err(self.report(self.cannot_add(scope, op, &left, &right)));
                        }
                        let fixed = if matches!(left.1, Value::Constant(_)) { left_place } else { right_place };
                        Err(self.report(fixed_amount(fixed)))
                    }
                    (Err(_), Err(_)) => Err(Reported),
                }
            }
            (a, b) => Err(self.report(
                Diagnostic::error(
                    codes::RATIO,
                    format!("{} and {} cannot be added: only flows add up", a.describe(), b.describe()),
                    right_place,
                    format!("this is {}", b.describe()),
                )
                .label(left_place, format!("this is {}", a.describe()))
                .help("add the flows first and divide once: the sum of two ratios is no ratio of the sums"),
            )),
        }
    }

    fn sum_per_event(
        &self,
        scope: &Scope<'_, 'w>,
        op: BinaryOp,
        left: (&Side<'w>, &PerEvent),
        right: (&Side<'w>, &PerEvent),
    ) -> Checked<Value<'w>> {
        let sign = if op == BinaryOp::Add { Exact::one() } else { -Exact::one() };
        match self.units.sum(&left.1.unit, &right.1.unit) {
            Some(unit) => Ok(Value::PerEvent(left.1.clone().plus(right.1.clone().scaled(&sign), unit))),
            None => Err(self.report(self.cannot_add(scope, op, left.0, right.0))),
        }
    }

    fn cannot_add(&self, scope: &Scope<'_, 'w>, op: BinaryOp, left: &Side<'w>, right: &Side<'w>) -> Diagnostic {
        let (a, b) = (self.unit_of(&left.1), self.unit_of(&right.1));
        let left_place = self.place(scope.module, left.0.span);
        let right_place = self.place(scope.module, right.0.span);
        let word = if op == BinaryOp::Add { "added" } else { "subtracted" };
        let currencies = (currency_of(&a), currency_of(&b));
        if let (Some(one), Some(other)) = currencies
            && one != other
        {
            return Diagnostic::error(
                codes::CURRENCIES,
                format!("{one} and {other} cannot be {word}: there is no rate between them"),
                right_place,
                format!("this is in {b}"),
            )
            .label(left_place, format!("this is in {a}"))
            .help(rate_help(one, other));
        }
        let message = format!("{} and {} cannot be {word}", in_words(&a), in_words(&b));
        Diagnostic::error(codes::SUM_UNITS, message, right_place, self.derivation(scope, right.0, &right.1))
            .label(left_place, self.derivation(scope, left.0, &left.1))
            .help(self.sum_help(&a, &b))
    }

    fn sum_help(&self, a: &Unit, b: &Unit) -> String {
        if currency_of(a).is_some() != currency_of(b).is_some() {
            return "multiply what is not money by a price, such as `$2.49 per gpu hour`".to_string();
        }
        "convert one of them, or use `as` to count one thing as another on purpose".to_string()
    }

    pub(super) fn negated(&self, value: Value<'w>, place: Place) -> Checked<Value<'w>> {
        let minus = Constant { amount: -Exact::one(), unit: Unit::ratio() };
        self.times_constant(value, &minus, place)
    }

    pub(super) fn times_constant(&self, value: Value<'w>, by: &Constant, place: Place) -> Checked<Value<'w>> {
        match self.as_flow(value) {
            Value::Constant(own) => Ok(Value::Constant(Constant {
                amount: &own.amount * &by.amount,
                unit: self.units.reduced(own.unit.times(&by.unit, 1)),
            })),
            Value::Measured(linear) => {
                let unit = self.units.reduced(linear.unit.times(&by.unit, 1));
                Ok(Value::Measured(Linear { unit, ..linear.scaled(&by.amount) }))
            }
            Value::Ratio(ratio) => {
                let unit = self.units.reduced(ratio.numerator.unit.times(&by.unit, 1));
                let numerator = Linear { unit, ..ratio.numerator.scaled(&by.amount) };
                Ok(Value::Ratio(Ratio { numerator, denominator: ratio.denominator }))
            }
            Value::Derived(derived) => {
                let mut derived = (*derived).clone();
                let numerator = derived.of.numerator;
                let unit = self.units.reduced(numerator.unit.times(&by.unit, 1));
                derived.of.numerator = Linear { unit, ..numerator.scaled(&by.amount) };
                Ok(Value::Derived(Rc::new(derived)))
            }
            Value::Table(table) => Ok(Value::Table(Rc::new(self.table_times(&table, by)))),
            Value::PerEvent(own) => {
                let unit = self.units.reduced(own.unit.times(&by.unit, 1));
                Ok(Value::PerEvent(PerEvent { unit, ..own.scaled(&by.amount) }))
            }
            other => Err(self.report(
                Diagnostic::error(
                    codes::HISTOGRAM,
                    format!("{} cannot be reckoned with", other.describe()),
                    place,
                    "only constants, flows, levels and ratios can",
                )
                .help("ask for a quantile or a share of it: `p95 of h < 400 ms`"),
            )),
        }
    }

    pub(super) fn divided_by_constant(&self, value: Value<'w>, by: &Constant, place: Place) -> Checked<Value<'w>> {
        match by.amount.recip() {
            Some(amount) => {
                let unit = Unit::ratio().times(&by.unit, -1);
                self.times_constant(value, &Constant { amount, unit }, place)
            }
            None => Err(self.report(
                Diagnostic::error(codes::DIVISION_BY_ZERO, "division by zero", place, "the divisor is 0")
                    .help("divide by what the service delivers"),
            )),
        }
    }

    /// What an expression says as a flow, where it is a constant: a unit's name alone is none.
    fn rate_of(&self, scope: &Scope<'_, 'w>, expr: &'w Expr, constant: &Constant) -> Checked<Linear<'w>> {
        let place = self.place(scope.module, expr.span);
        match &expr.kind {
            ExprKind::Path(path) if constant.unit.0.get("s") != Some(&-1) => {
                let name = path.text();
                let diagnostic = Diagnostic::error(
                    codes::NOT_A_VALUE,
                    format!("`{name}` is a unit, not a measured value"),
                    place,
                    "names a unit",
                );
                let members = scope.service.into_iter().flat_map(|members| members.names());
                Err(self.report(match suggest::nearest(&name, members) {
                    Some(near) => diagnostic.did_you_mean(place, near),
                    None => diagnostic.help("name a cost, a volume or a metric"),
                }))
            }
            _ => self.rate(constant, place),
        }
    }

    /// A constant of so much a second as a flow.
    pub(crate) fn rate(&self, constant: &Constant, place: Place) -> Checked<Linear<'w>> {
        if constant.unit.0.get("s") != Some(&-1) {
            return Err(self.report(fixed_amount(place)));
        }
        Ok(Linear {
            terms: Vec::new(),
            constants: vec![Fixed { amount: constant.amount.clone(), place, declared: None, allocation: None }],
            tables: Vec::new(),
            unit: constant.unit.times(&Unit::base("s"), 1),
            level: true,
        })
    }

    /// `answers as transaction`: the counted thing in the unit becomes another.
    pub(super) fn relabelled(&self, value: Value<'w>, to: &Quantity, place: Place) -> Checked<Value<'w>> {
        let value = self.as_flow(value);
        let Value::Measured(linear) = value else {
            return Err(self.report(
                Diagnostic::error(
                    codes::RELABEL,
                    "only a flow can be counted as another thing",
                    place,
                    format!("this is {}", value.describe()),
                )
                .help("put `as` behind the volume: `volume chats = answers as conversation`"),
            ));
        };
        let countable = |unit: &Unit| {
            let mut bases = unit.0.iter();
            match (bases.next(), bases.next()) {
                (Some((base, 1)), None) => currency_of(unit).is_none() && self.units.is_counted_singly(base),
                _ => false,
            }
        };
        if !countable(&linear.unit) || !countable(&to.unit) || linear.level {
            return Err(self.report(
                Diagnostic::error(
                    codes::RELABEL,
                    format!("{} cannot be counted as {}", linear.seen_unit(), to.unit),
                    place,
                    "only one counted thing can stand for another",
                )
                .help("`as` is for counted things, such as requests that are transactions"),
            ));
        }
        // One `batch = 12 image` for each request is twelve images.
        Ok(Value::Measured(Linear { unit: to.unit.clone(), ..linear.scaled(&to.amount) }))
    }
}

/// Adds two combinations; a flow that stands in both stands once in the sum.
pub(super) fn added<'w>(mut left: Linear<'w>, right: Linear<'w>, unit: Unit) -> Linear<'w> {
    for term in right.terms {
        let own = left
            .terms
            .iter_mut()
            .filter(|own| same_allocation(&own.allocation, &term.allocation))
            .find(|own| own.flow.source == term.flow.source && own.flow.declared == term.flow.declared);
        match own {
            Some(own) => {
                own.factor = &own.factor + &term.factor;
                own.whole |= term.whole;
            }
            None => left.terms.push(term),
        }
    }
    left.terms.retain(|term| term.whole || !term.factor.is_zero());
    for fixed in right.constants {
        let same = |own: &&mut Fixed<'w>| {
            own.place == fixed.place
                && own.declared == fixed.declared
                && same_allocation(&own.allocation, &fixed.allocation)
        };
        match left.constants.iter_mut().find(same) {
            Some(own) => own.amount = &own.amount + &fixed.amount,
            None => left.constants.push(fixed),
        }
    }
    for used in right.tables {
        if !left.tables.iter().any(|own| own.is_same(&used)) {
            left.tables.push(used);
        }
    }
    Linear { level: left.level && right.level, unit, ..left }
}

/// What to write where a rate is missing.
pub(super) fn rate_help(one: &str, other: &str) -> String {
    format!(
        "say what one is in the other, at the top of the file: `rate 1 {other} = ... {one} as of 2026-11-01`; or state both in {one}"
    )
}

fn fixed_amount(place: Place) -> Diagnostic {
    Diagnostic::error(codes::FIXED_AMOUNT, "a fixed amount has no place in a flow", place, "how often is this spent?")
        .help("say in which time: `$0.40 per hour`, `$300 per day`")
}
