//! Indicators within groups, and what they come to over any window.

use std::{cell::RefCell, collections::HashMap};

use farthing_plan::{Labels, MINUTE};

use crate::{
    amounts::Amounts,
    derived::Derived,
    exclusion::Excluded,
    shape::{Kind, Shape, Span},
    stream::Stream,
    time::{Minute, last_slot},
    track::Track,
};

/// One list of label values of one of the shape's label lists.
pub(crate) struct Group {
    pub by: usize,
    pub values: Vec<String>,
    pub labels: Labels,
}

/// An indicator within a group.
pub(crate) struct Node {
    /// Index into the shape's indicators.
    pub indicator: usize,
    /// Index into the store's groups.
    pub group: usize,
    pub state: State,
}

/// What is kept of it.
pub(crate) enum State {
    Direct(Track),
    Derived(Derived),
}

/// All indicators within all groups, and what is excluded.
pub(crate) struct Nodes {
    pub all: Vec<Node>,
    /// By indicator and group.
    ids: HashMap<(usize, usize), usize>,
    /// For each indicator, its nodes.
    pub of: Vec<Vec<usize>>,
    /// For each of the shape's exclusions.
    pub excluded: Vec<Excluded>,
    /// Scratch: the first minute that each of the exclusions changed.
    excluded_from: Vec<Minute>,
}

impl Nodes {
    pub(crate) fn new(shape: &Shape) -> Nodes {
        Nodes {
            all: Vec::new(),
            ids: HashMap::new(),
            of: vec![Vec::new(); shape.indicators.len()],
            excluded: shape.exclusions.iter().map(|exclusion| Excluded::new(exclusion, shape.ring, 0)).collect(),
            excluded_from: vec![Minute::MAX; shape.exclusions.len()],
        }
    }

    /// The node of an indicator within a group, if there is one.
    pub(crate) fn get(&self, indicator: usize, group: usize) -> Option<usize> {
        self.ids.get(&(indicator, group)).copied()
    }

    /// A new node, without parts.
    pub(crate) fn push(&mut self, shape: &Shape, indicator: usize, group: usize, now: Minute) -> usize {
        let of = &shape.indicators[indicator];
        let state = match &of.kind {
            Kind::Direct(direct) => State::Direct(Track::new(direct, shape.ring, of.slots, now)),
            Kind::Derived(derived) => State::Derived(Derived::new(derived, of.slots)),
        };
        let id = self.all.len();
        self.all.push(Node { indicator, group, state });
        self.ids.insert((indicator, group), id);
        self.of[indicator].push(id);
        id
    }

    /// Forgets the past: nothing happened for longer than the longest window before `now`.
    pub(crate) fn restart(&mut self, now: Minute) {
        for node in &mut self.all {
            match &mut node.state {
                State::Direct(track) => track.restart(now),
                State::Derived(derived) => derived.restart(),
            }
        }
        self.excluded.iter_mut().for_each(|excluded| excluded.restart(now));
    }

    /// Takes in all changes of streams up to the end of `now`. The first slot that changed anywhere.
    pub(crate) fn settle(&mut self, shape: &Shape, streams: &[Stream], now: Minute) -> i64 {
        for ((excluded, exclusion), from) in
            self.excluded.iter_mut().zip(&shape.exclusions).zip(&mut self.excluded_from)
        {
            *from = excluded.settle(exclusion, streams, now);
        }
        let mut changed = i64::MAX;
        for node in &mut self.all {
            let of = &shape.indicators[node.indicator];
            if let (Kind::Direct(direct), State::Direct(track)) = (&of.kind, &mut node.state) {
                let excluded = of.exclusion.map(|at| (&shape.exclusions[at], &self.excluded[at]));
                let from = of.exclusion.map_or(Minute::MAX, |at| self.excluded_from[at]);
                changed = changed.min(track.settle(direct, streams, excluded, from, now));
            }
        }
        self.settle_peaks(shape, changed, last_slot(now));
        changed
    }

    /// Peaks are made of single slots: those from `changed` on.
    fn settle_peaks(&mut self, shape: &Shape, changed: i64, last: i64) {
        // Parts come before what is derived from them.
        for (indicator, of) in shape.indicators.iter().enumerate() {
            let Some(limit) = of.peak_limit() else { continue };
            for at in 0..self.of[indicator].len() {
                let id = self.of[indicator][at];
                for slot in changed.max(last - of.slots as i64 + 1)..=last {
                    let ratio = View::new(shape, self).slot_ratio(id, limit, slot);
                    if let State::Derived(derived) = &mut self.all[id].state {
                        derived.set_slot(slot, ratio);
                    }
                }
                if let State::Derived(derived) = &mut self.all[id].state {
                    derived.settle();
                }
            }
        }
    }

    /// The bytes that all of it holds, without the text of labels.
    pub(crate) fn bytes(&self) -> usize {
        let nodes: usize = self
            .all
            .iter()
            .map(|node| match &node.state {
                State::Direct(track) => track.bytes(),
                State::Derived(derived) => derived.bytes(),
            })
            .sum();
        nodes + self.excluded.iter().map(Excluded::bytes).sum::<usize>()
    }
}

/// What all indicators come to, as of one minute.
pub(crate) struct View<'a> {
    pub shape: &'a Shape,
    pub nodes: &'a Nodes,
    /// The numerators of all groups of an indicator over a window, as far as they were asked for.
    pub totals: RefCell<HashMap<(usize, Span), f64>>,
}

impl<'a> View<'a> {
    pub(crate) fn new(shape: &'a Shape, nodes: &'a Nodes) -> View<'a> {
        View { shape, nodes, totals: RefCell::default() }
    }

    /// What a window of an indicator within a group amounts to.
    pub(crate) fn amounts(&self, node: usize, span: Span) -> Amounts {
        match &self.nodes.all[node].state {
            State::Direct(track) => track.window(span),
            State::Derived(derived) => self.derived(self.nodes.all[node].indicator, derived, span),
        }
    }

    /// What a window of an indicator within a group amounts to; nothing where there is no such.
    pub(crate) fn amounts_of(&self, indicator: usize, group: usize, span: Span) -> Amounts {
        self.nodes.get(indicator, group).map_or_else(Amounts::default, |node| self.amounts(node, span))
    }

    /// How many seconds of a window are excluded; of what is derived, the most of its parts.
    pub(crate) fn excluded_s(&self, indicator: usize, span: Span) -> u64 {
        let of = &self.shape.indicators[indicator];
        let own = of.exclusion.map_or(0, |at| self.nodes.excluded[at].minutes(&self.shape.exclusions[at], span));
        let parts = of.parts().into_iter().map(|part| self.excluded_s(part, span));
        parts.max().unwrap_or(0).max(own as u64 * MINUTE)
    }
}
