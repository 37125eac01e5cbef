//! Every code has a page, and the pages tell the truth: what they call wrong gets exactly their code, and what they call
//! right compiles.

mod common;

use std::fs;

use common::blocks;
use farthing_compiler::{
    Code, Compilation, Diagnostic, Options, Severity, SourceFile, Sources, compile,
    diagnostics::{CATALOGUE, codes},
    explain, render,
};

/// The day on which the pages judge prices.
const DAY: &str = "2026-11-25";

fn compiled(text: &str) -> Compilation {
    let file = SourceFile { name: "service.slo".into(), text: text.into() };
    compile(vec![file], &Shared, &Options { as_of: Some(DAY.into()) })
}

/// The one module that pages import: the file that the page of private names shows.
struct Shared;

impl Sources for Shared {
    fn module(&self, _: &str, path: &[String]) -> Option<SourceFile> {
        let text = blocks(explain(codes::PRIVATE)?, "slo").into_iter().next()?;
        (path == ["shared"]).then(|| SourceFile { name: "shared.slo".into(), text })
    }

    fn siblings(&self, _: &str) -> Vec<String> {
        Vec::new()
    }
}

/// Whether a diagnostic matters on a page: lints would want more of each example than it is there to show.
fn matters(found: &Diagnostic, page: Code) -> bool {
    !found.code.is_lint() || page.is_lint()
}

fn rendered(compilation: &Compilation) -> String {
    let all: Vec<String> =
        compilation.diagnostics.iter().map(|found| render(found, &compilation.sources, false, 100)).collect();
    all.join("\n")
}

/// What a page cannot show, because nobody would read it.
fn too_big_to_show(code: Code) -> Option<String> {
    match code {
        codes::TOO_DEEP => {
            let (open, close) = ("(".repeat(200), ")".repeat(200));
            Some(format!("service chat {{\n  cost gateway = {open}$0.40 per hour{close}\n}}\n"))
        }
        codes::TOO_LARGE => {
            let line = format!("// {}\n", "x".repeat(96));
            Some(format!(
                "{}service chat {{\n  cost gateway = $0.40 per hour\n}}\n",
                line.repeat(9 * 1024 * 1024 / 100)
            ))
        }
        _ => None,
    }
}

/// What is there for mistakes of farthing's own: no file is known that gets it.
fn is_of_no_file(code: Code) -> bool {
    code == codes::NOT_COMPILED
}

#[test]
fn pages_without_an_example_say_why() {
    for (_, _, page) in CATALOGUE.iter().filter(|(code, ..)| is_of_no_file(*code)) {
        assert!(page.contains("No file is known that gets it"), "{page}");
        assert!(!page.contains("```"), "an example, though none is known:\n{page}");
    }
}

#[test]
fn each_wrong_example_gets_exactly_the_code_of_its_page() {
    for (code, _, page) in CATALOGUE.iter().filter(|(code, ..)| !is_of_no_file(*code)) {
        let mut examples = blocks(page, "slo,fails");
        match too_big_to_show(*code) {
            Some(generated) => {
                assert!(examples.is_empty(), "{code} shows an example, and one is generated");
                examples.push(generated);
            }
            None => assert!(!examples.is_empty(), "the page of {code} shows nothing wrong"),
        }
        for example in examples {
            let compilation = compiled(&example);
            let shown = &example[..example.len().min(2_000)];
            let mut found = compilation.diagnostics.iter().filter(|found| matters(found, *code)).peekable();
            assert!(found.peek().is_some(), "{code}: nothing is wrong with\n{shown}");
            let others = found.any(|found| found.code != *code);
            assert!(!others, "{code}: another code is reported for\n{shown}\n{}", rendered(&compilation));
        }
    }
}

#[test]
fn each_right_example_compiles_without_a_word() {
    for (code, _, page) in CATALOGUE.iter().filter(|(code, ..)| !is_of_no_file(*code)) {
        let examples = blocks(page, "slo");
        assert!(!examples.is_empty(), "the page of {code} shows nothing right");
        for example in examples {
            let compilation = compiled(&example);
            let silent = !compilation.diagnostics.iter().any(|found| matters(found, *code));
            assert!(silent, "{code}: something is wrong with\n{example}\n{}", rendered(&compilation));
        }
    }
}

#[test]
fn each_page_begins_with_its_code_and_title() {
    for (code, title, page) in CATALOGUE {
        assert_eq!(page.lines().next(), Some(format!("# {code}: {title}").as_str()));
        assert_eq!(explain(*code), Some(*page), "`explain` gives another page for {code}");
        let words = page.split("## Wrong").next().unwrap_or_default().split_whitespace().count();
        assert!(words > 25, "the page of {code} explains nothing in {words} words");
    }
}

#[test]
fn warnings_are_told_from_errors_as_the_reference_lists_them() {
    let table = reference();
    for (code, title, page) in CATALOGUE {
        let example = blocks(page, "slo,fails").into_iter().next().or_else(|| too_big_to_show(*code));
        let warns = match example {
            Some(example) => compiled(&example).diagnostics.iter().all(|found| found.severity == Severity::Warning),
            None => {
                assert!(is_of_no_file(*code), "the page of {code} has no example");
                false
            }
        };
        let kind = if warns { "warning" } else { "error" };
        let row = format!("| {code} | {title} | {kind} |");
        assert!(table.lines().any(|line| line == row), "docs/src/reference/diagnostics.md lacks the row\n{row}");
    }
    let rows = table.lines().filter(|line| line.starts_with("| F")).count();
    assert_eq!(rows, CATALOGUE.len(), "the reference lists codes that do not exist, or some twice");
}

fn reference() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/src/reference/diagnostics.md");
    fs::read_to_string(path).expect("the reference of diagnostics is there")
}
