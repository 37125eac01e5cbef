//! The standard library, written in the language and embedded in the binary.

/// The text of a module of the standard library, by its path without `std`: `vllm`, `prices::gpu`.
pub fn module(path: &str) -> Option<&'static str> {
    MODULES.iter().find(|(name, _)| *name == path).map(|(_, text)| *text)
}

/// Paths and texts of all modules, sorted by path.
pub const MODULES: &[(&str, &str)] = &[];
