//! A judge: what the numbers mean, computed from all samples and events at once, as slowly and plainly as the page
//! says it. It shares no code with the evaluator; of the project it uses the plan's types only.
//!
//! Self-contained, so that other crates' tests include it with `#[path]`; they need `regex`.

#![allow(dead_code, reason = "each test uses a part")]

mod calendar;
mod flows;
mod indicators;
mod objectives;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
};

use farthing_plan::{CornerKind, Plan, Service};

/// A series with all its samples, in order of time.
#[derive(Clone, Debug)]
pub struct Series {
    pub name: String,
    pub labels: Vec<(String, String)>,
    pub created_ms: Option<i64>,
    pub samples: Vec<(i64, Reading)>,
}

/// A sample: a finite number, or the end of the series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    Number(f64),
    Stale,
}

/// An event: numbers and labels in the order of its fields of that kind.
#[derive(Clone, Debug)]
pub struct Record {
    pub event: String,
    pub time_ms: i64,
    pub numbers: Vec<f64>,
    pub labels: Vec<String>,
}

/// The verdict on one objective within one group.
#[derive(Clone, Debug)]
pub struct Judged {
    pub objective: String,
    pub labels: BTreeMap<String, String>,
    pub numerator: f64,
    pub denominator: f64,
    pub measured: Option<f64>,
    pub excess: f64,
    pub allowance: f64,
    pub consumed: Option<f64>,
    pub left: Option<f64>,
    pub exhaustion_s: Option<f64>,
    pub observed_s: u64,
    pub excluded_s: u64,
    pub met: Option<bool>,
    /// By itself, whatever its trade-offs say.
    pub met_alone: Option<bool>,
    /// The corners that are missed while this one is met by itself.
    pub spoiled_by: BTreeSet<String>,
    /// Of a standardized one, the share of the mix that had volume.
    pub mix_seen: Option<f64>,
    /// Whether two ratios must be equal, and are not.
    pub void: bool,
    /// For each window that an alert uses, ascending.
    pub burn: Vec<(u64, Option<f64>)>,
    /// For each alert, whether it fires.
    pub firing: Vec<bool>,
}

/// What a trade-off comes to within one group.
#[derive(Clone, Debug)]
pub struct JudgedTradeoff {
    pub tradeoff: String,
    pub labels: BTreeMap<String, String>,
    pub met: Option<bool>,
    pub consumed: Option<f64>,
    pub corners: Vec<(CornerKind, String, Option<f64>, Option<bool>)>,
    pub burn: Vec<(u64, Option<f64>)>,
}

/// Judges every objective at one time.
pub fn judge(plan: &Plan, series: &[Series], events: &[Record], at_ms: i64) -> Vec<Judged> {
    judge_at(plan, series, events, &[at_ms]).remove(0)
}

/// Judges every objective at several times, from all data whenever it came. Those that read a query are left out.
pub fn judge_at(plan: &Plan, series: &[Series], events: &[Record], times_ms: &[i64]) -> Vec<Vec<Judged>> {
    let data = Data { plan, series, events, counted: RefCell::default() };
    times_ms
        .iter()
        .map(|time_ms| {
            let mut all = Vec::new();
            for service in &plan.services {
                let mut judged = Vec::new();
                for objective in &service.objectives {
                    judged.extend(data.objective(service, objective, time_ms.div_euclid(60_000)));
                }
                spoil(service, &mut judged);
                all.extend(judged);
            }
            all
        })
        .collect()
}

/// What the trade-offs come to, from the verdicts on their corners.
pub fn judge_tradeoffs(plan: &Plan, judged: &[Judged]) -> Vec<JudgedTradeoff> {
    let mut all = Vec::new();
    for tradeoff in plan.services.iter().flat_map(|service| &service.tradeoffs) {
        let is_corner = |id: &String| tradeoff.corners.iter().any(|corner| corner.objective == *id);
        let groups: BTreeSet<_> =
            judged.iter().filter(|one| is_corner(&one.objective)).map(|one| one.labels.clone()).collect();
        for labels in groups {
            let of = |id: &str| judged.iter().find(|one| one.objective == id && one.labels == labels);
            let corners: Vec<_> = tradeoff
                .corners
                .iter()
                .map(|corner| {
                    let one = of(&corner.objective);
                    let (consumed, met) = (one.and_then(|one| one.consumed), one.and_then(|one| one.met_alone));
                    (corner.kind, corner.objective.clone(), consumed, met)
                })
                .collect();
            let every = corners.iter().all(|(_, _, _, met)| met.is_some());
            let mut rates: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
            for (window, rate) in
                tradeoff.corners.iter().filter_map(|corner| of(&corner.objective)).flat_map(|one| &one.burn)
            {
                rates.entry(*window).or_default().extend(*rate);
            }
            all.push(JudgedTradeoff {
                tradeoff: tradeoff.id.clone(),
                labels,
                met: every.then(|| corners.iter().all(|(_, _, _, met)| *met == Some(true))),
                consumed: if every {
                    corners.iter().filter_map(|(_, _, consumed, _)| *consumed).max_by(f64::total_cmp)
                } else {
                    None
                },
                burn: rates.into_iter().map(|(w, rates)| (w, rates.into_iter().max_by(f64::total_cmp))).collect(),
                corners,
            });
        }
    }
    all
}

/// A corner that is met by itself is not met while another corner of the trade-off is not.
fn spoil(service: &Service, judged: &mut [Judged]) {
    let alone: Vec<_> = judged.iter().map(|one| (one.objective.clone(), one.labels.clone(), one.met_alone)).collect();
    for one in judged.iter_mut().filter(|one| one.met_alone == Some(true)) {
        for tradeoff in &service.tradeoffs {
            if !tradeoff.corners.iter().any(|corner| corner.objective == one.objective) {
                continue;
            }
            for corner in &tradeoff.corners {
                if alone.contains(&(corner.objective.clone(), one.labels.clone(), Some(false))) {
                    one.met = Some(false);
                    one.spoiled_by.insert(corner.objective.clone());
                }
            }
        }
    }
}

/// Minutes by the number of their end: minute `m` is `(60 (m - 1), 60 m]`.
type Minutes<T> = BTreeMap<i64, T>;

/// An indicator's id, the labels that it is broken down by, and a group of them.
type Place = (String, Vec<String>, Vec<String>);

struct Data<'a> {
    plan: &'a Plan,
    series: &'a [Series],
    events: &'a [Record],
    /// The counted minutes of what was asked for before, and the excluded ones.
    counted: RefCell<HashMap<Place, Rc<Counted>>>,
}

/// Numerator and denominator of each minute that counts, and the minutes in which a flow excludes.
struct Counted {
    minutes: Minutes<(f64, f64)>,
    excluded: BTreeSet<i64>,
}
