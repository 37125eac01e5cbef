//! What a fake library plays.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Return codes of NVML, as its header numbers them.
pub mod code {
    /// The library was not initialized, or its driver was reloaded since.
    pub const UNINITIALIZED: u32 = 1;
    /// An argument is wrong, such as a handle that no longer exists.
    pub const INVALID_ARGUMENT: u32 = 2;
    /// The device cannot do this.
    pub const NOT_SUPPORTED: u32 = 3;
    /// The user may not do this.
    pub const NO_PERMISSION: u32 = 4;
    /// There is no such thing.
    pub const NOT_FOUND: u32 = 6;
    /// A buffer is too small; the size that is needed was written.
    pub const INSUFFICIENT_SIZE: u32 = 7;
    /// The kernel has no NVIDIA driver.
    pub const DRIVER_NOT_LOADED: u32 = 9;
    /// The driver did not answer in time.
    pub const TIMEOUT: u32 = 10;
    /// The device fell off the bus.
    pub const GPU_IS_LOST: u32 = 15;
    /// The device needs a reset.
    pub const RESET_REQUIRED: u32 = 16;
    /// The library and the driver in the kernel are of different versions.
    pub const LIB_RM_VERSION_MISMATCH: u32 = 18;
    /// Something else.
    pub const UNKNOWN: u32 = 999;
}

/// GPUs and faults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Script {
    /// The driver's version.
    pub driver: String,
    /// A driver that was reloaded has another number: until the next `nvmlInit`, all else says `UNINITIALIZED`.
    pub epoch: u32,
    /// The script never changes, and is read only once: for measuring.
    pub fixed: bool,
    /// How calls go wrong, by the name of the function; `*` is every one of them.
    pub calls: BTreeMap<String, Play>,
    /// The GPUs, in the order of their numbers.
    pub gpus: Vec<Gpu>,
}

impl Default for Script {
    fn default() -> Self {
        let (calls, gpus) = (BTreeMap::new(), Vec::new());
        Script { driver: "570.86.15".into(), epoch: 0, fixed: false, calls, gpus }
    }
}

impl Script {
    /// These GPUs, without faults.
    pub fn of(gpus: Vec<Gpu>) -> Self {
        Script { gpus, ..Script::default() }
    }

    /// From now on, a function returns this code.
    pub fn fail(&mut self, function: &str, error: u32) {
        self.calls.insert(function.into(), Play { error: Some(error), ..Play::default() });
    }

    /// From now on, a function does not return, until a script without this is played.
    pub fn hang(&mut self, function: &str) {
        self.calls.insert(function.into(), Play { hang: true, ..Play::default() });
    }

    /// No function fails or hangs any more.
    pub fn heal(&mut self) {
        self.calls.clear();
        self.gpus.iter_mut().for_each(|gpu| {
            gpu.calls.clear();
            gpu.lost = false;
        });
    }
}

/// How a call goes wrong.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Play {
    /// What is returned instead of an answer: a number of [`code`].
    pub error: Option<u32>,
    /// How long it takes, in milliseconds.
    pub delay_ms: u64,
    /// It does not return until the script changes.
    pub hang: bool,
}

/// One GPU. What is `None` is not supported.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gpu {
    /// The name of its model.
    pub name: String,
    /// `GPU-` and a UUID.
    pub uuid: String,
    /// The share of time in which a kernel ran, and in which memory was read or written, in percent.
    pub utilization: Option<[u32; 2]>,
    /// Its memory.
    pub memory: Option<Memory>,
    /// What it draws, in milliwatts.
    pub power_mw: Option<u32>,
    /// What it has used since the driver was loaded, in millijoules.
    pub energy_mj: Option<u64>,
    /// The clocks of graphics, multiprocessors, memory and video, in MHz.
    pub clocks_mhz: Option<[u32; 4]>,
    /// Why clocks are held down: NVML's bits.
    pub throttle: Option<u64>,
    /// In degrees Celsius.
    pub temperature: Option<u32>,
    /// Processes that compute.
    pub compute: Vec<Process>,
    /// Processes that draw.
    pub graphics: Vec<Process>,
    /// Processes that compute through MPS.
    pub mps: Vec<Process>,
    /// Its performance monitoring.
    pub gpm: Option<Gpm>,
    /// Its instances, where it is in MIG mode.
    pub mig: Option<Vec<Mig>>,
    /// It fell off the bus; it answers again only after the next `nvmlInit`.
    pub lost: bool,
    /// How calls on this GPU go wrong, by the name of the function.
    pub calls: BTreeMap<String, Play>,
}

impl Gpu {
    /// An H100 at work, as a whole.
    pub fn h100(index: usize) -> Self {
        Gpu {
            name: "NVIDIA H100 80GB HBM3".into(),
            uuid: format!("GPU-00000000-0000-0000-0000-{index:012}"),
            utilization: Some([50, 20]),
            memory: Some(Memory { total: 85_520_809_984, reserved: 600_000_000, used: 40_000_000_000 }),
            power_mw: Some(350_000),
            energy_mj: Some(5_000_000),
            clocks_mhz: Some([1_980, 1_980, 2_619, 1_545]),
            throttle: Some(0),
            temperature: Some(45),
            gpm: Some(Gpm { graphics: 48.0, sm: 40.0, occupancy: 25.0, tensor: 12.5, dram: 30.0 }),
            ..Gpu::default()
        }
    }

    /// A Tesla T4: no performance monitoring, no MIG, no energy counter.
    pub fn t4(index: usize) -> Self {
        Gpu {
            name: "Tesla T4".into(),
            uuid: format!("GPU-44444444-0000-0000-0000-{index:012}"),
            power_mw: Some(70_000),
            energy_mj: None,
            gpm: None,
            memory: Some(Memory { total: 16_106_127_360, reserved: 400_000_000, used: 1_000_000_000 }),
            ..Gpu::h100(index)
        }
    }

    /// From now on, a function returns this code on this GPU.
    pub fn fail(&mut self, function: &str, error: u32) {
        self.calls.insert(function.into(), Play { error: Some(error), ..Play::default() });
    }
}

/// Memory, in bytes. What is free follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Memory {
    /// All of it.
    pub total: u64,
    /// What the driver keeps for itself.
    pub reserved: u64,
    /// What is allocated.
    pub used: u64,
}

/// A process on a GPU.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// What it holds, in bytes; `None` is not known.
    pub memory: Option<u64>,
    /// The share of time in which its kernels ran, in percent; `None` has no sample.
    pub sm: Option<u32>,
}

/// What performance monitoring says, in percent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gpm {
    /// Time in which anything ran.
    pub graphics: f64,
    /// Multiprocessors at work.
    pub sm: f64,
    /// Warps of those that there could be.
    pub occupancy: f64,
    /// Time of tensor operations.
    pub tensor: f64,
    /// Bandwidth of memory.
    pub dram: f64,
}

/// An instance of a GPU in MIG mode.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mig {
    /// The number of its GPU instance.
    pub gi: u32,
    /// The number of its compute instance within that.
    pub ci: u32,
    /// `MIG-` and a UUID.
    pub uuid: String,
    /// Slices of the GPU instance, of seven.
    pub gi_slices: u32,
    /// Slices of the compute instance.
    pub ci_slices: u32,
    /// Its memory.
    pub memory: Memory,
    /// Processes that compute.
    pub compute: Vec<Process>,
    /// Its performance monitoring.
    pub gpm: Option<Gpm>,
}
