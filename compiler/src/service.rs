//! A service: its members evaluated, each once and only when something needs it.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

use farthing_grammar::{Exclude, Member, MemberKind, Name, Objective, PolicyUse, Text};
use farthing_plan::{self as plan, Exact, Labels, Matcher, Monomial, Polynomial, Source, Unit};

use crate::{
    check::{Checker, Members, Scope},
    diagnostics::{Diagnostic, codes, suggest},
    modules::{Binding, ModuleId, duplicate},
    reported::{Checked, Reported},
    sources::Place,
    tradeoff,
    units::currency_of,
    value::{BaseFlow, Linear, TableUse, Value},
};

/// A service as it is being checked.
pub(crate) struct Service<'c, 'w> {
    checker: &'c Checker<'w>,
    pub module: ModuleId,
    pub name: &'w Name,
    by_name: HashMap<&'w str, &'w Member>,
    matchers: Vec<(Matcher, Place)>,
    values: RefCell<HashMap<&'w str, Checked<Value<'w>>>>,
    /// The members that are being evaluated: one that meets itself is a cycle.
    open: RefCell<Vec<&'w str>>,
    /// What is said about the whole service.
    pub about: About<'w>,
    pub objectives: Vec<(&'w Objective, Option<String>)>,
    pub exclusions: Vec<&'w Exclude>,
    pub spendings: Vec<&'w Member>,
    pub tradeoffs: Vec<&'w Member>,
}

/// Title, owner and what reaches the alerts: of a service or an objective.
#[derive(Clone, Default)]
pub(crate) struct About<'w> {
    pub title: Option<&'w Text>,
    pub owner: Option<&'w Text>,
    pub runbook: Option<&'w Text>,
    pub labels: Labels,
    pub annotations: Labels,
    pub policy: Option<&'w PolicyUse>,
}

fn member_name(member: &Member) -> Option<&Name> {
    match &member.kind {
        MemberKind::Cost { name, .. } | MemberKind::Volume { name, .. } => Some(name),
        MemberKind::Sli(sli) => Some(&sli.name),
        MemberKind::Objective(objective) => Some(&objective.name),
        MemberKind::Tradeoff { name, .. } => name.as_ref(),
        _ => None,
    }
}

impl<'c, 'w> Service<'c, 'w> {
    pub fn new(checker: &'c Checker<'w>, module: ModuleId, name: &'w Name, members: &'w [Member]) -> Self {
        let mut service = Service {
            checker,
            module,
            name,
            by_name: HashMap::new(),
            matchers: Vec::new(),
            values: RefCell::default(),
            open: RefCell::default(),
            about: About::default(),
            objectives: Vec::new(),
            exclusions: Vec::new(),
            spendings: Vec::new(),
            tradeoffs: Vec::new(),
        };
        for member in members {
            service.take(member);
        }
        service
    }

    fn take(&mut self, member: &'w Member) {
        let checker = self.checker;
        let module = self.module;
        if let Some(name) = member_name(member) {
            let place = checker.place(module, name.span);
            if let Some(first) = self.by_name.get(name.text.as_str()) {
                let first = member_name(first).map_or(first.span, |name| name.span);
                checker.report(duplicate(&name.text, checker.place(module, first), place));
                return;
            }
            self.by_name.insert(&name.text, member);
        }
        let place = checker.place(module, member.span);
        match &member.kind {
            MemberKind::Title(text) => set_once(checker, &mut self.about.title, text, "title", place),
            MemberKind::Owner(text) => set_once(checker, &mut self.about.owner, text, "owner", place),
            MemberKind::Runbook(text) => set_once(checker, &mut self.about.runbook, text, "runbook", place),
            MemberKind::Policy(policy) => set_once(checker, &mut self.about.policy, policy, "policy", place),
            MemberKind::Labels(pairs) => add_labels(checker, module, &mut self.about.labels, pairs),
            MemberKind::Annotations(pairs) => add_annotations(checker, module, &mut self.about.annotations, pairs),
            MemberKind::Where(selector) => {
                for condition in &selector.matchers {
                    let _ = checker.check_patterns(module, condition);
                    self.matchers.push((checker.matcher(condition), checker.place(module, condition.span)));
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
            MemberKind::Objective(objective) => self.objectives.push((objective, member.doc.clone())),
            MemberKind::Tradeoff { name, .. } => {
                if name.is_none()
                    && let Some(first) = self.by_name.insert(tradeoff::UNNAMED, member)
                {
                    let first = member_name(first).map_or(first.span, |name| name.span);
                    checker.report(
                        duplicate(tradeoff::UNNAMED, checker.place(module, first), place).help(
                            "a trade-off without a name has this one: give it another, `tradeoff balanced { ... }`",
                        ),
                    );
                }
                self.tradeoffs.push(member);
            }
            MemberKind::Spend { .. } => self.spendings.push(member),
            MemberKind::Exclude(exclude) => self.exclusions.push(exclude),
            MemberKind::Broken { name: Some(name) } => {
                // What could not be read is no unknown name.
                self.by_name.entry(&name.text).or_insert(member);
            }
            MemberKind::Broken { name: None }
            | MemberKind::Cost { .. }
            | MemberKind::Volume { .. }
            | MemberKind::Sli(_) => {}
        }
    }

    pub fn scope(&self) -> Scope<'_, 'w> {
        Scope { module: self.module, service: Some(self), parameters: &[], event: None, matchers: &self.matchers }
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
        let is_objective = self.objectives.iter().any(|(own, _)| own.name.text == name.text);
        let is_broken =
            self.by_name.get(name.text.as_str()).is_some_and(|own| matches!(own.kind, MemberKind::Broken { .. }));
        if is_objective || is_broken {
            // What is wrong with it is said already.
            return Err(Reported);
        }
        let known: Vec<&str> = self.objectives.iter().map(|(own, _)| own.name.text.as_str()).collect();
        let place = checker.place(self.module, name.span);
        let message = format!("`{}` has no objective `{}`", self.name.text, name.text);
        let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, message, place, "not an objective");
        Err(checker.report(match suggest::nearest(&name.text, known.iter().copied()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(place, near),
            None if known.is_empty() => diagnostic.help(format!("declare it: `objective {} {{ ... }}`", name.text)),
            None => diagnostic.help(format!("there is {}", suggest::one_of(&known))),
        }))
    }

    /// Evaluates what no objective uses, so that its mistakes are not silent.
    pub fn check_all(&self, members: &'w [Member]) {
        for member in members {
            let evaluated =
                matches!(member.kind, MemberKind::Cost { .. } | MemberKind::Volume { .. } | MemberKind::Sli(_));
            if let (true, Some(name)) = (evaluated, member_name(member)) {
                let _ = self.value(&name.text, self.checker.place(self.module, name.span));
            }
        }
    }

    fn evaluate(&self, member: &'w Member) -> Checked<Value<'w>> {
        let scope = self.scope();
        match &member.kind {
            MemberKind::Cost { name, value } => {
                let found = self.checker.expression(&scope, value)?;
                let linear = self.flow(found, self.checker.place(self.module, value.span), "a cost")?;
                if linear.unit.0.len() != 1 || currency_of(&linear.unit).is_none() {
                    let unit = linear.seen_unit();
                    let place = self.checker.place(self.module, value.span);
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
                let linear = self.flow(found, self.checker.place(self.module, value.span), "a volume")?;
                self.checker.check_tables(&linear)?;
                Ok(Value::Measured(declared(linear, &name.text, &member.doc)))
            }
            MemberKind::Sli(sli) if sli.parameters.is_empty() => self.checker.expression(&scope, &sli.value),
            MemberKind::Objective(objective) => {
                let place = self.checker.place(self.module, objective.name.span);
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
                    self.checker.place(self.module, span),
                    "declared here",
                )))
            }
            _ => Err(Reported),
        }
    }

    /// `cost workers = workers * ...`, where a gauge `workers` is meant, is the usual way into a cycle of one.
    fn cycle_help(&self, name: &str, of_itself: bool) -> String {
        match self.checker.world.module(self.module).names.get(name) {
            Some(Binding::Item(_)) if of_itself => {
                format!("it hides the `{name}` that the file declares: give it another name")
            }
            _ => "write one of them in terms of metrics".to_string(),
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

impl<'w> Members<'w> for Service<'_, 'w> {
    fn value(&self, name: &str, used_at: Place) -> Option<Checked<Value<'w>>> {
        let member = *self.by_name.get(name)?;
        let Some(name) = member_name(member) else {
            // It could not be read, which is said already; or it is a trade-off.
            return Some(self.evaluate(member));
        };
        if let Some(found) = self.values.borrow().get(name.text.as_str()) {
            return Some(found.clone());
        }
        if self.open.borrow().contains(&name.text.as_str()) {
            let declared = self.checker.place(self.module, name.span);
            let open = self.open.borrow();
            let from = open.iter().position(|own| *own == name.text).unwrap_or(0);
            let line: Vec<&str> = open[from..].iter().copied().chain([name.text.as_str()]).collect();
            return Some(Err(self.checker.report(
                Diagnostic::error(
                    codes::CYCLE,
                    format!("`{}` is defined by itself: {}", name.text, line.join(" -> ")),
                    declared,
                    "needs its own value",
                )
                .label(used_at, "needed here")
                .help(self.cycle_help(&name.text, line.len() == 2)),
            )));
        }
        self.open.borrow_mut().push(&name.text);
        let found = self.evaluate(member);
        self.open.borrow_mut().pop();
        self.values.borrow_mut().insert(&name.text, found.clone());
        Some(found)
    }

    fn member(&self, name: &str) -> Option<&'w Member> {
        self.by_name.get(name).copied()
    }

    fn names(&self) -> Vec<&'w str> {
        let mut names: Vec<&str> = self.by_name.keys().copied().collect();
        names.sort_unstable();
        names
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

pub(crate) fn set_once<'w, T>(checker: &Checker<'w>, slot: &mut Option<&'w T>, value: &'w T, what: &str, place: Place) {
    if slot.is_some() {
        checker.report(
            Diagnostic::error(codes::STATED_TWICE, format!("the {what} is stated twice"), place, "stated again here")
                .help("keep one of them"),
        );
        return;
    }
    *slot = Some(value);
}

/// Labels that rules and alerts set themselves: nothing can be broken down by them, and no owner can set them.
pub(crate) const RESERVED: [&str; 12] = [
    "alertname",
    "calendar",
    "corner",
    "flow",
    "indicator",
    "long_window",
    "objective",
    "period",
    "service",
    "severity",
    "short_window",
    "tradeoff",
];

/// Annotations that alerts have themselves.
const RESERVED_ANNOTATIONS: [&str; 4] = ["description", "look_at", "runbook_url", "summary"];

pub(crate) fn add_labels(
    checker: &Checker<'_>,
    module: ModuleId,
    into: &mut BTreeMap<String, String>,
    pairs: &[(Name, Text)],
) {
    add_pairs(checker, module, into, pairs, &RESERVED, "label");
}

pub(crate) fn add_annotations(
    checker: &Checker<'_>,
    module: ModuleId,
    into: &mut BTreeMap<String, String>,
    pairs: &[(Name, Text)],
) {
    add_pairs(checker, module, into, pairs, &RESERVED_ANNOTATIONS, "annotation");
}

fn add_pairs(
    checker: &Checker<'_>,
    module: ModuleId,
    into: &mut BTreeMap<String, String>,
    pairs: &[(Name, Text)],
    reserved: &[&str],
    what: &str,
) {
    for (index, (name, text)) in pairs.iter().enumerate() {
        let place = checker.place(module, name.span);
        if let Some((first, _)) = pairs[..index].iter().find(|(own, _)| own.text == name.text) {
            checker.report(duplicate(&name.text, checker.place(module, first.span), place));
            continue;
        }
        if reserved.contains(&name.text.as_str()) {
            checker.report(
                Diagnostic::error(
                    codes::RESERVED_LABEL,
                    format!("alerts set the {what} `{}` themselves", name.text),
                    place,
                    "reserved",
                )
                .help("choose another name"),
            );
            continue;
        }
        into.insert(name.text.clone(), text.value.clone());
    }
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
