//! What is remembered of an objective within one group: the states of its alerts, and its past for a chart.

use std::collections::{BTreeSet, VecDeque};

use farthing_plan::{LOOK_BACK, Labels, MINUTE, Side};

use crate::{
    amounts::{Amounts, Loss, nearly_apart_by, nearly_holds},
    history::History,
    nodes::View,
    report::{AlertState, Burn, EqualityVerdict, FiredAlert, MAX_FIRED, Verdict},
    shape::{AlertShape, ObjectiveShape, Span, Window},
    slots::{Slot, Slots},
    time::{MINUTE_MS, Minute, SLOT_MINUTES, last_slot},
};

/// An objective within one group.
pub(crate) struct Judging {
    /// Index into the shape's objectives.
    pub objective: usize,
    pub alerts: Vec<Alert>,
    pub history: History,
    /// Whether the state of an alert changed since it was saved.
    pub unsaved: bool,
    /// Where savings pay for nothing, what was lost in each slot.
    gross: Option<Slots>,
    /// What each window of the objective came to in the last minute, kept to save allocations.
    windows: Vec<Loss>,
}

/// The state of an alert.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Alert {
    /// Its entry in the log while it fires.
    pub entry: Option<u64>,
    /// Since when it fires, or does not.
    pub since: Option<Minute>,
}

/// The past alerts of all objectives, bounded.
#[derive(Default)]
pub(crate) struct AlertLog {
    pub fired: VecDeque<FiredAlert>,
    pub dropped: u64,
    /// The entries that changed since they were saved.
    pub unsaved: BTreeSet<u64>,
}

impl AlertLog {
    fn push(&mut self, fired: FiredAlert) -> u64 {
        if self.fired.len() == MAX_FIRED {
            self.fired.pop_front();
            self.dropped += 1;
            // What is dropped is not kept elsewhere either.
            self.unsaved.insert(self.dropped - 1);
        }
        self.fired.push_back(fired);
        let entry = self.dropped + self.fired.len() as u64 - 1;
        self.unsaved.insert(entry);
        entry
    }

    /// Ends what fires but for these entries.
    pub(crate) fn end_others(&mut self, firing: &[u64], now: Minute) {
        for (at, fired) in (self.dropped..).zip(&mut self.fired) {
            if fired.until_ms.is_none() && !firing.contains(&at) {
                fired.until_ms = Some(now * MINUTE_MS);
                self.unsaved.insert(at);
            }
        }
    }

    fn get(&mut self, entry: u64) -> Option<&mut FiredAlert> {
        self.unsaved.insert(entry);
        self.fired.get_mut(usize::try_from(entry.checked_sub(self.dropped)?).ok()?)
    }
}

/// An objective within a group, and what it is judged by.
pub(crate) struct Case<'a> {
    pub view: &'a View<'a>,
    pub shape: &'a ObjectiveShape,
    /// Its indicator within the group: a node.
    pub node: usize,
    /// The group, and its labels.
    pub group: usize,
    pub labels: &'a Labels,
}

impl Case<'_> {
    pub(crate) fn amounts(&self, span: Span) -> Amounts {
        self.view.amounts(self.node, span)
    }

    /// Whether all guards hold.
    fn guarded(&self, now: Minute) -> bool {
        self.shape.guards.iter().all(|guard| {
            let amounts = self.view.amounts_of(guard.indicator, self.group, guard.window.at(now));
            let value = match guard.side {
                Side::Numerator => amounts.numerator,
                Side::Denominator => amounts.denominator,
            };
            nearly_holds(value, guard.comparison, guard.bound)
        })
    }

    /// The ratios that must be equal over the period, and whether they are.
    fn equality(&self, period: Span) -> Option<EqualityVerdict> {
        let shape = self.shape.equality.as_ref()?;
        let ratio = |indicator| self.view.amounts_of(indicator, self.group, period).ratio();
        let (left, right) = (ratio(shape.left), ratio(shape.right));
        let equal = left.zip(right).is_some_and(|(left, right)| nearly_apart_by(left, right, shape.tolerance));
        Some(EqualityVerdict { left, right, equal })
    }

    fn is_void(&self, period: Span) -> bool {
        self.equality(period).is_some_and(|equality| !equality.equal)
    }
}

impl Judging {
    pub(crate) fn new(objective: usize, shape: &ObjectiveShape, slots: usize) -> Judging {
        Judging {
            objective,
            alerts: vec![Alert::default(); shape.alerts.len()],
            history: History::default(),
            unsaved: false,
            gross: shape.gross.then(|| Slots::new(slots)),
            windows: Vec::new(),
        }
    }

    /// Forgets the past: nothing happened for longer than the longest window.
    pub(crate) fn restart(&mut self) {
        if let Some(gross) = &mut self.gross {
            gross.clear();
        }
    }

    /// Takes in what changed in slots from `changed` on, of the `slots` that its indicator keeps.
    pub(crate) fn settle(&mut self, case: &Case<'_>, changed: i64, last: i64, slots: usize) {
        let Some(gross) = &mut self.gross else { return };
        for slot in changed.max(last - slots as i64 + 1)..=last {
            let lost = case.amounts(Span::slot(slot)).net_excess(case.shape).max(0.0);
            gross.set(slot, Slot { numerator: lost, ..Slot::default() });
        }
        gross.settle();
    }

    /// Judges one minute: alert states, their changes, and the history.
    pub(crate) fn minute(&mut self, case: &Case<'_>, now: Minute, log: &mut AlertLog) {
        let shape = case.shape;
        let period = self.loss(case, shape.period.at(now));
        let rolling = self.rolling(case, &period, now);
        let mut windows = std::mem::take(&mut self.windows);
        windows.clear();
        windows.extend(shape.burn.iter().map(|window| self.loss(case, window.at(now))));
        // Both are asked for only where an alert would fire else.
        let mut may_fire = None;
        for (alert, of) in self.alerts.iter_mut().zip(&shape.alerts) {
            let above = |at: usize| {
                let factor = of.factor + shape.planned(shape.burn[at], now);
                windows[at].burns_above(factor, shape.burn[at], &rolling, shape)
            };
            let burn = || windows[of.long].burn(shape.burn[of.long], &rolling, shape).unwrap_or_default();
            let fires = above(of.long)
                && above(of.short)
                && *may_fire.get_or_insert_with(|| case.guarded(now) && !case.is_void(shape.period.at(now)));
            let before = *alert;
            alert.minute(fires, burn, now, log, || fired(shape, of, case.labels, now));
            self.unsaved |= *alert != before;
        }
        self.windows = windows;
        self.remember(case, now, &period);
    }

    /// The verdict as of `now`.
    pub(crate) fn verdict(&self, case: &Case<'_>, now: Minute, first: Minute) -> Verdict {
        let shape = case.shape;
        let span = shape.period.at(now);
        let period = self.loss(case, span);
        let rolling = self.rolling(case, &period, now);
        let equality = case.equality(span);
        let judged = equality.as_ref().is_none_or(|equality| equality.equal);
        let allowance = period.allowance(shape);
        let consumed = period.consumed(shape).filter(|_| judged);
        let met = period.met(shape).filter(|_| judged);
        let hour = self.loss(case, Window::hour().at(now));
        Verdict {
            labels: case.labels.clone(),
            measured: period.amounts.measured(shape),
            numerator: period.amounts.numerator,
            denominator: period.amounts.denominator,
            excess: period.excess,
            allowance,
            consumed,
            left: consumed.map(|_| allowance - period.excess),
            exhaustion_s: period.exhaustion(&hour, shape).filter(|_| judged),
            observed_s: period.amounts.minutes as u64 * MINUTE,
            excluded_s: case.view.excluded_s(case.view.nodes.all[case.node].indicator, span),
            period_s: shape.period.rolling.seconds,
            period_start_ms: shape.period.start_s(now) * 1_000,
            met,
            met_alone: met,
            spoiled_by: Vec::new(),
            mix_seen: case.view.mix_seen(case.node, span),
            equality,
            burn: shape
                .burn
                .iter()
                .map(|window| Burn {
                    window_s: window.seconds,
                    rate: self.loss(case, window.at(now)).burn(*window, &rolling, shape),
                })
                .collect(),
            hour_excess: (hour.amounts.minutes > 0 && !hour.amounts.lacking).then_some(hour.excess),
            hour_measured: hour.amounts.measured(shape),
            alerts: self
                .alerts
                .iter()
                .enumerate()
                .map(|(index, alert)| AlertState {
                    index,
                    firing: alert.entry.is_some(),
                    since_ms: alert.since.unwrap_or(first) * MINUTE_MS,
                })
                .collect(),
            history: self.history.points(case),
        }
    }

    /// The bytes that it holds.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Judging>()
            + self.windows.capacity() * size_of::<Loss>()
            + self.history.bytes()
            + self.gross.as_ref().map_or(0, Slots::bytes)
    }

    /// What was lost in a window.
    fn loss(&self, case: &Case<'_>, span: Span) -> Loss {
        let amounts = case.amounts(span);
        let excess = match &self.gross {
            None => amounts.net_excess(case.shape),
            Some(gross) if span.long => gross.window(span.last, span.steps).numerator,
            Some(_) => amounts.net_excess(case.shape).max(0.0),
        };
        Loss { amounts, excess }
    }

    /// What was lost in the last period's length, where the period is another.
    fn rolling(&self, case: &Case<'_>, period: &Loss, now: Minute) -> Loss {
        let shape = &case.shape.period;
        if shape.calendar.is_some() { self.loss(case, shape.rolling.at(now)) } else { *period }
    }

    /// Keeps a point at each step's end. A minute may grow for [`LOOK_BACK`] after its end; so a long period's point
    /// is made again in each minute until the next slot ends, and a short one's is made only when it grows no more.
    fn remember(&mut self, case: &Case<'_>, now: Minute, period: &Loss) {
        let shape = case.shape;
        let step = shape.history_step;
        let long = shape.period.rolling.long;
        let point = if long { last_slot(now) * SLOT_MINUTES } else { now - (LOOK_BACK / MINUTE) as i64 };
        let end = if long { last_slot(now) } else { point };
        if end % step != 0 {
            return;
        }
        // A rolling period of slots is at `now` what it was at the point.
        let made_of = shape.period.at(point);
        let period = if made_of == shape.period.at(now) { *period } else { self.loss(case, made_of) };
        if period.amounts.minutes == 0 {
            return;
        }
        let void = case.is_void(made_of);
        let consumed = period.consumed(shape).filter(|_| !void);
        // What is read from slots is there for as long as the point is.
        let own = (!long).then(|| {
            let own = case.amounts(Span { long, last: end, steps: step });
            (own.numerator, own.denominator)
        });
        let oldest = now.saturating_sub_unsigned(shape.period.longest().seconds / MINUTE);
        self.history.push(point, consumed, own, oldest);
    }
}

impl Alert {
    fn minute(
        &mut self,
        fires: bool,
        burn: impl FnOnce() -> f64,
        now: Minute,
        log: &mut AlertLog,
        fired: impl FnOnce() -> FiredAlert,
    ) {
        match (self.entry, fires) {
            (None, true) => {
                self.since = Some(now);
                self.entry = Some(log.push(FiredAlert { peak_burn: burn(), ..fired() }));
            }
            (Some(entry), true) => {
                if let Some(fired) = log.get(entry) {
                    fired.peak_burn = fired.peak_burn.max(burn());
                }
            }
            (Some(entry), false) => {
                if let Some(fired) = log.get(entry) {
                    fired.until_ms = Some(now * MINUTE_MS);
                }
                self.since = Some(now);
                self.entry = None;
            }
            (None, false) => {}
        }
    }
}

fn fired(shape: &ObjectiveShape, alert: &AlertShape, labels: &Labels, now: Minute) -> FiredAlert {
    FiredAlert {
        objective: shape.id.clone(),
        labels: labels.clone(),
        severity: alert.severity,
        long_s: shape.burn[alert.long].seconds,
        short_s: shape.burn[alert.short].seconds,
        factor: alert.factor,
        from_ms: now * MINUTE_MS,
        until_ms: None,
        peak_burn: 0.0,
    }
}
