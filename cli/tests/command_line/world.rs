//! Folders to run in, and the binary.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};

/// A service that is right.
pub const CHAT: &str = r#"use std::dcgm
use std::prices::gpu as price
use std::vllm

service chat {
  cost gpu       = dcgm::gpus * price::h100_sxm_on_demand
  volume answers = vllm::request_success { finished_reason = "stop" | "length" }
  sli cost_per_answer = gpu / answers
  objective affordable { cost_per_answer <= $0.01 per request  budget 5% over 30d } // allow F0902: only its cost is looked at
}
"#;

/// Another one, beside it.
pub const SEARCH: &str = r#"use std::vllm

service search {
  objective fast { p95 of vllm::time_to_first_token < 500 ms over 30d }
}
"#;

/// One that is wrong: `answer` should be `answers`.
pub const WRONG: &str = r#"use std::dcgm
use std::prices::gpu as price
use std::vllm

service chat {
  cost gpu       = dcgm::gpus * price::h100_sxm_on_demand
  volume answers = vllm::request_success { finished_reason = "stop" | "length" }
  sli cost_per_answer = gpu / answer
  objective affordable { cost_per_answer <= $0.01 per request  budget 5% over 30d }
}
"#;

/// One whose price is of 2024-01-01.
pub const OLD_PRICE: &str = r#"use std::dcgm
use std::vllm

price h100 = $2.49 per gpu hour as of 2024-01-01

service chat {
  cost gpu       = dcgm::gpus * h100
  volume answers = vllm::request_success
  sli cost_per_answer = gpu / answers
  objective affordable { cost_per_answer <= $0.01 per request  budget 5% over 30d } // allow F0902, F0903: this is about the price
}
"#;

/// A folder of its own, removed at the end.
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    pub fn new() -> Folder {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("command-line-{}-{number}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).expect("a folder can be made");
        Folder { path }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file, with the folders above it.
    pub fn with(self, name: &str, content: impl AsRef<[u8]>) -> Folder {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder can be made");
        fs::write(path, content).expect("a file can be written");
        self
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name} cannot be read: {error}"))
    }

    /// The names of what lies in a folder, hidden files too.
    pub fn list(&self, name: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(name)).expect("the folder can be read");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry can be read").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Runs the binary in this folder.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().expect("the binary runs"))
    }

    /// Runs the binary with stdout going elsewhere.
    pub fn run_into(&self, arguments: &[&str], stdout: impl Into<Stdio>) -> Ran {
        let child = self.command(arguments).stdout(stdout).stderr(Stdio::piped()).spawn().expect("the binary runs");
        Ran::from(child.wait_with_output().expect("the binary ends"))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_farthing"));
        command.args(arguments).current_dir(&self.path).stdin(Stdio::null());
        command
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// What came of a run.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        Ran {
            code: output.status.code().expect("no signal ended it"),
            stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
        }
    }
}

impl Ran {
    /// Asserts the exit code, and that nobody panicked.
    #[track_caller]
    pub fn code(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "{self:#?}");
        assert!(!self.stderr.contains("panicked"), "{self:#?}");
        self
    }

    /// Asserts that stderr says all of it.
    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Ran {
        for part in parts {
            assert!(self.stderr.contains(part), "no {part:?} in {}", self.stderr);
        }
        self
    }

    /// Asserts what is on stdout.
    #[track_caller]
    pub fn prints(self, text: &str) -> Ran {
        assert_eq!(self.stdout, text, "{self:#?}");
        self
    }

    /// The JSON document on stdout.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}
