//! What pest expected, in the words of whoever writes a `.slo` file.

use pest::error::{Error, ErrorVariant, InputLocation};

use crate::{Span, SyntaxError, SyntaxErrorKind, rules::Rule, scan::Scan};

/// How much of a text an error repeats.
const SHOWN: usize = 24;

/// The syntax error of a piece that ends before the token `end`.
pub(crate) fn error(scan: &Scan<'_>, base: usize, end: usize, error: &Error<Rule>) -> SyntaxError {
    let place = match error.location {
        InputLocation::Pos(place) | InputLocation::Span((place, _)) => base + place,
    };
    let rules = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives.as_slice(),
        ErrorVariant::CustomError { .. } => &[],
    };
    let index = scan.token_at(place);
    let span = if index < end {
        let token = scan.tokens[index].span;
        Span::new(place.max(token.start), token.end)
    } else {
        // Something is missing at the end: right after what is there, not at what comes next.
        let last = index.min(end).checked_sub(1).map_or(0, |last| scan.tokens[last].span.end);
        Span::new(last, last)
    };
    let expected = if splits_a_name(scan, index) && !rules.contains(&Rule::binary_op) {
        let joined = format!("{}_{}", scan.token(index - 1), scan.token(index + 1));
        vec![format!("a name without `-`, such as `{joined}`")]
    } else {
        expected(rules)
    };
    SyntaxError { kind: SyntaxErrorKind::Expected { expected, found: found(scan, index) }, span }
}

/// Whether a token is the hyphen of `rag-search`.
fn splits_a_name(scan: &Scan<'_>, index: usize) -> bool {
    let is_word = |index: usize| scan.word(index).is_some_and(|word| word.len() <= SHOWN);
    let touch = |left: usize, right: usize| scan.tokens[left].span.end == scan.tokens[right].span.start;
    scan.token(index) == "-"
        && index > 0
        && is_word(index - 1)
        && is_word(index + 1)
        && touch(index - 1, index)
        && touch(index, index + 1)
}

/// What a token is, for "found ...".
pub(crate) fn found(scan: &Scan<'_>, index: usize) -> String {
    match scan.token(index) {
        "" => "the end of the file".to_string(),
        text if text.chars().count() > SHOWN => {
            let start: String = text.chars().take(SHOWN).collect();
            format!("`{start}…`")
        }
        text => format!("`{text}`"),
    }
}

/// How sure it is that something had to follow.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    /// Without it, nothing can come of it.
    Must,
    /// It may go on so.
    May,
}

/// The words of several rules, what must come before what may.
fn expected(rules: &[Rule]) -> Vec<String> {
    let words: Vec<(Need, &str)> = rules.iter().filter_map(|rule| describe(*rule)).collect();
    let need = words.iter().map(|(need, _)| *need).min().unwrap_or(Need::May);
    let mut chosen: Vec<String> = Vec::new();
    for (_, word) in words.iter().filter(|(of, _)| *of == need) {
        if !chosen.iter().any(|before| before == word) {
            chosen.push((*word).to_string());
        }
    }
    // "an expression" is said of whatever can begin one.
    if chosen.iter().any(|word| word == EXPRESSION) {
        chosen.retain(|word| !matches!(word.as_str(), NUMBER | PERCENT | PATH));
    }
    if chosen.iter().any(|word| word == GOOD) {
        chosen.retain(|word| word != COMPARISON);
    }
    // The end comes last: "an operator or the end of the declaration".
    if chosen.is_empty() || chosen.iter().any(|word| word == END) {
        chosen.retain(|word| word != END);
        chosen.push(END.to_string());
    }
    chosen
}

const END: &str = "the end of the declaration";
const EXPRESSION: &str = "an expression";
const NUMBER: &str = "a number";
const PERCENT: &str = "a percentage such as `5%`";
const PATH: &str = "a name";
const UNIT: &str = "a unit";
const TEXT: &str = "a text in quotes";
const GOOD: &str = "what is good (`< 5 s`, `are answers`, `have cost < $0.01`)";
const COMPARISON: &str = "a comparison (`<`, `<=`, `>`, `>=`)";

/// A rule in words.
fn describe(rule: Rule) -> Option<(Need, &'static str)> {
    use Need::{May, Must};
    Some(match rule {
        Rule::EOI => (May, END),
        Rule::binary_op => (May, "an operator"),
        Rule::expr
        | Rule::minus
        | Rule::paren
        | Rule::promql
        | Rule::promql_word
        | Rule::allocated_by
        | Rule::burning
        | Rule::argument => (Must, EXPRESSION),
        Rule::number => (Must, NUMBER),
        Rule::percent => (Must, PERCENT),
        Rule::name | Rule::path | Rule::field_name | Rule::parameter | Rule::corner => (Must, PATH),
        Rule::type_unit | Rule::type_factor | Rule::per_unit | Rule::per_factor | Rule::as_unit => (Must, UNIT),
        Rule::unit_name => (May, UNIT),
        Rule::text | Rule::raw_text => (Must, TEXT),
        Rule::date => (Must, "a date such as `2026-11-01`"),
        Rule::duration => (Must, "a duration such as `30d`"),
        Rule::compare_op => (Must, COMPARISON),
        Rule::label_op => (Must, "`=`, `!=`, `=~` or `!~`"),
        Rule::equals => (Must, "`=`"),
        Rule::colon => (Must, "`:`"),
        Rule::open_brace => (Must, "`{`"),
        Rule::close_brace => (Must, "`}`"),
        Rule::open_paren => (Must, "`(`"),
        Rule::close_paren => (Must, "`)`"),
        Rule::open_bracket => (Must, "`[`"),
        Rule::close_bracket => (Must, "`]`"),
        Rule::open_angle => (Must, "`<`"),
        Rule::close_angle => (Must, "`>`"),
        Rule::label_match => (Must, "a label such as `model_name = \"...\"`"),
        Rule::label_declaration => (Must, "a label"),
        Rule::label_value => (Must, "a label such as `team = \"...\"`"),
        Rule::price_entry => (Must, "an entry such as `\"NVIDIA L4\": $0.71`"),
        Rule::weight => (Must, "an entry such as `simple: 1`"),
        Rule::class_target => (Must, "an entry such as `\"simple\": <= $0.002`"),
        Rule::instrument_kind => (Must, "`counter`, `gauge` or `histogram`"),
        Rule::policy_rule => (Must, "a rule such as `page when burning 2% over 1h and 5m`"),
        Rule::severity => (Must, "`page` or `ticket`"),
        Rule::quantile => (Must, "a quantile such as `p95`"),
        Rule::and_word => (Must, "`and`"),
        Rule::burning_word => (Must, "`burning`"),
        Rule::by_word => (Must, "`by`"),
        Rule::equals_word => (Must, "`equals`"),
        Rule::in_word => (Must, "`in`"),
        Rule::of_word => (Must, "`of`"),
        Rule::over_word => (Must, "`over`"),
        Rule::per_word => (May, "`per`"),
        Rule::service_word => (Must, "`service`"),
        Rule::time_word => (Must, "`time`"),
        Rule::to_word => (Must, "`to`"),
        Rule::peak_word => (Must, "`peak`"),
        Rule::up_word => (Must, "`up`"),
        Rule::while_word => (Must, "`while`"),
        Rule::unit_word => (Must, "`unit`"),
        Rule::when_word => (Must, "`when`"),
        Rule::within_word => (Must, "`within`"),
        Rule::compare_condition | Rule::class_condition | Rule::share_condition | Rule::quantile_condition => {
            (Must, "a condition such as `cost_per_answer <= $0.01 per request`")
        }
        Rule::good_value | Rule::good_part | Rule::good_field => (Must, GOOD),
        Rule::policy_rules => (Must, "`{`"),
        Rule::alert_expected | Rule::value_expected | Rule::verdict_expected => (
            Must,
            "an expectation such as `page of chat.affordable within 70m after 20d`, `budget consumed of chat.affordable at 30d is 40%` or `chat.affordable met at 30d`",
        ),
        Rule::does | Rule::then_does => {
            (Must, "what it does (`is 4`, `rises 0.35/s`, `observes 2/s of 300 ms`, `absent`)")
        }
        Rule::again | Rule::product => (Must, EXPRESSION),
        Rule::moment => (Must, "a time such as `20d`"),
        Rule::alert_word => (Must, "`alert`, `page` or `ticket`"),
        Rule::verdict => (Must, "`met`, `not met` or `no verdict`"),
        Rule::at_word => (Must, "`at`"),
        Rule::is_word => (Must, "`is`"),
        Rule::met_word => (Must, "`met`"),
        Rule::consumed_word => (Must, "`consumed`"),
        Rule::rate_word => (Must, "`rate`"),
        Rule::then_word => (Must, "`then`"),
        Rule::from_word => (May, "`from`"),
        Rule::plus_minus => (May, "`+-`"),
        Rule::time_field | Rule::label_field | Rule::number_field => (Must, "`time`, `label` or a unit"),
        // What may follow: an operator, a unit, a selector ...
        _ => return None,
    })
}
