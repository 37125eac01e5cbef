//! What is known of one GPU, or of one instance.

use std::sync::Arc;

use crate::{
    call::Outcomes,
    integral::{Counted, Energy, Integral, Moment, Reading, Rule},
    metrics::{BUSY, ENERGY, Metric, REASONS, THROTTLED},
    processes::Label,
    source::{Part, Unit},
};

/// A reading of a metric, with a label of its own where it has one.
pub(crate) type Entry = (&'static Metric, Option<(&'static str, &'static str)>, Reading);

/// What a process uses.
#[derive(Debug, Clone)]
pub(crate) struct ProcessRow {
    pub labels: Arc<[Label]>,
    pub memory: Option<Reading>,
    pub utilization: Option<Reading>,
}

/// A GPU or an instance. The sampler changes its own, and publishes a copy when a round is done.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub unit: Unit,
    /// Where it is in the source's listing; `None` where it is not listed any more.
    pub place: Option<usize>,
    pub labels: Arc<[Label]>,
    /// Why it does not answer.
    pub lost: Option<String>,
    /// Whether it has ever been read.
    pub read: bool,
    pub outcomes: Outcomes,
    /// What is read in every round.
    pub quick: Vec<Entry>,
    /// What is read each second, or less often.
    pub monitored: Vec<Entry>,
    pub processes: Arc<[ProcessRow]>,
    pub busy: Option<Integral>,
    pub energy: Energy,
    pub throttled: Option<[Integral; REASONS.len()]>,
}

impl Row {
    /// A unit of which nothing was read yet.
    pub fn new(unit: Unit, place: Option<usize>, node: Option<&Arc<str>>) -> Self {
        let mut labels: Vec<Label> = vec![
            ("gpu", unit.index.to_string().into()),
            ("uuid", unit.uuid.as_str().into()),
            ("model", unit.model.as_str().into()),
        ];
        if let Part::Instance { name, .. } = &unit.part {
            labels.push(("mig", name.as_str().into()));
        }
        labels.extend(node.map(|node| ("node", node.clone())));
        Row {
            unit,
            place,
            labels: labels.into(),
            lost: None,
            read: false,
            outcomes: Outcomes::default(),
            quick: Vec::new(),
            monitored: Vec::new(),
            processes: Arc::new([]),
            busy: None,
            energy: Energy::Unknown,
            throttled: None,
        }
    }

    /// Whether two units are the same GPU or instance. One that never told its UUID is known by its number.
    pub fn is(&self, unit: &Unit) -> bool {
        let same = self.unit.uuid == unit.uuid || (self.unit.uuid.is_empty() && self.unit.index == unit.index);
        same && self.instance() == instance(unit)
    }

    /// The name of the instance that it is.
    pub fn instance(&self) -> Option<&str> {
        instance(&self.unit)
    }

    /// Takes the share of time in which it was busy. An instance adds its share of a GPU; where that is not known,
    /// nothing is counted rather than too much.
    pub fn busy(&mut self, now: Moment, ratio: f64) {
        let share = match &self.unit.part {
            Part::Instance { share, .. } => *share,
            _ => Some(1.0),
        };
        if let Some(share) = share {
            self.busy.get_or_insert_with(|| Integral::new(Rule::Past, now)).read(now, ratio * share);
        }
    }

    /// Takes why its clocks are held down.
    pub fn throttled(&mut self, now: Moment, bits: u64) {
        let held = self.throttled.get_or_insert_with(|| [Integral::new(Rule::Past, now); REASONS.len()]);
        for (integral, (bit, _)) in held.iter_mut().zip(REASONS) {
            integral.read(now, if bits & bit != 0 { 1.0 } else { 0.0 });
        }
    }

    /// What adds up.
    pub fn counters(&self) -> impl Iterator<Item = (&'static Metric, Option<(&'static str, &'static str)>, Counted)> {
        let busy = self.busy.iter().map(|busy| (BUSY, None, busy.counted()));
        let energy = self.energy.counted().into_iter().map(|energy| (ENERGY, None, energy));
        let throttled = self.throttled.iter().flatten().zip(REASONS);
        let throttled = throttled.map(|(held, (_, name))| (THROTTLED, Some(("reason", name)), held.counted()));
        busy.chain(energy).chain(throttled)
    }

    /// It does not answer: what it was is no longer so, what has added up stays.
    pub fn lose(&mut self, why: String) {
        self.lost = Some(why);
        self.quick.clear();
        self.monitored.clear();
        self.processes = Arc::new([]);
        self.energy.pause();
        self.busy.iter_mut().chain(self.throttled.iter_mut().flatten()).for_each(Integral::pause);
        // What was not supported or allowed may be when it is back.
        self.outcomes = Outcomes::default();
    }

    /// How a person names it.
    pub fn name(&self) -> String {
        let index = self.unit.index;
        match self.instance() {
            Some(instance) => format!("instance {instance} of GPU {index}"),
            None => format!("GPU {index}"),
        }
    }
}

fn instance(unit: &Unit) -> Option<&str> {
    match &unit.part {
        Part::Instance { name, .. } => Some(name),
        _ => None,
    }
}
