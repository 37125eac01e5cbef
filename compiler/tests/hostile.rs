//! Small files that ask for endless work: each is refused soon, and with a reason. A test that hangs here has failed.

use std::fmt::Write;

use farthing_compiler::{Code, Compilation, NoModules, Options, Severity, SourceFile, compile, diagnostics::codes};

fn compiled(text: &str) -> Compilation {
    let file = SourceFile { name: "service.slo".into(), text: text.into() };
    compile(vec![file], &NoModules, &Options::default())
}

/// The codes of all errors, each once.
fn codes_of(text: &str) -> Vec<Code> {
    let compilation = compiled(text);
    let errors = compilation.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let mut found: Vec<Code> = errors.map(|diagnostic| diagnostic.code).collect();
    found.sort();
    found.dedup();
    assert_eq!(compilation.plan.is_none(), !found.is_empty(), "{found:?}");
    found
}

/// A first line, and then lines of which each names the one before: `N` is its own number, `P` the one before.
fn levels(first: &str, line: &str, count: usize) -> String {
    let mut text = format!("{first}\n");
    for level in 1..=count {
        writeln!(text, "{}", line.replace('N', &level.to_string()).replace('P', &(level - 1).to_string())).unwrap();
    }
    text
}

#[test]
fn units_of_units_do_not_grow_without_end() {
    assert_eq!(codes_of(&levels("unit u0 = 10 request", "unit uN = 1 uP^99", 6)), [codes::NUMBER]);
    assert_eq!(codes_of(&levels("unit u0 = 1 request", "unit uN = 1 uP^99", 6)), [codes::NUMBER]);
    assert_eq!(codes_of(&levels("unit u0 = 10 request", "unit uN = uP * uP", 40)), [codes::NUMBER]);
    assert_eq!(codes_of("unit far = 1 request^99\nunit near = far * request\n"), [codes::NUMBER]);
    assert_eq!(codes_of(&levels("unit u0 = 10 request", "unit uN = 10 uP", 40)), []);
}

#[test]
fn slis_of_slis_are_evaluated_once() {
    let counter = "counter answers: request = \"answers_total\"\n";
    let doubled = levels("sli s0 = answers / answers", "sli sN = sP * 1", 60);
    assert_eq!(codes_of(&format!("{counter}{doubled}")), []);
    let doubled = levels("sli s0 = answers", "sli sN = sP + sP", 60);
    let text = format!("{counter}{doubled}service chat {{\n  where {{ job = \"chat\" }}\n  volume all = s60\n}}\n");
    assert_eq!(codes_of(&text), []);
    // The mistake is told of once, though half of all slis come to it.
    let broken = levels("sli s0 = nothing", "sli sN = sP + sP", 60);
    assert_eq!(compiled(&format!("{broken}service chat {{\n  volume all = s60\n}}\n")).diagnostics.len(), 1);
}

#[test]
fn calls_within_calls_are_counted() {
    let text = levels("counter a: request = \"a_total\"\nsli s0(x) = x + x", "sli sN(x) = sP(x) + sP(x)", 40);
    let compilation = compiled(&format!("{text}service chat {{\n  volume all = s40(a)\n}}\n"));
    let found: Vec<Code> = compilation.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(found, [codes::TOO_DEEP]);
    let few = format!("{}service chat {{\n  volume all = s9(a)\n}}\n", text);
    assert_eq!(codes_of(&few), []);
}

#[test]
fn numbers_do_not_grow_without_end() {
    assert_eq!(codes_of(&levels("sli s0 = 3.7", "sli sN = sP * sP", 40)), [codes::NUMBER]);
    assert_eq!(codes_of(&levels("sli s0 = 3.7", "sli sN = 1 / sP / sP", 40)), [codes::NUMBER]);
    assert_eq!(codes_of(&levels("sli s0 = 3 requests", "sli sN = sP * sP", 40)), [codes::NUMBER]);
    let costs = levels("  cost c0 = $3 per hour", "  cost cN = 1_000_000_000_000% of cP", 100);
    assert_eq!(codes_of(&format!("service chat {{\n{costs}}}\n")), [codes::NUMBER]);
}

#[test]
fn fields_of_fields_do_not_grow_without_end() {
    let squared = levels("  a: ratio\n  b: ratio\n  f0 = a + b + 1", "  fN = fP * fP", 40);
    assert_eq!(codes_of(&format!("event requests {{\n{squared}}}\n")), [codes::EVENT_FIELD]);
    let power = levels("  f0: ratio", "  fN = fP * fP", 40);
    assert_eq!(codes_of(&format!("event requests {{\n{power}}}\n")), [codes::EVENT_FIELD]);
    assert_eq!(codes_of("event requests {\n  a: ratio\n  b: ratio\n  c = (a + b) * (a + b) * (a + b)\n}\n"), []);
}

#[test]
fn names_that_lead_to_names_fit_the_stack() {
    let backwards = |count: usize, line: &str| -> String {
        (0..count)
            .map(|level| line.replace('N', &level.to_string()).replace('P', &(level + 1).to_string()) + "\n")
            .collect()
    };
    let units = backwards(5_000, "unit uN = 2 uP") + "unit u5000 = 2 request\n";
    assert_eq!(codes_of(&units), [codes::TOO_DEEP]);
    let slis = backwards(5_000, "sli sN = sP * 1") + "sli s5000 = 2\n";
    assert_eq!(codes_of(&slis), [codes::TOO_DEEP]);
    let costs = backwards(5_000, "  cost cN = cP + cP") + "  cost c5000 = $1 per hour\n";
    assert_eq!(codes_of(&format!("service chat {{\n{costs}}}\n")), [codes::TOO_DEEP]);
    let sums = backwards(50, &format!("sli sN = sP{}", " + 1".repeat(200))) + "sli s50 = 2\n";
    assert_eq!(codes_of(&sums), []);
    let shares = backwards(50, &format!("sli sN = {}sP", "100% of ".repeat(200))) + "sli s50 = 2\n";
    assert_eq!(codes_of(&shares), [codes::TOO_DEEP]);
    let few = backwards(70, "sli sN = (sP + 1) * 1") + "sli s70 = 2\n";
    assert_eq!(codes_of(&few), []);
}

#[test]
fn a_message_opens_few_of_very_many_parts() {
    let sum = |name: &str| vec![name; 60].join(" + ");
    let mut text = String::from("counter a: request = \"a_total\"\nservice chat {\n  sli s0 = a\n");
    for level in 1..=5 {
        writeln!(text, "  sli s{level} = {}", sum(&format!("s{}", level - 1))).unwrap();
    }
    text += "  sli wrong = s5 + $1 per hour\n}\n";
    assert_eq!(codes_of(&text), [codes::SUM_UNITS]);
}

#[test]
fn thousands_of_unknown_names_are_not_compared_with_thousands_of_known_ones() {
    let mut text = String::from("counter a: request = \"a_total\"\nservice chat {\n");
    for number in 0..5_000 {
        writeln!(text, "  volume volume_of_answers_{number:04} = a\n  volume w{number} = volume_of_answrs_{number:04}")
            .unwrap();
    }
    let compilation = compiled(&(text + "}\n"));
    let unknown = compilation.diagnostics.iter().filter(|diagnostic| diagnostic.code == codes::UNKNOWN_NAME);
    assert_eq!(unknown.count(), 5_000);
    let helped = compilation.diagnostics.iter().filter(|diagnostic| diagnostic.fix.is_some()).count();
    assert!((1..=100).contains(&helped), "{helped}");
}

#[test]
fn fixed_amounts_tables_and_weights_do_not_multiply_without_end() {
    let table = "price hour by model { \"a\": $1 } per gpu hour\ngauge gpus: gpu = \"gpus\" { model }\n";
    let fixed = levels("  cost c0 = gpus * hour + $1 per hour", "  cost cN = cP + cP", 60);
    assert_eq!(codes_of(&format!("{table}service chat {{\n{fixed}}}\n")), []);
    let values = |count: usize| (0..count).map(|value| format!("v{value}: 1 ")).collect::<String>();
    let counters: String =
        (0..100).map(|at| format!("counter a{at}: request = \"a{at}_total\" {{ class }}\n")).collect();
    let sum = (0..100).map(|at| format!("a{at}")).collect::<Vec<_>>().join(" + ");
    let weighted = |count: usize| {
        format!("{counters}service chat {{\n  volume all = ({sum}) weighted by class {{ {} }}\n}}\n", values(count))
    };
    assert_eq!(codes_of(&weighted(20)), []);
    assert_eq!(codes_of(&weighted(21)), [codes::TOO_DEEP]);
    let twice = "counter a: request = \"a_total\" { x, y }\nservice chat {\n  volume all = (a weighted by x { a: 1 }) weighted by y { a: 1 }\n}\n";
    assert_eq!(codes_of(twice), [codes::WEIGHTS]);
}

#[test]
fn queries_fit_the_parsers_stack() {
    let query = |text: &str| format!("service chat {{\n  volume all = promql gauge<gpu> \"{text}\"\n}}\n");
    assert_eq!(codes_of(&query(&format!("{}x{}", "(".repeat(100), ")".repeat(100)))), []);
    assert_eq!(codes_of(&query(&format!("{}x{}", "(".repeat(101), ")".repeat(101)))), [codes::QUERY]);
    assert_eq!(codes_of(&query(&"(".repeat(5_000))), [codes::QUERY]);
    assert_eq!(codes_of(&query(&format!("{}x", "-".repeat(9_000)))), []);
    assert_eq!(codes_of(&query(&format!("x{}", " + x".repeat(2_400)))), []);
    assert_eq!(codes_of(&query(&"x ".repeat(4_000))), [codes::QUERY]);
    assert_eq!(codes_of(&query(&"x".repeat(10_001))), [codes::QUERY]);
}

#[test]
fn thousands_of_rates_are_read_once() {
    let mut text = String::from("counter a: EUR = \"a_total\"\ncounter b: USD = \"b_total\"\n");
    for day in 0..3_000 {
        writeln!(
            text,
            "rate 1 EUR = 1.{day:04} USD as of {}-{:02}-{:02}",
            2000 + day / 300,
            day / 25 % 12 + 1,
            day % 25 + 1
        )
        .unwrap();
    }
    let sum = vec!["a + b"; 60].join(" + ");
    assert_eq!(codes_of(&format!("{text}service chat {{\n  cost all = {sum}\n}}\n")), []);
}

#[test]
fn peaks_that_wait_for_peaks_are_evaluated_once() {
    let service = |objectives: &str| {
        let metrics = "counter answers: request = \"answers_total\"\nhistogram took: s = \"took\" buckets [1, 2]\n";
        format!("{metrics}service chat {{\n  where {{ job = \"chat\" }}\n{objectives}}}\n")
    };
    let itself = "  objective o { ((answers / answers) at peak while o) / ((answers / answers) at peak while o) >= 1  budget 5% over 30d }\n";
    assert_eq!(codes_of(&service(itself)), [codes::CYCLE]);
    // Each names the one before twice, and is wrong once.
    let first = "  objective o0 { p95 of took < 1 s  over 30d }";
    let one = "((answers / answers) at peak while oP)";
    let line = format!("  objective oN {{ {one} / {one} < 50% for 90% of the time  over 30d }}");
    assert_eq!(codes_of(&service(&levels(first, &line, 60))), [codes::RATIO]);
}
