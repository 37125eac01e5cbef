//! The shape of `--format json`, as the reference states it.

use serde_json::{Value, json};

use crate::world::{CHAT, Folder, SEARCH, WRONG};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn a_right_file_has_no_diagnostics() {
    let folder = Folder::new().with("service.slo", CHAT);
    let ran = folder.run(&["check", "service.slo", "--format", "json"]).code(0);
    assert_eq!(ran.stderr, "");
    let expected = json!({
        "version": 1,
        "error": null,
        "diagnostics": [],
        "summary": { "files": 1, "errors": 0, "warnings": 0 },
    });
    assert_eq!(ran.json(), expected);
}

#[test]
fn a_diagnostic_has_all_that_an_editor_needs() {
    let folder = Folder::new().with("a/service.slo", WRONG);
    let ran = folder.run(&["check", "a", "--format", "json"]).code(1);
    assert_eq!(ran.stderr, "");
    let document = ran.json();
    assert_eq!(document["summary"], json!({ "files": 1, "errors": 1, "warnings": 0 }));
    let one = &document["diagnostics"][0];
    let mut names = keys(one);
    names.sort_unstable();
    let mut expected = [
        "code",
        "severity",
        "message",
        "file",
        "line",
        "column",
        "end_line",
        "end_column",
        "range",
        "labels",
        "help",
        "fixes",
    ];
    expected.sort_unstable();
    assert_eq!(names, expected);
    assert_eq!(one["code"], "F0101");
    assert_eq!(one["severity"], "error");
    assert_eq!(one["file"], "a/service.slo");
    let start = WRONG.find("answer\n").unwrap();
    assert_eq!((&one["line"], &one["column"]), (&json!(8), &json!(31)));
    assert_eq!((&one["end_line"], &one["end_column"]), (&json!(8), &json!(37)));
    assert_eq!(one["range"], json!({ "start": start, "end": start + 6 }));
    assert_eq!(one["labels"][0]["range"], one["range"]);
    assert!(one["labels"][0]["text"].is_string());
    assert_eq!(one["help"], json!(["did you mean `answers`?"]));
    assert_eq!(one["fixes"][0]["replacement"], "answers");
    assert_eq!(one["fixes"][0]["range"], one["range"]);
}

#[test]
fn columns_are_characters_and_ranges_are_bytes() {
    let folder = Folder::new().with("service.slo", "// ä\nservice a { title \"ä\" § }\n");
    let document = folder.run(&["check", "service.slo", "--format", "json"]).code(1).json();
    let one = document["diagnostics"].as_array().unwrap().iter().find(|one| one["code"] == "F0007");
    let one = one.unwrap_or_else(|| panic!("{document:#}"));
    assert_eq!((&one["line"], &one["column"]), (&json!(2), &json!(23)), "{document:#}");
    assert_eq!(one["range"], json!({ "start": 29, "end": 31 }));
}

#[test]
fn failures_are_told_in_json_too() {
    let folder = Folder::new().with("latin.slo", b"// \xFC\n");
    for (name, code) in [("nothing.slo", 2), ("latin.slo", 1)] {
        for command in ["check", "compile"] {
            let ran = folder.run(&[command, name, "--format", "json"]).code(code);
            let document = ran.json();
            assert_eq!(document["version"], 1);
            let error = document["error"].as_str().expect("an error");
            assert!(error.contains(name), "{error}");
            assert_eq!(ran.stderr, format!("error: {error}\n"));
        }
    }
}

#[test]
fn compile_tells_what_it_made() {
    let folder = Folder::new().with("in/chat.slo", CHAT).with("in/search.slo", SEARCH);
    let compile = ["compile", "in", "-o", "out", "--format", "json"];
    let outputs = |state: &str| {
        json!([
            { "path": "out/chat.rules.yml", "target": "prometheus", "state": state },
            { "path": "out/search.rules.yml", "target": "prometheus", "state": state },
        ])
    };
    let checked = folder.run(&[&compile[..], &["--check"]].concat()).code(1).json();
    assert_eq!(checked["outputs"], outputs("missing"));
    assert_eq!(folder.run(&compile).code(0).json()["outputs"], outputs("created"));
    assert_eq!(folder.run(&compile).code(0).json()["outputs"], outputs("unchanged"));

    // Without a folder the document holds the texts, however many there are.
    let document = folder.run(&["compile", "in", "--format", "json"]).code(0).json();
    assert_eq!(document["outputs"][1]["state"], "printed");
    assert_eq!(document["outputs"][1]["content"], folder.read("out/search.rules.yml"));

    let folder = folder.with("in/wrong.slo", WRONG.replace("chat", "talk"));
    let document = folder.run(&compile).code(1).json();
    assert_eq!(document["outputs"], json!([]));
    assert_eq!(document["summary"]["errors"], 1);
}
