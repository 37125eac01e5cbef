//! The names of pods and containers, from what kubelet keeps on its node: no API server is asked.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::cgroup::Place;

/// What a workload is called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names {
    pub namespace: Option<String>,
    pub pod: Option<String>,
    pub container: Option<String>,
}

/// The folders of logs, each read at most once, when it is first needed.
pub(crate) struct Logs {
    root: PathBuf,
    containers: Option<Vec<String>>,
    pods: Option<Vec<String>>,
}

impl Logs {
    /// The logs under `/var/log`, or what stands for it.
    pub fn under(root: &Path) -> Self {
        Logs { root: root.to_path_buf(), containers: None, pods: None }
    }

    /// The names of a place.
    pub fn names(&mut self, place: &Place) -> Names {
        let by_container = place.container.as_deref().and_then(|id| self.by_container(id));
        by_container.or_else(|| place.pod.as_deref().and_then(|uid| self.by_pod(uid))).unwrap_or_default()
    }

    /// `containers/POD_NAMESPACE_CONTAINER-ID.log`. Names in Kubernetes have no underscores.
    fn by_container(&mut self, id: &str) -> Option<Names> {
        let files = self.containers.get_or_insert_with(|| list(&self.root.join("containers")));
        let suffix = format!("-{id}.log");
        let name = files.iter().find_map(|file| file.strip_suffix(&suffix))?;
        let mut parts = name.splitn(3, '_').map(|part| Some(part.to_string()));
        Some(Names { pod: parts.next()?, namespace: parts.next()?, container: parts.next()? })
    }

    /// `pods/NAMESPACE_POD_UID/CONTAINER`. Where a pod has several containers, it is not known which one this is.
    fn by_pod(&mut self, uid: &str) -> Option<Names> {
        let folders = self.pods.get_or_insert_with(|| list(&self.root.join("pods")));
        let suffix = format!("_{uid}");
        let (folder, name) = folders.iter().find_map(|folder| Some((folder, folder.strip_suffix(&suffix)?)))?;
        let (namespace, pod) = name.split_once('_')?;
        let mut containers = list(&self.root.join("pods").join(folder));
        let only = if containers.len() == 1 { containers.pop() } else { None };
        Some(Names { namespace: Some(namespace.into()), pod: Some(pod.into()), container: only })
    }
}

/// The names in a folder; none where it cannot be read.
fn list(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}
