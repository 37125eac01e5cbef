//! All state that depends on time: streams, tracks, and the minute that is evaluated.

use std::collections::HashMap;

use farthing_plan::Labels;

use crate::{
    judging::{AlertLog, Judging},
    shape::{AHEAD, Shape},
    stream::Stream,
    time::{Minute, SLOT_MINUTES, is_time, last_minute, minute_of},
    track::Track,
};

/// The most groups that objectives are broken down into by one list of labels. What belongs to others counts for
/// nothing in what is broken down by it.
pub const MAX_GROUPS: usize = 2_000;

/// One list of label values of one of the shape's label lists.
struct Group {
    by: usize,
    labels: Labels,
}

/// An indicator within a group, and its objectives.
struct Judged {
    /// Index into the shape's tracks.
    shape: usize,
    group: usize,
    track: Track,
    judgings: Vec<Judging>,
}

/// Streams, tracks and what they come to.
pub(crate) struct Store {
    pub shape: Shape,
    streams: Vec<Stream>,
    /// By source and group.
    stream_ids: HashMap<(usize, usize), usize>,
    groups: Vec<Group>,
    group_ids: HashMap<(usize, Vec<String>), usize>,
    /// How many groups each label list has.
    group_counts: Vec<usize>,
    judged: Vec<Judged>,
    /// By track shape and group.
    judged_ids: HashMap<(usize, usize), usize>,
    pub log: AlertLog,
    /// The last minute evaluated.
    now: Option<Minute>,
    /// The first minute evaluated.
    first: Minute,
    /// The first minute that is kept one by one; earlier ones are in slots only.
    live_from: Minute,
    /// The newest minute with data.
    newest: Minute,
    /// The earliest time of data.
    pub first_ms: Option<i64>,
    /// How often something was left out because a label list had as many groups as it may.
    pub groups_refused: u64,
}

impl Store {
    pub(crate) fn new(shape: Shape) -> Store {
        let mut store = Store {
            streams: Vec::new(),
            stream_ids: HashMap::new(),
            groups: Vec::new(),
            group_ids: HashMap::new(),
            group_counts: vec![0; shape.bys.len()],
            judged: Vec::new(),
            judged_ids: HashMap::new(),
            log: AlertLog::default(),
            now: None,
            first: 0,
            live_from: shape.live_from(0),
            newest: 0,
            first_ms: None,
            groups_refused: 0,
            shape,
        };
        // What is not broken down has exactly one verdict, with data or without.
        for track in 0..store.shape.tracks.len() {
            let by = store.shape.tracks[track].by;
            if store.shape.bys[by].is_empty()
                && let Some(group) = store.group(by, Vec::new())
            {
                store.judged(track, group);
            }
        }
        store
    }

    /// The last minute evaluated.
    pub(crate) fn now(&self) -> Option<Minute> {
        self.now
    }

    /// The first minute evaluated.
    pub(crate) fn first(&self) -> Minute {
        self.first
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
        let of_events = self.shape.sources[source].is_event();
        self.streams.push(Stream::new(self.shape.ring, self.now.unwrap_or_default(), of_events));
        self.stream_ids.insert((source, group), id);
        for track in 0..self.shape.tracks.len() {
            let shape = &self.shape.tracks[track];
            let term = shape.terms.iter().position(|term| term.source == source);
            if let (true, Some(term)) = (shape.by == by, term) {
                let judged = self.judged(track, group);
                self.judged[judged].track.streams[term] = Some(id);
                self.streams[id].tracks.push((judged, term));
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
            for &(judged, term) in &self.streams[stream].tracks {
                let judged = &mut self.judged[judged];
                judged.track.add_late(&self.shape.tracks[judged.shape], term, minute, amount);
            }
        }
    }

    /// The streams of one kind of event in one group are observed from `minute` on.
    pub(crate) fn observe_since(&mut self, streams: &[usize], minute: Minute) {
        let mut until = self.live_from;
        for &id in streams {
            until = until.min(self.streams[id].since().unwrap_or(Minute::MAX));
            self.streams[id].observe_since(minute, self.live_from);
        }
        let from = minute.max(self.horizon() + 1);
        if from >= until {
            return;
        }
        let mut tracks: Vec<usize> = streams.iter().flat_map(|&id| &self.streams[id].tracks).map(|at| at.0).collect();
        tracks.sort_unstable();
        tracks.dedup();
        for id in tracks {
            let judged = &mut self.judged[id];
            judged.track.extend_back(&self.shape.tracks[judged.shape], &self.streams, from, until);
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
        while now < until {
            if now > self.newest + memory && until - now > 2 * memory {
                now = until - memory;
                self.judged.iter_mut().for_each(|judged| judged.track.restart(now));
                for minute in now + 1..until {
                    self.settle(minute);
                }
                now = until - 1;
            }
            now += 1;
            self.minute(now);
        }
    }

    /// For each objective, its verdicts as of the last minute, through `each`.
    pub(crate) fn judgings(&self) -> impl Iterator<Item = (&Judging, &Track, &Labels)> {
        self.judged.iter().flat_map(|judged| {
            let labels = &self.groups[judged.group].labels;
            judged.judgings.iter().map(move |judging| (judging, &judged.track, labels))
        })
    }

    /// The bytes that all of it holds, without the text of labels.
    pub(crate) fn bytes(&self) -> usize {
        let streams: usize = self.streams.iter().map(Stream::bytes).sum();
        let judged: usize = self
            .judged
            .iter()
            .map(|judged| judged.track.bytes() + judged.judgings.iter().map(Judging::bytes).sum::<usize>())
            .sum();
        streams + judged + self.log.fired.capacity() * size_of::<crate::report::FiredAlert>()
    }

    fn begin(&mut self, now: Minute) -> Minute {
        self.now = Some(now);
        self.first = now + 1;
        self.live_from = self.shape.live_from(now);
        self.judged.iter_mut().for_each(|judged| judged.track.restart(now));
        now
    }

    fn minute(&mut self, now: Minute) {
        self.settle(now);
        for judged in &mut self.judged {
            let labels = &self.groups[judged.group].labels;
            for judging in &mut judged.judgings {
                let shape = &self.shape.objectives[judging.objective];
                judging.minute(shape, &judged.track, labels, now, &mut self.log);
            }
        }
        self.now = Some(now);
        self.live_from = self.shape.live_from(now);
    }

    /// Brings all tracks up to date with their streams.
    fn settle(&mut self, now: Minute) {
        for judged in &mut self.judged {
            judged.track.settle(&self.shape.tracks[judged.shape], &self.streams, now);
        }
        self.streams.iter_mut().for_each(Stream::settle);
    }

    fn longest_slots(&self) -> i64 {
        self.shape.tracks.iter().map(|track| track.slots as i64).max().unwrap_or_default()
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
        self.groups.push(Group { by, labels });
        self.group_ids.insert(key, self.groups.len() - 1);
        Some(self.groups.len() - 1)
    }

    fn judged(&mut self, track: usize, group: usize) -> usize {
        debug_assert_eq!(self.shape.tracks[track].by, self.groups[group].by);
        if let Some(id) = self.judged_ids.get(&(track, group)) {
            return *id;
        }
        let shape = &self.shape.tracks[track];
        let judgings = shape
            .objectives
            .iter()
            .map(|&objective| Judging::new(objective, &self.shape.objectives[objective]))
            .collect();
        let track_state = Track::new(shape, self.shape.ring, self.now.unwrap_or_default());
        self.judged.push(Judged { shape: track, group, track: track_state, judgings });
        self.judged_ids.insert((track, group), self.judged.len() - 1);
        self.judged.len() - 1
    }
}

/// The last minute that has ended at a time, if it is one.
pub(crate) fn ended(now_ms: i64) -> Option<Minute> {
    is_time(now_ms).then(|| last_minute(now_ms))
}
