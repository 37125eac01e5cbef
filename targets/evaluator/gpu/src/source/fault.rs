//! Why there is no reading.

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What it means for what comes next.
    pub kind: FaultKind,
    /// The library's own name for it, such as `gpu_is_lost`: a value of the label `error`.
    pub code: &'static str,
    /// What the library or the system says, where it says more than its name does.
    pub said: String,
}

/// What a fault means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The GPU has no such thing.
    Unsupported,
    /// This user may not.
    Denied,
    /// The GPU is gone until it is found again.
    Lost,
    /// The library has to be opened again: the driver was reloaded, updated or removed.
    Driver,
    /// There is no library.
    NoLibrary,
    /// Nobody wants GPUs to be sampled.
    Off,
    /// Another time it may work.
    Failed,
}

impl Fault {
    /// A fault with nothing more to say.
    pub fn new(kind: FaultKind, code: &'static str) -> Self {
        Fault { kind, code, said: String::new() }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code)?;
        if self.said.is_empty() { Ok(()) } else { write!(f, " ({})", self.said) }
    }
}

impl std::error::Error for Fault {}
