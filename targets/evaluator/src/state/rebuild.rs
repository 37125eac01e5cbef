//! Closed slots: as they were saved, or made of what the flows came to.

use std::collections::HashMap;

use super::{
    Records, RestoreError, SavedState,
    codec::{Tag, at_of, key},
    day::{self, DAY, day_of},
    load::{damaged, load_day},
};
use crate::{
    nodes::State,
    shape::{DirectShape, Kind},
    slots::Slot,
    store::Store,
    time::{SLOT_MINUTES, slot_of},
};

/// The days of streams, read once.
struct Days<'a, S: SavedState> {
    state: &'a S,
    /// The numbers of the store's streams.
    ids: &'a [u32],
    read: HashMap<(usize, i64), Vec<Slot>>,
}

impl<S: SavedState> Days<'_, S> {
    /// What a stream came to in a slot; nothing where that is not known.
    fn slot(&mut self, store: &Store, stream: usize, slot: i64) -> Result<Slot, RestoreError<S::Error>> {
        let number = day_of(slot);
        if !self.read.contains_key(&(stream, number)) {
            // What was closed only now is in the journal, and not saved yet.
            let journal = store.journals.as_ref().and_then(|journals| journals[stream].newest());
            let day = match journal.filter(|(newest, _)| *newest == number) {
                Some((_, slots)) => slots.to_vec(),
                None => load_day(self.state, Tag::StreamDay, self.ids[stream], number)?.unwrap_or_default(),
            };
            self.read.insert((stream, number), day);
        }
        let day = &self.read[&(stream, number)];
        Ok(day.get(slot.rem_euclid(DAY) as usize).copied().unwrap_or_default())
    }
}

impl Records {
    /// Fills the closed slots of all exclusions and tracks.
    pub(super) fn load_slots<S: SavedState>(
        &mut self,
        state: &S,
        store: &mut Store,
    ) -> Result<(), RestoreError<S::Error>> {
        let closed = slot_of(store.live_from) - 1;
        let ids = self.stream_ids.clone();
        let mut days = Days { state, ids: &ids, read: HashMap::new() };
        for at in 0..store.nodes.excluded.len() {
            let (by_flow, lacking) = store.nodes.excluded[at].slots();
            let until = read_days(state, Tag::ExclusionDay, self.exclusion_ids[at], closed, |number, slot| {
                by_flow.set(number, Slot { counted: slot.counted, ..Slot::default() });
                lacking.set(number, Slot { counted: slot.numerator as u16, ..Slot::default() });
            })?;
            by_flow.take_unsaved();
            self.exclusions_until[at] = until;
            let oldest = closed - store.shape.exclusions[at].slots as i64 + 1;
            for number in until.saturating_add(1).max(oldest)..=closed {
                let (flow, lack) = excluded(&mut days, store, at, number)?;
                let (by_flow, lacking) = store.nodes.excluded[at].slots();
                by_flow.set(number, Slot { counted: flow, ..Slot::default() });
                lacking.set(number, Slot { counted: lack, ..Slot::default() });
            }
        }
        for at in 0..store.nodes.all.len() {
            let State::Direct(track) = &mut store.nodes.all[at].state else { continue };
            let slots = track.slots();
            let mut from = i64::MAX;
            let until = read_days(state, Tag::TrackDay, self.track_ids[at], closed, |number, slot| {
                from = from.min(number);
                slots.set(number, slot);
            })?;
            slots.take_unsaved();
            self.tracks_until[at] = until;
            let oldest = closed - slots.limit() as i64 + 1;
            // What is newer than its records, and what is older: its period may be longer now.
            for number in (until.saturating_add(1).max(oldest)..=closed).chain(oldest..from.min(closed)) {
                let slot = made(&mut days, store, at, number)?;
                if let (true, State::Direct(track)) = (slot != Slot::default(), &mut store.nodes.all[at].state) {
                    track.slots().set(number, slot);
                }
            }
        }
        Ok(())
    }
}

/// Gives the slots of all days of a record up to `closed`, and the last that it has.
fn read_days<S: SavedState>(
    state: &S,
    tag: Tag,
    id: u32,
    closed: i64,
    mut each: impl FnMut(i64, Slot),
) -> Result<i64, RestoreError<S::Error>> {
    let (mut until, mut bad) = (i64::MIN, false);
    let mut read = |key: &[u8], value: &[u8]| {
        let (Some(number), Some(slots)) = (at_of(key), day::read(value)) else {
            bad = true;
            return;
        };
        for (slot, of) in (number * DAY..=closed).zip(slots) {
            if of != Slot::default() {
                each(slot, of);
            }
            until = slot;
        }
    };
    state.scan(&key(tag, id), &mut read).map_err(RestoreError::Read)?;
    if bad { Err(damaged("a day")) } else { Ok(until) }
}

/// Of an exclusion that was not saved, the minutes that flows exclude, and those in which a needed one is not observed.
/// Of a slot it is known only that a flow came to something, and not when: all minutes in which it was observed are
/// excluded then.
fn excluded<S: SavedState>(
    days: &mut Days<'_, S>,
    store: &Store,
    at: usize,
    slot: i64,
) -> Result<(u16, u16), RestoreError<S::Error>> {
    let all = (1 << SLOT_MINUTES) - 1;
    let (mut by_flow, mut observed) = (0, all);
    let excluded = &store.nodes.excluded[at];
    for stream in excluded.streams.iter().flatten() {
        let of = days.slot(store, *stream, slot)?;
        by_flow |= if of.numerator > 0.0 { of.counted } else { 0 };
    }
    for stream in &excluded.needed {
        observed &= match stream {
            Some(stream) => days.slot(store, *stream, slot)?.counted,
            None => 0,
        };
    }
    let lacking = if store.shape.exclusions[at].needed.is_empty() { 0 } else { all & !observed };
    Ok((by_flow, lacking))
}

/// Of a track that was not saved, a slot made of what its streams came to. Where only some of the minutes of a stream
/// count, so does that share of its amount.
fn made<S: SavedState>(
    days: &mut Days<'_, S>,
    store: &mut Store,
    at: usize,
    number: i64,
) -> Result<Slot, RestoreError<S::Error>> {
    let node = &store.nodes.all[at];
    let of = &store.shape.indicators[node.indicator];
    let (Kind::Direct(direct), State::Direct(track)) = (&of.kind, &node.state) else { return Ok(Slot::default()) };
    let mut terms = Vec::with_capacity(direct.terms.len());
    for stream in &track.streams {
        terms.push(match stream {
            Some(stream) => days.slot(store, *stream, number)?,
            None => Slot::default(),
        });
    }
    let mut counted = observed(direct, &terms);
    if let (true, Some(exclusion)) = (counted != 0, of.exclusion) {
        let first = (number - 1) * SLOT_MINUTES + 1;
        for bit in 0..SLOT_MINUTES {
            let (shape, excluded) = (&store.shape.exclusions[exclusion], &mut store.nodes.excluded[exclusion]);
            if counted & (1 << bit) != 0 && excluded.holds_closed(shape, first + bit) {
                counted &= !(1 << bit);
            }
        }
    }
    if counted == 0 {
        return Ok(Slot::default());
    }
    let minutes = f64::from(counted.count_ones());
    let mut slot = Slot {
        numerator: direct.numerator_per_minute * minutes,
        denominator: direct.denominator_per_minute * minutes,
        counted,
    };
    for (term, of) in direct.terms.iter().zip(&terms) {
        let known = of.counted.count_ones();
        if known > 0 {
            let amount = of.numerator * f64::from((of.counted & counted).count_ones()) / f64::from(known);
            slot.numerator += term.numerator * amount;
            slot.denominator += term.denominator * amount;
        }
    }
    Ok(slot)
}

/// The minutes in which all that is required was observed; where nothing is, those in which anything was.
fn observed(direct: &DirectShape, terms: &[Slot]) -> u16 {
    let of = direct.terms.iter().zip(terms);
    let required = of.clone().filter(|(term, _)| term.required).map(|(_, slot)| slot.counted);
    required.reduce(|a, b| a & b).unwrap_or_else(|| of.fold(0, |bits, (_, slot)| bits | slot.counted))
}
