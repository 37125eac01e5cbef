//! Objectives: a promise, its budget and its period become excess and allowance.

mod classes;
mod form;
mod helpers;

use farthing_grammar::{Allocate, Condition, Exclude, Expr, Name, Objective as Syntax, Period, Span, StatementKind};
use farthing_plan::{self as plan, BudgetMode, BurnForm, Exact, Form};

use crate::{
    breakdown::Measure,
    check::{Checker, Scope},
    diagnostics::{Diagnostic, codes},
    flows::FlowTable,
    policy,
    reported::{Checked, Reported},
    service::{About, Service, add_annotations, add_labels, set_once},
    shown,
    sources::Place,
};
use classes::{Classes, Promise};
use helpers::{Guard, Own, Provided, named};

/// What the statements of an objective say, before it is understood.
#[derive(Default)]
struct Statements<'w> {
    condition: Option<(&'w Condition, Span)>,
    budget: Option<(&'w Expr, BudgetMode)>,
    over: Option<&'w Period>,
    by: Vec<&'w Name>,
    allocate: Vec<&'w Allocate>,
    classes: Option<Classes<'w>>,
    exclusions: Vec<&'w Exclude>,
    burn_form: Option<BurnForm>,
    guards: Vec<Guard<'w>>,
    provided: Option<Provided<'w>>,
    about: About<'w>,
}

/// A budget as it is stated.
struct Budget {
    share: Exact,
    mode: BudgetMode,
    place: Place,
}

impl<'c, 'w> Service<'c, 'w> {
    /// Lowers an objective, which is several where classes have their own targets; what is wrong with it is reported.
    pub fn objective(
        &self,
        checker: &Checker<'w>,
        syntax: &'w Syntax,
        doc: Option<String>,
        flows: &mut FlowTable,
    ) -> Checked<Vec<plan::Objective>> {
        let scope = self.scope();
        let statements = collect(checker, &scope, syntax)?;
        let name_place = checker.place(self.module, syntax.name.span);
        let Some((condition, span)) = statements.condition else {
            return Err(checker.report(
                Diagnostic::error(codes::NO_PROMISE, format!("`{}` promises nothing", syntax.name.text), name_place, "no condition")
                    .help("state one: `cost_per_answer <= $0.01 per request`, `p95 of latency < 400 ms`, `99% of requests have cost < $0.01`"),
            ));
        };
        let promises = self.promises(checker, condition, span, statements.classes);
        let period = checker.period(&scope, statements.over, &syntax.name, name_place);
        let budget = statements.budget.map(|(expr, mode)| form::budget(checker, &scope, expr, mode)).transpose();
        let exclusions = self.exclusions(checker, &statements.exclusions, flows);
        let (promises, (period, period_place), budget) = (promises?, period?, budget?);
        let exclusions = exclusions?;
        let first = &promises.first().ok_or(Reported)?.promised;
        let (ratio, derived) = (first.ratio.clone(), first.derived.as_deref());
        let breakdown = self.breakdown(checker, &statements.by, &statements.allocate, &ratio, derived)?;
        let unit = derived.map_or_else(|| ratio.unit(), |derived| derived.unit());
        let by = breakdown.by.clone();
        form::nothing(checker, &ratio, checker.place(self.module, span))?;

        let about = &statements.about;
        let is_peak = breakdown.check_peak(checker, &scope, about.policy, (period.seconds(), period_place))?;
        let mut lowered = Vec::new();
        for promise in promises {
            let form = form::lower(checker, &promise.promised, budget.as_ref(), &syntax.name, name_place)?;
            let objective = policy::Objective {
                name: &syntax.name.text,
                place: name_place,
                period: period.seconds(),
                period_place,
                highest: form.highest.clone(),
            };
            let alerts = match about.policy {
                _ if is_peak => Vec::new(),
                Some(policy) => checker.alerts(&scope, Some(policy), &objective)?,
                None => {
                    let (policy, scope) = self.policy();
                    checker.alerts(&scope, policy, &objective)?
                }
            };
            lowered.push((promise, form, alerts));
        }

        // What the objective itself allocates is another indicator than the sli alone.
        // So is the sli in another currency.
        let is_sli = |name: &&str| match self.member_value(name, name_place) {
            Some(Ok(value)) => checker.unit_of(&value) == unit,
            _ => true,
        };
        let sli = sli_name(condition).filter(|_| !breakdown.allocates).filter(is_sli);
        let own_name = sli.unwrap_or(&syntax.name.text);
        let name = indicator_name(own_name, &syntax.name, &by, !exclusions.is_empty());
        let is_simple = matches!(&breakdown.measure, Measure::Ratio(parts) if parts.shared.is_empty());
        let indicator = flows.measure(&name, doc.clone(), &by, breakdown.measure, &exclusions);
        let own = Own {
            name: &syntax.name,
            by: &statements.by,
            exclusions: &exclusions,
            period: period.seconds(),
            period_place,
            measure: is_simple.then_some((&ratio, indicator.as_str())),
        };
        let guards = self.guards(checker, &statements.guards, &own, flows);
        let equality = statements.provided.as_ref().map(|provided| self.equality(checker, provided, &own, flows));
        let (guards, equality) = (guards?, equality.transpose()?);

        let mut labels = self.alert_labels();
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
        let name = &syntax.name.text;
        let title = about.title.clone().unwrap_or_else(|| name.clone());
        let objective = |(Promise { only, class, statement, .. }, form, alerts): (Promise<'w>, form::Lowered, _)| {
            let of_class = class.map_or_else(String::new, |class| format!(":{class}"));
            plan::Objective {
                id: format!("{}/{name}{of_class}", self.name.text),
                name: name.clone(),
                title: format!("{title}{}", of_class.replacen(':', ": ", 1)),
                doc: doc.clone(),
                indicator: indicator.clone(),
                statement,
                budget_shown: shown::of_unit(&form.budget_unit),
                budget_unit: form.budget_unit,
                form: self.told_form(form.form),
                excess: form.excess,
                allowance: form.allowance,
                period: period.clone(),
                by: by.clone(),
                only,
                budget_mode: budget.as_ref().map_or(BudgetMode::Net, |budget| budget.mode),
                burn_form: statements.burn_form.unwrap_or_default(),
                guards: guards.clone(),
                spendings: Vec::new(),
                equality: equality.clone(),
                role: plan::Role::Promise,
                alerts,
                labels: labels.clone(),
                annotations: annotations.clone(),
                runbook: about.runbook.clone().or_else(|| self.about.runbook.clone()),
            }
        };
        Ok(lowered.into_iter().map(objective).collect())
    }

    /// The form as people read it.
    fn told_form(&self, form: Form) -> Form {
        match form {
            Form::Share { share, of, good } => Form::Share { share, of: self.told(of), good: self.told(good) },
            Form::Quantile { quantile, of, comparison, bound, shown } => {
                Form::Quantile { quantile, of: self.told(of), comparison, bound, shown }
            }
            mean @ Form::Mean { .. } => mean,
        }
    }
}

/// The name of the sli that a condition is about, where it is about just that.
fn sli_name(condition: &Condition) -> Option<&str> {
    match condition {
        Condition::Compare { left, share_of_time: None, .. } | Condition::Classes { left, .. } => named(left),
        _ => None,
    }
}

/// The name of an indicator, without the service's. An objective that excludes time of its own has one for itself, so
/// that the history of the others stays.
fn indicator_name(sli: &str, objective: &Name, by: &[String], excludes: bool) -> String {
    let mut name = sli.to_string();
    if excludes && sli != objective.text {
        name += &format!(":of:{}", objective.text);
    }
    if !by.is_empty() {
        name += &format!(":by:{}", by.join(":"));
    }
    name
}

fn collect<'w>(checker: &Checker<'w>, scope: &Scope<'_, 'w>, syntax: &'w Syntax) -> Checked<Statements<'w>> {
    let mut found = Statements::default();
    for statement in &syntax.statements {
        let place = checker.place(scope.module, statement.span);
        let twice = |what: &str| {
            let message = format!("the {what} is stated twice");
            checker.report(
                Diagnostic::error(codes::STATED_TWICE, message, place, "stated again here")
                    .help("an objective has one; write two objectives for two promises"),
            )
        };
        match &statement.kind {
            StatementKind::Condition(_) if found.condition.is_some() => drop(twice("condition")),
            StatementKind::Condition(condition) => {
                found.condition = Some((condition, statement.span));
                if let Condition::Classes { label, classes, .. } = condition {
                    found.by.push(label);
                    if found.classes.is_some() {
                        twice("list of classes");
                    }
                    found.classes = Some(Classes { label, targets: classes, place });
                }
            }
            StatementKind::Budget { .. } if found.budget.is_some() => drop(twice("budget")),
            StatementKind::Budget { share, mode } => {
                let is_gross = mode.as_ref().is_some_and(|mode| mode.text == "gross");
                found.budget = Some((share, if is_gross { BudgetMode::Gross } else { BudgetMode::Net }));
            }
            StatementKind::Over(_) if found.over.is_some() => drop(twice("period")),
            StatementKind::Over(period) => found.over = Some(period),
            StatementKind::By { labels, allocate } => {
                found.by.extend(labels);
                found.allocate.extend(allocate);
            }
            StatementKind::ByClass { .. } if found.classes.is_some() => drop(twice("list of classes")),
            StatementKind::ByClass { label, classes } => {
                found.by.push(label);
                found.classes = Some(Classes { label, targets: classes, place });
            }
            StatementKind::Exclude(exclude) => found.exclusions.push(exclude),
            StatementKind::BurnPerUnit if found.burn_form.is_some() => drop(twice("form of burn rates")),
            StatementKind::BurnPerUnit => found.burn_form = Some(BurnForm::PerUnit),
            StatementKind::Guard { left, op, right, over } => {
                found.guards.push(Guard { left, op: *op, right, over, span: statement.span });
            }
            StatementKind::Provided { .. } if found.provided.is_some() => drop(twice("comparison")),
            StatementKind::Provided { left, right, within } => {
                found.provided = Some(Provided { left, right, within, span: statement.span });
            }
            StatementKind::Policy(policy) => set_once(checker, &mut found.about.policy, policy, "policy", place),
            StatementKind::Title(text) => {
                set_once(checker, &mut found.about.title, scope.filled(text), "title", place);
            }
            StatementKind::Owner(text) => {
                set_once(checker, &mut found.about.owner, scope.filled(text), "owner", place);
            }
            StatementKind::Runbook(text) => {
                set_once(checker, &mut found.about.runbook, scope.filled(text), "runbook", place);
            }
            StatementKind::Labels(pairs) => add_labels(checker, scope, &mut found.about.labels, pairs),
            StatementKind::Annotations(pairs) => add_annotations(checker, scope, &mut found.about.annotations, pairs),
        }
    }
    if let Some(owner) = &found.about.owner {
        found.about.labels.insert("owner".to_string(), owner.clone());
    }
    Ok(found)
}
