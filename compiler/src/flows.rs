//! The flows and indicators of a service, each once, with names that stay.

use std::collections::{BTreeMap, HashMap};

use farthing_plan::{
    Combination, Derivation, Exact, Exclusion, Flow, Indicator, MatchOp, Matcher, Part, Source, Term, Unit, WhenAbsent,
};

use crate::{
    breakdown::{Measure, Parts, Shared},
    check::own_name,
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
    pub exclusions: Vec<Exclusion>,
}

/// Collects what the objectives of a service need.
#[derive(Default)]
pub(crate) struct FlowTable {
    service: String,
    pub flows: Vec<Flow>,
    pub indicators: Vec<Indicator>,
    by_id: HashMap<String, usize>,
    /// Of each indicator, where it stands.
    indicator_ids: HashMap<String, usize>,
}

impl FlowTable {
    pub fn new(service: &str) -> Self {
        FlowTable { service: service.to_string(), ..FlowTable::default() }
    }

    /// The id of the indicator; the same sli with the same labels is the same indicator.
    pub fn indicator(&mut self, draft: IndicatorDraft<'_, '_>) -> String {
        let id = format!("{}/{}", self.service, draft.name);
        if self.indicator_ids.contains_key(&id) {
            return id;
        }
        self.indicator_ids.insert(id.clone(), self.indicators.len());
        let Ratio { numerator, denominator } = &draft.ratio;
        let combination = |table: &mut FlowTable, linear: &Linear<'_>, in_numerator: bool| Combination {
            flow: format!("{id}:{}", if in_numerator { "numerator" } else { "denominator" }),
            unit: linear.unit.clone(),
            terms: joined(&linear.terms)
                .iter()
                .map(|term| Term {
                    flow: table.flow(term, &draft.by),
                    factor: term.factor.clone(),
                    when_absent: when_absent(term, in_numerator, &draft.ratio),
                })
                .collect(),
            constant: linear.constant(),
        };
        let numerator = combination(self, numerator, true);
        let denominator = combination(self, denominator, false);
        self.indicators.push(Indicator {
            id: id.clone(),
            doc: draft.doc,
            by: draft.by,
            numerator,
            denominator,
            exclusions: draft.exclusions,
            needed: Vec::new(),
            derivation: None,
        });
        id
    }

    /// The id of the indicator of what an objective measures, with the indicators that it follows from.
    pub fn measure(
        &mut self,
        name: &str,
        doc: Option<String>,
        by: &[String],
        measure: Measure<'_>,
        exclusions: &[Exclusion],
    ) -> String {
        match measure {
            Measure::Ratio(parts) => self.parts(name, doc, by, parts, exclusions),
            Measure::Standardized { of, label, mix } => {
                let mut within = by.to_vec();
                within.push(label.clone());
                within.sort();
                let ratio = of.own.clone();
                let of = self.parts(&format!("{name}:each:{label}"), None, &within, of, exclusions);
                self.derived(name, doc, by, &ratio, Derivation::Standardized { of, label, mix })
            }
            Measure::Relative { of, to } => {
                let mut ratio = of.own.clone();
                ratio.denominator.unit = ratio.denominator.unit.times(&to.own.unit(), 1);
                let of = self.parts(&format!("{name}:of"), None, by, of, exclusions);
                let to = self.parts(&format!("{name}:to"), None, by, to, exclusions);
                self.derived(name, doc, by, &ratio, Derivation::Relative { of, to })
            }
            Measure::Peak { of, promise, limit, .. } => {
                let mut ratio = of.own.clone();
                ratio.numerator.unit = ratio.unit();
                ratio.denominator.unit = Unit::ratio();
                let of = self.parts(&format!("{name}:of"), None, by, of, exclusions);
                // What the objective itself excludes is not excluded here.
                let while_name = format!("{name}:while");
                let exclusions = exclusions.to_vec();
                let draft =
                    IndicatorDraft { name: &while_name, doc: None, by: by.to_vec(), ratio: promise, exclusions };
                let while_indicator = self.indicator(draft);
                self.derived(name, doc, by, &ratio, Derivation::Peak { of, while_indicator, limit })
            }
        }
    }

    /// A ratio, with what is allocated to it.
    fn parts(
        &mut self,
        name: &str,
        doc: Option<String>,
        by: &[String],
        parts: Parts<'_>,
        exclusions: &[Exclusion],
    ) -> String {
        let exclusions = exclusions.to_vec();
        let Parts { mut own, shared } = parts;
        if shared.is_empty() {
            return self.indicator(IndicatorDraft { name, doc, by: by.to_vec(), ratio: own, exclusions });
        }
        let whole = own.clone();
        if own.numerator.terms.is_empty() {
            // Nothing has the labels itself: nothing of what it is divided by.
            own.numerator.terms = own.denominator.clone().scaled(&Exact::zero()).terms;
        }
        let of_name = format!("{name}:own");
        let of = self.indicator(IndicatorDraft {
            name: &of_name,
            doc: None,
            by: by.to_vec(),
            ratio: own,
            exclusions: exclusions.clone(),
        });
        let mut divided = Vec::new();
        for (index, Shared { amount, key }) in shared.into_iter().enumerate() {
            let number = if index == 0 { String::new() } else { format!(".{}", index + 1) };
            let (shared_name, key_name) = (format!("{name}:shared{number}"), format!("{name}:key{number}"));
            let amount = IndicatorDraft {
                name: &shared_name,
                doc: None,
                by: Vec::new(),
                ratio: Ratio { numerator: amount, ..whole.clone() },
                exclusions: exclusions.clone(),
            };
            let amount = self.indicator(amount);
            let key = IndicatorDraft {
                name: &key_name,
                doc: None,
                by: by.to_vec(),
                ratio: Ratio { numerator: key, ..whole.clone() },
                exclusions: exclusions.clone(),
            };
            divided.push(Part { amount, key: self.indicator(key) });
        }
        self.need_each_other(&of, &divided);
        self.derived(name, doc, by, &whole, Derivation::Allocated { of, shared: divided })
    }

    /// What is divided must be observed for the others to count: else a silent exporter would make its cost look small.
    fn need_each_other(&mut self, of: &str, divided: &[Part]) {
        let mut needed: Vec<String> = Vec::new();
        // INVARIANT: what is divided and its keys have been added just before.
        let index = |id: &str| self.indicator_ids[id];
        for part in divided {
            let terms = self.indicators[index(&part.amount)].numerator.terms.iter();
            let terms = terms.filter(|term| term.when_absent == WhenAbsent::Unobserved);
            needed.extend(terms.map(|term| term.flow.clone()));
        }
        needed.sort();
        needed.dedup();
        for id in divided.iter().flat_map(|part| [part.amount.as_str(), &part.key]).chain([of]) {
            let indicator = &mut self.indicators[self.indicator_ids[id]];
            let own = |flow: &String| indicator.numerator.terms.iter().any(|term| term.flow == *flow);
            indicator.needed = needed.iter().filter(|flow| !own(flow)).cloned().collect();
        }
    }

    /// The id of an indicator that follows from others.
    fn derived(
        &mut self,
        name: &str,
        doc: Option<String>,
        by: &[String],
        ratio: &Ratio<'_>,
        derivation: Derivation,
    ) -> String {
        let id = format!("{}/{name}", self.service);
        if self.indicator_ids.contains_key(&id) {
            return id;
        }
        self.indicator_ids.insert(id.clone(), self.indicators.len());
        let combination = |side: &str, unit: &Unit| Combination {
            flow: format!("{id}:{side}"),
            unit: unit.clone(),
            terms: Vec::new(),
            constant: Exact::zero(),
        };
        self.indicators.push(Indicator {
            id: id.clone(),
            doc,
            by: by.to_vec(),
            numerator: combination("numerator", &ratio.numerator.unit),
            denominator: combination("denominator", &ratio.denominator.unit),
            exclusions: Vec::new(),
            needed: Vec::new(),
            derivation: Some(derivation),
        });
        id
    }

    /// The id of a base flow. It depends on the flow alone and not on what else is in the file, so that recorded history
    /// survives edits elsewhere: a declared flow has the name of its declaration, any other says what it reads.
    pub fn flow(&mut self, term: &LinearTerm<'_>, by: &[String]) -> String {
        let name = term.flow.declared.as_ref().unwrap_or(&term.flow.hint);
        let wanted = format!("{}/{name}", self.service);
        let mut id = wanted.clone();
        let mut number = 2;
        while let Some(index) = self.by_id.get(&id) {
            let known = &mut self.flows[*index];
            let renamed = renamed(term, by);
            let called_alike =
                by.iter().all(|label| !known.by.contains(label) || known.renamed.get(label) == renamed.get(label));
            if known.source == term.flow.source && called_alike {
                known.renamed.extend(renamed);
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
            renamed: renamed(term, by),
            source: term.flow.source.clone(),
        });
        id
    }
}

/// The terms, each flow once: what is allocated in two ways is one flow where nothing is broken down.
fn joined<'w>(terms: &[LinearTerm<'w>]) -> Vec<LinearTerm<'w>> {
    let mut joined: Vec<LinearTerm<'w>> = Vec::new();
    for term in terms {
        let same =
            |own: &&mut LinearTerm<'w>| own.flow.source == term.flow.source && own.flow.declared == term.flow.declared;
        match joined.iter_mut().find(same) {
            Some(own) => {
                own.factor = &own.factor + &term.factor;
                own.whole |= term.whole;
                own.priced |= term.priced;
            }
            None => joined.push(term.clone()),
        }
    }
    joined
}

/// Which of the labels the series of a flow call otherwise.
fn renamed(term: &LinearTerm<'_>, by: &[String]) -> BTreeMap<String, String> {
    let own = by.iter().map(|label| (label.clone(), own_name(&term.flow, label).to_string()));
    own.filter(|(label, own)| label != own).collect()
}

/// Whether a flow without samples is a flow of nothing. A counter that counts a part of something is often born with its
/// first event: the failed ones of all requests.
fn when_absent(term: &LinearTerm<'_>, in_numerator: bool, ratio: &Ratio<'_>) -> WhenAbsent {
    if term.priced {
        return WhenAbsent::Unobserved;
    }
    let source = &term.flow.source;
    let (own, denominator) = (if in_numerator { &ratio.numerator } else { &ratio.denominator }, &ratio.denominator);
    let mut all = ratio.numerator.terms.iter().chain(&denominator.terms);
    // It selects a part of what another term selects wholly.
    let is_selected_part = all.any(|other| {
        covers(&other.flow.source, source) && !covers(source, &other.flow.source)
            || other.whole && selects(&other.flow.source, source)
    });
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
    let is_part = is_counter(source) && !term.whole && !is_money && (is_taken_away || is_divided_by_whole);
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

/// Whether a part is selected of a whole, whatever each of it is worth.
fn selects(whole: &Source, part: &Source) -> bool {
    let (wide, narrow) = match (whole, part) {
        (Source::Counter { metric: a, matchers: wide, .. }, Source::Counter { metric: b, matchers: narrow, .. })
        | (Source::Gauge { metric: a, matchers: wide, .. }, Source::Gauge { metric: b, matchers: narrow, .. })
            if a == b =>
        {
            (wide, narrow)
        }
        (
            Source::EventCount { event: a, conditions: wide } | Source::EventSum { event: a, conditions: wide, .. },
            Source::EventCount { event: b, conditions: narrow } | Source::EventSum { event: b, conditions: narrow, .. },
        ) if a == b => {
            return wide.len() < narrow.len() && wide.iter().all(|condition| narrow.contains(condition));
        }
        _ => return false,
    };
    wide != narrow && wider(wide, narrow)
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
