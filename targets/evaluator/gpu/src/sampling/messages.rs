//! What is said, and how often.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    board::Library,
    call::Outcome,
    change::{Change, ChangeKind},
    row::Row,
    source::{Fault, FaultKind},
};

/// Why a GPU does not answer where none can.
pub(super) const LIBRARY: &str = "the library does not answer";

/// How often, at most, something is said of one thing.
const SELDOM: Duration = Duration::from_secs(10);

/// What was said last, of the library and of each unit.
#[derive(Debug, Default)]
pub(super) struct Said(BTreeMap<String, (String, Option<Duration>)>);

impl Said {
    /// Says what has changed. Of what changes all the time, the last state is said, every ten seconds.
    pub fn changes(&mut self, now: Duration, library: &Library, rows: &[Row], log: impl Fn(&Change<'_>)) {
        let change = Change { kind: library.kind, text: &library.message };
        self.change(now, "", change, true, &log);
        for row in rows {
            let message = unit(row);
            // Where there is no library, that was said.
            if row.lost.as_deref() != Some(LIBRARY) {
                let kind = if well(row) { ChangeKind::Well } else { ChangeKind::Ill };
                let change = Change { kind, text: &message };
                self.change(now, &row.name(), change, kind == ChangeKind::Ill, &log);
            }
        }
    }

    fn change(&mut self, now: Duration, of: &str, change: Change<'_>, at_first: bool, log: impl Fn(&Change<'_>)) {
        match self.0.get_mut(of) {
            Some((said, when)) => {
                let soon = when.is_some_and(|when| now < when + SELDOM);
                if said != change.text && !soon {
                    log(&change);
                    (*said, *when) = (change.text.to_string(), Some(now));
                }
            }
            None => {
                if at_first {
                    log(&change);
                }
                // What comes after the first word need not wait.
                self.0.insert(of.to_string(), (change.text.to_string(), None));
            }
        }
    }
}

/// Whether all that a unit has can be read.
pub(crate) fn well(row: &Row) -> bool {
    let bad = row.outcomes.that(|outcome| matches!(outcome, Outcome::Denied | Outcome::Failed(_))).next().is_some();
    row.lost.is_none() && !bad
}

/// What there is to say of a unit.
pub(crate) fn unit(row: &Row) -> String {
    let name = row.name();
    if let Some(why) = &row.lost {
        return if why == LIBRARY {
            format!("{name} is not sampled: {LIBRARY}")
        } else {
            format!(
                "{name} does not answer: {why}; it is looked for again, and counts as a GPU that is there; the \
                 kernel's log (`dmesg | grep -i xid`) says what happened"
            )
        };
    }
    let denied: Vec<&str> =
        row.outcomes.that(|outcome| outcome == Outcome::Denied).map(|(call, _)| call.what()).collect();
    let failed: Vec<String> = row
        .outcomes
        .that(|outcome| matches!(outcome, Outcome::Failed(_)))
        .map(|(call, outcome)| match outcome {
            Outcome::Failed(code) => format!("{} ({}: {code})", call.what(), call.name()),
            _ => call.what().to_string(),
        })
        .collect();
    let mut said = Vec::new();
    if !denied.is_empty() {
        said.push(format!(
            "this user may not read {}: run as root, or with the capabilities that the driver asks for",
            denied.join(", ")
        ));
    }
    if !failed.is_empty() {
        said.push(format!("it does not tell {}", failed.join(", ")));
    }
    if said.is_empty() { format!("{name} answers") } else { format!("{name}: {}", said.join("; ")) }
}

/// What is said of a library that is open.
pub(super) fn open(driver: &str, rows: &[Row], denied: usize) -> String {
    let gpus = rows.iter().filter(|row| row.instance().is_none()).count();
    let instances = rows.len() - gpus;
    let mut text = match gpus {
        0 => format!(
            "the NVIDIA driver {driver} has no GPU here: in a container, give it some (NVIDIA_VISIBLE_DEVICES); on a \
             machine, see what `nvidia-smi -L` lists"
        ),
        1 => format!("the NVIDIA driver {driver} has 1 GPU"),
        _ => format!("the NVIDIA driver {driver} has {gpus} GPUs"),
    };
    if instances > 0 {
        text += &format!(", and {instances} instances of them can be read");
    }
    if denied > 0 {
        text += &format!("; {denied} more cannot be opened by this user, and are taken for another's");
    }
    text
}

/// What is said of a library that is not, with a way out.
pub(super) fn closed(fault: &Fault) -> String {
    let way = match (fault.kind, fault.code) {
        (FaultKind::Off, _) => return "no GPUs are sampled, as it was asked for".into(),
        (FaultKind::NoLibrary, _) => {
            "NVIDIA's library was not found. It comes with the driver: install that; in a container, use NVIDIA's \
             runtime with NVIDIA_DRIVER_CAPABILITIES=utility; or say where libnvidia-ml.so.1 is \
             (`--nvml-library FILE`); on a machine without GPUs, turn their sampling off (`--no-gpu`)"
        }
        (FaultKind::Denied, _) => {
            "this user may not open the NVIDIA driver: /dev/nvidiactl must be readable, and the container or its \
             cgroup must allow it"
        }
        (_, "driver_not_loaded") => {
            "the NVIDIA driver is not loaded: `modprobe nvidia`, and see what the kernel's log says"
        }
        (_, "lib_rm_version_mismatch") => {
            "the NVIDIA driver was updated, and the kernel still runs the old one: reload its modules or restart the \
             machine; a container that runs on has the old library and must be restarted"
        }
        (_, "uninitialized") => "the NVIDIA driver was reloaded",
        _ => "the NVIDIA library could not be opened",
    };
    format!("{way} ({fault}); it is tried again")
}
