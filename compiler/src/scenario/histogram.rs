//! A histogram of a test: all of its series, made of what is observed.

use std::collections::BTreeSet;

use farthing_grammar::Instrument;
use farthing_plan::{Exact, Labels, Segment, SegmentKind, TestSeries};

use super::{
    Lowering, read,
    series::{Course, Doing},
};
use crate::{modules::ItemId, reported::Checked, reported::reported, units::number};

/// So many a second, all of one value in the exposed unit.
#[derive(Clone)]
pub(super) struct Observed {
    pub rate: Exact,
    pub value: Exact,
}

impl Lowering<'_, '_> {
    /// The buckets that are declared and those that objectives read, `+Inf`, `_count` and `_sum`.
    pub(super) fn buckets(
        &self,
        id: ItemId,
        instrument: &Instrument,
        labels: &Labels,
        course: &Course,
    ) -> Checked<Vec<TestSeries>> {
        let name = &instrument.metric.value;
        let bucket = format!("{name}_bucket");
        let mut bounds: BTreeSet<Exact> = read::bounds(self.plan, &bucket);
        for bound in instrument.buckets.iter().flat_map(|buckets| &buckets.bounds) {
            let place = self.checker.place(id.module, bound.span);
            bounds.insert(reported(number(bound, place), self.checker.sink())?);
        }
        let series = |metric: String, le: Option<String>, rate: &dyn Fn(&Observed) -> Exact| {
            let mut labels = labels.clone();
            labels.extend(le.map(|le| ("le".to_string(), le)));
            let segments = course.iter().map(|(from, doing)| Segment {
                from: *from,
                kind: match doing {
                    Doing::Observes(observed) => SegmentKind::Rises { rate: rate(observed) },
                    _ => SegmentKind::Absent,
                },
            });
            TestSeries { metric, labels, segments: segments.collect() }
        };
        let mut made: Vec<TestSeries> = bounds
            .iter()
            .map(|bound| {
                let le = bound.decimal().unwrap_or_else(|| bound.to_f64().to_string());
                let within = |observed: &Observed| {
                    if observed.value <= *bound { observed.rate.clone() } else { Exact::zero() }
                };
                series(bucket.clone(), Some(le), &within)
            })
            .collect();
        made.push(series(bucket, Some("+Inf".to_string()), &|observed| observed.rate.clone()));
        made.push(series(format!("{name}_count"), None, &|observed| observed.rate.clone()));
        made.push(series(format!("{name}_sum"), None, &|observed| &observed.rate * &observed.value));
        Ok(made)
    }
}
