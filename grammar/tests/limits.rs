//! What is too much is refused in its place, on a small stack; what is merely long is read.

use std::thread;

use farthing_grammar::{MAX_DEPTH, Parsed, SyntaxErrorKind, parse};

/// Reads a text on a stack of half a MiB, and drops what came of it there.
fn on_a_small_stack<T: Send + 'static>(text: String, look: impl FnOnce(&Parsed) -> T + Send + 'static) -> T {
    let thread = thread::Builder::new().stack_size(512 * 1024);
    let running = thread.spawn(move || look(&parse(&text))).expect("a thread can be started");
    running.join().expect("nothing panics")
}

/// What is around an expression.
const AROUND: [(&str, &str); 8] = [
    ("sli s = ", "\n"),
    ("rate 1 EUR = ", "\n"),
    ("price p by m { \"a\": ", " }\n"),
    ("service a {\n  cost x = ", "\n}\n"),
    ("service a {\n  objective o {\n    x <= ", "\n  }\n}\n"),
    ("service a {\n  objective o { guard x > ", " over 1h }\n}\n"),
    ("event e {\n  x = ", "\n}\n"),
    ("test \"t\" {\n  series x is ", "\n}\n"),
];

/// What begins an expression, makes it longer, and ends it.
const LONG: [(&str, &str, &str); 27] = [
    ("", "a +\na +\n", "a"),
    ("", "a + ", "a"),
    ("", "a * ", "a"),
    ("", "a /\n", "a"),
    ("a", "\n- 5", ""),
    ("", "-", "a"),
    ("", "-\n", "a"),
    ("", "8% of ", "a"),
    ("", "5%of ", "a"),
    ("", "5%\nof ", "a"),
    ("5%", "\nof 5%", ""),
    ("requests", ".cost", ""),
    ("requests", "\n.cost", ""),
    ("x ", "per s ", ""),
    ("x\n", "per s\n", ""),
    ("x ", "per 1M s\n", ""),
    ("x", " as y", ""),
    ("x", "\nas y", ""),
    ("x", " { a = \"b\" }", ""),
    ("x", " with a = b", ""),
    ("x", " with a = b, c = d + e", ""),
    ("x", " allocated by y over m, n", ""),
    ("f(x", " allocated by y over m, n", ")"),
    ("f(x", " with a = b, c = d + e", ")"),
    ("x", " weighted by c { a: 1 }", ""),
    ("x", " standardized by c to { a: 1 }", ""),
    ("(x", " + (a - b)", ")"),
];

#[test]
fn an_expression_too_long_is_refused_where_it_becomes_so() {
    for (head, tail) in AROUND {
        for (begin, more, end) in LONG {
            let text = format!("{head}{begin}{}{end}{tail}unit turn\n", more.repeat(100_000));
            let shape = format!("{head}{begin}{more}");
            let start = head.len() + begin.len();
            on_a_small_stack(text, move |parsed| {
                let error = parsed.errors.first().unwrap_or_else(|| panic!("nothing is wrong: {shape}"));
                assert_eq!(error.kind, SyntaxErrorKind::TooDeep, "{shape}");
                let after = (error.span.start - start) / more.len();
                assert!((60..260).contains(&after), "{shape}: after {after}");
                assert_eq!(parsed.errors.len(), 1, "{shape}");
            });
        }
    }
}

#[test]
fn an_expression_may_have_256_operators() {
    for (begin, more, end) in [("", "a +\n", "a"), ("", "8% of ", "a"), ("a", ".b", ""), ("a ", "per s\n", "")] {
        let text = |times: usize| format!("sli s = {begin}{}{end}\n", more.repeat(times));
        assert_eq!(on_a_small_stack(text(256), |parsed| parsed.errors.clone()), [], "{more}");
        let errors = on_a_small_stack(text(257), |parsed| parsed.errors.clone());
        assert_eq!(errors.len(), 1, "{more}");
        assert_eq!(errors[0].kind, SyntaxErrorKind::TooDeep, "{more}");
    }
}

#[test]
fn operators_in_parentheses_count_with_those_around() {
    for (more, operators) in [("8% of ", 1), ("-", 1), ("a + ", 1), ("a with b = c, d = e + ", 2)] {
        for times in [1, 3, 200] {
            for opening in ["(", "f(", "f(a, b: "] {
                let level = format!("{}{opening}", more.repeat(times));
                let text = format!("sli s = {}1{}\n", level.repeat(MAX_DEPTH), ")".repeat(MAX_DEPTH));
                let deepest = (times * operators + 1) * MAX_DEPTH;
                let found = on_a_small_stack(text, |parsed| parsed.errors.clone());
                assert_eq!(found.is_empty(), deepest <= 256, "{more}{times}{opening}: {found:?}");
                assert!(found.iter().all(|error| error.kind == SyntaxErrorKind::TooDeep), "{found:?}");
            }
        }
    }
    // Side by side they do not.
    let sum = format!("({}a)", "a + ".repeat(100));
    assert_eq!(parse(&format!("sli s = {sum} * {sum} / {sum} + f({sum}, {sum}, x: {sum})\n")).errors, []);
}

#[test]
fn what_is_deepest_fits_a_small_stack() {
    let depth = MAX_DEPTH;
    let nested = |level: &str, inside: String, end: &str| {
        let text = format!("{}{inside}{}", level.repeat(depth), end.repeat(depth));
        format!("sli s = {text}\n")
    };
    let most = "8% of ".repeat(256 - 2 * depth);
    for text in [
        nested("8% of f(a, b: ", format!("{most}1"), ")"),
        nested("8% of (", format!("{most}1"), ")"),
        nested("- a allocated by (", "1".to_string(), ")"),
        nested("a weighted by c { x: ", "1".to_string(), "}"),
        format!("unit u: {}s{}\n", "(".repeat(depth), ")^2".repeat(depth)),
    ] {
        assert_eq!(on_a_small_stack(text.clone(), |parsed| parsed.errors.clone()), [], "{text}");
    }
}

#[test]
fn long_lists_are_no_long_expressions() {
    let long = |head: &str, entry: &str, tail: &str| format!("{head}{}{tail}\n", entry.repeat(5_000));
    for text in [
        long("service a {\n", "cost x = a + b * c\n", "}"),
        long("service a { ", "cost x = a + b * c ", "}"),
        long("service a {\n", "objective o { x / y <= $1 per request budget 5% over 30d by a, b }\n", "}"),
        long("service a {\n", "spend 20% of o for \"x\" from 2026-12-01 to 2026-12-08\n", "}"),
        long("price p by m { ", "\"a\": $1.50 - $0.25 ", "} per gpu hour as of 2026-11-01"),
        long("price p by m { ", "\"a\": $1.50 * 2,\n", "} per gpu hour"),
        long("histogram h: s = \"h\" buckets [", "0.1 ", "]"),
        long("histogram h: s = \"h\" buckets [", "1e3, ", "]"),
        long("counter c: s = \"c\" { ", "a in { \"x\", \"y\" } unbounded b, ", "}"),
        long("sli s = x { a = \"b\"", " | \"c\"", " }"),
        long("sli s = f(a", ", b / c, d: 8% of e", ")"),
        long("sli s = x weighted by c { ", "a: 1 / 2 b: 2 * 3, ", "}"),
        long("policy p { ", "page when burning 2% over 1h and 5m ", "}"),
        long("service a { objective o { x > 1 by c { ", "\"a\": <= $1 / 2 ", "} } }"),
        long("event e {\n", "a: USD/(gpu*h) from \"A\"\nb = a * 2 / c\n", "}"),
        long("test \"t\" { series x is 4", ", then 8 from 20d", "}"),
        long("test \"t\" { series x rises 4/s", ", then falls 0.35/s from 3d\n", "}"),
        long("test \"t\" { ", "expect page of chat.affordable within 70m after 20d ", "}"),
    ] {
        let shown: String = text.chars().take(80).collect();
        assert_eq!(on_a_small_stack(text, |parsed| parsed.errors.clone()), [], "{shown}");
    }
}

#[test]
fn an_error_ends_on_the_line_that_it_begins_on() {
    for (text, kind_span) in [
        ("#\n".repeat(200_000), (0, 1)),
        ("  ###\r\n###\r\n".to_string(), (2, 5)),
        ("unit \"\"\"a\nb\nc\"\"\"\n".to_string(), (5, 9)),
    ] {
        let parsed = parse(&text);
        assert_eq!(parsed.errors.len(), 1, "{:?}", parsed.errors);
        let span = parsed.errors[0].span;
        assert_eq!((span.start, span.end), kind_span);
    }
}

/// These took time in proportion to the square of their length: two million bytes took minutes.
#[test]
fn what_is_hostile_is_read_in_one_go() {
    let half = |left: &str, right: &str| left.repeat(1_000_000 / left.len()) + &right.repeat(1_000_000 / right.len());
    for text in [
        half("(", "}"),
        half("{", ")"),
        half("[", ")"),
        half("(", "title \"a\"\n"),
        half("objective o {\n", "title \"a\"\n"),
        format!("service a {{ title \"{}\" }}", "\\u{".repeat(600_000)),
        format!("service a {{ title \"{}}}\" }}", "\\u{".repeat(600_000)),
        format!("service a {{ objective o {{ guard {}", half("x ", "over ")),
        half("(\r", ")\r"),
        half("\"\"\"\" ", "\" "),
    ] {
        let shown: String = text.chars().take(40).collect();
        let errors = on_a_small_stack(text, |parsed| parsed.errors.len());
        assert!((1..=1_000).contains(&errors), "{shown}: {errors}");
    }
}
