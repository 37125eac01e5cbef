//! Who uses a GPU: a process's name, its container and its pod.

mod cgroup;
mod names;

use std::{collections::BTreeMap, fs, path::PathBuf, sync::Arc};

use self::names::Logs;

/// A label and its value.
pub(crate) type Label = (&'static str, Arc<str>);

/// Finds out who processes are, and remembers it for as long as they are seen.
pub(crate) struct Directory {
    proc_root: PathBuf,
    log_root: PathBuf,
    known: BTreeMap<u32, Known>,
    round: u64,
}

struct Known {
    /// When the process began, in ticks since boot: a number that is used again is another process.
    began: u64,
    labels: Arc<[Label]>,
    /// Whether a name was missing: a pod's logs may come after its process.
    incomplete: bool,
    seen: u64,
}

/// One look at several processes.
pub(crate) struct Look<'a> {
    directory: &'a mut Directory,
    logs: Logs,
}

impl Directory {
    /// Processes under `/proc`, and logs under `/var/log`, or what stands for them.
    pub fn new(proc_root: PathBuf, log_root: PathBuf) -> Self {
        Directory { proc_root, log_root, known: BTreeMap::new(), round: 0 }
    }

    /// Begins to look at all processes of all GPUs.
    pub fn begin(&mut self) {
        self.round += 1;
    }

    /// Looks at the processes of one GPU.
    pub fn look(&mut self) -> Look<'_> {
        let logs = Logs::under(&self.log_root);
        Look { directory: self, logs }
    }

    /// Forgets who was not seen since it began.
    pub fn forget(&mut self) {
        let round = self.round;
        self.known.retain(|_, known| known.seen == round);
    }
}

impl Look<'_> {
    /// The labels of a process: `pid`, and what else is known of it.
    pub fn labels(&mut self, pid: u32) -> Arc<[Label]> {
        let folder = self.directory.proc_root.join(pid.to_string());
        let began = fs::read_to_string(folder.join("stat")).ok().and_then(|stat| began(&stat)).unwrap_or(0);
        let round = self.directory.round;
        if let Some(known) = self.directory.known.get_mut(&pid)
            && known.began == began
            && !known.incomplete
        {
            known.seen = round;
            return known.labels.clone();
        }
        let mut labels: Vec<Label> = vec![("pid", pid.to_string().into())];
        let mut add = |name, value: Option<String>| {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                labels.push((name, value.into()));
            }
        };
        add("process", fs::read_to_string(folder.join("comm")).ok().map(|name| name.trim_end().to_string()));
        let place = cgroup::place(&fs::read_to_string(folder.join("cgroup")).unwrap_or_default());
        let names = self.logs.names(&place);
        let incomplete = place.pod.is_some() && names.container.is_none();
        add("namespace", names.namespace);
        add("pod", names.pod);
        add("container", names.container);
        add("pod_uid", place.pod);
        add("container_id", place.container);
        let labels: Arc<[Label]> = labels.into();
        let known = Known { began, labels: labels.clone(), incomplete, seen: round };
        self.directory.known.insert(pid, known);
        labels
    }
}

/// The 22nd field of `/proc/PID/stat`. The second, the name, is in brackets and may hold anything.
fn began(stat: &str) -> Option<u64> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}
