//! The package's exceptions, which are written in Python.

use pyo3::{prelude::*, sync::PyOnceLock, types::PyType};

/// An exception of `farthing._errors`.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// A `.slo` file has errors, or cannot be read.
    Compile,
    /// An event is not as the file declares it.
    Record,
    /// A name that is not there.
    Unknown,
}

/// The exception with this message.
pub(crate) fn raise(py: Python<'_>, kind: Kind, message: impl Into<String>) -> PyErr {
    static CLASSES: [PyOnceLock<Py<PyType>>; 3] = [PyOnceLock::new(), PyOnceLock::new(), PyOnceLock::new()];
    let name = ["CompileError", "RecordError", "UnknownNameError"][kind as usize];
    match CLASSES[kind as usize].import(py, "farthing._errors", name) {
        Ok(class) => PyErr::from_type(class.clone(), (message.into(),)),
        Err(error) => error,
    }
}
