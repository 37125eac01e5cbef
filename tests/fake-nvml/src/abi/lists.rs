//! Functions that fill a list: the caller says how much room it has, and hears how much is needed.

use std::ffi::{c_uint, c_ulonglong};

use super::{
    answers::returned,
    state::{Target, on},
    types::{Device, ProcessInfo, ProcessSample, Return},
};
use crate::{Process, code};

/// Writes a list where it fits, and its length in any case.
///
/// # Safety
///
/// `count` is null, or holds how many items may be written to `place`.
unsafe fn put_list<T>(count: *mut c_uint, place: *mut T, items: Vec<T>) -> Result<(), Return> {
    if count.is_null() {
        return Err(code::INVALID_ARGUMENT);
    }
    // SAFETY: as the caller promises.
    let room = unsafe { count.replace(items.len() as c_uint) };
    if items.len() > room as usize || (place.is_null() && !items.is_empty()) {
        return Err(code::INSUFFICIENT_SIZE);
    }
    for (index, item) in items.into_iter().enumerate() {
        // SAFETY: there is room for as many.
        unsafe { place.add(index).write(item) };
    }
    Ok(())
}

fn running(target: &Target, processes: &[Process]) -> Vec<ProcessInfo> {
    let (gi, ci) = target.mig().map_or((u32::MAX, u32::MAX), |mig| (mig.gi, mig.ci));
    let memory = |process: &Process| process.memory.unwrap_or(c_ulonglong::MAX);
    processes.iter().map(|process| ProcessInfo { pid: process.pid, memory: memory(process), gi, ci }).collect()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetComputeRunningProcesses_v3(
    device: Device,
    count: *mut c_uint,
    place: *mut ProcessInfo,
) -> Return {
    let found = on("nvmlDeviceGetComputeRunningProcesses_v3", device);
    let found = found.map(|target| running(&target, target.mig().map_or(&target.gpu().compute, |mig| &mig.compute)));
    // SAFETY: the caller gives as much room as it says.
    returned(found.and_then(|list| unsafe { put_list(count, place, list) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetGraphicsRunningProcesses_v3(
    device: Device,
    count: *mut c_uint,
    place: *mut ProcessInfo,
) -> Return {
    let found = on("nvmlDeviceGetGraphicsRunningProcesses_v3", device);
    let found = found.map(|target| running(&target, target.mig().map_or(&target.gpu().graphics, |_| NONE)));
    // SAFETY: the caller gives as much room as it says.
    returned(found.and_then(|list| unsafe { put_list(count, place, list) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetMPSComputeRunningProcesses_v3(
    device: Device,
    count: *mut c_uint,
    place: *mut ProcessInfo,
) -> Return {
    let found = on("nvmlDeviceGetMPSComputeRunningProcesses_v3", device);
    let found = found.map(|target| running(&target, target.mig().map_or(&target.gpu().mps, |_| NONE)));
    // SAFETY: the caller gives as much room as it says.
    returned(found.and_then(|list| unsafe { put_list(count, place, list) }))
}

const NONE: &Vec<Process> = &Vec::new();

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetProcessUtilization(
    device: Device,
    place: *mut ProcessSample,
    count: *mut c_uint,
    last_seen: c_ulonglong,
) -> Return {
    let found = on("nvmlDeviceGetProcessUtilization", device).and_then(|target| {
        target.undivided(Some(()))?;
        let gpu = target.gpu();
        // Each call finds one newer sample of each process, as if it came just now.
        let time = last_seen + 1_000_000;
        let samples: Vec<ProcessSample> = [&gpu.compute, &gpu.graphics, &gpu.mps]
            .into_iter()
            .flatten()
            .filter_map(|process| process.sm.map(|sm| (process.pid, sm)))
            .map(|(pid, sm)| ProcessSample { pid, time, sm, memory: 0, encoder: 0, decoder: 0 })
            .collect();
        if samples.is_empty() { Err(code::NOT_FOUND) } else { Ok(samples) }
    });
    // SAFETY: the caller gives as much room as it says.
    returned(found.and_then(|list| unsafe { put_list(count, place, list) }))
}
