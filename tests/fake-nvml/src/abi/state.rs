//! The state of one loaded copy, and how a call begins.

use std::{
    ffi::{CStr, OsStr},
    fs,
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::PathBuf,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use super::types::{Device, Return};
use crate::{Gpu, Mig, Play, Script, code, place::SCRIPT};

/// What is remembered between calls.
struct State {
    path: PathBuf,
    /// Of the file that was read last: its number, its length, and when it was written.
    mark: Option<(u64, u64, i64)>,
    script: Arc<Script>,
    initialized: u32,
    epoch: u32,
    /// GPUs that were lost since the last `nvmlInit`.
    lost: Vec<bool>,
}

static STATE: LazyLock<Mutex<State>> = LazyLock::new(|| {
    let script = Arc::new(Script::default());
    Mutex::new(State { path: beside(), mark: None, script, initialized: 0, epoch: 0, lost: Vec::new() })
});

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The script beside the library that this code was loaded from.
fn beside() -> PathBuf {
    let mut info = libc::Dl_info {
        dli_fname: std::ptr::null(),
        dli_fbase: std::ptr::null_mut(),
        dli_sname: std::ptr::null(),
        dli_saddr: std::ptr::null_mut(),
    };
    // SAFETY: the address is one of this library, and what it fills in is our own.
    let found = unsafe { libc::dladdr(beside as *const () as *const libc::c_void, &mut info) };
    if found == 0 || info.dli_fname.is_null() {
        return PathBuf::from(SCRIPT);
    }
    // SAFETY: a name that dladdr found ends with a zero and lives as long as the library is loaded.
    let name = unsafe { CStr::from_ptr(info.dli_fname) };
    PathBuf::from(OsStr::from_bytes(name.to_bytes())).with_file_name(SCRIPT)
}

impl State {
    /// Reads the script again where it is another one.
    fn refresh(&mut self) {
        if self.script.fixed && self.mark.is_some() {
            return;
        }
        let Ok(file) = fs::metadata(&self.path) else { return };
        let mark = Some((file.ino(), file.len(), file.mtime_nsec()));
        if mark == self.mark {
            return;
        }
        let read = fs::read_to_string(&self.path).map_err(|error| error.to_string());
        match read.and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string())) {
            Ok(script) => self.script = Arc::new(script),
            Err(error) => eprintln!("{}: {error}", self.path.display()),
        }
        self.mark = mark;
        self.lost.resize(self.script.gpus.len(), false);
        for (lost, gpu) in self.lost.iter_mut().zip(&self.script.gpus) {
            *lost |= gpu.lost;
        }
    }
}

/// Plays how a call goes wrong: it waits, hangs, or fails.
fn play(name: &str, gpu: Option<usize>) -> Result<Arc<Script>, Return> {
    let mut waited = false;
    loop {
        let script = {
            let mut state = state();
            state.refresh();
            state.script.clone()
        };
        let own = gpu.and_then(|gpu| script.gpus.get(gpu)).and_then(|gpu| gpu.calls.get(name));
        let Some(play) = own.or_else(|| script.calls.get(name)).or_else(|| script.calls.get("*")) else {
            return Ok(script);
        };
        let Play { error, delay_ms, hang } = *play;
        if hang {
            // Another process may write the script: there is no event to wait for.
            thread::sleep(Duration::from_millis(1));
            continue;
        }
        if delay_ms > 0 && !waited {
            waited = true;
            thread::sleep(Duration::from_millis(delay_ms));
            continue;
        }
        return error.map_or(Ok(script), Err);
    }
}

/// Begins a call that needs no device.
pub fn enter(name: &str) -> Result<Arc<Script>, Return> {
    let script = play(name, None)?;
    let state = state();
    let ready = state.initialized > 0 && state.epoch == script.epoch;
    if ready { Ok(script) } else { Err(code::UNINITIALIZED) }
}

/// `nvmlInit`: lost devices that are back are found.
pub fn initialize(name: &str) -> Result<(), Return> {
    let script = play(name, None)?;
    let mut state = state();
    state.initialized += 1;
    state.epoch = script.epoch;
    state.lost = script.gpus.iter().map(|gpu| gpu.lost).collect();
    Ok(())
}

/// `nvmlShutdown`.
pub fn shut_down(name: &str) -> Result<(), Return> {
    enter(name)?;
    let mut state = state();
    state.initialized = state.initialized.saturating_sub(1);
    Ok(())
}

/// What a handle stands for.
pub struct Target {
    script: Arc<Script>,
    gpu: usize,
    mig: Option<usize>,
}

impl Target {
    pub fn gpu(&self) -> &Gpu {
        &self.script.gpus[self.gpu]
    }

    pub fn mig(&self) -> Option<&Mig> {
        self.mig.map(|mig| &self.instances()[mig])
    }

    pub fn instances(&self) -> &[Mig] {
        self.gpu().mig.as_deref().unwrap_or_default()
    }

    /// What only a whole GPU that is not divided has.
    pub fn undivided<T>(&self, value: Option<T>) -> Result<T, Return> {
        if self.gpu().mig.is_some() { Err(code::NOT_SUPPORTED) } else { value.ok_or(code::NOT_SUPPORTED) }
    }

    /// What only a whole GPU has.
    pub fn whole<T>(&self, value: Option<T>) -> Result<T, Return> {
        if self.mig.is_some() { Err(code::NOT_SUPPORTED) } else { value.ok_or(code::NOT_SUPPORTED) }
    }
}

/// The handle of a GPU, or of an instance of it: no address, and never null.
pub fn handle(gpu: usize, mig: Option<usize>) -> Device {
    std::ptr::without_provenance_mut((gpu + 1) | mig.map_or(0, |mig| mig + 1) << 16)
}

pub fn number(device: Device) -> (usize, Option<usize>) {
    let bits = device.addr();
    ((bits & 0xffff).wrapping_sub(1), (bits >> 16).checked_sub(1))
}

/// Begins a call on a device.
pub fn on(name: &str, device: Device) -> Result<Target, Return> {
    let (gpu, mig) = number(device);
    play(name, Some(gpu))?;
    let script = enter(name)?;
    if gpu >= script.gpus.len() {
        return Err(code::INVALID_ARGUMENT);
    }
    if state().lost.get(gpu) == Some(&true) {
        return Err(code::GPU_IS_LOST);
    }
    let target = Target { script, gpu, mig };
    if mig.is_some_and(|mig| mig >= target.instances().len()) {
        return Err(code::INVALID_ARGUMENT);
    }
    Ok(target)
}
