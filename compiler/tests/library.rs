//! Every example in the standard library's and the examples' docs is compiled, and so is every example service.

mod common;

use std::{fs, path::Path};

use common::blocks;
use farthing_compiler::{NoModules, Options, Severity, SourceFile, compile, render};

/// Asserts that a text compiles without errors.
fn assert_compiles(name: &str, text: String) {
    let file = SourceFile { name: name.to_string(), text: text.clone() };
    let compilation = compile(vec![file], &NoModules, &Options::default());
    let errors: Vec<String> = compilation
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .map(|diagnostic| render(diagnostic, &compilation.sources, false, 100))
        .collect();
    assert!(errors.is_empty(), "{name} does not compile:\n{text}\n{}", errors.join("\n"));
}

/// The doc comments of a `.slo` text as Markdown.
fn docs(text: &str) -> String {
    text.lines()
        .filter_map(|line| {
            let line = line.trim_start();
            line.strip_prefix("//!").or_else(|| line.strip_prefix("///"))
        })
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn every_module_is_sound() {
    for (name, text) in farthing_stdlib::MODULES {
        if *name == "units" {
            // Every file sees these, and none may declare them again; each other module uses them.
            continue;
        }
        // Under another name, the compiler checks a module as it checks a user's.
        assert_compiles(&format!("{}.slo", name.replace("::", "_")), text.to_string());
    }
}

#[test]
fn every_module_has_examples_that_compile() {
    for (name, text) in farthing_stdlib::MODULES {
        let examples = blocks(&docs(text), "slo");
        assert!(!examples.is_empty(), "std::{name} has no example");
        for (index, example) in examples.into_iter().enumerate() {
            assert_compiles(&format!("std::{name}, example {}", index + 1), example);
        }
    }
}

#[test]
fn every_declaration_has_a_doc_comment() {
    for (name, text) in farthing_stdlib::MODULES {
        let parsed = farthing_grammar::parse(text);
        assert!(parsed.errors.is_empty(), "std::{name}: {:?}", parsed.errors);
        assert!(parsed.tree.doc.is_some(), "std::{name} says nothing about itself");
        for item in &parsed.tree.items {
            let is_use = matches!(item.kind, farthing_grammar::ItemKind::Use { .. });
            let declaration = &text[item.span.start..item.span.end];
            assert!(is_use || item.doc.is_some(), "std::{name} has no doc for {declaration}");
        }
    }
}

#[test]
fn every_example_service_compiles() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut found = 0;
    for entry in fs::read_dir(&examples).expect("the examples are there") {
        let file = entry.expect("a folder can be read").path().join("service.slo");
        if file.is_file() {
            assert_compiles(&file.display().to_string(), fs::read_to_string(&file).expect("an example can be read"));
            found += 1;
        }
    }
    assert!(found >= 2, "only {found} examples were found");
}

#[test]
fn every_snippet_of_the_docs_compiles() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut pages = vec![root.join("README.md")];
    let mut folders = vec![root.join("docs/src"), root.join("examples")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the docs are there") {
            let path = entry.expect("a folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    let mut found = 0;
    for page in pages {
        let text = fs::read_to_string(&page).expect("a page can be read");
        for (index, snippet) in blocks(&text, "slo").into_iter().enumerate() {
            assert_compiles(&format!("{}, snippet {}", page.display(), index + 1), snippet);
            found += 1;
        }
        // A fragment is a part of a file: it must be readable, not complete.
        for (index, fragment) in blocks(&text, "slo,fragment").into_iter().enumerate() {
            let in_a_service = format!("service it {{\n{fragment}\n}}\n");
            let readable = [&fragment, &in_a_service, &format!("service it {{ objective o {{\n{fragment}\n}} }}\n")]
                .into_iter()
                .any(|text| farthing_grammar::parse(text).errors.is_empty());
            assert!(readable, "{}, fragment {} cannot be read:\n{fragment}", page.display(), index + 1);
        }
    }
    assert!(found >= 5, "only {found} snippets were found");
}
