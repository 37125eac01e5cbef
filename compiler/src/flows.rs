//! The flows and indicators of a service, each once, with names that stay.

use std::collections::{HashMap, HashSet};

use farthing_plan::{Combination, Flow, Indicator, MatchOp, Matcher, Source, Term, WhenAbsent};

use crate::value::{Linear, Ratio};

/// An indicator as an objective needs it.
pub(crate) struct IndicatorDraft<'a, 'w> {
    /// Without the service.
    pub name: &'a str,
    pub doc: Option<String>,
    pub by: Vec<String>,
    pub ratio: Ratio<'w>,
}

/// Collects what the objectives of a service need.
#[derive(Default)]
pub(crate) struct FlowTable {
    service: String,
    pub flows: Vec<Flow>,
    pub indicators: Vec<Indicator>,
    by_id: HashMap<String, usize>,
    /// The first flow that reads a source.
    by_source: HashMap<Source, usize>,
    indicator_ids: HashSet<String>,
}

impl FlowTable {
    pub fn new(service: &str) -> Self {
        FlowTable { service: service.to_string(), ..FlowTable::default() }
    }

    /// The id of the indicator; the same sli with the same labels is the same indicator.
    pub fn indicator(&mut self, draft: IndicatorDraft<'_, '_>) -> String {
        let id = format!("{}/{}", self.service, draft.name);
        if !self.indicator_ids.insert(id.clone()) {
            return id;
        }
        let Ratio { numerator, denominator } = &draft.ratio;
        let combination = |table: &mut FlowTable, linear: &Linear<'_>, role: &str| Combination {
            flow: format!("{id}:{role}"),
            unit: linear.unit.clone(),
            terms: linear
                .terms
                .iter()
                .map(|term| Term {
                    flow: table.flow(draft.name, term, &draft.by),
                    factor: term.factor.clone(),
                    when_absent: when_absent(&term.flow.source, &draft.ratio),
                })
                .collect(),
            constant: linear.constant.clone(),
        };
        let numerator = combination(self, numerator, "numerator");
        let denominator = combination(self, denominator, "denominator");
        self.indicators.push(Indicator { id: id.clone(), doc: draft.doc, by: draft.by, numerator, denominator });
        id
    }

    /// The id of a base flow; one that reads the same is the same.
    fn flow(&mut self, indicator: &str, term: &crate::value::LinearTerm<'_>, by: &[String]) -> String {
        let wanted = match &term.flow.declared {
            Some(name) => format!("{}/{name}", self.service),
            None => format!("{}/{indicator}:{}", self.service, term.flow.hint),
        };
        // A declared flow keeps its own name, even where another reads the same.
        let known = match term.flow.declared {
            Some(_) => self.by_id.get(&wanted).filter(|index| self.flows[**index].source == term.flow.source),
            None => self.by_source.get(&term.flow.source),
        };
        if let Some(flow) = known.map(|index| &mut self.flows[*index]) {
            flow.by.extend(by.iter().cloned());
            flow.by.sort();
            flow.by.dedup();
            return flow.id.clone();
        }
        let mut id = wanted.clone();
        let mut number = 2;
        while self.by_id.contains_key(&id) {
            id = format!("{wanted}.{number}");
            number += 1;
        }
        self.by_id.insert(id.clone(), self.flows.len());
        self.by_source.entry(term.flow.source.clone()).or_insert(self.flows.len());
        self.flows.push(Flow {
            id: id.clone(),
            doc: term.flow.doc.clone(),
            unit: term.flow.unit.clone(),
            by: by.to_vec(),
            source: term.flow.source.clone(),
        });
        id
    }
}

/// A part of what the denominator reads wholly is zero where it has no series: it was never counted.
fn when_absent(source: &Source, ratio: &Ratio<'_>) -> WhenAbsent {
    let part =
        ratio.denominator.terms.iter().any(|other| other.flow.source != *source && covers(&other.flow.source, source));
    if part { WhenAbsent::Zero } else { WhenAbsent::Unobserved }
}

/// Whether one source reads all that another reads, and perhaps more.
pub(crate) fn covers(whole: &Source, part: &Source) -> bool {
    match (whole, part) {
        (
            Source::Counter { metric: a, matchers: wide, le: le_a, .. },
            Source::Counter { metric: b, matchers: narrow, le: le_b, .. },
        ) => a == b && le_a == le_b && wider(wide, narrow),
        (Source::EventCount { event: a, conditions: wide }, Source::EventCount { event: b, conditions: narrow }) => {
            a == b && wide.iter().all(|condition| narrow.contains(condition))
        }
        (
            Source::GaugeTime { metric: a, matchers: wide, when: None },
            Source::GaugeTime { metric: b, matchers: narrow, .. },
        ) => a == b && wider(wide, narrow),
        _ => false,
    }
}

/// Whether all that the narrow matchers select is selected by the wide ones.
fn wider(wide: &[Matcher], narrow: &[Matcher]) -> bool {
    wide.iter().all(|matcher| {
        narrow.iter().any(|own| {
            own == matcher
                || (own.label == matcher.label
                    && own.op == MatchOp::Equal
                    && match matcher.op {
                        MatchOp::Equal => own.values.iter().all(|value| matcher.values.contains(value)),
                        MatchOp::NotEqual => !own.values.iter().any(|value| matcher.values.contains(value)),
                        MatchOp::Regex | MatchOp::NotRegex => false,
                    })
        })
    })
}
