//! Whether Prometheus and the evaluator agree, and where not.

use std::{collections::BTreeSet, fmt::Write};

use farthing_plan::{BudgetMode, BurnForm, Form, LONG_WINDOW, Linear, Objective, Unit};

use crate::{
    Scenario,
    evaluated::Evaluated,
    recorded::{Firing, Recorded},
    trace::{Key, PERIOD, Quantity, Trace},
    worst::Worst,
};

/// By how much Prometheus's number may differ beyond what the flows' amounts allow, and each amount at most.
const RELATIVE: f64 = 0.01;

/// Which part of the most that it may be a flow is at least.
const NOTHING: f64 = 1e-3;

/// The rules' evaluation interval, in seconds.
const INTERVAL: f64 = 60.0;

/// How much a flow may differ for each time that the samples cease, in seconds: see [`Scenario::breaks`].
const BREAK: f64 = 300.0;

/// Up to how many minutes before and after a number of Prometheus's a flow's amount may be from.
///
/// A rate over 5 minutes, added up over a window, is the average of what the window came to when it ended 0 to 5 minutes
/// earlier, and the rules are evaluated up to a minute after the evaluator's minute. A gauge is seen once a minute, up to a
/// scrape late, and taken for the whole minute before: two more after.
const SHORT: (usize, usize) = (6, 3);

/// The same of what is read from slots: the rules add slots up every 5 minutes, so the last one may be the one before;
/// their slots end up to a minute after the evaluator's, in its next slot; and rates reach 5 minutes into the one before.
const LONG: (usize, usize) = (26, 11);

/// How many minutes before or after it does in the evaluator an alert may begin or end that waits for more than its burn
/// rates: for a volume, for what is planned, or for a comparison that is not void.
const AROUND: i64 = 26;

/// For how many minutes from its first number on an objective is not compared: in its first hour a period is a few slots,
/// and one slot more or less is much of it.
const WARM: usize = 60;

/// How Prometheus and the evaluator agree.
#[derive(Debug, Default)]
pub struct Agreement {
    /// A table for each number of an objective, and a text for each alert, on which they do not.
    pub disagreements: Vec<String>,
    /// The worst deviations from the evaluator's numbers of the minutes around, from half a period on.
    pub worst: Worst,
    /// In how many minutes alerts of Prometheus's must fire, and do, all alerts together.
    pub firing: usize,
}

/// Compares what Prometheus and the evaluator say of a scenario, minute by minute.
///
/// What the numerator and the denominator came to over a window, N(w) and D(w), may each differ by one evaluation
/// interval's amount. Stated exactly: at minute t, Prometheus's N(w) lies between the least and the greatest of the
/// evaluator's N(w) at the minutes from t - 6 to t + 3 (from t - 26 to t + 11 for windows of a day or more, which are
/// read from slots; where it has none, it is 0), give or take
///
/// - what flows in one evaluation interval, of a window below 100 minutes 1%;
/// - the part `burstiness * step / w` of it (`/ busy` where nearly all falls into less time), since a rate weighs the
///   times between scrapes unequally;
/// - what is [sampled](Scenario::sampled);
/// - `300 s / observed(P) * N(P)` for each of the scenario's [breaks](Scenario::breaks) in the window.
///
/// D(w) likewise; the observed time too, with 300 s for each break.
///
/// Each number of an objective - measured, budget consumed and left, burn rates - must lie between the least and the
/// greatest value that its definition takes for such N and D, give or take 1% of itself; of the budget left 1% of
/// the allowance. Where Prometheus has no number, the evaluator must have none in one of these minutes, and so the
/// other way round. In the first hour of an objective, and of each of its groups, only missing numbers are compared.
///
/// An alert must fire when both burn rates must be above its factor, and must not when one must be below it.
pub fn compare(scenario: &Scenario, evaluated: &Evaluated, recorded: &Recorded) -> Agreement {
    let mut agreement = Agreement::default();
    let found = &mut agreement.disagreements;
    let is_compared =
        |key: &&Key| !matches!(key.quantity, Quantity::Numerator(_) | Quantity::Denominator(_) | Quantity::Excess(_));
    let keys: BTreeSet<&Key> = evaluated.trace.keys().chain(recorded.trace.keys()).filter(is_compared).collect();
    for key in keys {
        let objectives = scenario.plan.services.iter().flat_map(|service| &service.objectives);
        let Some(objective) = objectives.into_iter().find(|one| one.id == key.objective) else {
            found.push(format!("{}: {key}: no such objective", scenario.name));
            continue;
        };
        let bounds = Bounds::new(scenario, objective, key, &evaluated.trace);
        let said = recorded.trace.row(key);
        let wrong: Vec<usize> = bounds
            .minutes()
            .filter(|minute| !bounds.is_away(*minute) && !bounds.accept(*minute, cell(said, *minute)))
            .collect();
        if !wrong.is_empty() {
            found.push(table(&bounds, &wrong, said));
        }
        // From half a period on: before it, a slot more or less is much of what there is.
        let half = bounds.warm.max(objective.period.seconds() as usize / 120);
        for minute in bounds.minutes().skip(half).filter(|minute| !bounds.is_away(*minute)) {
            if let (Some(value), Some(own)) = (cell(said, minute), near(bounds.own, bounds.around(), minute)) {
                agreement.worst.note(key.quantity, own.distance(value) / bounds.scale(minute, value));
            }
        }
        if let Quantity::Burn(_) = key.quantity {
            agreement.firing += alerts(scenario, objective, key, evaluated, &recorded.firing, found);
        }
    }
    agreement
}

/// Compares the alerts whose long window is the key's; returns in how many minutes they must fire.
fn alerts(
    scenario: &Scenario,
    objective: &Objective,
    key: &Key,
    evaluated: &Evaluated,
    firing: &[Firing],
    found: &mut Vec<String>,
) -> usize {
    let mut all = 0;
    for alert in objective.alerts.iter().filter(|alert| key.quantity == Quantity::Burn(alert.long)) {
        let windows = (alert.long, alert.short);
        let fires = firing
            .iter()
            .find(|one| one.objective == objective.id && one.labels == key.labels && one.windows == windows);
        let short = Key { quantity: Quantity::Burn(alert.short), ..key.clone() };
        let [long, short] = [key, &short].map(|key| Bounds::new(scenario, objective, key, &evaluated.trace));
        let factor = alert.factor.to_f64();
        // Whether nothing but the burn rates decides; else, whether the evaluator's own alert fires in all minutes around,
        // or in any.
        let is_guarded =
            !objective.guards.is_empty() || !objective.spendings.is_empty() || objective.equality.is_some();
        let own: Vec<_> = evaluated
            .fired
            .iter()
            .filter(|own| {
                own.objective == objective.id && own.labels == key.labels && (own.long_s, own.short_s) == windows
            })
            .map(|own| own.from_ms / 60_000..own.until_ms.map_or(i64::MAX, |until| until / 60_000))
            .collect();
        let is_free = |minute: usize, always: bool| {
            let at = evaluated.trace.minutes().start + minute as i64;
            let mut around = (at - AROUND..=at + AROUND).map(|at| own.iter().any(|fired| fired.contains(&at)));
            !is_guarded || if always { around.all(|fires| fires) } else { around.any(|fires| fires) }
        };
        let (mut silent, mut wrongly) = (Vec::new(), Vec::new());
        let mut sure = 0;
        for minute in long.minutes().skip(long.warm).filter(|minute| !long.is_away(*minute)) {
            let fires =
                fires.is_some_and(|firing| firing.minutes.contains(&(evaluated.trace.minutes().start + minute as i64)));
            let rates = [&long, &short].map(|bounds| (bounds.allowed(minute), bounds.always(minute)));
            let must = rates.iter().all(|(rate, always)| *always && rate.is_some_and(|rate| rate.least > factor))
                && is_free(minute, true);
            let may =
                rates.iter().all(|(rate, _)| rate.is_some_and(|rate| rate.greatest > factor)) && is_free(minute, false);
            sure += usize::from(must);
            if must && !fires {
                silent.push(minute);
            } else if fires && !may {
                wrongly.push(minute);
            }
        }
        for (what, minutes) in [("does not fire", silent), ("fires wrongly", wrongly)] {
            if let (Some(first), Some(last)) = (minutes.first(), minutes.last()) {
                found.push(format!(
                    "{}: {key} and {}: Prometheus's alert {what} in {} minutes, first at {:.2} h, last at {:.2} h; it must in {sure}",
                    scenario.name,
                    alert.short,
                    minutes.len(),
                    *first as f64 / 60.0,
                    *last as f64 / 60.0,
                ));
            }
        }
        all += sure;
    }
    all
}

/// Between two numbers, both included.
#[derive(Clone, Copy, Debug)]
struct Interval {
    least: f64,
    greatest: f64,
}

impl Interval {
    fn of(values: impl IntoIterator<Item = f64>) -> Interval {
        let nothing = Interval { least: f64::INFINITY, greatest: f64::NEG_INFINITY };
        values.into_iter().fold(nothing, |so_far, value| Interval {
            least: so_far.least.min(value),
            greatest: so_far.greatest.max(value),
        })
    }

    fn widened(self, by: f64) -> Interval {
        Interval { least: self.least - by, greatest: self.greatest + by }
    }

    fn ends(self) -> [f64; 2] {
        [self.least, self.greatest]
    }

    /// Of a function that takes its extremes at the ends of its arguments, as quotients and sums do.
    fn map(self, other: Interval, function: impl Fn(f64, f64) -> f64) -> Interval {
        Interval::of(self.ends().into_iter().flat_map(|a| other.ends().map(|b| function(a, b))))
    }

    /// How far outside a number is.
    fn distance(self, value: f64) -> f64 {
        (self.least - value).max(value - self.greatest).max(0.0)
    }

    fn magnitude(self) -> f64 {
        self.least.abs().max(self.greatest.abs())
    }
}

/// What one number of Prometheus's may be. Minutes count from the first one of the scenario.
struct Bounds<'a> {
    scenario: &'a Scenario,
    objective: &'a Objective,
    key: &'a Key,
    /// The evaluator's own.
    own: &'a [f64],
    /// From which minute on they are compared.
    warm: usize,
    /// Of the compliance period.
    period: Flows<'a>,
    /// Of the rolling period by whose allowance burn rates are measured.
    pace: Flows<'a>,
    window: Option<Flows<'a>>,
    observed: &'a [f64],
}

/// What the evaluator's numerator and denominator came to over one window, and how much of that was too much.
#[derive(Clone, Copy)]
struct Flows<'a> {
    /// In seconds; of a calendar's period the usual length.
    seconds: u64,
    amounts: [&'a [f64]; 2],
    excess: &'a [f64],
}

impl<'a> Bounds<'a> {
    fn new(scenario: &'a Scenario, objective: &'a Objective, key: &'a Key, trace: &'a Trace) -> Self {
        let row = |quantity| trace.row(&Key { quantity, ..key.clone() });
        let seconds = objective.period.seconds();
        let flows = |window| Flows {
            seconds: if window == PERIOD { seconds } else { window },
            amounts: [row(Quantity::Numerator(window)), row(Quantity::Denominator(window))],
            excess: row(Quantity::Excess(window)),
        };
        let own = trace.row(key);
        let first = own.iter().position(|value| !value.is_nan()).unwrap_or(own.len());
        Bounds {
            scenario,
            objective,
            key,
            own,
            warm: first + WARM,
            period: flows(PERIOD),
            pace: flows(seconds),
            window: match key.quantity {
                Quantity::Burn(window) => Some(flows(window)),
                _ => None,
            },
            observed: row(Quantity::Observed),
        }
    }

    /// Of the last minute the rules say nothing: they are evaluated after its end.
    fn minutes(&self) -> std::ops::Range<usize> {
        0..((self.scenario.clock.end - self.scenario.clock.start) / 60 - 1) as usize
    }

    /// Whether whoever evaluates is away and says nothing, or was so a short while ago: what it misses then, Prometheus
    /// says for as long as it looks back.
    fn is_away(&self, minute: usize) -> bool {
        let at = self.scenario.clock.start + minute as i64 * 60;
        self.scenario.away.iter().any(|(from, until)| (from - 60..=until + BREAK as i64).contains(&at))
    }

    fn around(&self) -> (usize, usize) {
        match self.window {
            Some(window) if window.seconds < LONG_WINDOW => SHORT,
            _ => LONG,
        }
    }

    /// What a deviation is a part of: the number itself; of a part of the budget below 1, and of a burn rate below 1, 1; of
    /// what is left the allowance, where it is more.
    fn scale(&self, minute: usize, value: f64) -> f64 {
        match self.key.quantity {
            Quantity::Consumed | Quantity::Burn(_) => value.abs().max(1.0),
            Quantity::Left => {
                let [n, d] = self.period.amounts.map(|row| cell(row, minute).unwrap_or(f64::NAN));
                at(&self.objective.allowance, n, d).abs().max(value.abs())
            }
            _ => value.abs(),
        }
    }

    /// Whether the evaluator has a number in each minute around.
    fn always(&self, minute: usize) -> bool {
        let (before, after) = self.around();
        minute >= before
            && (minute - before..=minute + after).all(|at| at >= self.minutes().end || cell(self.own, at).is_some())
    }

    fn accept(&self, minute: usize, value: Option<f64>) -> bool {
        match value {
            // Time that is excluded, or not observed, ends five minutes later where a rate looks back by as much.
            None => {
                !self.always(minute)
                    || self.window.is_some_and(|window| window.seconds <= 300) && self.breaks(300, minute + 1) > 0.0
            }
            Some(_) if minute < self.warm => true,
            Some(value) => {
                let (before, after) = self.around();
                (minute - before..=minute + after).any(|at| cell(self.own, at).is_some())
                    && self
                        .allowed(minute)
                        // Sums of floats that should be nothing are next to nothing.
                        .is_some_and(|allowed| allowed.distance(value) <= f64::EPSILON * 1e3)
            }
        }
    }

    /// Between what Prometheus's number must be; none where the evaluator has none.
    fn allowed(&self, minute: usize) -> Option<Interval> {
        let Objective { excess, allowance, form, burn_form, .. } = self.objective;
        let breaks = self.breaks(self.pace.seconds, minute);
        let observed = near(self.observed, LONG, minute)?.widened(BREAK * breaks);
        // Time observed is divided by: next to none is not known well enough.
        let observed = Interval { least: observed.least.max(INTERVAL), ..observed };
        let [n, d] = self.flows(self.period, minute)?;
        let allowed = n.map(d, |n, d| at(allowance, n, d));
        let number = match self.key.quantity {
            Quantity::Measured => {
                let is_mean = matches!(form, Form::Mean { .. });
                n.map(d, |n, d| if is_mean { n / d } else { 1.0 - n / d })
            }
            Quantity::Consumed if self.is_gross() => {
                self.gross(self.period, minute)?.map(allowed, |excess, allowed| excess / allowed)
            }
            Quantity::Consumed => n.map(d, |n, d| at(excess, n, d) / at(allowance, n, d)),
            Quantity::Left => {
                let left = if self.is_gross() {
                    allowed.map(self.gross(self.period, minute)?, |allowed, excess| allowed - excess)
                } else {
                    n.map(d, |n, d| at(allowance, n, d) - at(excess, n, d))
                };
                return Some(left.widened(RELATIVE * allowed.magnitude().max(left.magnitude())));
            }
            Quantity::Observed => observed,
            Quantity::Burn(_) => {
                let window = self.window?;
                let [n, d] = self.flows(window, minute)?;
                if *burn_form == BurnForm::PerUnit {
                    // Where next to nothing was allowed, a rate may be anything.
                    n.map(d, |n, d| at(excess, n, d) / at(allowance, n, d).max(f64::MIN_POSITIVE))
                } else {
                    let excess =
                        if self.is_gross() { self.gross(window, minute)? } else { n.map(d, |n, d| at(excess, n, d)) };
                    let [n, d] = self.flows(self.pace, minute)?;
                    let pace =
                        n.map(d, |n, d| at(allowance, n, d)).map(observed, |allowed, observed| allowed / observed);
                    excess.map(pace, |excess, pace| excess / window.seconds as f64 / pace)
                }
            }
            Quantity::Numerator(_) | Quantity::Denominator(_) | Quantity::Excess(_) => return None,
        };
        Some(number.widened(RELATIVE * number.magnitude()))
    }

    /// What numerator and denominator may have come to.
    fn flows(&self, flows: Flows<'_>, minute: usize) -> Option<[Interval; 2]> {
        let window = flows.seconds;
        let around = if window < LONG_WINDOW { SHORT } else { LONG };
        let clock = self.scenario.clock;
        // One evaluation interval, or of a short window 1%.
        let interval = INTERVAL.min(RELATIVE * window as f64);
        let busy = self.scenario.busy.unwrap_or(u64::MAX).min(window) as f64;
        let share = interval / window as f64 + self.scenario.burstiness * clock.step as f64 / busy;
        let breaks = self.breaks(window, minute);
        let is_time = self.objective.budget_unit == Unit::base("s");
        let sampled = if is_time { self.scenario.sampled } else { 0.0 };
        let observed = cell(self.observed, minute);
        let mut found = [Interval::of([]); 2];
        for ((flow, row), period) in found.iter_mut().zip(flows.amounts).zip(self.pace.amounts) {
            *flow = near(row, around, minute)?;
            let own = *flow;
            let usual = cell(period, minute).zip(observed).map_or(0.0, |(amount, time)| interval * amount.abs() / time);
            *flow = flow.widened((share * flow.magnitude()).max(usual) + sampled);
            if breaks > 0.0 {
                *flow = flow.widened(breaks * BREAK * cell(period, minute)?.abs() / observed?);
            }
            // What is not below 0 stays so, and a quotient by what may be 0 could be anything: it is more than nothing.
            if own.least >= 0.0 {
                flow.least = flow.least.max(own.greatest * NOTHING);
            }
        }
        Some(found)
    }

    fn is_gross(&self) -> bool {
        self.objective.budget_mode == BudgetMode::Gross
    }

    /// Where only what is above the target counts, slot by slot, what the excess may have come to: what the evaluator says,
    /// and as much more or less as the flows' own amounts may be.
    fn gross(&self, window: Flows<'_>, minute: usize) -> Option<Interval> {
        let around = if window.seconds < LONG_WINDOW { SHORT } else { LONG };
        let mut excess = near(window.excess, around, minute)?;
        let Linear { numerator, denominator } = &self.objective.excess;
        let flows = self.flows(window, minute)?.into_iter().zip(window.amounts);
        for ((flow, row), factor) in flows.zip([numerator, denominator]) {
            let own = near(row, around, minute)?;
            let wider = (flow.greatest - own.greatest).max(own.least - flow.least);
            excess = excess.widened(factor.to_f64().abs() * wider);
        }
        Some(Interval { least: excess.least.max(0.0), ..excess })
    }

    /// How many breaks the window has.
    fn breaks(&self, window: u64, minute: usize) -> f64 {
        let end = self.scenario.clock.start + minute as i64 * 60;
        let begin = end - window as i64 - LONG.0 as i64 * 60;
        self.scenario.breaks.iter().filter(|at| (begin..=end).contains(at)).count() as f64
    }
}

fn cell(row: &[f64], minute: usize) -> Option<f64> {
    row.get(minute).copied().filter(|value| !value.is_nan())
}

fn near(row: &[f64], (before, after): (usize, usize), minute: usize) -> Option<Interval> {
    let cells = row.get(minute.saturating_sub(before)..row.len().min(minute + after + 1))?;
    let is_there = cells.iter().any(|value| !value.is_nan());
    is_there.then(|| Interval::of(cells.iter().map(|value| if value.is_nan() { 0.0 } else { *value })))
}

fn at(linear: &Linear, numerator: f64, denominator: f64) -> f64 {
    linear.numerator.to_f64() * numerator + linear.denominator.to_f64() * denominator
}

/// A few of the minutes that are wrong.
fn table(bounds: &Bounds, wrong: &[usize], said: &[f64]) -> String {
    let mut text = format!("{}: {}: wrong in {} minutes\n", bounds.scenario.name, bounds.key, wrong.len());
    let show = |value: Option<f64>| value.map_or("none".to_string(), |value| format!("{value:.6}"));
    for minute in wrong.iter().step_by(wrong.len().div_ceil(8).max(1)) {
        let (said, own) = (show(cell(said, *minute)), show(cell(bounds.own, *minute)));
        let allowed = match bounds.allowed(*minute) {
            Some(Interval { least, greatest }) => format!("{least:.6} to {greatest:.6}"),
            None => "none".to_string(),
        };
        let hours = *minute as f64 / 60.0;
        writeln!(text, "  {hours:>8.2} h  Prometheus {said:>14}  evaluator {own:>14}  allowed {allowed}")
            .expect("a String takes any text");
    }
    text
}
