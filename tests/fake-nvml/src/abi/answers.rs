//! Functions with one answer.

use std::ffi::{c_char, c_int, c_uint, c_ulonglong};

use super::{
    state::{Target, enter, handle, initialize, number, on, shut_down},
    types::{Attributes, Device, MemoryV1, MemoryV2, Return, Utilization},
};
use crate::{Memory, code};

/// The return code of a call.
pub fn returned(result: Result<(), Return>) -> Return {
    result.err().unwrap_or(0)
}

/// Writes an answer, where it may be written.
///
/// # Safety
///
/// The place is null, or may be written.
pub unsafe fn put<T>(place: *mut T, value: T) -> Result<(), Return> {
    if place.is_null() {
        return Err(code::INVALID_ARGUMENT);
    }
    // SAFETY: as the caller promises.
    unsafe { place.write(value) };
    Ok(())
}

/// Writes a text with the zero that ends it.
///
/// # Safety
///
/// The place is null, or as many characters may be written there.
unsafe fn put_text(place: *mut c_char, room: c_uint, text: &str) -> Result<(), Return> {
    if place.is_null() {
        return Err(code::INVALID_ARGUMENT);
    }
    if text.len() >= room as usize {
        return Err(code::INSUFFICIENT_SIZE);
    }
    // SAFETY: as the caller promises, and the text with its end is no longer than that.
    unsafe {
        std::ptr::copy_nonoverlapping(text.as_ptr().cast(), place, text.len());
        place.add(text.len()).write(0);
    }
    Ok(())
}

/// Functions on a device that write what a closure finds.
macro_rules! answers {
    ($($name:ident -> $type:ty: $find:expr;)*) => { $(
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(device: Device, place: *mut $type) -> Return {
            let find: fn(Target) -> Result<$type, Return> = $find;
            let found = on(stringify!($name), device).and_then(find);
            // SAFETY: the caller gives a place for the answer, as the header has it.
            returned(found.and_then(|value| unsafe { put(place, value) }))
        }
    )* };
}

answers! {
    nvmlDeviceGetUtilizationRates -> Utilization: |target| {
        let [gpu, memory] = target.undivided(target.gpu().utilization)?;
        Ok(Utilization { gpu, memory })
    };
    nvmlDeviceGetPowerUsage -> c_uint: |target| target.whole(target.gpu().power_mw);
    nvmlDeviceGetTotalEnergyConsumption -> c_ulonglong: |target| target.whole(target.gpu().energy_mj);
    nvmlDeviceGetCurrentClocksThrottleReasons -> c_ulonglong: |target| target.whole(target.gpu().throttle);
    nvmlDeviceGetCurrentClocksEventReasons -> c_ulonglong: |target| target.whole(target.gpu().throttle);
    nvmlDeviceGetMaxMigDeviceCount -> c_uint: |target| Ok(if target.gpu().mig.is_some() { 7 } else { 0 });
    nvmlDeviceIsMigDeviceHandle -> c_uint: |target| Ok(target.mig().is_some().into());
    nvmlDeviceGetGpuInstanceId -> c_uint: |target| target.mig().map(|mig| mig.gi).ok_or(code::NOT_FOUND);
    nvmlDeviceGetComputeInstanceId -> c_uint: |target| target.mig().map(|mig| mig.ci).ok_or(code::NOT_FOUND);
    nvmlDeviceGetAttributes_v2 -> Attributes: |target| {
        let mig = target.mig().ok_or(code::NOT_SUPPORTED)?;
        Ok(Attributes {
            multiprocessors: mig.ci_slices * 16,
            shared: [0; 5],
            gi_slices: mig.gi_slices,
            ci_slices: mig.ci_slices,
            memory_mb: mig.memory.total >> 20,
        })
    };
}

fn memory(target: &Target) -> Result<Memory, Return> {
    target.mig().map(|mig| mig.memory).or(target.gpu().memory).ok_or(code::NOT_SUPPORTED)
}

#[unsafe(no_mangle)]
extern "C" fn nvmlInit_v2() -> Return {
    returned(initialize("nvmlInit_v2"))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlInitWithFlags(_flags: c_uint) -> Return {
    returned(initialize("nvmlInitWithFlags"))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlShutdown() -> Return {
    returned(shut_down("nvmlShutdown"))
}

#[unsafe(no_mangle)]
extern "C" fn nvmlErrorString(_code: Return) -> *const c_char {
    c"an error that a script plays".as_ptr()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlSystemGetDriverVersion(place: *mut c_char, room: c_uint) -> Return {
    let script = enter("nvmlSystemGetDriverVersion");
    // SAFETY: the caller gives as much room as it says.
    returned(script.and_then(|script| unsafe { put_text(place, room, &script.driver) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlSystemGetNVMLVersion(place: *mut c_char, room: c_uint) -> Return {
    let script = enter("nvmlSystemGetNVMLVersion");
    // SAFETY: the caller gives as much room as it says.
    returned(script.and_then(|script| unsafe { put_text(place, room, &format!("12.{}", script.driver)) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetCount_v2(place: *mut c_uint) -> Return {
    let script = enter("nvmlDeviceGetCount_v2");
    // SAFETY: the caller gives a place for the answer.
    returned(script.and_then(|script| unsafe { put(place, script.gpus.len() as c_uint) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetHandleByIndex_v2(index: c_uint, place: *mut Device) -> Return {
    let device = handle(index as usize, None);
    let found = on("nvmlDeviceGetHandleByIndex_v2", device);
    // SAFETY: the caller gives a place for the answer.
    returned(found.and_then(|_| unsafe { put(place, device) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetMigDeviceHandleByIndex(gpu: Device, index: c_uint, place: *mut Device) -> Return {
    let found = on("nvmlDeviceGetMigDeviceHandleByIndex", gpu).and_then(|target| {
        let instance = target.instances().get(index as usize);
        instance.map(|_| handle(number(gpu).0, Some(index as usize))).ok_or(code::NOT_FOUND)
    });
    // SAFETY: the caller gives a place for the answer.
    returned(found.and_then(|device| unsafe { put(place, device) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetDeviceHandleFromMigDeviceHandle(device: Device, place: *mut Device) -> Return {
    let found = on("nvmlDeviceGetDeviceHandleFromMigDeviceHandle", device);
    // SAFETY: the caller gives a place for the answer.
    returned(found.and_then(|_| unsafe { put(place, handle(number(device).0, None)) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetMigMode(device: Device, current: *mut c_uint, pending: *mut c_uint) -> Return {
    let found = on("nvmlDeviceGetMigMode", device).and_then(|target| {
        // Only GPUs with performance monitoring know MIG here.
        let knows = target.gpu().gpm.is_some() || target.gpu().mig.is_some();
        if knows { Ok(target.gpu().mig.is_some().into()) } else { Err(code::NOT_SUPPORTED) }
    });
    // SAFETY: the caller gives two places for the answers.
    returned(found.and_then(|mode: c_uint| unsafe { put(current, mode).and(put(pending, mode)) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetIndex(device: Device, place: *mut c_uint) -> Return {
    let found = on("nvmlDeviceGetIndex", device);
    // SAFETY: the caller gives a place for the answer.
    returned(found.and_then(|_| unsafe { put(place, number(device).0 as c_uint) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetName(device: Device, place: *mut c_char, room: c_uint) -> Return {
    let found = on("nvmlDeviceGetName", device).map(|target| match target.mig() {
        Some(mig) => format!("{} MIG {}g", target.gpu().name, mig.gi_slices),
        None => target.gpu().name.clone(),
    });
    // SAFETY: the caller gives as much room as it says.
    returned(found.and_then(|name| unsafe { put_text(place, room, &name) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetUUID(device: Device, place: *mut c_char, room: c_uint) -> Return {
    let found = on("nvmlDeviceGetUUID", device);
    let found = found.map(|target| target.mig().map_or(&target.gpu().uuid, |mig| &mig.uuid).clone());
    // SAFETY: the caller gives as much room as it says.
    returned(found.and_then(|uuid| unsafe { put_text(place, room, &uuid) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetMemoryInfo(device: Device, place: *mut MemoryV1) -> Return {
    let found = on("nvmlDeviceGetMemoryInfo", device).and_then(|target| memory(&target));
    // The first version counts what is reserved as used.
    let found = found.map(|Memory { total, reserved, used }| {
        let used = used + reserved;
        MemoryV1 { total, free: total.saturating_sub(used), used }
    });
    // SAFETY: the caller gives a place for the answer.
    returned(found.and_then(|memory| unsafe { put(place, memory) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetMemoryInfo_v2(device: Device, place: *mut MemoryV2) -> Return {
    let found = on("nvmlDeviceGetMemoryInfo_v2", device).and_then(|target| memory(&target));
    let expected = (size_of::<MemoryV2>() | 2 << 24) as c_uint;
    // SAFETY: the caller gives a structure with its version in it.
    if found.is_ok() && (place.is_null() || unsafe { (*place).version } != expected) {
        return code::INVALID_ARGUMENT;
    }
    let found = found.map(|Memory { total, reserved, used }| {
        let free = total.saturating_sub(used).saturating_sub(reserved);
        MemoryV2 { version: expected, total, reserved, free, used }
    });
    // SAFETY: as above.
    returned(found.and_then(|memory| unsafe { put(place, memory) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetClockInfo(device: Device, domain: c_int, place: *mut c_uint) -> Return {
    let found = on("nvmlDeviceGetClockInfo", device).and_then(|target| {
        let clocks = target.whole(target.gpu().clocks_mhz)?;
        usize::try_from(domain).ok().and_then(|domain| clocks.get(domain).copied()).ok_or(code::INVALID_ARGUMENT)
    });
    // SAFETY: the caller gives a place for the answer.
    returned(found.and_then(|clock| unsafe { put(place, clock) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nvmlDeviceGetTemperature(device: Device, sensor: c_int, place: *mut c_uint) -> Return {
    let found = on("nvmlDeviceGetTemperature", device).and_then(|target| {
        if sensor != 0 { Err(code::INVALID_ARGUMENT) } else { target.whole(target.gpu().temperature) }
    });
    // SAFETY: the caller gives a place for the answer.
    returned(found.and_then(|degrees| unsafe { put(place, degrees) }))
}
