//! A plan made ready to be evaluated: ids are resolved to indices, exact factors to floats, windows to steps.

use farthing_plan::{
    Combination, Exact, Form, Indicator, LONG_WINDOW, MINUTE, Objective, Plan, SLOT, Service, Severity, Source,
    WhenAbsent,
};

use crate::{
    error::EvaluatorError,
    report::MAX_HISTORY,
    time::{Minute, SLOT_MINUTES, last_slot},
};

/// The longest period or window: five years.
pub const LONGEST_PERIOD: u64 = 5 * 366 * 86_400;

/// Beyond this, products of amounts and factors could leave the range of floats.
const LARGEST_FACTOR: f64 = 1e60;

/// Minutes that data may be ahead of the minute evaluated, before the evaluation follows by itself.
pub(crate) const AHEAD: i64 = 60;

/// What all state is laid out by.
pub(crate) struct Shape {
    /// The distinct sources of all flows: two flows of one source are one.
    pub sources: Vec<Source>,
    /// The distinct label lists that objectives are broken down by.
    pub bys: Vec<Vec<String>>,
    /// For each source, the lists in `bys` that it is kept by.
    pub source_bys: Vec<Vec<usize>>,
    /// An indicator broken down by one label list.
    pub tracks: Vec<TrackShape>,
    /// All objectives, in the order of the plan.
    pub objectives: Vec<ObjectiveShape>,
    /// Minutes that are kept one by one: a power of two.
    pub ring: usize,
    /// The longest window that is read from minutes.
    pub longest_minutes: i64,
    /// The longest period that is read from minutes.
    pub period_minutes: i64,
    /// The longest period that is read from slots, in slots.
    pub period_slots: i64,
}

/// An indicator broken down by one label list.
pub(crate) struct TrackShape {
    /// Index into [`Shape::bys`].
    pub by: usize,
    /// Its flows, each source once.
    pub terms: Vec<TermShape>,
    /// Amounts that the constants add in each counted minute.
    pub numerator_per_minute: f64,
    /// As above, of the denominator.
    pub denominator_per_minute: f64,
    /// Indices into [`Shape::objectives`].
    pub objectives: Vec<usize>,
    /// Slots that its longest period or window has.
    pub slots: usize,
}

/// A source in an indicator.
pub(crate) struct TermShape {
    /// Index into [`Shape::sources`].
    pub source: usize,
    /// Whether a minute without it is not observed.
    pub required: bool,
    /// Its factor in the numerator; 0 where it is in the denominator only.
    pub numerator: f64,
    /// Its factor in the denominator.
    pub denominator: f64,
}

/// An objective.
pub(crate) struct ObjectiveShape {
    /// Its id.
    pub id: String,
    /// Whether `1 - N/D` is reported.
    pub share: bool,
    /// E's factors of N and D.
    pub excess: (f64, f64),
    /// A's factors of N and D.
    pub allowance: (f64, f64),
    /// The period.
    pub period: Window,
    /// Every window that its alerts use, ascending.
    pub burn: Vec<Window>,
    /// Its alerts, in order.
    pub alerts: Vec<AlertShape>,
    /// The step of its history: of slots for a long period, of minutes for a short one.
    pub history_step: i64,
}

/// An alert.
pub(crate) struct AlertShape {
    /// Index of the long window in [`ObjectiveShape::burn`].
    pub long: usize,
    /// Index of the short one.
    pub short: usize,
    /// The factor.
    pub factor: f64,
    /// The severity.
    pub severity: Severity,
}

/// A window's length and what it is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Window {
    /// In seconds.
    pub seconds: u64,
    /// Whether it is read from slots.
    pub long: bool,
    /// How many minutes or slots end in it.
    pub steps: i64,
}

impl Window {
    fn new(seconds: u64) -> Window {
        let long = seconds >= LONG_WINDOW;
        let step = if long { SLOT } else { MINUTE };
        Window { seconds, long, steps: seconds.div_ceil(step) as i64 }
    }

    /// The last hour: what exhaustion is foretold by.
    pub(crate) fn hour() -> Window {
        Window::new(3_600)
    }
}

impl Shape {
    pub(crate) fn new(plan: &Plan) -> Result<Shape, EvaluatorError> {
        let mut shape = Shape {
            sources: Vec::new(),
            bys: Vec::new(),
            source_bys: Vec::new(),
            tracks: Vec::new(),
            objectives: Vec::new(),
            ring: 0,
            longest_minutes: 6 * 60,
            period_minutes: 0,
            period_slots: 0,
        };
        for service in &plan.services {
            let mut tracks: Vec<(&str, usize, usize)> = Vec::new();
            for objective in &service.objectives {
                let by = position_or_push(&mut shape.bys, &objective.by);
                let known = tracks.iter().find(|(id, of, _)| *id == objective.indicator && *of == by);
                let track = match known {
                    Some((_, _, track)) => *track,
                    None => {
                        let indicator = service
                            .indicator(&objective.indicator)
                            .ok_or_else(|| missing("indicator", &objective.indicator, &objective.id))?;
                        let track = shape.track(service, indicator, by)?;
                        tracks.push((&objective.indicator, by, track));
                        track
                    }
                };
                shape.objective(objective, track)?;
            }
        }
        // The slot that a minute lies in is kept for as long as the minute is; hence two more slots, and some.
        let kept = shape.longest_minutes + AHEAD + 4 * SLOT_MINUTES;
        shape.ring = (kept as usize).next_power_of_two();
        Ok(shape)
    }

    fn objective(&mut self, objective: &Objective, track: usize) -> Result<(), EvaluatorError> {
        let window = |seconds: u64| {
            if seconds == 0 || seconds > LONGEST_PERIOD {
                return Err(EvaluatorError::Length { objective: objective.id.clone(), seconds });
            }
            Ok(Window::new(seconds))
        };
        let period = window(objective.period.seconds())?;
        let mut burn = Vec::new();
        for alert in &objective.alerts {
            burn.extend([window(alert.long)?, window(alert.short)?]);
        }
        burn.sort();
        burn.dedup();
        let at = |seconds: u64| burn.iter().position(|window| window.seconds == seconds).unwrap_or_default();
        let alerts = objective
            .alerts
            .iter()
            .map(|alert| {
                Ok(AlertShape {
                    long: at(alert.long),
                    short: at(alert.short),
                    factor: float(&alert.factor)?,
                    severity: alert.severity,
                })
            })
            .collect::<Result<_, _>>()?;
        for window in burn.iter().chain([&period]) {
            if window.long {
                let slots = &mut self.tracks[track].slots;
                *slots = (*slots).max(window.steps as usize);
            } else {
                self.longest_minutes = self.longest_minutes.max(window.steps);
            }
        }
        let longest = if period.long { &mut self.period_slots } else { &mut self.period_minutes };
        *longest = (*longest).max(period.steps);
        self.tracks[track].objectives.push(self.objectives.len());
        self.objectives.push(ObjectiveShape {
            id: objective.id.clone(),
            share: !matches!(objective.form, Form::Mean { .. }),
            excess: (float(&objective.excess.numerator)?, float(&objective.excess.denominator)?),
            allowance: (float(&objective.allowance.numerator)?, float(&objective.allowance.denominator)?),
            period,
            burn,
            alerts,
            history_step: (period.steps as usize).div_ceil(MAX_HISTORY) as i64,
        });
        Ok(())
    }

    fn track(&mut self, service: &Service, indicator: &Indicator, by: usize) -> Result<usize, EvaluatorError> {
        let mut terms: Vec<(usize, bool, Exact, Exact)> = Vec::new();
        for (side, combination) in [&indicator.numerator, &indicator.denominator].into_iter().enumerate() {
            for term in &combination.terms {
                let flow = service.flow(&term.flow).ok_or_else(|| missing("flow", &term.flow, &indicator.id))?;
                if let Some(label) = self.bys[by].iter().find(|label| !flow.by.contains(label)) {
                    return Err(missing("label", label, &flow.id));
                }
                let source = position_or_push(&mut self.sources, &flow.source);
                self.source_bys.resize(self.sources.len(), Vec::new());
                position_or_push(&mut self.source_bys[source], &by);
                let required = term.when_absent == WhenAbsent::Unobserved;
                let at = terms.iter().position(|known| known.0 == source).unwrap_or_else(|| {
                    terms.push((source, false, Exact::zero(), Exact::zero()));
                    terms.len() - 1
                });
                let known = &mut terms[at];
                known.1 |= required;
                let factor = if side == 0 { &mut known.2 } else { &mut known.3 };
                *factor = &*factor + &term.factor;
            }
        }
        let terms = terms
            .into_iter()
            .map(|(source, required, numerator, denominator)| {
                Ok(TermShape { source, required, numerator: float(&numerator)?, denominator: float(&denominator)? })
            })
            .collect::<Result<_, EvaluatorError>>()?;
        let per_minute = |side: &Combination| float(&(&side.constant * &Exact::from(MINUTE as i64)));
        self.tracks.push(TrackShape {
            by,
            terms,
            numerator_per_minute: per_minute(&indicator.numerator)?,
            denominator_per_minute: per_minute(&indicator.denominator)?,
            objectives: Vec::new(),
            slots: 1,
        });
        Ok(self.tracks.len() - 1)
    }

    /// The last minute that is too old for every period that ends at `now`.
    pub(crate) fn horizon(&self, now: Minute) -> Minute {
        (now - self.period_minutes).min((last_slot(now) - self.period_slots) * SLOT_MINUTES)
    }

    /// The first minute that is kept one by one while `now` is the last one evaluated. It begins a slot, so that
    /// every slot is either made of minutes that are all kept, or is closed.
    pub(crate) fn live_from(&self, now: Minute) -> Minute {
        last_slot(now - self.longest_minutes - SLOT_MINUTES) * SLOT_MINUTES + 1
    }
}

/// The nearest float, refused where arithmetic with it could overflow.
pub(crate) fn float(exact: &Exact) -> Result<f64, EvaluatorError> {
    let value = exact.to_f64();
    // Written so that what is not a number is refused as well.
    if value.abs() <= LARGEST_FACTOR { Ok(value) } else { Err(EvaluatorError::Factor { factor: exact.to_string() }) }
}

pub(crate) fn missing(what: &'static str, name: &str, by: &str) -> EvaluatorError {
    EvaluatorError::Missing { what, name: name.to_string(), by: by.to_string() }
}

/// Where `item` is in `items`, put at the end where it was not.
pub(crate) fn position_or_push<T: Clone + PartialEq>(items: &mut Vec<T>, item: &T) -> usize {
    items.iter().position(|known| known == item).unwrap_or_else(|| {
        items.push(item.clone());
        items.len() - 1
    })
}
