//! The README and the book tell the truth: the messages that they show are what the compiler says, what they call not
//! supported is just that, and what they list is complete.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use farthing_compiler::{Compilation, NoModules, Options, SourceFile, compile, diagnostics::CATALOGUE, render};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The README and all pages of the book.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![PathBuf::from("README.md")];
    let mut folders = vec![PathBuf::from("docs/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).expect("the book is there") {
            let path = folder.join(entry.expect("a folder can be read").file_name());
            if root().join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

fn compiled(text: &str) -> Compilation {
    let file = SourceFile { name: "chat.slo".into(), text: text.into() };
    compile(vec![file], &NoModules, &Options::default())
}

/// The wrong examples of a page, each with the message that is shown below it.
fn wrong(page: &str) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once("```slo,fails\n") {
        let (example, after) = after.split_once("\n```\n").expect("a fence is closed");
        let message = after
            .trim_start()
            .strip_prefix("```text\n")
            .and_then(|message| message.split_once("\n```"))
            .map(|(message, _)| message.to_string());
        found.push((format!("{example}\n"), message));
        rest = after;
    }
    found
}

#[test]
fn shown_messages_are_what_the_compiler_says() {
    let mut shown = 0;
    for page in pages() {
        for (example, message) in wrong(&read(&page)) {
            let Some(message) = message else { continue };
            let compilation = compiled(&example);
            let said: Vec<String> = compilation
                .diagnostics
                .iter()
                .map(|found| render(found, &compilation.sources, false, 100).trim_end().to_string())
                .collect();
            let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
            assert_eq!(trimmed(&said.join("\n\n")), trimmed(&message), "{}", page.display());
            shown += 1;
        }
    }
    assert!(shown >= 2, "only {shown} messages are shown");
}

#[test]
fn wrong_examples_get_the_codes_that_their_lines_name() {
    for page in pages() {
        for (example, message) in wrong(&read(&page)) {
            let compilation = compiled(&example);
            assert!(!compilation.diagnostics.is_empty(), "{}: nothing is wrong with\n{example}", page.display());
            if message.is_some() {
                continue;
            }
            let named: BTreeSet<(usize, String)> = example
                .lines()
                .enumerate()
                .filter_map(|(index, line)| Some((index + 1, line.split_once("// F")?.1)))
                .map(|(line, number)| (line, format!("F{}", number.trim())))
                .collect();
            let found: BTreeSet<(usize, String)> = compilation
                .diagnostics
                .iter()
                .map(|found| {
                    let before = &example[..found.place().span.start];
                    (before.matches('\n').count() + 1, found.code.to_string())
                })
                .collect();
            assert_eq!(named, found, "{}: the lines and codes of\n{example}", page.display());
        }
    }
}

#[test]
fn the_book_lists_all_of_its_pages() {
    let summary = read("docs/src/SUMMARY.md");
    for page in pages() {
        let Ok(inside) = page.strip_prefix("docs/src") else { continue };
        let link = format!("({})", inside.display());
        assert!(inside.ends_with("SUMMARY.md") || summary.contains(&link), "SUMMARY.md does not link {link}");
    }
    for link in summary.split("](").skip(1).filter_map(|rest| rest.split_once(')')) {
        assert!(root().join("docs/src").join(link.0).is_file(), "SUMMARY.md links {}, which does not exist", link.0);
    }
}

#[test]
fn links_between_pages_lead_somewhere() {
    for page in pages() {
        let text = read(&page);
        let folder = page.parent().expect("a page is in a folder");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("https://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { page.clone() } else { folder.join(file) };
            assert!(root().join(&target).exists(), "{} links {link}, which does not exist", page.display());
            let found = anchor.is_empty() || headings(&read(&target)).any(|heading| heading == anchor);
            assert!(found, "{} links {link}, and there is no such heading", page.display());
        }
    }
}

/// The headings of a page as links name them: `Not supported yet` is `not-supported-yet`.
fn headings(page: &str) -> impl Iterator<Item = String> {
    page.lines().filter(|line| line.starts_with('#')).map(|line| {
        let kept = line.trim_start_matches('#').trim().to_lowercase();
        let kept = kept.chars().filter(|own| own.is_alphanumeric() || " -_".contains(*own));
        kept.map(|own| if own == ' ' { '-' } else { own }).collect()
    })
}

#[test]
fn all_codes_are_explained_in_the_book() {
    let page = read("docs/src/reference/diagnostics-explained.md");
    let includes: Vec<&str> = page.lines().filter(|line| line.starts_with("{{#include")).collect();
    let expected: Vec<String> = CATALOGUE
        .iter()
        .map(|(code, _, _)| format!("{{{{#include ../../../compiler/src/diagnostics/pages/{code}.md}}}}"))
        .collect();
    assert_eq!(includes, expected);
}

#[test]
fn all_modules_of_the_library_are_listed() {
    let page = read("docs/src/reference/library.md");
    for (name, _) in farthing_stdlib::MODULES {
        assert!(page.contains(&format!("| `std::{name}` |")), "the book's list of the library lacks std::{name}");
    }
}
