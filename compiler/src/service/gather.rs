//! What a service is made of: its own declarations and, where it is an instance, those of its template.

use std::{collections::HashMap, mem, rc::Rc};

use farthing_grammar::{Member, MemberKind};
use farthing_plan::Matcher;

use super::{
    About, Home, Placed, Promise, Service, add_annotations, add_labels, declared_name, kind, member_name, set_once,
};
use crate::{
    check::Scope,
    diagnostics::{Diagnostic, codes},
    modules::duplicate,
    sources::Place,
    tradeoff,
};

/// A service while its declarations are gathered.
pub(super) struct Gathered<'c, 'w> {
    service: Service<'c, 'w>,
    by_name: HashMap<&'w str, Placed<'w>>,
    matchers: Vec<(Matcher, Place)>,
    /// The declarations of an instance that stand for one of its template.
    standing: Vec<&'w Member>,
}

impl<'c, 'w> Gathered<'c, 'w> {
    pub(super) fn new(service: Service<'c, 'w>) -> Self {
        Gathered { service, by_name: HashMap::new(), matchers: Vec::new(), standing: Vec::new() }
    }

    /// The service with its declarations, and those of its template.
    pub(super) fn all(mut self, own: &'w [Member]) -> Service<'c, 'w> {
        if let Some(template) = self.service.template.clone() {
            for member in template.members {
                let is_broken = matches!(member.kind, MemberKind::Broken { .. });
                let name = declared_name(member).filter(|_| !is_broken);
                let stands_for = |other: &Member| name.is_some() && declared_name(other) == name;
                match own.iter().find(|other| stands_for(other)) {
                    // Where it stood in the template, so that what stands above it still does.
                    Some(other) => self.stand_for(member, other),
                    None => self.take(Home::Template, member),
                }
            }
            let said = mem::take(&mut self.service.about);
            let from_template = mem::take(&mut self.matchers);
            self.take_own(own);
            self.add_template(said, from_template);
        } else {
            self.take_own(own);
        }
        self.service.by_name = Rc::new(self.by_name);
        self.service.matchers = Rc::new(self.matchers);
        self.service
    }

    fn take_own(&mut self, own: &'w [Member]) {
        for member in own {
            if !self.standing.iter().any(|own| std::ptr::eq(*own, member)) {
                self.take(Home::Own, member);
            }
        }
    }

    /// What the template says and the instance does not.
    fn add_template(&mut self, said: About<'w>, matchers: Vec<(Matcher, Place)>) {
        let about = &mut self.service.about;
        about.title = about.title.take().or(said.title);
        about.owner = about.owner.take().or(said.owner);
        about.runbook = about.runbook.take().or(said.runbook);
        if about.policy.is_none() {
            (about.policy, about.policy_home) = (said.policy, said.policy_home);
        }
        for (name, value) in said.labels {
            about.labels.entry(name).or_insert(value);
        }
        for (name, value) in said.annotations {
            about.annotations.entry(name).or_insert(value);
        }
        let own = mem::take(&mut self.matchers);
        let kept =
            matchers.into_iter().filter(|(matcher, _)| !own.iter().any(|(other, _)| other.label == matcher.label));
        self.matchers = kept.collect();
        self.matchers.extend(own);
    }

    /// A declaration of an instance in place of the template's.
    fn stand_for(&mut self, template: &'w Member, own: &'w Member) {
        self.standing.push(own);
        let is_broken = matches!(own.kind, MemberKind::Broken { .. });
        if !is_broken && mem::discriminant(&template.kind) != mem::discriminant(&own.kind) {
            let name = declared_name(own).unwrap_or("");
            let place = |service: &Service<'c, 'w>, home, member: &Member| {
                let span = member_name(member).map_or(member.span, |name| name.span);
                service.checker.place(service.module_of(home), span)
            };
            self.service.checker.report(
                Diagnostic::error(
                    codes::TEMPLATE,
                    format!("`{name}` is {} in the template, and {} here", kind(template), kind(own)),
                    place(&self.service, Home::Own, own),
                    format!("{} here", kind(own)),
                )
                .label(place(&self.service, Home::Template, template), format!("{} here", kind(template)))
                .help("what stands for a declaration of the template is of the same kind: give this one another name"),
            );
            return self.take(Home::Template, template);
        }
        self.take(Home::Own, own);
    }

    fn take(&mut self, home: Home, member: &'w Member) {
        let service = &mut self.service;
        let (checker, module) = (service.checker, service.module_of(home));
        if let Some(name) = member_name(member) {
            let place = checker.place(module, name.span);
            if let Some(first) = self.by_name.get(name.text.as_str()) {
                let span = member_name(first.member).map_or(first.member.span, |name| name.span);
                checker.report(duplicate(&name.text, checker.place(service.module_of(first.home), span), place));
                return;
            }
            self.by_name.insert(&name.text, Placed { home, member });
        }
        let place = checker.place(module, member.span);
        let template = service.template.clone().filter(|_| home == Home::Template);
        let scope = Scope { template: template.as_deref(), ..Scope::of_module(module) };
        let about = &mut service.about;
        match &member.kind {
            MemberKind::Title(text) => set_once(checker, &mut about.title, scope.filled(text), "title", place),
            MemberKind::Owner(text) => set_once(checker, &mut about.owner, scope.filled(text), "owner", place),
            MemberKind::Runbook(text) => set_once(checker, &mut about.runbook, scope.filled(text), "runbook", place),
            MemberKind::Policy(policy) => {
                about.policy_home = Some(home);
                set_once(checker, &mut about.policy, policy, "policy", place);
            }
            MemberKind::Labels(pairs) => add_labels(checker, &scope, &mut about.labels, pairs),
            MemberKind::Annotations(pairs) => add_annotations(checker, &scope, &mut about.annotations, pairs),
            MemberKind::Where(selector) => {
                for condition in &selector.matchers {
                    if let Ok(condition) = checker.with_texts(&scope, condition) {
                        let _ = checker.check_patterns(module, &condition);
                        self.matchers.push((checker.matcher(&condition), checker.place(module, condition.span)));
                    }
                }
            }
            MemberKind::Sli(sli) if !sli.parameters.is_empty() => {
                let place = checker.place(module, sli.name.span);
                checker.report(
                    Diagnostic::error(
                        codes::ARGUMENTS,
                        "an sli of a service has no parameters",
                        place,
                        "declared with parameters",
                    )
                    .help("move it out of the service, to the top level of the file"),
                );
            }
            MemberKind::Objective(syntax) => {
                service.objectives.push(Promise { home, syntax, doc: member.doc.clone() });
            }
            MemberKind::Tradeoff { name, .. } => {
                if name.is_none()
                    && let Some(first) = self.by_name.insert(tradeoff::UNNAMED, Placed { home, member })
                {
                    let span = member_name(first.member).map_or(first.member.span, |name| name.span);
                    let first = checker.place(service.module_of(first.home), span);
                    checker.report(
                        duplicate(tradeoff::UNNAMED, first, place).help(
                            "a trade-off without a name has this one: give it another, `tradeoff balanced { ... }`",
                        ),
                    );
                }
                service.tradeoffs.push((home, member));
            }
            MemberKind::Spend { .. } => service.spendings.push((home, member)),
            MemberKind::Exclude(exclude) => service.exclusions.push((home, exclude)),
            MemberKind::Broken { name: Some(name) } => {
                // What could not be read is no unknown name.
                self.by_name.entry(&name.text).or_insert(Placed { home, member });
            }
            MemberKind::Broken { name: None }
            | MemberKind::Cost { .. }
            | MemberKind::Volume { .. }
            | MemberKind::Sli(_) => {}
        }
    }
}
