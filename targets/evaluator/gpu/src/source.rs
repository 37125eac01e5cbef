//! Where readings of GPUs come from.

mod fault;

pub use fault::{Fault, FaultKind};

/// A library that reads GPUs. Calls may take long, or never return: only the sampler's own thread makes them.
///
/// Each reading takes the place of a unit in the listing that was made last. A source that cannot tell one has no
/// method for it.
pub trait GpuSource: Send + 'static {
    /// Loads and initializes the library, after [`close`](GpuSource::close) where it was open.
    ///
    /// # Errors
    ///
    /// When there is no library, no driver, or no permission.
    fn open(&mut self) -> Result<Opened, Fault>;

    /// Lets the library go, so that another version of it can be loaded.
    fn close(&mut self);

    /// The GPUs that there are now, and their instances, each after its GPU.
    ///
    /// # Errors
    ///
    /// When the library as a whole does not answer.
    fn list(&mut self) -> Result<Listing, Fault>;

    /// How busy a unit was over the library's last sample: a sixth of a second to a second.
    ///
    /// # Errors
    ///
    /// When the unit does not answer, or cannot tell.
    fn utilization(&mut self, _unit: usize) -> Result<Utilization, Fault> {
        unsupported()
    }

    /// Its memory.
    ///
    /// # Errors
    ///
    /// As [`utilization`](GpuSource::utilization).
    fn memory(&mut self, _unit: usize) -> Result<Memory, Fault> {
        unsupported()
    }

    /// What it draws, in watts.
    ///
    /// # Errors
    ///
    /// As [`utilization`](GpuSource::utilization).
    fn power(&mut self, _unit: usize) -> Result<f64, Fault> {
        unsupported()
    }

    /// What it has used since its driver was loaded, in joules.
    ///
    /// # Errors
    ///
    /// As [`utilization`](GpuSource::utilization).
    fn energy(&mut self, _unit: usize) -> Result<f64, Fault> {
        unsupported()
    }

    /// A clock, in hertz.
    ///
    /// # Errors
    ///
    /// As [`utilization`](GpuSource::utilization).
    fn clock(&mut self, _unit: usize, _domain: ClockDomain) -> Result<f64, Fault> {
        unsupported()
    }

    /// Why its clocks are held down: the bits of `nvmlClocksEventReasons`.
    ///
    /// # Errors
    ///
    /// As [`utilization`](GpuSource::utilization).
    fn throttling(&mut self, _unit: usize) -> Result<u64, Fault> {
        unsupported()
    }

    /// Its temperature, in degrees Celsius.
    ///
    /// # Errors
    ///
    /// As [`utilization`](GpuSource::utilization).
    fn temperature(&mut self, _unit: usize) -> Result<f64, Fault> {
        unsupported()
    }

    /// What its performance monitoring counted since the last call; `None` at the first.
    ///
    /// # Errors
    ///
    /// As [`utilization`](GpuSource::utilization).
    fn monitoring(&mut self, _unit: usize) -> Result<Option<Monitoring>, Fault> {
        unsupported()
    }

    /// The processes that hold memory of it, of one sort.
    ///
    /// # Errors
    ///
    /// As [`utilization`](GpuSource::utilization).
    fn processes(&mut self, _unit: usize, _sort: ProcessSort) -> Result<Vec<GpuProcess>, Fault> {
        unsupported()
    }

    /// For each process that ran since the last call, the mean share of time in which its kernels ran, from 0 to 1.
    ///
    /// # Errors
    ///
    /// As [`utilization`](GpuSource::utilization).
    fn process_utilization(&mut self, _unit: usize) -> Result<Vec<(u32, f64)>, Fault> {
        unsupported()
    }
}

fn unsupported<T>() -> Result<T, Fault> {
    Err(Fault::new(FaultKind::Unsupported, "not_supported"))
}

/// What a library says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The version of the driver.
    pub driver: String,
}

/// What there is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listing {
    /// GPUs and instances that answer.
    pub units: Vec<Unit>,
    /// GPUs that do not, by their numbers.
    pub silent: Vec<(u32, Fault)>,
}

/// A GPU, or an instance of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// The number of the GPU on its node.
    pub index: u32,
    /// The GPU's UUID, also of its instances.
    pub uuid: String,
    /// The GPU's model, also of its instances.
    pub model: String,
    /// Whether it is whole, divided, or an instance.
    pub part: Part,
    /// Whether it has performance monitoring.
    pub monitoring: bool,
}

/// Whether a unit is a whole GPU.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// A GPU that is not divided.
    Whole,
    /// A GPU in MIG mode: what runs on it runs on its instances.
    Divided,
    /// An instance of a GPU in MIG mode.
    Instance {
        /// The numbers of its GPU instance and of its compute instance, such as `1/0`.
        name: String,
        /// Its share of the GPU's compute slices, from 0 to 1, where that is known.
        share: Option<f64>,
    },
}

/// Shares of time, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Utilization {
    /// In which any kernel ran.
    pub busy: f64,
    /// In which memory was read or written.
    pub memory: f64,
}

/// Memory, in bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Memory {
    /// What is allocated, without what the driver keeps for itself.
    pub used: f64,
    /// All of it.
    pub total: f64,
}

/// What is clocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockDomain {
    /// Graphics.
    Graphics,
    /// Multiprocessors.
    Sm,
    /// Memory.
    Memory,
    /// Video encoders and decoders.
    Video,
}

impl ClockDomain {
    /// All of them.
    pub const ALL: [ClockDomain; 4] = [ClockDomain::Graphics, ClockDomain::Sm, ClockDomain::Memory, ClockDomain::Video];

    /// Its value of the label `clock`.
    pub fn name(self) -> &'static str {
        match self {
            ClockDomain::Graphics => "graphics",
            ClockDomain::Sm => "sm",
            ClockDomain::Memory => "memory",
            ClockDomain::Video => "video",
        }
    }
}

/// Performance monitoring: shares from 0 to 1; what a GPU does not have is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Monitoring {
    /// Time in which anything ran.
    pub busy: Option<f64>,
    /// Multiprocessors that had work, over time.
    pub sm: Option<f64>,
    /// Warps that were active, of those that there could be.
    pub occupancy: Option<f64>,
    /// Time in which tensor cores were active.
    pub tensor: Option<f64>,
    /// Bandwidth of memory.
    pub dram: Option<f64>,
}

/// How a process uses a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProcessSort {
    /// It computes.
    Compute,
    /// It draws.
    Graphics,
    /// It computes through NVIDIA's Multi-Process Service.
    Mps,
}

impl ProcessSort {
    /// All of them.
    pub const ALL: [ProcessSort; 3] = [ProcessSort::Compute, ProcessSort::Graphics, ProcessSort::Mps];
}

/// A process that holds memory of a GPU.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GpuProcess {
    /// Its number, as the sampler's own namespace counts.
    pub pid: u32,
    /// What it holds, in bytes, where the driver knows.
    pub memory: Option<f64>,
}
