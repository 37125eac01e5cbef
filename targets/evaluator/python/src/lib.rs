//! The native part of Python's package `farthing`: see `python/farthing/` for what programs see.

mod columns;
mod core;
mod errors;
mod outcome;
mod rows;
mod schema;
mod time;

use pyo3::prelude::*;

/// Runs the command line, whose first argument is the program's own name, and gives its exit code.
#[pyfunction]
fn main(py: Python<'_>, arguments: Vec<String>) -> u8 {
    py.detach(|| farthing::main_from(arguments))
}

/// The nearest of the names that are known, where one is near.
#[pyfunction]
fn nearest(name: &str, known: Vec<String>) -> Option<String> {
    schema::nearest(name, known.iter().map(String::as_str)).map(String::from)
}

/// The module.
#[pymodule]
fn _farthing(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<core::Core>()?;
    module.add_function(wrap_pyfunction!(main, module)?)?;
    module.add_function(wrap_pyfunction!(nearest, module)?)?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))
}
