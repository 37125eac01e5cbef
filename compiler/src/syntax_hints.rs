//! What to write in place of what the parser could not read: words and signs that other languages have.

use farthing_grammar::Span;

use crate::diagnostics::suggest;

/// Statements of an objective, and what follows its budget's share.
const STATEMENTS: &[&str] = &[
    "annotations",
    "approximately",
    "budget",
    "calendar",
    "exclude",
    "gross",
    "guard",
    "labels",
    "net",
    "over",
    "owner",
    "policy",
    "provided",
    "runbook",
    "title",
];

/// Words between and behind the parts of an expression.
const JOINING: &[&str] = &["allocated", "standardized", "weighted"];

/// Functions of PromQL that are tried first.
const PROMQL: &[&str] = &[
    "avg",
    "avg_over_time",
    "count",
    "histogram_quantile",
    "increase",
    "irate",
    "max",
    "max_over_time",
    "min",
    "quantile",
    "rate",
    "sum",
    "sum_over_time",
    "topk",
];

/// What to write where something else was expected, if a common slip is seen.
pub(crate) fn hint(expected: &[String], text: &str, span: Span) -> Option<String> {
    let around = Around { before: text.get(..span.start)?, after: text.get(span.start..)? };
    let only = match expected {
        [only] => only.as_str(),
        _ => "",
    };
    let expects = |start: &str| expected.iter().any(|word| word.starts_with(start));
    if only.starts_with("a name without `-`") {
        return around.hyphen();
    }
    if around.after.starts_with('"') && only == "a name" && around.last_words()[2] == "title" {
        return Some("in a trade-off, `title` stands first".into());
    }
    if around.after.starts_with('"') && matches!(only.split(' ').nth(1), Some("name" | "date" | "duration")) {
        return Some(format!("write it without quotes: `{}`", around.unquoted(only == "a name")?));
    }
    if only == "a text in quotes" && around.word() == "promql" {
        return Some(
            "a query stands where its values are used: `cost api = promql counter<USD> { team } \"...\"`".into(),
        );
    }
    if only == "a text in quotes" && !around.word().is_empty() {
        return Some("put it into double quotes".into());
    }
    if only == "the next declaration" {
        let home = farthing_grammar::home_of(around.word())?;
        return Some(format!("`{}` belongs in {home}", around.word()));
    }
    if expects("a date") || expected == ["`in`", "`to`"] {
        return around.date();
    }
    if only == "the end of the declaration" {
        return around.end();
    }
    if expects("`=`, `!=`") {
        return around.selector();
    }
    if around.after.starts_with(':') && (only == "a name" || only == "`{`") {
        return Some("leave the `:` out".into());
    }
    if around.after.starts_with('=') && matches!(only, "`{`" | "an expression") {
        return Some("leave the `=` out".into());
    }
    if let Some(hint) = around.in_a_test(expected) {
        return Some(hint);
    }
    if expects("an operator") {
        return around.operator();
    }
    if around.after.starts_with('[') {
        return Some(PROMQL_HELP.into());
    }
    if only == "a name" && around.after.starts_with('{') && around.before.ends_with("::") {
        return Some("import one module after the other, each with its own `use`".into());
    }
    if expects("a comparison") {
        return around.comparison();
    }
    if only == "a name" {
        return around.corner();
    }
    if only == "`{`" {
        return match around.last_words() {
            ["group", "by", label] => Some(format!("write `by {label}`")),
            ["burn", "by", _] => Some("write `burn per unit`".into()),
            _ => None,
        };
    }
    None
}

/// What somebody who writes a query into an expression is told.
pub(crate) const PROMQL_HELP: &str =
    "name the metric alone: farthing adds up and rates it; what only PromQL can say is a `promql counter<USD> \"...\"`";

/// Whether a name is that of one of PromQL's functions.
pub(crate) fn is_promql(name: &str) -> bool {
    PROMQL.contains(&name)
}

/// The text before and from the place of an error.
struct Around<'t> {
    before: &'t str,
    after: &'t str,
}

impl<'t> Around<'t> {
    /// The word that was found, or nothing.
    fn word(&self) -> &'t str {
        let end = self.after.find(|c: char| !is_word(c)).unwrap_or(self.after.len());
        &self.after[..end]
    }

    /// What stands right before it on its line, up to three words.
    fn last_words(&self) -> [&'t str; 3] {
        let line = self.line();
        let mut words = line.rsplit(|c: char| c.is_whitespace() || c == '{').filter(|word| !word.is_empty());
        let mut next = || words.next().unwrap_or_default();
        let (third, second, first) = (next(), next(), next());
        [first, second, third]
    }

    /// The line up to the error.
    fn line(&self) -> &'t str {
        let before = self.before.trim_end();
        before[before.rfind('\n').map_or(0, |end| end + 1)..].trim_start()
    }

    /// What stands in the quotes, as a name where one is expected.
    fn unquoted(&self, name: bool) -> Option<String> {
        let inner = self.after[1..].split('"').next().filter(|inner| !inner.is_empty() && inner.len() <= 40)?;
        if !name {
            return Some(inner.to_string());
        }
        let named: String = inner.chars().map(|c| if is_word(c) { c } else { '_' }).collect();
        (!named.starts_with(|c: char| c.is_ascii_digit())).then_some(named)
    }

    /// `agentic-x: 12`: a label may have such a value, in quotes.
    fn hyphen(&self) -> Option<String> {
        let start = self.before.rfind(|c: char| !is_word(c)).map_or(0, |last| last + 1);
        let end = 1 + self.after[1..].find(|c: char| !is_word(c)).unwrap_or(self.after.len() - 1);
        let in_braces = self.before.rfind(['{', '(']).is_some_and(|open| self.before[open..].starts_with('{'));
        let is_key = in_braces && self.after[end..].trim_start().starts_with(':');
        is_key.then(|| {
            format!("a label's value may have one, in quotes: `\"{}{}\"`", &self.before[start..], &self.after[..end])
        })
    }

    fn date(&self) -> Option<String> {
        let [_, _, last] = self.last_words();
        let is_date = last.len() == 10 && last.bytes().filter(|byte| *byte == b'-').count() == 2;
        let next_day = self.after.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
        match self.word() {
            "from" => Some("leave the `from` out".into()),
            "if" => Some("write `when`".into()),
            "until" | "till" | "through" if is_date => Some("write `to`; the last day belongs to it".into()),
            "" if is_date && self.after.starts_with('-') => Some("write `to` between two days".into()),
            _ if is_date && self.after.starts_with(|c: char| c.is_ascii_digit()) || next_day.starts_with('T') => Some(
                "dates are whole days, without a time; hours are excluded by a gauge: `exclude when deploys > 0`"
                    .into(),
            ),
            _ => None,
        }
    }

    /// `latency fast, reliable`: in a trade-off, the second is read as what a third stands for.
    fn corner(&self) -> Option<String> {
        let inside = self.before[self.before.rfind("tradeoff")?..].split_once('{')?.1;
        if inside.contains('}') {
            return None;
        }
        let corners = inside.rsplit('"').next()?;
        let words: Vec<&str> =
            corners.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()).collect();
        let other = words.chunks(2).position(|corner| !matches!(corner[0], "cost" | "latency" | "quality"))?;
        let kind = words.get((2 * other).checked_sub(2)?)?;
        Some(format!("each objective says what it stands for: `{kind} {}`", words[2 * other]))
    }

    fn end(&self) -> Option<String> {
        let line = self.line();
        if line.starts_with("use ") && self.after.starts_with('.') {
            return Some("the parts of a module's name are joined by `::`, as in `use std::vllm`".into());
        }
        if line.starts_with("rate ") {
            return Some("write it as `rate 1 EUR = 1.08 USD as of 2026-11-01`".into());
        }
        if line.contains("expect ") && self.word() == "within" {
            return Some("`within` stands first: `within 70m after 20d`".into());
        }
        (line.starts_with("spend ") && self.word() == "for").then(|| "`for \"...\"` stands before `from`".into())
    }

    /// Slips in what happens in a test and what is expected of it.
    fn in_a_test(&self, expected: &[String]) -> Option<String> {
        let (line, word) = (self.line(), self.word());
        let expects = |start: &str| expected.iter().any(|word| word.starts_with(start));
        if expects("an expectation") {
            let near = suggest::nearest(word, ["alert", "page", "ticket", "measured"]);
            return Some(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "an objective is named with its service: `chat.affordable`".into(),
            });
        }
        if expects("what it does") && self.after.starts_with('=') {
            return Some("a gauge `is 4`, a counter `rises 0.35/s`".into());
        }
        if word == "then" && expects("the end") {
            return Some("a comma stands before `then`".into());
        }
        if expected != ["`of`"] {
            return None;
        }
        if line.contains(", then ") {
            return Some("say from when on: `, then 8 from 1d`".into());
        }
        line.contains(" observes ").then(|| "say how often, and what is seen: `observes 2/s of 300 ms`".into())
    }

    fn selector(&self) -> Option<String> {
        let [_, label, last] = self.last_words();
        match self.word() {
            "when" => Some("a rule of a policy begins with `page` or `ticket`".into()),
            "in" => Some(format!("write `{last} = \"a\" | \"b\"`")),
            "like" => Some(format!("write a pattern as in Prometheus: `{last} =~ \"...\"`")),
            "" if self.after.starts_with('~') => Some(format!("write `{last} =~ \"...\"`")),
            "" if self.after.starts_with('"') && (last == "or" || label.ends_with(',')) => {
                Some("between several values stands `|`: `\"a\" | \"b\"`".into())
            }
            "" if self.after.starts_with(['<', '>']) => Some(
                "only labels are selected; numbers are compared in an objective: `99% of requests have latency < 5 s`"
                    .into(),
            ),
            _ => None,
        }
    }

    fn operator(&self) -> Option<String> {
        let [_, _, last] = self.last_words();
        let digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        let ends_in_number = last.ends_with(|c: char| c.is_ascii_digit());
        if ends_in_number && self.after.starts_with(['$', '€', '£', '¥']) {
            let sign: String = self.after.chars().take(1).collect();
            let number = last.rsplit(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').next()?;
            return Some(format!("the sign of a currency stands before the number: `{sign}{number}`"));
        }
        if ends_in_number && self.after.starts_with(',') && digit(&self.after[1..]) {
            return Some("a number has a point and no commas: `0.4`, `1400` or `1_400`".into());
        }
        if last == "since" && digit(self.after) {
            return Some("a price's day stands behind `as of`".into());
        }
        if is_promql(last) && matches!(self.word(), "by" | "without") {
            return Some(PROMQL_HELP.into());
        }
        if self.word() == "where" {
            return Some(format!("select in braces: `{last} {{ label = \"...\" }}`"));
        }
        suggest::nearest(self.word(), JOINING.iter().copied()).map(|near| format!("did you mean `{near}`?"))
    }

    /// A statement that an objective does not have is read as what is measured, and lacks a target.
    fn comparison(&self) -> Option<String> {
        if self.after.starts_with('=') {
            return Some("a target is a bound: write `<=` or `>=`".into());
        }
        let [first, second, last] = self.last_words();
        if let ("budget", "gross" | "net") = (first, second) {
            return Some(format!("`{second}` stands behind the share: `budget {last} {second}`"));
        }
        if (first, second) == ("burn", "per") {
            return Some("write `burn per unit`, whatever the unit is".into());
        }
        if first == "calendar" {
            return Some(
                "`calendar` is followed by day, week, month, quarter or year; others are rolling: `over 14d`".into(),
            );
        }
        if last.ends_with('%') && !self.word().is_empty() {
            return Some("say of what, and what is good: `99% of requests are answers`".into());
        }
        if matches!(second, "guard" | "when") {
            return None;
        }
        match last {
            "allocate" => Some("`allocate` stands behind the labels: `by model_name allocate gpu by output`".into()),
            "spend" => {
                Some("`spend` belongs in the service: `spend 20% of affordable from 2026-12-01 to 2026-12-08`".into())
            }
            "window" | "period" | "during" | "timeWindow" | "time_window" => {
                Some("the period is said by `over`: `over 30d`".into())
            }
            "target" | "goal" | "slo" => Some(
                "say what is promised: `cost_per_answer <= $0.01 per request`, `99% of requests are answers`".into(),
            ),
            _ => suggest::nearest(last, STATEMENTS.iter().copied()).map(|near| format!("did you mean `{near}`?")),
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
