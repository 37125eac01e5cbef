//! Plans written by hand.

use farthing_plan::{
    Aggregate, Alert, BurnBasis, Combination, Comparison, Exact, Flow, Form, Indicator, Linear, MatchOp, Matcher,
    Objective, Plan, Service, Severity, Shown, Source, Term, Unit, VERSION, WhenAbsent,
};

use crate::Length;

/// A number of a plan.
///
/// # Panics
/// When it is none: the tests' own constants are.
pub fn exact(text: &str) -> Exact {
    text.parse().expect("a constant of a test is a number")
}

/// A service in the making.
#[derive(Clone, Debug)]
pub struct Draft(Service, Length);

impl Draft {
    /// A service without anything.
    pub fn new(name: &str, length: Length) -> Self {
        let (name, title) = (name.to_string(), name.to_string());
        Draft(Service { name, title, owner: None, flows: vec![], indicators: vec![], objectives: vec![] }, length)
    }

    /// A flow.
    pub fn flow(mut self, name: &str, unit: &str, by: &[&str], source: Source) -> Self {
        let by = by.iter().map(|label| label.to_string()).collect();
        self.0.flows.push(Flow {
            id: format!("{}/{name}", self.0.name),
            doc: None,
            unit: Unit::base(unit),
            by,
            source,
        });
        self
    }

    /// An indicator of flows, each with a factor; a factor that ends in `?` is of a flow that is 0 when absent.
    pub fn sli(mut self, name: &str, by: &[&str], numerator: &[(&str, &str)], denominator: &[(&str, &str)]) -> Self {
        let id = format!("{}/{name}", self.0.name);
        let combination = |role: &str, terms: &[(&str, &str)]| Combination {
            flow: format!("{id}:{role}"),
            unit: self.0.flow(&format!("{}/{}", self.0.name, terms[0].0)).expect("the flow was made").unit.clone(),
            terms: terms
                .iter()
                .map(|(flow, factor)| Term {
                    flow: format!("{}/{flow}", self.0.name),
                    factor: exact(factor.trim_end_matches('?')),
                    when_absent: if factor.ends_with('?') { WhenAbsent::Zero } else { WhenAbsent::Unobserved },
                })
                .collect(),
            constant: Exact::zero(),
        };
        let (numerator, denominator) = (combination("numerator", numerator), combination("denominator", denominator));
        let by = by.iter().map(|label| label.to_string()).collect();
        self.0.indicators.push(Indicator { id, doc: None, by, numerator, denominator });
        self
    }

    /// `sli <= target`, or `>=`, with a budget.
    pub fn mean(self, name: &str, sli: &str, comparison: Comparison, target: &str, budget: &str) -> Self {
        let (target, budget) = (exact(target), exact(budget));
        let (zero, one) = (Exact::zero(), Exact::one());
        let (excess, allowance) = match comparison {
            Comparison::AtMost => (
                Linear { numerator: one, denominator: -target.clone() },
                Linear { numerator: zero, denominator: &budget * &target },
            ),
            _ => {
                let inverse = target.recip().expect("a target is not 0");
                let allowance = Linear { numerator: &budget * &inverse, denominator: zero };
                (Linear { numerator: -inverse, denominator: one }, allowance)
            }
        };
        let form = Form::Mean { comparison, target, shown: plain(), budget };
        self.objective(name, sli, form, excess, allowance, None)
    }

    /// At least `share` of the denominator is good; the numerator is what is bad.
    pub fn share(self, name: &str, sli: &str, share: &str) -> Self {
        let share = exact(share);
        let bad = Exact::one() - share.clone();
        let excess = Linear { numerator: Exact::one(), denominator: Exact::zero() };
        let allowance = Linear { numerator: Exact::zero(), denominator: bad.clone() };
        let form = Form::Share { share, of: "requests".into(), good: "good".into() };
        self.objective(name, sli, form, excess, allowance, bad.recip())
    }

    fn objective(
        mut self,
        name: &str,
        sli: &str,
        form: Form,
        excess: Linear,
        allowance: Linear,
        highest: Option<Exact>,
    ) -> Self {
        let period = self.1.period();
        let indicator = format!("{}/{sli}", self.0.name);
        let found = self.0.indicator(&indicator).expect("the indicator was made");
        let (by, budget_unit) = (found.by.clone(), found.numerator.unit.clone());
        let alerts = self.1.policy().into_iter().map(|(severity, share, long, short)| {
            let share = exact(share);
            let factor = &share * &Exact::fraction(period as i64, long as i64).expect("a window is not 0");
            Alert { severity, long, short, factor, basis: BurnBasis::Share { share }, highest: highest.clone() }
        });
        let alerts =
            alerts.filter(|alert| alert.highest.as_ref().is_none_or(|highest| alert.factor < *highest)).collect();
        self.0.objectives.push(Objective {
            id: format!("{}/{name}", self.0.name),
            name: name.to_string(),
            title: name.to_string(),
            doc: None,
            indicator,
            form,
            statement: name.to_string(),
            excess,
            allowance,
            budget_unit,
            budget_shown: plain(),
            period,
            by,
            alerts,
            labels: Default::default(),
            annotations: Default::default(),
            runbook: None,
        });
        self
    }

    /// The plan with this service only.
    pub fn plan(self) -> Plan {
        let (compiler, digest) = ("by hand".to_string(), "0".to_string());
        Plan { version: VERSION, compiler, digest, services: vec![self.0], events: vec![] }
    }
}

fn plain() -> Shown {
    Shown { prefix: String::new(), factor: Exact::one(), suffix: String::new() }
}

/// `label = one of values`.
pub fn matches(label: &str, op: MatchOp, values: &[&str]) -> Vec<Matcher> {
    vec![Matcher { label: label.to_string(), op, values: values.iter().map(|value| value.to_string()).collect() }]
}

/// A counter in canonical units.
pub fn counter(metric: &str, matchers: Vec<Matcher>) -> Source {
    Source::Counter { metric: metric.to_string(), matchers, le: None, scale: Exact::one() }
}

/// A histogram's bucket.
pub fn bucket(metric: &str, le: &str) -> Source {
    Source::Counter { metric: metric.to_string(), matchers: vec![], le: Some(exact(le)), scale: Exact::one() }
}

/// A gauge, summed, times a scale.
pub fn gauge(metric: &str, scale: &str) -> Source {
    Source::Gauge { metric: metric.to_string(), matchers: vec![], aggregate: Aggregate::Sum, scale: exact(scale) }
}

/// The time that a gauge compares so.
pub fn gauge_time(metric: &str, when: Option<(Comparison, &str)>) -> Source {
    let when = when.map(|(comparison, bound)| (comparison, exact(bound)));
    Source::GaugeTime { metric: metric.to_string(), matchers: vec![], when }
}

/// Severity, share of the budget, long window and short window.
pub(crate) type Rule = (Severity, &'static str, u64, u64);
