//! The structures of NVML's header.

use std::ffi::{c_char, c_uint, c_ulonglong, c_void};

pub type Return = c_uint;
pub type Device = *mut c_void;

#[repr(C)]
pub struct Utilization {
    pub gpu: c_uint,
    pub memory: c_uint,
}

#[repr(C)]
pub struct MemoryV1 {
    pub total: c_ulonglong,
    pub free: c_ulonglong,
    pub used: c_ulonglong,
}

#[repr(C)]
pub struct MemoryV2 {
    pub version: c_uint,
    pub total: c_ulonglong,
    pub reserved: c_ulonglong,
    pub free: c_ulonglong,
    pub used: c_ulonglong,
}

#[repr(C)]
pub struct ProcessInfo {
    pub pid: c_uint,
    pub memory: c_ulonglong,
    pub gi: c_uint,
    pub ci: c_uint,
}

#[repr(C)]
pub struct ProcessSample {
    pub pid: c_uint,
    pub time: c_ulonglong,
    pub sm: c_uint,
    pub memory: c_uint,
    pub encoder: c_uint,
    pub decoder: c_uint,
}

#[repr(C)]
pub struct Attributes {
    pub multiprocessors: c_uint,
    pub shared: [c_uint; 5],
    pub gi_slices: c_uint,
    pub ci_slices: c_uint,
    pub memory_mb: c_ulonglong,
}

#[repr(C)]
pub struct GpmSupport {
    pub version: c_uint,
    pub supported: c_uint,
}

#[repr(C)]
pub struct GpmMetric {
    pub id: c_uint,
    pub result: Return,
    pub value: f64,
    pub names: [*mut c_char; 3],
}

/// With room for one metric; the caller's has room for as many as it says.
#[repr(C)]
pub struct GpmMetrics {
    pub version: c_uint,
    pub count: c_uint,
    pub samples: [*mut c_void; 2],
    pub metrics: [GpmMetric; 1],
}
