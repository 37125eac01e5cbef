//! All state that depends on time: streams, indicators, and the minute that is evaluated.

use std::collections::HashMap;

use crate::{
    absences::Absences,
    judging::{AlertLog, Case, Judging},
    nodes::{Group, Nodes, State, View},
    report::{FlowTotal, Verdict},
    shape::{AHEAD, FlowShape, Kind, Shape},
    state::{DAY, Journal, kept_days},
    stream::Stream,
    time::{MINUTE_MS, Minute, SLOT_MINUTES, is_time, last_minute, last_slot, minute_of, slot_of},
};

/// The most groups that objectives are broken down into by one list of labels. What belongs to others counts for
/// nothing in what is broken down by it.
pub const MAX_GROUPS: usize = 2_000;

/// Streams, indicators and what they come to.
pub(crate) struct Store {
    pub shape: Shape,
    pub streams: Vec<Stream>,
    /// The source and the group of each stream.
    pub origins: Vec<(usize, usize)>,
    /// By source and group.
    stream_ids: HashMap<(usize, usize), usize>,
    pub groups: Vec<Group>,
    group_ids: HashMap<(usize, Vec<String>), usize>,
    /// How many groups each label list has.
    group_counts: Vec<usize>,
    pub nodes: Nodes,
    /// For each node, the objectives that judge it.
    pub judgings: Vec<Vec<Judging>>,
    pub log: AlertLog,
    /// The last minute evaluated.
    now: Option<Minute>,
    /// The first minute evaluated.
    pub first: Minute,
    /// The first minute that is kept one by one; earlier ones are in slots only.
    pub live_from: Minute,
    /// The newest minute with data.
    pub newest: Minute,
    /// Where state is kept elsewhere, what each stream came to in closed slots, until it is saved.
    pub journals: Option<Vec<Journal>>,
    /// The earliest time of data.
    pub first_ms: Option<i64>,
    /// How often something was left out because a label list had as many groups as it may.
    pub groups_refused: u64,
    /// When nobody was there to take in events.
    pub absences: Absences,
}

impl Store {
    pub(crate) fn new(shape: Shape) -> Store {
        let mut store = Store {
            streams: Vec::new(),
            origins: Vec::new(),
            stream_ids: HashMap::new(),
            groups: Vec::new(),
            group_ids: HashMap::new(),
            group_counts: vec![0; shape.bys.len()],
            nodes: Nodes::new(&shape),
            judgings: Vec::new(),
            log: AlertLog::default(),
            now: None,
            first: 0,
            live_from: shape.live_from(0),
            newest: 0,
            journals: None,
            first_ms: None,
            groups_refused: 0,
            absences: Absences::default(),
            shape,
        };
        // What is not broken down has exactly one verdict, with data or without.
        for indicator in 0..store.shape.indicators.len() {
            let by = store.shape.indicators[indicator].by;
            if store.shape.bys[by].is_empty()
                && let Some(group) = store.group(by, Vec::new())
            {
                store.node(indicator, group);
            }
        }
        store
    }

    /// The last minute evaluated.
    pub(crate) fn now(&self) -> Option<Minute> {
        self.now
    }

    /// The last minute that can count for nothing any more.
    pub(crate) fn horizon(&self) -> Minute {
        self.shape.horizon(self.now.unwrap_or_default())
    }

    /// The stream of a source within a group, made where there was none, with the indicators that it belongs to. None
    /// where it would need a group too many, which is counted.
    pub(crate) fn stream(&mut self, source: usize, by: usize, values: Vec<String>) -> Option<usize> {
        let Some(group) = self.group(by, values) else {
            self.groups_refused += 1;
            return None;
        };
        if let Some(id) = self.stream_ids.get(&(source, group)) {
            return Some(*id);
        }
        let id = self.streams.len();
        let of_events = self.shape.sources[source].source.is_event();
        let mut stream = Stream::new(self.shape.ring, self.now.unwrap_or_default(), of_events);
        stream.set_absences(self.absences.clone(), Minute::MAX);
        self.streams.push(stream);
        self.stream_ids.insert((source, group), id);
        self.origins.push((source, group));
        if let Some(journals) = &mut self.journals {
            journals.push(Journal::default());
        }
        for indicator in 0..self.shape.indicators.len() {
            let shape = &self.shape.indicators[indicator];
            let Kind::Direct(direct) = &shape.kind else { continue };
            let term = direct.terms.iter().position(|term| term.source == source);
            if let (true, Some(term)) = (shape.by == by, term) {
                let node = self.node(indicator, group);
                if let State::Direct(track) = &mut self.nodes.all[node].state {
                    track.streams[term] = Some(id);
                }
                self.streams[id].tracks.push((node, term));
            }
        }
        for (shape, excluded) in self.shape.exclusions.iter().zip(&mut self.nodes.excluded) {
            if let (true, Some(at)) = (shape.by == by, shape.flows.iter().position(|flow| *flow == source)) {
                excluded.streams[at] = Some(id);
            }
            if let (true, Some(at)) = (shape.by == by, shape.needed.iter().position(|flow| *flow == source)) {
                excluded.needed[at] = Some(id);
            }
        }
        Some(id)
    }

    /// Whether a time lies before the minutes that are kept one by one.
    pub(crate) fn is_late(&self, time_ms: i64) -> bool {
        self.now.is_some() && minute_of(time_ms) < self.live_from
    }

    /// Makes the minutes up to that of `time_ms` ones that data can be added to. Data far ahead of the last minute
    /// evaluated pulls the evaluation after it, [`AHEAD`] minutes behind.
    #[inline]
    pub(crate) fn make_room(&mut self, time_ms: i64) {
        let minute = minute_of(time_ms);
        if self.first_ms.is_none_or(|first| time_ms < first) {
            self.first_ms = Some(time_ms);
        }
        let now = match self.now {
            Some(now) => now,
            None => self.begin(minute - 1),
        };
        if minute > now + AHEAD {
            self.advance(minute - AHEAD);
        }
        self.newest = self.newest.max(minute);
    }

    /// Adds an amount to a minute at most [`AHEAD`] minutes after the last one evaluated, which
    /// [`Store::make_room`] sees to.
    #[inline]
    pub(crate) fn add(&mut self, stream: usize, minute: Minute, amount: f64) {
        if minute >= self.live_from {
            self.streams[stream].add(minute, amount);
        } else {
            self.add_late(stream, minute, amount);
        }
    }

    /// Adds an amount to a minute that is in slots only.
    #[cold]
    fn add_late(&mut self, stream: usize, minute: Minute, amount: f64) {
        self.streams[stream].add_to_total(amount);
        for &(node, term) in &self.streams[stream].tracks {
            let node = &mut self.nodes.all[node];
            if let (Kind::Direct(direct), State::Direct(track)) =
                (&self.shape.indicators[node.indicator].kind, &mut node.state)
            {
                track.add_late(direct, term, minute, amount);
            }
        }
    }

    /// The streams of one kind of event in one group are observed from `minute` on.
    pub(crate) fn observe_since(&mut self, streams: &[usize], minute: Minute) {
        let mut until = self.live_from;
        for &id in streams {
            let since = self.streams[id].since().unwrap_or(Minute::MAX);
            until = until.min(since);
            // A stream that was restored may be older than what finds it now.
            if minute < since {
                self.streams[id].observe_since(minute, self.live_from);
            }
        }
        let from = minute.max(self.horizon() + 1);
        if from >= until {
            return;
        }
        let mut tracks: Vec<usize> = streams.iter().flat_map(|&id| &self.streams[id].tracks).map(|at| at.0).collect();
        tracks.sort_unstable();
        tracks.dedup();
        for id in tracks {
            let node = &mut self.nodes.all[id];
            let of = &self.shape.indicators[node.indicator];
            let (Kind::Direct(direct), State::Direct(track)) = (&of.kind, &mut node.state) else { continue };
            let (exclusions, states) = (&self.shape.exclusions, &mut self.nodes.excluded);
            let absences = &self.absences;
            let excluded = |minute| {
                absences.hold(minute) || of.exclusion.is_some_and(|at| states[at].holds_closed(&exclusions[at], minute))
            };
            track.extend_back(direct, &self.streams, excluded, from, until);
        }
    }

    /// Nobody was there to take in events between two times.
    pub(crate) fn absent(&mut self, from_ms: i64, until_ms: i64) {
        let Some(range) = Absences::between(from_ms, until_ms).filter(|_| self.now.is_some()) else { return };
        let from = range.0.max(self.live_from);
        self.absences.add(range, self.horizon());
        for stream in &mut self.streams {
            stream.set_absences(self.absences.clone(), from);
        }
    }

    /// Evaluates every minute after the last one up to and including `until`.
    pub(crate) fn advance(&mut self, until: Minute) {
        let mut now = match self.now {
            Some(now) => now,
            None => self.begin(until - 1),
        };
        if until <= now {
            self.settle(now);
            return;
        }
        // After a time without data as long as all that is remembered, one minute is like the next: no alert changes
        // any more. They are passed over, but for those that the windows at `until` see, which are only summed up.
        let memory = self.shape.period_minutes.max(self.longest_slots() * SLOT_MINUTES) + self.shape.ring as i64;
        let still_after = if self.is_still() { self.newest + self.shape.ring as i64 } else { Minute::MAX };
        while now < until {
            if now > self.newest + memory && until - now > 2 * memory {
                now = until - memory;
                self.restart(now);
                for minute in (now + SLOT_MINUTES..until).step_by(SLOT_MINUTES as usize) {
                    self.settle(minute);
                }
                now = until - 1;
            }
            now = if now > still_after { ((last_slot(now) + 1) * SLOT_MINUTES).min(until) } else { now + 1 };
            self.minute(now);
        }
    }

    /// Whether nothing changes within a slot once no data has come for as long as minutes are kept one by one. What is
    /// planned may begin and end in it; and of events each minute counts, those without any too.
    fn is_still(&self) -> bool {
        let objectives = || self.shape.objectives.iter();
        let counts = |stream: &Stream| stream.since().is_some_and(|since| since != Minute::MAX);
        objectives().all(|of| of.spendings.is_empty())
            && (!self.streams.iter().any(counts)
                || self.shape.exclusions.is_empty() && objectives().all(|of| of.period.rolling.long))
    }

    /// For each of the shape's objectives, its verdicts as of the last minute evaluated, sorted by their labels.
    pub(crate) fn verdicts(&self) -> Vec<Vec<Verdict>> {
        let now = self.now.unwrap_or_default();
        let view = View::new(&self.shape, &self.nodes);
        let mut verdicts: Vec<Vec<Verdict>> = self.shape.objectives.iter().map(|_| Vec::new()).collect();
        for (node, judgings) in self.judgings.iter().enumerate() {
            for judging in judgings {
                let case = case(&self.shape, &self.groups, &view, node, judging.objective);
                verdicts[judging.objective].push(judging.verdict(&case, now, self.first));
            }
        }
        verdicts.iter_mut().for_each(|of| of.sort_by(|a, b| a.labels.cmp(&b.labels)));
        verdicts
    }

    /// What each flow has come to since the beginning, within each group of its labels.
    pub(crate) fn totals(&self) -> Vec<FlowTotal> {
        let mut streams: HashMap<(usize, usize), Vec<usize>> = HashMap::new();
        for (stream, (source, group)) in self.origins.iter().enumerate() {
            streams.entry((*source, self.groups[*group].by)).or_default().push(stream);
        }
        let of = |flow: &FlowShape| {
            let streams = streams.get(&(flow.source, flow.by)).map(Vec::as_slice).unwrap_or_default();
            let mut totals: Vec<FlowTotal> = streams
                .iter()
                .map(|stream| FlowTotal {
                    service: flow.service.clone(),
                    flow: flow.id.clone(),
                    labels: self.groups[self.origins[*stream].1].labels.clone(),
                    total: self.streams[*stream].total().value(),
                    last_ms: self.streams[*stream].last().map(|minute| minute * MINUTE_MS),
                })
                .collect();
            totals.sort_by(|a, b| a.labels.cmp(&b.labels));
            totals
        };
        self.shape.flows.iter().flat_map(of).collect()
    }

    /// The bytes that all of it holds, without the text of labels.
    pub(crate) fn bytes(&self) -> usize {
        let streams: usize = self.streams.iter().map(Stream::bytes).sum();
        let judgings: usize = self.judgings.iter().flatten().map(Judging::bytes).sum();
        streams + self.nodes.bytes() + judgings + self.log.fired.capacity() * size_of::<crate::report::FiredAlert>()
    }

    fn begin(&mut self, now: Minute) -> Minute {
        self.now = Some(now);
        self.first = now + 1;
        self.live_from = self.shape.live_from(now);
        self.restart(now);
        now
    }

    fn restart(&mut self, now: Minute) {
        self.nodes.restart(now);
        self.judgings.iter_mut().flatten().for_each(Judging::restart);
    }

    fn minute(&mut self, now: Minute) {
        self.settle(now);
        let view = View::new(&self.shape, &self.nodes);
        for (node, judgings) in self.judgings.iter_mut().enumerate() {
            for judging in judgings {
                let case = case(&self.shape, &self.groups, &view, node, judging.objective);
                judging.minute(&case, now, &mut self.log);
            }
        }
        self.now = Some(now);
        let live_from = self.shape.live_from(now);
        if let Some(journals) = &mut self.journals {
            // Of a time without data that was passed over, no more than what is kept.
            let kept = slot_of(live_from) - kept_days(&self.shape) * DAY;
            for slot in slot_of(self.live_from).max(kept)..slot_of(live_from) {
                journals.iter_mut().zip(&self.streams).for_each(|(journal, stream)| journal.close(slot, stream));
            }
        }
        self.live_from = live_from;
    }

    /// Continues at a minute that was evaluated before, with what else was saved; `live_from` follows from it.
    pub(crate) fn resume(&mut self, now: Minute, first: Minute, newest: Minute) {
        self.begin(now);
        self.first = first;
        self.newest = newest;
    }

    /// Brings all that is summed up to date with the streams.
    pub(crate) fn settle(&mut self, now: Minute) {
        let changed = self.nodes.settle(&self.shape, &self.streams, now);
        self.streams.iter_mut().for_each(Stream::settle);
        if changed > last_slot(now) {
            return;
        }
        let view = View::new(&self.shape, &self.nodes);
        for (node, judgings) in self.judgings.iter_mut().enumerate() {
            let slots = self.shape.indicators[self.nodes.all[node].indicator].slots;
            for judging in judgings {
                let case = case(&self.shape, &self.groups, &view, node, judging.objective);
                judging.settle(&case, changed, last_slot(now), slots);
            }
        }
    }

    fn longest_slots(&self) -> i64 {
        self.shape.indicators.iter().map(|indicator| indicator.slots as i64).max().unwrap_or_default()
    }

    fn group(&mut self, by: usize, values: Vec<String>) -> Option<usize> {
        let key = (by, values);
        if let Some(id) = self.group_ids.get(&key) {
            return Some(*id);
        }
        if self.group_counts[by] == MAX_GROUPS {
            return None;
        }
        self.group_counts[by] += 1;
        let labels = self.shape.bys[by].iter().cloned().zip(key.1.iter().cloned()).collect();
        self.groups.push(Group { by, values: key.1.clone(), labels });
        self.group_ids.insert(key, self.groups.len() - 1);
        Some(self.groups.len() - 1)
    }

    /// An indicator within a group, made where there was none, with the objectives that judge it, and with what is
    /// derived from it.
    fn node(&mut self, indicator: usize, group: usize) -> usize {
        debug_assert_eq!(self.shape.indicators[indicator].by, self.groups[group].by);
        if let Some(id) = self.nodes.get(indicator, group) {
            return id;
        }
        let id = self.nodes.push(&self.shape, indicator, group, self.now.unwrap_or_default());
        let shape = &self.shape.indicators[indicator];
        let labels = &self.groups[group].labels;
        let judges = |at: &&usize| {
            self.shape.objectives[**at].only.iter().all(|(label, value)| labels.get(label) == Some(value))
        };
        let judging = |&at: &usize| Judging::new(at, &self.shape.objectives[at], shape.slots);
        self.judgings.push(shape.objectives.iter().filter(judges).map(judging).collect());
        self.find_parts(id);
        self.join_users(id);
        id
    }

    /// The parts that there are already of a new node.
    fn find_parts(&mut self, id: usize) {
        let node = &self.nodes.all[id];
        let Kind::Derived(derived) = &self.shape.indicators[node.indicator].kind else {
            return;
        };
        let values = &self.groups[node.group].values;
        let found: Vec<Option<usize>> = derived
            .parts
            .iter()
            .map(|part| {
                let by = self.shape.indicators[part.indicator].by;
                let group = self.group_ids.get(&(by, part.group(values)))?;
                self.nodes.get(part.indicator, *group)
            })
            .collect();
        if let State::Derived(state) = &mut self.nodes.all[id].state {
            state.parts = found;
        }
    }

    /// Makes a new node a part of what is derived from it, which is made where only now it has a group.
    fn join_users(&mut self, id: usize) {
        let (indicator, group) = (self.nodes.all[id].indicator, self.nodes.all[id].group);
        for (user, at) in self.shape.indicators[indicator].users.clone() {
            let Kind::Derived(derived) = &self.shape.indicators[user].kind else { continue };
            let own = &self.groups[group].values;
            let by = self.shape.indicators[user].by;
            if let Some(values) = derived.parts[at].derived_group(own, self.shape.bys[by].len()) {
                match self.group(by, values) {
                    Some(group) => {
                        // What is made only now finds its parts itself.
                        let made = self.node(user, group);
                        if let State::Derived(state) = &mut self.nodes.all[made].state {
                            state.parts[at] = Some(id);
                        }
                    }
                    None => self.groups_refused += 1,
                }
                continue;
            }
            for &made in &self.nodes.of[user] {
                let node = &mut self.nodes.all[made];
                let belongs = derived.parts[at].belongs(own, &self.groups[node.group].values);
                if let (true, State::Derived(state)) = (belongs, &mut node.state) {
                    state.parts[at] = Some(id);
                }
            }
        }
    }
}

fn case<'a>(shape: &'a Shape, groups: &'a [Group], view: &'a View<'a>, node: usize, objective: usize) -> Case<'a> {
    let group = view.nodes.all[node].group;
    Case { view, shape: &shape.objectives[objective], node, group, labels: &groups[group].labels }
}

/// The last minute that has ended at a time, if it is one.
pub(crate) fn ended(now_ms: i64) -> Option<Minute> {
    is_time(now_ms).then(|| last_minute(now_ms))
}
