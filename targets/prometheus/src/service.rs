//! The groups of a service.

use std::collections::HashMap;

use farthing_plan::{Flow, Indicator, Plan, Service};

use crate::{
    alert,
    calendar::{self, Calendar},
    derived,
    duration::Window,
    flow,
    group::{Group, Rule},
    indicator, inputs, objective, sums, tradeoff,
    window::{self, Windows},
};

/// How often flows are recorded and objectives judged, in seconds.
pub const INTERVAL: u64 = 60;

/// How often long windows are added up from slots, in seconds. Half a slot: a new slot is seen soon after its end.
pub const LONG_INTERVAL: u64 = 300;

/// How many series one rule may have: more than any breakdown that people look at, less than one by request.
pub const LIMIT: u32 = 10_000;

/// The rule groups of a service, for one file. A group that would have no rule is left out.
///
/// INVARIANT: no flow is broken down by one of [`RESERVED_LABELS`](crate::RESERVED_LABELS); the compiler refuses that.
pub fn groups<'a>(plan: &Plan, service: &'a Service) -> Vec<Group<'a>> {
    let maker = Maker::new(plan, service);
    let groups = [
        Group { name: maker.name(), interval_s: INTERVAL, limit: LIMIT, rules: maker.rules().collect() },
        Group {
            name: maker.slots_name(),
            interval_s: LONG_INTERVAL,
            limit: LIMIT,
            rules: maker.slots_rules().collect(),
        },
    ];
    groups.into_iter().filter(|group| !group.rules.is_empty()).collect()
}

/// What rules of a service look up again and again.
pub(crate) struct Known<'a> {
    /// Looked up for each objective: a service may have thousands.
    pub flows: HashMap<&'a str, &'a Flow>,
    pub indicators: HashMap<&'a str, &'a Indicator>,
    /// Each window that any objective reads, once.
    pub table: Vec<Window>,
    /// Each calendar that any objective names, once.
    pub calendars: Vec<Calendar>,
}

/// Makes the rules of a service one after the other: a text of thousands is printed without holding them all.
pub(crate) struct Maker<'a> {
    service: &'a Service,
    known: Known<'a>,
    /// The parts of derived ones before these.
    indicators: Vec<&'a Indicator>,
}

impl<'a> Maker<'a> {
    pub(crate) fn new(plan: &Plan, service: &'a Service) -> Self {
        let known = Known {
            flows: service.flows.iter().map(|flow| (flow.id.as_str(), flow)).collect(),
            indicators: service.indicators.iter().map(|indicator| (indicator.id.as_str(), indicator)).collect(),
            table: window::table(service),
            calendars: calendar::calendars(plan, service),
        };
        Maker { service, known, indicators: window::in_order(service) }
    }

    /// The name of the group of [`Maker::rules`].
    pub(crate) fn name(&self) -> String {
        format!("farthing:{}", self.service.name)
    }

    /// The name of the group of [`Maker::slots_rules`].
    pub(crate) fn slots_name(&self) -> String {
        format!("farthing:{}:slots", self.service.name)
    }

    /// The names of the groups that have rules.
    pub(crate) fn group_names(&self) -> impl Iterator<Item = String> {
        let every_minute = self.rules().next().map(|_| self.name());
        let slots = self.slots_rules().next().map(|_| self.slots_name());
        every_minute.into_iter().chain(slots)
    }

    /// What is evaluated every minute: each rule after those that it reads.
    pub(crate) fn rules(&self) -> impl Iterator<Item = Rule<'a>> {
        let (service, known) = (self.service, &self.known);
        let flows = service.flows.iter().map(|flow| flow::rule(flow, &service.name));
        let indicators =
            service.indicators.iter().flat_map(|indicator| indicator::rules(indicator, &service.name, &known.flows));
        let calendars = calendar::rules(&known.calendars, &service.name);
        let sums = self.windows().flat_map(|of| self.sums(of, When::EveryMinute));
        let judged = self.judged().flat_map(|writer| writer.rules());
        let traded = service.tradeoffs.iter().flat_map(|tradeoff| tradeoff::rules(tradeoff, service));
        let alerts = service.objectives.iter().flat_map(|objective| {
            let indicator = known.indicators.get(objective.indicator.as_str());
            indicator.map(|indicator| alert::rules(objective, indicator, service, known)).unwrap_or_default()
        });
        let broken = service.tradeoffs.iter().flat_map(|tradeoff| tradeoff::alerts(tradeoff, service));
        let inputs = inputs::rules(service, &known.flows, &known.indicators);
        flows
            .chain(indicators)
            .chain(calendars)
            .chain(sums)
            .chain(judged)
            .chain(traded)
            .chain(alerts)
            .chain(broken)
            .chain(inputs)
    }

    /// What is added up from slots.
    pub(crate) fn slots_rules(&self) -> impl Iterator<Item = Rule<'a>> {
        let sums = self.windows().flat_map(|of| self.sums(of, When::FromSlots));
        sums.chain(self.judged().flat_map(|writer| writer.added_up_from_slots()))
    }

    /// Each indicator that is read, with its windows.
    fn windows(&self) -> impl Iterator<Item = (&'a Indicator, Windows<'_>)> {
        let mut windows = window::collect(self.service, &self.indicators, &self.known.calendars);
        self.indicators.iter().map(move |indicator| (*indicator, windows.remove(&*indicator.id).unwrap_or_default()))
    }

    /// The rules of an indicator's windows: what is recorded every minute, or what is added up from slots.
    fn sums(&self, (indicator, windows): (&'a Indicator, Windows), when: When) -> Vec<Rule<'a>> {
        let (service, table, windows) = (self.service, self.known.table.as_slice(), &windows);
        let Some(derivation) = &indicator.derivation else {
            let writer = sums::Writer { service, indicator, windows, table };
            return match when {
                When::EveryMinute => writer.every_minute(),
                When::FromSlots => writer.added_up_from_slots(),
            };
        };
        let indicators = &self.known.indicators;
        let writer = derived::Writer { service, indicator, derivation, indicators, windows, table };
        match when {
            When::EveryMinute => writer.every_minute(),
            When::FromSlots => writer.added_up_from_slots(),
        }
    }

    fn judged(&self) -> impl Iterator<Item = objective::Writer<'a, '_>> {
        self.service.objectives.iter().filter_map(|objective| {
            // INVARIANT: the indicator exists; without it there is nothing to judge.
            let indicator = self.known.indicators.get(objective.indicator.as_str())?;
            Some(objective::Writer::new(self.service, indicator, objective, &self.known))
        })
    }
}

/// Which of an indicator's rules.
#[derive(Clone, Copy)]
enum When {
    EveryMinute,
    FromSlots,
}
