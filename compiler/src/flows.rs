//! The flows and indicators of a service, each once, with names that stay.

use std::collections::{BTreeMap, HashMap, HashSet};

use farthing_plan::{Combination, Exact, Flow, Indicator, MatchOp, Matcher, Source, Term, WhenAbsent};

use crate::{
    units::currency_of,
    value::{Linear, LinearTerm, Ratio},
};

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
        let combination = |table: &mut FlowTable, linear: &Linear<'_>, in_numerator: bool| Combination {
            flow: format!("{id}:{}", if in_numerator { "numerator" } else { "denominator" }),
            unit: linear.unit.clone(),
            terms: linear
                .terms
                .iter()
                .map(|term| Term {
                    flow: table.flow(term, &draft.by),
                    factor: term.factor.clone(),
                    when_absent: when_absent(term, in_numerator, &draft.ratio),
                })
                .collect(),
            constant: linear.constant.clone(),
        };
        let numerator = combination(self, numerator, true);
        let denominator = combination(self, denominator, false);
        self.indicators.push(Indicator {
            id: id.clone(),
            doc: draft.doc,
            by: draft.by,
            numerator,
            denominator,
            exclusions: Vec::new(),
            derivation: None,
        });
        id
    }

    /// The id of a base flow. It depends on the flow alone and not on what else is in the file, so that recorded history
    /// survives edits elsewhere: a declared flow has the name of its declaration, any other says what it reads.
    fn flow(&mut self, term: &LinearTerm<'_>, by: &[String]) -> String {
        let name = term.flow.declared.as_ref().unwrap_or(&term.flow.hint);
        let wanted = format!("{}/{name}", self.service);
        let mut id = wanted.clone();
        let mut number = 2;
        while let Some(index) = self.by_id.get(&id) {
            let known = &mut self.flows[*index];
            if known.source == term.flow.source {
                known.by.extend(by.iter().cloned());
                known.by.sort();
                known.by.dedup();
                return id;
            }
            // Only where a declaration has the name of a metric that is used beside it.
            id = format!("{wanted}.{number}");
            number += 1;
        }
        self.by_id.insert(id.clone(), self.flows.len());
        self.flows.push(Flow {
            id: id.clone(),
            doc: term.flow.doc.clone(),
            unit: term.flow.unit.clone(),
            by: by.to_vec(),
            renamed: BTreeMap::new(),
            source: term.flow.source.clone(),
        });
        id
    }
}

/// Whether a flow without samples is a flow of nothing. A counter that counts a part of something is often born with its
/// first event: the failed ones of all requests.
fn when_absent(term: &LinearTerm<'_>, in_numerator: bool, ratio: &Ratio<'_>) -> WhenAbsent {
    let source = &term.flow.source;
    let (own, denominator) = (if in_numerator { &ratio.numerator } else { &ratio.denominator }, &ratio.denominator);
    let mut all = ratio.numerator.terms.iter().chain(&denominator.terms);
    // It selects a part of what another term selects wholly.
    let is_selected_part = all.any(|other| covers(&other.flow.source, source) && !covers(source, &other.flow.source));
    // Another metric says that it is a part: it is taken away from what it is a part of, or divided by it.
    let is_whole = |other: &LinearTerm<'_>| {
        is_counter(&other.flow.source) && other.flow.source != *source && !other.factor.is_negative()
    };
    let is_taken_away = term.factor.is_negative() && own.terms.iter().any(is_whole);
    let is_divided_by_whole = in_numerator
        && ratio.unit().is_ratio()
        && !denominator.terms.iter().any(|other| other.flow.source == *source)
        && denominator.terms.iter().any(is_whole);
    // What is silent is not free: money that is not reported is unknown.
    let is_money = currency_of(&term.flow.unit).is_some();
    let is_part = is_counter(source) && !is_money && (is_taken_away || is_divided_by_whole);
    if is_selected_part || is_part { WhenAbsent::Zero } else { WhenAbsent::Unobserved }
}

fn is_counter(source: &Source) -> bool {
    matches!(source, Source::Counter { .. })
}

/// From the source's own unit to the canonical one.
pub(crate) fn scale(source: &Source) -> Exact {
    match source {
        Source::Counter { scale, .. } | Source::Gauge { scale, .. } | Source::Query { scale, .. } => scale.clone(),
        Source::GaugeTime { .. } | Source::EventCount { .. } | Source::EventSum { .. } => Exact::one(),
    }
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
