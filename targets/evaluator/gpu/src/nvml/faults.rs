//! What NVML's return codes mean for a sampler.

use std::ffi::OsStr;

use nvml_wrapper::error::NvmlError;

use crate::source::{Fault, FaultKind};

/// The fault of a call.
pub(super) fn fault(error: NvmlError) -> Fault {
    use FaultKind::{Denied, Driver, Failed, Lost, NoLibrary, Unsupported};
    let (kind, code) = match &error {
        NvmlError::NotSupported => (Unsupported, "not_supported"),
        // An older library than this asks of.
        NvmlError::FailedToLoadSymbol(_) | NvmlError::FunctionNotFound => (Unsupported, "function_not_found"),
        NvmlError::NoPermission => (Denied, "no_permission"),
        NvmlError::OperatingSystem => (Denied, "operating_system"),
        NvmlError::GpuLost => (Lost, "gpu_is_lost"),
        NvmlError::ResetRequired => (Lost, "reset_required"),
        NvmlError::Uninitialized => (Driver, "uninitialized"),
        NvmlError::DriverNotLoaded => (Driver, "driver_not_loaded"),
        NvmlError::LibRmVersionMismatch => (Driver, "lib_rm_version_mismatch"),
        NvmlError::LibloadingError(_) => (NoLibrary, "library_not_found"),
        NvmlError::LibraryNotFound => (NoLibrary, "library_not_found"),
        NvmlError::InvalidArg => (Failed, "invalid_argument"),
        NvmlError::NotFound => (Failed, "not_found"),
        NvmlError::InsufficientSize(_) => (Failed, "insufficient_size"),
        NvmlError::InsufficientPower => (Failed, "insufficient_power"),
        NvmlError::Timeout => (Failed, "timeout"),
        NvmlError::IrqIssue => (Failed, "irq_issue"),
        NvmlError::CorruptedInfoROM => (Failed, "corrupted_inforom"),
        NvmlError::InUse => (Failed, "in_use"),
        NvmlError::InsufficientMemory => (Failed, "memory"),
        NvmlError::NoData => (Failed, "no_data"),
        _ => (Failed, "unknown"),
    };
    let said = match error {
        // What the loader says is the way out; the rest says what its name says.
        NvmlError::LibloadingError(error) => error.to_string(),
        NvmlError::UnexpectedVariant(number) => format!("return code {number}"),
        _ => String::new(),
    };
    Fault { kind, code, said }
}

/// The fault of opening a library.
pub(super) fn opening(error: NvmlError, library: &OsStr) -> Fault {
    let no_function = matches!(error, NvmlError::FailedToLoadSymbol(_));
    let mut fault = fault(error);
    if no_function {
        fault.kind = FaultKind::NoLibrary;
        fault.said = format!("{} is no NVML library: it has no nvmlInit_v2", library.display());
    } else if fault.kind == FaultKind::NoLibrary && fault.said.is_empty() {
        fault.said = library.display().to_string();
    }
    fault
}
