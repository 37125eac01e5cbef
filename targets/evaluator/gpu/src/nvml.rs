//! NVIDIA's library, through nvml-wrapper.

mod faults;
mod instance;
mod listing;

use std::{ffi::OsStr, path::PathBuf};

use nvml_wrapper::{
    Device, GpmSample,
    enum_wrappers::device::{Clock, TemperatureSensor},
    enums::{device::UsedGpuMemory, gpm::GpmMetricId},
    error::NvmlError,
    gpm::gpm_metrics_get,
};
use self_cell::self_cell;

use self::{
    faults::{fault, opening},
    listing::Found,
};
use crate::source::{
    ClockDomain, Fault, FaultKind, GpuProcess, GpuSource, Listing, Memory, Monitoring, Opened, ProcessSort, Unit,
    Utilization,
};

/// GPUs that NVIDIA's driver knows, read through NVML: `libnvidia-ml.so.1`, a part of the driver, of version 510 or
/// later.
pub struct Nvml {
    path: Option<PathBuf>,
    session: Option<Session>,
}

self_cell!(
    struct Session {
        owner: nvml_wrapper::Nvml,
        #[not_covariant]
        dependent: Handles,
    }
);

/// The devices of an open library, in the order of the listing.
#[derive(Default)]
struct Handles<'nvml> {
    units: Vec<Unit>,
    handles: Vec<Handle<'nvml>>,
}

/// What is kept of one unit between calls.
struct Handle<'nvml> {
    device: Device<'nvml>,
    /// Of an instance: its GPU, and the number of its GPU instance.
    instance: Option<(Device<'nvml>, u32)>,
    monitored: Option<GpmSample<'nvml>>,
    /// The time of the last sample of processes, in microseconds.
    seen: u64,
}

impl Nvml {
    /// A library: `libnvidia-ml.so.1` as the system finds it, or a file.
    pub fn new(path: Option<PathBuf>) -> Self {
        Nvml { path, session: None }
    }

    fn library(&self) -> &OsStr {
        self.path.as_deref().map_or(OsStr::new("libnvidia-ml.so.1"), |path| path.as_os_str())
    }

    /// Makes a call on a unit.
    fn on<T>(
        &mut self,
        unit: usize,
        call: impl for<'a, 'nvml> FnOnce(&'a mut Handle<'nvml>) -> Result<T, NvmlError>,
    ) -> Result<T, Fault> {
        let session = self.session.as_mut().ok_or_else(closed)?;
        session.with_dependent_mut(|_, handles| {
            let handle = handles.handles.get_mut(unit).ok_or_else(|| Fault::new(FaultKind::Failed, "not_found"))?;
            call(handle).map_err(fault)
        })
    }
}

/// Nothing was opened.
fn closed() -> Fault {
    Fault::new(FaultKind::Driver, "uninitialized")
}

/// A share of a hundred as one of 1.
fn share(percent: impl Into<f64>) -> f64 {
    percent.into() / 100.0
}

impl GpuSource for Nvml {
    fn open(&mut self) -> Result<Opened, Fault> {
        self.close();
        let nvml = nvml_wrapper::Nvml::builder().lib_path(self.library()).init();
        let nvml = nvml.map_err(|error| opening(error, self.library()))?;
        let driver = nvml.sys_driver_version().unwrap_or_else(|_| "unknown".into());
        self.session = Some(Session::new(nvml, |_| Handles::default()));
        Ok(Opened { driver })
    }

    fn close(&mut self) {
        self.session = None;
    }

    fn list(&mut self) -> Result<Listing, Fault> {
        let session = self.session.as_mut().ok_or_else(closed)?;
        session.with_dependent_mut(|nvml, kept| {
            let Found { listing, handles } = listing::find(nvml)?;
            // Handles that still stand for the same units keep what they have seen.
            if kept.units != listing.units {
                *kept = Handles { units: listing.units.clone(), handles };
            }
            Ok(listing)
        })
    }

    fn utilization(&mut self, unit: usize) -> Result<Utilization, Fault> {
        let rates = self.on(unit, |handle| handle.device.utilization_rates())?;
        Ok(Utilization { busy: share(rates.gpu), memory: share(rates.memory) })
    }

    fn memory(&mut self, unit: usize) -> Result<Memory, Fault> {
        let memory = self.on(unit, |handle| handle.device.memory_info())?;
        Ok(Memory { used: memory.used as f64, total: memory.total as f64 })
    }

    fn power(&mut self, unit: usize) -> Result<f64, Fault> {
        Ok(f64::from(self.on(unit, |handle| handle.device.power_usage())?) / 1e3)
    }

    fn energy(&mut self, unit: usize) -> Result<f64, Fault> {
        Ok(self.on(unit, |handle| handle.device.total_energy_consumption())? as f64 / 1e3)
    }

    fn clock(&mut self, unit: usize, domain: ClockDomain) -> Result<f64, Fault> {
        let domain = match domain {
            ClockDomain::Graphics => Clock::Graphics,
            ClockDomain::Sm => Clock::SM,
            ClockDomain::Memory => Clock::Memory,
            ClockDomain::Video => Clock::Video,
        };
        Ok(f64::from(self.on(unit, |handle| handle.device.clock_info(domain))?) * 1e6)
    }

    fn throttling(&mut self, unit: usize) -> Result<u64, Fault> {
        Ok(self.on(unit, |handle| handle.device.current_throttle_reasons())?.bits())
    }

    fn temperature(&mut self, unit: usize) -> Result<f64, Fault> {
        Ok(self.on(unit, |handle| handle.device.temperature(TemperatureSensor::Gpu))?.into())
    }

    fn monitoring(&mut self, unit: usize) -> Result<Option<Monitoring>, Fault> {
        self.on(unit, |handle| {
            let sample = match &handle.instance {
                Some((gpu, instance)) => gpu.gpm_mig_sample(*instance)?,
                None => handle.device.gpm_sample()?,
            };
            let Some(before) = handle.monitored.replace(sample) else { return Ok(None) };
            // INVARIANT: it was put there just now.
            let Some(after) = &handle.monitored else { return Ok(None) };
            let results = gpm_metrics_get(handle.device.nvml(), &before, after, &MONITORED)?;
            let mut values = results.into_iter().map(|result| {
                // A share of time that nothing could be divided by is not a number.
                result.ok().map(|result| share(result.value)).filter(|value| value.is_finite())
            });
            let mut next = || values.next().flatten();
            Ok(Some(Monitoring { busy: next(), sm: next(), occupancy: next(), tensor: next(), dram: next() }))
        })
    }

    fn processes(&mut self, unit: usize, sort: ProcessSort) -> Result<Vec<GpuProcess>, Fault> {
        let found = self.on(unit, |handle| match sort {
            ProcessSort::Compute => handle.device.running_compute_processes(),
            ProcessSort::Graphics => handle.device.running_graphics_processes(),
            ProcessSort::Mps => handle.device.mps_running_compute_processes(),
        })?;
        let process = |process: nvml_wrapper::struct_wrappers::device::ProcessInfo| {
            let memory = match process.used_gpu_memory {
                UsedGpuMemory::Used(bytes) => Some(bytes as f64),
                UsedGpuMemory::Unavailable => None,
            };
            GpuProcess { pid: process.pid, memory }
        };
        Ok(found.into_iter().map(process).collect())
    }

    fn process_utilization(&mut self, unit: usize) -> Result<Vec<(u32, f64)>, Fault> {
        self.on(unit, |handle| {
            let samples = match handle.device.process_utilization_stats(handle.seen) {
                // No process has run since.
                Err(NvmlError::NotFound) => Vec::new(),
                samples => samples?,
            };
            // The driver's buffer also holds samples that were seen, and empty places.
            let seen = handle.seen;
            let mut sums: Vec<(u32, f64, f64)> = Vec::new();
            for sample in samples.into_iter().filter(|sample| sample.timestamp > seen && sample.pid != 0) {
                handle.seen = handle.seen.max(sample.timestamp);
                match sums.iter_mut().find(|(pid, ..)| *pid == sample.pid) {
                    Some((_, sum, count)) => (*sum, *count) = (*sum + share(sample.sm_util), *count + 1.0),
                    None => sums.push((sample.pid, share(sample.sm_util), 1.0)),
                }
            }
            Ok(sums.into_iter().map(|(pid, sum, count)| (pid, sum / count)).collect())
        })
    }
}

/// What is asked of performance monitoring, in the order of [`Monitoring`].
const MONITORED: [GpmMetricId; 5] = [
    GpmMetricId::GraphicsUtil,
    GpmMetricId::SmUtil,
    GpmMetricId::SmOccupancy,
    GpmMetricId::AnyTensorUtil,
    GpmMetricId::DramBwUtil,
];
