//! All series, found by their labels.

use std::collections::HashMap;

use farthing_plan::{Aggregate, Source};

use super::{
    SampleValue, is_number,
    one::{Reading, Series, SeriesState},
};
use crate::{
    error::{EvaluatorError, ObserveError},
    matching::{Selector, value_of},
    report::Health,
    shape::{Shape, float},
    store::Store,
    time::{LOOK_BACK_MS, is_time},
};

/// The most series at once. Where there are as many, those that were silent for longer than the look-back are
/// forgotten for new ones: their next sample would have added nothing.
pub const MAX_SERIES: usize = 250_000;

/// A series that some flow reads; given by [`Evaluator::series`](crate::Evaluator::series).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SeriesId {
    index: u32,
    /// How many series the place at `index` had before this one.
    generation: u32,
}

/// A name and sorted labels.
type Key = (String, Vec<(String, String)>);

/// All sources of series, and all series that they read.
pub(crate) struct SeriesTable {
    /// By the series' name: each source's selector, reading, and the source's index.
    sources: HashMap<String, Vec<(Selector, Reading, usize)>>,
    ids: HashMap<Key, SeriesId>,
    places: Vec<Place>,
    /// The places of series that were forgotten.
    free: Vec<u32>,
    /// The newest time of a sample; none before the first.
    newest_ms: Option<i64>,
    /// The newest time when silent series were last looked for.
    swept_ms: i64,
    /// Where state is kept elsewhere, the series that changed since it was saved, and the numbers of those forgotten.
    journal: Option<Journal>,
}

/// What is to be saved.
#[derive(Default)]
struct Journal {
    changed: Vec<SeriesId>,
    forgotten: Vec<u32>,
    /// The next number.
    next: u32,
}

/// A change of a series that is to be saved.
pub(crate) enum Change<'a> {
    /// A series that has no record yet, by its number.
    New(u32, &'a str, &'a [(String, String)]),
    State(u32, SeriesState),
    Forgotten(u32),
}

/// Room for one series.
struct Place {
    generation: u32,
    /// The newest time of all when it was registered.
    registered_ms: i64,
    series: Series,
    /// Its number in what is saved; none before it was.
    saved: Option<u32>,
    /// Whether it is among those that changed.
    changed: bool,
}

impl SeriesTable {
    pub(crate) fn new(shape: &Shape) -> Result<SeriesTable, EvaluatorError> {
        let mut sources: HashMap<String, Vec<_>> = HashMap::new();
        for (index, source) in shape.sources.iter().enumerate() {
            let reading = match &source.source {
                Source::Counter { scale, .. } => Reading::Counter { scale: float(scale)? },
                Source::Gauge { scale, aggregate: Aggregate::Sum, .. } => Reading::Sum { scale: float(scale)? },
                Source::Gauge { scale, aggregate: Aggregate::Count, .. } => Reading::Count { scale: float(scale)? },
                Source::GaugeTime { when, .. } => Reading::Time {
                    when: match when {
                        Some((comparison, bound)) => Some((*comparison, float(bound)?)),
                        None => None,
                    },
                },
                Source::EventCount { .. } | Source::EventSum { .. } | Source::Query { .. } => continue,
            };
            if let Some((metric, selector)) = Selector::new(&source.source)? {
                sources.entry(metric).or_default().push((selector, reading, index));
            }
        }
        Ok(SeriesTable {
            sources,
            ids: HashMap::new(),
            places: Vec::new(),
            free: Vec::new(),
            newest_ms: None,
            swept_ms: 0,
            journal: None,
        })
    }

    /// The series with these labels; none where no source reads it, or there is no room for it.
    pub(crate) fn register(
        &mut self,
        name: &str,
        labels: &[(&str, &str)],
        store: &mut Store,
        health: &mut Health,
    ) -> Option<SeriesId> {
        let sources = self.sources.get(name)?;
        // An empty label is an absent one; the name is no label here.
        let mut labels: Vec<(String, String)> = labels
            .iter()
            .filter(|(label, value)| !value.is_empty() && *label != "__name__")
            .map(|(label, value)| (label.to_string(), value.to_string()))
            .collect();
        labels.sort();
        let key = (name.to_string(), labels);
        if let Some(id) = self.ids.get(&key) {
            return Some(*id);
        }
        let selected: Vec<(Reading, usize)> = sources
            .iter()
            .filter(|(selector, ..)| selector.selects(&key.1))
            .map(|(_, reading, source)| (*reading, *source))
            .collect();
        if selected.is_empty() {
            return None;
        }
        if !self.has_room() {
            health.series_refused += 1;
            return None;
        }
        let mut bindings = Vec::new();
        for (reading, source) in selected {
            for by in store.shape.source_bys[source].clone() {
                let own = &store.shape.sources[source];
                let values = store.shape.bys[by].iter().map(|label| value_of(&key.1, own.own_name(label)).to_string());
                let values = values.collect();
                bindings.extend(store.stream(source, by, values).map(|stream| (reading, stream)));
            }
        }
        let id = self.place(Series::new(bindings));
        self.ids.insert(key, id);
        Some(id)
    }

    /// One sample.
    pub(crate) fn observe(
        &mut self,
        id: SeriesId,
        time_ms: i64,
        value: SampleValue,
        store: &mut Store,
        health: &mut Health,
    ) -> Result<(), ObserveError> {
        let series = self.get(id)?;
        health.samples += 1;
        if !is_time(time_ms) {
            health.times_refused += 1;
            return Err(ObserveError::Time { time_ms });
        }
        if let Some(last_ms) = series.last_ms.filter(|last| time_ms <= *last) {
            health.samples_out_of_order += 1;
            return Err(ObserveError::OutOfOrder { last_ms, time_ms });
        }
        match value {
            SampleValue::Number(value) if !is_number(value) => {
                health.non_numbers += 1;
                return Ok(());
            }
            SampleValue::Number(value) if series.counter && value < 0.0 => {
                health.negative_counters += 1;
                return Err(ObserveError::NegativeCounter { value });
            }
            SampleValue::Number(_) => {}
            SampleValue::Stale => health.stale_markers += 1,
        }
        health.samples_late += u64::from(store.is_late(time_ms));
        store.make_room(time_ms);
        series.take(time_ms, value, store, health);
        self.changed(id);
        if self.newest_ms.is_none() {
            // What was registered before anything came is not silent yet.
            self.places.iter_mut().for_each(|place| place.registered_ms = time_ms);
            self.swept_ms = time_ms;
        }
        self.newest_ms = self.newest_ms.max(Some(time_ms));
        Ok(())
    }

    /// A counter's created timestamp.
    pub(crate) fn created(&mut self, id: SeriesId, time_ms: i64, store: &mut Store) -> Result<(), ObserveError> {
        let series = self.get(id)?;
        if !is_time(time_ms) {
            return Err(ObserveError::Time { time_ms });
        }
        series.created(time_ms, store);
        self.changed(id);
        Ok(())
    }

    /// From now on remembers what changes, to be saved.
    pub(crate) fn keep_changes(&mut self) {
        self.journal = Some(Journal::default());
    }

    /// A series that was saved under a number. None where no source reads it any more.
    pub(crate) fn restore(
        &mut self,
        saved: u32,
        name: &str,
        labels: &[(&str, &str)],
        state: SeriesState,
        store: &mut Store,
    ) -> Option<()> {
        if let Some(journal) = &mut self.journal {
            journal.next = journal.next.max(saved.saturating_add(1));
        }
        let id = self.register(name, labels, store, &mut Health::default())?;
        let place = &mut self.places[id.index as usize];
        place.series.restore(state);
        place.saved = Some(saved);
        place.registered_ms = state.last_ms.unwrap_or_default();
        self.newest_ms = self.newest_ms.max(state.last_ms);
        Some(())
    }

    /// Gives everything that changed since this was last called.
    pub(crate) fn save(&mut self, mut each: impl FnMut(Change<'_>)) {
        let Some(journal) = &mut self.journal else { return };
        journal.forgotten.drain(..).for_each(|saved| each(Change::Forgotten(saved)));
        let mut new = HashMap::new();
        for id in journal.changed.drain(..) {
            let place = &mut self.places[id.index as usize];
            // Another series may have its place by now.
            if place.generation != id.generation || !std::mem::take(&mut place.changed) {
                continue;
            }
            let saved = *place.saved.get_or_insert_with(|| {
                new.insert(id, journal.next);
                journal.next += 1;
                journal.next - 1
            });
            each(Change::State(saved, place.series.state()));
        }
        if !new.is_empty() {
            for (key, id) in &self.ids {
                if let Some(saved) = new.get(id) {
                    each(Change::New(*saved, &key.0, &key.1));
                }
            }
        }
    }

    fn changed(&mut self, id: SeriesId) {
        if let Some(journal) = &mut self.journal {
            let place = &mut self.places[id.index as usize];
            if !std::mem::replace(&mut place.changed, true) {
                journal.changed.push(id);
            }
        }
    }

    /// The bytes that it holds, without the text of names and labels.
    pub(crate) fn bytes(&self) -> usize {
        self.places.iter().map(|place| size_of::<Place>() - size_of::<Series>() + place.series.bytes()).sum()
    }

    fn get(&mut self, id: SeriesId) -> Result<&mut Series, ObserveError> {
        match self.places.get_mut(id.index as usize) {
            Some(place) if place.generation == id.generation => Ok(&mut place.series),
            _ => Err(ObserveError::UnknownSeries),
        }
    }

    fn place(&mut self, series: Series) -> SeriesId {
        let registered_ms = self.newest_ms.unwrap_or_default();
        if let Some(index) = self.free.pop() {
            let place = &mut self.places[index as usize];
            *place = Place { registered_ms, series, saved: None, changed: false, ..*place };
            return SeriesId { index, generation: place.generation };
        }
        // INVARIANT: fits, for there are at most MAX_SERIES.
        let index = self.places.len() as u32;
        self.places.push(Place { generation: 0, registered_ms, series, saved: None, changed: false });
        SeriesId { index, generation: 0 }
    }

    /// Whether there is room for one more, made by forgetting silent ones where there was none.
    fn has_room(&mut self) -> bool {
        // Not looked for at each new series: it takes as long as there are series.
        let newest_ms = self.newest_ms.unwrap_or_default();
        if self.ids.len() >= MAX_SERIES && newest_ms - self.swept_ms > LOOK_BACK_MS {
            self.swept_ms = newest_ms;
            let (places, free, journal) = (&mut self.places, &mut self.free, &mut self.journal);
            self.ids.retain(|_, id| {
                let place = &mut places[id.index as usize];
                let active_ms = place.series.last_ms.unwrap_or(place.registered_ms).max(place.registered_ms);
                let kept = newest_ms - active_ms <= LOOK_BACK_MS;
                if !kept {
                    place.generation = place.generation.wrapping_add(1);
                    place.series = Series::new(Vec::new());
                    if let Some(journal) = journal {
                        journal.forgotten.extend(place.saved.take());
                    }
                    free.push(id.index);
                }
                kept
            });
        }
        self.ids.len() < MAX_SERIES
    }
}
