//! How numbers are shown: in the scale and with the words of the target.

use farthing_grammar::{Expr, ExprKind, Number};
use farthing_plan::{Exact, Shown, Unit};

use crate::{
    check::{Checker, Scope},
    units::{currency_of, number, sign},
    value::Constant,
};

/// As the expression of a constant writes it: `$15 per 1M output_token` shows dollars per million.
pub(crate) fn of_expression<'w>(
    checker: &Checker<'w>,
    scope: &Scope<'_, 'w>,
    expr: &'w Expr,
    value: &Constant,
) -> Shown {
    if let (ExprKind::Path(path), Some(template)) = (&expr.kind, scope.template)
        && let [name] = path.segments.as_slice()
        && let Some((module, written)) = template.written(&name.text)
    {
        // A parameter is shown as what it was given.
        return of_expression(checker, &Scope::of_module(module), written, value);
    }
    let Some(written) = leading_number(expr) else {
        return of_unit(&value.unit);
    };
    let place = checker.place(scope.module, written.span);
    let Ok(mut amount) = number(written, place) else {
        return of_unit(&value.unit);
    };
    let text = checker.world.sources.line(checker.place(scope.module, expr.span));
    let number_text = checker.world.sources.line(place);
    let rest = text.strip_prefix(&number_text).unwrap_or("").trim_start().to_string();
    let mut suffix = if rest.is_empty() { rest } else { format!(" {rest}") };
    if written.percent {
        amount = amount * Exact::from(100);
        suffix = format!("%{suffix}");
    }
    // `$0.01/request` keeps its slash where it stood.
    let suffix = suffix.replace(" /", "/").replace("/ ", "/");
    match amount.checked_div(&value.amount) {
        Some(factor) if !factor.is_zero() => {
            Shown { prefix: written.currency.map(String::from).unwrap_or_default(), factor, suffix }
        }
        _ => of_unit(&value.unit),
    }
}

/// The number with which a literal begins.
fn leading_number(expr: &Expr) -> Option<&Number> {
    match &expr.kind {
        ExprKind::Number(number) | ExprKind::Quantity(number, _) => Some(number),
        ExprKind::Per { value, .. } => leading_number(value),
        ExprKind::Binary { op: farthing_grammar::BinaryOp::Divide, left, .. } => leading_number(left),
        _ => None,
    }
}

/// A unit in words: `$`, ` requests`, ` s`.
pub(crate) fn of_unit(unit: &Unit) -> Shown {
    let mut rest = unit.clone();
    let mut prefix = String::new();
    let mut suffix = String::new();
    if let Some(currency) = currency_of(unit).map(str::to_string)
        && unit.0.get(&currency) == Some(&1)
    {
        rest.0.remove(&currency);
        match sign(&currency) {
            Some(sign) => prefix = sign.to_string(),
            None => suffix = format!(" {currency}"),
        }
        for (name, power) in &rest.0 {
            suffix += &if *power == -1 { format!(" per {name}") } else { format!(" {name}^{power}") };
        }
        return Shown { prefix, factor: Exact::one(), suffix };
    }
    let mut bases = unit.0.iter();
    let suffix = match (bases.next(), bases.next()) {
        (None, _) => String::new(),
        (Some((name, 1)), None) if name == "s" => " s".to_string(),
        (Some((name, 1)), None) if !name.ends_with('s') => format!(" {}", plural(name)),
        _ => format!(" {unit}"),
    };
    Shown { prefix, factor: Exact::one(), suffix }
}

/// `requests`, `queries`.
pub(crate) fn plural(name: &str) -> String {
    match name.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{name}s"),
    }
}

/// How a target in a unit could be written: `$0.01 per request`. The number is the first one of a text.
pub(crate) fn example(unit: &Unit, text: &str) -> String {
    let number = first_number(text).unwrap_or("1");
    let shown = of_unit(unit);
    format!("{}{number}{}", shown.prefix, shown.suffix)
}

/// The digits with which a text begins, but for a sign: `1e-3`, `0.01`, `3M`.
fn first_number(text: &str) -> Option<&str> {
    let text = &text[text.find(|c: char| c.is_ascii_digit())?..];
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    let mut end = digits(text);
    if text[end..].starts_with('.') {
        end += 1 + digits(&text[end + 1..]);
    }
    let exponent = text[end..].strip_prefix(['e', 'E']);
    if let Some(power) = exponent.map(|rest| rest.strip_prefix(['-', '+']).unwrap_or(rest)).filter(|p| digits(p) > 0) {
        end = text.len() - power.len() + digits(power);
    }
    let after = |at: usize| text[at..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    if text[end..].starts_with(['k', 'M', 'G', 'B', 'T']) && !after(end + 1) {
        end += 1;
    }
    Some(&text[..end])
}

/// The two counted things in which two units differ, if they differ in just one.
pub(crate) fn swapped(left: &Unit, right: &Unit) -> Option<(String, String)> {
    let only = |own: &Unit, other: &Unit| -> Vec<(String, i32)> {
        own.0.iter().filter(|(name, power)| other.0.get(*name) != Some(power)).map(|(n, p)| (n.clone(), *p)).collect()
    };
    match (only(left, right).as_slice(), only(right, left).as_slice()) {
        ([(a, pa)], [(b, pb)]) if pa == pb => {
            let money = |name: &str| currency_of(&Unit::base(name)).is_some() || name == "s";
            (!money(a) && !money(b)).then(|| (a.clone(), b.clone()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_keeps_the_number_that_was_written() {
        let each = Unit::base("USD").times(&Unit::base("request"), -1);
        for (text, shown) in [
            ("1e-3", "$1e-3 per request"),
            ("$0.01", "$0.01 per request"),
            ("1_000 USD", "$1_000 per request"),
            ("3M", "$3M per request"),
            ("3 Mi", "$3 per request"),
            ("2e", "$2 per request"),
            ("5%", "$5 per request"),
            ("target", "$1 per request"),
        ] {
            assert_eq!(example(&each, text), shown, "{text}");
        }
    }
}
