//! Plans, built as the compiler builds them.

use std::collections::BTreeMap;

use farthing_plan::{
    Aggregate, Alert, BurnBasis, Combination, Comparison, Condition, Event, Exact, Field, FieldKind, Flow, Form,
    Indicator, Linear, Monomial, Objective, Period, Plan, Polynomial, Service, Severity, Shown, Source, Term, Unit,
    VERSION, WhenAbsent,
};

use super::DAY_S;

pub fn exact(text: &str) -> Exact {
    text.parse().expect("a number")
}

pub fn flow(id: &str, by: &[&str], source: Source) -> Flow {
    let by = by.iter().map(|label| label.to_string()).collect();
    Flow { id: id.into(), doc: None, unit: Unit::ratio(), by, renamed: BTreeMap::new(), source }
}

pub fn counter(metric: &str, scale: &str) -> Source {
    Source::Counter { metric: metric.into(), matchers: vec![], le: None, scale: exact(scale) }
}

pub fn bucket(metric: &str, le: &str) -> Source {
    Source::Counter { metric: metric.into(), matchers: vec![], le: Some(exact(le)), scale: Exact::one() }
}

pub fn gauge(metric: &str, aggregate: Aggregate, scale: &str) -> Source {
    Source::Gauge { metric: metric.into(), matchers: vec![], aggregate, scale: exact(scale) }
}

pub fn gauge_time(metric: &str, when: Option<(Comparison, &str)>) -> Source {
    let when = when.map(|(comparison, bound)| (comparison, exact(bound)));
    Source::GaugeTime { metric: metric.into(), matchers: vec![], when }
}

pub fn term(flow: &str, factor: &str, when_absent: WhenAbsent) -> Term {
    Term { flow: flow.into(), factor: exact(factor), when_absent }
}

pub fn needed(flow: &str) -> Term {
    term(flow, "1", WhenAbsent::Unobserved)
}

pub fn indicator(id: &str, by: &[&str], numerator: Vec<Term>, constant: &str, denominator: Vec<Term>) -> Indicator {
    let side = |name: &str, terms, constant: &str| Combination {
        flow: format!("{id}:{name}"),
        unit: Unit::ratio(),
        terms,
        constant: exact(constant),
    };
    Indicator {
        id: id.into(),
        doc: None,
        by: by.iter().map(|label| label.to_string()).collect(),
        numerator: side("numerator", numerator, constant),
        denominator: side("denominator", denominator, "0"),
        exclusions: vec![],
        needed: vec![],
        derivation: None,
    }
}

fn objective(id: &str, indicator: &Indicator, form: Form, excess: [Exact; 2], allowance: [Exact; 2]) -> Objective {
    let linear = |[numerator, denominator]: [Exact; 2]| Linear { numerator, denominator };
    Objective {
        id: id.into(),
        name: id.into(),
        title: id.into(),
        doc: None,
        indicator: indicator.id.clone(),
        form,
        statement: String::new(),
        excess: linear(excess),
        allowance: linear(allowance),
        budget_unit: Unit::ratio(),
        budget_shown: shown(),
        period: Period::rolling(30 * DAY_S),
        by: indicator.by.clone(),
        only: BTreeMap::new(),
        budget_mode: Default::default(),
        burn_form: Default::default(),
        guards: vec![],
        spendings: vec![],
        equality: None,
        role: Default::default(),
        alerts: vec![],
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        runbook: None,
    }
}

pub fn shown() -> Shown {
    Shown { prefix: String::new(), factor: Exact::one(), suffix: String::new() }
}

/// `n / d <= target`.
pub fn at_most(id: &str, indicator: &Indicator, target: &str, budget: &str) -> Objective {
    let (t, b) = (exact(target), exact(budget));
    let form = Form::Mean { comparison: Comparison::AtMost, target: t.clone(), shown: shown(), budget: b.clone() };
    let allowance = [Exact::zero(), &b * &t];
    objective(id, indicator, form, [Exact::one(), -t], allowance)
}

/// `n / d >= target`.
pub fn at_least(id: &str, indicator: &Indicator, target: &str, budget: &str) -> Objective {
    let (t, b) = (exact(target), exact(budget));
    let form = Form::Mean { comparison: Comparison::AtLeast, target: t.clone(), shown: shown(), budget: b.clone() };
    let per = t.recip().expect("a target above 0");
    objective(id, indicator, form, [-per.clone(), Exact::one()], [&b * &per, Exact::zero()])
}

/// At least this share is good; the numerator is what was bad.
pub fn share(id: &str, indicator: &Indicator, share: &str) -> Objective {
    let share = exact(share);
    let allowance = [Exact::zero(), &Exact::one() - &share];
    let form = Form::Share { share, of: "requests".into(), good: "good".into() };
    objective(id, indicator, form, [Exact::one(), Exact::zero()], allowance)
}

/// The default policy, with its factors for the period.
pub fn with_policy(mut objective: Objective, period: u64) -> Objective {
    objective.period = Period::rolling(period);
    objective.alerts = [
        ("0.02", 3_600, 300, Severity::Page),
        ("0.05", 21_600, 1_800, Severity::Page),
        ("0.1", DAY_S, 7_200, Severity::Ticket),
        ("0.1", 3 * DAY_S, 21_600, Severity::Ticket),
    ]
    .into_iter()
    .filter(|(_, long, ..)| *long <= period)
    .map(|(share, long, short, severity)| Alert {
        severity,
        long,
        short,
        factor: exact(share) * Exact::from(period as i64) / Exact::from(long as i64),
        basis: BurnBasis::Share { share: exact(share) },
        highest: None,
    })
    .collect();
    objective
}

pub fn plan(flows: Vec<Flow>, indicators: Vec<Indicator>, objectives: Vec<Objective>, events: Vec<Event>) -> Plan {
    Plan {
        version: VERSION,
        compiler: "test".into(),
        digest: String::new(),
        services: vec![Service {
            name: "chat".into(),
            title: "chat".into(),
            owner: None,
            flows,
            indicators,
            objectives,
            tradeoffs: vec![],
        }],
        events,
        zones: vec![],
        scenarios: vec![],
    }
}

/// The event of the language's own example: `at`, `model`, `outcome`, `context`, `generated`, `latency` (in ms).
pub fn requests() -> Event {
    let number =
        |name: &str, scale: &str| (name.to_string(), FieldKind::Number { unit: Unit::ratio(), scale: exact(scale) });
    let label = |name: &str| (name.to_string(), FieldKind::Label { allowed: vec![] });
    let fields = vec![
        ("at".to_string(), FieldKind::Time),
        label("model"),
        label("outcome"),
        number("context", "1"),
        number("generated", "1"),
        number("latency", "0.001"),
    ];
    let fields = fields.into_iter().map(|(name, kind)| Field { column: name.clone(), name, kind }).collect();
    Event { name: "requests".into(), doc: None, fields }
}

pub const MODEL: usize = 1;
pub const OUTCOME: usize = 2;
pub const CONTEXT: usize = 3;
pub const GENERATED: usize = 4;
pub const LATENCY: usize = 5;

pub fn polynomial(terms: &[(&str, &[usize])]) -> Polynomial {
    Polynomial(
        terms.iter().map(|(factor, fields)| Monomial { factor: exact(factor), fields: fields.to_vec() }).collect(),
    )
}

/// $3 per 1M of context, $15 per 1M generated.
pub fn cost() -> Polynomial {
    polynomial(&[("0.000003", &[CONTEXT]), ("0.000015", &[GENERATED])])
}

pub fn count_of(conditions: Vec<Condition>) -> Source {
    Source::EventCount { event: "requests".into(), conditions }
}

pub fn sum_of(value: Polynomial, conditions: Vec<Condition>) -> Source {
    Source::EventSum { event: "requests".into(), value, conditions }
}

pub fn number_is(value: Polynomial, comparison: Comparison, bound: &str) -> Condition {
    Condition::Number { value, comparison, bound: exact(bound) }
}
