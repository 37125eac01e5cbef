//! Which words are reserved, and which are names all the same.

use std::collections::BTreeSet;

use farthing_grammar::{ItemKind, MemberKind, StatementKind, parse};

/// All words that the grammar knows.
fn words_of_the_grammar() -> BTreeSet<String> {
    let grammar = include_str!("../src/slo.pest");
    let code: Vec<&str> = grammar.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let is_word = |text: &&str| text.len() > 1 && text.bytes().all(|byte| byte.is_ascii_lowercase());
    code.split('"').skip(1).step_by(2).filter(is_word).map(str::to_string).collect()
}

/// The reserved words, as the reference lists them.
fn reserved_by_the_reference() -> BTreeSet<String> {
    let page = include_str!("../../docs/src/reference/language.md");
    let (_, rest) = page.split_once("are no names:").expect("the reference lists the words");
    let (list, _) = rest.split_once('.').expect("the list ends");
    list.split('`').skip(1).step_by(2).map(str::to_string).collect()
}

#[test]
fn the_reference_lists_the_reserved_words() {
    let reserved = reserved_by_the_reference();
    assert!(reserved.len() > 10, "{reserved:?}");
    let mut words = words_of_the_grammar();
    words.extend(reserved.clone());
    for word in words {
        let is_name = parse(&format!("unit {word}\n")).errors.is_empty();
        assert_eq!(is_name, !reserved.contains(&word), "{word}");
    }
}

/// What else is no unit, as the reference says.
const NO_UNIT: &str = "approximately";

#[test]
fn any_other_word_is_a_unit_wherever_one_is_read() {
    let reserved = reserved_by_the_reference();
    for word in words_of_the_grammar().into_iter().filter(|word| !reserved.contains(word) && word != NO_UNIT) {
        let text = format!(
            "price a = $1 per {word} as of 2026-11-01\n\
             price b = $1 per 1M {word}\n\
             price c = $1 per gpu {word}\n\
             unit dozen = 12 {word}\n\
             service s {{\n\
             volume v = x as {word}\n\
             cost c = $2 per {word}\n\
             cost d = $2/{word} * 3 {word} + e\n\
             objective o {{ x / y <= $1 per {word} budget 5% over 30d by a }}\n\
             objective p {{ z >= 3 {word} over 30d }}\n\
             objective q {{\n  z >= 3 {word}\n  title \"Q\"\n  over 30d\n}}\n\
             }}\n\
             unit turn\n"
        );
        let parsed = parse(&text);
        assert_eq!(parsed.errors, [], "{word}");
        assert_eq!(parsed.tree.items.len(), 6, "{word}");
        let ItemKind::Service { members, .. } = &parsed.tree.items[4].kind else { panic!("{word}: no service") };
        let statements: Vec<usize> = members
            .iter()
            .filter_map(|member| match &member.kind {
                MemberKind::Objective(objective) => Some(objective.statements.len()),
                _ => None,
            })
            .collect();
        assert_eq!(statements, [4, 2, 3], "{word}");
    }
}

/// The statements of an objective with these in it.
fn statements(text: &str) -> Vec<StatementKind> {
    let parsed = parse(&format!("service s {{ objective o {{ {text} }} }}"));
    assert_eq!(parsed.errors, [], "{text}");
    let ItemKind::Service { members, .. } = &parsed.tree.items[0].kind else { panic!("no service") };
    let MemberKind::Objective(objective) = &members[0].kind else { panic!("no objective") };
    objective.statements.iter().map(|statement| statement.kind.clone()).collect()
}

#[test]
fn what_follows_a_number_or_a_unit_on_its_line_is_a_statement() {
    for follower in [
        "title \"T\"",
        "owner \"O\"",
        "runbook \"R\"",
        "labels { a = \"b\" }",
        "annotations { a = \"b\" }",
        "policy strict",
        "policy { page when burning 2% over 1h and 5m ticket when burning 2x over 1d and 2h }",
        "exclude 2026-12-24",
        "exclude when x > 3",
        "burn per unit",
        "guard answers >= 100 over 1h",
        "budget 5%",
        "over 30d",
        "by a, b",
    ] {
        for before in ["x <= 3", "x <= 3 requests", "x <= 3 per request", "x <= 3 per gpu hour"] {
            assert_eq!(statements(&format!("{before} {follower}")).len(), 2, "{before} {follower}");
        }
    }
}

#[test]
fn the_rules_of_a_policy_need_no_line_ends() {
    let text = "policy p { page when burning 2% over 1h and 5 page when burning 5% over 6 hour and 30m ticket when burning 2 over a and b }";
    assert!(!parse(text).errors.is_empty(), "a duration has a unit");
    let text = text.replace("5 page", "5m page").replace("burning 2 over", "burning 2x over");
    let parsed = parse(&text);
    assert_eq!(parsed.errors, []);
    let ItemKind::Policy { rules, .. } = &parsed.tree.items[0].kind else { panic!("no policy") };
    assert_eq!(rules.len(), 3);
}
