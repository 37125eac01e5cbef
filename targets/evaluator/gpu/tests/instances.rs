//! GPUs in MIG mode: what is the whole's, what is an instance's, and that nothing is counted twice.

mod common;

use common::{Rig, near};
use farthing_fake_nvml::{Gpm, Gpu, Memory, Mig, Process, Script, code};

fn instance(gi: u32, slices: u32, busy: f64) -> Mig {
    Mig {
        gi,
        ci: 0,
        uuid: format!("MIG-00000000-0000-0000-0000-{gi:012}"),
        gi_slices: slices,
        ci_slices: slices,
        memory: Memory { total: u64::from(slices) * 10_000_000_000, reserved: 0, used: u64::from(gi) * 1_000_000_000 },
        compute: vec![Process { pid: 100 + gi, memory: Some(5_000_000), sm: None }],
        gpm: Some(Gpm { graphics: busy, sm: busy / 2.0, occupancy: 10.0, tensor: 5.0, dram: 20.0 }),
    }
}

fn divided() -> Gpu {
    Gpu { mig: Some(vec![instance(1, 4, 100.0), instance(2, 2, 50.0)]), ..Gpu::h100(0) }
}

#[test]
fn an_instance_has_its_own_memory_and_use_and_the_gpu_its_power() {
    let mut rig = Rig::new(Script::of(vec![divided(), Gpu::h100(1)]));
    rig.rounds(3);
    assert_eq!(rig.said(), ["the NVIDIA driver 570.86.15 has 2 GPUs, and 2 instances of them can be read"]);
    // Two GPUs are paid for, however they are divided.
    assert_eq!(rig.all("present", &[]).len(), 2);
    for metric in ["power_watts", "energy_joules_total", "temperature_celsius"] {
        assert_eq!(rig.all(metric, &[("gpu", "0")]).len(), 1, "{metric} is that of the whole");
        assert_eq!(rig.all(metric, &[("mig", "1/0")]), [], "{metric}");
    }
    let memory = rig.all("memory_used_bytes", &[("gpu", "0")]);
    assert_eq!(memory.len(), 2, "memory is that of the instances, and not of the whole again");
    near(rig.value("memory_used_bytes", &[("mig", "2/0")]), 2e9);
    near(rig.value("memory_total_bytes", &[("mig", "1/0")]), 40e9);
    near(rig.value("utilization_ratio", &[("mig", "2/0")]), 0.5);
    near(rig.value("sm_utilization_ratio", &[("mig", "1/0")]), 0.5);
    near(rig.value("process_memory_used_bytes", &[("mig", "1/0"), ("pid", "101")]), 5e6);
    near(rig.value("up", &[("mig", "1/0")]), 1.0);
    let one = rig.one("memory_used_bytes", &[("mig", "1/0")]);
    assert_eq!(common::label(&one, "uuid"), Some("GPU-00000000-0000-0000-0000-000000000000"));
    assert_eq!(common::label(&one, "model"), Some("NVIDIA H100 80GB HBM3"));
}

#[test]
fn an_instance_is_busy_for_its_share_of_the_gpu() {
    let mut rig = Rig::new(Script::of(vec![divided()]));
    rig.rounds(12);
    // The first sample of monitoring has nothing to be compared with, and the second nothing before it.
    near(rig.value("busy_seconds_total", &[("mig", "1/0")]), 10.0 * 4.0 / 7.0);
    near(rig.value("busy_seconds_total", &[("mig", "2/0")]), 10.0 * 0.5 * 2.0 / 7.0);
    assert_eq!(rig.all("busy_seconds_total", &[]).len(), 2);
}

#[test]
fn without_a_known_share_busy_time_is_left_out() {
    let mut rig = Rig::new(Script::of(vec![divided()]));
    rig.play(|script| script.fail("nvmlDeviceGetAttributes_v2", code::NO_PERMISSION));
    rig.rounds(4);
    assert_eq!(rig.all("busy_seconds_total", &[]), []);
    near(rig.value("utilization_ratio", &[("mig", "1/0")]), 1.0);
}

#[test]
fn instances_come_and_go_and_a_gpu_is_whole_again() {
    let mut rig = Rig::new(Script::of(vec![divided()]));
    rig.rounds(3);
    rig.play(|script| {
        let instances = script.gpus[0].mig.as_mut().expect("it is divided");
        instances.remove(0);
        instances.push(instance(5, 1, 10.0));
    });
    rig.rounds(11);
    assert_eq!(rig.all("memory_used_bytes", &[("mig", "1/0")]), []);
    near(rig.value("memory_used_bytes", &[("mig", "5/0")]), 5e9);
    rig.play(|script| script.gpus[0].mig = None);
    rig.rounds(11);
    assert_eq!(rig.all("up", &[]).len(), 1);
    near(rig.value("memory_used_bytes", &[]), 40e9);
    near(rig.value("utilization_ratio", &[]), 0.5);
}

#[test]
fn monitoring_is_read_once_a_second_and_is_absent_before_hopper() {
    let mut rig = Rig::with(Script::of(vec![Gpu::h100(0), Gpu::t4(1)]), |config, _| {
        config.interval = std::time::Duration::from_millis(100);
    });
    (0..100).for_each(|_| rig.round(0.1));
    let made = rig.value("calls_total", &[("call", "nvmlGpmMetricsGet")]);
    assert!((10.0..=11.0).contains(&made), "{made} in ten seconds");
    assert_eq!(rig.all("sm_occupancy_ratio", &[("gpu", "0")]).len(), 1);
    assert_eq!(rig.all("sm_occupancy_ratio", &[("gpu", "1")]), []);
}
