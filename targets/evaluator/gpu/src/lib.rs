//! Samples GPUs through NVML.
