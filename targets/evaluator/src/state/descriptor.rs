//! What describes the things of a plan, whatever their place in it.

use serde::{Deserialize, Serialize};

use super::{PutRecord, Records};
use crate::{
    shape::{Kind, Shape},
    store::Store,
};

/// A source within a group.
#[derive(Serialize, Deserialize)]
pub(super) struct StreamName {
    pub source: u32,
    pub by: Vec<String>,
    pub values: Vec<String>,
}

/// A list of exclusions. Sources are numbers of records.
#[derive(Serialize)]
struct ExclusionName<'a> {
    dates: &'a [(i64, i64)],
    flows: Vec<u32>,
    needed: Vec<u32>,
}

/// An indicator of flows: terms as source, whether it is required, and the bits of its factors.
#[derive(Serialize)]
struct IndicatorName<'a> {
    by: &'a [String],
    terms: Vec<(u32, bool, u64, u64)>,
    constants: (u64, u64),
    exclusion: Option<u32>,
}

#[derive(Serialize)]
struct TrackName<'a> {
    indicator: u32,
    values: &'a [String],
}

#[derive(Serialize)]
struct JudgingName<'a> {
    objective: &'a str,
    labels: &'a farthing_plan::Labels,
}

fn json(name: &impl Serialize) -> String {
    // INVARIANT: structs of texts, numbers and maps with texts for keys always have a text.
    serde_json::to_string(name).unwrap_or_default()
}

impl Records {
    /// Gives numbers to the sources, exclusions and indicators of a plan.
    pub(super) fn name_shape(&mut self, shape: &Shape, put: &mut PutRecord<'_>) {
        for source in &shape.sources {
            let id = self.sources.id(json(&(&source.source, &source.renamed)), put);
            self.source_ids.push(id);
        }
        let sources = &self.source_ids;
        let of = |list: &[usize]| list.iter().map(|at| sources[*at]).collect::<Vec<u32>>();
        for exclusion in &shape.exclusions {
            let name =
                ExclusionName { dates: exclusion.dates(), flows: of(&exclusion.flows), needed: of(&exclusion.needed) };
            self.exclusion_ids.push(self.exclusions.id(json(&name), put));
        }
        for indicator in &shape.indicators {
            let Kind::Direct(direct) = &indicator.kind else {
                self.indicator_ids.push(0);
                continue;
            };
            let terms = direct.terms.iter().map(|term| {
                let (numerator, denominator) = (term.numerator.to_bits(), term.denominator.to_bits());
                (sources[term.source], term.required, numerator, denominator)
            });
            let name = IndicatorName {
                by: &shape.bys[indicator.by],
                terms: terms.collect(),
                constants: (direct.numerator_per_minute.to_bits(), direct.denominator_per_minute.to_bits()),
                exclusion: indicator.exclusion.map(|at| self.exclusion_ids[at]),
            };
            self.indicator_ids.push(self.indicators.id(json(&name), put));
        }
    }

    /// Gives numbers to the streams and nodes that came since this was last called.
    pub(super) fn name_store(&mut self, store: &Store, put: &mut PutRecord<'_>) {
        for (source, group) in store.origins.iter().skip(self.stream_ids.len()) {
            let group = &store.groups[*group];
            let name = StreamName {
                source: self.source_ids[*source],
                by: store.shape.bys[group.by].clone(),
                values: group.values.clone(),
            };
            self.stream_ids.push(self.streams.id(json(&name), put));
        }
        for (node, judgings) in store.nodes.all.iter().zip(&store.judgings).skip(self.track_ids.len()) {
            let group = &store.groups[node.group];
            let direct = matches!(store.shape.indicators[node.indicator].kind, Kind::Direct(_));
            let name = TrackName { indicator: self.indicator_ids[node.indicator], values: &group.values };
            if direct {
                let id = self.tracks.id(json(&name), put);
                let kept = |at: usize| store.shape.indicators[store.nodes.all[at].indicator].slots;
                let (at, owner) = (self.track_ids.len(), self.track_owners.entry(id).or_insert(self.track_ids.len()));
                if kept(at) > kept(*owner) {
                    *owner = at;
                }
                self.track_ids.push(id);
            } else {
                self.track_ids.push(0);
            }
            self.tracks_until.push(i64::MIN);
            let name = |objective: usize| {
                json(&JudgingName { objective: &store.shape.objectives[objective].id, labels: &group.labels })
            };
            let ids = judgings.iter().map(|judging| self.judgings.id(name(judging.objective), put));
            self.judging_ids.push(ids.collect());
        }
    }
}
