//! Promises that can be kept while what matters gets worse.

use std::collections::HashMap;

use farthing_grammar::{Instrument, ItemKind, Period as PeriodSyntax, StatementKind};
use farthing_plan::{
    self as plan, Comparison, Condition, CornerKind, Derivation, Event, FieldKind, Flow, Form, Indicator, Objective,
    Period, Polynomial, Role, Source, Unit,
};

use crate::{
    check::Checker,
    diagnostics::{Diagnostic, codes, suggest},
    modules::{ModuleId, World},
    service::{Promise, Service, policy_span},
    sources::Place,
    units::currency_of,
};

/// Values of labels that tell of failures.
const FAILED: [&str; 15] = [
    "abort",
    "aborted",
    "canceled",
    "cancelled",
    "error",
    "errors",
    "fail",
    "failed",
    "failure",
    "given_up",
    "rejected",
    "repetition",
    "timed_out",
    "timeout",
    "unavailable",
];

/// What grows without anybody getting more.
const GAMEABLE: [&str; 6] = ["attempt", "call", "iteration", "output_token", "retry", "step"];

/// The longest period for which people commonly keep series, in days.
const KEPT_DAYS: u64 = 90;

/// What an objective is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Cost,
    Latency,
    Quality,
    /// Hardware and how it is used.
    Hardware,
}

/// An objective of a plan with what it was read from.
struct Found<'a, 'w> {
    promise: &'a Promise<'w>,
    module: ModuleId,
    objective: &'a Objective,
    /// What is divided by what, before it is standardized, compared with another or looked at in its peak.
    indicator: &'a Indicator,
    is_peak: bool,
    about: About,
}

/// The declarations of metrics by the names of their series, and the modules that they stand in.
pub(crate) type Metrics<'w> = HashMap<&'w str, (ModuleId, &'w Instrument)>;

/// All metrics that are declared; of two declarations of one metric, the first.
pub(crate) fn metrics(world: &World) -> Metrics<'_> {
    let mut metrics = Metrics::new();
    for (index, module) in world.modules.iter().enumerate() {
        for item in &module.tree.items {
            if let ItemKind::Instrument(own) = &item.kind {
                metrics.entry(&own.metric.value).or_insert((ModuleId(index), own));
            }
        }
    }
    metrics
}

/// What the lints look into.
struct Lints<'a, 'w> {
    checker: &'a Checker<'w>,
    metrics: &'a Metrics<'w>,
    flows: HashMap<&'a str, &'a Flow>,
    events: &'a [Event],
}

/// Warns of a service's objectives.
pub(crate) fn service<'w>(
    checker: &Checker<'w>,
    metrics: &Metrics<'w>,
    service: &Service<'_, 'w>,
    plan: &plan::Service,
    events: &[Event],
) {
    let flows = plan.flows.iter().map(|flow| (flow.id.as_str(), flow)).collect();
    let lints = Lints { checker, metrics, flows, events };
    let indicators: HashMap<&str, &Indicator> = plan.indicators.iter().map(|own| (own.id.as_str(), own)).collect();
    let mut objectives: HashMap<&str, &Objective> = HashMap::new();
    for own in plan.objectives.iter().filter(|own| own.role == Role::Promise) {
        // One for each class is one promise.
        objectives.entry(&own.name).or_insert(own);
    }
    let mut found = Vec::new();
    for promise in &service.objectives {
        let Some(objective) = objectives.get(promise.syntax.name.text.as_str()) else { continue };
        let Some(measured) = indicators.get(objective.indicator.as_str()) else { continue };
        let indicator = plain(measured, &indicators);
        let module = service.module_of(promise.home);
        // Who makes it a corner of a trade-off says what it is about.
        let mut corners = plan.tradeoffs.iter().flat_map(|tradeoff| &tradeoff.corners);
        let about = match corners.find(|corner| corner.objective == objective.id).map(|corner| corner.kind) {
            Some(CornerKind::Cost) => About::Cost,
            Some(CornerKind::Latency) => About::Latency,
            Some(CornerKind::Quality) => About::Quality,
            None => lints.about(objective, indicator),
        };
        let is_peak = matches!(measured.derivation, Some(Derivation::Peak { .. }));
        found.push(Found { promise, module, objective, indicator, is_peak, about });
    }
    for one in &found {
        lints.no_value(one);
        lints.per_attempt(one);
        lints.unwatched(one, service);
        lints.long_period(one);
    }
    lints.cost_alone(&found);
    lints.gameable(&found);
}

/// The indicator that one follows from, which is added up from flows.
fn plain<'a>(indicator: &'a Indicator, all: &HashMap<&str, &'a Indicator>) -> &'a Indicator {
    let of = match &indicator.derivation {
        None => return indicator,
        Some(
            Derivation::Standardized { of, .. }
            | Derivation::Allocated { of, .. }
            | Derivation::Relative { of, .. }
            | Derivation::Peak { of, .. },
        ) => of,
    };
    all.get(of.as_str()).map_or(indicator, |of| plain(of, all))
}

impl Lints<'_, '_> {
    fn about(&self, objective: &Objective, indicator: &Indicator) -> About {
        let (numerator, denominator) = (&indicator.numerator.unit, &indicator.denominator.unit);
        match &objective.form {
            Form::Mean { .. } if is_held(denominator) => About::Hardware,
            Form::Mean { .. } if is_money(numerator) || is_money(denominator) => About::Cost,
            Form::Mean { .. } if *numerator == Unit::base("s") => About::Latency,
            Form::Mean { .. } if self.is_work(numerator) => About::Hardware,
            Form::Mean { .. } => About::Quality,
            Form::Share { .. } | Form::Quantile { .. } => {
                // What is bad, and not all: `90% of the time` reads both.
                let flows = indicator.numerator.terms.iter().filter_map(|term| self.flow(&term.flow));
                flows.filter_map(|flow| self.about_source(&flow.source)).next().unwrap_or(About::Quality)
            }
        }
    }

    /// What a share of something is about; `None` where it does not say.
    fn about_source(&self, source: &Source) -> Option<About> {
        match source {
            Source::Counter { metric, le: Some(_), .. } => {
                let unit = self.unit(metric.strip_suffix("_bucket").unwrap_or(metric))?;
                Some(self.about_unit(&unit))
            }
            Source::GaugeTime { metric, when: Some((bad, _)), .. } => {
                let about = self.about_unit(&self.unit(metric)?);
                // Usage is to be low, and a score is to be high.
                let is_low = matches!(bad, Comparison::Greater | Comparison::AtLeast);
                Some(if about == About::Quality && is_low { About::Hardware } else { about })
            }
            Source::EventCount { event, conditions } => conditions.iter().rev().find_map(|condition| match condition {
                Condition::Number { value, .. } => Some(self.about_unit(&self.field_unit(event, value)?)),
                Condition::Label { .. } | Condition::Pattern { .. } => None,
            }),
            _ => None,
        }
    }

    fn about_unit(&self, unit: &Unit) -> About {
        match unit {
            unit if is_money(unit) => About::Cost,
            unit if *unit == Unit::base("s") => About::Latency,
            unit if is_held(unit) || self.is_work(unit) => About::Hardware,
            _ => About::Quality,
        }
    }

    /// Whether it says how much was done or used, and not how well.
    fn is_work(&self, unit: &Unit) -> bool {
        let is_token = |base: &str| self.checker.units.fits(&Unit::base(base), &Unit::base("token"));
        unit.0.keys().any(|base| matches!(base.as_str(), "gpu" | "byte" | "joule") || is_token(base))
    }

    fn flow(&self, id: &str) -> Option<&Flow> {
        self.flows.get(id).copied()
    }

    fn unit(&self, metric: &str) -> Option<Unit> {
        let (module, instrument) = *self.metrics.get(metric)?;
        self.checker.units.expression(module, &instrument.unit).ok().map(|quantity| quantity.unit)
    }

    fn field_unit(&self, event: &str, value: &Polynomial) -> Option<Unit> {
        let event = self.events.iter().find(|own| own.name == event)?;
        event.fields.iter().enumerate().find_map(|(index, field)| match &field.kind {
            FieldKind::Number { unit, .. } => {
                let is_own = matches!(value.0.as_slice(), [one] if one.fields == [index] && one.factor.is_one());
                is_own.then(|| unit.clone())
            }
            FieldKind::Derived { unit, value: own } => (own == value).then(|| unit.clone()),
            _ => None,
        })
    }

    fn place(&self, found: &Found<'_, '_>) -> Place {
        self.checker.place(found.module, found.promise.syntax.name.span)
    }

    fn warn(&self, diagnostic: Diagnostic, help: &str, allow: &str) {
        let code = diagnostic.code;
        let help = format!("{help}\nwhere it is meant so, say why: `// allow {code}: {allow}`");
        self.checker.report(diagnostic.help(help));
    }

    /// A utilization, or the price of what is held.
    fn no_value(&self, found: &Found<'_, '_>) {
        let (numerator, denominator) = (&found.indicator.numerator.unit, &found.indicator.denominator.unit);
        if !matches!(found.objective.form, Form::Mean { .. }) || !is_held(denominator) {
            return;
        }
        let name = &found.objective.name;
        let message = if numerator == denominator {
            format!("`{name}` promises that hardware is used, and not that it does anything of value")
        } else if is_money(numerator) {
            format!("`{name}` promises what hardware costs while it is held, and not what it delivers")
        } else {
            return;
        };
        self.warn(
            Diagnostic::warning(codes::NO_VALUE, message, self.place(found), "nothing of value divides it"),
            "promise what an answer may cost, `gpu / answers <= $0.01 per request`, and keep this as an `sli` to look at",
            "we sell GPU hours",
        );
    }

    /// A cost with nothing beside it.
    fn cost_alone(&self, all: &[Found<'_, '_>]) {
        let Some(first) = all.iter().find(|found| found.about == About::Cost) else {
            return;
        };
        let has = |about: About| all.iter().any(|found| found.about == about);
        let (missing, help) = match (has(About::Latency), has(About::Quality)) {
            (true, true) => return,
            (true, false) => ("not how good", "promise what makes an answer good, such as `99% of all are answers`"),
            (false, true) => ("not how fast", "promise a latency, such as `p95 of vllm::time_to_first_token < 500 ms`"),
            (false, false) => (
                "neither how fast nor how good",
                "promise a latency, `p95 of vllm::time_to_first_token < 500 ms`, and what makes an answer good, `99% of all are answers`",
            ),
        };
        let message = format!("what an answer may cost is promised, and {missing} it must be");
        self.warn(
            Diagnostic::warning(codes::COST_ALONE, message, self.place(first), "the cheapest answer is a bad one"),
            help,
            "the judge comes next quarter",
        );
    }

    /// A cost that is divided by what failed, too.
    fn per_attempt(&self, found: &Found<'_, '_>) {
        let Some(volume) = volume(found) else { return };
        if volume.terms.iter().any(|term| term.factor.is_negative()) {
            return;
        }
        for flow in volume.terms.iter().filter_map(|term| self.flow(&term.flow)) {
            let Some((label, values, declared)) = self.outcomes(&flow.source) else { continue };
            let (failed, good): (Vec<&String>, Vec<&String>) =
                values.iter().partition(|value| FAILED.contains(&value.as_str()));
            let quoted = |values: &[&String]| values.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>();
            let message = format!("`{}` divides by all attempts, also by those that failed", found.objective.name);
            let mut diagnostic = Diagnostic::warning(
                codes::PER_ATTEMPT,
                message,
                self.place(found),
                "each failure makes it look cheaper",
            );
            if let Some(place) = declared {
                diagnostic = diagnostic.label(place, format!("it can be {}", suggest::one_of(&quoted(&failed))));
            }
            let good = quoted(&good).join(" | ");
            let help = format!("count what succeeded: `{{ {label} = {good} }}`");
            self.warn(diagnostic, &help, "a failed attempt is worth as much to us");
            return;
        }
    }

    /// A label that tells failures apart and that a source does not select by: its name, its values, and where it is
    /// declared.
    fn outcomes(&self, source: &Source) -> Option<(String, Vec<String>, Option<Place>)> {
        let tells = |values: &[String]| {
            let is_failed = |value: &String| FAILED.contains(&value.as_str());
            values.iter().any(is_failed) && !values.iter().all(is_failed)
        };
        match source {
            Source::Counter { metric, matchers, .. } => {
                let (module, instrument) = *self.metrics.get(metric.as_str())?;
                instrument.labels.iter().find_map(|label| {
                    let values: Vec<String> = label.values.iter().flatten().map(|text| text.value.clone()).collect();
                    let is_selected = matchers.iter().any(|matcher| matcher.label == label.name.text);
                    let place = self.checker.place(module, label.name.span);
                    (tells(&values) && !is_selected).then(|| (label.name.text.clone(), values, Some(place)))
                })
            }
            Source::EventCount { event, conditions } => {
                let event = self.events.iter().find(|own| own.name == *event)?;
                event.fields.iter().enumerate().find_map(|(index, field)| {
                    let FieldKind::Label { allowed } = &field.kind else { return None };
                    let is_selected = conditions
                        .iter()
                        .any(|condition| matches!(condition, Condition::Label { field, .. } | Condition::Pattern { field, .. } if *field == index));
                    (tells(allowed) && !is_selected).then(|| (field.name.clone(), allowed.clone(), None))
                })
            }
            _ => None,
        }
    }

    /// A cost for each of what can be had for nothing.
    fn gameable(&self, all: &[Found<'_, '_>]) {
        let mut costs = all.iter().filter(|found| found.about == About::Cost);
        let base = |found: &Found<'_, '_>| {
            let unit = &volume(found)?.unit;
            GAMEABLE.into_iter().find(|base| *unit == Unit::base(base))
        };
        let Some(first) = costs.next() else { return };
        let Some(unit) = base(first).filter(|_| costs.all(|found| base(found).is_some())) else {
            return;
        };
        let name = &first.objective.name;
        let (message, help, allow) = if unit == "output_token" {
            (
                format!("longer answers help to keep `{name}`, whether or not they are better"),
                "promise what an answer may cost beside it: `gpu / answers <= $0.01 per request`",
                "answers have a fixed length",
            )
        } else {
            (
                format!("more {} for the same result help to keep `{name}`", crate::shown::plural(unit)),
                "promise what a result may cost beside it: `spent / done <= $0.80 per task`",
                "their number is fixed",
            )
        };
        let label = format!("the only cost, and it is for each {unit}");
        self.warn(Diagnostic::warning(codes::GAMEABLE, message, self.place(first), label), help, allow);
    }

    /// A budget of which nobody is told.
    fn unwatched(&self, found: &Found<'_, '_>, service: &Service<'_, '_>) {
        // A peak does not burn: none has alerts.
        if !found.objective.alerts.is_empty() || found.is_peak {
            return;
        }
        let own = found.promise.syntax.statements.iter().find_map(|statement| match &statement.kind {
            StatementKind::Policy(policy) => Some(self.checker.place(found.module, policy_span(policy))),
            _ => None,
        });
        let place = own.or_else(|| service.policy_place()).unwrap_or_else(|| self.place(found));
        self.warn(
            Diagnostic::warning(codes::UNWATCHED, "no alert watches this budget", place, "nobody is told"),
            "leave the policy out for the usual alerts, or state one: `policy { page when burning 2% over 1h and 5m }`",
            "looked at in the monthly review",
        );
    }

    /// A period whose beginning is gone before it ends.
    fn long_period(&self, found: &Found<'_, '_>) {
        let days = found.objective.period.seconds().div_ceil(86_400);
        if days <= KEPT_DAYS {
            return;
        }
        let over = found.promise.syntax.statements.iter().find_map(|statement| match &statement.kind {
            StatementKind::Over(PeriodSyntax::Rolling(expr)) => Some(expr.span),
            StatementKind::Over(PeriodSyntax::Calendar { span, .. }) => Some(*span),
            _ => None,
        });
        let place = over.map_or_else(|| self.place(found), |span| self.checker.place(found.module, span));
        let what = match &found.objective.period {
            Period::Calendar { unit, .. } => format!("a calendar {}", unit.name()),
            Period::Rolling { .. } => format!("a period of {days} days"),
        };
        let message = format!("{what} is longer than series are commonly kept");
        self.warn(
            Diagnostic::warning(codes::LONG_PERIOD, message, place, "its beginning may be gone"),
            &format!(
                "Prometheus keeps 15 days by default: start it with `--storage.tsdb.retention.time={}d` or keep series elsewhere, or choose a period of 30d",
                days + 10
            ),
            "our Thanos keeps two years",
        );
    }
}

/// What a cost objective is divided by, or what is had for the cost.
fn volume<'a>(found: &'a Found<'_, '_>) -> Option<&'a plan::Combination> {
    let Indicator { numerator, denominator, .. } = found.indicator;
    match &found.objective.form {
        Form::Mean { .. } if found.about != About::Cost => None,
        Form::Mean { .. } if is_money(&numerator.unit) => Some(denominator),
        Form::Mean { .. } if is_money(&denominator.unit) => Some(numerator),
        // No money, but said to be the cost of a trade-off: GPU seconds for an answer, or answers for a GPU second.
        Form::Mean { comparison: Comparison::Less | Comparison::AtMost, .. } => Some(denominator),
        Form::Mean { .. } => Some(numerator),
        _ => None,
    }
}

fn is_money(unit: &Unit) -> bool {
    currency_of(unit).is_some()
}

/// Whether something is only held or passes by itself: GPUs, memory, energy and time.
fn is_held(unit: &Unit) -> bool {
    !unit.0.is_empty() && unit.0.keys().all(|base| matches!(base.as_str(), "gpu" | "s" | "byte" | "joule"))
}
