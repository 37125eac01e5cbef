//! The groups of a service.

use std::collections::HashMap;

use farthing_plan::{Flow, Indicator, Objective, Service};

use crate::{
    alert,
    duration::Window,
    flow,
    group::{Group, Rule},
    indicator, inputs, objective,
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
pub fn groups(service: &Service) -> Vec<Group<'_>> {
    let maker = Maker::new(service);
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

/// Makes the rules of a service one after the other: a text of thousands is printed without holding them all.
pub(crate) struct Maker<'a> {
    service: &'a Service,
    /// Looked up for each objective: a service may have thousands.
    flows: HashMap<&'a str, &'a Flow>,
    indicators: HashMap<&'a str, &'a Indicator>,
    /// The windows of each indicator, in their order.
    windows: Vec<Windows>,
    /// Each window that any objective reads, once.
    table: Vec<Window>,
}

impl<'a> Maker<'a> {
    pub(crate) fn new(service: &'a Service) -> Self {
        let mut objectives: HashMap<&str, Vec<&Objective>> = HashMap::with_capacity(service.indicators.len());
        for objective in &service.objectives {
            objectives.entry(&objective.indicator).or_default().push(objective);
        }
        let of = |indicator: &Indicator| objectives.get(indicator.id.as_str()).into_iter().flatten().copied();
        let windows: Vec<Windows> = service.indicators.iter().map(|indicator| Windows::of(of(indicator))).collect();
        let alerts = service.objectives.iter().flat_map(|objective| &objective.alerts);
        let mut lengths: Vec<u64> = windows.iter().flat_map(Windows::lengths).collect();
        lengths.extend(alerts.flat_map(|alert| [alert.long, alert.short]));
        lengths.sort_unstable();
        lengths.dedup();
        Maker {
            service,
            flows: service.flows.iter().map(|flow| (flow.id.as_str(), flow)).collect(),
            indicators: service.indicators.iter().map(|indicator| (indicator.id.as_str(), indicator)).collect(),
            windows,
            table: lengths.into_iter().map(Window::new).collect(),
        }
    }

    /// The name of the group of [`Maker::rules`].
    pub(crate) fn name(&self) -> String {
        format!("farthing:{}", self.service.name)
    }

    /// The name of the group of [`Maker::slots_rules`].
    pub(crate) fn slots_name(&self) -> String {
        format!("farthing:{}:slots", self.service.name)
    }

    /// What is evaluated every minute: each rule after those that it reads.
    pub(crate) fn rules(&self) -> impl Iterator<Item = Rule<'a>> {
        let service = self.service;
        let flows = service.flows.iter().map(|flow| flow::rule(flow, &service.name));
        let indicators =
            service.indicators.iter().flat_map(|indicator| indicator::rules(indicator, &service.name, &self.flows));
        let sums = self.writers().flat_map(|writer| writer.every_minute());
        let judged = service.objectives.iter().flat_map(|objective| {
            // INVARIANT: the indicator exists; without it there is nothing to judge.
            let indicator = self.indicators.get(objective.indicator.as_str());
            let writer = indicator.map(|indicator| objective::Writer::new(service, indicator, objective, &self.table));
            writer.map(|writer| writer.rules()).unwrap_or_default()
        });
        let alerts = service.objectives.iter().flat_map(|objective| {
            let indicator = self.indicators.get(objective.indicator.as_str());
            let rules = indicator.map(|indicator| alert::rules(objective, indicator, service, &self.table));
            rules.unwrap_or_default()
        });
        flows.chain(indicators).chain(sums).chain(judged).chain(alerts).chain(inputs::rules(service, &self.flows))
    }

    /// What is added up from slots.
    pub(crate) fn slots_rules(&self) -> impl Iterator<Item = Rule<'a>> {
        self.writers().flat_map(|writer| writer.added_up_from_slots())
    }

    fn writers(&self) -> impl Iterator<Item = window::Writer<'a, '_>> {
        self.service.indicators.iter().zip(&self.windows).map(|(indicator, windows)| window::Writer {
            service: self.service,
            indicator,
            windows,
            table: &self.table,
        })
    }
}
