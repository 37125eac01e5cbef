//! Reads what was saved.

use std::collections::{HashMap, HashSet, VecDeque};

use super::{
    PutRecord, Records, RestoreError, SavedState, VERSION,
    codec::{FARTHEST, Reader, Tag, at_of, id_of, key, key_at},
    day::{self, DAY, day_of},
    descriptor::StreamName,
    journal::{Journal, of_slot},
    registry::Registry,
    save::{Head, kept_days},
};
use crate::{
    absences::Absences,
    history::History,
    judging::{Alert, AlertLog, Judging},
    report::{Health, MAX_FIRED},
    series::{SeriesState, SeriesTable},
    shape::{AHEAD, Shape},
    slots::Slot,
    store::Store,
    sum::Sum,
    time::{LATEST_MS, MINUTE_MS, Minute, SLOT_MINUTES, is_time, last_minute, slot_of},
};

/// What each minute of a slot came to, and whether it was observed.
type Minutes = Vec<(Sum, bool)>;

/// A key and its value.
type Record = (Vec<u8>, Vec<u8>);

pub(super) fn damaged<E>(record: &str) -> RestoreError<E> {
    RestoreError::Damaged { record: record.to_string() }
}

/// All records of one kind; the last part of their keys, and their values.
fn all<S: SavedState>(state: &S, prefix: &[u8]) -> Result<Vec<Record>, RestoreError<S::Error>> {
    let mut records = Vec::new();
    state.scan(prefix, &mut |key, value| records.push((key.to_vec(), value.to_vec()))).map_err(RestoreError::Read)?;
    Ok(records)
}

impl Records {
    /// Brings a new evaluator to where the one ended that was saved.
    pub(crate) fn load<S: SavedState>(
        state: &S,
        store: &mut Store,
        series: &mut SeriesTable,
    ) -> Result<(Records, Health), RestoreError<S::Error>> {
        store.journals = Some(store.streams.iter().map(|_| Journal::default()).collect());
        series.keep_changes();
        let mut records = Records::new();
        let head = read_head(state)?;
        for registry in [
            &mut records.sources,
            &mut records.exclusions,
            &mut records.indicators,
            &mut records.streams,
            &mut records.tracks,
            &mut records.judgings,
        ] {
            registry.load(state)?;
        }
        let mut pending = Vec::new();
        let mut put = |key: &[u8], value: Option<&[u8]>| pending.push((key.to_vec(), value.map(<[u8]>::to_vec)));
        records.name_shape(&store.shape, &mut put);
        records.exclusions_until = vec![i64::MIN; store.shape.exclusions.len()];
        let Some(head) = head else {
            records.pending = pending;
            return Ok((records, Health::default()));
        };
        if let Some(now) = head.now {
            store.resume(now, head.first, head.newest);
        }
        (store.first_ms, store.groups_refused) = (head.first_ms, head.groups_refused);
        store.absences = Absences::restored(head.absences);
        records.load_series(state, store, series, &mut put)?;
        records.make_streams(store)?;
        records.name_store(store, &mut put);
        for at in 0..store.streams.len() {
            records.load_stream(state, store, at, head.live_from)?;
        }
        records.load_slots(state, store)?;
        if let Some(now) = head.now {
            store.settle(now);
        }
        store.log = load_log(state, head.alerts_dropped)?;
        records.load_judgings(state, store)?;
        records.live_from = Some(head.live_from);
        records.collect(state, &store.shape, store.live_from, &mut put)?;
        records.pending = pending;
        Ok((records, head.health))
    }

    fn load_series<S: SavedState>(
        &self,
        state: &S,
        store: &mut Store,
        series: &mut SeriesTable,
        put: &mut PutRecord<'_>,
    ) -> Result<(), RestoreError<S::Error>> {
        let states: HashMap<u32, Vec<u8>> = all(state, &[Tag::SeriesState as u8])?
            .into_iter()
            .filter_map(|(key, value)| Some((id_of(&key)?, value)))
            .collect();
        for (record, value) in all(state, &[Tag::Series as u8])? {
            let id = id_of(&record).filter(is_number).ok_or_else(|| damaged("a series"))?;
            let (name, labels): (String, Vec<(String, String)>) =
                serde_json::from_slice(&value).map_err(|_| damaged("a series"))?;
            let labels: Vec<(&str, &str)> =
                labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let last = states.get(&id).and_then(|value| read_series(value)).ok_or_else(|| damaged("a sample"))?;
            // What nothing reads any more stays in the state for a while: an edit may be taken back.
            let kept_ms = kept_days(&store.shape) * DAY * SLOT_MINUTES * MINUTE_MS;
            let is_old = last.last_ms.unwrap_or_default() < store.now().unwrap_or_default() * MINUTE_MS - kept_ms;
            if series.restore(id, &name, &labels, last, store).is_none() && is_old {
                put(&key(Tag::Series, id), None);
                put(&key(Tag::SeriesState, id), None);
            }
        }
        Ok(())
    }

    /// The streams that the plan has in common with the one before.
    fn make_streams<E>(&self, store: &mut Store) -> Result<(), RestoreError<E>> {
        // In the order in which they were made: where there are too many groups, the first ones stay.
        let mut streams: Vec<(&str, u32)> = self.streams.all().collect();
        streams.sort_unstable_by_key(|(_, id)| *id);
        for (descriptor, _) in streams {
            let name: StreamName = serde_json::from_str(descriptor).map_err(|_| damaged("a flow"))?;
            let source = self.source_ids.iter().position(|id| *id == name.source);
            let by = store.shape.bys.iter().position(|by| *by == name.by);
            if let (Some(source), Some(by)) = (source, by)
                && store.shape.source_bys[source].contains(&by)
                && name.values.len() == name.by.len()
            {
                store.stream(source, by, name.values);
            }
        }
        Ok(())
    }

    fn load_stream<S: SavedState>(
        &mut self,
        state: &S,
        store: &mut Store,
        at: usize,
        live_from: Minute,
    ) -> Result<(), RestoreError<S::Error>> {
        let id = self.stream_ids[at];
        let known = state.get(&key(Tag::StreamState, id)).map_err(RestoreError::Read)?;
        let Some(known) = known else { return Ok(()) };
        let (total, since) = read_stream_state(&known).ok_or_else(|| damaged("a flow's sum"))?;
        let since = store.streams[at].since().map(|_| since.unwrap_or(Minute::MAX));
        store.streams[at].restore(total, since, store.live_from);
        let closed = day_of(slot_of(live_from) - 1);
        let mut journal = load_day(state, Tag::StreamDay, id, closed)?
            .map_or_else(Journal::default, |slots| Journal::restored(closed, slots));
        if store.live_from < live_from {
            for number in day_of(slot_of(store.live_from))..=closed {
                spread(store, at, number, &load_day(state, Tag::StreamDay, id, number)?.unwrap_or_default());
            }
        }
        let newest = slot_of(store.now().unwrap_or_default() + AHEAD);
        for (key, value) in all(state, &key(Tag::Minutes, id))? {
            let slot = at_of(&key).filter(|slot| *slot <= newest).ok_or_else(|| damaged("a flow's minutes"))?;
            let minutes = read_minutes(&value).ok_or_else(|| damaged("a flow's minutes"))?;
            let first = (slot - 1) * SLOT_MINUTES + 1;
            if first >= store.live_from {
                for (minute, cell) in (first..).zip(minutes) {
                    store.streams[at].restore_cell(minute, cell);
                }
            } else {
                // With this plan the slot is closed.
                let minute = |minute: Minute| {
                    let (amount, observed) = minutes[(minute - first) as usize];
                    (amount, store.streams[at].is_observed(minute, observed))
                };
                journal.set(slot, of_slot(slot, minute));
                self.pending.push((key, None));
            }
        }
        if let Some(journals) = &mut store.journals {
            journals[at] = journal;
        }
        Ok(())
    }

    fn load_judgings<S: SavedState>(&self, state: &S, store: &mut Store) -> Result<(), RestoreError<S::Error>> {
        for (judgings, ids) in store.judgings.iter_mut().zip(&self.judging_ids) {
            for (judging, id) in judgings.iter_mut().zip(ids) {
                if let Some(value) = state.get(&key(Tag::JudgingState, *id)).map_err(RestoreError::Read)? {
                    read_judging(&value, judging, &store.shape).ok_or_else(|| damaged("an objective's past"))?;
                }
            }
        }
        // An alert that fired of what is there no more fires no more.
        let firing: Vec<u64> = store
            .judgings
            .iter()
            .flatten()
            .flat_map(|judging| &judging.alerts)
            .filter_map(|alert| alert.entry)
            .collect();
        store.log.end_others(&firing, store.now().unwrap_or_default());
        Ok(())
    }

    /// Removes what no plan has had for as long as anything is kept.
    fn collect<S: SavedState>(
        &mut self,
        state: &S,
        shape: &Shape,
        live_from: Minute,
        put: &mut PutRecord<'_>,
    ) -> Result<(), RestoreError<S::Error>> {
        let oldest = day_of(slot_of(live_from)) - kept_days(shape);
        for (registry, used, tags) in [
            (&mut self.streams, &self.stream_ids, &[Tag::StreamDay, Tag::Minutes, Tag::StreamState][..]),
            (&mut self.tracks, &self.track_ids, &[Tag::TrackDay]),
        ] {
            let used: HashSet<u32> = used.iter().copied().collect();
            let unused: Vec<u32> = registry.all().map(|(_, id)| id).filter(|id| !used.contains(id)).collect();
            for id in unused {
                let mut records = Vec::new();
                for tag in tags {
                    records.extend(all(state, &key(*tag, id))?);
                }
                let days = records.iter().filter(|(key, _)| key[0] == tags[0] as u8);
                let newest = days.filter_map(|(key, _)| at_of(key)).max();
                let recent = records.iter().any(|(key, _)| {
                    key[0] == Tag::Minutes as u8 && at_of(key).is_some_and(|slot| day_of(slot) >= oldest)
                });
                if newest.is_none_or(|day| day < oldest) && !recent {
                    records.iter().for_each(|(key, _)| put(key, None));
                    registry.forget(id, put);
                }
            }
        }
        Ok(())
    }
}

impl Registry {
    fn load<S: SavedState>(&mut self, state: &S) -> Result<(), RestoreError<S::Error>> {
        for (key, value) in all(state, &[self.tag() as u8])? {
            let descriptor = String::from_utf8(value).map_err(|_| damaged("a name"))?;
            self.restore(descriptor, id_of(&key).filter(is_number).ok_or_else(|| damaged("a name"))?);
        }
        Ok(())
    }
}

/// Whether a minute lies between the epoch and the end of time.
fn is_minute(minute: Minute) -> bool {
    (0..=last_minute(LATEST_MS)).contains(&minute)
}

/// Whether a number may have been given to something: they are given one after the other.
fn is_number(id: &u32) -> bool {
    *id <= u32::MAX / 2
}

impl Records {
    /// Whether a state is of the version that is read.
    pub(crate) fn check_version<S: SavedState>(state: &S) -> Result<(), RestoreError<S::Error>> {
        read_head(state).map(drop)
    }
}

fn read_head<S: SavedState>(state: &S) -> Result<Option<Head>, RestoreError<S::Error>> {
    #[derive(serde::Deserialize)]
    struct Version {
        version: u32,
    }
    let Some(value) = state.get(&key(Tag::Head, 0)).map_err(RestoreError::Read)? else { return Ok(None) };
    let Version { version } = serde_json::from_slice(&value).map_err(|_| damaged("the head"))?;
    if version != VERSION {
        return Err(RestoreError::Version { found: version, known: VERSION });
    }
    let head: Head = serde_json::from_slice(&value).map_err(|_| damaged("the head"))?;
    let is_range = |(first, last): &(Minute, Minute)| is_minute(*first) && is_minute(*last) && first <= last;
    // Minutes are kept one by one for as long as the longest window that is read from them: less than a day.
    let kept = head.now.unwrap_or_default().checked_sub(head.live_from);
    let sound = head.now.is_none_or(is_minute)
        && is_minute(head.newest)
        && is_minute(head.first)
        && kept.is_some_and(|kept| (0..2 * DAY * SLOT_MINUTES).contains(&kept))
        && head.alerts_dropped <= FARTHEST
        && head.absences.iter().all(is_range);
    if sound { Ok(Some(head)) } else { Err(damaged("the head")) }
}

/// Where this plan keeps more minutes than the one before, what a closed slot came to is spread over its minutes.
fn spread(store: &mut Store, at: usize, number: i64, slots: &[Slot]) {
    for (slot, of) in (number * DAY..).zip(slots) {
        let first = (slot - 1) * SLOT_MINUTES + 1;
        let observed = f64::from(of.counted.count_ones());
        if first < store.live_from || observed == 0.0 {
            continue;
        }
        for (minute, bit) in (first..).zip(0..SLOT_MINUTES) {
            if of.counted & (1 << bit) != 0 {
                let mut amount = Sum::default();
                amount.add(of.numerator / observed);
                store.streams[at].restore_cell(minute, (amount, true));
            }
        }
    }
}

fn read_stream_state(value: &[u8]) -> Option<(Sum, Option<Minute>)> {
    let mut reader = Reader(value);
    let total = Sum::from_parts((reader.number()?, reader.number()?));
    let since = reader.option()?;
    if since.is_some_and(|since| since != Minute::MAX && !is_minute(since)) {
        return None;
    }
    reader.end((total, since))
}

fn read_minutes(value: &[u8]) -> Option<Minutes> {
    let mut reader = Reader(value);
    let mut minutes = Vec::new();
    for _ in 0..SLOT_MINUTES {
        let observed = reader.u8()? != 0;
        let parts = if observed { (reader.number()?, reader.number()?) } else { (0.0, 0.0) };
        minutes.push((Sum::from_parts(parts), observed));
    }
    reader.end(minutes)
}

fn read_series(value: &[u8]) -> Option<SeriesState> {
    let mut reader = Reader(value);
    let last_ms = reader.option()?;
    let mut sample = || Some((reader.option()?, reader.number()?));
    let (last, first) = (sample()?, sample()?);
    let pair = |(at, value): (Option<i64>, f64)| at.map(|at| (at, value));
    let ended = reader.u8()? != 0;
    let created = reader.option()?;
    if ![last_ms, last.0, first.0, created].into_iter().flatten().all(is_time) {
        return None;
    }
    reader.end(SeriesState { last_ms, last: pair(last), ended, first: pair(first), created })
}

/// Alerts are found by what they are: a policy that changed has other ones.
fn read_judging(value: &[u8], judging: &mut Judging, shape: &Shape) -> Option<()> {
    let objective = &shape.objectives[judging.objective];
    let mut reader = Reader(value);
    let mut taken = vec![false; objective.alerts.len()];
    for _ in 0..reader.u32()? {
        let name = (reader.i64()?, reader.i64()?, reader.u8()?);
        let entry = reader.option()?.map(i64::cast_unsigned);
        let since = reader.option()?;
        if since.is_some_and(|since| !is_minute(since)) {
            return None;
        }
        // Of several alike, that are apart by their factors, each has its own, in order.
        let known = objective.alerts.iter().zip(&taken).position(|(alert, taken)| {
            let seconds = |at: usize| objective.burn[at].seconds.cast_signed();
            !taken && name == (seconds(alert.long), seconds(alert.short), alert.severity as u8)
        });
        if let Some(at) = known {
            taken[at] = true;
            judging.alerts[at] = Alert { entry, since };
        }
    }
    let mut points = VecDeque::new();
    for _ in 0..reader.u32()? {
        let (at, consumed) = (reader.i64()?, reader.f64()?);
        if !is_minute(at) {
            return None;
        }
        points.push_back((at, consumed));
    }
    let mut own = VecDeque::new();
    for _ in 0..reader.u32()? {
        own.push_back((reader.f64()?, reader.f64()?));
    }
    // A period that became long or short has another history.
    if own.is_empty() == objective.period.rolling.long {
        judging.history = History::restored(points, own);
    }
    reader.end(())
}

fn load_log<S: SavedState>(state: &S, dropped: u64) -> Result<AlertLog, RestoreError<S::Error>> {
    let mut log = AlertLog { dropped, ..AlertLog::default() };
    for (entry, (key, value)) in (dropped.cast_signed()..).zip(all(state, &key(Tag::Fired, 0))?) {
        // Alerts are known by their numbers, one after the other.
        if at_of(&key) != Some(entry) || log.fired.len() == MAX_FIRED {
            return Err(damaged("an alert"));
        }
        log.fired.push_back(serde_json::from_slice(&value).map_err(|_| damaged("an alert"))?);
    }
    Ok(log)
}

/// The slots of a day; none where it has no record.
pub(super) fn load_day<S: SavedState>(
    state: &S,
    tag: Tag,
    id: u32,
    number: i64,
) -> Result<Option<Vec<Slot>>, RestoreError<S::Error>> {
    match state.get(&key_at(tag, id, number)).map_err(RestoreError::Read)? {
        Some(value) => Ok(Some(day::read(&value).ok_or_else(|| damaged("a day"))?)),
        None => Ok(None),
    }
}
