//! The examples: each compiles, its tests pass in the evaluator, and a real Prometheus with the generated rules says the same
//! of all that they play.

mod common;

use std::{fs, path::PathBuf};

use farthing_evaluator::play;
use farthing_tests::examples::{compiled, scenario};

/// Each folder of the examples.
fn folders() -> Vec<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples"));
    let mut folders: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

#[test]
fn each_has_what_a_user_starts_from() {
    let folders = folders();
    assert!(folders.len() >= 9, "{folders:?}");
    for folder in folders {
        let plan = compiled(&folder).unwrap();
        assert!(folder.join("README.md").is_file(), "{}", folder.display());
        assert!(!plan.services.is_empty(), "{}", folder.display());
        // The recorded trace is judged by the tests of `farthing backtest`.
        let is_trace = folder.ends_with("azure-trace");
        assert!(!plan.scenarios.is_empty() || is_trace, "{} has no tests", folder.display());
    }
}

/// An example whose tests pass, and of which Prometheus says what the evaluator says.
fn agrees(name: &str) {
    let folder = folders().into_iter().find(|folder| folder.ends_with(name)).unwrap();
    let plan = compiled(&folder).unwrap();
    for test in &plan.scenarios {
        for (outcome, expectation) in play(&plan, test).unwrap().iter().zip(&test.expectations) {
            assert!(outcome.passed, "{}: {}: {:?}", test.name, expectation.text, outcome.actual);
        }
        eprintln!("{name}: {}", test.name);
        common::compare_numbers(&scenario(&plan, test));
    }
}

macro_rules! examples {
    ($($test:ident: $folder:literal,)*) => {
        $(
            #[test]
            fn $test() {
                agrees($folder);
            }
        )*

        #[test]
        fn none_is_left_out() {
            for folder in folders() {
                let name = folder.file_name().unwrap().to_string_lossy().into_owned();
                assert!(["azure-trace", $($folder),*].contains(&name.as_str()), "{name}");
            }
        }
    };
}

examples! {
    chat: "chat-vllm",
    retrieval: "rag-semantic-cache",
    agents: "agent-workflow",
    pictures: "image-batch",
    gateway: "litellm-gateway",
    quantization: "quantization-ab",
    tenants: "multi-tenant",
    fallback: "api-fallback",
    embedded: "embed-rust",
    metered: "embed-python",
}
