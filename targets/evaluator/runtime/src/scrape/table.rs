//! The series of a target, and what a scrape says of them.

use std::{collections::HashMap, sync::Arc};

use farthing_exposition::{Format, Limits, Named, Sample, family, named, parse};

use super::{Batch, BatchSample, NewSeries, Reason, ScrapeError, Series, Target, labels::merge};

/// The most series of one target that are kept.
const MOST_KEPT: usize = 200_000;
/// So many texts of series that are gone may be remembered, beside four for each series that is there.
const GONE: usize = 1_024;

/// The series of a target, remembered by the text that the exporter has for them.
#[derive(Default)]
pub(super) struct Table {
    epoch: u32,
    /// Counts the scrapes.
    scrape: u64,
    by_text: HashMap<Box<str>, Slot>,
    by_series: HashMap<Arc<Series>, u32>,
    entries: Vec<Entry>,
    /// Families by name and labels, that of a `_created` series.
    families: HashMap<Named, u32>,
    /// When a family began, and in which scrape that was said.
    created: Vec<(u64, i64)>,
    /// How many entries the sink knows.
    told: usize,
}

#[derive(Clone, Copy)]
enum Slot {
    Series(u32),
    /// Of a family: when it began.
    Created(u32),
}

struct Entry {
    series: Arc<Series>,
    family: u32,
    /// The last scrape that has it.
    seen: u64,
    time_ms: i64,
    /// Whether it ends when it is missing: not where it has times of its own.
    ends: bool,
    /// Whether the last scrape that succeeded had it.
    live: bool,
}

/// What a metric of some name is for.
#[derive(Clone, Copy, Default)]
struct Wanted {
    sample: bool,
    created: bool,
}

impl Wanted {
    fn of(sample: &Sample<'_>, filter: &dyn Fn(&str) -> bool) -> Self {
        let name = sample.name();
        let of_family = |family: &str| {
            ["", "_total", "_bucket", "_count", "_sum"].iter().any(|suffix| filter(&format!("{family}{suffix}")))
        };
        let created = sample.creates() && name.strip_suffix("_created").is_some_and(of_family);
        Wanted { sample: filter(&name), created }
    }
}

impl Table {
    /// Reads a scrape. Where it is refused, nothing of it is remembered.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn read(
        &mut self,
        text: &[u8],
        format: Format,
        target: &Target,
        filter: &dyn Fn(&str) -> bool,
        at_ms: i64,
    ) -> Result<(Batch, Vec<u32>), ScrapeError> {
        self.scrape += 1;
        let before = (self.entries.len() as u32, self.created.len() as u32);
        let limits = Limits { bytes: target.options.body_limit, ..Limits::default() };
        let mut batch = Batch::default();
        let mut last = ("", Wanted::default());
        let read = parse(text, format, &limits, &mut |sample| {
            if sample.raw_name() != last.0 || batch.read == 0 {
                last = (sample.raw_name(), Wanted::of(&sample, filter));
            }
            batch.read += 1;
            if last.1.created {
                self.begins(&sample)?;
            }
            if last.1.sample {
                self.take(&sample, target, at_ms, &mut batch)?;
            }
            Ok(())
        });
        if let Err(error) = read {
            self.forget_from(before);
            let exceeds = error.exceeds || batch.samples.len() == MOST_KEPT;
            let reason = if exceeds { Reason::TooLarge } else { Reason::Parse };
            return Err(ScrapeError::new(reason, error.to_string()));
        }
        for sample in &mut batch.samples {
            let (scrape, created_ms) = self.created[self.entries[sample.series as usize].family as usize];
            sample.created_ms = (scrape == self.scrape).then_some(created_ms);
        }
        Ok((batch, self.close()))
    }

    /// The series that ended because a scrape failed, or the target is gone.
    pub fn end_all(&mut self) -> Vec<u32> {
        self.scrape += 1;
        self.close()
    }

    /// What the sink does not know yet.
    pub fn news(&mut self) -> NewSeries {
        let added = self.entries[self.told..].iter().map(|entry| entry.series.clone()).collect();
        let first = self.told as u32;
        self.told = self.entries.len();
        NewSeries { epoch: self.epoch, first, added }
    }

    /// Begins a new epoch where most of what is remembered is gone. Not between a read and its news.
    pub fn tidy(&mut self) {
        let live = self.entries.iter().filter(|entry| entry.seen == self.scrape).count();
        if self.by_text.len() <= GONE + 4 * live {
            return;
        }
        let mut old = std::mem::take(self);
        self.epoch = old.epoch.wrapping_add(1);
        self.scrape = old.scrape;
        let mut places = HashMap::new();
        for (at, entry) in old.entries.drain(..).enumerate().filter(|(_, entry)| entry.seen == old.scrape) {
            places.insert(at as u32, self.entries.len() as u32);
            self.by_series.insert(entry.series.clone(), self.entries.len() as u32);
            self.entries.push(entry);
        }
        let mut families = HashMap::new();
        for entry in &mut self.entries {
            let next = families.len() as u32;
            entry.family = *families.entry(entry.family).or_insert(next);
        }
        self.created = vec![(0, 0); families.len()];
        let family = |(named, at): (Named, u32)| families.get(&at).map(|at| (named, *at));
        self.families = old.families.drain().filter_map(family).collect();
        let slot = |(text, slot): (Box<str>, Slot)| match slot {
            Slot::Series(at) => places.get(&at).map(|at| (text, Slot::Series(*at))),
            Slot::Created(at) => families.get(&at).map(|at| (text, Slot::Created(*at))),
        };
        self.by_text = old.by_text.drain().filter_map(slot).collect();
    }

    fn take(&mut self, sample: &Sample<'_>, target: &Target, at_ms: i64, batch: &mut Batch) -> Result<(), String> {
        let at = match self.by_text.get(sample.series) {
            Some(Slot::Series(at)) => *at,
            // A name that is read both as a sample and as a time is not remembered by its text.
            Some(Slot::Created(_)) => self.register(sample.series, target)?,
            None => {
                let at = self.register(sample.series, target)?;
                self.by_text.insert(sample.series.into(), Slot::Series(at));
                at
            }
        };
        if batch.samples.len() == MOST_KEPT {
            return Err(format!("more than {MOST_KEPT} series that objectives read"));
        }
        let time_ms = sample.time_ms.unwrap_or(at_ms);
        let entry = &mut self.entries[at as usize];
        if entry.seen == self.scrape && entry.time_ms == time_ms {
            batch.duplicates += 1;
            return Ok(());
        }
        (entry.seen, entry.time_ms, entry.ends) = (self.scrape, time_ms, sample.time_ms.is_none());
        batch.samples.push(BatchSample { series: at, value: sample.value, time_ms, created_ms: None });
        Ok(())
    }

    /// A new series, or one that is known by another text: its labels in another order.
    fn register(&mut self, text: &str, target: &Target) -> Result<u32, String> {
        let (name, exposed) = named(text)?;
        let mut own = exposed.clone();
        own.retain(|(label, _)| label != "le" && label != "quantile");
        let key = (family(&name).to_string(), own);
        let series = Arc::new(merge(name, exposed, &target.labels, target.options.honor_labels)?);
        if let Some(at) = self.by_series.get(&series) {
            return Ok(*at);
        }
        let family = self.family(key);
        let at = self.entries.len() as u32;
        self.by_series.insert(series.clone(), at);
        self.entries.push(Entry { series, family, seen: 0, time_ms: 0, ends: false, live: false });
        Ok(at)
    }

    fn family(&mut self, mut named: Named) -> u32 {
        named.1.retain(|(_, value)| !value.is_empty());
        named.1.sort();
        let next = self.created.len() as u32;
        let at = *self.families.entry(named).or_insert(next);
        if at == next {
            self.created.push((0, 0));
        }
        at
    }

    /// A family began at the time that is the sample's value.
    fn begins(&mut self, sample: &Sample<'_>) -> Result<(), String> {
        let at = match self.by_text.get(sample.series) {
            Some(Slot::Created(at)) => *at,
            slot => {
                let known = slot.is_some();
                let (name, labels) = named(sample.series)?;
                let at = self.family((name.strip_suffix("_created").unwrap_or(&name).to_string(), labels));
                if !known {
                    self.by_text.insert(sample.series.into(), Slot::Created(at));
                }
                at
            }
        };
        if let Some(created_ms) = sample.created_ms() {
            self.created[at as usize] = (self.scrape, created_ms);
        }
        Ok(())
    }

    /// Forgets the entries and families from those places on.
    fn forget_from(&mut self, (entries, families): (u32, u32)) {
        self.by_text.retain(|_, slot| match slot {
            Slot::Series(at) => *at < entries,
            Slot::Created(at) => *at < families,
        });
        self.by_series.retain(|_, at| *at < entries);
        self.families.retain(|_, at| *at < families);
        self.entries.truncate(entries as usize);
        self.created.truncate(families as usize);
    }

    /// After a scrape: which series are live, and which have ended.
    fn close(&mut self) -> Vec<u32> {
        let mut ended = Vec::new();
        for (at, entry) in self.entries.iter_mut().enumerate() {
            let seen = entry.seen == self.scrape;
            if entry.live && !seen {
                ended.push(at as u32);
            }
            entry.live = seen && entry.ends;
        }
        ended
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
