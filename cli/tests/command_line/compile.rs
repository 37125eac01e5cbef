use std::{
    fs::{self, File},
    io,
    time::{Duration, SystemTime},
};

use crate::world::{CHAT, Folder, SEARCH, WRONG};

#[test]
fn rules_of_one_service_go_to_stdout() {
    let folder = Folder::new().with("service.slo", CHAT);
    let ran = folder.run(&["compile", "service.slo"]).code(0);
    assert!(ran.stdout.contains("\ngroups:\n"), "{ran:?}");
    assert_eq!(ran.stderr, "");
    assert_eq!(folder.list("."), ["service.slo"]);
}

#[test]
fn the_plan_goes_to_stdout_and_can_be_read_back() {
    let folder = Folder::new().with("service.slo", CHAT);
    let ran = folder.run(&["compile", "service.slo", "--target", "plan", "-o", "-"]).code(0);
    let plan = farthing_plan::Plan::from_json(&ran.stdout).expect("it is a plan");
    assert_eq!(plan.services[0].name, "chat");
}

#[test]
fn several_files_need_a_folder() {
    let folder = Folder::new().with("chat.slo", CHAT).with("search.slo", SEARCH);
    let ran = folder.run(&["compile", "."]).code(2).prints("");
    ran.says(&["chat.rules.yml, search.rules.yml", "-o DIR"]);
}

#[test]
fn files_are_created_updated_and_left_alone() {
    let folder = Folder::new().with("in/chat.slo", CHAT).with("in/search.slo", SEARCH);
    let compile = ["compile", "in", "--target", "prometheus", "--target", "plan", "-o", "out/rules"];
    let names = ["chat.rules.yml", "search.rules.yml", "plan.json"];
    let created: String = names.map(|name| format!("created out/rules/{name}\n")).concat();
    folder.run(&compile).code(0).prints(&created);
    assert_eq!(folder.list("out/rules"), ["chat.rules.yml", "plan.json", "search.rules.yml"]);
    assert!(folder.read("out/rules/chat.rules.yml").contains("\ngroups:\n"));

    // What is right already is not even touched.
    let past = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    for name in names {
        let file = File::options().write(true).open(folder.path("out/rules").join(name)).unwrap();
        file.set_modified(past).unwrap();
    }
    let folder = folder.with("out/rules/plan.json", "{}");
    fs::remove_file(folder.path("out/rules/chat.rules.yml")).unwrap();
    let ran = folder.run(&compile).code(0);
    ran.prints("created out/rules/chat.rules.yml\nunchanged out/rules/search.rules.yml\nupdated out/rules/plan.json\n");
    let modified = |name: &str| fs::metadata(folder.path("out/rules").join(name)).unwrap().modified().unwrap();
    assert_eq!(modified("search.rules.yml"), past);
    assert_ne!(modified("chat.rules.yml"), past);
}

#[test]
fn check_writes_nothing_and_names_what_is_out_of_date() {
    let folder = Folder::new().with("in/chat.slo", CHAT).with("in/search.slo", SEARCH);
    let check = ["compile", "in", "-o", "out", "--check"];
    let ran = folder.run(&check).code(1).prints("missing out/chat.rules.yml\nmissing out/search.rules.yml\n");
    ran.says(&["without --check"]);
    assert_eq!(folder.list("."), ["in"]);

    folder.run(&["compile", "in", "-o", "out"]).code(0);
    folder.run(&check).code(0).prints("unchanged out/chat.rules.yml\nunchanged out/search.rules.yml\n");

    let folder = folder.with("out/chat.rules.yml", "groups: []\n");
    folder.run(&check).code(1).prints("out of date out/chat.rules.yml\nunchanged out/search.rules.yml\n");
    assert_eq!(folder.read("out/chat.rules.yml"), "groups: []\n");

    folder.run(&["compile", "in", "--check"]).code(2).says(&["-o DIR"]);
}

#[test]
fn nothing_is_written_where_there_is_an_error() {
    let folder = Folder::new().with("chat.slo", CHAT).with("wrong.slo", WRONG.replace("chat", "talk"));
    let ran = folder.run(&["compile", ".", "-o", "out"]).code(1).prints("");
    ran.says(&["F0101", "1 error in 1 file"]);
    assert_eq!(folder.list("."), ["chat.slo", "wrong.slo"]);
    folder.run(&["compile", "wrong.slo"]).code(1).prints("");
}

#[test]
fn nothing_is_written_where_one_file_cannot_be() {
    // A folder stands where a file should be; also root cannot write that.
    let folder =
        Folder::new().with("in/chat.slo", CHAT).with("in/search.slo", SEARCH).with("out/search.rules.yml/a", "");
    let ran = folder.run(&["compile", "in", "-o", "out"]).code(2).prints("");
    ran.says(&["out/search.rules.yml"]);
    assert_eq!(folder.list("out"), ["search.rules.yml"]);
}

#[test]
fn a_file_is_no_output_folder() {
    let folder = Folder::new().with("chat.slo", CHAT).with("out", "a file");
    folder.run(&["compile", "chat.slo", "-o", "out"]).code(2).prints("").says(&["out is a file, not a folder"]);
    folder.run(&["compile", "chat.slo", "-o", "out/below"]).code(2).prints("").says(&["out/below"]);
    folder.run(&["compile", "chat.slo", "-o", "out", "--check"]).code(2).prints("").says(&["out is a file"]);
    assert_eq!(folder.read("out"), "a file");
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = Folder::new().with("chat.slo", CHAT).with("elsewhere/real.yml", "old").with("out/none", "");
    symlink("../elsewhere/real.yml", folder.path("out/chat.rules.yml")).unwrap();
    fs::set_permissions(folder.path("elsewhere/real.yml"), fs::Permissions::from_mode(0o640)).unwrap();
    folder.run(&["compile", "chat.slo", "-o", "out"]).code(0).prints("updated out/chat.rules.yml\n");
    assert!(fs::symlink_metadata(folder.path("out/chat.rules.yml")).unwrap().is_symlink());
    assert!(folder.read("elsewhere/real.yml").contains("groups:"));
    assert_eq!(fs::metadata(folder.path("elsewhere/real.yml")).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(folder.list("elsewhere"), ["real.yml"]);
}

#[test]
fn a_file_without_objectives_makes_nothing_and_says_so() {
    let folder = Folder::new().with("prices.slo", "price a = $1 per hour as of 2026-11-01\n");
    folder.run(&["compile", "prices.slo"]).code(0).prints("").says(&["nothing to make"]);
}

#[test]
fn unknown_targets_are_refused() {
    let folder = Folder::new().with("service.slo", CHAT);
    folder.run(&["compile", "service.slo", "--target", "grafana"]).code(2).says(&["prometheus", "plan"]);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = Folder::new().with("service.slo", CHAT);
    for command in [&["compile", "service.slo"][..], &["check", "service.slo"], &["doc"], &["explain"], &["--help"]] {
        let (reader, writer) = io::pipe().expect("a pipe can be made");
        drop(reader);
        let ran = folder.run_into(command, writer).code(0);
        assert_eq!(ran.stderr, "", "{command:?}");
    }
}

/// The module of the Rust example is what farthing writes. With `INSTA_UPDATE=always`, it is written so.
#[test]
fn the_module_of_an_example_is_up_to_date() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/embed-rust");
    let folder = format!("{example}/src");
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        Folder::new().run(&["compile", example, "--target", "rust", "-o", &folder]).code(0);
    }
    let ran = Folder::new().run(&["compile", example, "--target", "rust", "-o", &folder, "--check"]).code(0);
    assert!(ran.stdout.starts_with("unchanged ") && ran.stdout.contains("slo.rs"), "{ran:?}");
}

#[test]
fn a_rust_module_is_one_file_for_all_services() {
    let folder = Folder::new().with("chat.slo", CHAT).with("search.slo", SEARCH);
    let ran = folder.run(&["compile", ".", "--target", "rust"]).code(0);
    for part in ["pub struct Slo {", "pub mod chat {", "pub mod search {", "pub affordable: Objective,"] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    let document = folder.run(&["compile", ".", "--target", "rust", "--format", "json", "-o", "out"]).code(0).json();
    assert_eq!(document["outputs"][0]["target"], "rust");
    assert_eq!(folder.list("out"), ["slo.rs"]);
}
