//! What an objective is broken down by: every flow has the labels, or is allocated over them.

use std::{
    collections::{BTreeMap, HashSet},
    rc::Rc,
};

use farthing_grammar::{Allocate, Name, PolicyUse};
use farthing_plan::{Exact, LONG_WINDOW};

use crate::{
    check::{Checker, Scope},
    diagnostics::{Diagnostic, codes, suggest},
    reported::{Checked, Reported},
    service::{RESERVED, Service, policy_span},
    sources::Place,
    value::{Allocation, Derived, DerivedKind, Fixed, LabelSet, Linear, LinearTerm, Ratio},
};

/// What is measured, with what is allocated told apart.
pub(crate) enum Measure<'w> {
    Ratio(Parts<'w>),
    Standardized { of: Parts<'w>, label: String, mix: BTreeMap<String, Exact> },
    Relative { of: Parts<'w>, to: Parts<'w> },
    Peak { of: Parts<'w>, name: &'w str, promise: Ratio<'w>, limit: Exact },
}

/// A ratio and what is added to its numerator by allocation.
pub(crate) struct Parts<'w> {
    pub own: Ratio<'w>,
    pub shared: Vec<Shared<'w>>,
}

/// What lacks the labels, and in which proportion it is divided.
pub(crate) struct Shared<'w> {
    pub amount: Linear<'w>,
    pub key: Linear<'w>,
}

/// What an objective is broken down by.
pub(crate) struct Breakdown<'w> {
    /// The labels, sorted.
    pub by: Vec<String>,
    pub measure: Measure<'w>,
    /// Whether the objective itself says how something is allocated.
    pub allocates: bool,
}

/// A label that every flow must have.
struct Asked<'a> {
    label: &'a str,
    /// Where it is asked for.
    place: Place,
    /// Whether a mix of its values is asked for, and not each of them.
    mixed: bool,
}

impl Asked<'_> {
    fn is_in(&self, known: &[String]) -> bool {
        known.iter().any(|own| own == self.label)
    }
}

impl<'c, 'w> Service<'c, 'w> {
    /// Checks what an objective is broken down by.
    pub fn breakdown(
        &self,
        checker: &Checker<'w>,
        by: &[&Name],
        allocate: &[&'w Allocate],
        ratio: &Ratio<'w>,
        derived: Option<&Derived<'w>>,
    ) -> Checked<Breakdown<'w>> {
        let mut asked: Vec<Asked<'_>> = Vec::new();
        let mut failed = false;
        for label in by {
            let place = checker.place(self.module, label.span);
            if RESERVED.contains(&label.text.as_str()) {
                checker.report(
                    Diagnostic::error(
                        codes::RESERVED_LABEL,
                        format!("the rules set the label `{}` themselves", label.text),
                        place,
                        "nothing can be broken down by it",
                    )
                    .help("if your series have such a label, let your scrape configuration give it another name"),
                );
                failed = true;
                continue;
            }
            asked.push(Asked { label: &label.text, place, mixed: false });
        }
        let mut labels: Vec<String> = by.iter().map(|name| name.text.clone()).collect();
        labels.sort();
        labels.dedup();
        let mut ratios: Vec<Ratio<'w>> = match derived {
            None => vec![ratio.clone()],
            Some(derived) => derived.ratios().into_iter().cloned().collect(),
        };
        for ratio in &ratios {
            checker.check_tables(&ratio.numerator)?;
            checker.check_tables(&ratio.denominator)?;
        }
        if let Some(DerivedKind::Standardized { label, label_place, .. }) = derived.map(|derived| &derived.kind) {
            if labels.contains(&label.text) {
                return Err(checker.report(
                    Diagnostic::error(
                        codes::WEIGHTS,
                        format!("what is standardized by `{}` has no single `{}`", label.text, label.text),
                        asked.iter().find(|own| own.label == label.text).map_or(*label_place, |own| own.place),
                        "broken down here",
                    )
                    .label(*label_place, "standardized here")
                    .help("break the plain ratio down, or break down by another label"),
                ));
            }
            asked.push(Asked { label: &label.text, place: *label_place, mixed: true });
        }
        for clause in allocate {
            failed |= self.allocate(checker, clause, &asked, &mut ratios).is_err();
        }
        if failed {
            return Err(Reported);
        }
        let mut parts = Vec::new();
        for ratio in ratios {
            match self.parts(checker, &asked, ratio) {
                Ok(found) => parts.push(found),
                Err(Reported) => failed = true,
            }
        }
        if failed {
            return Err(Reported);
        }
        let mut parts = parts.into_iter();
        let of = parts.next().ok_or(Reported)?;
        let measure = match derived.map(|derived| &derived.kind) {
            None => Measure::Ratio(of),
            Some(DerivedKind::Standardized { label, mix, .. }) => {
                Measure::Standardized { of, label: label.text.clone(), mix: mix.clone() }
            }
            Some(DerivedKind::Relative { .. }) => Measure::Relative { of, to: parts.next().ok_or(Reported)? },
            Some(DerivedKind::Peak { name, limit, .. }) => {
                Measure::Peak { of, name, promise: parts.next().ok_or(Reported)?.own, limit: limit.clone() }
            }
        };
        Ok(Breakdown { by: labels, measure, allocates: !allocate.is_empty() })
    }

    /// `allocate gpu, gateway by output`: marks what these costs are made of.
    fn allocate(
        &self,
        checker: &Checker<'w>,
        clause: &'w Allocate,
        asked: &[Asked<'_>],
        ratios: &mut [Ratio<'w>],
    ) -> Checked<()> {
        let scope = self.scope();
        let allocation = checker.allocation(&scope, &clause.by, &[])?;
        let mut failed = false;
        for name in &clause.costs {
            let place = checker.place(self.module, name.span);
            let made_of = self.made_of(checker, name, place)?;
            let flows: HashSet<_> = made_of.terms.iter().map(|term| (&term.flow.source, &term.flow.declared)).collect();
            let fixed_amounts: HashSet<_> =
                made_of.constants.iter().map(|fixed| (fixed.place, &fixed.declared)).collect();
            let (mut found, mut lacking) = (false, false);
            for ratio in ratios.iter_mut() {
                for term in &mut ratio.numerator.terms {
                    if !flows.contains(&(&term.flow.source, &term.flow.declared)) {
                        continue;
                    }
                    found = true;
                    let known = checker.declared_labels_of(&scope, &term.flow)?;
                    if asked.iter().any(|asked| !asked.is_in(&known)) {
                        term.allocation = Some(allocation.clone());
                        lacking = true;
                    }
                }
                for fixed in &mut ratio.numerator.constants {
                    if fixed_amounts.contains(&(fixed.place, &fixed.declared)) {
                        (found, lacking) = (true, true);
                        fixed.allocation = Some(allocation.clone());
                    }
                }
            }
            let (what, help) = if !found {
                (
                    format!("`{}` is no part of what is divided here", name.text),
                    "name the costs that the ratio's numerator is made of",
                )
            } else if !lacking {
                let labels: Vec<String> = asked.iter().map(|asked| format!("`{}`", asked.label)).collect();
                (
                    format!("`{}` has {} and needs no allocation", name.text, labels.join(", ")),
                    "remove it: it is broken down by its own label",
                )
            } else {
                continue;
            };
            checker.report(Diagnostic::error(codes::ALLOCATION, what, place, "allocated here").help(help));
            failed = true;
        }
        if failed { Err(Reported) } else { Ok(()) }
    }

    /// The flows and fixed amounts that a cost of the service is made of.
    fn made_of(&self, checker: &Checker<'w>, name: &Name, place: Place) -> Checked<Linear<'w>> {
        use crate::{check::Members, value::Value};
        let names = self.names();
        match self.value(&name.text, place) {
            Some(value) => match value? {
                Value::Measured(linear) => Ok(linear),
                other => Err(checker.report(
                    Diagnostic::error(
                        codes::ALLOCATION,
                        format!("`{}` is no cost to allocate", name.text),
                        place,
                        format!("this is {}", other.describe()),
                    )
                    .help("name the costs of the service that lack the label"),
                )),
            },
            None => {
                let message = format!("there is no cost `{}` in the service", name.text);
                let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, message, place, "allocated here");
                Err(checker.report(match suggest::nearest(&name.text, names) {
                    Some(near) => diagnostic.did_you_mean(place, near),
                    None => diagnostic.help("name the costs of the service that lack the label"),
                }))
            }
        }
    }

    /// What has all labels, and what is shared; what is neither is an error.
    fn parts(&self, checker: &Checker<'w>, asked: &[Asked<'_>], ratio: Ratio<'w>) -> Checked<Parts<'w>> {
        if asked.is_empty() {
            return Ok(Parts { own: ratio, shared: Vec::new() });
        }
        let mut ratio = ratio;
        for linear in [&mut ratio.numerator, &mut ratio.denominator] {
            linear.constants.retain(|fixed| !fixed.amount.is_zero());
        }
        let mut failed = false;
        let mut shared: Vec<Shared<'w>> = Vec::new();
        let mut own = Linear { terms: Vec::new(), constants: Vec::new(), ..ratio.numerator.clone() };
        for Asked { label, place, .. } in asked {
            let costs: Vec<&Fixed<'w>> =
                ratio.numerator.constants.iter().filter(|fixed| !reaches(&fixed.allocation, label)).collect();
            let divisors: Vec<&Fixed<'w>> = ratio.denominator.constants.iter().collect();
            for fixed in [costs, divisors].into_iter().filter_map(|list| list.into_iter().next()) {
                let key = self.key_for(checker, label, &ratio);
                checker.report(fixed_by(label, *place, fixed, key.as_deref().unwrap_or("output")));
                failed = true;
            }
        }
        // What a guard waits for stands on both sides, and is not divided among anything.
        let places = |linear: &Linear<'w>| linear.terms.iter().map(|term| term.place).collect::<Vec<_>>();
        let is_divided = places(&ratio.numerator) != places(&ratio.denominator);
        for asked in asked {
            // A label that nothing has is one slip, and told of once.
            let divided = self.check_label(checker, asked, &ratio.numerator, &ratio, is_divided);
            failed |= divided.is_err();
            if divided.is_ok() || self.key_for(checker, asked.label, &ratio).is_some() {
                failed |= self.check_label(checker, asked, &ratio.denominator, &ratio, false).is_err();
            }
        }
        if failed {
            return Err(Reported);
        }
        let scope = self.scope();
        for term in &ratio.numerator.terms {
            let known = match term.allocation {
                Some(_) => checker.declared_labels_of(&scope, &term.flow)?,
                None => checker.labels_of(&scope, &term.flow)?,
            };
            let Some(lacking) = asked.iter().find(|asked| !asked.is_in(&known)) else {
                own.terms.extend(checker.priced_groups(term, &ratio.numerator.tables)?);
                continue;
            };
            if let Some(Asked { label, place, .. }) = asked.iter().find(|asked| asked.is_in(&known)) {
                let name = term.flow.declared.as_ref().unwrap_or(&term.flow.hint);
                return Err(checker.report(
                    Diagnostic::error(
                        codes::ALLOCATION,
                        format!(
                            "`{name}` has `{label}` and lacks `{}`, so that it cannot be allocated over both",
                            lacking.label
                        ),
                        *place,
                        "broken down here",
                    )
                    .label(term.place, "this flow")
                    .help("break down by the labels that it lacks, or only by those that it has"),
                ));
            }
            let Some(allocation) = &term.allocation else { return Err(Reported) };
            share(&mut shared, allocation, &ratio.numerator).terms.push(term.clone());
        }
        for fixed in &ratio.numerator.constants {
            let Some(allocation) = &fixed.allocation else { return Err(Reported) };
            share(&mut shared, allocation, &ratio.numerator).constants.push(fixed.clone());
        }
        for Shared { key, .. } in &shared {
            for asked in asked {
                self.check_key(checker, asked, key)?;
            }
        }
        let mut denominator = Linear { terms: Vec::new(), ..ratio.denominator.clone() };
        for term in &ratio.denominator.terms {
            denominator.terms.extend(checker.priced_groups(term, &ratio.denominator.tables)?);
        }
        Ok(Parts { own: Ratio { numerator: own, denominator }, shared })
    }

    fn check_key(&self, checker: &Checker<'w>, asked: &Asked<'_>, key: &Linear<'w>) -> Checked<()> {
        let Asked { label, place, .. } = asked;
        for term in &key.terms {
            if asked.is_in(&checker.labels_of(&self.scope(), &term.flow)?) {
                continue;
            }
            let name = term.flow.declared.as_ref().unwrap_or(&term.flow.hint);
            return Err(checker.report(
                Diagnostic::error(
                    codes::ALLOCATION,
                    format!("nothing can be allocated over `{label}` by `{name}`, which has no such label"),
                    *place,
                    "broken down here",
                )
                .label(term.place, "this is to say in which proportion")
                .help("allocate by a flow that tells the label's values apart"),
            ));
        }
        Ok(())
    }

    fn check_label(
        &self,
        checker: &Checker<'w>,
        asked: &Asked<'_>,
        linear: &Linear<'w>,
        ratio: &Ratio<'w>,
        divided: bool,
    ) -> Checked<()> {
        let (scope, &Asked { label, place, mixed }) = (self.scope(), asked);
        for term in &linear.terms {
            warn_of_unbounded(checker, label, place, term);
            let known = checker.labels_of(&scope, &term.flow)?;
            if asked.is_in(&known) || divided && reaches(&term.allocation, label) {
                continue;
            }
            let flow = term.flow.declared.as_ref().unwrap_or(&term.flow.hint);
            let diagnostic = Diagnostic::error(
                codes::MISSING_LABEL,
                format!("`{flow}` cannot be broken down by `{label}`: it has no such label"),
                place,
                "broken down here",
            )
            .label(term.place, "this flow has no such label");
            // A label that another flow has is no slip: it is this one that cannot be broken down.
            let key = self.key_for(checker, label, ratio);
            let near = suggest::nearest(label, known.iter().map(String::as_str)).filter(|_| key.is_none());
            let cost = term.flow.declared.as_deref().map_or("gpu", short_name);
            let over = term.allocation.as_ref().map(|allocation| allocation.over.join("`, `"));
            checker.report(match (near, term.flow.declared.is_some()) {
                (Some(near), _) => diagnostic.help(format!("did you mean `{near}`?")),
                (None, _) if divided && over.is_some() => diagnostic.help(format!(
                    "it is allocated over `{}`: add the label there, as in `over {label}`",
                    over.unwrap_or_default()
                )),
                (None, true) if divided => {
                    let key = key.unwrap_or_else(|| "output".to_string());
                    if mixed {
                        return Err(checker.report(diagnostic.help(format!(
                            "say in which proportion the classes share it: `{cost} allocated by {key} over {label}`"
                        ))));
                    }
                    diagnostic.help(format!(
                        "say in which proportion the values share it: `by {label} allocate {cost} by {key}`"
                    ))
                }
                (None, false) if divided => diagnostic.help(format!(
                    "declare it as a `cost` and say in which proportion the values share it: `by {label} allocate gpu by output`"
                )),
                (None, _) => diagnostic.help(
                    "what is divided can be allocated, what it is divided by cannot: break down by a label that it has",
                ),
            });
            return Err(Reported);
        }
        Ok(())
    }

    /// A flow of the ratio that has a label: what something could be allocated by.
    fn key_for(&self, checker: &Checker<'w>, label: &str, ratio: &Ratio<'w>) -> Option<String> {
        let mut terms = ratio.denominator.terms.iter().chain(&ratio.numerator.terms);
        let key = terms.find(|term| {
            let known = checker.labels_of(&self.scope(), &term.flow);
            known.is_ok_and(|known| known.iter().any(|own| own == label))
        })?;
        key.flow.declared.as_deref().map(short_name).map(str::to_string)
    }
}

/// The name of a cost or volume, of which a flow may be a part.
fn short_name(declared: &str) -> &str {
    declared.split(':').next().unwrap_or(declared)
}

impl<'w> Breakdown<'w> {
    /// Whether a peak is measured. That is known of days, and of no window that an alert could have.
    pub fn check_peak(
        &self,
        checker: &Checker<'w>,
        scope: &Scope<'_, 'w>,
        policy: Option<&'w PolicyUse>,
        (seconds, period_place): (u64, Place),
    ) -> Checked<bool> {
        let Measure::Peak { name, .. } = &self.measure else { return Ok(false) };
        if seconds < LONG_WINDOW {
            return Err(checker.report(
                Diagnostic::error(
                    codes::PEAK,
                    "a peak is the best ten minutes of a day or more",
                    period_place,
                    "shorter than a day",
                )
                .help(format!("a peak while `{name}` holds is known over `1d` or longer")),
            ));
        }
        let place = match policy {
            None => return Ok(true),
            Some(PolicyUse::Rules(rules, _)) if rules.is_empty() => return Ok(true),
            Some(policy) => policy_span(policy),
        };
        Err(checker.report(
            Diagnostic::error(
                codes::PEAK,
                "a peak has no alerts: the best ten minutes of a period do not burn",
                checker.place(scope.module, place),
                "this could never fire in time",
            )
            .help("remove the policy: reports and dashboards show whether the target was reached"),
        ))
    }
}

/// The amount that is divided by an allocation.
fn share<'s, 'w>(
    shared: &'s mut Vec<Shared<'w>>,
    allocation: &Rc<Allocation<'w>>,
    numerator: &Linear<'w>,
) -> &'s mut Linear<'w> {
    let key = |own: &Shared<'w>| {
        let terms = own.key.terms.iter().zip(&allocation.key.terms);
        own.key.terms.len() == allocation.key.terms.len()
            && terms.into_iter().all(|(a, b)| a.flow.source == b.flow.source && a.factor == b.factor)
    };
    let index = match shared.iter().position(key) {
        Some(index) => index,
        None => {
            let amount = Linear { terms: Vec::new(), constants: Vec::new(), ..numerator.clone() };
            shared.push(Shared { amount, key: allocation.key.clone() });
            shared.len() - 1
        }
    };
    &mut shared[index].amount
}

/// Whether an allocation divides over a label.
fn reaches(allocation: &Option<Rc<Allocation<'_>>>, label: &str) -> bool {
    allocation
        .as_ref()
        .is_some_and(|allocation| allocation.over.is_empty() || allocation.over.iter().any(|own| own == label))
}

fn fixed_by(label: &str, place: Place, fixed: &Fixed<'_>, key: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        codes::FIXED_COST_BY,
        format!("a fixed amount cannot be broken down by `{label}`"),
        place,
        "each value of the label would be charged all of it",
    )
    .label(fixed.place, "the fixed amount");
    match &fixed.declared {
        Some(cost) => diagnostic.help(format!(
            "say in which proportion the values share it: `by {label} allocate {cost} by {key}`; or leave it out"
        )),
        None => diagnostic.help("leave it out of this objective, or judge the service as a whole"),
    }
}

fn warn_of_unbounded(checker: &Checker<'_>, label: &str, place: Place, term: &LinearTerm<'_>) {
    if let LabelSet::Series { declared, .. } | LabelSet::Query(declared) = &term.flow.labels
        && declared.iter().any(|own| own.name.text == label && own.unbounded)
    {
        checker.report(
            Diagnostic::warning(
                codes::UNBOUNDED_LABEL,
                format!("`{label}` can have any number of values"),
                place,
                "one objective for each value",
            )
            .help("break down by a label with few values, such as the model or the team"),
        );
    }
}
