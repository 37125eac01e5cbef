//! Each fault is said once, harms only what it must, and passes by itself.

mod common;

use common::{Rig, near};
use farthing_fake_nvml::{Gpu, Script, code};
use farthing_gpu::{Change, Config, NoGpus, Nvml, Sampling, SystemClock};

fn two() -> Rig {
    let mut rig = Rig::new(Script::of(vec![Gpu::h100(0), Gpu::h100(1)]));
    rig.rounds(2);
    assert_eq!(rig.said(), ["the NVIDIA driver 570.86.15 has 2 GPUs"]);
    rig
}

#[test]
fn a_library_that_is_not_there_is_named_with_a_way_out_and_found_when_it_comes() {
    let mut rig = Rig::new(Script::of(vec![Gpu::h100(0)]));
    let library = rig.fake.library().to_path_buf();
    let away = library.with_extension("away");
    std::fs::rename(&library, &away).expect("a file can be renamed");
    rig.rounds(1);
    let said = rig.said();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("NVIDIA's library was not found. It comes with the driver: install that;"), "{said:?}");
    assert!(said[0].contains(&library.display().to_string()), "{said:?}");
    let status = rig.reader.status();
    assert!(!status.up && status.message == said[0], "{status:?}");
    near(rig.value("library_up", &[]), 0.0);
    near(rig.value("call_errors_total", &[("call", "nvmlInit_v2"), ("error", "library_not_found")]), 1.0);

    rig.rounds(200);
    assert_eq!(rig.said(), [""; 0], "nothing has changed");
    let tries = rig.value("calls_total", &[("call", "nvmlInit_v2")]);
    assert!((6.0..=10.0).contains(&tries), "{tries} tries in 200 seconds");

    std::fs::rename(&away, &library).expect("a file can be renamed");
    rig.rounds(61);
    assert_eq!(rig.said(), ["the NVIDIA driver 570.86.15 has 1 GPU"]);
    near(rig.value("power_watts", &[]), 350.0);
}

#[test]
fn the_systems_own_library_is_looked_for_by_its_name() {
    let log = |_: &Change<'_>| {};
    let mut sampling = Sampling::new(
        Nvml::new(Some("libnvidia-ml-that-is-nowhere.so.1".into())),
        Config::default(),
        SystemClock::new(),
        log,
    )
    .expect("a sound configuration");
    sampling.round();
    let message = sampling.reader().status().message;
    assert!(message.contains("libnvidia-ml-that-is-nowhere.so.1"), "{message}");
}

#[test]
fn a_library_that_is_another_one_is_no_library() {
    let mut rig = Rig::new(Script::default());
    std::fs::write(rig.fake.library(), "no library").expect("a file can be written");
    rig.rounds(1);
    assert!(rig.reader.status().message.contains("NVIDIA's library was not found"), "{:?}", rig.reader.status());
}

#[test]
fn none_is_none() {
    let mut sampling = Sampling::new(NoGpus, Config::default(), SystemClock::new(), |_: &Change<'_>| {})
        .expect("a sound configuration");
    sampling.round();
    let status = sampling.reader().status();
    assert!(status.off && !status.up && status.gpus.is_empty(), "{status:?}");
    assert_eq!(sampling.reader().snapshot(), []);
}

#[test]
fn no_gpu_is_said_and_one_that_comes_is_found() {
    let mut rig = Rig::new(Script::default());
    rig.rounds(1);
    let said = rig.said();
    assert!(said.len() == 1 && said[0].contains("has no GPU here"), "{said:?}");
    near(rig.value("library_up", &[]), 1.0);
    rig.play(|script| script.gpus.push(Gpu::h100(0)));
    rig.rounds(61);
    assert_eq!(rig.said(), ["the NVIDIA driver 570.86.15 has 1 GPU"]);
}

#[test]
fn each_way_in_which_a_driver_is_gone_has_its_way_out() {
    for (error, part) in [
        (code::DRIVER_NOT_LOADED, "modprobe nvidia"),
        (code::LIB_RM_VERSION_MISMATCH, "reload its modules or restart"),
        (code::NO_PERMISSION, "/dev/nvidiactl"),
        (code::UNKNOWN, "could not be opened (unknown)"),
    ] {
        let mut rig = Rig::new(Script::of(vec![Gpu::h100(0)]));
        rig.play(|script| script.fail("nvmlInit_v2", error));
        rig.rounds(3);
        let said = rig.said();
        assert!(said.len() == 1 && said[0].contains(part), "{said:?}");
        rig.play(Script::heal);
        rig.rounds(5);
        assert_eq!(rig.said(), ["the NVIDIA driver 570.86.15 has 1 GPU"]);
    }
}

#[test]
fn a_lost_gpu_is_still_there_and_its_neighbour_is_sampled_on() {
    let mut rig = two();
    rig.play(|script| script.gpus[1].lost = true);
    rig.rounds(30);
    let said = rig.said();
    assert!(said.len() == 1 && said[0].starts_with("GPU 1 does not answer: gpu_is_lost;"), "{said:?}");
    near(rig.value("up", &[("gpu", "0")]), 1.0);
    near(rig.value("up", &[("gpu", "1")]), 0.0);
    near(rig.value("present", &[("gpu", "1")]), 1.0);
    assert_eq!(rig.all("power_watts", &[("gpu", "1")]), []);
    near(rig.value("busy_seconds_total", &[("gpu", "0")]), 0.5 * 31.0);
    near(rig.value("busy_seconds_total", &[("gpu", "1")]), 0.5);
    let status = rig.reader.status();
    assert!(status.up && status.gpus[0].up && !status.gpus[1].up, "{status:?}");

    rig.play(Script::heal);
    rig.rounds(61);
    assert_eq!(rig.said(), ["GPU 1 answers"]);
    near(rig.value("power_watts", &[("gpu", "1")]), 350.0);
}

#[test]
fn a_gpu_that_is_not_listed_any_more_is_lost_and_one_that_never_answered_is_there() {
    let mut rig = two();
    let gone = rig.script.gpus.remove(1);
    rig.play(|_| {});
    rig.rounds(12);
    let said = rig.said();
    assert!(said.iter().any(|said| said.starts_with("GPU 1 does not answer: the driver does not list it")), "{said:?}");
    near(rig.value("present", &[("gpu", "1")]), 1.0);
    rig.play(|script| script.gpus.push(gone));
    rig.rounds(30);
    near(rig.value("up", &[("gpu", "1")]), 1.0);

    let mut rig = Rig::new(Script::of(vec![Gpu::h100(0), Gpu { lost: true, ..Gpu::h100(1) }]));
    rig.rounds(1);
    near(rig.value("present", &[("gpu", "1"), ("uuid", "")]), 1.0);
    rig.play(Script::heal);
    rig.rounds(5);
    near(rig.value("up", &[("gpu", "1"), ("uuid", &rig.script.gpus[1].uuid.clone())]), 1.0);
    assert_eq!(rig.all("present", &[]).len(), 2);
}

#[test]
fn a_driver_that_is_reloaded_is_opened_again() {
    let mut rig = two();
    rig.play(|script| script.epoch += 1);
    rig.rounds(1);
    let said = rig.said();
    assert!(said.len() == 1 && said[0].starts_with("the NVIDIA driver was reloaded (uninitialized)"), "{said:?}");
    near(rig.value("up", &[("gpu", "0")]), 0.0);
    near(rig.value("library_up", &[]), 0.0);
    rig.rounds(11);
    assert_eq!(rig.said(), ["the NVIDIA driver 570.86.15 has 2 GPUs"]);
    near(rig.value("up", &[("gpu", "0")]), 1.0);
}

#[test]
fn a_driver_that_is_removed_and_updated_is_waited_for() {
    let mut rig = two();
    rig.play(|script| script.fail("*", code::DRIVER_NOT_LOADED));
    rig.rounds(40);
    rig.play(|script| script.fail("*", code::LIB_RM_VERSION_MISMATCH));
    rig.rounds(60);
    rig.play(|script| {
        script.heal();
        script.driver = "580.95.05".into();
        script.epoch += 1;
    });
    rig.rounds(61);
    let said = rig.said();
    let parts =
        ["the NVIDIA driver is not loaded", "the NVIDIA driver was updated", "the NVIDIA driver 580.95.05 has 2"];
    assert_eq!(said.len(), parts.len(), "{said:?}");
    assert!(said.iter().zip(parts).all(|(said, part)| said.starts_with(part)), "{said:?}");
}

#[test]
fn what_may_not_be_read_is_said_once_and_the_rest_is_read() {
    let mut rig = two();
    rig.play(|script| script.gpus[0].fail("nvmlDeviceGetPowerUsage", code::NO_PERMISSION));
    rig.rounds(30);
    let said = rig.said();
    assert!(said.len() == 1 && said[0].starts_with("GPU 0: this user may not read the power:"), "{said:?}");
    assert_eq!(rig.all("power_watts", &[("gpu", "0")]), []);
    near(rig.value("utilization_ratio", &[("gpu", "0")]), 0.5);
    near(rig.value("power_watts", &[("gpu", "1")]), 350.0);
    let status = rig.reader.status();
    assert_eq!(status.gpus[0].denied, ["nvmlDeviceGetPowerUsage"]);
    assert!(status.gpus[0].up && !status.gpus[0].well);
    rig.play(Script::heal);
    rig.rounds(61);
    assert_eq!(rig.said(), ["GPU 0 answers"]);
    near(rig.value("power_watts", &[("gpu", "0")]), 350.0);
}

#[test]
fn a_gpu_that_this_user_may_not_open_is_taken_for_anothers() {
    let mut rig = Rig::new(Script::of(vec![Gpu::h100(0), Gpu::h100(1)]));
    rig.play(|script| script.gpus[1].fail("nvmlDeviceGetHandleByIndex_v2", code::NO_PERMISSION));
    rig.rounds(2);
    let said = rig.said();
    assert!(said.len() == 1 && said[0].contains("1 GPU; 1 more cannot be opened by this user"), "{said:?}");
    assert_eq!(rig.all("present", &[]).len(), 1);
}

#[test]
fn a_call_that_fails_now_and_then_is_not_said_each_time() {
    let mut rig = two();
    for _ in 0..50 {
        rig.play(|script| script.gpus[0].fail("nvmlDeviceGetTemperature", code::TIMEOUT));
        rig.round(0.1);
        rig.play(Script::heal);
        rig.round(0.1);
    }
    let said = rig.said();
    assert!(said.len() <= 2, "{said:?}");
    assert!(said[0].contains("does not tell the temperature (nvmlDeviceGetTemperature: timeout)"), "{said:?}");
    near(rig.value("call_errors_total", &[("call", "nvmlDeviceGetTemperature")]), 50.0);
}
