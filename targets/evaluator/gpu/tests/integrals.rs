//! Energy and busy time add up, whatever is lost on the way.

mod common;

use common::{Rig, near};
use farthing_fake_nvml::{Gpu, Script, code};

#[test]
fn busy_time_is_the_share_of_each_sample_times_its_length() {
    let mut rig = Rig::new(Script::of(vec![Gpu::h100(0)]));
    for percent in [100, 50, 25, 0, 100] {
        rig.play(|script| script.gpus[0].utilization = Some([percent, 0]));
        rig.round(0.1);
    }
    // The first reading has nothing before it; each other one is about the tenth of a second before it.
    near(rig.value("busy_seconds_total", &[]), 0.1 * (0.5 + 0.25 + 0.0 + 1.0));
}

#[test]
fn a_reading_that_fails_once_leaves_no_hole() {
    let mut rig = Rig::new(Script::of(vec![Gpu::h100(0)]));
    rig.rounds(2);
    rig.play(|script| script.fail("nvmlDeviceGetUtilizationRates", code::TIMEOUT));
    rig.rounds(2);
    assert_eq!(rig.all("utilization_ratio", &[]), [], "what was not read is not known");
    let counter = rig.one("busy_seconds_total", &[]);
    rig.play(Script::heal);
    rig.rounds(1);
    near(rig.value("busy_seconds_total", &[]) - counter.value, 0.5 * 3.0);
    near(rig.value("call_errors_total", &[("error", "timeout")]), 2.0);
}

#[test]
fn time_that_nobody_saw_does_not_count() {
    let mut rig = Rig::new(Script::of(vec![Gpu::h100(0)]));
    rig.rounds(2);
    rig.play(|script| script.fail("nvmlDeviceGetUtilizationRates", code::UNKNOWN));
    rig.rounds(10);
    rig.play(Script::heal);
    rig.rounds(3);
    near(rig.value("busy_seconds_total", &[]), 0.5 * (1.0 + 2.0));
}

#[test]
fn a_suspended_machine_computes_nothing_and_a_clock_that_is_set_changes_nothing() {
    let mut rig = Rig::new(Script::of(vec![Gpu::t4(0)]));
    rig.rounds(2);
    rig.hands.jump(3_600.0);
    rig.rounds(1);
    rig.hands.jump(-86_400.0);
    rig.rounds(1);
    near(rig.value("busy_seconds_total", &[]), 0.5 * 3.0);
    near(rig.value("energy_joules_total", &[]), 70.0 * 3.0);
}

#[test]
fn a_lost_gpu_computes_nothing_until_it_is_back_and_its_counters_go_on() {
    let mut rig = Rig::new(Script::of(vec![Gpu::h100(0)]));
    rig.rounds(3);
    rig.play(|script| script.gpus[0].lost = true);
    rig.round(0.5);
    rig.play(Script::heal);
    rig.rounds(4);
    let busy = rig.one("busy_seconds_total", &[]);
    // Two seconds before, and two or three after, as the library was opened again: never the gap between them.
    near(busy.value, 0.5 * (2.0 + 2.0));
    assert_eq!(busy.created, Some(common::START));
}

#[test]
fn energy_is_the_drivers_and_covers_what_was_not_read() {
    let mut rig = Rig::new(Script::of(vec![Gpu::h100(0)]));
    rig.rounds(1);
    near(rig.value("energy_joules_total", &[]), 5_000.0);
    rig.play(|script| script.fail("nvmlDeviceGetTotalEnergyConsumption", code::TIMEOUT));
    rig.rounds(20);
    near(rig.value("energy_joules_total", &[]), 5_000.0);
    rig.play(|script| {
        script.heal();
        script.gpus[0].energy_mj = Some(12_345_678);
    });
    rig.rounds(1);
    near(rig.value("energy_joules_total", &[]), 12_345.678);
}

#[test]
fn a_driver_that_counts_from_zero_again_takes_nothing_away() {
    let mut rig = Rig::new(Script::of(vec![Gpu::h100(0)]));
    rig.rounds(2);
    rig.play(|script| {
        script.epoch += 1;
        script.gpus[0].energy_mj = Some(200_000);
    });
    rig.rounds(4);
    near(rig.value("energy_joules_total", &[]), 5_000.0 + 200.0);
    rig.play(|script| script.gpus[0].energy_mj = Some(300_000));
    rig.rounds(1);
    near(rig.value("energy_joules_total", &[]), 5_000.0 + 300.0);
}

#[test]
fn energy_without_a_counter_is_power_times_time() {
    let mut rig = Rig::new(Script::of(vec![Gpu::t4(0)]));
    for watts in [70, 30, 30, 50] {
        rig.play(|script| script.gpus[0].power_mw = Some(watts * 1_000));
        rig.round(2.0);
    }
    // Between two readings, their mean.
    near(rig.value("energy_joules_total", &[]), 2.0 * (50.0 + 30.0 + 40.0));
    assert_eq!(rig.one("energy_joules_total", &[]).created, Some(common::START));
}

#[test]
fn a_counter_that_may_not_be_read_is_replaced_by_power() {
    let mut rig = Rig::new(Script::of(vec![Gpu::h100(0)]));
    rig.play(|script| script.fail("nvmlDeviceGetTotalEnergyConsumption", code::NO_PERMISSION));
    rig.rounds(3);
    near(rig.value("energy_joules_total", &[]), 700.0);
    // Once it may be read, what was added up goes on: a counter that jumps would be energy that nobody used.
    rig.play(Script::heal);
    rig.rounds(62);
    near(rig.value("energy_joules_total", &[]), 350.0 * 64.0);
}

#[test]
fn long_intervals_count_in_full() {
    let minute = std::time::Duration::from_secs(60);
    let mut rig = Rig::with(Script::of(vec![Gpu::h100(0)]), |config, _| config.interval = minute);
    (0..3).for_each(|_| rig.round(60.0));
    near(rig.value("busy_seconds_total", &[]), 60.0);
}
