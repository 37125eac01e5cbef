//! Texts that people are told, as Prometheus's templates: what is queried, and what stands as it is.

use farthing_plan::{Objective, Service};

use crate::{
    selector::{label, push_string},
    series::push_objective,
    told::{CornerWords, Function, Piece, Subject, Text},
};

/// The head of a `with`, which holds where `before series after` has a sample for the alert's own labels.
pub(crate) fn query(objective: &Objective, service: &Service, (before, series, after): (&str, &str, &str)) -> String {
    let mut query = String::with_capacity(128);
    query.push_str(before);
    push_objective(&mut query, series, "", objective, &service.name);
    selected(objective, query, after, "")
}

/// The same of any selector with the objective's labels, whose result goes through what follows it: ` | first`.
pub(crate) fn selected(objective: &Objective, mut query: String, after: &str, then: &str) -> String {
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
    let mut text = String::with_capacity(query.len() + 64);
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
    text
}

/// Appends a part of a text as the template has it.
pub(crate) fn push_piece(out: &mut String, piece: &Piece) {
    match piece {
        Piece::Plain(text) => push_text(out, text),
        Piece::Expression { written, .. } => out.push_str(written),
        Piece::With(with) => {
            out.push_str(&with.head);
            with.then.push_template(out);
            if let Some(otherwise) = &with.otherwise {
                out.push_str("{{ else }}");
                otherwise.push_template(out);
            }
            out.push_str("{{ end }}");
        }
        Piece::Held(function) => {
            out.push_str("{{ . | first | value | ");
            out.push_str(function.name());
            out.push_str(" }}");
        }
        // `humanize` alone would call $0.01746 `$17.46m`, which people read as millions.
        Piece::Amount => {
            out.push_str("{{ $amount := . | first | value }}");
            out.push_str(
                r#"{{ if lt $amount 1.0 }}{{ printf "%.4g" $amount }}{{ else }}{{ humanize $amount }}{{ end }}"#,
            );
        }
        Piece::Corners(CornerWords::AtTheExpenseOf(kind)) => {
            out.push_str("{{ range $index, $met := . }}{{ if $index }} and {{ end }}{{ $met.Labels.corner }}{{ end }}");
            out.push_str("{{ if gt (len .) 1 }} are{{ else }} is{{ end }} met at the expense of ");
            out.push_str(kind.name());
        }
        Piece::Corners(CornerWords::WithConsumed) => {
            out.push_str("{{ range $index, $met := . }}{{ if $index }}, {{ end }}{{ $met.Labels.objective }}, with ");
            out.push_str("{{ $met.Value | humanizePercentage }}{{ end }}");
        }
    }
}

/// The template's expression for the value of one of the alert's labels.
pub(crate) fn label_value(name: &str) -> String {
    if label(name) == name {
        return format!("$labels.{name}");
    }
    let mut quoted = String::new();
    push_string(&mut quoted, name);
    format!("(index $labels {quoted})")
}

/// Appends a text that is no template: what would begin one is made to print itself.
fn push_text(out: &mut String, text: &str) {
    if text.contains("{{") {
        out.push_str(&text.replace("{{", "{{ `{{` }}"));
    } else {
        out.push_str(text);
    }
}

/// A text of the owner's. It may name the alert's labels and value, `{{ $labels.namespace }}`; any other template stands
/// as it is, for a broken one would make Prometheus refuse the whole file.
pub(crate) fn owners_text(text: &str) -> Text {
    expressions(text).unwrap_or_else(|| Text::of(text))
}

/// None where anything in the text is a template that Prometheus might not take.
fn expressions(text: &str) -> Option<Text> {
    let mut parts = text.split("{{");
    let mut made = Text::default();
    let push = |made: &mut Text, plain: &str| {
        if !plain.is_empty() {
            made.push(plain);
        }
    };
    push(&mut made, parts.next().unwrap_or_default());
    for part in parts {
        let (inside, after) = part.split_once("}}")?;
        let (subject, functions) = simple(inside)?;
        made.0.push(Piece::Expression { written: format!("{{{{{inside}}}}}"), subject, functions });
        push(&mut made, after);
    }
    Some(made)
}

/// `$labels.namespace`, `$value | humanize`.
fn simple(inside: &str) -> Option<(Subject, Vec<Function>)> {
    let mut steps = inside.split('|').map(str::trim);
    let subject = match steps.next()? {
        "$value" => Subject::Value,
        subject => {
            let name = subject.strip_prefix("$labels.")?;
            let is_name = !name.is_empty()
                && !name.starts_with(|first: char| first.is_ascii_digit())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            Subject::Label(is_name.then(|| name.to_string())?)
        }
    };
    Some((subject, steps.map(Function::named).collect::<Option<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_prometheus_surely_takes_is_a_template() {
        for text in ["plain", "{{ $labels.pod }}", "a {{$value | humanize}} b {{ $labels.x_1 }}", "}}"] {
            assert_eq!(owners_text(text).template(), text);
        }
        for text in ["{{ $labels.pod", "{{ .Foo | bar }}", "{{ bad", "{{ $value | nope }}", "{{ $labels.1 }}", "{{{{"] {
            assert!(owners_text(text).template().starts_with("{{ `{{` }}"), "{text}");
        }
    }
}
