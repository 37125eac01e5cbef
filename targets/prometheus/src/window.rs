//! Which windows of an indicator are recorded: those that the objectives read, and what is derived from it.

use std::collections::{HashMap, HashSet};

use farthing_plan::{BudgetMode, Derivation, Indicator, LONG_WINDOW, Objective, Service};

use crate::{
    calendar::{self, Calendar},
    derived::parts,
    duration::Window,
};

/// What the rate covers: a window of this length needs no sum.
pub(crate) const RATE_WINDOW: u64 = 300;

/// The budget's excess of the last hour says when it will be exhausted.
pub(crate) const EXHAUSTION_WINDOW: u64 = 3_600;

/// The windows of one indicator.
#[derive(Clone, Debug, Default)]
pub(crate) struct Windows<'t> {
    /// Over which the flows are added up, in seconds, ascending.
    sums: Vec<u64>,
    /// Over which the observed time is added up: the periods.
    observed: Vec<u64>,
    /// The calendars over whose periods the flows are added up.
    pub calendars: Vec<&'t Calendar>,
    /// Whether the rate is read as a window.
    pub rate: bool,
    /// Whether slots are read themselves, besides what is added up from them.
    pub slots: bool,
}

/// Each window that anything of a service reads, once, ascending.
pub(crate) fn table(service: &Service) -> Vec<Window> {
    let mut lengths: Vec<u64> = Vec::with_capacity(4 * service.objectives.len());
    for objective in &service.objectives {
        lengths.extend([objective.period.seconds(), EXHAUSTION_WINDOW]);
        lengths.extend(objective.alerts.iter().flat_map(|alert| [alert.long, alert.short]));
        lengths.extend(objective.guards.iter().map(|guard| guard.window));
    }
    lengths.sort_unstable();
    lengths.dedup();
    lengths.into_iter().map(Window::new).collect()
}

/// The windows of each indicator of a service, by its id.
pub(crate) fn collect<'a, 't>(
    service: &'a Service,
    order: &[&'a Indicator],
    calendars: &'t [Calendar],
) -> HashMap<&'a str, Windows<'t>> {
    let mut all: HashMap<&str, Windows> = HashMap::with_capacity(service.indicators.len());
    for objective in &service.objectives {
        let calendar = calendar::find(calendars, &objective.period);
        all.entry(&objective.indicator).or_default().judge(objective, calendar);
        for guard in &objective.guards {
            all.entry(&guard.indicator).or_default().sums.push(guard.window);
        }
        for side in objective.equality.iter().flat_map(|equality| [&equality.left, &equality.right]) {
            let side = all.entry(side).or_default();
            match calendar {
                Some(calendar) => side.calendars.push(calendar),
                None => side.sums.push(objective.period.seconds()),
            }
        }
    }
    // What is derived comes after its parts: backwards, all that a part is needed for is known before it is read.
    for indicator in order.iter().rev() {
        let windows = all.entry(&indicator.id).or_default();
        windows.tidy();
        let Some(derivation) = &indicator.derivation else {
            continue;
        };
        if let Derivation::Peak { .. } = derivation {
            // Of slots only.
            windows.sums.retain(|window| *window >= LONG_WINDOW);
            windows.slots = true;
        }
        let needed = windows.of_parts(derivation);
        for part in parts(derivation) {
            all.entry(part).or_default().add(&needed);
        }
    }
    all
}

/// The indicators of a service, the parts of derived ones before these, and else in their own order.
pub(crate) fn in_order(service: &Service) -> Vec<&Indicator> {
    let by_id: HashMap<&str, &Indicator> =
        service.indicators.iter().map(|indicator| (indicator.id.as_str(), indicator)).collect();
    let mut order = Vec::with_capacity(service.indicators.len());
    let mut seen = HashSet::with_capacity(service.indicators.len());
    // What is to be looked at, and whether its parts have been.
    let mut stack: Vec<(&Indicator, bool)> = Vec::new();
    for indicator in &service.indicators {
        stack.push((indicator, false));
        while let Some((indicator, is_ready)) = stack.pop() {
            if is_ready {
                order.push(indicator);
            } else if seen.insert(indicator.id.as_str()) {
                stack.push((indicator, true));
                let parts = indicator.derivation.iter().flat_map(parts);
                let parts: Vec<_> = parts.filter_map(|part| by_id.get(part)).map(|part| (*part, false)).collect();
                stack.extend(parts.into_iter().rev());
            }
        }
    }
    order
}

impl<'t> Windows<'t> {
    fn judge(&mut self, objective: &Objective, calendar: Option<&'t Calendar>) {
        self.sums.extend([objective.period.seconds(), EXHAUSTION_WINDOW]);
        self.sums.extend(objective.alerts.iter().flat_map(|alert| [alert.long, alert.short]));
        self.observed.push(objective.period.seconds());
        self.calendars.extend(calendar);
        self.slots |= objective.budget_mode == BudgetMode::Gross
            && (calendar.is_some() || self.sums.iter().any(|window| *window >= LONG_WINDOW));
    }

    fn tidy(&mut self) {
        self.rate |= self.sums.contains(&RATE_WINDOW);
        self.sums.retain(|window| *window != RATE_WINDOW);
        for list in [&mut self.sums, &mut self.observed] {
            list.sort_unstable();
            list.dedup();
        }
        self.calendars.sort_unstable_by_key(|calendar| &calendar.name);
        self.calendars.dedup_by_key(|calendar| &calendar.name);
    }

    /// What a derived indicator with these windows needs of its parts.
    fn of_parts(&self, derivation: &Derivation) -> Windows<'t> {
        match derivation {
            Derivation::Peak { .. } => Windows { observed: self.observed.clone(), slots: true, ..Windows::default() },
            _ => self.clone(),
        }
    }

    fn add(&mut self, other: &Windows<'t>) {
        self.sums.extend(&other.sums);
        self.observed.extend(&other.observed);
        self.calendars.extend(&other.calendars);
        self.rate |= other.rate;
        self.slots |= other.slots;
    }

    /// All of them.
    pub(crate) fn lengths(&self) -> impl Iterator<Item = u64> + '_ {
        self.sums.iter().chain(&self.observed).copied()
    }

    /// Whether anything is added up from slots.
    pub(crate) fn are_from_slots(&self) -> bool {
        self.slots || !self.calendars.is_empty() || self.lengths().any(|length| length >= LONG_WINDOW)
    }

    pub(crate) fn sums<'w>(&self, table: &'w [Window]) -> impl Iterator<Item = &'w Window> {
        self.sums.iter().filter_map(|length| find(table, *length))
    }

    pub(crate) fn observed<'w>(&self, table: &'w [Window]) -> impl Iterator<Item = &'w Window> {
        self.observed.iter().filter_map(|length| find(table, *length))
    }
}

/// The window of this length.
pub(crate) fn find(table: &[Window], seconds: u64) -> Option<&Window> {
    table.iter().find(|window| window.seconds == seconds)
}
