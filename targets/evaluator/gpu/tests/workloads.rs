//! Processes on GPUs are those of pods and containers.

mod common;

use std::{fs, path::Path};

use common::{Rig, label, near};
use farthing_fake_nvml::{Gpu, Process, Script};

const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const UID: &str = "3b2c1a00-1111-2222-3333-444455556666";

/// A process under a fake `/proc`.
fn process(root: &Path, pid: u32, name: &str, began: u64, cgroup: &str) {
    let folder = root.join("proc").join(pid.to_string());
    fs::create_dir_all(&folder).expect("a folder can be made");
    let stat = format!("{pid} ({name}) S 1 1 1 0 -1 4194304 1 0 0 0 1 1 0 0 20 0 4 0 {began} 1000 10");
    for (file, text) in [("comm", format!("{name}\n")), ("stat", stat), ("cgroup", format!("{cgroup}\n"))] {
        fs::write(folder.join(file), text).expect("a file can be written");
    }
}

fn pod_cgroup() -> String {
    let uid = UID.replace('-', "_");
    format!("0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{uid}.slice/cri-containerd-{ID}.scope")
}

fn rig(processes: Vec<Process>, make: impl FnOnce(&Path)) -> Rig {
    Rig::with(Script::of(vec![Gpu { compute: processes, ..Gpu::h100(0) }]), |config, folder| {
        make(folder);
        (config.proc_root, config.log_root) = (folder.join("proc"), folder.join("log"));
    })
}

fn on_gpu(pid: u32, memory: u64) -> Process {
    Process { pid, memory: Some(memory), sm: None }
}

#[test]
fn a_process_is_that_of_its_pod_by_the_names_that_kubelet_keeps() {
    let mut rig = rig(vec![on_gpu(41, 7_000), on_gpu(42, 8_000), on_gpu(43, 9_000)], |folder| {
        process(folder, 41, "VLLM::EngineCor", 5, &pod_cgroup());
        process(folder, 42, "python (x) 3", 6, &format!("0::/system.slice/docker-{ID}.scope"));
        process(folder, 43, "Xorg", 7, "0::/user.slice");
        fs::create_dir_all(folder.join("log/containers")).expect("a folder can be made");
        let link = format!("log/containers/chat-7d9f_prod_vllm-{ID}.log");
        fs::write(folder.join(link), "").expect("a file can be written");
    });
    rig.rounds(1);
    let pod = rig.one("process_memory_used_bytes", &[("pid", "41")]);
    near(pod.value, 7_000.0);
    for (name, value) in [
        ("process", "VLLM::EngineCor"),
        ("namespace", "prod"),
        ("pod", "chat-7d9f"),
        ("container", "vllm"),
        ("pod_uid", UID),
        ("container_id", ID),
        ("gpu", "0"),
    ] {
        assert_eq!(label(&pod, name), Some(value), "{name}");
    }
    let docker = rig.one("process_memory_used_bytes", &[("pid", "42"), ("process", "python (x) 3")]);
    assert_eq!((label(&docker, "container_id"), label(&docker, "pod_uid")), (Some(ID), None));
    let bare = rig.one("process_memory_used_bytes", &[("pid", "43")]);
    assert_eq!((label(&bare, "process"), label(&bare, "container_id")), (Some("Xorg"), None));
}

#[test]
fn names_that_come_later_are_found_later() {
    let mut rig = rig(vec![on_gpu(41, 1)], |folder| process(folder, 41, "python", 5, &pod_cgroup()));
    rig.rounds(1);
    let early = rig.one("process_memory_used_bytes", &[]);
    assert_eq!((label(&early, "pod"), label(&early, "pod_uid")), (None, Some(UID)));
    let logs = rig.folder.path().join(format!("log/pods/prod_chat-7d9f_{UID}/vllm"));
    fs::create_dir_all(&logs).expect("a folder can be made");
    rig.rounds(10);
    rig.one("process_memory_used_bytes", &[("namespace", "prod"), ("pod", "chat-7d9f"), ("container", "vllm")]);
}

#[test]
fn of_several_containers_none_is_guessed() {
    let mut rig = rig(vec![on_gpu(41, 1)], |folder| {
        process(folder, 41, "python", 5, &pod_cgroup());
        for container in ["vllm", "sidecar"] {
            let logs = folder.join(format!("log/pods/prod_chat-7d9f_{UID}/{container}"));
            fs::create_dir_all(&logs).expect("a folder can be made");
        }
    });
    rig.rounds(1);
    let sample = rig.one("process_memory_used_bytes", &[("pod", "chat-7d9f")]);
    assert_eq!(label(&sample, "container"), None);
}

#[test]
fn a_number_that_is_used_again_is_another_process() {
    let mut rig = rig(vec![on_gpu(41, 1)], |folder| process(folder, 41, "old", 5, "0::/"));
    rig.rounds(1);
    rig.one("process_memory_used_bytes", &[("process", "old")]);
    process(rig.folder.path(), 41, "new", 6, "0::/");
    rig.rounds(10);
    rig.one("process_memory_used_bytes", &[("process", "new")]);
}

#[test]
fn processes_are_listed_every_ten_seconds_with_their_utilization() {
    let busy = Process { pid: 50, memory: Some(3_000), sm: Some(80) };
    let unknown = Process { pid: 51, memory: None, sm: None };
    let mut rig = rig(vec![busy, unknown], |_| {});
    rig.play(|script| {
        script.gpus[0].graphics = vec![busy];
        script.gpus[0].mps = vec![Process { pid: 52, memory: Some(9), sm: Some(20) }];
    });
    (0..200).for_each(|_| rig.round(0.1));
    near(rig.value("calls_total", &[("call", "nvmlDeviceGetComputeRunningProcesses_v3")]), 2.0);
    near(rig.value("calls_total", &[("call", "nvmlDeviceGetProcessUtilization")]), 2.0);
    // One that is listed twice holds its memory once.
    near(rig.value("process_memory_used_bytes", &[("pid", "50")]), 3_000.0);
    near(rig.value("process_utilization_ratio", &[("pid", "50")]), 0.8);
    near(rig.value("process_utilization_ratio", &[("pid", "51")]), 0.0);
    near(rig.value("process_utilization_ratio", &[("pid", "52")]), 0.2);
    assert_eq!(rig.all("process_memory_used_bytes", &[("pid", "51")]), []);
    rig.play(|script| {
        script.gpus[0].compute.clear();
        script.gpus[0].graphics.clear();
        script.gpus[0].mps.clear();
    });
    rig.rounds(11);
    assert_eq!(rig.all("process_utilization_ratio", &[]), []);
}
