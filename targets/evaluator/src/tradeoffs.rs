//! Trade-offs: several objectives as one promise.

use std::collections::BTreeMap;

use farthing_plan::{CornerKind, Labels, Tradeoff};

use crate::report::{Burn, CornerVerdict, ObjectiveReport, TradeoffReport, TradeoffVerdict, Verdict};

/// A trade-off, its corners' objectives by their index in the service.
pub(crate) struct TradeoffShape {
    id: String,
    corners: Vec<(CornerKind, usize)>,
}

impl TradeoffShape {
    /// None where a corner is no objective: its id.
    pub(crate) fn new(tradeoff: &Tradeoff, objectives: &[String]) -> Result<TradeoffShape, String> {
        let corner = |corner: &farthing_plan::Corner| {
            let at = objectives.iter().position(|id| *id == corner.objective);
            at.map(|at| (corner.kind, at)).ok_or_else(|| corner.objective.clone())
        };
        Ok(TradeoffShape {
            id: tradeoff.id.clone(),
            corners: tradeoff.corners.iter().map(corner).collect::<Result<_, _>>()?,
        })
    }
}

/// What the trade-offs of a service come to; a corner that is met while another is not is marked in its own verdict.
pub(crate) fn judge(tradeoffs: &[TradeoffShape], objectives: &mut [ObjectiveReport]) -> Vec<TradeoffReport> {
    let reports = tradeoffs.iter().map(|tradeoff| report(tradeoff, objectives)).collect();
    for tradeoff in tradeoffs {
        spoil(tradeoff, objectives);
    }
    reports
}

fn report(tradeoff: &TradeoffShape, objectives: &[ObjectiveReport]) -> TradeoffReport {
    let not_judged = tradeoff.corners.iter().find_map(|(_, at)| objectives[*at].not_judged.clone());
    let mut groups: BTreeMap<&Labels, Vec<Option<&Verdict>>> = BTreeMap::new();
    for (corner, (_, at)) in tradeoff.corners.iter().enumerate() {
        for verdict in &objectives[*at].verdicts {
            groups.entry(&verdict.labels).or_insert_with(|| vec![None; tradeoff.corners.len()])[corner] = Some(verdict);
        }
    }
    let verdicts = groups.into_iter().filter(|_| not_judged.is_none()).map(|(labels, verdicts)| {
        let consumed: Option<Vec<f64>> = verdicts.iter().map(|verdict| (*verdict)?.consumed).collect();
        let worst = consumed.as_ref().and_then(|all| {
            // The first of equals.
            let greatest = all.iter().copied().reduce(f64::max)?;
            all.iter().position(|consumed| *consumed == greatest)
        });
        let met: Option<Vec<bool>> = verdicts.iter().map(|verdict| (*verdict)?.met_alone).collect();
        let mut burn: BTreeMap<u64, Option<f64>> = BTreeMap::new();
        for of in verdicts.iter().flatten().flat_map(|verdict| &verdict.burn) {
            let greatest = burn.entry(of.window_s).or_default();
            *greatest = greatest.map_or(of.rate, |known| Some(of.rate.map_or(known, |rate| rate.max(known))));
        }
        let corners = tradeoff.corners.iter().zip(&verdicts).map(|((kind, at), verdict)| CornerVerdict {
            kind: *kind,
            objective: objectives[*at].id.clone(),
            consumed: verdict.and_then(|verdict| verdict.consumed),
            met: verdict.and_then(|verdict| verdict.met_alone),
        });
        TradeoffVerdict {
            labels: labels.clone(),
            met: met.map(|all| all.into_iter().all(|met| met)),
            consumed: worst.and_then(|worst| consumed.as_ref()?.get(worst).copied()),
            worst,
            corners: corners.collect(),
            burn: burn.into_iter().map(|(window_s, rate)| Burn { window_s, rate }).collect(),
        }
    });
    TradeoffReport { id: tradeoff.id.clone(), verdicts: verdicts.collect(), not_judged }
}

/// Marks the corners that are met by themselves while another one is not.
fn spoil(tradeoff: &TradeoffShape, objectives: &mut [ObjectiveReport]) {
    let mut missed: BTreeMap<Labels, Vec<String>> = BTreeMap::new();
    for (_, at) in &tradeoff.corners {
        let objective = &objectives[*at];
        for verdict in objective.verdicts.iter().filter(|verdict| verdict.met_alone == Some(false)) {
            missed.entry(verdict.labels.clone()).or_default().push(objective.id.clone());
        }
    }
    for (_, at) in &tradeoff.corners {
        for verdict in objectives[*at].verdicts.iter_mut().filter(|verdict| verdict.met_alone == Some(true)) {
            for id in missed.get(&verdict.labels).into_iter().flatten() {
                verdict.met = Some(false);
                if !verdict.spoiled_by.contains(id) {
                    verdict.spoiled_by.push(id.clone());
                }
            }
        }
    }
}
