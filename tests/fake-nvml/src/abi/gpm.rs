//! Performance monitoring: two samples, and what lies between them.

use std::ffi::{c_uint, c_void};

use super::{
    answers::{put, returned},
    state::{enter, on},
    types::{Device, GpmMetrics, GpmSupport, Return},
};
use crate::{Gpm, code};

/// What a sample holds, once it was filled.
type Sample = Option<Gpm>;

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpmQueryDeviceSupport(device: Device, place: *mut GpmSupport) -> Return {
    let found = on("nvmlGpmQueryDeviceSupport", device).map(|target| target.gpu().gpm.is_some());
    // SAFETY: the caller gives a structure with its version in it.
    returned(found.and_then(|found| unsafe { put(place, GpmSupport { version: 1, supported: found.into() }) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpmSampleAlloc(place: *mut *mut c_void) -> Return {
    let allowed = enter("nvmlGpmSampleAlloc");
    let sample = || Box::into_raw(Box::<Sample>::new(None)).cast();
    // SAFETY: the caller gives a place for the answer.
    returned(allowed.and_then(|_| unsafe { put(place, sample()) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpmSampleFree(sample: *mut c_void) -> Return {
    if !sample.is_null() {
        // SAFETY: the caller gives back what it was given, once.
        drop(unsafe { Box::from_raw(sample.cast::<Sample>()) });
    }
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpmSampleGet(device: Device, sample: *mut c_void) -> Return {
    let found = on("nvmlGpmSampleGet", device).and_then(|target| target.undivided(target.gpu().gpm));
    // SAFETY: the caller gives a sample that it was given.
    returned(found.and_then(|gpm| unsafe { put(sample.cast::<Sample>(), Some(gpm)) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpmMigSampleGet(device: Device, gi: c_uint, sample: *mut c_void) -> Return {
    let found = on("nvmlGpmMigSampleGet", device).and_then(|target| {
        let instance = target.instances().iter().find(|instance| instance.gi == gi).ok_or(code::NOT_FOUND)?;
        instance.gpm.ok_or(code::NOT_SUPPORTED)
    });
    // SAFETY: the caller gives a sample that it was given.
    returned(found.and_then(|gpm| unsafe { put(sample.cast::<Sample>(), Some(gpm)) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlGpmMetricsGet(request: *mut GpmMetrics) -> Return {
    returned(enter("nvmlGpmMetricsGet").and_then(|_| {
        if request.is_null() {
            return Err(code::INVALID_ARGUMENT);
        }
        // SAFETY: the caller gives a request with two samples that it was given.
        let (count, [first, second]) = unsafe { ((*request).count, (*request).samples) };
        if first.is_null() || second.is_null() || first == second {
            return Err(code::INVALID_ARGUMENT);
        }
        // SAFETY: as above; they were filled, or are empty.
        let samples = unsafe { (*first.cast::<Sample>(), *second.cast::<Sample>()) };
        let (Some(_), Some(gpm)) = samples else { return Err(code::INVALID_ARGUMENT) };
        // SAFETY: there are as many metrics as the request says; the pointer is that of the whole request.
        let metrics = unsafe { (&raw mut (*request).metrics).cast::<super::types::GpmMetric>() };
        for index in 0..count as usize {
            // SAFETY: as above.
            let metric = unsafe { &mut *metrics.add(index) };
            let value = match metric.id {
                1 => Some(gpm.graphics),
                2 => Some(gpm.sm),
                3 => Some(gpm.occupancy),
                5 => Some(gpm.tensor),
                10 => Some(gpm.dram),
                _ => None,
            };
            metric.result = if value.is_some() { 0 } else { code::NOT_SUPPORTED };
            metric.value = value.unwrap_or_default();
        }
        Ok(())
    }))
}
