//! Classes that a label tells apart: volumes weighted by them, and ratios at a fixed mix of them.

use std::{collections::BTreeMap, rc::Rc};

use farthing_grammar::{Expr, Name, Text};
use farthing_plan::{Exact, Source};

use super::{Checker, Scope, describe::in_words, limits};
use crate::{
    diagnostics::{Diagnostic, codes, suggest},
    reported::{Checked, Reported},
    sources::Place,
    value::{Derived, DerivedKind, Linear, LinearTerm, Value},
};

/// The numbers that classes are given.
type Classes<'w> = Vec<(&'w Text, Exact)>;

impl<'w> Checker<'w> {
    /// `answers weighted by class { simple: 1, agentic: 12 }`
    pub(super) fn weighted(
        &self,
        scope: &Scope<'_, 'w>,
        base: &'w Expr,
        label: &'w Name,
        weights: &'w [(Text, Expr)],
    ) -> Checked<Value<'w>> {
        let base_place = self.place(scope.module, base.span);
        let value = self.expression(scope, base).map(|value| self.as_flow(value));
        let classes = self.classes(scope, label, weights, false);
        let (value, classes) = (value?, classes?);
        let linear = match value {
            Value::Measured(linear) if linear.constants.is_empty() && !linear.terms.iter().any(|term| term.whole) => {
                linear
            }
            other => {
                let what = match &other {
                    Value::Measured(linear) if linear.constants.is_empty() => {
                        "it has weights or prices by a label already".to_string()
                    }
                    Value::Measured(_) => "it holds a fixed amount".to_string(),
                    other => format!("this is {}", other.describe()),
                };
                return Err(self.report(
                    Diagnostic::error(
                        codes::WEIGHTS,
                        format!("what is weighted by `{}` is a flow", label.text),
                        base_place,
                        what,
                    )
                    .help("weight the volume: `volume work = answers weighted by class { simple: 1, agentic: 12 }`"),
                ));
            }
        };
        if linear.terms.len().saturating_mul(classes.len()) > limits::MAX_PARTS {
            return Err(self.report(limits::too_many_parts(base_place)));
        }
        let mut weighted = Linear { terms: Vec::new(), ..linear.clone() };
        let mut wholes = Vec::new();
        for term in linear.terms {
            self.check_has_label(scope, &term, &label.text, self.place(scope.module, label.span), "weighted")?;
            self.check_classes(scope, &term, label, &classes, true)?;
            let mut found = false;
            for (class, weight) in &classes {
                if let Some(part) = self.part_of(&term.flow, &label.text, &[&class.value], false)? {
                    let factor = &term.factor * weight;
                    weighted.terms.push(LinearTerm { factor, flow: Rc::new(part), ..term.clone() });
                    found = true;
                }
            }
            if !found {
                return Err(self.report(
                    Diagnostic::error(
                        codes::SELECTS_NOTHING,
                        format!("none of these has a `{}` that has a weight", label.text),
                        self.place(scope.module, label.span),
                        "weighted by this",
                    )
                    .label(base_place, "selects others only")
                    .help("give what is selected a weight, or select less"),
                ));
            }
            // Where there are answers, a class without any came to nothing.
            wholes.push(LinearTerm { factor: Exact::zero(), whole: true, ..term });
        }
        weighted.terms.extend(wholes);
        Ok(Value::Measured(weighted))
    }

    /// `cost_per_answer standardized by class to { simple: 70%, agentic: 30% }`
    pub(super) fn standardized(
        &self,
        scope: &Scope<'_, 'w>,
        base: &'w Expr,
        label: &'w Name,
        mix: &'w [(Text, Expr)],
    ) -> Checked<Value<'w>> {
        let base_place = self.place(scope.module, base.span);
        let value = self.expression(scope, base);
        let classes = self.classes(scope, label, mix, true);
        let (value, classes) = (value?, classes?);
        let Value::Ratio(of) = value else {
            return Err(self.report(
                Diagnostic::error(
                    codes::RATIO,
                    "what is standardized is a ratio of flows",
                    base_place,
                    format!("this is {}", value.describe()),
                )
                .help("standardize what a thing costs: `(gpu / answers) standardized by class to { simple: 70%, agentic: 30% }`"),
            ));
        };
        for term in of.numerator.terms.iter().chain(&of.denominator.terms) {
            // Where a flow has no such label, it has to be allocated, which only the objective knows.
            if self.labels_of(scope, &term.flow)?.contains(&label.text) {
                self.check_classes(scope, term, label, &classes, false)?;
            }
        }
        let mix: BTreeMap<String, Exact> =
            classes.into_iter().map(|(class, share)| (class.value.clone(), share)).collect();
        let label_place = self.place(scope.module, label.span);
        Ok(Value::Derived(Rc::new(Derived { of, kind: DerivedKind::Standardized { label, label_place, mix } })))
    }

    /// What classes are given: weights above 0, or shares that add up to 100%.
    fn classes(
        &self,
        scope: &Scope<'_, 'w>,
        label: &Name,
        written: &'w [(Text, Expr)],
        shares: bool,
    ) -> Checked<Classes<'w>> {
        let label_place = self.place(scope.module, label.span);
        let what = if shares { "share" } else { "weight" };
        let mut classes: Classes<'w> = Vec::new();
        let mut failed = false;
        for (class, expr) in written {
            let place = self.place(scope.module, class.span);
            if let Some((first, _)) = classes.iter().find(|(own, _)| own.value == class.value) {
                self.report(
                    Diagnostic::error(
                        codes::WEIGHTS,
                        format!("{:?} has two {what}s", class.value),
                        place,
                        "stated again here",
                    )
                    .label(self.place(scope.module, first.span), "first stated here")
                    .help("keep one of them"),
                );
                failed = true;
                continue;
            }
            let Ok(constant) = self.constant(scope, expr) else {
                failed = true;
                continue;
            };
            if !constant.unit.is_ratio() || constant.amount <= Exact::zero() {
                let told = if constant.unit.is_ratio() {
                    "not above 0".to_string()
                } else {
                    format!("this is {}", in_words(&constant.unit))
                };
                self.report(
                    Diagnostic::error(
                        codes::WEIGHTS,
                        format!("the {what} of {:?} is a plain number above 0", class.value),
                        self.place(scope.module, expr.span),
                        told,
                    )
                    .help(if shares {
                        "write a share in percent, such as `70%`; leave out what is not to count"
                    } else {
                        "say how much work one of them is, such as `12`"
                    }),
                );
                failed = true;
                continue;
            }
            classes.push((class, constant.amount));
        }
        if failed {
            return Err(Reported);
        }
        let sum = classes.iter().fold(Exact::zero(), |sum, (_, amount)| &sum + amount);
        if classes.is_empty() {
            return Err(self.report(
                Diagnostic::error(codes::WEIGHTS, format!("no class has a {what}"), label_place, "of this label")
                    .help("list the label's values: `{ simple: 1, agentic: 12 }`"),
            ));
        }
        if shares && !sum.is_one() {
            let percent = &sum * &Exact::from(100);
            let text = percent.decimal().unwrap_or_else(|| format!("{:.4}", percent.to_f64()));
            return Err(self.report(
                Diagnostic::error(
                    codes::WEIGHTS,
                    format!("the shares of a mix add up to 100%, and these to {text}%"),
                    label_place,
                    "the mix of this label's values",
                )
                .help("state what each class's share of the work is to be"),
            ));
        }
        Ok(classes)
    }

    /// A part of a flow is only known where its series tell.
    pub(super) fn check_has_label(
        &self,
        scope: &Scope<'_, 'w>,
        term: &LinearTerm<'w>,
        label: &str,
        place: Place,
        how: &str,
    ) -> Checked<()> {
        let name = term.flow.declared.as_ref().unwrap_or(&term.flow.hint);
        if matches!(term.flow.source, Source::Query { .. }) {
            return Err(self.report(
                Diagnostic::error(
                    codes::MISSING_LABEL,
                    format!("`{name}` cannot be {how} by `{}`: nothing can be selected of a query", label),
                    place,
                    format!("{how} here"),
                )
                .label(term.place, "a query")
                .help("select within the query, one for each value"),
            ));
        }
        let known = self.labels_of(scope, &term.flow)?;
        if known.iter().any(|own| own == label) {
            return Ok(());
        }
        let diagnostic = Diagnostic::error(
            codes::MISSING_LABEL,
            format!("`{name}` cannot be {how} by `{}`: it has no such label", label),
            place,
            format!("{how} here"),
        )
        .label(term.place, "this flow has no such label");
        Err(self.report(match suggest::nearest(label, known.iter().map(String::as_str)) {
            Some(near) if self.world.sources.text(place) == label => diagnostic.did_you_mean(place, near),
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help("name a label that its series have; if they have it, declare it with the metric"),
        }))
    }

    /// Every class is a value that the label can have and, where all must count, every value has a number.
    fn check_classes(
        &self,
        scope: &Scope<'_, 'w>,
        term: &LinearTerm<'w>,
        label: &Name,
        classes: &Classes<'w>,
        all: bool,
    ) -> Checked<()> {
        let Some(known) = self.values_of(&term.flow, &label.text) else { return Ok(()) };
        for (class, _) in classes {
            if !known.contains(&class.value) {
                let place = self.place(scope.module, class.span);
                let diagnostic = Diagnostic::error(
                    codes::UNKNOWN_LABEL_VALUE,
                    format!("`{}` is never {:?}", label.text, class.value),
                    place,
                    "counts nothing",
                );
                return Err(self.report(match suggest::nearest(&class.value, known.iter().map(String::as_str)) {
                    Some(near) => diagnostic.did_you_mean_text(place, near),
                    None => diagnostic.help(format!("it is {}", suggest::one_of(&known))),
                }));
            }
        }
        let missing: Vec<String> = known
            .iter()
            .filter(|value| !classes.iter().any(|(class, _)| class.value == **value))
            .map(|value| format!("{value:?}"))
            .collect();
        if missing.is_empty() || !all {
            return Ok(());
        }
        // What is selected already may leave nothing of the others.
        let others: Vec<&str> = known
            .iter()
            .filter(|value| !classes.iter().any(|(class, _)| class.value == **value))
            .map(String::as_str)
            .collect();
        if self.part_of(&term.flow, &label.text, &others, false)?.is_none() {
            return Ok(());
        }
        Err(self.report(
            Diagnostic::error(
                codes::WEIGHTS,
                format!("{} would count nothing", missing.join(", ")),
                self.place(scope.module, label.span),
                "the label can have these values, and they have no weight",
            )
            .help("give each value a weight; to leave some out on purpose, select the others first: `answers { class = \"simple\" | \"agentic\" }`"),
        ))
    }
}
