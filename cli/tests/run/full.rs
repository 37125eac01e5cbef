//! A disk that is full: farthing goes on, says so, and recovers by itself.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use crate::{
    REQUESTS, ROW,
    process::{Farthing, until},
    scratch::Scratch,
};

/// A file system of one megabyte; unmounted at the end.
struct Small(std::path::PathBuf);

impl Small {
    /// None where this user may not mount one.
    fn mount(folder: &Path) -> Option<Small> {
        fs::create_dir_all(folder).expect("a folder in the test's folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(folder).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then(|| Small(folder.to_path_buf()))
    }

    fn fill(&self) {
        let mut file = fs::File::create(self.0.join("filler")).expect("an empty file");
        while file.write_all(&[1; 4_096]).is_ok() {}
    }

    fn free(&self) {
        fs::remove_file(self.0.join("filler")).expect("the filler");
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn on_a_small_file_system() {
    let scratch = Scratch::new();
    let Some(small) = Small::mount(&scratch.path().join("state")) else {
        // Not by a macro, whose text is shown for tests that fail only.
        let _ = std::io::stderr().write_all(b"\nNOT TESTED ON A FULL FILE SYSTEM: this user may not mount one\n");
        return;
    };
    let farthing = Farthing::start(&scratch, &["--no-gpu", "--state", "state"]);
    fills_up(&scratch, farthing, &mut || small.fill(), &mut |_| small.free());
    drop(small);
}

#[test]
fn beyond_what_a_file_may_hold() {
    let scratch = Scratch::new();
    let mut command = Command::new("bash");
    // The limit can be raised again from outside, and exceeding it is an error and not a signal that ends the process.
    let script = "trap '' XFSZ; ulimit -S -f 96; exec \"$0\" run a.slo --no-gpu --state state --listen 127.0.0.1:0";
    command.args(["-c", script, env!("CARGO_BIN_EXE_farthing")]);
    let farthing = Farthing::of(command, &scratch);
    let raise = &mut |farthing: &Farthing| {
        let raised = Command::new("prlimit").args(["--pid", &farthing.pid().to_string(), "--fsize=unlimited"]).status();
        assert!(raised.expect("prlimit, of util-linux").success());
    };
    fills_up(&scratch, farthing, &mut || (), raise);
}

/// Plays a disk that gets full and has room again.
fn fills_up(scratch: &Scratch, farthing: Farthing, fill: &mut dyn FnMut(), free: &mut dyn FnMut(&Farthing)) {
    let key = |batch: usize| format!("batch-{batch}-{}", "x".repeat(200));
    let send = |farthing: &Farthing, batch: usize| farthing.send(&[("idempotency-key", &key(batch))], ROW);
    assert_eq!(send(&farthing, 0).status, 200);
    farthing.shows(REQUESTS, 1.0);
    fill();
    let mut acknowledged = 1;
    let refused = loop {
        let said = send(&farthing, acknowledged);
        if said.status != 200 {
            break said;
        }
        acknowledged += 1;
        assert!(acknowledged < 5_000, "the disk is never full");
    };
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("10")), "{refused:?}");
    let text = refused.error();
    assert!(text.starts_with("the state cannot be written: ") && text.contains("Idempotency-Key"), "{text}");
    // Another batch is refused before it is counted.
    let another = send(&farthing, acknowledged + 1);
    assert_eq!((another.status, another.header("retry-after")), (503, Some("10")), "{another:?}");
    let ready = farthing.get("/-/ready");
    assert_eq!(ready.status, 503, "{ready:?}");
    assert!(ready.error().starts_with("the state cannot be written: "), "{ready:?}");
    assert_eq!(farthing.get("/-/healthy").status, 200);
    farthing.shows("farthing_state_writable", 0.0);
    // A counter that is shown is on the disk.
    let shown = farthing.metric(REQUESTS).expect("what was shown before");
    assert!((1.0..=acknowledged as f64).contains(&shown), "{shown} of {acknowledged}");
    free(&farthing);
    until(|| farthing.get("/-/ready").status == 200).unwrap_or_else(|()| panic!("{}", farthing.said()));
    farthing.says(" info state: the state is written again; nothing was lost");
    let said = farthing.said();
    assert_eq!(said.matches("cannot be written: ").count(), 1, "said once:\n{said}");
    // What was refused is sent again, as its sender was told.
    for batch in [acknowledged, acknowledged + 1] {
        assert_eq!(send(&farthing, batch).status, 200);
    }
    farthing.kill();
    let farthing = Farthing::start(scratch, &["--no-gpu", "--state", "state"]);
    assert_eq!(farthing.metric(REQUESTS), Some((acknowledged + 2) as f64));
    assert_eq!(send(&farthing, acknowledged).json()["again"], true);
    assert_eq!(farthing.stop().0, Some(0));
}
