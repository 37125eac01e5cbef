//! The real binary, running.

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::lock;

/// What it has said so far, and whether that is all.
#[derive(Default)]
struct Said {
    lines: Vec<String>,
    ended: bool,
}

/// A process; killed when dropped.
pub struct Daemon {
    child: Child,
    said: Arc<(Mutex<Said>, Condvar)>,
    reader: Option<JoinHandle<()>>,
}

impl Daemon {
    /// Starts `farthing run` in a folder, at a port that the system picks.
    pub fn start(folder: &Path, arguments: &[&str]) -> Daemon {
        let mut command = Command::new(env!("CARGO_BIN_EXE_farthing"));
        command.args(["run", "--listen", "127.0.0.1:0"]).args(arguments);
        Daemon::of(command, folder)
    }

    /// Starts a command that ends up as `farthing run`.
    pub fn of(mut command: Command, folder: &Path) -> Daemon {
        let mut child = command
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let said = Arc::<(Mutex<Said>, Condvar)>::default();
        let (stderr, told) = (child.stderr.take().expect("a pipe"), said.clone());
        let reader = thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                lock(&told.0).lines.push(line);
                told.1.notify_all();
            }
            lock(&told.0).ended = true;
            told.1.notify_all();
        });
        Daemon { child, said, reader: Some(reader) }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it has said something of which `find` makes something, from its first line on. None where it took too
    /// long or ended.
    pub fn wait<T>(&self, patience: Duration, find: impl Fn(&str) -> Option<T>) -> Option<T> {
        let until = Instant::now() + patience;
        let mut said = lock(&self.said.0);
        loop {
            if let Some(found) = said.lines.iter().find_map(|line| find(line)) {
                return Some(found);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || said.ended {
                return None;
            }
            said = self.said.1.wait_timeout(said, left).expect("no panic while the lines are held").0;
        }
    }

    /// Where it listens, as soon as it does.
    pub fn address(&self, patience: Duration) -> Option<SocketAddr> {
        self.wait(patience, |line| line.split_once("listening at http://")?.1.trim_end_matches('/').parse().ok())
    }

    /// Where it listens; it must within a minute.
    pub fn listens(&self) -> SocketAddr {
        self.address(Duration::from_secs(60)).unwrap_or_else(|| panic!("it does not listen: {:#?}", self.lines()))
    }

    /// What it has said so far.
    pub fn lines(&self) -> Vec<String> {
        lock(&self.said.0).lines.clone()
    }

    /// SIGKILL, and all that it said.
    pub fn kill(mut self) -> Vec<String> {
        self.end();
        self.lines()
    }

    fn end(&mut self) {
        // An error says that it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.end();
    }
}
