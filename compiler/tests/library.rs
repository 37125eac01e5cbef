//! Every example in the standard library's and the examples' docs is compiled, and so is every example service.

mod common;

use std::{fs, path::Path};

use common::blocks;
use farthing_compiler::{NoModules, Options, Severity, SourceFile, compile, render};
use farthing_grammar::ItemKind;

/// Asserts that a text compiles without errors.
fn assert_compiles(name: &str, text: String) {
    assert_nothing_said(name, text, |severity| severity == Severity::Error);
}

/// Asserts that a text compiles, and that nothing so severe is said of it.
fn assert_nothing_said(name: &str, text: String, counts: impl Fn(Severity) -> bool) {
    let file = SourceFile { name: name.to_string(), text: text.clone() };
    let compilation = compile(vec![file], &NoModules, &Options::default());
    let errors: Vec<String> = compilation
        .diagnostics
        .iter()
        .filter(|diagnostic| counts(diagnostic.severity))
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
            // Not under the name of a module of the library, which is only checked as far as it is used.
            assert_compiles(&format!("example {} of {}.slo", index + 1, name.replace("::", "_")), example);
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
            let is_use = matches!(item.kind, ItemKind::Use { .. });
            let declaration = &text[item.span.start..item.span.end];
            assert!(is_use || item.doc.is_some(), "std::{name} has no doc for {declaration}");
        }
    }
}

/// What the entries of a module say where their names come from: a project and its version.
const ORIGINS: &[(&str, &str)] = &[
    ("dcgm", "dcgm-exporter 4.5 to 4.8:"),
    ("envoy_ai_gateway", "Envoy AI Gateway 1.1:"),
    ("farthing::gpu", "farthing's sampler:"),
    ("kepler", "Kepler 0.11:"),
    ("litellm", "LiteLLM 1.109:"),
    ("llama_cpp", "llama.cpp of 2026-11:"),
    ("opencost", "OpenCost 1.112:"),
    ("otel_genai", "Conventions 1.37:"),
    ("sglang", "SGLang 0.5.23:"),
    ("tensorrt_llm", "TensorRT-LLM of 2026-11:"),
    ("tgi", "TGI 3.3:"),
    ("triton", "Triton core 73aad7c:"),
    ("vllm", "vLLM 0.33:"),
];

#[test]
fn every_metric_says_which_project_and_version_its_name_comes_from() {
    for (name, text) in farthing_stdlib::MODULES {
        let tree = farthing_grammar::parse(text).tree;
        let origin = ORIGINS.iter().find(|(module, _)| module == name).map(|(_, origin)| *origin);
        for item in &tree.items {
            let ItemKind::Instrument(metric) = &item.kind else { continue };
            let origin = origin.unwrap_or_else(|| panic!("std::{name} has metrics, and nothing says whose"));
            let doc = item.doc.as_deref().unwrap_or("").split_whitespace().collect::<Vec<_>>().join(" ");
            let (_, after) = doc
                .split_once(origin)
                .unwrap_or_else(|| panic!("std::{name}::{} does not say {origin}", metric.name.text));
            assert!(
                after.contains(&format!("`{}`", metric.metric.value)),
                "std::{name}::{} reads {}, and says{after}",
                metric.name.text,
                metric.metric.value
            );
        }
    }
}

#[test]
fn every_indicator_has_its_formula_its_inputs_and_an_example_that_calls_it() {
    let text = farthing_stdlib::module("sli").expect("std::sli is there");
    let tree = farthing_grammar::parse(text).tree;
    for item in &tree.items {
        let ItemKind::Sli(sli) = &item.kind else { continue };
        let name = &sli.name.text;
        let doc = item.doc.as_deref().unwrap_or("");
        let (said, example) = doc.split_once("```slo").unwrap_or_else(|| panic!("std::sli::{name} has no example"));
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let formula = &text[sli.value.span.start..sli.value.span.end];
        assert!(said.contains(&format!("`{formula}`")), "std::sli::{name} is {formula}, and its doc does not say so");
        assert!(said.contains("Inputs: "), "std::sli::{name} does not say where its inputs come from");
        assert!(example.contains(&format!("sli::{name}(")), "the example of std::sli::{name} does not call it");
    }
}

#[test]
fn every_indicator_of_the_fields_usual_table_is_there() {
    let tree = farthing_grammar::parse(farthing_stdlib::module("sli").expect("std::sli is there")).tree;
    let declared: Vec<&str> = tree.items.iter().filter_map(|item| item.name()).map(|name| name.text.as_str()).collect();
    for wanted in [
        "cost_per_query",
        "cost_per_inference",
        "cost_per_thousand_inferences",
        "cost_per_token",
        "compute_time_per_task",
        "tokens_per_dollar",
        "tokens_per_second_per_dollar",
        "queries_per_dollar",
        "sustainable_queries_per_dollar",
        "relative_cost",
        "gpu_utilization",
        "gpu_memory_utilization",
        "batching_efficiency",
        "wasted_compute",
        "energy_per_token",
        "kv_cache_hit_rate",
        "prefix_cache_hit_rate",
        "semantic_cache_hit_rate",
        "result_cache_hit_rate",
        "inference_latency",
        "time_to_first_token",
        "time_per_output_token",
        "queue_time",
        "prefill_time",
        "decode_time",
        "network_time",
        "preprocessing_time",
        "postprocessing_time",
        "hallucination_rate",
        "judge_score",
    ] {
        assert!(declared.contains(&wanted), "std::sli has no {wanted}");
    }
}

#[test]
fn the_reference_lists_every_module() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src/reference/library.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let listed: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `std::")?.split_once('`'))
        .map(|(module, _)| module)
        .collect();
    for (name, _) in farthing_stdlib::MODULES {
        assert!(listed.contains(name), "the reference does not list std::{name}");
    }
    assert_eq!(listed.len(), farthing_stdlib::MODULES.len(), "{listed:?}");
}

#[test]
fn every_example_service_compiles() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut found = 0;
    for entry in fs::read_dir(&examples).expect("the examples are there") {
        let file = entry.expect("a folder can be read").path().join("service.slo");
        if file.is_file() {
            // What a user copies first has no warnings either.
            let text = fs::read_to_string(&file).expect("an example can be read");
            assert_nothing_said(&file.display().to_string(), text, |_| true);
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
