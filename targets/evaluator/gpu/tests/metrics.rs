//! Every metric has its value, its unit and its labels; and everything that lists them lists the same.

mod common;

use std::{collections::BTreeSet, fs, path::Path};

use common::{Rig, START, label, near};
use farthing_fake_nvml::{Gpu, Process, Script, code};
use farthing_gpu::{Config, Kind, METRICS};

#[test]
fn a_whole_gpu_has_every_metric_in_the_unit_of_its_name() {
    let mut rig = Rig::new(Script::of(vec![Gpu::h100(0)]));
    rig.play(|script| script.gpus[0].throttle = Some(0x24));
    rig.rounds(3);
    let gpu = [("gpu", "0"), ("uuid", "GPU-00000000-0000-0000-0000-000000000000"), ("model", "NVIDIA H100 80GB HBM3")];
    for (metric, value) in [
        ("present", 1.0),
        ("up", 1.0),
        ("utilization_ratio", 0.5),
        ("memory_active_ratio", 0.2),
        ("busy_seconds_total", 1.0),
        ("energy_joules_total", 5_000.0),
        ("power_watts", 350.0),
        ("memory_used_bytes", 40e9),
        ("memory_total_bytes", 85_520_809_984.0),
        ("temperature_celsius", 45.0),
        ("sm_utilization_ratio", 0.4),
        ("sm_occupancy_ratio", 0.25),
        ("tensor_active_ratio", 0.125),
        ("dram_bandwidth_ratio", 0.3),
    ] {
        let sample = rig.one(metric, &gpu);
        near(sample.value, value);
        assert_eq!(label(&sample, "mig"), None, "{metric}");
        assert_eq!(label(&sample, "node"), None, "{metric}");
    }
    for (domain, hertz) in [("graphics", 1.98e9), ("sm", 1.98e9), ("memory", 2.619e9), ("video", 1.545e9)] {
        near(rig.value("clock_hertz", &[("clock", domain)]), hertz);
    }
    near(rig.value("throttled_seconds_total", &[("reason", "power_cap")]), 2.0);
    near(rig.value("throttled_seconds_total", &[("reason", "thermal_software")]), 2.0);
    near(rig.value("throttled_seconds_total", &[("reason", "power_brake")]), 0.0);
    near(rig.value("library_up", &[]), 1.0);
    near(rig.value("calls_total", &[("call", "nvmlDeviceGetPowerUsage")]), 3.0);
    near(rig.value("calls_total", &[("call", "nvmlDeviceGetClockInfo")]), 12.0);
    assert_eq!(rig.all("call_errors_total", &[]), []);
}

#[test]
fn stamps_are_those_of_the_reading_and_counters_say_since_when_they_count() {
    let mut rig = Rig::with(Script::of(vec![Gpu::h100(0)]), |config, _| config.node = Some("worker-7".into()));
    rig.round(1.0);
    rig.round(0.25);
    let power = rig.one("power_watts", &[("node", "worker-7")]);
    assert_eq!((power.time, power.created), (START + 1_000, None));
    let busy = rig.one("busy_seconds_total", &[("node", "worker-7")]);
    assert_eq!((busy.time, busy.created), (START + 1_000, Some(START)));
    // The driver counts energy, and does not say since when.
    assert_eq!(rig.one("energy_joules_total", &[]).created, None);
    // That a GPU is there is true at any time.
    assert_eq!(rig.one("present", &[]).time, START + 1_250);
}

#[test]
fn what_a_gpu_does_not_have_is_not_exported_and_no_error() {
    let mut rig = Rig::new(Script::of(vec![Gpu::t4(0)]));
    rig.play(|script| {
        let gpu = &mut script.gpus[0];
        (gpu.utilization, gpu.temperature, gpu.throttle, gpu.clocks_mhz) = (None, None, None, None);
    });
    rig.rounds(5);
    for metric in
        ["utilization_ratio", "busy_seconds_total", "temperature_celsius", "clock_hertz", "sm_occupancy_ratio"]
    {
        assert_eq!(rig.all(metric, &[]), [], "{metric}");
    }
    assert_eq!(rig.all("throttled_seconds_total", &[]), []);
    assert_eq!(rig.all("call_errors_total", &[]), []);
    near(rig.value("power_watts", &[]), 70.0);
    let status = rig.reader.status();
    assert!(status.gpus[0].up && status.gpus[0].well, "{status:?}");
    assert!(status.gpus[0].unsupported.contains(&"nvmlDeviceGetUtilizationRates"), "{status:?}");
    // It is not asked again all the time, and is asked again some time.
    near(rig.value("calls_total", &[("call", "nvmlDeviceGetTemperature")]), 1.0);
    rig.play(|script| script.gpus[0].temperature = Some(30));
    rig.rounds(60);
    near(rig.value("temperature_celsius", &[]), 30.0);
}

/// All that the sampler ever exports.
fn exported() -> BTreeSet<&'static str> {
    let process = Process { pid: 1, memory: Some(1), sm: Some(1) };
    let mut rig = Rig::new(Script::of(vec![Gpu { compute: vec![process], ..Gpu::h100(0) }]));
    rig.script.fail("nvmlDeviceGetTemperature", code::UNKNOWN);
    rig.rounds(1);
    rig.play(|script| script.fail("nvmlDeviceGetPowerUsage", code::UNKNOWN));
    rig.rounds(2);
    rig.play(|script| script.heal());
    rig.rounds(1);
    rig.reader.snapshot().iter().map(|sample| sample.metric.name).collect()
}

#[test]
fn the_list_of_metrics_is_what_is_exported() {
    assert_eq!(exported(), METRICS.iter().map(|metric| metric.name).collect());
    for metric in METRICS {
        assert_eq!(metric.name.ends_with("_total"), metric.kind == Kind::Counter, "{}", metric.name);
        assert!(metric.help.ends_with('.'), "{}", metric.help);
    }
}

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_standard_library_and_the_reference_list_every_metric() {
    let (library, page) = (text("stdlib/farthing/gpu.slo"), text("docs/src/reference/gpu.md"));
    for metric in METRICS {
        // What the sampler says of itself is for operators, not for objectives.
        let own = metric.call.is_empty() || metric.name == "farthing_gpu_library_up";
        assert!(own || library.contains(&format!("\"{}\"", metric.name)), "gpu.slo has no {}", metric.name);
        assert!(page.contains(&format!("| `{}`", metric.name)), "gpu.md has no {}", metric.name);
        assert!(page.contains(metric.call), "gpu.md does not say that {} comes from {}", metric.name, metric.call);
    }
    for name in library.split('"').filter(|word| word.starts_with("farthing_gpu_")) {
        assert!(METRICS.iter().any(|metric| metric.name == name), "gpu.slo has {name}, which nothing exports");
    }
}

#[test]
fn an_interval_that_cannot_be_kept_is_refused() {
    for interval in [1, 99, 60_001] {
        let config = Config { interval: std::time::Duration::from_millis(interval), ..Config::default() };
        let said = config.check().expect_err("it is refused");
        assert!(said.contains("from 100ms to 60s"), "{said}");
    }
}
