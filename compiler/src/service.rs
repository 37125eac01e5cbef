//! A service: its members evaluated, each once and only when something needs it.

mod gather;
mod labels;

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    rc::Rc,
};

use farthing_grammar::{Exclude, Expr, Member, MemberKind, Name, Objective, PolicyUse, Span};
use farthing_plan::{self as plan, Exact, Labels, Matcher, Monomial, Polynomial, Source, Unit};

use self::gather::Gathered;
pub(crate) use self::labels::{RESERVED, add_annotations, add_labels};
use crate::{
    check::{Checker, KeptByName, Members, Scope},
    diagnostics::{Diagnostic, codes, suggest},
    hidden,
    modules::ModuleId,
    reported::{Checked, Reported},
    sources::Place,
    template::Bound,
    tradeoff,
    units::currency_of,
    value::{BaseFlow, Linear, TableUse, Value},
};

/// Which text of a service something stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// The service's own, or that of an instance.
    Own,
    /// That of the template which an instance is made of.
    Template,
}

/// A named declaration of a service.
#[derive(Clone, Copy)]
struct Placed<'w> {
    home: Home,
    member: &'w Member,
}

/// An objective of a service.
#[derive(Clone)]
pub(crate) struct Promise<'w> {
    pub home: Home,
    pub syntax: &'w Objective,
    pub doc: Option<String>,
}

/// A service as it is being checked. An instance of a template is made of two texts, in which names mean different things.
#[derive(Clone)]
pub(crate) struct Service<'c, 'w> {
    checker: &'c Checker<'w>,
    /// The module of the text that it is seen from.
    pub module: ModuleId,
    home: Home,
    own: ModuleId,
    template: Option<Rc<Bound<'w>>>,
    pub name: &'w Name,
    by_name: Rc<HashMap<&'w str, Placed<'w>>>,
    matchers: Rc<Vec<(Matcher, Place)>>,
    values: Rc<RefCell<HashMap<&'w str, Checked<Value<'w>>>>>,
    kept: Rc<RefCell<KeptByName<'w>>>,
    /// The members that are being evaluated: one that meets itself is a cycle.
    open: Rc<RefCell<Vec<&'w str>>>,
    /// What members and objectives refer to.
    used: Rc<RefCell<HashSet<String>>>,
    /// What is said about the whole service.
    pub about: About<'w>,
    pub objectives: Vec<Promise<'w>>,
    /// Each with the text that it stands in, as the two below.
    pub exclusions: Vec<(Home, &'w Exclude)>,
    pub spendings: Vec<(Home, &'w Member)>,
    pub tradeoffs: Vec<(Home, &'w Member)>,
}

/// Title, owner and what reaches the alerts: of a service or an objective.
#[derive(Clone, Default)]
pub(crate) struct About<'w> {
    pub title: Option<String>,
    pub owner: Option<String>,
    pub runbook: Option<String>,
    pub labels: Labels,
    pub annotations: Labels,
    pub policy: Option<&'w PolicyUse>,
    /// Where the policy of a service stands.
    policy_home: Option<Home>,
}

pub(crate) fn member_name(member: &Member) -> Option<&Name> {
    match &member.kind {
        MemberKind::Cost { name, .. } | MemberKind::Volume { name, .. } => Some(name),
        MemberKind::Sli(sli) => Some(&sli.name),
        MemberKind::Objective(objective) => Some(&objective.name),
        MemberKind::Tradeoff { name, .. } => name.as_ref(),
        _ => None,
    }
}

/// The name of a declaration, also of one that could not be read or states none.
fn declared_name(member: &Member) -> Option<&str> {
    match &member.kind {
        MemberKind::Broken { name } => name.as_ref().map(|name| name.text.as_str()),
        MemberKind::Tradeoff { name: None, .. } => Some(tradeoff::UNNAMED),
        _ => member_name(member).map(|name| name.text.as_str()),
    }
}

impl<'c, 'w> Service<'c, 'w> {
    pub fn new(checker: &'c Checker<'w>, module: ModuleId, name: &'w Name, members: &'w [Member]) -> Self {
        Service::of(checker, module, name, members, None)
    }

    /// An instance of a template. Its own declarations stand for those of the template with the same names.
    pub fn instance(
        checker: &'c Checker<'w>,
        module: ModuleId,
        name: &'w Name,
        members: &'w [Member],
        template: Rc<Bound<'w>>,
    ) -> Self {
        Service::of(checker, module, name, members, Some(template))
    }

    fn of(
        checker: &'c Checker<'w>,
        own: ModuleId,
        name: &'w Name,
        members: &'w [Member],
        template: Option<Rc<Bound<'w>>>,
    ) -> Self {
        let service = Service {
            checker,
            module: own,
            home: Home::Own,
            own,
            template,
            name,
            by_name: Rc::default(),
            matchers: Rc::default(),
            values: Rc::default(),
            kept: Rc::default(),
            open: Rc::default(),
            used: Rc::default(),
            about: About::default(),
            objectives: Vec::new(),
            exclusions: Vec::new(),
            spendings: Vec::new(),
            tradeoffs: Vec::new(),
        };
        Gathered::new(service).all(members)
    }

    /// The template that it is made of.
    pub fn template(&self) -> Option<&Bound<'w>> {
        self.template.as_deref()
    }

    /// The labels of all of its alerts: its own, and the owner.
    pub fn alert_labels(&self) -> Labels {
        let mut labels = self.about.labels.clone();
        labels.extend(self.about.owner.clone().map(|owner| ("owner".to_string(), owner)));
        labels
    }

    /// The same service, seen from one of its texts.
    pub fn seen_from(&self, home: Home) -> Self {
        Service { module: self.module_of(home), home, ..self.clone() }
    }

    /// The module of one of its texts.
    pub fn module_of(&self, home: Home) -> ModuleId {
        match (home, &self.template) {
            (Home::Template, Some(template)) => template.id.module,
            _ => self.own,
        }
    }

    pub fn scope(&self) -> Scope<'_, 'w> {
        self.scope_of(self.home)
    }

    fn scope_of(&self, home: Home) -> Scope<'_, 'w> {
        let template = self.template.as_deref().filter(|_| home == Home::Template);
        Scope {
            module: self.module_of(home),
            service: Some(self),
            parameters: template.map_or(&[], |template| &template.numbers),
            event: None,
            template,
            matchers: &self.matchers,
        }
    }

    /// The policy of the service, and where its names are looked up.
    pub fn policy(&self) -> (Option<&'w PolicyUse>, Scope<'_, 'w>) {
        (self.about.policy, self.scope_of(self.about.policy_home.unwrap_or(self.home)))
    }

    /// A promise as people read it.
    pub fn told(&self, line: String) -> String {
        match &self.template {
            Some(template) if self.home == Home::Template => template.told(&line),
            _ => line,
        }
    }

    /// What is declared in it, whether something in it refers to that, and in which module it stands.
    pub fn members(&self) -> impl Iterator<Item = (&'w Member, bool, ModuleId)> {
        self.by_name
            .iter()
            .map(|(name, placed)| (placed.member, self.used.borrow().contains(*name), self.module_of(placed.home)))
    }

    /// Where its policy stands.
    pub fn policy_place(&self) -> Option<Place> {
        let (policy, scope) = self.policy();
        policy.map(|policy| self.checker.place(scope.module, policy_span(policy)))
    }

    /// The objective that another statement names; several where classes have their own targets, and then one of them.
    pub fn objective_named<'p>(
        &self,
        checker: &Checker<'w>,
        name: &Name,
        lowered: &'p [plan::Objective],
    ) -> Checked<&'p plan::Objective> {
        if let Some(found) = lowered.iter().find(|objective| objective.name == name.text) {
            return Ok(found);
        }
        let is_objective = self.objectives.iter().any(|own| own.syntax.name.text == name.text);
        let is_broken = self
            .by_name
            .get(name.text.as_str())
            .is_some_and(|own| matches!(own.member.kind, MemberKind::Broken { .. }));
        if is_objective || is_broken {
            // What is wrong with it is said already.
            return Err(Reported);
        }
        let known: Vec<&str> = self.objectives.iter().map(|own| own.syntax.name.text.as_str()).collect();
        let place = checker.place(self.module, name.span);
        let message = format!("`{}` has no objective `{}`", self.name.text, name.text);
        let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, message, place, "not an objective");
        Err(checker.report(match suggest::nearest(&name.text, known.iter().copied()) {
            Some(near) => diagnostic.did_you_mean(place, near),
            None if known.is_empty() => diagnostic.help(format!("declare it: `objective {} {{ ... }}`", name.text)),
            None => diagnostic.help(format!("there is {}", suggest::one_of(&known))),
        }))
    }

    /// Evaluates what no objective uses, so that its mistakes are not silent.
    pub fn check_all(&self) {
        for (name, _, place) in self.values_declared() {
            let _ = self.member_value(name, place);
        }
    }

    /// The costs, volumes and slis, where they are declared: those of a template first, each text from top to bottom.
    fn values_declared(&self) -> Vec<(&'w str, &'w Member, Place)> {
        let mut found: Vec<(&'w str, Placed<'w>)> = self.by_name.iter().map(|(name, own)| (*name, *own)).collect();
        found.retain(|(_, own)| {
            matches!(own.member.kind, MemberKind::Cost { .. } | MemberKind::Volume { .. } | MemberKind::Sli(_))
        });
        found.sort_unstable_by_key(|(_, own)| (own.home == Home::Own, own.member.span.start));
        let place = |own: Placed<'w>| {
            let span = member_name(own.member).map_or(own.member.span, |name| name.span);
            self.checker.place(self.module_of(own.home), span)
        };
        found.into_iter().map(|(name, own)| (name, own.member, place(own))).collect()
    }

    /// The costs with what they come to and where they are declared, in the order of the texts. That does not count as a
    /// use of them.
    pub fn costs(&self) -> Vec<(&'w str, Linear<'w>, Place)> {
        let costs = self.values_declared().into_iter();
        let costs = costs.filter(|(_, member, _)| matches!(member.kind, MemberKind::Cost { .. }));
        costs
            .filter_map(|(name, _, place)| match self.member_value(name, place) {
                Some(Ok(Value::Measured(linear))) => Some((name, linear, place)),
                _ => None,
            })
            .collect()
    }

    /// Where something with this name is declared.
    pub fn declared_at(&self, name: &str) -> Option<Place> {
        let own = self.by_name.get(name)?;
        Some(self.checker.place(self.module_of(own.home), own.member.span))
    }

    fn evaluate(&self, placed: Placed<'w>) -> Checked<Value<'w>> {
        let scope = self.scope_of(placed.home);
        let (module, member) = (scope.module, placed.member);
        match &member.kind {
            MemberKind::Cost { name, value } => {
                let found = self.checker.expression(&scope, value)?;
                let linear = self.flow(found, self.checker.place(module, value.span), "a cost")?;
                if linear.unit.0.len() != 1 || currency_of(&linear.unit).is_none() {
                    let unit = linear.seen_unit();
                    let place = self.checker.place(module, value.span);
                    let help = not_money_help(&unit);
                    let told = self.checker.derivation(&scope, value, &Value::Measured(linear));
                    return Err(self.checker.report(
                        Diagnostic::error(
                            codes::NOT_MONEY,
                            format!("the cost `{}` is not money, but {unit}", name.text),
                            place,
                            told,
                        )
                        .help(help),
                    ));
                }
                Ok(Value::Measured(declared(linear, &name.text, &member.doc)))
            }
            MemberKind::Volume { name, value } => {
                let found = self.checker.expression(&scope, value)?;
                if matches!(found, Value::Histogram(_)) {
                    return Ok(found);
                }
                let linear = self.flow(found, self.checker.place(module, value.span), "a volume")?;
                self.checker.check_tables(&linear)?;
                Ok(Value::Measured(declared(linear, &name.text, &member.doc)))
            }
            MemberKind::Sli(sli) if sli.parameters.is_empty() => self.checker.expression(&scope, &sli.value),
            MemberKind::Objective(objective)
                if hidden::declaration(self.checker.world, module, &objective.name.text).is_some() =>
            {
                Err(Reported)
            }
            MemberKind::Objective(objective) => {
                let place = self.checker.place(module, objective.name.span);
                Err(self.checker.report(
                    Diagnostic::error(
                        codes::NOT_A_VALUE,
                        format!("`{}` is an objective, not a value", objective.name.text),
                        place,
                        "declared here",
                    )
                    .help("use the sli that it is about"),
                ))
            }
            MemberKind::Tradeoff { name, .. } => {
                let span = name.as_ref().map_or(member.span, |name| name.span);
                let name = name.as_ref().map_or(tradeoff::UNNAMED, |name| name.text.as_str());
                Err(self.checker.report(Diagnostic::error(
                    codes::NOT_A_VALUE,
                    format!("`{name}` is a trade-off, not a value"),
                    self.checker.place(module, span),
                    "declared here",
                )))
            }
            _ => Err(Reported),
        }
    }

    /// A value as a flow.
    fn flow(&self, value: Value<'w>, place: Place, what: &str) -> Checked<Linear<'w>> {
        match self.checker.as_flow(value) {
            Value::Measured(linear) => Ok(linear),
            Value::Constant(constant) => self.checker.rate(&constant, place),
            other => Err(self.checker.report(
                Diagnostic::error(
                    codes::NOT_A_FLOW,
                    format!("{what} accumulates over time, and {} does not", other.describe()),
                    place,
                    format!("this is {}", other.describe()),
                )
                .help("a counter, events, a gauge (by integration) or an amount per time accumulate"),
            )),
        }
    }
}

impl<'w> Service<'_, 'w> {
    /// The value of the cost, volume or sli with this name. That does not count as a use of it.
    pub fn member_value(&self, name: &str, used_at: Place) -> Option<Checked<Value<'w>>> {
        let placed = *self.by_name.get(name)?;
        let Some(name) = member_name(placed.member) else {
            // It could not be read, which is said already; or it is a trade-off.
            return Some(self.evaluate(placed));
        };
        if let Some(found) = self.values.borrow().get(name.text.as_str()) {
            return Some(found.clone());
        }
        if self.open.borrow().contains(&name.text.as_str()) {
            let module = self.module_of(placed.home);
            let open = self.open.borrow();
            let from = open.iter().position(|own| *own == name.text).unwrap_or(0);
            let line: Vec<&str> = open[from..].iter().copied().chain([name.text.as_str()]).collect();
            if line.len() == 2 && hidden::declaration(self.checker.world, module, &name.text).is_some() {
                // What is meant is what it hides, and that it hides it is said already.
                return Some(Err(Reported));
            }
            return Some(Err(self.checker.report(
                Diagnostic::error(
                    codes::CYCLE,
                    format!("`{}` is defined by itself: {}", name.text, line.join(" -> ")),
                    self.checker.place(module, name.span),
                    "needs its own value",
                )
                .label(used_at, "needed here")
                .help("write one of them in terms of metrics"),
            )));
        }
        self.open.borrow_mut().push(&name.text);
        let found = self.evaluate(placed);
        self.open.borrow_mut().pop();
        self.values.borrow_mut().insert(&name.text, found.clone());
        Some(found)
    }
}

impl<'w> Members<'w> for Service<'_, 'w> {
    fn value(&self, name: &str, used_at: Place) -> Option<Checked<Value<'w>>> {
        let value = self.member_value(name, used_at)?;
        self.used.borrow_mut().insert(name.to_string());
        Some(value)
    }

    fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    fn sli(&self, name: &str) -> Option<(Scope<'_, 'w>, &'w Expr)> {
        let placed = self.by_name.get(name)?;
        match &placed.member.kind {
            MemberKind::Sli(sli) => Some((self.scope_of(placed.home), &sli.value)),
            _ => None,
        }
    }

    fn objective(&self, name: &str) -> Option<(Scope<'_, 'w>, &'w Objective)> {
        let placed = self.by_name.get(name)?;
        match &placed.member.kind {
            MemberKind::Objective(objective) => Some((self.scope_of(placed.home), objective)),
            _ => None,
        }
    }

    fn kept(&self) -> &RefCell<KeptByName<'w>> {
        &self.kept
    }

    fn names(&self) -> Vec<&'w str> {
        let mut names: Vec<&str> = self.by_name.keys().copied().collect();
        names.sort_unstable();
        names
    }
}

/// All of it, without its keyword.
pub(crate) fn policy_span(policy: &PolicyUse) -> Span {
    match policy {
        PolicyUse::Rules(_, span) => *span,
        PolicyUse::Named(path) => path.span,
    }
}

/// With its article.
pub(crate) fn kind(member: &Member) -> &'static str {
    match member.kind {
        MemberKind::Cost { .. } => "a cost",
        MemberKind::Volume { .. } => "a volume",
        MemberKind::Sli(_) => "an sli",
        MemberKind::Tradeoff { .. } => "a trade-off",
        _ => "an objective",
    }
}

/// The flow of a declaration: what it reads for itself gets its name, and its factor goes into the source.
fn declared<'w>(mut linear: Linear<'w>, name: &str, doc: &Option<String>) -> Linear<'w> {
    let own = linear.terms.iter().filter(|term| term.flow.declared.is_none() && !term.whole).count();
    let unit = linear.unit.clone();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for fixed in linear.constants.iter_mut().filter(|fixed| fixed.declared.is_none()) {
        fixed.declared = Some(name.to_string());
    }
    for used in linear.tables.iter_mut().filter(|used| used.cost.is_none()) {
        *used = Rc::new(TableUse { cost: Some(name.to_string()), ..(**used).clone() });
    }
    // What others are selected of is read as it is.
    for term in linear.terms.iter_mut().filter(|term| term.flow.declared.is_none() && !term.whole) {
        let count = seen.entry(term.flow.hint.clone()).or_default();
        *count += 1;
        let name = match (own, *count) {
            (1, _) => name.to_string(),
            (_, 1) => format!("{name}:{}", term.flow.hint),
            (_, count) => format!("{name}:{}.{count}", term.flow.hint),
        };
        let mut flow: BaseFlow<'w> = (*term.flow).clone();
        flow.source = scaled(flow.source, &term.factor);
        flow.declared = Some(name);
        flow.unit = unit.clone();
        flow.doc = doc.clone().or(flow.doc);
        term.factor = Exact::one();
        term.flow = Rc::new(flow);
    }
    linear
}

/// A source that reads `factor` times as much.
fn scaled(source: Source, factor: &Exact) -> Source {
    if factor.is_one() {
        return source;
    }
    match source {
        Source::Counter { metric, matchers, le, scale } => {
            Source::Counter { metric, matchers, le, scale: &scale * factor }
        }
        Source::Gauge { metric, matchers, aggregate, scale } => {
            Source::Gauge { metric, matchers, aggregate, scale: &scale * factor }
        }
        Source::EventCount { event, conditions } => Source::EventSum {
            event,
            value: Polynomial(vec![Monomial { factor: factor.clone(), fields: Vec::new() }]),
            conditions,
        },
        Source::EventSum { event, mut value, conditions } => {
            for monomial in &mut value.0 {
                monomial.factor = &monomial.factor * factor;
            }
            Source::EventSum { event, value, conditions }
        }
        Source::Query { query_kind, query, labels, scale } => {
            Source::Query { query_kind, query, labels, scale: &scale * factor }
        }
        // Time is only ever counted by objectives, which do not scale it.
        time @ Source::GaugeTime { .. } => time,
    }
}

pub(crate) fn set_once<T>(checker: &Checker<'_>, slot: &mut Option<T>, value: T, what: &str, place: Place) {
    if slot.is_some() {
        checker.report(
            Diagnostic::error(codes::STATED_TWICE, format!("the {what} is stated twice"), place, "stated again here")
                .help("keep one of them"),
        );
        return;
    }
    *slot = Some(value);
}

/// What is missing until a cost is money.
fn not_money_help(unit: &Unit) -> String {
    let mut rest = unit.clone();
    rest.0.retain(|base, _| base != "s" && currency_of(&Unit::base(base)).is_none());
    let is_priced = currency_of(unit).is_some();
    match rest.0.iter().next() {
        Some((base, 1)) if is_priced => {
            format!("the price does not say that it is for each {base}: write `per {base} hour` in place of `per hour`")
        }
        Some((base, -1)) if is_priced => format!("this is a price for each {base}: multiply it by what is used"),
        _ => "multiply by a price, such as `$2.49 per gpu hour`, until only a currency is left".to_string(),
    }
}
