//! Targets of classes: one promise for each value of a label.

use farthing_grammar::{ClassTarget, CompareOp, Condition, Expr, Name, Span};
use farthing_plan::Labels;

use crate::{
    check::{
        Checker,
        condition::{Promised, comparison},
    },
    diagnostics::{Diagnostic, codes, suggest},
    reported::{Checked, Reported},
    service::Service,
    sources::Place,
    value::Ratio,
};

/// `by class { ... }`
#[derive(Clone, Copy)]
pub(super) struct Classes<'w> {
    pub label: &'w Name,
    pub targets: &'w [ClassTarget],
    pub place: Place,
}

/// A promise, of one class or of all.
pub(super) struct Promise<'w> {
    pub promised: Promised<'w>,
    pub only: Labels,
    pub class: Option<String>,
    pub statement: String,
}

impl<'w> Service<'_, 'w> {
    /// What a condition promises: of each class by its own target where there are such.
    pub(super) fn promises(
        &self,
        checker: &Checker<'w>,
        condition: &'w Condition,
        span: Span,
        classes: Option<Classes<'w>>,
    ) -> Checked<Vec<Promise<'w>>> {
        let place = checker.place(self.module, span);
        let Some(classes) = classes else {
            let promised = checker.promise(&self.scope(), condition)?;
            let mut statement = self.told(checker.world.sources.line(place));
            if let Some(bound) = &promised.judged {
                statement += &format!(", judged at {bound}");
            }
            return Ok(vec![Promise { promised, only: Labels::new(), class: None, statement }]);
        };
        let (left, own) = match condition {
            Condition::Classes { left, .. } => (left, None),
            Condition::Compare { left, op, right, share_of_time: None } => (left, Some((*op, right))),
            _ => {
                return Err(checker.report(
                    Diagnostic::error(
                        codes::CLASSES,
                        "only a mean can have a target for each class",
                        classes.place,
                        "targets of classes",
                    )
                    .label(place, "this is no mean")
                    .help("write one objective for each class, with a selector"),
                ));
            }
        };
        self.check_targets(checker, &classes, own.map(|(op, _)| op))?;
        let mut promises = Vec::new();
        for target in classes.targets {
            let class = target.class.value.clone();
            promises.push(self.of_class(checker, classes.label, class, left, target.op, &target.target)?);
        }
        let ratio = promises.first().map(|promise| &promise.promised.ratio).ok_or(Reported)?;
        let declared = self.declared(checker, &classes, ratio)?;
        if let Some((op, right)) = own {
            let others = declared.iter().flatten().filter(|value| {
                let listed = |target: &ClassTarget| target.class.value == **value;
                !classes.targets.iter().any(listed)
            });
            let others: Vec<String> = others.cloned().collect();
            if others.is_empty() {
                return Err(self.needless_target(checker, &classes, left, right, declared.is_some()));
            }
            for class in others {
                promises.push(self.of_class(checker, classes.label, class, left, op, right)?);
            }
        }
        // One indicator serves all of them.
        let unit = |promise: &Promise<'w>| promise.promised.ratio.unit();
        if let Some(other) = promises.iter().find(|promise| unit(promise) != unit(&promises[0])) {
            return Err(checker.report(
                Diagnostic::error(
                    codes::CLASSES,
                    "the targets of classes are in different currencies",
                    classes.place,
                    format!("{} and {}", unit(&promises[0]), unit(other)),
                )
                .help("state all of them in one"),
            ));
        }
        Ok(promises)
    }

    fn of_class(
        &self,
        checker: &Checker<'w>,
        label: &Name,
        class: String,
        left: &'w Expr,
        op: CompareOp,
        target: &'w Expr,
    ) -> Checked<Promise<'w>> {
        let text = |expr: &Expr| checker.world.sources.line(checker.place(self.module, expr.span));
        Ok(Promise {
            promised: checker.mean(&self.scope(), left, op, target)?,
            only: Labels::from([(label.text.clone(), class.clone())]),
            class: Some(class),
            statement: self.told(format!("{} {} {}", text(left), comparison(op).symbol(), text(target))),
        })
    }

    /// What can be wrong with the list of targets alone.
    fn check_targets(&self, checker: &Checker<'w>, classes: &Classes<'w>, own: Option<CompareOp>) -> Checked<()> {
        let Some(first) = classes.targets.first() else {
            return Err(checker.report(
                Diagnostic::error(codes::CLASSES, "no class has a target", classes.place, "an empty list")
                    .help("give each its own: `by class { \"simple\": <= $0.002 per request }`"),
            ));
        };
        let at_most = |op: CompareOp| matches!(op, CompareOp::Less | CompareOp::AtMost);
        let direction = at_most(own.unwrap_or(first.op));
        let mut failed = false;
        for (index, target) in classes.targets.iter().enumerate() {
            let place = checker.place(self.module, target.class.span);
            if let Some(before) = classes.targets[..index].iter().find(|own| own.class.value == target.class.value) {
                checker.report(
                    Diagnostic::error(
                        codes::STATED_TWICE,
                        format!("the class {:?} has two targets", target.class.value),
                        place,
                        "stated again here",
                    )
                    .label(checker.place(self.module, before.class.span), "first stated here")
                    .help("keep one of them"),
                );
                failed = true;
            } else if at_most(target.op) != direction {
                checker.report(
                    Diagnostic::error(
                        codes::CLASSES,
                        format!("the class {:?} is to be good the other way round", target.class.value),
                        place,
                        format!("compared with `{}`", comparison(target.op).symbol()),
                    )
                    .help("compare all classes alike; write another objective for what is to be high"),
                );
                failed = true;
            }
        }
        if failed { Err(Reported) } else { Ok(()) }
    }

    /// The classes that every flow has, as far as flows declare them; each target must be of one of these.
    fn declared(
        &self,
        checker: &Checker<'w>,
        classes: &Classes<'w>,
        ratio: &Ratio<'w>,
    ) -> Checked<Option<Vec<String>>> {
        let mut known: Option<Vec<String>> = None;
        let mut failed = false;
        for term in ratio.numerator.terms.iter().chain(&ratio.denominator.terms) {
            let Some(values) = checker.values_of(&term.flow, &classes.label.text) else { continue };
            for target in classes.targets.iter().filter(|target| !values.contains(&target.class.value)) {
                let place = checker.place(self.module, target.class.span);
                let message = format!("`{}` is never {:?}", classes.label.text, target.class.value);
                let diagnostic = Diagnostic::error(codes::UNKNOWN_LABEL_VALUE, message, place, "no such class")
                    .label(term.place, format!("this has {}", suggest::one_of(&values)));
                let near = suggest::nearest(&target.class.value, values.iter().map(String::as_str));
                checker.report(match near {
                    Some(near) => diagnostic.did_you_mean_text(place, near),
                    None => diagnostic.help(format!("it is {}", suggest::one_of(&values))),
                });
                failed = true;
            }
            if failed {
                return Err(Reported);
            }
            match &mut known {
                Some(known) => known.retain(|value| values.contains(value)),
                None => known = Some(values),
            }
        }
        Ok(known)
    }

    /// A target that would hold for nothing.
    fn needless_target(
        &self,
        checker: &Checker<'w>,
        classes: &Classes<'w>,
        left: &Expr,
        right: &Expr,
        is_declared: bool,
    ) -> Reported {
        let text = |expr: &Expr| checker.world.sources.line(checker.place(self.module, expr.span));
        let label = &classes.label.text;
        let why = if is_declared {
            format!("each value of `{label}` has a target of its own")
        } else {
            format!("which other values `{label}` has is not declared")
        };
        checker.report(
            Diagnostic::error(
                codes::CLASSES,
                "this target would hold for no class",
                checker.place(self.module, right.span),
                why,
            )
            .label(classes.place, "the targets of classes")
            .help(format!(
                "leave it out: `{} by {label} {{ ... }}`; to judge all classes together as well, write another objective",
                text(left)
            )),
        )
    }
}
