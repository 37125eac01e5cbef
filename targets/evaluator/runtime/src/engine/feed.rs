//! From what targets and GPUs say to the evaluator's series.

use std::{collections::HashMap, sync::Arc};

use farthing_evaluator::{Evaluator, ObserveError, SampleValue, SeriesId};
use farthing_gpu::Sample;

use super::EngineHealth;
use crate::scrape::{Reason, Scrape, Series};

/// The series of all targets, by their places in the targets' tables.
#[derive(Default)]
pub(super) struct Targets {
    known: HashMap<u64, Table>,
    gpus: HashMap<String, GpuSeries>,
    /// How many looks at the GPUs there were.
    looks: u64,
}

#[derive(Default)]
struct Table {
    epoch: u32,
    series: Vec<Place>,
}

struct Place {
    id: Option<SeriesId>,
    /// It is asked for again where the evaluator has forgotten it.
    series: Arc<Series>,
}

struct GpuSeries {
    id: Option<SeriesId>,
    /// The look in which it was seen last.
    look: u64,
    last_ms: i64,
}

fn register(evaluator: &mut Evaluator, series: &Series) -> Option<SeriesId> {
    let labels: Vec<(&str, &str)> = series.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    evaluator.series(&series.name, &labels)
}

impl Targets {
    /// Finds all series again, of another evaluator.
    pub(super) fn renew(&mut self, evaluator: &mut Evaluator) {
        for place in self.known.values_mut().flat_map(|table| &mut table.series) {
            place.id = register(evaluator, &place.series);
        }
        self.gpus.clear();
    }

    /// Takes what a target said. `ahead_ms` is how far the engine's clock is ahead of the one that gave the times.
    pub(super) fn take(
        &mut self,
        scrape: &Scrape,
        ahead_ms: i64,
        evaluator: &mut Evaluator,
        health: &mut EngineHealth,
    ) {
        let target = &scrape.target;
        let table = self.known.entry(target.id).or_default();
        if table.epoch != scrape.series.epoch {
            *table = Table { epoch: scrape.series.epoch, series: Vec::new() };
        }
        table.series.truncate(scrape.series.first as usize);
        let places = scrape.series.added.iter();
        table.series.extend(places.map(|series| Place { id: register(evaluator, series), series: series.clone() }));
        if let Ok(batch) = &scrape.result {
            for sample in &batch.samples {
                let Some(place) = table.series.get_mut(sample.series as usize) else { continue };
                // What an exporter says of the future pulls the evaluation after it: it is as of now at most.
                let time_ms = sample.time_ms.min(scrape.started_ms) + ahead_ms;
                if let (Some(id), Some(created_ms)) = (place.id, sample.created_ms) {
                    let _ = evaluator.created(id, created_ms);
                }
                observe(evaluator, place, time_ms, SampleValue::from(sample.value), health);
            }
        }
        for ended in &scrape.ended {
            if let Some(place) = table.series.get_mut(*ended as usize) {
                observe(evaluator, place, scrape.started_ms + ahead_ms, SampleValue::Stale, health);
            }
        }
        if scrape.result.as_ref().is_err_and(|error| error.reason == Reason::Removed) {
            self.known.remove(&target.id);
        }
        health.scrapes += 1;
    }

    /// Takes what the GPUs sampled here say.
    pub(super) fn gpus(
        &mut self,
        samples: &[Sample],
        ahead_ms: i64,
        evaluator: &mut Evaluator,
        health: &mut EngineHealth,
    ) {
        self.looks += 1;
        let look = self.looks;
        for sample in samples {
            let mut labels: Vec<(&str, &str)> = sample.labels.iter().map(|(name, value)| (*name, &**value)).collect();
            labels.sort_unstable();
            let key = format!("{} {labels:?}", sample.metric.name);
            let series = self.gpus.entry(key).or_insert_with(|| GpuSeries {
                id: evaluator.series(sample.metric.name, &labels),
                look,
                last_ms: i64::MIN,
            });
            series.look = look;
            let time_ms = sample.time + ahead_ms;
            // What was not read again has its old time.
            if let Some(id) = series.id.filter(|_| time_ms > series.last_ms) {
                series.last_ms = time_ms;
                if let Some(created_ms) = sample.created {
                    let _ = evaluator.created(id, created_ms);
                }
                count(evaluator.observe(id, time_ms, SampleValue::from(sample.value)), health);
            }
        }
        // A GPU or process that is gone.
        self.gpus.retain(|_, series| {
            let here = series.look == look;
            if let (false, Some(id)) = (here, series.id) {
                count(evaluator.observe(id, series.last_ms + 1, SampleValue::Stale), health);
            }
            here
        });
    }
}

fn observe(evaluator: &mut Evaluator, place: &mut Place, time_ms: i64, value: SampleValue, health: &mut EngineHealth) {
    let Some(id) = place.id else { return };
    let mut result = evaluator.observe(id, time_ms, value);
    if result == Err(ObserveError::UnknownSeries) {
        place.id = register(evaluator, &place.series);
        let Some(id) = place.id else { return };
        result = evaluator.observe(id, time_ms, value);
    }
    count(result, health);
}

fn count(result: Result<(), ObserveError>, health: &mut EngineHealth) {
    match result {
        Ok(()) => health.samples += 1,
        Err(_) => health.samples_refused += 1,
    }
}
