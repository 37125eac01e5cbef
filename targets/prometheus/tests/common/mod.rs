//! Plans made by hand, as the compiler would lower the text above each, and what runs promtool on their rules.

// Each test binary uses a part of this.
#![allow(dead_code)]

pub mod constructs;
pub mod plans;

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Command, Output},
};

use farthing_plan::{
    Aggregate, Alert, BurnBasis, Combination, Comparison, Exact, Flow, Form, Indicator, Linear, MatchOp, Matcher,
    Objective, Period, Plan, Service, Severity, Shown, Source, Term, Unit, WhenAbsent,
};

const HOUR: u64 = 3_600;
const DAY: u64 = 86_400;

pub fn exact(text: &str) -> Exact {
    text.parse().expect("a number")
}

pub fn plan(service: Service) -> Plan {
    Plan {
        version: farthing_plan::VERSION,
        compiler: "farthing 0.1.0".into(),
        digest: "5f2d".into(),
        services: vec![service],
        events: vec![],
        zones: vec![],
        scenarios: vec![],
    }
}

pub fn service(name: &str, flows: Vec<Flow>, indicators: Vec<Indicator>, objectives: Vec<Objective>) -> Service {
    Service { name: name.into(), title: name.into(), owner: None, flows, indicators, objectives, tradeoffs: vec![] }
}

pub fn matcher(label: &str, op: MatchOp, values: &[&str]) -> Matcher {
    Matcher { label: label.into(), op, values: values.iter().map(|value| value.to_string()).collect() }
}

pub fn flow(id: &str, unit: Unit, by: &[&str], source: Source) -> Flow {
    let by = by.iter().map(|label| label.to_string()).collect();
    Flow { id: id.into(), doc: None, unit, by, renamed: BTreeMap::new(), source }
}

pub fn counter(metric: &str, matchers: Vec<Matcher>, le: Option<&str>, scale: &str) -> Source {
    Source::Counter { metric: metric.into(), matchers, le: le.map(exact), scale: exact(scale) }
}

pub fn gauge(metric: &str, matchers: Vec<Matcher>, aggregate: Aggregate, scale: &str) -> Source {
    Source::Gauge { metric: metric.into(), matchers, aggregate, scale: exact(scale) }
}

pub fn term(flow: &str, factor: &str, when_absent: WhenAbsent) -> Term {
    Term { flow: flow.into(), factor: exact(factor), when_absent }
}

pub fn needed(flow: &str) -> Term {
    term(flow, "1", WhenAbsent::Unobserved)
}

pub fn indicator(id: &str, by: &[&str], [numerator, denominator]: [(Unit, Vec<Term>); 2], constant: &str) -> Indicator {
    let combination = |role: &str, (unit, terms): (Unit, Vec<Term>), constant| Combination {
        flow: format!("{id}:{role}"),
        unit,
        terms,
        constant,
    };
    Indicator {
        id: id.into(),
        doc: None,
        by: by.iter().map(|label| label.to_string()).collect(),
        numerator: combination("numerator", numerator, exact(constant)),
        denominator: combination("denominator", denominator, Exact::zero()),
        exclusions: vec![],
        needed: vec![],
        derivation: None,
    }
}

/// 2% in 1h and 5% in 6h page, 10% in 1d and in 3d make a ticket; without those whose factor is not below `highest`.
pub fn policy(period: u64, highest: Option<Exact>) -> Vec<Alert> {
    [
        (Severity::Page, "0.02", HOUR, 300),
        (Severity::Page, "0.05", 6 * HOUR, 1_800),
        (Severity::Ticket, "0.1", DAY, 2 * HOUR),
        (Severity::Ticket, "0.1", 3 * DAY, 6 * HOUR),
    ]
    .into_iter()
    .map(|(severity, share, long, short)| Alert {
        severity,
        long,
        short,
        factor: exact(share) * Exact::from(period as i64) / Exact::from(long as i64),
        basis: BurnBasis::Share { share: exact(share) },
        highest: highest.clone(),
    })
    .filter(|alert| highest.as_ref().is_none_or(|highest| alert.factor < *highest))
    .collect()
}

pub fn dollars() -> Shown {
    Shown { prefix: "$".into(), factor: Exact::one(), suffix: String::new() }
}

pub fn counted(what: &str) -> Shown {
    Shown { prefix: String::new(), factor: Exact::one(), suffix: format!(" {what}") }
}

/// An objective on an indicator, with the default policy over 30 days.
fn objective(service: &str, name: &str, indicator: &Indicator, statement: &str, form: Form) -> Objective {
    Objective {
        id: format!("{service}/{name}"),
        name: name.into(),
        title: name.into(),
        doc: None,
        indicator: indicator.id.clone(),
        form,
        statement: statement.into(),
        excess: Linear { numerator: Exact::one(), denominator: Exact::zero() },
        allowance: Linear { numerator: Exact::zero(), denominator: Exact::zero() },
        budget_unit: indicator.numerator.unit.clone(),
        budget_shown: dollars(),
        period: Period::rolling(30 * DAY),
        by: indicator.by.clone(),
        only: BTreeMap::new(),
        budget_mode: Default::default(),
        burn_form: Default::default(),
        guards: vec![],
        spendings: vec![],
        equality: None,
        role: Default::default(),
        alerts: policy(30 * DAY, None),
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        runbook: None,
    }
}

/// `indicator <= target`, or `>=`, with a budget.
pub fn mean(
    service: &str,
    name: &str,
    indicator: &Indicator,
    (comparison, target, budget): (Comparison, &str, &str),
) -> Objective {
    let (target, budget) = (exact(target), exact(budget));
    let shown = Shown { suffix: format!(" per {}", indicator.denominator.unit), ..dollars() };
    let form = Form::Mean { comparison, target: target.clone(), shown, budget: budget.clone() };
    let statement = format!("{} {} {target}", indicator.id, comparison.symbol());
    let mut objective = objective(service, name, indicator, &statement, form);
    match comparison {
        Comparison::AtMost | Comparison::Less => {
            objective.excess.denominator = -target.clone();
            objective.allowance.denominator = budget * target;
        }
        Comparison::AtLeast | Comparison::Greater => {
            let per_target = target.recip().expect("a target above 0");
            objective.excess = Linear { numerator: -per_target.clone(), denominator: Exact::one() };
            objective.allowance.numerator = budget * per_target;
            objective.budget_unit = indicator.denominator.unit.clone();
        }
    }
    objective
}

/// A share of what the indicator counts is good.
pub fn share(service: &str, name: &str, indicator: &Indicator, share: &str, good: &str) -> Objective {
    let share = exact(share);
    let bad = Exact::one() - share.clone();
    let form = Form::Share { share: share.clone(), of: "requests".into(), good: good.into() };
    let statement = format!("{} of {} have {good}", share, indicator.id);
    let mut objective = objective(service, name, indicator, &statement, form);
    objective.alerts = policy(30 * DAY, bad.recip());
    objective.allowance.denominator = bad;
    objective.budget_shown = counted("requests");
    objective
}

/// Runs promtool, which these tests need: Prometheus's own tool judges the rules, not we.
pub fn promtool(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("promtool").current_dir(folder).args(arguments).output().unwrap_or_else(|error| {
        panic!(
            "promtool: {error}; it comes with Prometheus: install it into the PATH, on Debian and Ubuntu by \
             `apt-get install prometheus`"
        )
    })
}

/// What promtool printed, both streams.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Writes the rules of a plan of one service to `rules.yml` in a folder.
pub fn write_rules(plan: &Plan, folder: &Path) {
    let files = farthing_prometheus::rules(plan);
    let [file] = files.as_slice() else { panic!("one service, {} files", files.len()) };
    std::fs::write(folder.join("rules.yml"), &file.text).expect("a temporary folder can be written");
}
