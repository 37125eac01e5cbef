//! The C interface: what NVML's header declares, as far as it is called.

mod answers;
mod gpm;
mod lists;
mod state;
mod types;
