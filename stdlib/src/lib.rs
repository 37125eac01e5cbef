//! The standard library, written in the language and embedded in the binary.

/// The text of a module of the standard library, by its path without `std`: `vllm`, `prices::gpu`.
pub fn module(path: &str) -> Option<&'static str> {
    MODULES.iter().find(|(name, _)| *name == path).map(|(_, text)| *text)
}

/// Paths and texts of all modules, sorted by path.
pub const MODULES: &[(&str, &str)] = &[
    ("dcgm", include_str!("../dcgm.slo")),
    ("litellm", include_str!("../litellm.slo")),
    ("prices::gpu", include_str!("../prices/gpu.slo")),
    ("prices::tokens", include_str!("../prices/tokens.slo")),
    ("sli", include_str!("../sli.slo")),
    ("units", include_str!("../units.slo")),
    ("vllm", include_str!("../vllm.slo")),
];
