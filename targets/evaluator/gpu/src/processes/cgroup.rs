//! Which container and pod a process belongs to, as its cgroups are named.

/// A container, and the pod that it is a part of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// 64 hexadecimal digits.
    pub container: Option<String>,
    /// The UID of the pod, with its dashes.
    pub pod: Option<String>,
}

/// Reads `/proc/PID/cgroup`: lines of `hierarchy:controllers:path`, one for version 2, several for version 1. The first
/// that names a container counts.
pub(crate) fn place(text: &str) -> Place {
    let mut best = Place::default();
    for path in text.lines().filter_map(|line| line.splitn(3, ':').nth(2)) {
        let place = of_path(path);
        if place.container.is_some() {
            return place;
        }
        if best.pod.is_none() {
            best = place;
        }
    }
    best
}

/// Reads a path such as `/kubepods.slice/kubepods-burstable-podUID.slice/cri-containerd-ID.scope`. The last part that
/// names a container counts: containers run in containers.
fn of_path(path: &str) -> Place {
    // containerd's own form of a path has colons: `kubepods-podUID.slice:cri-containerd:ID`.
    let parts: Vec<&str> = path.split(['/', ':']).collect();
    Place {
        container: parts.iter().rev().find_map(|part| container(part)),
        pod: parts.iter().rev().find_map(|part| pod(part)),
    }
}

/// `ID`, or `RUNTIME-ID.scope`: Docker, containerd, CRI-O, Podman and nerdctl all have 64 digits.
fn container(part: &str) -> Option<String> {
    let name = part.strip_suffix(".scope").unwrap_or(part);
    let (runtime, id) = name.rsplit_once('-').unwrap_or(("", name));
    // `crio-conmon-ID` and `libpod-conmon-ID` watch over a container, and are not in it.
    let watches = runtime.ends_with("conmon");
    let is_id = id.len() == 64 && id.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    (is_id && !watches).then(|| id.to_string())
}

/// `podUID`, or `kubepods-CLASS-podUID.slice` with underscores for dashes.
fn pod(part: &str) -> Option<String> {
    let name = part.strip_suffix(".slice").unwrap_or(part);
    let uid = match name.strip_prefix("kubepods") {
        Some(rest) => rest.rsplit_once("-pod")?.1,
        None => name.strip_prefix("pod")?,
    };
    let uid = uid.replace('_', "-");
    let digits = uid.bytes().filter(|digit| digit.is_ascii_hexdigit()).count();
    // A UUID; of a pod from a file on its node, the hash of that file.
    let is_uid = digits == 32 && (uid.len() == 32 || uid.len() == 36);
    is_uid.then_some(uid)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    const UID: &str = "3b2c1a00-1111-2222-3333-444455556666";

    /// A path, with `ID`, `UID` and `U_ID` filled in, and whether it names a container and a pod.
    fn assert_place(path: &str, container: bool, uid: Option<&str>) {
        let text = path.replace("U_ID", &UID.replace('-', "_")).replace("UID", UID).replace("ID", ID);
        let expected = Place { container: container.then(|| ID.into()), pod: uid.map(Into::into) };
        assert_eq!(place(&text), expected, "{text}");
    }

    #[test]
    fn every_usual_name_is_read() {
        let of_systemd = "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podU_ID.slice";
        assert_place(&format!("{of_systemd}/cri-containerd-ID.scope"), true, Some(UID));
        assert_place(&format!("{of_systemd}/crio-ID.scope"), true, Some(UID));
        assert_place(&format!("{of_systemd}/crio-ID.scope/container"), true, Some(UID));
        assert_place(&format!("{of_systemd}/crio-conmon-ID.scope"), false, Some(UID));
        assert_place("0::/kubepods.slice/kubepods-podU_ID.slice/docker-ID.scope", true, Some(UID));
        assert_place("0::/kubepods/besteffort/podUID/ID", true, Some(UID));
        assert_place(
            "0::/kubelet.slice/kubelet-kubepods.slice/kubepods-podU_ID.slice/cri-containerd-ID.scope",
            true,
            Some(UID),
        );
        assert_place("12:pids:/kubepods/burstable/podUID/ID\n11:memory:/kubepods/burstable/podUID/ID", true, Some(UID));
        assert_place(
            "1:name=systemd:/system.slice/containerd.service/kubepods-burstable-podU_ID.slice:cri-containerd:ID",
            true,
            Some(UID),
        );
        assert_place("0::/../../kubepods-besteffort-podU_ID.slice/cri-containerd-ID.scope", true, Some(UID));
        assert_place("0::/kubepods/burstable/pod0123456789abcdef0123456789abcdef/ID", true, Some(&ID[..32]));
        assert_place("0::/docker/ID", true, None);
        assert_place("0::/system.slice/docker-ID.scope", true, None);
        assert_place("0::/machine.slice/libpod-ID.scope/container", true, None);
        assert_place(
            "0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-ID.scope/container",
            true,
            None,
        );
        assert_place("0::/default/ID", true, None);
        assert_place("0::/system.slice/nerdctl-ID.scope", true, None);
    }

    #[test]
    fn what_is_in_no_container_has_none() {
        for path in
            ["0::/", "0::/user.slice/user-1000.slice/session-2.scope", "0::/system.slice/podman.service", "", "x"]
        {
            assert_place(path, false, None);
        }
        // The first hierarchy of version 1 need not be the one that names the container.
        assert_place("13:misc:/\n12:memory:/docker/ID", true, None);
        // A container in a container is the inner one.
        let inner = "f".repeat(64);
        assert_eq!(place(&format!("0::/docker/{ID}/docker/{inner}")).container, Some(inner));
    }
}
