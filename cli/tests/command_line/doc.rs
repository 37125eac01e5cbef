use farthing_stdlib::MODULES;

use crate::world::Folder;

#[test]
fn modules_are_listed_with_what_they_are() {
    let folder = Folder::new();
    let ran = folder.run(&["doc"]).code(0);
    assert_eq!(ran.stdout.lines().count(), MODULES.len());
    for ((path, _), line) in MODULES.iter().zip(ran.stdout.lines()) {
        let rest = line.strip_prefix(&format!("std::{path}")).unwrap_or_else(|| panic!("{line}"));
        assert!(rest.starts_with("  ") && rest.ends_with('.') && !rest.contains(". "), "{line}");
    }
    folder.run(&["doc", "std"]).code(0).prints(&ran.stdout);
    assert_eq!(folder.run(&["doc", "std::prices"]).code(0).stdout.lines().count(), 2);
}

#[test]
fn a_module_is_shown_with_its_declarations() {
    let folder = Folder::new();
    for (path, text) in MODULES {
        let page = folder.run(&["doc", &format!("std::{path}")]).code(0).stdout;
        let first = text.lines().next().and_then(|line| line.strip_prefix("//! ")).expect("a module has a doc");
        assert!(page.starts_with(&format!("# std::{path}\n\n{first}\n")), "{page}");
        let declared = text.lines().filter(|line| {
            let keywords = ["counter ", "gauge ", "histogram ", "price ", "unit ", "sli "];
            keywords.iter().any(|keyword| line.starts_with(keyword))
        });
        for line in declared {
            assert!(page.contains(&format!("\n```slo\n{line}\n")), "std::{path} lacks {line}");
        }
    }
}

#[test]
fn a_declaration_is_shown_with_its_doc_and_example() {
    let folder = Folder::new();
    let page = folder.run(&["doc", "std::vllm::generation_tokens"]).code(0).stdout;
    assert!(page.starts_with("# std::vllm::generation_tokens\n\n```slo\ncounter generation_tokens: output_token = "));
    assert!(page.contains("`vllm:generation_tokens_total`"), "{page}");
    let page = folder.run(&["doc", "std::sli::cost_per_query"]).code(0).stdout;
    assert!(page.contains("\n```slo\nuse std::dcgm\n"), "{page}");
    // `std::` may be left out.
    folder.run(&["doc", "sli::cost_per_query"]).code(0).prints(&page);
}

#[test]
fn unknown_names_are_refused() {
    let folder = Folder::new();
    let refused = |name: &str, parts: &[&str]| drop(folder.run(&["doc", name]).code(2).prints("").says(parts));
    refused("std::vlm", &["no std::vlm;", "did you mean std::vllm?"]);
    refused("std::vllm::generated_tokens", &["did you mean std::vllm::generation_tokens?"]);
    refused("generated_tokens", &["did you mean std::tgi::generated_tokens?"]);
    let servers =
        "std::sglang::generation_tokens or std::tensorrt_llm::generation_tokens or std::vllm::generation_tokens";
    refused("generation_tokens", &["did you mean", servers]);
    refused("std::tokens", &["did you mean std::prices::tokens?"]);
    refused("std::gpu", &["did you mean std::farthing::gpu or std::prices::gpu?"]);
    for name in ["", "::", "std::", "std::vllm::", "std::vllm::a::b", "ü"] {
        refused(name, &["`farthing doc"]);
    }
}
