//! Finds GPUs and their instances.

use nvml_wrapper::{Device, Nvml, error::NvmlError};

use super::{Handle, faults::fault, instance};
use crate::source::{Fault, FaultKind, Listing, Part, Unit};

/// Units and their handles, in the same order.
pub(super) struct Found<'nvml> {
    pub listing: Listing,
    pub handles: Vec<Handle<'nvml>>,
}

/// All that there is now.
pub(super) fn find(nvml: &Nvml) -> Result<Found<'_>, Fault> {
    let mut found = Found { listing: Listing::default(), handles: Vec::new() };
    for index in 0..nvml.device_count().map_err(fault)? {
        if let Err(error) = add_gpu(nvml, index, &mut found) {
            let fault = fault(error);
            if fault.kind == FaultKind::Driver {
                return Err(fault);
            }
            found.listing.silent.push((index, fault));
        }
    }
    Ok(found)
}

fn add_gpu<'nvml>(nvml: &'nvml Nvml, index: u32, found: &mut Found<'nvml>) -> Result<(), NvmlError> {
    let device = nvml.device_by_index(index)?;
    let (uuid, model) = (device.uuid()?, device.name()?);
    let divided = device.mig_mode().is_ok_and(|mode| mode.current == 1);
    let monitoring = device.gpm_support().unwrap_or(false);
    let part = if divided { Part::Divided } else { Part::Whole };
    let unit = Unit { index, uuid, model, part, monitoring };
    let most = if divided { device.mig_device_count()? } else { 0 };
    found.listing.units.push(unit.clone());
    found.handles.push(handle(device, None));
    for place in 0..most {
        // Each handle of an instance has its own of the GPU, which costs nothing and is always the same.
        let gpu = nvml.device_by_index(index)?;
        match add_instance(gpu, place, most, &unit, found) {
            // There is room for an instance there, and none in it; or it was removed just now.
            Err(NvmlError::NotFound | NvmlError::InvalidArg) => {}
            // Instances of others, which a container may not read.
            Err(NvmlError::NoPermission) => {}
            added => added?,
        }
    }
    Ok(())
}

fn add_instance<'nvml>(
    gpu: Device<'nvml>,
    place: u32,
    most: u32,
    whole: &Unit,
    found: &mut Found<'nvml>,
) -> Result<(), NvmlError> {
    let device = gpu.mig_device_by_index(place)?;
    let (gi, ci) = instance::numbers(&device)?;
    let slices = device.attributes().map(|attributes| attributes.compute_instance_slice_count);
    let share = slices.ok().map(|slices| f64::from(slices) / f64::from(most));
    found.listing.units.push(Unit { part: Part::Instance { name: format!("{gi}/{ci}"), share }, ..whole.clone() });
    found.handles.push(handle(device, Some((gpu, gi))));
    Ok(())
}

fn handle<'nvml>(device: Device<'nvml>, instance: Option<(Device<'nvml>, u32)>) -> Handle<'nvml> {
    Handle { device, instance, monitored: None, seen: 0 }
}
