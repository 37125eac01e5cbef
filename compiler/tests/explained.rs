//! Every code has a page, and the pages tell the truth: what they call wrong gets exactly their code, and what they call
//! right compiles.

mod common;

use std::fs;

use common::blocks;
use farthing_compiler::{
    Code, Compilation, NoModules, Options, Severity, SourceFile, compile,
    diagnostics::{CATALOGUE, codes},
    explain, render,
};

/// The day on which the pages judge prices.
const DAY: &str = "2026-11-25";

fn compiled(text: &str) -> Compilation {
    let file = SourceFile { name: "service.slo".into(), text: text.into() };
    compile(vec![file], &NoModules, &Options { as_of: Some(DAY.into()) })
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

#[test]
fn each_wrong_example_gets_exactly_the_code_of_its_page() {
    for (code, _, page) in CATALOGUE {
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
            assert!(!compilation.diagnostics.is_empty(), "{code}: nothing is wrong with\n{shown}");
            let others = compilation.diagnostics.iter().any(|found| found.code != *code);
            assert!(!others, "{code}: another code is reported for\n{shown}\n{}", rendered(&compilation));
        }
    }
}

#[test]
fn each_right_example_compiles_without_a_word() {
    for (code, _, page) in CATALOGUE {
        let examples = blocks(page, "slo");
        assert!(!examples.is_empty(), "the page of {code} shows nothing right");
        for example in examples {
            let compilation = compiled(&example);
            let silent = compilation.diagnostics.is_empty();
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
        let example = example.unwrap_or_else(|| panic!("the page of {code} has no example"));
        let warns = compiled(&example).diagnostics.iter().all(|found| found.severity == Severity::Warning);
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
