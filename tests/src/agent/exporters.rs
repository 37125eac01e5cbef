//! What an agent reads of exporters: the samples of series, each as a scrape of a target of its own.

use std::{sync::Arc, time::Duration};

use farthing_runtime::scrape::{Batch, BatchSample, NewSeries, Options, Scrape, Series, Target};

use crate::{STALE, Series as Samples};

/// The targets of series, and how far each was read.
pub(super) struct Exporters<'a> {
    targets: Vec<Exporter<'a>>,
    /// How often the agent began: it knows no series of the one before.
    epoch: u32,
}

struct Exporter<'a> {
    target: Arc<Target>,
    series: Arc<Series>,
    samples: &'a [(i64, f64)],
    /// The epoch in which the series was told.
    told: Option<u32>,
}

impl<'a> Exporters<'a> {
    pub(super) fn new(series: &'a [Samples]) -> Self {
        let targets = (1..).zip(series).map(|(id, of)| Exporter {
            target: Arc::new(Target {
                id,
                url: format!("http://exporter-{id}/metrics"),
                labels: Vec::new(),
                address: None,
                options: Options::default(),
            }),
            series: Arc::new(Series { name: of.name.clone(), labels: of.labels.clone().into_iter().collect() }),
            samples: &of.samples,
            told: None,
        });
        Exporters { targets: targets.collect(), epoch: 0 }
    }

    /// Another process scrapes from now on; what was there before, nobody has read.
    pub(super) fn begin_anew(&mut self, now_ms: i64) {
        self.epoch += 1;
        for of in &mut self.targets {
            of.samples = &of.samples[of.samples.partition_point(|(time, _)| *time <= now_ms)..];
        }
    }

    /// Gives what was scraped up to a time, in its order.
    pub(super) fn scrape(&mut self, now_ms: i64, mut take: impl FnMut(Scrape)) {
        let mut scrapes = Vec::new();
        for of in &mut self.targets {
            let (come, later) = of.samples.split_at(of.samples.partition_point(|(time, _)| *time <= now_ms));
            of.samples = later;
            for (time_ms, value) in come {
                let added = if of.told == Some(self.epoch) { Vec::new() } else { vec![of.series.clone()] };
                let first = u32::from(added.is_empty());
                of.told = Some(self.epoch);
                let is_stale = value.to_bits() == STALE;
                let sample = BatchSample { series: 0, value: *value, time_ms: *time_ms, created_ms: None };
                let samples = if is_stale { Vec::new() } else { vec![sample] };
                scrapes.push(Scrape {
                    target: of.target.clone(),
                    started_ms: *time_ms,
                    duration: Duration::from_millis(5),
                    series: NewSeries { epoch: self.epoch, first, added },
                    ended: if is_stale { vec![0] } else { Vec::new() },
                    result: Ok(Batch { read: samples.len(), samples, duplicates: 0 }),
                });
            }
        }
        scrapes.sort_by_key(|scrape| scrape.started_ms);
        scrapes.into_iter().for_each(&mut take);
    }
}
