//! Services made at random: what is well typed compiles, loads and agrees; what is not never compiles and never panics.

mod common;

use std::{collections::BTreeSet, fs, process::Command};

use common::check;
use farthing_compiler::{Compilation, NoModules, Options, Severity, SourceFile, compile, render};
use farthing_plan::Plan;
use farthing_tests::{
    Directory,
    generated::{FORMS, scenario, service},
};
use proptest::{collection::btree_set, prelude::*, test_runner::TestRunner};

/// Some of the forms, each at most once, and a seed for all numbers.
fn services() -> impl Strategy<Value = (u64, Vec<usize>)> {
    let forms = btree_set(0..FORMS.len(), 1..6).prop_map(|forms: BTreeSet<usize>| forms.into_iter().collect());
    (any::<u64>(), forms)
}

fn compiled(text: &str) -> Compilation {
    compile(vec![SourceFile { name: "made.slo".into(), text: text.into() }], &NoModules, &Options::default())
}

fn said(compilation: &Compilation) -> String {
    compilation.diagnostics.iter().map(|found| render(found, &compilation.sources, false, 100)).collect()
}

/// The same services in every run: what fails once can be looked at again.
fn runner(cases: u32) -> TestRunner {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    )
}

#[test]
fn what_is_well_typed_compiles_and_its_rules_are_accepted() {
    let folder = Directory::new("generated").unwrap();
    runner(48)
        .run(&services(), |(seed, forms)| {
            let text = service(seed, &forms);
            let compilation = compiled(&text);
            let messages = said(&compilation);
            let Some(plan) = compilation.plan else {
                return Err(TestCaseError::fail(format!("{text}\n{messages}")));
            };
            prop_assert_eq!(&Plan::from_json(&plan.to_json()).expect("a plan is read as it was written"), &plan);
            prop_assert!(farthing_evaluator::Evaluator::new(&plan).is_ok());
            for file in farthing_prometheus::rules(&plan) {
                let path = folder.path().join(&file.name);
                fs::write(&path, &file.text).expect("a temporary folder takes a file");
                let checked =
                    Command::new("promtool").args(["check", "rules", "--lint=all", "--lint-fatal"]).arg(&path).output();
                let checked = checked.expect("promtool is installed");
                let output = String::from_utf8_lossy(&checked.stderr).into_owned();
                prop_assert!(checked.status.success(), "{}\n{}\n{}", text, file.text, output);
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn what_is_well_typed_agrees_with_a_real_prometheus() {
    // All forms once, in a few services.
    let all: Vec<usize> = (0..FORMS.len()).collect();
    for (seed, forms) in all.chunks(5).enumerate() {
        check(scenario(seed as u64 + 100, forms));
    }
}

/// What makes a well-typed service one that is not: something that stands in every one, and what stands in its place.
const MISTAKES: &[(&str, &str)] = &[
    ("gpus * $2.50 per gpu hour\n", "gpus * $2.50 per hour\n"),
    ("gpus * $2.50 per gpu hour\n", "gpus\n"),
    ("$0.40 per hour", "$0.40"),
    ("$0.40 per hour", "0.40 answers"),
    ("served { outcome = \"ok\" }", "served { outcom = \"ok\" }"),
    ("served { outcome = \"ok\" }", "served { outcome = \"okay\" }"),
    ("served { outcome = \"ok\" }", "served { outcome =~ \"(\" }"),
    ("volume output  = written", "volume output  = written + spend"),
    ("volume output  = written", "volume output  = written / served"),
    ("volume output  = written", "volume output  = written * served"),
    ("volume output  = written", "volume output  = missing"),
    ("volume output  = written", "volume output  = output"),
    ("volume output  = written", "volume all  = written"),
    ("over 30m and 5m", "over 5m and 30m"),
    ("over 30m and 5m", "over 30d and 5m"),
    ("over 30m and 5m", "over 30 gpus and 5m"),
    ("burning 30%", "burning -3x"),
    ("over 1d", "over 30 gpus"),
    ("over 1d", ""),
    ("buckets [0.1, 0.4, 1]", "buckets [0.4, 0.1, 1]"),
    ("$0.40 per hour", "$0.40 per hour + £0.10 per hour"),
    ("as of 2026-01-01", "as of 2026-13-01"),
    ("\"L4\": $0.70", "\"L4\": $0.70 per gpu"),
    ("\"L4\": $0.70", "\"H100\": $0.70"),
    ("by model {", "by modle {"),
    ("team = exported_team", "team = exported_taem"),
    ("gauge gpus: gpu", "gauge gpus: gup"),
    ("counter spend: USD", "counter spend: token"),
    ("service made {", "service made {\n  where { model = \"a\" }"),
    ("service made {", "service made {\n  tradeoff { cost nothing  latency gpu }"),
    ("service made {", "service made {\n  spend 20% of nothing from 2026-01-02 to 2026-01-01"),
    ("service made {", "service made {\n  exclude 2026-02-30"),
];

#[test]
fn what_is_ill_typed_never_compiles() {
    runner(400)
        .run(&(services(), 0..MISTAKES.len()), |((seed, forms), mistake)| {
            let right = service(seed, &forms);
            let (from, to) = MISTAKES[mistake];
            prop_assert!(right.contains(from), "{from:?} stands in every service");
            let compilation = compiled(&right.replacen(from, to, 1));
            let messages = said(&compilation);
            prop_assert!(compilation.plan.is_none(), "{:?} for {:?} compiles:\n{}", to, from, messages);
            prop_assert!(compilation.diagnostics.iter().any(|found| found.severity == Severity::Error));
            Ok(())
        })
        .unwrap();
    let right = service(1, &[0, 3]);
    for (from, to) in MISTAKES {
        let compilation = compiled(&right.replacen(from, to, 1));
        assert!(compilation.plan.is_none(), "{to:?} for {from:?} compiles");
    }
    assert_eq!(MISTAKES.iter().collect::<BTreeSet<_>>().len(), MISTAKES.len(), "each mistake stands once");
}

#[test]
fn what_is_torn_never_panics() {
    runner(600)
        .run(&(services(), any::<u64>(), 1usize..6), |((seed, forms), tears, count)| {
            let mut text = service(seed, &forms);
            let random = &mut farthing_tests::Random::new(tears);
            for _ in 0..count {
                let mut words: Vec<&str> = text.split_inclusive(char::is_whitespace).collect();
                let at = random.between(0.0, words.len() as f64) as usize;
                let other = random.between(0.0, words.len() as f64) as usize;
                match random.between(0.0, 3.0) as usize {
                    0 => drop(words.remove(at)),
                    1 => words.swap(at, other),
                    _ => words.insert(at, words[other]),
                }
                text = words.concat();
            }
            let compilation = compiled(&text);
            let has_errors = compilation.diagnostics.iter().any(|found| found.severity == Severity::Error);
            prop_assert_eq!(compilation.plan.is_none(), has_errors);
            said(&compilation);
            Ok(())
        })
        .unwrap();
}
