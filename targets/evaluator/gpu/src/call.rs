//! The calls that the sampler makes, and what it remembers of them.

use std::{collections::BTreeMap, time::Duration};

use crate::source::{Fault, FaultKind};

macro_rules! calls {
    ($($variant:ident = $name:literal, $what:literal;)*) => {
        /// A call into the library.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Call { $(#[doc = $what] $variant),* }

        impl Call {
            /// How many there are.
            pub const COUNT: usize = [$(Call::$variant),*].len();
            /// All of them.
            pub const ALL: [Call; Call::COUNT] = [$(Call::$variant),*];

            /// Its function in NVML: a value of the label `call`.
            pub fn name(self) -> &'static str {
                match self { $(Call::$variant => $name),* }
            }

            /// What it reads, in words.
            pub fn what(self) -> &'static str {
                match self { $(Call::$variant => $what),* }
            }
        }
    };
}

calls! {
    Open = "nvmlInit_v2", "the library";
    List = "nvmlDeviceGetHandleByIndex_v2", "the list of GPUs";
    Utilization = "nvmlDeviceGetUtilizationRates", "the utilization";
    Memory = "nvmlDeviceGetMemoryInfo_v2", "the memory";
    Power = "nvmlDeviceGetPowerUsage", "the power";
    Energy = "nvmlDeviceGetTotalEnergyConsumption", "the energy";
    Clock = "nvmlDeviceGetClockInfo", "the clocks";
    Throttling = "nvmlDeviceGetCurrentClocksThrottleReasons", "the reasons of throttling";
    Temperature = "nvmlDeviceGetTemperature", "the temperature";
    Monitoring = "nvmlGpmMetricsGet", "performance monitoring";
    Compute = "nvmlDeviceGetComputeRunningProcesses_v3", "the processes that compute";
    Graphics = "nvmlDeviceGetGraphicsRunningProcesses_v3", "the processes that draw";
    Mps = "nvmlDeviceGetMPSComputeRunningProcesses_v3", "the processes of MPS";
    ProcessUtilization = "nvmlDeviceGetProcessUtilization", "the utilization by process";
}

/// How a call on one unit went last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Outcome {
    /// It was answered, or not made yet.
    #[default]
    Fine,
    /// The unit does not have this.
    Unsupported,
    /// The user may not.
    Denied,
    /// It failed, with this error.
    Failed(&'static str),
}

/// How calls on one unit went, and when those that cannot work are tried again: a GPU may be divided, a permission
/// given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Outcomes([(Outcome, Duration); Call::COUNT]);

/// How long a call that cannot work is not made again.
const AGAIN: Duration = Duration::from_secs(60);

impl Outcomes {
    /// Whether a call is worth making.
    pub fn due(&self, call: Call, elapsed: Duration) -> bool {
        elapsed >= self.0[call as usize].1
    }

    /// Remembers how it went.
    pub fn note(&mut self, call: Call, elapsed: Duration, fault: Option<&Fault>) {
        self.0[call as usize] = match fault.map(|fault| (fault.kind, fault.code)) {
            None => (Outcome::Fine, elapsed),
            Some((FaultKind::Unsupported, _)) => (Outcome::Unsupported, elapsed + AGAIN),
            Some((FaultKind::Denied, _)) => (Outcome::Denied, elapsed + AGAIN),
            Some((_, code)) => (Outcome::Failed(code), elapsed),
        };
    }

    /// Whether this is known not to work, for now.
    pub fn closed(&self, call: Call) -> bool {
        matches!(self.0[call as usize].0, Outcome::Unsupported | Outcome::Denied)
    }

    /// The calls that went so.
    pub fn that(&self, went: impl Fn(Outcome) -> bool) -> impl Iterator<Item = (Call, Outcome)> {
        Call::ALL.into_iter().map(|call| (call, self.0[call as usize].0)).filter(move |(_, outcome)| went(*outcome))
    }
}

/// How often calls were made, how long they took, and how they failed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    pub made: [u64; Call::COUNT],
    pub spent: [Duration; Call::COUNT],
    pub errors: BTreeMap<(Call, &'static str), u64>,
}

impl Tally {
    /// Counts a call.
    pub fn count(&mut self, call: Call, spent: Duration, fault: Option<&Fault>) {
        self.made[call as usize] += 1;
        self.spent[call as usize] += spent;
        // What a GPU does not have, or nobody wants, is no error.
        if let Some(fault) = fault.filter(|fault| !matches!(fault.kind, FaultKind::Unsupported | FaultKind::Off)) {
            *self.errors.entry((call, fault.code)).or_default() += 1;
        }
    }
}
