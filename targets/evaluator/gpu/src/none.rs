//! No GPUs, because nobody wants them sampled.

use crate::source::{Fault, FaultKind, GpuSource, Listing, Opened};

/// A source without GPUs: what a sampler is given that samples none.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoGpus;

impl GpuSource for NoGpus {
    fn open(&mut self) -> Result<Opened, Fault> {
        Err(Fault::new(FaultKind::Off, "off"))
    }

    fn close(&mut self) {}

    fn list(&mut self) -> Result<Listing, Fault> {
        Ok(Listing::default())
    }
}
