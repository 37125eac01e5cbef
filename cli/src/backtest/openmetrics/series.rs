//! The series that objectives read, with their samples, merged by time.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap, HashMap},
};

use farthing_evaluator::{Evaluator, SampleValue, SeriesId};
use farthing_exposition::{family, named, recorded::Sample};
use farthing_plan::LOOK_BACK;

/// Labels, sorted.
type Labels = Vec<(String, String)>;

pub(super) struct SeriesStore {
    /// Every series of the file by its text: its place in `kept`, none where nothing reads it.
    by_text: HashMap<String, Option<Place>>,
    /// The series of the line before: mostly that of the next line, too.
    last: Option<(String, Option<Place>)>,
    kept: Vec<Kept>,
    by_id: HashMap<SeriesId, usize>,
    /// The families of counters that are read, without `_total`, `_bucket` and so on.
    families: BTreeSet<String>,
    /// When counters began, by family and labels.
    created: HashMap<(String, Labels), i64>,
    /// The names of the series that are kept.
    names: BTreeSet<String>,
}

#[derive(Clone, Copy)]
enum Place {
    Kept(usize),
    /// A family's created timestamp; the samples' values are times.
    Created,
}

struct Kept {
    id: SeriesId,
    /// Family and labels, as its created timestamp would have them.
    family: (String, Labels),
    samples: Vec<(i64, f64)>,
    sorted: bool,
}

impl SeriesStore {
    pub fn new(metrics: &BTreeSet<String>) -> Self {
        SeriesStore {
            by_text: HashMap::new(),
            last: None,
            kept: Vec::new(),
            by_id: HashMap::new(),
            families: metrics.iter().map(|name| family(name).to_string()).collect(),
            created: HashMap::new(),
            names: BTreeSet::new(),
        }
    }

    /// Keeps a sample, if its series is read.
    ///
    /// # Errors
    /// What is wrong with the labels of a series that is new.
    pub fn take(&mut self, sample: &Sample<'_>, evaluator: &mut Evaluator) -> Result<(), String> {
        let place = match &self.last {
            Some((text, place)) if text == sample.series => *place,
            _ => {
                let place = match self.by_text.get(sample.series) {
                    Some(place) => *place,
                    None => {
                        let place = self.register(sample.series, evaluator)?;
                        self.by_text.insert(sample.series.to_string(), place);
                        place
                    }
                };
                self.last = Some((sample.series.to_string(), place));
                place
            }
        };
        match place {
            None => {}
            Some(Place::Kept(at)) => {
                let kept = &mut self.kept[at];
                kept.sorted &= kept.samples.last().is_none_or(|(last, _)| *last <= sample.at_ms);
                kept.samples.push((sample.at_ms, sample.value));
            }
            Some(Place::Created) => self.created(sample)?,
        }
        Ok(())
    }

    fn register(&mut self, series: &str, evaluator: &mut Evaluator) -> Result<Option<Place>, String> {
        let (name, mut labels) = named(series)?;
        let borrowed: Vec<(&str, &str)> = labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        if let Some(id) = evaluator.series(&name, &borrowed) {
            // The same labels in another order are the same series.
            if let Some(at) = self.by_id.get(&id) {
                return Ok(Some(Place::Kept(*at)));
            }
            self.by_id.insert(id, self.kept.len());
            labels.retain(|(name, _)| name != "le");
            labels.sort();
            let family = (family(&name).to_string(), labels);
            self.names.insert(name);
            self.kept.push(Kept { id, family, samples: Vec::new(), sorted: true });
            return Ok(Some(Place::Kept(self.kept.len() - 1)));
        }
        let creates = name.strip_suffix("_created").is_some_and(|family| self.families.contains(family));
        Ok(creates.then_some(Place::Created))
    }

    /// A created timestamp; the first one of a series is that of its first sample.
    fn created(&mut self, sample: &Sample<'_>) -> Result<(), String> {
        let (name, mut labels) = named(sample.series)?;
        labels.sort();
        let family = name.strip_suffix("_created").unwrap_or(&name).to_string();
        let at_ms = sample.value * 1_000.0;
        if at_ms.is_finite() && at_ms > 0.0 {
            self.created.entry((family, labels)).or_insert(at_ms.round() as i64);
        }
        Ok(())
    }

    /// Whether no series is read.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// How many series the file has.
    pub fn known(&self) -> usize {
        self.by_text.len()
    }

    /// Whether a series of this name is read.
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Gives all samples to the evaluator in the order of time, and the time of the last one.
    pub fn play(mut self, evaluator: &mut Evaluator) -> Option<i64> {
        for kept in &mut self.kept {
            if !kept.sorted {
                kept.samples.sort_by_key(|(at_ms, _)| *at_ms);
            }
            if let Some(created_ms) = self.created.get(&kept.family) {
                // A time that is none says nothing about when the counter began.
                let _ = evaluator.created(kept.id, *created_ms);
            }
        }
        let first = |(at, kept): (usize, &Kept)| kept.samples.first().map(|(at_ms, _)| Reverse((*at_ms, at, 0)));
        let mut next: BinaryHeap<Reverse<(i64, usize, usize)>> =
            self.kept.iter().enumerate().filter_map(first).collect();
        let mut last_ms = None;
        while let Some(Reverse((at_ms, at, index))) = next.pop() {
            let kept = &self.kept[at];
            if last_ms.is_some_and(|last: i64| last / 60_000 < at_ms / 60_000) {
                // Every minute is final when it is judged: see the evaluator's page on time.
                evaluator.advance(at_ms - LOOK_BACK as i64 * 1_000);
            }
            // What is refused is counted, and told of in the report.
            let _ = evaluator.observe(kept.id, at_ms, SampleValue::Number(kept.samples[index].1));
            last_ms = Some(at_ms);
            if let Some((following_ms, _)) = kept.samples.get(index + 1) {
                next.push(Reverse((*following_ms, at, index + 1)));
            }
        }
        last_ms
    }
}
