//! Shares of events, of observations and of flows: what is bad, and all.

use farthing_grammar::{Expr, Good};
use farthing_plan::{Comparison, Condition, Exact, Form};

use super::{
    Checker, Scope,
    arithmetic::added,
    bucket::Beyond,
    condition::{Draft, Promised, comparison},
    describe::in_words,
};
use crate::{
    diagnostics::{Diagnostic, codes},
    flows::covers,
    reported::{Checked, Reported},
    shown,
    sources::Place,
    value::{Constant, EventField, Events, LinearTerm, Ratio, Value},
};

impl<'w> Checker<'w> {
    /// `p of events are good`
    pub(super) fn good_share(
        &self,
        scope: &Scope<'_, 'w>,
        good: Exact,
        of: &'w Expr,
        what: &'w Good,
        approximately: bool,
    ) -> Checked<Promised<'w>> {
        let mut judged = None;
        let value = self.expression(scope, of)?;
        let of_place = self.place(scope.module, of.span);
        let (ratio, told) = match (what, value) {
            (Good::Value { op, right }, value @ (Value::Histogram(_) | Value::Field(_))) => {
                let bound = self.constant(scope, right)?;
                let bound = self.exchanged_constant(scope, bound, &self.unit_of(&value));
                if self.unit_of(&value) != bound.unit {
                    return Err(self.report(self.target_unit(scope, of, value, right, &bound)));
                }
                let told = format!(
                    "{} {}",
                    comparison(*op).symbol(),
                    self.world.sources.line(self.place(scope.module, right.span))
                );
                let beyond = self.beyond(scope, value, comparison(*op), (right, &bound), of_place, approximately)?;
                judged = beyond.judged;
                (beyond.ratio, told)
            }
            (Good::Field { field, op, right }, Value::Events(events)) => {
                let at = self.place(scope.module, field.span);
                let value = self.field(Value::Events(events), field, at, of_place)?;
                let bound = self.constant(scope, right)?;
                let bound = self.exchanged_constant(scope, bound, &self.unit_of(&value));
                if self.unit_of(&value) != bound.unit {
                    let unit = self.unit_of(&value);
                    let right_place = self.place(scope.module, right.span);
                    return Err(self.report(
                        Diagnostic::error(
                            codes::TARGET_UNIT,
                            format!("{} cannot be compared with {}", in_words(&unit), in_words(&bound.unit)),
                            right_place,
                            format!("this is {}", in_words(&bound.unit)),
                        )
                        .label(at, format!("this is {}", in_words(&unit)))
                        .help(format!("the bound must be {}", in_words(&unit))),
                    ));
                }
                let told = format!(
                    "{} {} {}",
                    field.text,
                    comparison(*op).symbol(),
                    self.world.sources.line(self.place(scope.module, right.span))
                );
                (self.beyond(scope, value, comparison(*op), (right, &bound), of_place, false)?.ratio, told)
            }
            (Good::Label(condition), Value::Events(events)) => {
                let negated = match self.label_condition(scope, events.event, condition)? {
                    Condition::Label { field, values, negated } => {
                        Condition::Label { field, values, negated: !negated }
                    }
                    Condition::Pattern { field, pattern, negated } => {
                        Condition::Pattern { field, pattern, negated: !negated }
                    }
                    other => other,
                };
                let told = self.world.sources.line(self.place(scope.module, condition.span));
                (self.bad_events(events, negated)?, told)
            }
            (Good::Are(part), value) => {
                let part_value = self.expression(scope, part)?;
                let part_place = self.place(scope.module, part.span);
                let told = self.world.sources.line(part_place);
                (self.part(value, of_place, part_value, part_place)?, told)
            }
            (Good::Field { field, .. }, Value::Measured(_)) => {
                let name = self.world.sources.text(of_place);
                return Err(self.report(
                    Diagnostic::error(
                        codes::NEEDS_EVENTS,
                        format!("a metric does not know the {} of each of `{name}`", field.text),
                        of_place,
                        "only their total is known",
                    )
                    .label(self.place(scope.module, field.span), "asked of each one")
                    .help(format!(
                        "declare an `event` with a field `{}` and report each one, or ask for the mean: `{} / {name} <= ...`",
                        field.text, field.text
                    )),
                ));
            }
            (_, value) => {
                return Err(self.report(
                    Diagnostic::error(
                        codes::NEEDS_EVENTS,
                        "a share is asked of events, of a histogram or of a flow and a part of it",
                        of_place,
                        format!("this is {}", self.describe_unit(&value)),
                    )
                    .help(
                        "`99% of requests have cost < $0.01`, `95% of judge::score >= 0.8`, `99% of all are answers`",
                    ),
                ));
            }
        };
        let told = match &judged {
            Some(bound) => format!("{told}, judged at {bound}"),
            None => told,
        };
        let form = Form::Share { share: good.clone(), of: self.world.sources.line(of_place), good: told };
        Ok(Promised { judged, ..Promised::simple(Draft::Share { good, form }, ratio) })
    }

    /// What lies beyond a bound, and all.
    pub(super) fn beyond(
        &self,
        scope: &Scope<'_, 'w>,
        value: Value<'w>,
        op: Comparison,
        (right, bound): (&'w Expr, &Constant),
        of_place: Place,
        approximately: bool,
    ) -> Checked<Beyond<'w>> {
        match value {
            Value::Histogram(histogram) => {
                let bound_place = self.place(scope.module, right.span);
                let shown = shown::of_expression(self, scope, right, bound);
                self.beyond_bucket(histogram, op, (bound, bound_place, &shown), of_place, approximately)
            }
            Value::Field(EventField { events, value, .. }) => {
                let bad =
                    Condition::Number { value: value.value, comparison: op.negated(), bound: bound.amount.clone() };
                // Each event is judged exactly.
                Ok(Beyond { ratio: self.bad_events(events, bad)?, judged: None })
            }
            other => Err(self.report(Diagnostic::error(
                codes::QUANTILE,
                format!("there is no quantile of {}", other.describe()),
                of_place,
                "neither a histogram nor a field",
            ))),
        }
    }

    pub(super) fn bad_events(&self, events: Events, bad: Condition) -> Checked<Ratio<'w>> {
        let mut worse = events.clone();
        worse.conditions.push(bad);
        let flow = |events: Events| match self.as_flow(Value::Events(events)) {
            Value::Measured(linear) => Ok(linear),
            _ => Err(Reported),
        };
        Ok(Ratio { numerator: flow(worse)?, denominator: flow(events)? })
    }

    /// A flow and a part of it: what is not in the part is bad.
    pub(super) fn part(
        &self,
        all: Value<'w>,
        all_place: Place,
        part: Value<'w>,
        part_place: Place,
    ) -> Checked<Ratio<'w>> {
        match (self.as_flow(all), self.as_flow(part)) {
            (Value::Measured(all), Value::Measured(part)) if all.level == part.level => {
                if !self.units.fits(&part.unit, &all.unit) {
                    return Err(self.report(
                        Diagnostic::error(
                            codes::TARGET_UNIT,
                            format!("{} are no part of {}", part.seen_unit(), all.seen_unit()),
                            part_place,
                            format!("this is in {}", part.seen_unit()),
                        )
                        .label(all_place, format!("this is in {}", all.seen_unit()))
                        .help("a part is counted in the unit of the whole"),
                    ));
                }
                let wider = part.terms.iter().find(|term| {
                    let covered = |other: &LinearTerm<'w>| covers(&other.flow.source, &term.flow.source);
                    let covering = |other: &LinearTerm<'w>| covers(&term.flow.source, &other.flow.source);
                    all.terms.iter().any(covering) && !all.terms.iter().any(covered)
                });
                if wider.is_some() {
                    return Err(self.report(
                        Diagnostic::error(
                            codes::TARGET_RANGE,
                            "the part is more than the whole",
                            part_place,
                            "all of these and others",
                        )
                        .label(all_place, "the whole")
                        .help("swap the two: `99% of all_requests are answers`"),
                    ));
                }
                let minus = part.clone().scaled(&-Exact::one());
                let numerator = added(all.clone(), minus, all.unit.clone());
                if numerator.is_nothing() {
                    return Err(self.report(
                        Diagnostic::error(
                            codes::TARGET_RANGE,
                            "the part is the whole: none can be bad",
                            part_place,
                            "the same again",
                        )
                        .label(all_place, "the whole")
                        .help("name the good ones: `99% of all_requests are answers`"),
                    ));
                }
                Ok(Ratio { numerator, denominator: all })
            }
            (all, part) => Err(self.report(
                Diagnostic::error(
                    codes::NOT_A_FLOW,
                    "a share is a flow and a part of it",
                    part_place,
                    format!("this is {}", part.describe()),
                )
                .label(all_place, format!("this is {}", all.describe()))
                .help("name two volumes: `99% of all_requests are answers`"),
            )),
        }
    }
}
