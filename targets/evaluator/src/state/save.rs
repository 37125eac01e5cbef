//! Gives the records that changed.

use serde::{Deserialize, Serialize};

use super::{
    KEPT_DAYS, PutRecord, Records, VERSION,
    codec::{Tag, Writer, key, key_at},
    day::{self, DAY, day_of},
};
use crate::{
    judging::Judging,
    nodes::State,
    report::Health,
    series::{Change, SeriesState, SeriesTable},
    shape::Shape,
    slots::{Slot, Slots},
    store::Store,
    stream::Stream,
    time::{Minute, SLOT_MINUTES, slot_of},
};

/// The record of all that is not of one thing.
#[derive(Serialize, Deserialize)]
pub(super) struct Head {
    pub version: u32,
    /// The last minute evaluated; none before the first.
    pub now: Option<Minute>,
    pub first: Minute,
    pub newest: Minute,
    /// The first minute that is not closed.
    pub live_from: Minute,
    pub first_ms: Option<i64>,
    pub groups_refused: u64,
    pub alerts_dropped: u64,
    /// The first and the last minute of each time in which nobody was there to take in events.
    #[serde(default)]
    pub absences: Vec<(Minute, Minute)>,
    pub health: Health,
}

impl Records {
    /// Gives each record that changed since this was last called.
    pub(crate) fn save(
        &mut self,
        store: &mut Store,
        series: &mut SeriesTable,
        health: &Health,
        put: &mut PutRecord<'_>,
    ) {
        for (key, value) in self.pending.drain(..) {
            put(&key, value.as_deref());
        }
        self.name_store(store, put);
        let head = Head {
            version: VERSION,
            now: store.now(),
            first: store.first,
            newest: store.newest,
            live_from: store.live_from,
            first_ms: store.first_ms,
            groups_refused: store.groups_refused,
            alerts_dropped: store.log.dropped,
            absences: store.absences.ranges().to_vec(),
            health: health.clone(),
        };
        // INVARIANT: numbers always have a text.
        put(&key(Tag::Head, 0), Some(&serde_json::to_vec(&head).unwrap_or_default()));
        let live_from = store.live_from;
        let before = self.live_from.unwrap_or(live_from);
        // No minute was saved that lies further ahead of those that were kept then.
        let ahead = before.saturating_add(store.shape.ring as i64);
        for (stream, id) in store.streams.iter_mut().zip(&self.stream_ids) {
            save_minutes(stream, *id, live_from, put);
            for slot in slot_of(before)..slot_of(live_from.min(ahead)) {
                put(&key_at(Tag::Minutes, *id, slot), None);
            }
        }
        for (journal, id) in store.journals.iter_mut().flatten().zip(&self.stream_ids) {
            journal.save(|number, slots| put(&key_at(Tag::StreamDay, *id, number), Some(&day::write(slots))));
        }
        self.save_slots(store, put);
        self.expire(&store.shape, before, live_from, put);
        self.live_from = Some(live_from);
        self.save_judgings(store, put);
        series.save(|change| save_series(&change, put));
    }

    fn save_slots(&mut self, store: &mut Store, put: &mut PutRecord<'_>) {
        let closed = slot_of(store.live_from) - 1;
        let tracks = self.track_ids.iter().zip(&mut self.tracks_until);
        for (at, (node, (id, until))) in store.nodes.all.iter_mut().zip(tracks).enumerate() {
            // Two indicators of the same flows are one record, and the one that keeps less knows less of it.
            let is_owner = self.track_owners.get(id) == Some(&at);
            if let (true, State::Direct(track)) = (is_owner, &mut node.state) {
                let slots = track.slots();
                save_closed(
                    slots,
                    until,
                    closed,
                    |slot, slots| slots.get(slot),
                    |number, slots| {
                        put(&key_at(Tag::TrackDay, *id, number), Some(&day::write(slots)));
                    },
                );
            }
        }
        let exclusions = self.exclusion_ids.iter().zip(&mut self.exclusions_until);
        for (excluded, (id, until)) in store.nodes.excluded.iter_mut().zip(exclusions) {
            let (by_flow, lacking) = excluded.slots();
            let of = |slot: i64, by_flow: &Slots| Slot {
                counted: by_flow.get(slot).counted,
                numerator: f64::from(lacking.get(slot).counted),
                denominator: 0.0,
            };
            save_closed(by_flow, until, closed, of, |number, slots| {
                put(&key_at(Tag::ExclusionDay, *id, number), Some(&day::write(slots)));
            });
        }
    }

    /// Removes the days that nothing reads any more.
    fn expire(&self, shape: &Shape, before: Minute, live_from: Minute, put: &mut PutRecord<'_>) {
        let kept = kept_days(shape);
        // However long nothing was saved: the newest day that was is that of `before`.
        let newest = day_of(slot_of(before));
        for gone in newest - kept..(day_of(slot_of(live_from)) - kept).min(newest + 1) {
            for (tag, ids) in [(Tag::StreamDay, &self.stream_ids), (Tag::ExclusionDay, &self.exclusion_ids)] {
                ids.iter().for_each(|id| put(&key_at(tag, *id, gone), None));
            }
            self.track_ids.iter().for_each(|id| put(&key_at(Tag::TrackDay, *id, gone), None));
        }
    }

    fn save_judgings(&mut self, store: &mut Store, put: &mut PutRecord<'_>) {
        for (judgings, ids) in store.judgings.iter_mut().zip(&self.judging_ids) {
            for (judging, id) in judgings.iter_mut().zip(ids) {
                if judging.unsaved | judging.history.unsaved {
                    (judging.unsaved, judging.history.unsaved) = (false, false);
                    put(&key(Tag::JudgingState, *id), Some(&write_judging(judging, &store.shape)));
                }
            }
        }
        let log = &mut store.log;
        for entry in std::mem::take(&mut log.unsaved) {
            let fired = entry.checked_sub(log.dropped).and_then(|at| log.fired.get(usize::try_from(at).ok()?));
            let value = fired.and_then(|fired| serde_json::to_vec(fired).ok());
            put(&key_at(Tag::Fired, 0, entry.cast_signed()), value.as_deref());
        }
    }
}

/// For how many days closed slots are kept.
pub(crate) fn kept_days(shape: &Shape) -> i64 {
    let longest = shape.indicators.iter().map(|indicator| indicator.slots as i64).max().unwrap_or_default();
    (longest / DAY + 2).max(KEPT_DAYS)
}

/// The minutes of a stream that changed, by slots, and what else is remembered of it.
fn save_minutes(stream: &mut Stream, id: u32, live_from: Minute, put: &mut PutRecord<'_>) {
    let unsaved = stream.take_unsaved();
    if unsaved == Minute::MAX {
        return;
    }
    for slot in slot_of(unsaved.max(live_from))..=slot_of(stream.head().max(live_from)) {
        let mut writer = Writer::default();
        for minute in (slot - 1) * SLOT_MINUTES + 1..=slot * SLOT_MINUTES {
            let (amount, observed) = stream.cell(minute);
            writer.u8(u8::from(observed));
            if observed {
                let (high, low) = amount.parts();
                writer.f64(high);
                writer.f64(low);
            }
        }
        put(&key_at(Tag::Minutes, id, slot), Some(&writer.0));
    }
    let mut writer = Writer::default();
    let (high, low) = stream.total().parts();
    writer.f64(high);
    writer.f64(low);
    writer.option(stream.since());
    put(&key(Tag::StreamState, id), Some(&writer.0));
}

/// Gives the days with closed slots that changed, each from its first slot on; `until` is the last slot that was saved.
fn save_closed(
    slots: &mut Slots,
    until: &mut i64,
    closed: i64,
    of: impl Fn(i64, &Slots) -> Slot,
    mut each: impl FnMut(i64, &[Slot]),
) {
    let oldest = closed - slots.limit() as i64 + 1;
    let changed = slots.take_unsaved().min(until.saturating_add(1)).max(oldest);
    if changed > closed {
        return;
    }
    for number in day_of(changed)..=day_of(closed) {
        let last = (number * DAY + DAY - 1).min(closed);
        let day: Vec<Slot> = (number * DAY..=last).map(|slot| of(slot, slots)).collect();
        // How long the newest day is tells what was saved.
        if last == closed || day.iter().any(|slot| *slot != Slot::default()) {
            each(number, &day);
        }
    }
    *until = closed;
}

/// Alerts by what they are, and the past.
fn write_judging(judging: &Judging, shape: &Shape) -> Vec<u8> {
    let mut writer = Writer::default();
    let objective = &shape.objectives[judging.objective];
    writer.u32(judging.alerts.len() as u32);
    for (alert, of) in judging.alerts.iter().zip(&objective.alerts) {
        writer.i64(objective.burn[of.long].seconds.cast_signed());
        writer.i64(objective.burn[of.short].seconds.cast_signed());
        writer.u8(of.severity as u8);
        writer.option(alert.entry.map(u64::cast_signed));
        writer.option(alert.since);
    }
    let (points, own) = judging.history.saved();
    writer.u32(points.len() as u32);
    for (at, consumed) in points {
        writer.i64(*at);
        writer.f64(*consumed);
    }
    writer.u32(own.len() as u32);
    for (numerator, denominator) in own {
        writer.f64(*numerator);
        writer.f64(*denominator);
    }
    writer.0
}

fn save_series(change: &Change<'_>, put: &mut PutRecord<'_>) {
    match change {
        Change::New(id, name, labels) => {
            let descriptor = serde_json::to_vec(&(name, labels)).unwrap_or_default();
            put(&key(Tag::Series, *id), Some(&descriptor));
        }
        Change::State(id, state) => put(&key(Tag::SeriesState, *id), Some(&write_series(state))),
        Change::Forgotten(id) => {
            put(&key(Tag::Series, *id), None);
            put(&key(Tag::SeriesState, *id), None);
        }
    }
}

fn write_series(state: &SeriesState) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.option(state.last_ms);
    for sample in [state.last, state.first] {
        writer.option(sample.map(|(at, _)| at));
        writer.f64(sample.map_or(0.0, |(_, value)| value));
    }
    writer.u8(u8::from(state.ended));
    writer.option(state.created);
    writer.0
}
