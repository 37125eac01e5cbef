//! One source within one group: its amounts by minutes.

use crate::{absences::Absences, sum::Sum, time::Minute};

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
    /// For events: when nobody was there to take them in.
    absences: Absences,
    /// All that was ever added.
    total: Sum,
    /// The newest minute that something was added to; none where nothing was since this was made.
    last: Option<Minute>,
    /// The earliest minute that changed since it was saved.
    unsaved: Minute,
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
            absences: Absences::default(),
            total: Sum::default(),
            last: None,
            unsaved: Minute::MAX,
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
        self.total.add(amount);
        self.dirty = self.dirty.min(minute);
        self.unsaved = self.unsaved.min(minute);
        self.last = self.last.max(Some(minute));
    }

    /// The newest minute that something was added to.
    pub(crate) fn last(&self) -> Option<Minute> {
        self.last
    }

    /// Adds to the total what is too late for a minute of its own.
    pub(crate) fn add_to_total(&mut self, amount: f64) {
        self.total.add(amount);
        // The total is saved with the minutes.
        self.unsaved = self.unsaved.min(self.head);
    }

    /// All that was ever added.
    pub(crate) fn total(&self) -> Sum {
        self.total
    }

    /// What was added in a minute, and whether it was observed.
    #[inline]
    pub(crate) fn get(&self, minute: Minute) -> (f64, bool) {
        let (amount, came) = self.cell(minute);
        (amount.value(), self.is_observed(minute, came))
    }

    /// Whether a minute is observed, of which it is known whether something came in it.
    pub(crate) fn is_observed(&self, minute: Minute, came: bool) -> bool {
        self.since.map_or(came, |since| minute >= since && (came || !self.absences.hold(minute)))
    }

    /// As [`Stream::get`], of minutes long gone too: nothing, and not observed.
    pub(crate) fn exact(&self, minute: Minute) -> (Sum, bool) {
        if minute <= self.head - self.cells.len() as i64 {
            return (Sum::default(), false);
        }
        let (amount, came) = self.cell(minute);
        (amount, self.is_observed(minute, came))
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
        self.unsaved = self.unsaved.min(minute.max(live_from));
    }

    /// For events: sets when nobody was there. What was summed up from the minute `from` on changes by it.
    pub(crate) fn set_absences(&mut self, absences: Absences, from: Minute) {
        if self.since.is_some() {
            self.absences = absences;
            self.dirty = self.dirty.min(from);
        }
    }

    /// The earliest minute that changed since this was last asked; `Minute::MAX` where none did.
    pub(crate) fn take_unsaved(&mut self) -> Minute {
        std::mem::replace(&mut self.unsaved, Minute::MAX)
    }

    /// The newest minute that may hold something.
    pub(crate) fn head(&self) -> Minute {
        self.head
    }

    /// A minute as it is saved: its exact amount, and whether something came in it.
    #[inline]
    pub(crate) fn cell(&self, minute: Minute) -> (Sum, bool) {
        let cell = if minute > self.head { Cell::default() } else { self.cells[self.at(minute)] };
        (cell.amount, cell.observed)
    }

    /// Sets a minute to what was saved. INVARIANT: the minute is one of those kept.
    pub(crate) fn restore_cell(&mut self, minute: Minute, (amount, observed): (Sum, bool)) {
        if minute > self.head {
            self.roll(minute);
        }
        let at = self.at(minute);
        self.cells[at] = Cell { amount, observed };
    }

    /// Sets what was saved beside the minutes; all minutes kept are to be read anew.
    pub(crate) fn restore(&mut self, total: Sum, since: Option<Minute>, live_from: Minute) {
        self.total = total;
        self.since = since;
        self.dirty = live_from;
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
