//! The numbers of an instance of a GPU, which nvml-wrapper does not read.

#![allow(unsafe_code)]

use nvml_wrapper::{
    Device,
    error::{NvmlError, nvml_sym, nvml_try},
};

/// The numbers of the GPU instance and of the compute instance that a MIG device is.
///
/// # Errors
///
/// When the device is not one, or does not answer.
pub(super) fn numbers(device: &Device) -> Result<(u32, u32), NvmlError> {
    let library = device.nvml().lib();
    let gpu_instance = nvml_sym(library.nvmlDeviceGetGpuInstanceId.as_ref())?;
    let compute_instance = nvml_sym(library.nvmlDeviceGetComputeInstanceId.as_ref())?;
    let (mut gi, mut ci) = (0, 0);
    // SAFETY: the handle is that of a device of this library, which is open as long as the device is borrowed, and both
    // functions write one number to the place that they are given.
    unsafe {
        nvml_try(gpu_instance(device.handle(), &mut gi))?;
        nvml_try(compute_instance(device.handle(), &mut ci))?;
    }
    Ok((gi, ci))
}
