//! Texts that people are told, as Prometheus's templates: what is queried, and what stands as it is.

use std::borrow::Cow;

use farthing_plan::{Objective, Service};

use crate::{
    selector::{label, push_string},
    series::push_objective,
};

/// Appends the head of a `with`, which holds where `before series after` has a sample for the alert's own labels.
pub(crate) fn push_query(
    text: &mut String,
    objective: &Objective,
    service: &Service,
    (before, series, after): (&str, &str, &str),
) {
    let mut query = String::with_capacity(128);
    query.push_str(before);
    push_objective(&mut query, series, "", objective, &service.name);
    push_selected(text, objective, query, after, "");
}

/// The same of any selector with the objective's labels, whose result goes through what follows it: ` | first`.
pub(crate) fn push_selected(text: &mut String, objective: &Objective, mut query: String, after: &str, then: &str) {
    let open = || objective.by.iter().filter(|name| !objective.only.contains_key(*name));
    let is_broken_down = open().next().is_some();
    if is_broken_down {
        // The closing brace makes room for the labels, whose values only the template knows.
        query.pop();
        query = query.replace('%', "%%");
        for name in open() {
            query.push_str(&format!(",{}=%q", label(name).replace('%', "%%")));
        }
        query.push('}');
    }
    query.push_str(after);
    // A raw string of the template language ends with a backquote.
    let query = if query.contains('`') { query.replace('`', r"\u0060") } else { query };
    text.push_str(if is_broken_down { "{{ with printf `" } else { "{{ with query `" });
    text.push_str(&query);
    text.push('`');
    for name in open() {
        text.push(' ');
        text.push_str(&label_value(name));
    }
    text.push_str(if is_broken_down { " | query" } else { "" });
    text.push_str(then);
    text.push_str(" }}");
}

/// Appends the value of what the `with` around holds, as the function shows it: `humanize`.
pub(crate) fn push_value(text: &mut String, function: &str) {
    text.push_str("{{ . | first | value | ");
    text.push_str(function);
    text.push_str(" }}");
}

/// Appends the amount that the `with` around holds: `0.01746`, `9.841`, `12.35k`. `humanize` alone would call $0.01746
/// `$17.46m`, which people read as millions.
pub(crate) fn push_amount(text: &mut String) {
    text.push_str("{{ $amount := . | first | value }}");
    text.push_str(r#"{{ if lt $amount 1.0 }}{{ printf "%.4g" $amount }}{{ else }}{{ humanize $amount }}{{ end }}"#);
}

/// Appends `, model_name X` for each label: which group the alert is of.
pub(crate) fn push_group(text: &mut String, by: &[String]) {
    for name in by {
        // The braces are doubled once for `format!`.
        text.push_str(&format!(", {name} {{{{ {} }}}}", label_value(name)));
    }
}

/// The template's expression for the value of one of the alert's labels.
fn label_value(name: &str) -> String {
    if label(name) == name {
        return format!("$labels.{name}");
    }
    let mut quoted = String::new();
    push_string(&mut quoted, name);
    format!("(index $labels {quoted})")
}

/// Appends a text that is no template: what would begin one is made to print itself.
pub(crate) fn push_text(out: &mut String, text: &str) {
    if text.contains("{{") {
        out.push_str(&text.replace("{{", "{{ `{{` }}"));
    } else {
        out.push_str(text);
    }
}

/// [`push_text`] as a text.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains("{{") {
        return text.into();
    }
    let mut escaped = String::new();
    push_text(&mut escaped, text);
    escaped.into()
}

/// A text of the owner's. It may name the alert's labels and value, `{{ $labels.namespace }}`; any other template stands
/// as it is, for a broken one would make Prometheus refuse the whole file.
pub(crate) fn owners_text(text: &str) -> Cow<'_, str> {
    let Some((_, rest)) = text.split_once("{{") else { return text.into() };
    let mut parts = rest.split("{{");
    if parts.all(|part| part.split_once("}}").is_some_and(|(inside, _)| is_simple(inside))) {
        return text.into();
    }
    plain(text)
}

/// `$labels.namespace`, `$value | humanize`.
fn is_simple(inside: &str) -> bool {
    const FUNCTIONS: [&str; 5] = ["humanize", "humanizeDuration", "humanizePercentage", "toLower", "toUpper"];
    let mut steps = inside.split('|').map(str::trim);
    let subject = steps.next().unwrap_or_default();
    let names_label = subject.strip_prefix("$labels.").is_some_and(|name| {
        !name.is_empty()
            && !name.starts_with(|first: char| first.is_ascii_digit())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    });
    (names_label || subject == "$value") && steps.all(|step| FUNCTIONS.contains(&step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_prometheus_surely_takes_is_a_template() {
        for text in ["plain", "{{ $labels.pod }}", "a {{$value | humanize}} b {{ $labels.x_1 }}", "}}"] {
            assert_eq!(owners_text(text), text);
        }
        for text in ["{{ $labels.pod", "{{ .Foo | bar }}", "{{ bad", "{{ $value | nope }}", "{{ $labels.1 }}", "{{{{"] {
            assert!(owners_text(text).starts_with("{{ `{{` }}"), "{text}");
        }
    }
}
