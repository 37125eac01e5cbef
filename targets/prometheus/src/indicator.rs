//! Level 1: the two flows of an indicator, each a linear combination of the service's flows.
//!
//! Both exist in the same minutes: those in which every flow that either of them needs exists. A silent exporter
//! so makes the minute unobserved, and nothing look cheap.

use std::{borrow::Cow, collections::HashMap};

use farthing_plan::{Combination, Exact, Flow, Indicator, WhenAbsent};

use crate::{
    exclusion,
    group::{Pairs, Recording, Rule},
    number::price,
    selector::labels,
    series::{RATE, push_flow},
};

/// The rules that record numerator and denominator.
pub(crate) fn rules<'a>(indicator: &'a Indicator, service: &'a str, flows: &HashMap<&str, &'a Flow>) -> Vec<Rule<'a>> {
    if indicator.derivation.is_some() {
        return vec![];
    }
    let scope = Scope::new(indicator, service, flows);
    let sides = [(&indicator.numerator, "numerator"), (&indicator.denominator, "denominator")];
    let recorded = sides.map(|(combination, role)| {
        let mut comment = match &indicator.doc {
            Some(doc) if role == "numerator" => format!("{}. {doc}", indicator.id),
            _ => String::new(),
        };
        if role == "numerator" {
            exclusion::push_comment(&mut comment, indicator);
        }
        Rule::Recording(Recording {
            comment: comment.into(),
            record: Cow::Borrowed(RATE),
            labels: Pairs::two(("flow", &combination.flow), ("service", service)),
            expr: scope.expression(combination),
        })
    });
    recorded.into()
}

/// The flows without which a minute of the indicator is not observed, each once, in the order of the source.
pub(crate) fn required(indicator: &Indicator) -> Vec<&str> {
    let mut required: Vec<&str> = Vec::new();
    let terms = || indicator.numerator.terms.iter().chain(&indicator.denominator.terms);
    for term in terms().filter(|term| term.when_absent == WhenAbsent::Unobserved) {
        if !required.contains(&term.flow.as_str()) {
            required.push(&term.flow);
        }
    }
    // INVARIANT: the compiler has at least one flow required. Were there none, something would still have to say when
    // the indicator is observed.
    if required.is_empty() {
        required.extend(terms().next_back().map(|term| term.flow.as_str()));
    }
    required
}

struct Scope<'a> {
    indicator: &'a Indicator,
    service: &'a str,
    /// Those of the service, by id.
    flows: &'a HashMap<&'a str, &'a Flow>,
    /// `on (a, b)`.
    on: String,
    required: Vec<&'a str>,
}

impl<'a> Scope<'a> {
    fn new(indicator: &'a Indicator, service: &'a str, flows: &'a HashMap<&'a str, &'a Flow>) -> Self {
        let on = format!("on ({})", labels(&indicator.by));
        Scope { indicator, service, flows, on, required: required(indicator) }
    }

    /// The flow's rate with the indicator's labels only.
    fn rate(&self, flow: &str) -> String {
        let mut series = String::with_capacity(64);
        push_flow(&mut series, RATE, "", flow, self.service);
        let by = &self.indicator.by;
        match self.flows.get(flow) {
            Some(Flow { by: kept, .. }) if kept != by => crate::flow::aggregate("sum", by, &series),
            _ => series,
        }
    }

    /// A flow that is always there when the indicator is observed, with its labels.
    fn reference(&self) -> Option<String> {
        // The denominator's own, where it has one: that is how people read a ratio.
        let denominator = &self.indicator.denominator.terms;
        self.required
            .iter()
            .find(|flow| denominator.iter().any(|term| term.flow == **flow))
            .or(self.required.first())
            .map(|flow| self.rate(flow))
    }

    fn expression(&self, combination: &Combination) -> String {
        let mut text = String::with_capacity(256);
        let adding = || combination.terms.iter().filter(|term| !term.factor.is_zero());
        for term in adding() {
            let is_required = self.required.contains(&term.flow.as_str());
            let operand = match self.reference() {
                Some(reference) if !is_required => {
                    Cow::Owned(format!("({} or {} 0 * {reference})", self.rate(&term.flow), self.on))
                }
                _ => Cow::Owned(self.rate(&term.flow)),
            };
            self.push_term(&mut text, &term.factor, &operand);
        }
        if text.is_empty() {
            text = match self.reference() {
                Some(reference) => format!("0 * {reference}"),
                None => "vector(0)".into(),
            };
        }
        if !combination.constant.is_zero() {
            let sign = if combination.constant.is_negative() { '-' } else { '+' };
            text.push_str(&format!("\n{sign} {}", price(&combination.constant.abs())));
        }
        for flow in &self.required {
            if !adding().any(|term| term.flow == *flow) {
                text.push_str(&format!("\nand {}\n{}", self.on, self.rate(flow)));
            }
        }
        for flow in &self.indicator.needed {
            text.push_str("\nand on ()\n");
            push_flow(&mut text, RATE, "", flow, self.service);
        }
        exclusion::push(&mut text, &self.indicator.exclusions, self.service);
        text
    }

    /// Appends `+ on () 1.08 * operand`.
    fn push_term(&self, text: &mut String, factor: &Exact, operand: &str) {
        let magnitude = factor.abs();
        if text.is_empty() {
            if factor.is_negative() {
                text.push_str(if magnitude.is_one() { "-1 * " } else { "-" });
            }
        } else {
            text.push_str(&format!("\n{} {}\n", if factor.is_negative() { '-' } else { '+' }, self.on));
        }
        if !magnitude.is_one() {
            text.push_str(&price(&magnitude));
            text.push_str(" * ");
        }
        text.push_str(operand);
    }
}
