//! Bad input: each a clear message with its place, never a panic.

use crate::world::{CHAT, Folder, WRONG};

#[test]
fn a_path_that_is_not_there() {
    let folder = Folder::new();
    folder.run(&["check", "nothing.slo"]).code(2).says(&["there is no file or folder nothing.slo"]);
    folder.run(&["compile", "nothing", "-o", "out"]).code(2).says(&["there is no file or folder nothing"]);
    assert_eq!(folder.list("."), Vec::<String>::new());
}

#[test]
fn a_folder_without_slo_files() {
    let folder = Folder::new().with("empty/README.md", "# nothing").with("empty/.git/a.slo", CHAT);
    folder.run(&["check", "empty"]).code(2).says(&["no .slo files in the folder empty"]);
}

#[test]
fn an_empty_file() {
    let folder = Folder::new().with("empty.slo", "").with("comment.slo", "// nothing yet\n");
    folder.run(&["check", "empty.slo"]).code(1).says(&["F0012", "empty.slo"]);
    folder.run(&["check", "comment.slo"]).code(1).says(&["F0012", "comment.slo"]);
}

#[test]
fn a_text_that_is_not_utf8() {
    let folder = Folder::new()
        .with("latin.slo", b"use std::vllm\n// f\xFCr alle\n")
        .with("wide.slo", b"\xFF\xFEu\0s\0e\0")
        .with("binary.slo", b"\x7FELF\x02\x01\x01\0\xFF");
    folder.run(&["check", "latin.slo"]).code(1).says(&["latin.slo:2:5: not UTF-8", "0xFC", "save the file as UTF-8"]);
    folder.run(&["check", "wide.slo"]).code(1).says(&["wide.slo:1:1: not UTF-8", "UTF-16"]);
    folder.run(&["compile", "binary.slo"]).code(1).prints("").says(&["binary.slo:1:9: not UTF-8"]);
}

#[test]
fn an_import_that_is_not_utf8() {
    let folder = Folder::new()
        .with("service.slo", format!("use prices\n{CHAT}"))
        .with("prices.slo", b"// 5 \xA4\nprice a = $1 per hour as of 2026-11-01\n");
    folder.run(&["check", "service.slo"]).code(1).says(&["prices.slo:1:6: not UTF-8"]);
}

#[test]
fn a_file_of_10_mb() {
    let folder = Folder::new()
        .with("lines.slo", "// a comment on a line of its own\n".repeat(310_000))
        .with("line.slo", "a".repeat(10_500_000))
        .with("wide.slo", "ä".repeat(5_250_000));
    for name in ["lines.slo", "line.slo", "wide.slo"] {
        let ran = folder.run(&["check", name]).code(1).says(&["F0006", name, "split it", "1 error in 1 file"]);
        // The message shows the place, not the whole line.
        assert!(ran.stderr.len() < 10_000, "{name}: {} bytes", ran.stderr.len());
    }
}

#[test]
fn ten_thousand_nested_parentheses() {
    let deep = format!("{}1{}", "(".repeat(10_000), ")".repeat(10_000));
    let folder = Folder::new()
        .with("closed.slo", format!("service chat {{\n  cost gpu = {deep}\n}}\n"))
        .with("open.slo", format!("service chat {{\n  cost gpu = {}", "(".repeat(10_000)))
        .with("braces.slo", "service chat { ".repeat(10_000));
    folder.run(&["check", "closed.slo"]).code(1).says(&["F0005", "closed.slo:2:"]);
    folder.run(&["check", "open.slo"]).code(1).says(&["open.slo:"]);
    folder.run(&["check", "braces.slo"]).code(1).says(&["braces.slo:1:"]);
}

#[test]
fn thousands_of_mistakes_end_in_a_message_that_can_be_read() {
    let folder = Folder::new().with("many.slo", "unit a = b\n".repeat(5_000));
    let ran = folder.run(&["check", "many.slo"]).code(1).says(&["more not shown", "errors in 1 file"]);
    assert!(ran.stderr.len() < 200_000, "{} bytes", ran.stderr.len());
    let document = folder.run(&["check", "many.slo", "--format", "json"]).code(1).json();
    let shown = document["diagnostics"].as_array().expect("there are diagnostics").len();
    assert!(shown >= 5_000, "{shown}");
    assert_eq!(document["summary"]["errors"], shown);
}

#[test]
fn three_broken_declarations_are_three_errors() {
    let broken = format!("counter = 1\n{WRONG}\nprice 5\nunit\n");
    let folder = Folder::new().with("service.slo", broken);
    let document = folder.run(&["check", "service.slo", "--format", "json"]).code(1).json();
    let lines: Vec<_> = document["diagnostics"].as_array().unwrap().iter().map(|one| &one["line"]).collect();
    assert_eq!(lines, [1, 9, 13, 14], "{document:#}");
}

#[test]
fn an_unknown_import() {
    let folder = Folder::new()
        .with("service.slo", format!("use price\nuse std::vlm\n{CHAT}"))
        .with("prices.slo", "price a = $1 per hour as of 2026-11-01\n");
    let ran = folder.run(&["check", "service.slo"]).code(1);
    ran.says(&["F0104", "service.slo:1:5", "did you mean `prices`?", "service.slo:2:5", "did you mean `std::vllm`?"]);
}

#[test]
fn modules_are_found_beside_the_file_that_imports_them() {
    let price = "/// Ours.\nprice h100 = $2.20 per gpu hour as of 2026-10-01\n";
    let service = CHAT.replace("use std::prices::gpu as price", "use shared::prices as price");
    let service = service.replace("price::h100_sxm_on_demand", "price::h100");
    let folder = Folder::new().with("team/service.slo", &service).with("team/shared/prices.slo", price);
    folder.run(&["check", "team/service.slo"]).code(0).prints("team/service.slo: 1 service, 1 objective: fine\n");
    // The same file asked for and imported is one file.
    folder.run(&["check", "./team"]).code(0).prints("2 files: 1 service, 1 objective: fine\n");
    // A mistake in an imported file is shown in that file.
    let folder = folder.with("team/shared/prices.slo", price.replace("gpu hour", "gpu huor"));
    folder.run(&["check", "team/service.slo"]).code(1).says(&["team/shared/prices.slo:2:"]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_links_to_itself_ends() {
    let folder = Folder::new().with("all/chat.slo", CHAT);
    std::os::unix::fs::symlink("..", folder.path("all/up")).expect("a link can be made");
    folder.run(&["check", "all"]).code(0).prints("all/chat.slo: 1 service, 1 objective: fine\n");
}
