//! Objectives: a promise, its budget and its period become excess and allowance.

use farthing_grammar::{Allocate, Condition, ExprKind, Name, Objective as Syntax, Period, StatementKind, Text};
use farthing_plan::{self as plan, Comparison, Exact, Form, Linear as Weights, MINUTE, SLOT};

use crate::{
    check::{
        Checker, Scope,
        condition::{Draft, Promised},
    },
    diagnostics::{Diagnostic, codes},
    flows::FlowTable,
    modules::ModuleId,
    policy,
    reported::{Checked, Reported, reported},
    service::{About, Service, add_annotations, add_labels, set_once},
    shown,
    sources::Place,
    units::number,
    value::{LinearTerm, Ratio},
};

/// What the statements of an objective say, before it is understood.
#[derive(Default)]
struct Statements<'w> {
    condition: Option<(&'w Condition, farthing_grammar::Span)>,
    budget: Option<&'w farthing_grammar::Expr>,
    over: Option<&'w Period>,
    by: Vec<&'w Name>,
    allocate: Vec<&'w Allocate>,
    about: About<'w>,
}

impl<'c, 'w> Service<'c, 'w> {
    /// Lowers an objective; what is wrong with it is reported.
    pub fn objective(
        &self,
        checker: &Checker<'w>,
        syntax: &'w Syntax,
        doc: Option<String>,
        flows: &mut FlowTable,
    ) -> Checked<plan::Objective> {
        let scope = self.scope();
        let statements = collect(checker, self.module, syntax)?;
        let name_place = checker.place(self.module, syntax.name.span);
        let Some((condition, span)) = statements.condition else {
            return Err(checker.report(
                Diagnostic::error(codes::NO_PROMISE, format!("`{}` promises nothing", syntax.name.text), name_place, "no condition")
                    .help("state one: `cost_per_answer <= $0.01 per request`, `p95 of latency < 400 ms`, `99% of requests have cost < $0.01`"),
            ));
        };
        let promised = checker.promise(&scope, condition);
        let period = period(checker, &scope, statements.over, &syntax.name, name_place);
        let budget = statements.budget.map(|expr| budget(checker, &scope, expr)).transpose();
        let (promised, (seconds, period_place), budget) = (promised?, period?, budget?);
        for linear in [&promised.ratio.numerator, &promised.ratio.denominator] {
            checker.check_tables(linear)?;
        }
        let breakdown = self.breakdown(checker, &statements.by, &statements.allocate, &promised)?;
        let by = breakdown.by.clone();

        nothing(checker, &promised.ratio, checker.place(self.module, span))?;
        let lowered = lower(checker, &promised, budget, &syntax.name, name_place)?;
        let about = &statements.about;
        let objective = policy::Objective {
            name: &syntax.name.text,
            place: name_place,
            period: seconds,
            period_place,
            highest: lowered.highest.clone(),
        };
        let alerts = match breakdown.check_peak(checker, &scope, about.policy, (seconds, period_place))? {
            true => Vec::new(),
            false => checker.alerts(&scope, about.policy.or(self.about.policy), &objective)?,
        };

        let service = &self.name.text;
        // What the objective itself allocates is another indicator than the sli alone.
        let sli = self.indicator_name(condition).filter(|_| !breakdown.allocates);
        let own_name = sli.unwrap_or(&syntax.name.text);
        let mut indicator_name = own_name.to_string();
        if !by.is_empty() {
            indicator_name = format!("{own_name}:by:{}", by.join(":"));
        }
        let indicator = flows.measure(&indicator_name, doc.clone(), &by, breakdown.measure);
        let mut labels = self.about.labels.clone();
        labels.extend(about.labels.clone());
        if let Some(label) = statements.by.iter().find(|label| labels.contains_key(&label.text)) {
            // The label that the owner sets would hide which group it is.
            let place = checker.place(self.module, label.span);
            return Err(checker.report(
                Diagnostic::error(
                    codes::RESERVED_LABEL,
                    format!("alerts of `{}` already have the label `{}`", syntax.name.text, label.text),
                    place,
                    "broken down by it here",
                )
                .help("`labels` sets it to one value, for this objective or its service: remove it there"),
            ));
        }
        let mut annotations = self.about.annotations.clone();
        annotations.extend(about.annotations.clone());
        let text = |text: Option<&'w Text>| text.map(|text| text.value.clone());
        let mut statement = checker.world.sources.line(checker.place(self.module, span));
        if let Some(bound) = &promised.judged {
            statement += &format!(", judged at {bound}");
        }
        Ok(plan::Objective {
            id: format!("{service}/{}", syntax.name.text),
            name: syntax.name.text.clone(),
            title: text(about.title).unwrap_or_else(|| syntax.name.text.clone()),
            doc,
            indicator,
            statement,
            budget_shown: shown::of_unit(&lowered.budget_unit),
            budget_unit: lowered.budget_unit,
            form: lowered.form,
            excess: lowered.excess,
            allowance: lowered.allowance,
            period: plan::Period::rolling(seconds),
            by,
            only: plan::Labels::new(),
            budget_mode: plan::BudgetMode::Net,
            burn_form: plan::BurnForm::Paced,
            guards: Vec::new(),
            spendings: Vec::new(),
            equality: None,
            role: plan::Role::Promise,
            alerts,
            labels,
            annotations,
            runbook: text(about.runbook.or(self.about.runbook)),
        })
    }

    /// The name of the sli that a condition is about, where it is about just that.
    fn indicator_name<'a>(&self, condition: &'a Condition) -> Option<&'a str> {
        let Condition::Compare { left, share_of_time: None, .. } = condition else {
            return None;
        };
        match &left.kind {
            ExprKind::Path(path) if path.segments.len() == 1 => Some(&path.segments[0].text),
            _ => None,
        }
    }
}

fn collect<'w>(checker: &Checker<'w>, module: ModuleId, syntax: &'w Syntax) -> Checked<Statements<'w>> {
    let mut found = Statements::default();
    let mut failed = false;
    for statement in &syntax.statements {
        let place = checker.place(module, statement.span);
        let twice = |what: &str| {
            let message = format!("the {what} is stated twice");
            checker.report(
                Diagnostic::error(codes::STATED_TWICE, message, place, "stated again here")
                    .help("an objective has one; write two objectives for two promises"),
            )
        };
        let mut unsupported = |what: &str, instead: &str| {
            checker.unsupported(place, what, instead);
            failed = true;
        };
        match &statement.kind {
            StatementKind::Condition(_) if found.condition.is_some() => drop(twice("condition")),
            StatementKind::Condition(condition) => found.condition = Some((condition, statement.span)),
            StatementKind::Budget { .. } if found.budget.is_some() => drop(twice("budget")),
            StatementKind::Budget { share, mode } => {
                if mode.as_ref().is_some_and(|mode| mode.text == "gross") {
                    unsupported("a gross budget", "leave out `gross`: savings then pay for later overspending");
                }
                found.budget = Some(share);
            }
            StatementKind::Over(_) if found.over.is_some() => drop(twice("period")),
            StatementKind::Over(period) => found.over = Some(period),
            StatementKind::By { labels, allocate } => {
                found.by.extend(labels);
                found.allocate.extend(allocate);
            }
            StatementKind::ByClass { .. } => {
                unsupported("`by` with a target for each class", "write one objective for each class with a selector")
            }
            StatementKind::Exclude(_) => unsupported("`exclude`", ""),
            StatementKind::BurnPerUnit => {
                unsupported("`burn per unit`", "leave it out: burn rates are weighted by volume")
            }
            StatementKind::Guard { .. } => unsupported(
                "`guard`",
                "leave it out: burn rates are weighted by volume, so little traffic burns little",
            ),
            StatementKind::Policy(policy) => set_once(checker, &mut found.about.policy, policy, "policy", place),
            StatementKind::Title(text) => set_once(checker, &mut found.about.title, text, "title", place),
            StatementKind::Owner(text) => set_once(checker, &mut found.about.owner, text, "owner", place),
            StatementKind::Runbook(text) => set_once(checker, &mut found.about.runbook, text, "runbook", place),
            StatementKind::Labels(pairs) => add_labels(checker, module, &mut found.about.labels, pairs),
            StatementKind::Annotations(pairs) => add_annotations(checker, module, &mut found.about.annotations, pairs),
        }
    }
    if let Some(owner) = found.about.owner {
        found.about.labels.insert("owner".to_string(), owner.value.clone());
    }
    if failed { Err(Reported) } else { Ok(found) }
}

/// The compliance period in seconds, and where it is stated.
fn period<'w>(
    checker: &Checker<'w>,
    scope: &Scope<'_, 'w>,
    over: Option<&'w Period>,
    name: &Name,
    name_place: Place,
) -> Checked<(u64, Place)> {
    let expr = match over {
        Some(Period::Rolling(expr)) => expr,
        Some(Period::Calendar { span, .. }) => {
            let place = checker.place(scope.module, *span);
            return Err(checker.unsupported(place, "a calendar period", "use a rolling one: `over 30d`"));
        }
        None => {
            return Err(checker.report(
                Diagnostic::error(
                    codes::NO_PERIOD,
                    format!("`{}` has no period", name.text),
                    name_place,
                    "over which time?",
                )
                .help("add `over 30d`"),
            ));
        }
    };
    let place = checker.place(scope.module, expr.span);
    let seconds = checker.duration(scope, expr)?;
    if seconds < 60 * MINUTE || seconds % SLOT != 0 || seconds > 400 * 86_400 {
        return Err(checker.report(
            Diagnostic::error(
                codes::DURATION,
                format!("a period of {} cannot be kept", policy::time(seconds)),
                place,
                "this period",
            )
            .help("a period is between 1h and 400d, in whole 10 minutes"),
        ));
    }
    Ok((seconds, place))
}

fn budget<'w>(
    checker: &Checker<'w>,
    scope: &Scope<'_, 'w>,
    expr: &'w farthing_grammar::Expr,
) -> Checked<(Exact, Place)> {
    let place = checker.place(scope.module, expr.span);
    let range = |what: &str| {
        checker.report(
            Diagnostic::error(codes::BUDGET_RANGE, what.to_string(), place, "this budget")
                .help("write `budget 5%`: a twentieth above the target may be spent over the whole period"),
        )
    };
    let ExprKind::Number(written) = &expr.kind else {
        return Err(range("a budget is a share of the target, in percent"));
    };
    let share = reported(number(written, place), checker.sink())?;
    if !written.percent {
        return Err(range("a budget is a share of the target, in percent"));
    }
    if share <= Exact::zero() || share > Exact::one() {
        return Err(range("a budget is above 0% and at most 100%"));
    }
    Ok((share, place))
}

struct Lowered {
    form: Form,
    excess: Weights,
    allowance: Weights,
    budget_unit: plan::Unit,
    highest: Option<Exact>,
}

/// The promise as excess and allowance over numerator and denominator.
fn lower(
    checker: &Checker<'_>,
    promised: &Promised<'_>,
    budget: Option<(Exact, Place)>,
    name: &Name,
    name_place: Place,
) -> Checked<Lowered> {
    let (zero, one) = (Exact::zero(), Exact::one());
    let ratio = &promised.ratio;
    match &promised.form {
        Draft::Mean { comparison, target, shown, place } => {
            let Some((budget, _)) = budget else {
                return Err(checker.report(
                    Diagnostic::error(
                        codes::NO_BUDGET,
                        format!("`{}` has no budget", name.text),
                        name_place,
                        "how much more may it be?",
                    )
                    .help("add `budget 5%`: the share of the target by which the period's mean may miss it"),
                ));
            };
            let part = promised.derived.is_none() && is_part(ratio);
            if part && *target > one {
                return Err(checker.report(
                    Diagnostic::error(codes::TARGET_RANGE, "a part is never more than the whole", *place, "above 100%")
                        .help("a share lies between 0% and 100%"),
                ));
            }
            let inverse = target.recip().ok_or(Reported)?;
            let at_most = matches!(comparison, Comparison::Less | Comparison::AtMost);
            let (excess, allowance, budget_unit) = if at_most {
                (
                    Weights { numerator: one, denominator: -target.clone() },
                    Weights { numerator: zero, denominator: &budget * target },
                    ratio.numerator.unit.clone(),
                )
            } else {
                (
                    Weights { numerator: -inverse.clone(), denominator: one },
                    Weights { numerator: &budget * &inverse, denominator: zero },
                    ratio.denominator.unit.clone(),
                )
            };
            // Where all is waste, the ratio is 1, and no more can burn.
            let highest = (part && at_most)
                .then(|| (&inverse - &Exact::one()).checked_div(&budget))
                .flatten()
                .filter(|highest| !highest.is_negative());
            let form = Form::Mean { comparison: *comparison, target: target.clone(), shown: shown.clone(), budget };
            Ok(Lowered { form, excess, allowance, budget_unit, highest })
        }
        Draft::Share { good, form } => {
            if let Some((_, place)) = budget {
                return Err(checker.report(
                    Diagnostic::error(
                        codes::BUDGET_OF_SHARE,
                        "a share is its own budget",
                        place,
                        "stated beside a share",
                    )
                    .label(name_place, "of this objective")
                    .help("remove `budget`: what may be bad is what the share leaves"),
                ));
            }
            let bad = &one - good;
            Ok(Lowered {
                highest: bad.recip(),
                form: form.clone(),
                excess: Weights { numerator: one, denominator: zero.clone() },
                allowance: Weights { numerator: zero, denominator: bad },
                budget_unit: ratio.denominator.unit.clone(),
            })
        }
    }
}

/// An indicator must measure something, and be able to be anything but 0.
fn nothing(checker: &Checker<'_>, ratio: &Ratio<'_>, place: Place) -> Checked<()> {
    let reads = !ratio.numerator.terms.is_empty() || !ratio.denominator.terms.is_empty();
    let what = if ratio.denominator.is_nothing() {
        "it divides by what is always 0"
    } else if ratio.numerator.is_nothing() {
        "it is always 0"
    } else if !reads {
        "nothing in it is measured"
    } else {
        return Ok(());
    };
    Err(checker.report(
        Diagnostic::error(codes::NO_RATIO, format!("this says nothing: {what}"), place, what)
            .help("divide what it costs by what it delivers: `gpu / answers <= $0.01 per request`"),
    ))
}

/// Whether the numerator is a part of the denominator: one flow, and parts of it that have nothing in common.
fn is_part(ratio: &Ratio<'_>) -> bool {
    let ([whole], Some(first)) = (ratio.denominator.terms.as_slice(), ratio.numerator.terms.first()) else {
        return false;
    };
    let size = |term: &LinearTerm<'_>| &term.factor * &crate::flows::scale(&term.flow.source);
    ratio.unit().is_ratio()
        && ratio.numerator.constant().is_zero()
        && ratio.denominator.constant().is_zero()
        && ratio.numerator.terms.len() == 1
        && size(first) == size(whole)
        && !first.factor.is_negative()
        && crate::flows::covers(&whole.flow.source, &first.flow.source)
}
