use std::fs::OpenOptions;

use crate::world::{CHAT, Folder, OLD_PRICE, SEARCH, WRONG};

#[test]
fn a_right_file_is_fine() {
    let folder = Folder::new().with("service.slo", CHAT);
    let ran = folder.run(&["check", "service.slo"]).code(0);
    assert_eq!(ran.stderr, "");
    ran.prints("service.slo: 1 service, 1 objective: fine\n");
}

#[test]
fn a_folder_is_checked_with_all_below_it() {
    let folder = Folder::new()
        .with("all/chat.slo", CHAT)
        .with("all/more/search.slo", SEARCH)
        .with("all/notes.txt", "no .slo")
        .with("all/.hidden/wrong.slo", WRONG)
        .with("all/.wrong.slo", WRONG);
    folder.run(&["check", "all"]).code(0).prints("2 files: 2 services, 2 objectives: fine\n");
    folder.run(&["check", "."]).code(0).prints("2 files: 2 services, 2 objectives: fine\n");
}

#[test]
fn a_file_named_in_several_ways_is_read_once() {
    let folder = Folder::new().with("all/chat.slo", CHAT);
    let ran = folder.run(&["check", "all", "all/chat.slo", "./all/../all/chat.slo"]).code(0);
    ran.prints("all/chat.slo: 1 service, 1 objective: fine\n");
}

#[test]
fn a_mistake_is_shown_with_its_place_and_a_way_out() {
    let folder = Folder::new().with("services/chat.slo", WRONG);
    let ran = folder.run(&["check", "services"]).code(1).prints("");
    ran.says(&["F0101", "services/chat.slo:8:31", "did you mean `answers`?", "\n1 error in 1 file\n"]);
}

#[test]
fn no_colour_where_no_terminal_is() {
    let folder = Folder::new().with("service.slo", WRONG);
    let ran = folder.run(&["check", "service.slo"]).code(1);
    assert!(!ran.stderr.contains('\x1b'), "{ran:?}");
}

#[test]
fn the_same_files_get_the_same_answer() {
    let folder = Folder::new().with("b.slo", WRONG).with("a.slo", WRONG.replace("chat", "talk"));
    let first = folder.run(&["check", "."]).code(1);
    assert_eq!(first.stderr, folder.run(&["check", "."]).code(1).stderr);
    let (a, b) = (first.stderr.find("a.slo:8"), first.stderr.find("b.slo:8"));
    assert!(a.is_some() && a < b, "{}", first.stderr);
    first.says(&["2 errors in 2 files"]);
}

#[test]
fn an_old_price_is_a_warning_from_a_stated_day_on() {
    let folder = Folder::new().with("service.slo", OLD_PRICE);
    folder.run(&["check", "service.slo"]).code(0).prints("service.slo: 1 service, 1 objective: fine\n");
    let ran = folder.run(&["check", "service.slo", "--as-of", "2026-11-25"]).code(0).prints("");
    ran.says(&["F0801", "service.slo:4", "1 warning in 1 file"]);
    let ran = folder.run(&["check", "service.slo", "--as-of", "2026-11-25", "--deny", "warnings"]).code(1);
    ran.says(&["F0801", "warnings are denied"]);
    folder.run(&["check", "service.slo", "--deny", "warnings"]).code(0);
}

#[test]
fn lints_are_for_check_alone() {
    let bare = CHAT.replace(" // allow F0902: only its cost is looked at", "");
    let folder = Folder::new().with("service.slo", bare);
    let ran = folder.run(&["check", "service.slo"]).code(0).prints("");
    ran.says(&["F0902", "service.slo:9:13", "1 warning in 1 file"]);
    folder.run(&["check", "service.slo", "--deny", "warnings"]).code(1).says(&["F0902", "warnings are denied"]);
    let document = folder.run(&["check", "service.slo", "--format", "json"]).code(0).json();
    assert_eq!(document["diagnostics"][0]["code"], "F0902");
    assert_eq!(document["diagnostics"][0]["severity"], "warning");
    assert_eq!(folder.run(&["compile", "service.slo", "-o", "rules"]).code(0).stderr, "");
}

#[test]
fn examples_have_no_warnings() {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");
    let folders = std::fs::read_dir(examples).expect("the examples are there").map(|own| own.expect("an entry").path());
    let folders: Vec<_> = folders.filter(|path| path.is_dir()).collect();
    assert!(folders.len() > 1, "{folders:?}");
    for example in folders {
        let example = example.to_str().expect("names are text");
        Folder::new().run(&["check", example, "--deny", "warnings"]).code(0);
    }
}

#[test]
fn a_day_that_is_none_is_refused() {
    let folder = Folder::new().with("service.slo", CHAT);
    for day in ["2026-02-30", "2026-13-01", "yesterday", "2026-1-1", "20261101", "2026-11-01T00:00:00", ""] {
        let ran = folder.run(&["check", "service.slo", "--as-of", day]).code(2);
        assert!(ran.stderr.contains("no such day") || ran.stderr.contains("YYYY-MM-DD"), "{day}: {ran:?}");
    }
}

#[test]
fn wrong_usage_exits_with_2() {
    let folder = Folder::new();
    folder.run(&["check"]).code(2);
    folder.run(&["check", "--format", "xml", "."]).code(2).says(&["human", "json"]);
    folder.run(&["check", "--deny", "everything", "."]).code(2);
    folder.run(&["chekc"]).code(2).says(&["check"]);
    folder.run(&[]).code(2);
}

#[test]
fn a_full_disk_is_no_success() {
    // Linux has a file that is always full.
    let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else {
        return;
    };
    let folder = Folder::new().with("service.slo", CHAT);
    folder.run_into(&["check", "service.slo"], full).code(2).says(&["cannot write to stdout"]);
}
