//! What is remembered of an objective within one group: the states of its alerts, and its past for a chart.

use std::collections::VecDeque;

use farthing_plan::{LOOK_BACK, Labels, MINUTE};

use crate::{
    amounts::Amounts,
    report::{AlertState, Burn, FiredAlert, HistoryPoint, MAX_FIRED, MAX_HISTORY, Verdict},
    shape::{AlertShape, ObjectiveShape, Window},
    time::{MINUTE_MS, Minute, SLOT_MINUTES, last_slot},
    track::Track,
};

/// An objective within one group.
pub(crate) struct Judging {
    /// Index into the shape's objectives.
    pub objective: usize,
    alerts: Vec<Alert>,
    history: VecDeque<HistoryPoint>,
    /// What each window of the objective came to in the last minute, kept to save allocations.
    windows: Vec<Amounts>,
}

#[derive(Clone)]
struct Alert {
    /// Its entry in the log while it fires.
    entry: Option<u64>,
    since: Option<Minute>,
}

/// The past alerts of all objectives, bounded.
#[derive(Default)]
pub(crate) struct AlertLog {
    pub fired: VecDeque<FiredAlert>,
    pub dropped: u64,
}

impl AlertLog {
    fn push(&mut self, fired: FiredAlert) -> u64 {
        if self.fired.len() == MAX_FIRED {
            self.fired.pop_front();
            self.dropped += 1;
        }
        self.fired.push_back(fired);
        self.dropped + self.fired.len() as u64 - 1
    }

    fn get(&mut self, entry: u64) -> Option<&mut FiredAlert> {
        self.fired.get_mut(usize::try_from(entry.checked_sub(self.dropped)?).ok()?)
    }
}

impl Judging {
    pub(crate) fn new(objective: usize, shape: &ObjectiveShape) -> Judging {
        Judging {
            objective,
            alerts: vec![Alert { entry: None, since: None }; shape.alerts.len()],
            history: VecDeque::new(),
            windows: Vec::new(),
        }
    }

    /// Judges one minute: alert states, their changes, and the history.
    pub(crate) fn minute(
        &mut self,
        shape: &ObjectiveShape,
        track: &Track,
        labels: &Labels,
        now: Minute,
        log: &mut AlertLog,
    ) {
        let period = track.window(shape.period, now);
        self.windows.clear();
        self.windows.extend(shape.burn.iter().map(|&window| track.window(window, now)));
        for (alert, of) in self.alerts.iter_mut().zip(&shape.alerts) {
            let above = |at: usize| self.windows[at].burns_above(of.factor, shape.burn[at], &period, shape);
            let burn = || self.windows[of.long].burn(shape.burn[of.long], &period, shape).unwrap_or_default();
            alert.minute(above(of.long) && above(of.short), burn, now, log, || fired(shape, of, labels, now));
        }
        self.remember(shape, track, now, &period);
    }

    /// The verdict as of `now`.
    pub(crate) fn verdict(
        &self,
        shape: &ObjectiveShape,
        track: &Track,
        labels: &Labels,
        now: Minute,
        first: Minute,
    ) -> Verdict {
        let period = track.window(shape.period, now);
        let (excess, allowance, consumed) = (period.excess(shape), period.allowance(shape), period.consumed(shape));
        Verdict {
            labels: labels.clone(),
            measured: period.measured(shape),
            numerator: period.numerator,
            denominator: period.denominator,
            excess,
            allowance,
            consumed,
            left: consumed.map(|_| allowance - excess),
            exhaustion_s: period.exhaustion(&track.window(Window::hour(), now), shape),
            observed_s: period.minutes as u64 * MINUTE,
            period_s: shape.period.seconds,
            met: period.met(shape),
            burn: shape
                .burn
                .iter()
                .map(|&window| Burn {
                    window_s: window.seconds,
                    rate: track.window(window, now).burn(window, &period, shape),
                })
                .collect(),
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
            history: self.history.iter().cloned().collect(),
        }
    }

    /// The bytes that it holds.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Judging>()
            + self.windows.capacity() * size_of::<Amounts>()
            + self.history.capacity() * size_of::<HistoryPoint>()
    }

    /// Keeps a point at each step's end. A minute may grow for [`LOOK_BACK`] after its end; so a long period's point
    /// is made again in each minute until the next slot ends, and a short one's is made only when it grows no more.
    fn remember(&mut self, shape: &ObjectiveShape, track: &Track, now: Minute, period: &Amounts) {
        let step = shape.history_step;
        let (end, point, period) = if shape.period.long {
            (last_slot(now), last_slot(now) * SLOT_MINUTES, *period)
        } else {
            let settled = now - (LOOK_BACK / MINUTE) as i64;
            (settled, settled, track.window(shape.period, settled))
        };
        if end % step != 0 || period.minutes == 0 {
            return;
        }
        let window = Window { steps: step, ..shape.period };
        let own = track.window(window, point);
        let made = HistoryPoint {
            at_ms: point * MINUTE_MS,
            consumed: period.consumed(shape),
            measured: own.measured(shape),
            numerator: own.numerator,
            denominator: own.denominator,
        };
        match self.history.back_mut() {
            Some(last) if last.at_ms == made.at_ms => *last = made,
            _ => self.history.push_back(made),
        }
        let oldest = (now * MINUTE_MS).saturating_sub_unsigned(shape.period.seconds * 1_000);
        while self.history.len() > MAX_HISTORY || self.history.front().is_some_and(|point| point.at_ms <= oldest) {
            self.history.pop_front();
        }
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
