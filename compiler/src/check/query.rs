//! `promql counter<USD> { team } """..."""`: the way out to what the language cannot say.

use farthing_grammar::{Expr, ExprKind, InstrumentKind, Text};
use farthing_plan::{MatchOp, Matcher, QueryKind, Source, Unit};
use promql_parser::parser::value::ValueType;

use super::{Checker, Scope};
use crate::{
    diagnostics::{Diagnostic, codes},
    reported::{Checked, Reported, reported},
    sources::Place,
    value::{BaseFlow, LabelSet, Linear, Value},
};

/// The longest query, in bytes, and how deep its parentheses may be: what is longer would not fit the parser's stack.
const MAX_LENGTH: usize = 10_000;
const MAX_DEPTH: usize = 100;

impl<'w> Checker<'w> {
    /// The value of a query.
    pub(super) fn query(&self, scope: &Scope<'_, 'w>, expr: &'w Expr, place: Place) -> Checked<Value<'w>> {
        let ExprKind::Promql { kind, unit, labels, query } = &expr.kind else { return Err(Reported) };
        let quantity = reported(self.units.expression(scope.module, unit), &self.sink)?;
        if quantity.amount.is_zero() || quantity.amount.is_negative() {
            return Err(self.report(
                Diagnostic::error(
                    codes::UNKNOWN_UNIT,
                    "a unit has a size above 0",
                    self.place(scope.module, unit.span),
                    "this unit",
                )
                .help("write the unit that the query's values are in, such as `ms`"),
            ));
        }
        let query_place = self.place(scope.module, query.span);
        let (query_kind, unit) = match kind {
            InstrumentKind::Counter => (QueryKind::Counter, quantity.unit),
            InstrumentKind::Gauge => (QueryKind::Gauge, quantity.unit.times(&Unit::base("s"), 1)),
            InstrumentKind::Histogram => {
                return Err(self.report(
                    Diagnostic::error(codes::QUERY, "a query has one value, and a histogram many", place, "a histogram")
                        .help("declare a `histogram` with the metric's name, or ask for what lies below one bound: `promql counter<request> \"...\"`"),
                ));
            }
        };
        let text = self.filled_in(scope, query, query_kind, query_place)?;
        let flow = BaseFlow {
            declared: None,
            hint: format!("promql:{:08x}", digest(&query.value)),
            doc: None,
            unit,
            source: Source::Query {
                query_kind,
                query: text,
                labels: labels.iter().map(|label| label.name.text.clone()).collect(),
                scale: quantity.amount,
            },
            labels: LabelSet::Query(labels),
        };
        Ok(Value::Measured(Linear::single(flow, place, query_kind == QueryKind::Gauge)))
    }

    /// The text with the service's `where` in it, once it is known that PromQL can read it.
    fn filled_in(&self, scope: &Scope<'_, 'w>, query: &Text, kind: QueryKind, place: Place) -> Checked<String> {
        let cannot = |what: String, told: &str, help: &str| {
            Err(self.report(Diagnostic::error(codes::QUERY, what, place, told).help(help)))
        };
        let text = query.value.trim();
        if kind == QueryKind::Counter && !text.contains("$window") {
            return cannot(
                "a counter's query says an amount per second over `$window`, and this one has no `$window`".to_string(),
                "over which window?",
                "write `rate(x[$window])`; of what is a level now, say `promql gauge<...>`",
            );
        }
        let depth = text.bytes().scan(0usize, |depth, byte| {
            match byte {
                b'(' => *depth += 1,
                b')' => *depth = depth.saturating_sub(1),
                _ => {}
            }
            Some(*depth)
        });
        if text.len() > MAX_LENGTH || depth.max().unwrap_or(0) > MAX_DEPTH {
            return cannot(
                format!("a query has at most {MAX_LENGTH} characters and {MAX_DEPTH} levels of parentheses"),
                "longer or deeper",
                "record parts of it by rules of your own",
            );
        }
        let filled = with_selector(text, &selector(scope.matchers));
        match promql_parser::parser::parse(&filled.replace("$window", "5m")) {
            Err(reason) => cannot(
                format!("this is no PromQL: {}", reason.trim().trim_end_matches('.')),
                "not understood",
                "`$window` stands for a duration and `$selector` for what `where` selects: `sum by (team) (rate(x{$selector}[$window]))`",
            ),
            Ok(parsed) if parsed.value_type() != ValueType::Vector => cannot(
                format!("this query comes to a {}, not to a vector", parsed.value_type()),
                "nothing that can be added up",
                "write a query with one value for each series, such as `sum by (team) (rate(x{$selector}[$window]))`",
            ),
            Ok(_) => Ok(filled),
        }
    }
}

/// What `where` selects, as it stands between braces.
fn selector(matchers: &[(Matcher, Place)]) -> String {
    let each = matchers.iter().map(|(Matcher { label, op, values }, _)| {
        let (op, value) = match (op, values.as_slice()) {
            (MatchOp::Equal, [only]) => ("=", only.clone()),
            (MatchOp::NotEqual, [only]) => ("!=", only.clone()),
            (MatchOp::Regex, values) => ("=~", values.join("|")),
            (MatchOp::NotRegex, values) => ("!~", values.join("|")),
            (op, values) => {
                let escaped: Vec<String> = values.iter().map(|value| regex_syntax::escape(value)).collect();
                (if *op == MatchOp::Equal { "=~" } else { "!~" }, escaped.join("|"))
            }
        };
        format!("{label}{op}{}", quoted(&value))
    });
    each.collect::<Vec<_>>().join(",")
}

/// A text in quotes, as PromQL reads it.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

/// The query with a selector in it. Where nothing is selected, the comma beside it goes as well.
fn with_selector(query: &str, selector: &str) -> String {
    if !selector.is_empty() {
        return query.replace("$selector", selector);
    }
    let mut parts = query.split("$selector");
    let mut text = parts.next().unwrap_or_default().to_string();
    for part in parts {
        text += part.trim_start().strip_prefix(',').unwrap_or(part);
    }
    text
}

/// FNV-1a: what a query is called as a flow does not depend on what else is in the file.
fn digest(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |state, byte| (state ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_takes_its_comma_along() {
        assert_eq!(with_selector("x{$selector}", ""), "x{}");
        assert_eq!(with_selector("x{$selector, a=\"b\"}", ""), "x{ a=\"b\"}");
        assert_eq!(with_selector("x{a=\"b\",$selector}", "c=\"d\""), "x{a=\"b\",c=\"d\"}");
    }
}
