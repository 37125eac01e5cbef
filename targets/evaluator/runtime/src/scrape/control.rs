//! How a thread is told to end, and how long that is waited for.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// Why a thread is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Its target is not asked any more: its series end.
    Removed,
    /// All of it stops: its series do not end, they are only not watched.
    Stopped,
}

/// What a thread and its owner share.
#[derive(Default)]
pub(super) struct Control {
    end: Mutex<Option<End>>,
    changed: Condvar,
}

impl Control {
    /// Says that the thread is to end. It is told the first one only, but stopping overrides removal.
    pub fn end(&self, end: End) {
        let mut said = lock(&self.end);
        if said.is_none() || end == End::Stopped {
            *said = Some(end);
        }
        drop(said);
        self.changed.notify_all();
    }

    /// Waits until a time, or the end.
    pub fn wait_until(&self, time: Instant) -> Option<End> {
        let mut end = lock(&self.end);
        loop {
            let left = time.saturating_duration_since(Instant::now());
            if end.is_some() || left.is_zero() {
                return *end;
            }
            end = self.changed.wait_timeout(end, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// What is handed over passes through here, until it is shut.
#[derive(Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    shut: bool,
    /// How many are passing.
    passing: usize,
}

impl Gate {
    /// Hands over, unless it is shut.
    pub fn pass(&self, hand_over: impl FnOnce()) {
        {
            let mut state = lock(&self.state);
            if state.shut {
                return;
            }
            state.passing += 1;
        }
        // Also where it panics, nobody waits for it any more.
        let _passed = Passed(self);
        hand_over();
    }

    /// Lets nothing more pass, and waits for what is passing, at most until a time.
    pub fn shut(&self, until: Instant) {
        let mut state = lock(&self.state);
        state.shut = true;
        while state.passing > 0 {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

struct Passed<'a>(&'a Gate);

impl Drop for Passed<'_> {
    fn drop(&mut self) {
        lock(&self.0.state).passing -= 1;
        self.0.changed.notify_all();
    }
}

/// A lock whose data are whole after any panic: every change of them is one assignment.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
