//! A running farthing.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use crate::{
    SLO,
    http::{Answer, PATIENCE, try_ask},
    scratch::Scratch,
};

#[derive(Default)]
struct Lines {
    said: String,
    ended: bool,
}

/// A farthing that runs; it is killed where the test forgets it.
pub struct Farthing {
    child: Child,
    lines: Arc<(Mutex<Lines>, Condvar)>,
    pub address: String,
}

impl Farthing {
    /// Runs `a.slo` of a folder, or [`SLO`] where it has none, and waits until it listens.
    pub fn start(scratch: &Scratch, arguments: &[&str]) -> Farthing {
        let mut command = Command::new(env!("CARGO_BIN_EXE_farthing"));
        command.args(["run", "a.slo"]).args(arguments);
        if !arguments.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        Farthing::of(command, scratch)
    }

    /// As [`Farthing::start`]; where it cannot begin, its exit code and what it said.
    pub fn try_start(scratch: &Scratch, arguments: &[&str]) -> Result<Farthing, (Option<i32>, String)> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_farthing"));
        command.args(["run", "a.slo", "--listen", "127.0.0.1:0"]).args(arguments);
        Farthing::begin(command, scratch)
    }

    /// Runs a command that runs farthing.
    pub fn of(command: Command, scratch: &Scratch) -> Farthing {
        Farthing::begin(command, scratch).unwrap_or_else(|(code, said)| panic!("it ends with {code:?}:\n{said}"))
    }

    fn begin(mut command: Command, scratch: &Scratch) -> Result<Farthing, (Option<i32>, String)> {
        if !scratch.path().join("a.slo").exists() {
            scratch.file("a.slo", SLO);
        }
        let command = command.current_dir(scratch.path()).stdin(Stdio::null()).stdout(Stdio::null());
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the binary starts");
        let lines = Arc::new((Mutex::new(Lines::default()), Condvar::new()));
        let (stderr, shared) = (child.stderr.take().expect("a pipe"), lines.clone());
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let mut lines = shared.0.lock().expect("nobody panics with it");
                lines.said += &(line + "\n");
                shared.1.notify_all();
            }
            shared.0.lock().expect("nobody panics with it").ended = true;
            shared.1.notify_all();
        });
        let mut farthing = Farthing { child, lines, address: String::new() };
        match farthing.wait("listening at http://") {
            Ok(line) => {
                let address = line.split("http://").nth(1).expect("an address").trim_end_matches('/');
                farthing.address = address.replace("0.0.0.0", "127.0.0.1");
                Ok(farthing)
            }
            Err(said) => {
                // It has ended, or hangs, and is then killed.
                let _ = farthing.child.kill();
                Err((farthing.child.wait().expect("it ends").code(), said))
            }
        }
    }

    /// Waits for the line with this in it.
    pub fn says(&self, what: &str) -> String {
        self.wait(what).unwrap_or_else(|said| panic!("it never says {what:?}:\n{said}"))
    }

    /// The first line with this in it, or all that was said where it does not come.
    fn wait(&self, what: &str) -> Result<String, String> {
        let found = |lines: &Lines| lines.said.lines().find(|line| line.contains(what)).map(str::to_string);
        let lines = self.lines.0.lock().expect("nobody panics with it");
        let waits = |lines: &mut Lines| !lines.ended && found(lines).is_none();
        let (lines, _) = self.lines.1.wait_timeout_while(lines, PATIENCE, waits).expect("nobody panics with it");
        found(&lines).ok_or_else(|| lines.said.clone())
    }

    /// All that it said.
    pub fn said(&self) -> String {
        self.lines.0.lock().expect("nobody panics with it").said.clone()
    }

    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Answer {
        try_ask(&self.address, method, path, headers, body.as_ref())
            .unwrap_or_else(|error| panic!("{method} {path}: {error}\n{}", self.said()))
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "")
    }

    /// Sends rows of the event `requests`.
    pub fn send(&self, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Answer {
        self.ask("POST", "/api/v1/events/requests", headers, body)
    }

    /// The value of a series, by its name and labels as they are written.
    pub fn metric(&self, series: &str) -> Option<f64> {
        let text = self.get("/metrics").body;
        let value = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        value.map(|value| value.parse().expect("a number"))
    }

    /// Waits until a series has this value: what is shown may be a second old.
    pub fn shows(&self, series: &str, value: f64) {
        let mut last = None;
        until(|| {
            last = self.metric(series);
            last == Some(value)
        })
        .unwrap_or_else(|()| panic!("{series} is {last:?} and not {value}\n{}", self.said()));
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal: `TERM`, `HUP`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let killed = Command::new("kill").args([&format!("-{name}"), &pid]).status().expect("kill");
        assert!(killed.success());
    }

    /// Asks it to end, and gives its exit code and all that it said.
    pub fn stop(mut self) -> (Option<i32>, String) {
        self.signal("TERM");
        let code = self.child.wait().expect("it ends").code();
        let lines = self.lines.0.lock().expect("nobody panics with it");
        let lines = self.lines.1.wait_while(lines, |lines| !lines.ended).expect("nobody panics with it");
        (code, lines.said.clone())
    }

    /// Ends it without a warning.
    pub fn kill(mut self) {
        self.child.kill().expect("it was running");
        self.child.wait().expect("it ends");
    }
}

impl Drop for Farthing {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("farthing said:\n{}", self.said());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Looks until something is so.
pub fn until(mut so: impl FnMut() -> bool) -> Result<(), ()> {
    let end = Instant::now() + PATIENCE;
    while !so() {
        if Instant::now() > end {
            return Err(());
        }
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// The message of a run that cannot begin, whose exit code is 2.
pub fn refused(scratch: &Scratch, arguments: &[&str]) -> String {
    if !scratch.path().join("a.slo").exists() {
        scratch.file("a.slo", SLO);
    }
    let mut all = vec!["run", "a.slo", "--no-gpu"];
    all.extend(arguments);
    if !arguments.contains(&"--listen") {
        all.extend(["--listen", "127.0.0.1:0"]);
    }
    let said = scratch.run(&all);
    assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{said:?}");
    said.err
}
