//! Indicators: which minutes count, and what windows come to.

use std::{
    collections::{BTreeSet, HashMap},
    rc::Rc,
};

use farthing_plan::{Combination, Derivation, Exclusion, Indicator, Service, WhenAbsent};

use super::{
    Counted, Data, Minutes,
    flows::{event_group, group_of, selects},
};

/// The minutes from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    /// Whether it is made of slots.
    pub long: bool,
    pub first: i64,
    pub last: i64,
}

/// Numerator, denominator and observed seconds of a window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Window {
    pub n: f64,
    pub d: f64,
    pub observed: u64,
    /// Whether the derivation has no amounts.
    pub lacking: bool,
}

impl Span {
    /// Its slots, as windows of their own.
    pub(super) fn slots(self) -> impl Iterator<Item = Span> {
        (self.first..=self.last).step_by(10).map(|first| Span { long: true, first, last: first + 9 })
    }
}

impl Data<'_> {
    /// The groups that an indicator has.
    pub(super) fn groups(&self, service: &Service, id: &str, by: &[String]) -> BTreeSet<Vec<String>> {
        let indicator = service.indicator(id).expect("a plan's indicator");
        let mut groups = BTreeSet::new();
        if by.is_empty() {
            groups.insert(Vec::new());
        }
        for term in indicator.numerator.terms.iter().chain(&indicator.denominator.terms) {
            let flow = service.flow(&term.flow).expect("a plan's flow");
            let series = self.series.iter().filter(|series| selects(&flow.source, series));
            groups.extend(series.map(|series| group_of(flow, series, by)));
            groups.extend(self.events_of(&flow.source).map(|(event, record)| event_group(event, record, by)));
        }
        let (class, mix): (Option<&String>, Vec<&String>) = match &indicator.derivation {
            Some(Derivation::Standardized { label, mix, .. }) => (Some(label), mix.keys().collect()),
            _ => (None, Vec::new()),
        };
        for part in parts(indicator) {
            let of = &service.indicator(part).expect("a part").by;
            let place = |label: &String| of.iter().position(|known| known == label);
            let Some(places) = by.iter().map(place).collect::<Option<Vec<usize>>>() else { continue };
            for group in self.groups(service, part, of) {
                let in_mix = class.is_none_or(|class| mix.contains(&&group[place(class).expect("the class's label")]));
                if in_mix {
                    groups.insert(places.iter().map(|at| group[*at].clone()).collect());
                }
            }
        }
        groups
    }

    /// What a window of an indicator comes to within a group.
    pub(super) fn window(&self, service: &Service, id: &str, by: &[String], group: &[String], span: Span) -> Window {
        let indicator = service.indicator(id).expect("a plan's indicator");
        if let Some(derivation) = &indicator.derivation {
            return self.derived(service, derivation, by, group, span);
        }
        let mut window = Window::default();
        if span.first <= span.last {
            for (_, (n, d)) in self.counted(service, indicator, by, group).minutes.range(span.first..=span.last) {
                window.n += n;
                window.d += d;
                window.observed += 60;
            }
        }
        window
    }

    /// How many seconds of a window are excluded.
    pub(super) fn excluded(&self, service: &Service, id: &str, span: Span) -> u64 {
        let indicator = service.indicator(id).expect("a plan's indicator");
        if indicator.derivation.is_some() {
            return parts(indicator).into_iter().map(|part| self.excluded(service, part, span)).max().unwrap_or(0);
        }
        let by_flow = &self.counted(service, indicator, &[], &[]).excluded;
        let holds = |minute: &i64| by_flow.contains(minute) || dated(indicator, *minute);
        (span.first..=span.last).filter(holds).count() as u64 * 60
    }

    fn derived(
        &self,
        service: &Service,
        derivation: &Derivation,
        by: &[String],
        group: &[String],
        span: Span,
    ) -> Window {
        // A part within the group, its own labels being among the derived one's and those given.
        let part = |id: &str, given: Option<(&str, &str)>, span: Span| -> Window {
            let own = &service.indicator(id).expect("a part").by;
            let values: Vec<String> = own
                .iter()
                .map(|label| match given {
                    Some((name, value)) if name == label => value.to_string(),
                    _ => group[by.iter().position(|known| known == label).expect("a label")].clone(),
                })
                .collect();
            self.window(service, id, own, &values, span)
        };
        let amounts = |n: f64, d: f64, parts: &[Window]| Window {
            n,
            d,
            observed: parts.iter().map(|part| part.observed).max().unwrap_or(0),
            lacking: false,
        };
        let none = |parts: &[Window]| Window { lacking: true, ..amounts(0.0, 0.0, parts) };
        match derivation {
            Derivation::Standardized { of, label, mix } => {
                let classes: Vec<(f64, Window)> =
                    mix.iter().map(|(class, share)| (share.to_f64(), part(of, Some((label, class)), span))).collect();
                let parts: Vec<Window> = classes.iter().map(|class| class.1).collect();
                let with_volume: Vec<&(f64, Window)> = classes.iter().filter(|(_, class)| class.d > 0.0).collect();
                let shares: f64 = with_volume.iter().map(|(share, _)| share).sum();
                if shares == 0.0 {
                    return none(&parts);
                }
                let d: f64 = parts.iter().map(|part| part.d).sum();
                let ratio: f64 = with_volume.iter().map(|(share, class)| share * class.n / class.d).sum();
                amounts(d * ratio / shares, d, &parts)
            }
            Derivation::Allocated { of, shared } => {
                let first = part(of, None, span);
                let (mut n, mut parts, mut sound) = (first.n, vec![first], true);
                for one in shared {
                    let (amount, key) = (part(&one.amount, None, span), part(&one.key, None, span));
                    let own = &service.indicator(&one.key).expect("a key").by;
                    let all: f64 = self
                        .groups(service, &one.key, own)
                        .iter()
                        .map(|group| self.window(service, &one.key, own, group, span).n)
                        .sum();
                    sound &= all > 0.0;
                    n += amount.n * key.n / all;
                    parts.extend([amount, key]);
                }
                if sound { amounts(n, first.d, &parts) } else { none(&parts) }
            }
            Derivation::Relative { of, to } => {
                let (one, other) = (part(of, None, span), part(to, None, span));
                if one.lacking || other.d <= 0.0 {
                    return none(&[one, other]);
                }
                amounts(one.n, one.d * other.n / other.d, &[one, other])
            }
            Derivation::Peak { of, while_indicator, limit } => {
                let parts = [part(of, None, span), part(while_indicator, None, span)];
                let mut peak: Option<f64> = None;
                for slot in span.slots().filter(|_| span.long) {
                    let (one, promise) = (part(of, None, slot), part(while_indicator, None, slot));
                    let most = limit.to_f64() * promise.d;
                    // What differs by rounding only is equal.
                    if promise.d > 0.0 && promise.n <= most + 1e-9 * most.abs() && one.d > 0.0 {
                        peak = Some(peak.map_or(one.n / one.d, |peak| peak.max(one.n / one.d)));
                    }
                }
                match peak {
                    Some(peak) => amounts(peak, 1.0, &parts),
                    None => none(&parts),
                }
            }
        }
    }

    /// Of a standardized indicator, the share of the mix that has volume.
    pub(super) fn mix_seen(
        &self,
        service: &Service,
        id: &str,
        by: &[String],
        group: &[String],
        span: Span,
    ) -> Option<f64> {
        let Some(Derivation::Standardized { of, label, mix }) = &service.indicator(id)?.derivation else {
            return None;
        };
        let own = &service.indicator(of)?.by;
        let mut seen = 0.0;
        for (class, share) in mix {
            let value = |name: &String| {
                if name == label {
                    class.clone()
                } else {
                    group[by.iter().position(|known| known == name).expect("a label")].clone()
                }
            };
            let values: Vec<String> = own.iter().map(value).collect();
            if self.window(service, of, own, &values, span).d > 0.0 {
                seen += share.to_f64();
            }
        }
        Some(seen)
    }

    /// Numerator and denominator of each minute that counts for an indicator of flows.
    fn counted(&self, service: &Service, indicator: &Indicator, by: &[String], group: &[String]) -> Rc<Counted> {
        let place = (indicator.id.clone(), by.to_vec(), group.to_vec());
        if let Some(known) = self.counted.borrow().get(&place) {
            return Rc::clone(known);
        }
        let made = Rc::new(self.count(service, indicator, by, group));
        self.counted.borrow_mut().insert(place, Rc::clone(&made));
        made
    }

    fn count(&self, service: &Service, indicator: &Indicator, by: &[String], group: &[String]) -> Counted {
        let sides = [&indicator.numerator, &indicator.denominator];
        let mut flows: HashMap<&str, Minutes<f64>> = HashMap::new();
        let mut required: Vec<&str> = Vec::new();
        for term in sides.iter().flat_map(|side| &side.terms) {
            let flow = service.flow(&term.flow).expect("a plan's flow");
            flows.entry(&term.flow).or_insert_with(|| self.observed_minutes(flow, by, group));
            if term.when_absent == WhenAbsent::Unobserved {
                required.push(&term.flow);
            }
        }
        let mut excluded = BTreeSet::new();
        for exclusion in &indicator.exclusions {
            if let Exclusion::When { flow, .. } = exclusion {
                let minutes = self.observed_minutes(service.flow(flow).expect("a plan's flow"), &[], &[]);
                excluded.extend(minutes.into_iter().filter(|(_, amount)| *amount > 0.0).map(|(minute, _)| minute));
            }
        }
        let needed: Vec<Minutes<f64>> = (indicator.needed.iter())
            .map(|flow| self.observed_minutes(service.flow(flow).expect("a plan's flow"), &[], &[]))
            .collect();
        let candidates: BTreeSet<i64> = flows.values().flat_map(|minutes| minutes.keys().copied()).collect();
        let amount = |side: &Combination, minute: i64| -> f64 {
            let of = |flow: &str| flows[flow].get(&minute).copied().unwrap_or(0.0);
            let terms: f64 = side.terms.iter().map(|term| term.factor.to_f64() * of(&term.flow)).sum();
            terms + side.constant.to_f64() * 60.0
        };
        let minutes = candidates
            .into_iter()
            .filter(|minute| required.iter().all(|flow| flows[flow].contains_key(minute)))
            .filter(|minute| needed.iter().all(|minutes| minutes.contains_key(minute)))
            .filter(|minute| !excluded.contains(minute) && !dated(indicator, *minute))
            .map(|minute| (minute, (amount(sides[0], minute), amount(sides[1], minute))))
            .collect();
        Counted { minutes, excluded }
    }
}

/// Whether a date excludes a minute.
fn dated(indicator: &Indicator, minute: i64) -> bool {
    indicator.exclusions.iter().any(|exclusion| match exclusion {
        Exclusion::Dates { from, until, .. } => *from <= minute * 60 - 60 && minute * 60 <= *until,
        Exclusion::When { .. } => false,
    })
}

/// The ids of the indicators that one is derived from.
pub(super) fn parts(indicator: &Indicator) -> Vec<&str> {
    match &indicator.derivation {
        None => vec![],
        Some(Derivation::Standardized { of, .. }) => vec![of],
        Some(Derivation::Allocated { of, shared }) => {
            let mut parts = vec![of.as_str()];
            for one in shared {
                parts.extend([one.amount.as_str(), one.key.as_str()]);
            }
            parts
        }
        Some(Derivation::Relative { of, to }) => vec![of, to],
        Some(Derivation::Peak { of, while_indicator, .. }) => vec![of, while_indicator],
    }
}
