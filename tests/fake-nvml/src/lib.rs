//! A `libnvidia-ml.so` for tests. It speaks the C interface of NVIDIA's library, as far as farthing calls it, and plays
//! the GPUs and faults of a script, which may change while it plays.
//!
//! ```
//! use farthing_fake_nvml::{Fake, Gpu, Script};
//!
//! let folder = std::env::temp_dir().join(format!("fake-nvml-{}", std::process::id()));
//! std::fs::create_dir_all(&folder)?;
//! let mut script = Script::of(vec![Gpu::h100(0)]);
//! let fake = Fake::build_into(&folder, &script)?;
//! // Give `fake.library()` to what loads NVML; then, while it reads:
//! script.gpus[0].lost = true;
//! fake.play(&script)?;
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Each copy of the library reads the script beside it, `nvml.json`, and has a state of its own, so that many tests can
//! run in one process. The script is JSON: a program in another language can write it as well.

mod abi;
mod place;
mod script;

pub use place::Fake;
pub use script::{Gpm, Gpu, Memory, Mig, Play, Process, Script, code};
