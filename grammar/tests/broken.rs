//! What cannot be read is told with its place, costs its neighbours nothing, and never ends in a panic.

use std::fmt::Write as _;

use farthing_grammar::{ItemKind, MAX_DEPTH, MemberKind, SyntaxErrorKind, parse};

/// The source with its errors under the lines, and what was read all the same.
fn told(text: &str) -> String {
    let parsed = parse(text);
    let mut out = String::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let _ = writeln!(out, "| {}", line.trim_end());
        for error in &parsed.errors {
            let here = (start..end).contains(&error.span.start) || (end == text.len() && error.span.start == end);
            if here {
                let column = text[start..error.span.start].chars().count();
                let width = text[error.span.start..error.span.end.min(end)].trim_end().chars().count().max(1);
                let kind = match &error.kind {
                    SyntaxErrorKind::Expected { expected, found } => {
                        format!("expected {}, found {found}", expected.join(" or "))
                    }
                    SyntaxErrorKind::UnknownKeyword { found, place, .. } => format!("`{found}` is not for {place}"),
                    other => format!("{other:?}"),
                };
                let _ = writeln!(out, "  {}{} {kind}", " ".repeat(column), "^".repeat(width));
            }
        }
        start = end;
    }
    for item in &parsed.tree.items {
        let read = match &item.kind {
            ItemKind::Broken { name } => format!("broken {}", name.as_ref().map_or("?", |name| name.text.as_str())),
            ItemKind::Service { name, members } => {
                let broken = members.iter().filter(|member| matches!(member.kind, MemberKind::Broken { .. })).count();
                format!("service {}: {} members, {broken} broken", name.text, members.len())
            }
            ItemKind::Event { name, fields } => format!("event {}: {} fields", name.text, fields.len()),
            other => format!("{other:?}").split([' ', '(', '{']).next().unwrap_or_default().to_string(),
        };
        let _ = writeln!(out, "-> {read}");
    }
    out
}

macro_rules! broken {
    ($($name:ident: $source:expr;)*) => {
        $(
            #[test]
            fn $name() {
                let source: &str = $source;
                assert!(!parse(source).errors.is_empty(), "nothing was found wrong in:\n{source}");
                insta::assert_snapshot!(stringify!($name), told(source));
            }
        )*
    };
}

broken! {
    missing_name: "unit\nunit turn\n";
    missing_equals: "counter x: token \"x_total\"\nunit turn\n";
    missing_unit: "counter x = \"x_total\"\n";
    missing_path: "use std::\nuse std::vllm\n";
    missing_quote: "service a {\n  title \"A\n  owner \"me\"\n}\n";
    missing_raw_quote: "service a {\n  cost x = promql counter<USD> \"\"\"sum(x)\n}\n";
    missing_parenthesis: "service a {\n  cost x = (a + b\n  cost y = c\n}\n";
    missing_operand: "service a {\n  cost x = a +\n  cost y = a * / b\n  cost z = ()\n}\n";
    missing_operator: "service a {\n  cost x = a b\n  cost y = 3 $4\n}\n";
    missing_brace_of_an_objective: "service a {\n  objective o {\n    x <= $1 per request\n    budget 5% over 30d\n\n  objective p { y <= $1 per request }\n}\nunit turn\n";
    missing_brace_of_a_service: "service a {\n  title \"A\"\n\nservice b {\n  title \"B\"\n}\n";
    missing_brace_of_a_selector: "service a {\n  volume x = m::y { a = \"b\"\n  volume z = m::y\n}\n";
    missing_body: "service a\nservice b { }\nevent e\n";
    missing_brace_before_members: "service a\n  title \"A\"\n  volume x = m::y\n}\nunit turn\nvolume z = m::y\n";
    hyphen_in_a_name: "service rag-search {\n  title \"A\"\n  volume x = m::y\n}\n";
    single_quotes: "service a {\n  volume x = m::y { a = 'b' }\n}\n";
    brace_too_many: "service a {\n  title \"A\" }\n}\nunit turn\n";
    wrong_bracket: "service a {\n  cost x = (a + b]\n  cost y = c\n}\n";
    misspelt_keywords: "sevice a {\n  title \"A\"\n}\nservice b {\n  titel \"B\"\n  cots x = $1 per hour\n  objective o {\n    x <= $1 per request\n    budgte 5%\n    ovr 30d\n  }\n}\n";
    keyword_of_another_block: "cost x = $1 per hour\nservice a {\n  budget 5%\n  unit turn\n}\n";
    characters: "service a {\n  cost x = a # b\n  cost y = a; cost z = ü\n}\n";
    escapes: "service a {\n  title \"a \\q b\"\n  owner \"\\u{110000}\"\n}\n";
    statements: "service a {\n  objective o { x <= budget 5% over 30d }\n  objective p { x < = 3 over 30d }\n  objective q { p95 x < 3 s over 30d }\n  objective r { 99% of x over 30d }\n  objective s { x <= 3 per over 30d }\n  objective t { x <= 3 budget over 30d }\n}\n";
    policies: "policy p {\n  page when burning 2% over 1h\n}\npolicy q {\n  mail when burning 2% over 1h and 5m\n}\npolicy r {\n  page burning 2% over 1h and 5m\n}\n";
    events: "event e {\n  at time\n  context: input_token from ContextTokens\n  outcome: label in \"ok\"\n  fine: s\n  cost =\n}\n";
    prices: "price p = $2.49 per gpu hour as 2026-11-01\nprice q = $2.49 per gpu hour as of 1st of May\nprice r by modelName { \"L4\" $0.71 } per gpu hour\nprice s = $0.1 per\n";
    labels: "counter a: token = \"a\" { model name }\ncounter b: token = \"b\" { x in { y } }\nhistogram h: s = \"h\" buckets [ 1, 2, x ]\n";
    tests: "test \"t\" {\n  over thirty days every 1m\n  seires x is 3\n  expect page of a.b within 70m\n}\n";
    provided: "service a {\n  objective o {\n    x <= $1 per request\n    provided a equal b within 1%\n    provided a equals b\n    provided within 1%\n  }\n}\n";
    classes: "service a {\n  objective o {\n    x by class { a: <= $1, b $2 }\n    over 30d\n  }\n}\n";
    exclusions_and_tradeoffs: "service a {\n  exclude 2026-12-24 until 2026-12-26\n  exclude 2026-12-24 in Europe\n  tradeoff { cost a latency }\n  tradeoff t { cost a title \"T\" }\n}\n";
    text_of_another_language: "Dear team,\nplease find attached the costs of 2026.\n";
    binary: "\u{0}\u{1}PK\u{3}\u{4}\n";
    yaml: "groups:\n  - name: x\n    rules:\n      - alert: A\n        expr: up == 0\n";
}

#[test]
fn three_broken_declarations_are_three_errors_and_the_good_ones_are_read() {
    let text = "unit a\ncounter x: token \"x\"\nunit b\nprice = $3\nunit c\nsli s = (1 +\nunit d\n";
    let parsed = parse(text);
    assert_eq!(parsed.errors.len(), 3, "{:?}", parsed.errors);
    let units = parsed.tree.items.iter().filter(|item| matches!(item.kind, ItemKind::Unit { .. })).count();
    assert_eq!(units, 4);
}

#[test]
fn what_is_nested_too_deeply_is_refused_at_once() {
    for (open, close) in [("(", ")"), ("{", "}"), ("[", "]")] {
        let text = format!("sli s = {}1{}\nunit turn\n", open.repeat(10_000), close.repeat(10_000));
        let parsed = parse(&text);
        assert_eq!(parsed.errors.len(), 1, "{open}");
        assert_eq!(parsed.errors[0].kind, SyntaxErrorKind::TooDeep);
        assert_eq!(parsed.errors[0].span.start, 8 + MAX_DEPTH);
    }
    for chain in ["-", "8% of ", "1 + ", "1 * ", "1 / "] {
        let text = format!("sli s = {}1\n", chain.repeat(100_000));
        let parsed = parse(&text);
        assert_eq!(parsed.errors.first().map(|error| &error.kind), Some(&SyntaxErrorKind::TooDeep), "{chain}");
    }
    let deepest = format!("sli s = {}1{}\n", "(".repeat(MAX_DEPTH), ")".repeat(MAX_DEPTH));
    assert_eq!(parse(&deepest).errors, []);
}

#[test]
fn a_name_too_long_is_told_once_and_short() {
    for text in [format!("{}\n", "a".repeat(100_000)), format!("unit {}\n", "a".repeat(100_000))] {
        let parsed = parse(&text);
        assert_eq!(parsed.errors.len(), 1);
        assert!(format!("{:?}", parsed.errors[0].kind).len() < 200);
    }
}

#[test]
fn thousands_of_mistakes_are_not_all_told() {
    assert_eq!(parse(&")".repeat(1_000_000)).errors.len(), 1_000);
}

#[test]
fn what_is_too_large_is_refused() {
    let text = "unit a\n".repeat(farthing_grammar::MAX_BYTES / 7 + 1);
    assert_eq!(parse(&text).errors.first().map(|error| &error.kind), Some(&SyntaxErrorKind::TooLarge));
}

/// A small generator of pseudo-random numbers: the same ones each time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// Reads a text and looks whether all places lie in it.
fn survives(text: &str) {
    let parsed = parse(text);
    for error in &parsed.errors {
        let span = error.span;
        assert!(span.start <= span.end && span.end <= text.len(), "{span:?} in {text:?}");
        assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end), "{span:?} in {text:?}");
    }
    let broken = parsed.tree.items.iter().any(|item| matches!(item.kind, ItemKind::Broken { .. }));
    assert!(!broken || !parsed.errors.is_empty(), "broken without an error: {text:?}");
}

#[test]
fn every_prefix_is_survived() {
    let text = include_str!("all.slo");
    for end in (0..text.len()).step_by(2).filter(|end| text.is_char_boundary(*end)) {
        survives(&text[..end]);
    }
}

#[test]
fn every_mutation_is_survived() {
    let text = include_str!("all.slo");
    let pieces = [
        "(", ")", "{", "}", "[", "]", "\"", "\"\"\"", "\\", "//", "\n", "é", "€", "=", "::", "%", "of", "per", "1e",
        "-", "",
    ];
    let mut random = Random(7);
    let chars: Vec<char> = text.chars().collect();
    for _ in 0..1_000 {
        let mut mutant = chars.clone();
        for _ in 0..=random.below(4) {
            let at = random.below(mutant.len());
            let length = random.below(6).min(mutant.len() - at);
            let piece = pieces[random.below(pieces.len())];
            mutant.splice(at..at + length, piece.chars());
        }
        survives(&mutant.into_iter().collect::<String>());
    }
}
