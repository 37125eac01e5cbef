//! Errors that were reported already.

use std::cell::RefCell;

use crate::diagnostics::Diagnostic;

/// An error that was reported already: whoever meets it stays silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reported;

pub(crate) type Checked<T> = Result<T, Reported>;

/// Reports a diagnostic and says that it was.
pub(crate) fn reported<T>(result: Result<T, Box<Diagnostic>>, sink: &RefCell<Vec<Diagnostic>>) -> Checked<T> {
    result.map_err(|diagnostic| {
        sink.borrow_mut().push(*diagnostic);
        Reported
    })
}
