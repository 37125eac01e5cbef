//! The library loads as NVIDIA's does, and two copies in one process know nothing of each other.

use std::{fs, path::PathBuf};

use farthing_fake_nvml::{Fake, Gpu, Script, code};
use nvml_wrapper::{Nvml, error::NvmlError};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("farthing-fake-nvml-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for a test");
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn load(fake: &Fake) -> Result<Nvml, NvmlError> {
    Nvml::builder().lib_path(fake.library().as_os_str()).init()
}

#[test]
fn copies_play_their_own_scripts_and_change_while_they_play() {
    let (one, two) = (Folder::new("one"), Folder::new("two"));
    let mut script = Script::of(vec![Gpu::h100(0)]);
    let first = Fake::build_into(&one.0, &script).expect("the library is built");
    let second = Fake::build_into(&two.0, &Script::of(vec![Gpu::t4(0), Gpu::t4(1)])).expect("the library is built");
    let (a, b) = (load(&first).expect("it loads"), load(&second).expect("it loads"));
    assert_eq!((a.device_count().expect("a count"), b.device_count().expect("a count")), (1, 2));

    let device = a.device_by_index(0).expect("a device");
    assert_eq!(device.power_usage().expect("a power"), 350_000);
    script.gpus[0].power_mw = Some(700_000);
    first.play(&script).expect("another script");
    assert_eq!(device.power_usage().expect("a power"), 700_000);

    script.fail("nvmlDeviceGetPowerUsage", code::NO_PERMISSION);
    first.play(&script).expect("another script");
    assert!(matches!(device.power_usage(), Err(NvmlError::NoPermission)));
}

#[test]
fn what_was_lost_or_reloaded_comes_back_with_the_next_initialization() {
    let folder = Folder::new("lost");
    let mut script = Script::of(vec![Gpu::h100(0)]);
    let fake = Fake::build_into(&folder.0, &script).expect("the library is built");
    let nvml = load(&fake).expect("it loads");
    script.gpus[0].lost = true;
    fake.play(&script).expect("another script");
    assert!(matches!(nvml.device_by_index(0), Err(NvmlError::GpuLost)));
    script.heal();
    fake.play(&script).expect("another script");
    assert!(matches!(nvml.device_by_index(0), Err(NvmlError::GpuLost)));
    script.epoch += 1;
    fake.play(&script).expect("another script");
    assert!(matches!(nvml.device_count(), Err(NvmlError::Uninitialized)));
    drop(nvml);
    let again = load(&fake).expect("it loads again");
    assert_eq!(again.device_by_index(0).and_then(|device| device.temperature(SENSOR)).expect("it is back"), 45);
}

const SENSOR: nvml_wrapper::enum_wrappers::device::TemperatureSensor =
    nvml_wrapper::enum_wrappers::device::TemperatureSensor::Gpu;
