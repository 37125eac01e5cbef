//! One source within one group: its amounts by minutes.

use crate::{sum::Sum, time::Minute};

/// What a source added in one minute.
#[derive(Clone, Copy, Default)]
struct Cell {
    amount: Sum,
    observed: bool,
}

/// The amounts of one source within one group of labels, for the minutes that are kept one by one.
pub(crate) struct Stream {
    /// Minute `m` is at `m % cells.len()`, a power of two.
    cells: Vec<Cell>,
    /// The newest minute that has a cell; the ring's older content is cleared as this moves on.
    head: Minute,
    /// The earliest minute that changed since the tracks last looked.
    dirty: Minute,
    /// For events: the minute since which it is observed. Series are observed minute by minute.
    since: Option<Minute>,
    /// The tracks that read it, and as which of their terms.
    pub tracks: Vec<(usize, usize)>,
}

impl Stream {
    /// An empty stream, with the newest minute that may be kept.
    pub(crate) fn new(ring: usize, head: Minute, of_events: bool) -> Stream {
        Stream {
            cells: vec![Cell::default(); ring],
            head,
            dirty: Minute::MAX,
            since: of_events.then_some(Minute::MAX),
            tracks: Vec::new(),
        }
    }

    /// Adds an amount to a minute. INVARIANT: the minute is one of those kept, which the store checks.
    #[inline]
    pub(crate) fn add(&mut self, minute: Minute, amount: f64) {
        if minute > self.head {
            self.roll(minute);
        }
        let at = self.at(minute);
        let cell = &mut self.cells[at];
        cell.amount.add(amount);
        cell.observed = true;
        self.dirty = self.dirty.min(minute);
    }

    /// What was added in a minute, and whether it was observed.
    #[inline]
    pub(crate) fn get(&self, minute: Minute) -> (f64, bool) {
        let cell = if minute > self.head { Cell::default() } else { self.cells[self.at(minute)] };
        (cell.amount.value(), self.since.map_or(cell.observed, |since| minute >= since))
    }

    /// The earliest minute that changed since [`Stream::settle`].
    pub(crate) fn dirty(&self) -> Minute {
        self.dirty
    }

    /// The tracks have read all changes.
    pub(crate) fn settle(&mut self) {
        self.dirty = Minute::MAX;
    }

    /// For events: since when it is observed; `Minute::MAX` before the first.
    pub(crate) fn since(&self) -> Option<Minute> {
        self.since
    }

    /// Sets since when events are observed.
    pub(crate) fn observe_since(&mut self, minute: Minute, live_from: Minute) {
        self.since = Some(minute);
        self.dirty = self.dirty.min(minute.max(live_from));
    }

    /// The bytes that it holds.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Stream>()
            + self.cells.capacity() * size_of::<Cell>()
            + self.tracks.capacity() * size_of::<(usize, usize)>()
    }

    #[inline]
    fn at(&self, minute: Minute) -> usize {
        minute as usize & (self.cells.len() - 1)
    }

    fn roll(&mut self, minute: Minute) {
        if minute - self.head >= self.cells.len() as i64 {
            self.cells.fill(Cell::default());
        } else {
            for cleared in self.head + 1..=minute {
                let at = self.at(cleared);
                self.cells[at] = Cell::default();
            }
        }
        self.head = minute;
    }
}
