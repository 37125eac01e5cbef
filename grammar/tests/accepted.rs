//! What the language says is read without an error.

use std::{fs, path::Path};

use farthing_grammar::{ItemKind, MemberKind, Parsed, parse};

/// Reads what must be readable.
fn read(name: &str, text: &str) -> Parsed {
    let parsed = parse(text);
    let shown: Vec<String> = parsed
        .errors
        .iter()
        .map(|error| {
            let line = text[..error.span.start].matches('\n').count() + 1;
            format!("{name}:{line}: {:?}", error.kind)
        })
        .collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
    parsed
}

/// All `.slo` files in a folder and below.
fn slo_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            found.extend(slo_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "slo") {
            found.push(path);
        }
    }
    found
}

#[test]
fn the_standard_library_and_the_examples() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = slo_files(&root.join("stdlib"));
    files.extend(slo_files(&root.join("examples")));
    assert!(files.len() >= 8, "only {} files were found", files.len());
    for file in files {
        let text = fs::read_to_string(&file).expect("a file can be read");
        let parsed = read(&file.display().to_string(), &text);
        assert!(!parsed.tree.items.is_empty(), "{} holds something", file.display());
    }
}

#[test]
fn every_form_of_the_language() {
    let parsed = read("all.slo", include_str!("all.slo"));
    let services = parsed.tree.items.iter().filter(|item| matches!(item.kind, ItemKind::Service { .. })).count();
    assert_eq!(services, 2);
    insta::assert_debug_snapshot!("every_form", summary(&parsed));
}

/// What was read, a line each.
fn summary(parsed: &Parsed) -> Vec<String> {
    let mut lines = Vec::new();
    for item in &parsed.tree.items {
        match &item.kind {
            ItemKind::Service { name, members } => {
                lines.push(format!("service {}", name.text));
                for member in members {
                    match &member.kind {
                        MemberKind::Objective(objective) => {
                            lines.push(format!("  objective {}", objective.name.text));
                            for statement in &objective.statements {
                                lines.push(format!("    {}", shortened(&format!("{:?}", statement.kind))));
                            }
                        }
                        kind => lines.push(format!("  {}", shortened(&format!("{kind:?}")))),
                    }
                }
            }
            kind => lines.push(shortened(&format!("{kind:?}"))),
        }
    }
    lines
}

/// A debug text without its places.
fn shortened(text: &str) -> String {
    let mut short = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("Span {") {
        let end = rest[start..].find('}').map_or(rest.len(), |end| start + end + 1);
        short.push_str(rest[..start].trim_end_matches("span: ").trim_end_matches(", "));
        rest = &rest[end..];
    }
    short + rest
}

#[test]
fn line_ends_and_a_byte_order_mark_change_nothing() {
    let unix = include_str!("all.slo");
    let windows = format!("\u{feff}{}", unix.replace('\n', "\r\n"));
    let (unix, windows) = (read("unix", unix), read("windows", &windows));
    assert!(summary(&unix) == summary(&windows), "read differently");
    assert_eq!(unix.tree.comments.len(), windows.tree.comments.len());
    assert!(windows.tree.comments.iter().all(|comment| !comment.text.ends_with('\r')));
}

#[test]
fn comments_are_kept_and_docs_belong_to_what_follows() {
    let text = "//! The module.\n//! Its second line.\n\n// why\n/// What a turn is.\nunit turn // here\n\n/// A price.\nprice p = $1 per turn\n";
    let parsed = read("doc", text);
    assert_eq!(parsed.tree.doc.as_deref(), Some("The module.\nIts second line."));
    let docs: Vec<Option<&str>> = parsed.tree.items.iter().map(|item| item.doc.as_deref()).collect();
    assert_eq!(docs, [Some("What a turn is."), Some("A price.")]);
    let comments: Vec<&str> = parsed.tree.comments.iter().map(|comment| comment.text.as_str()).collect();
    assert_eq!(
        comments,
        ["//! The module.", "//! Its second line.", "// why", "/// What a turn is.", "// here", "/// A price."]
    );
}

#[test]
fn a_block_on_one_line_is_the_same_as_on_many() {
    let one = "service a { title \"A\" cost gpu = $1 per hour volume v = m::x { a = \"b\" } sli s = gpu / v objective o { s <= $3 per request budget 5% over 30d by a, b } }";
    let many = "service a {\n title \"A\"\n cost gpu = $1 per hour\n volume v = m::x { a = \"b\" }\n sli s = gpu / v\n objective o {\n s <= $3 per request\n budget 5%\n over 30d\n by a, b\n }\n}";
    assert!(summary(&read("one", one)) == summary(&read("many", many)), "read differently");
}
