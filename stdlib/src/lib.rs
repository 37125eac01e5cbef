//! The standard library, written in the language and embedded in the binary.

/// The text of a module of the standard library, by its path without `std`: `vllm`, `prices::gpu`.
pub fn module(path: &str) -> Option<&'static str> {
    MODULES.iter().find(|(name, _)| *name == path).map(|(_, text)| *text)
}

/// Paths and texts of all modules, sorted by path.
pub const MODULES: &[(&str, &str)] = &[
    ("dcgm", include_str!("../dcgm.slo")),
    ("envoy_ai_gateway", include_str!("../envoy_ai_gateway.slo")),
    ("farthing::gpu", include_str!("../farthing/gpu.slo")),
    ("kepler", include_str!("../kepler.slo")),
    ("litellm", include_str!("../litellm.slo")),
    ("llama_cpp", include_str!("../llama_cpp.slo")),
    ("opencost", include_str!("../opencost.slo")),
    ("otel_genai", include_str!("../otel_genai.slo")),
    ("prices::gpu", include_str!("../prices/gpu.slo")),
    ("prices::tokens", include_str!("../prices/tokens.slo")),
    ("sglang", include_str!("../sglang.slo")),
    ("sli", include_str!("../sli.slo")),
    ("tensorrt_llm", include_str!("../tensorrt_llm.slo")),
    ("tgi", include_str!("../tgi.slo")),
    ("triton", include_str!("../triton.slo")),
    ("units", include_str!("../units.slo")),
    ("vllm", include_str!("../vllm.slo")),
];
