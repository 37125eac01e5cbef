//! A folder of one test, and the binary run in it.
#![allow(dead_code, reason = "not every test uses everything")]

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

/// A folder below the system's temporary folder; removed when the test passes.
pub struct Scratch(PathBuf);

/// What a command said, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    /// The JSON document on stdout.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Scratch {
    pub fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("farthing-cli-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a folder below the temporary one");
        Scratch(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        fs::write(self.0.join(name), bytes).expect("a file in the test's folder");
        self
    }

    /// Runs the binary in the folder, without a terminal.
    pub fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, b"")
    }

    /// As [`Scratch::run`], with something on stdin.
    pub fn run_with(&self, arguments: &[&str], stdin: &[u8]) -> Said {
        let mut child = Command::new(env!("CARGO_BIN_EXE_farthing"))
            .args(arguments)
            .current_dir(&self.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        // A command that ends before it has read all closes the pipe.
        let _ = child.stdin.take().expect("a pipe").write_all(stdin);
        let output = child.wait_with_output().expect("the binary ends");
        Said {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            err: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what the test left is in {}", self.0.display());
        } else {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

/// The repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A file of the Azure LLM inference trace 2023, `code` or `conv`; none, and loudly so, where it is not there.
pub fn azure(service: &str) -> Option<PathBuf> {
    let path = repository().join(format!("../shared/data/azure-llm-2023/AzureLLMInferenceTrace_{service}.csv"));
    if path.is_file() {
        return Some(path);
    }
    // Not by a macro, whose text is shown for tests that fail only.
    let message = format!(
        "\nNOT TESTED ON THE AZURE TRACE: {} is not there. It belongs into shared/data/azure-llm-2023 beside the \
         checkout; it is published as AzureLLMInferenceTrace_code.csv and AzureLLMInferenceTrace_conv.csv in the \
         folder data of the repository Azure/AzurePublicDataset\n",
        path.display()
    );
    let _ = std::io::stderr().write_all(message.as_bytes());
    None
}
