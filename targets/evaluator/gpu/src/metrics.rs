//! What the sampler exports: names, units and where they come from. The names are those of `std::farthing::gpu`.

/// Whether a metric adds up or stands for a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, but for resets.
    Counter,
    /// It is as it is.
    Gauge,
}

/// A metric.
#[derive(Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name, with its unit.
    pub name: &'static str,
    /// Whether it adds up.
    pub kind: Kind,
    /// One line of help.
    pub help: &'static str,
    /// The function of NVML that it comes from; empty is the sampler itself.
    pub call: &'static str,
}

macro_rules! metrics {
    ($($constant:ident = $name:literal, $kind:ident, $call:expr, $help:literal;)*) => {
        $(
            #[doc = $help]
            pub(crate) const $constant: &Metric =
                &Metric { name: $name, kind: Kind::$kind, help: $help, call: $call };
        )*

        /// All metrics, in the order in which they are exported.
        pub const METRICS: &[&Metric] = &[$($constant),*];
    };
}

metrics! {
    PRESENT = "farthing_gpu_present", Gauge, "nvmlDeviceGetHandleByIndex_v2",
        "1 for each GPU that was found, also while it does not answer.";
    UP = "farthing_gpu_up", Gauge, "", "1 where the GPU or the instance answers, 0 where it does not.";
    BUSY = "farthing_gpu_busy_seconds_total", Counter, "nvmlDeviceGetUtilizationRates",
        "Time in which any kernel ran; of an instance, times its share of the GPU.";
    UTILIZATION = "farthing_gpu_utilization_ratio", Gauge, "nvmlDeviceGetUtilizationRates",
        "Share of the last sample in which any kernel ran.";
    MEMORY_ACTIVE = "farthing_gpu_memory_active_ratio", Gauge, "nvmlDeviceGetUtilizationRates",
        "Share of the last sample in which memory was read or written.";
    ENERGY = "farthing_gpu_energy_joules_total", Counter, "nvmlDeviceGetTotalEnergyConsumption",
        "Energy used; where the GPU does not count it, its power times the time.";
    POWER = "farthing_gpu_power_watts", Gauge, "nvmlDeviceGetPowerUsage", "Power drawn.";
    MEMORY_USED = "farthing_gpu_memory_used_bytes", Gauge, "nvmlDeviceGetMemoryInfo_v2",
        "Memory in use, without what the driver keeps for itself.";
    MEMORY_TOTAL = "farthing_gpu_memory_total_bytes", Gauge, "nvmlDeviceGetMemoryInfo_v2", "Memory in all.";
    CLOCK = "farthing_gpu_clock_hertz", Gauge, "nvmlDeviceGetClockInfo", "Clock, by what is clocked.";
    THROTTLED = "farthing_gpu_throttled_seconds_total", Counter, "nvmlDeviceGetCurrentClocksThrottleReasons",
        "Time in which clocks were held down, by the reason.";
    TEMPERATURE = "farthing_gpu_temperature_celsius", Gauge, "nvmlDeviceGetTemperature", "Temperature of the GPU.";
    SM_UTILIZATION = "farthing_gpu_sm_utilization_ratio", Gauge, "nvmlGpmMetricsGet",
        "Share of the multiprocessors that had work.";
    SM_OCCUPANCY = "farthing_gpu_sm_occupancy_ratio", Gauge, "nvmlGpmMetricsGet",
        "Share of the possible warps that were active.";
    TENSOR_ACTIVE = "farthing_gpu_tensor_active_ratio", Gauge, "nvmlGpmMetricsGet",
        "Share of time in which tensor cores were active.";
    DRAM_ACTIVE = "farthing_gpu_dram_bandwidth_ratio", Gauge, "nvmlGpmMetricsGet",
        "Share of the bandwidth of memory in use.";
    PROCESS_MEMORY = "farthing_gpu_process_memory_used_bytes", Gauge, "nvmlDeviceGetComputeRunningProcesses_v3",
        "Memory that a process holds.";
    PROCESS_UTILIZATION = "farthing_gpu_process_utilization_ratio", Gauge, "nvmlDeviceGetProcessUtilization",
        "Share of time in which a process's kernels ran, since the list before.";
    LIBRARY_UP = "farthing_gpu_library_up", Gauge, "nvmlInit_v2", "1 where the library is open and answers.";
    CALLS = "farthing_gpu_calls_total", Counter, "", "Calls into the library, by function.";
    CALL_SECONDS = "farthing_gpu_call_seconds_total", Counter, "", "Time spent in the library, by function.";
    CALL_ERRORS = "farthing_gpu_call_errors_total", Counter, "",
        "Calls that failed, by function and error; not those for what a GPU does not have.";
}

/// Why clocks are held down, by NVML's bit (`nvmlClocksEventReasons`): values of the label `reason`. That a GPU is
/// idle, or a user has set its clocks, holds nothing down that anyone wanted, and is named all the same.
pub(crate) const REASONS: [(u64, &str); 9] = [
    (0x001, "idle"),
    (0x002, "applications_clocks"),
    (0x004, "power_cap"),
    (0x008, "hardware"),
    (0x010, "sync_boost"),
    (0x020, "thermal_software"),
    (0x040, "thermal_hardware"),
    (0x080, "power_brake"),
    (0x100, "display_clocks"),
];
