//! The evaluator as callers see it.

use farthing_plan::Plan;

use crate::{
    error::{EvaluatorError, ObserveError, RecordError},
    events::{BatchOutcome, EventBatch, EventId, EventTable, LabelId},
    report::{FlowTotal, Health, ObjectiveReport, Report, ServiceReport},
    series::{SampleValue, SeriesId, SeriesTable},
    shape::{Shape, missing},
    state::{PutRecord, Records, RestoreError, SavedState},
    store::{Store, ended},
    time::{MINUTE_MS, is_time},
    tradeoffs::{self, TradeoffShape},
};

/// Evaluates a plan on samples and events. See the crate's documentation for what it keeps and how time passes.
///
/// All times are milliseconds since the Unix epoch.
pub struct Evaluator {
    /// As the plan has them.
    services: Vec<Service>,
    series: SeriesTable,
    events: EventTable,
    store: Store,
    health: Health,
    /// Where state is kept elsewhere, what is known of it.
    records: Option<Box<Records>>,
}

struct Service {
    name: String,
    /// How many objectives it has.
    objectives: usize,
    tradeoffs: Vec<TradeoffShape>,
}

impl Evaluator {
    /// An evaluator of a plan, with no history.
    ///
    /// # Errors
    /// Where the plan is one that no compiler makes: a name that leads nowhere, an indicator derived from itself, a
    /// pattern that is none, a period or window of no length or of more than
    /// [`LONGEST_PERIOD`](crate::LONGEST_PERIOD), a factor beyond 10^60.
    pub fn new(plan: &Plan) -> Result<Self, EvaluatorError> {
        let shape = Shape::new(plan)?;
        let services = plan.services.iter().map(|service| {
            let objectives: Vec<String> = service.objectives.iter().map(|objective| objective.id.clone()).collect();
            let tradeoffs = service.tradeoffs.iter().map(|tradeoff| {
                TradeoffShape::new(tradeoff, &objectives).map_err(|id| missing("objective", &id, &tradeoff.id))
            });
            let tradeoffs = tradeoffs.collect::<Result<_, _>>()?;
            Ok(Service { name: service.name.clone(), objectives: objectives.len(), tradeoffs })
        });
        if let Some(name) = unknown_event(plan, &shape) {
            return Err(name);
        }
        Ok(Evaluator {
            services: services.collect::<Result<_, EvaluatorError>>()?,
            series: SeriesTable::new(&shape)?,
            events: EventTable::new(plan, &shape)?,
            store: Store::new(shape),
            health: Health::default(),
            records: None,
        })
    }

    /// Whether a state is of the version that [`Evaluator::restore`] reads, without reading more of it.
    ///
    /// # Errors
    /// Where it cannot be read, is of another version, or says none.
    pub fn check_version<S: SavedState>(state: &S) -> Result<(), RestoreError<S::Error>> {
        Records::check_version(state)
    }

    /// An evaluator of a plan that goes on where the one ended whose state was saved; one without history where there is
    /// no state. It keeps the history of every flow that the plan has in common with the one before.
    ///
    /// # Errors
    /// Where the state cannot be read, is of another version or is damaged; and as [`Evaluator::new`].
    pub fn restore<S: SavedState>(plan: &Plan, state: &S) -> Result<Self, RestoreError<S::Error>> {
        let mut evaluator = Evaluator::new(plan).map_err(RestoreError::Plan)?;
        let (records, health) = Records::load(state, &mut evaluator.store, &mut evaluator.series)?;
        evaluator.records = Some(Box::new(records));
        evaluator.health = health;
        Ok(evaluator)
    }

    /// Gives each record of the state that changed since this was last called: its key, and its new value, or none where
    /// it goes. All of them belong in one transaction. An evaluator that [`Evaluator::restore`] did not make has none.
    pub fn save(&mut self, put: &mut PutRecord<'_>) {
        if let Some(records) = &mut self.records {
            records.save(&mut self.store, &mut self.series, &self.health, put);
        }
    }

    /// Registers a series by its name as exposed and all its labels, in any order; the same labels give the same
    /// series. None where no flow reads it: such samples need not be passed on. None as well where there are
    /// [`MAX_SERIES`](crate::MAX_SERIES) that are not silent; it is counted in [`Health`].
    pub fn series(&mut self, name: &str, labels: &[(&str, &str)]) -> Option<SeriesId> {
        self.series.register(name, labels, &mut self.store, &mut self.health)
    }

    /// One sample of a series. A number that is not a number, infinite or beyond 10^100 is no sample; it is counted in
    /// [`Health`].
    ///
    /// # Errors
    /// Where it is not after the series' last sample, is a counter below 0, or has no time between 1970 and 9999.
    /// Then it counts for nothing. And where the series was silent and forgotten for newer ones: register it again.
    pub fn observe(&mut self, series: SeriesId, time_ms: i64, value: SampleValue) -> Result<(), ObserveError> {
        self.series.observe(series, time_ms, value, &mut self.store, &mut self.health)
    }

    /// The created timestamp of a counter: when it began at 0. It matters for the first sample, before or after which
    /// it may come; later beginnings show as resets.
    ///
    /// # Errors
    /// Where the time does not lie between 1970 and 9999.
    pub fn created(&mut self, series: SeriesId, time_ms: i64) -> Result<(), ObserveError> {
        self.series.created(series, time_ms, &mut self.store)
    }

    /// The kind of event of this name; none where the plan has no such.
    pub fn event(&self, name: &str) -> Option<EventId> {
        self.events.event(name)
    }

    /// The number of a label's value, for [`Evaluator::record`]. `field` is the index in the event's fields as the
    /// plan has them ([`farthing_plan::Event::fields`]), all kinds of fields counted.
    ///
    /// # Errors
    /// Where the field is no label, does not allow the value, or objectives are broken down by it and it has
    /// [`MAX_LABEL_VALUES`](crate::MAX_LABEL_VALUES) already.
    pub fn label(&mut self, event: EventId, field: usize, value: &str) -> Result<LabelId, RecordError> {
        self.events.label(event, field, value)
    }

    /// One event: its number fields in order, as read (unscaled), and its label fields in order. An event older than
    /// every period counts for nothing; it is counted in [`Health`]. A number field that no flow reads may hold
    /// anything, such as a not-a-number where it was left out.
    ///
    /// # Errors
    /// Where there are not as many numbers and labels as fields, a number that a flow reads is none, a label is of
    /// another field, or the time does not lie between 1970 and 9999. Then it counts for nothing.
    pub fn record(
        &mut self,
        event: EventId,
        time_ms: i64,
        numbers: &[f64],
        labels: &[LabelId],
    ) -> Result<(), RecordError> {
        self.events.record(event, time_ms, numbers, labels, &mut self.store, &mut self.health)
    }

    /// Many events in columns, as [`Evaluator::record`] would take them one by one, but faster. Single events that
    /// are refused do not stop the others; the outcome counts them.
    ///
    /// # Errors
    /// Where the batch as a whole is not one: columns too many, too few or of different lengths, or labels of other
    /// fields. Then nothing of it counts.
    pub fn record_batch(&mut self, event: EventId, batch: &EventBatch<'_>) -> Result<BatchOutcome, RecordError> {
        self.events.record_batch(event, batch, &mut self.store, &mut self.health)
    }

    /// Nobody was there to take in events between two times: the program did not run, or the machine slept. Where that
    /// was for more than five minutes, the whole minutes between were not observed: they count for no flow of events, but
    /// for those in which an event comes all the same that says so. Series need not be told: their samples say it. To be
    /// called before [`Evaluator::advance`] with a time after it; what a shorter time lacks counts as nothing that
    /// happened.
    pub fn absent(&mut self, from_ms: i64, until_ms: i64) {
        if is_time(from_ms) && is_time(until_ms) {
            self.store.absent(from_ms, until_ms);
        }
    }

    /// Evaluates every minute after the last one up to and including the last one that has ended at `now_ms`: alert
    /// states and their changes. Where there is none, data that came since for minutes evaluated before is taken into
    /// the next report. A `now_ms` before 1970 or after 9999 does nothing.
    pub fn advance(&mut self, now_ms: i64) {
        if let Some(minute) = ended(now_ms) {
            self.store.advance(minute);
        }
    }

    /// The verdicts as of the last minute evaluated. Data that came since [`Evaluator::advance`] is not in it.
    pub fn report(&self) -> Report {
        let now = self.store.now();
        let objectives = self.store.verdicts().into_iter().zip(&self.store.shape.objectives);
        let mut objectives = objectives.map(|(verdicts, shape)| ObjectiveReport {
            id: shape.id.clone(),
            verdicts,
            not_judged: shape.not_judged.clone(),
        });
        let services = self.services.iter().map(|service| {
            let mut objectives: Vec<ObjectiveReport> = objectives.by_ref().take(service.objectives).collect();
            let tradeoffs = tradeoffs::judge(&service.tradeoffs, &mut objectives);
            ServiceReport { name: service.name.clone(), objectives, tradeoffs }
        });
        Report {
            at_ms: now.unwrap_or_default() * MINUTE_MS,
            first_ms: self.store.first_ms,
            services: services.collect(),
            alerts_fired: self.store.log.fired.iter().cloned().collect(),
            alerts_dropped: self.store.log.dropped,
            health: Health { groups_refused: self.store.groups_refused, ..self.health.clone() },
        }
    }

    /// What each flow has come to since the beginning, in the order of the plan; flows that are queries are not among
    /// them. Unlike periods, it forgets nothing: a counter for whoever adds up over several evaluators.
    pub fn totals(&self) -> Vec<FlowTotal> {
        self.store.totals()
    }

    /// About how many bytes of state it holds: a function of the plan, the groups and the series, and of how much of
    /// the period has passed; not of how many samples and events came.
    pub fn state_bytes(&self) -> usize {
        self.store.bytes() + self.series.bytes() + self.events.bytes()
    }
}

/// A flow that reads an event which the plan does not have.
fn unknown_event(plan: &Plan, shape: &Shape) -> Option<EvaluatorError> {
    use farthing_plan::Source;
    shape.sources.iter().find_map(|source| match &source.source {
        Source::EventCount { event, .. } | Source::EventSum { event, .. }
            if !plan.events.iter().any(|known| known.name == *event) =>
        {
            Some(missing("event", event, "a flow"))
        }
        _ => None,
    })
}
