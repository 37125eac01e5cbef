//! A series' name and labels.

use std::collections::HashSet;

/// A series' name, and its labels without escapes.
pub type Named = (String, Vec<(String, String)>);

/// From here on, labels that are there twice are found by hash.
const MANY: usize = 32;

/// What follows a family's name in those of its samples.
const SUFFIXES: [&str; 4] = ["_total", "_bucket", "_count", "_sum"];

/// The name of the family of a counter's, histogram's or summary's sample: without `_total`, `_bucket`, `_count`, `_sum`.
pub fn family(name: &str) -> &str {
    SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name)
}

/// Takes a series' name and labels apart.
///
/// # Errors
/// What is wrong with them.
pub fn named(series: &str) -> Result<Named, String> {
    let Some((name, labels)) = series.split_once('{') else {
        return Ok((series.to_string(), Vec::new()));
    };
    let mut name = name.trim().to_string();
    let mut rest = labels.strip_suffix('}').unwrap_or(labels).trim();
    let mut labels: Vec<(String, String)> = Vec::new();
    let mut many: HashSet<String> = HashSet::new();
    while !rest.is_empty() {
        // A name of any characters stands in quotes; that of the series stands alone.
        let label = if rest.starts_with('"') {
            let (label, after) = quoted(rest)?;
            rest = after.trim_start();
            if !rest.starts_with('=') {
                name = label;
                rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
                continue;
            }
            label
        } else {
            let (label, _) = rest.split_once('=').ok_or_else(|| format!("there is no value of the label {rest:?}"))?;
            rest = &rest[label.len()..];
            label.trim().to_string()
        };
        let (value, after) = quoted(rest[1..].trim_start())?;
        // Hostile lines have a hundred thousand labels, which are not to be compared with each other.
        let twice = if labels.len() < MANY {
            labels.iter().any(|(known, _)| *known == label)
        } else {
            if many.is_empty() {
                many.extend(labels.iter().map(|(known, _)| known.clone()));
            }
            !many.insert(label.clone())
        };
        if twice {
            return Err(format!("the label {label:?} is there twice"));
        }
        labels.push((label, value));
        rest = after.trim_start();
        rest = match rest.strip_prefix(',') {
            Some(rest) => rest.trim_start(),
            None if rest.is_empty() => rest,
            None => return Err(format!("{rest:?} follows a label; a comma is needed between labels")),
        };
    }
    if name.is_empty() {
        return Err("a series without a name".to_string());
    }
    Ok((name, labels))
}

/// A quoted text without its escapes, and what follows it.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let inner = text.strip_prefix('"').ok_or_else(|| format!("a value in quotes is needed before {text:?}"))?;
    let mut escaped = false;
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Ok((unescaped(&inner[..at]), &inner[at + 1..])),
            _ => {}
        }
    }
    Err(format!("the quotes of {text:?} are not closed"))
}

/// A text that stood in quotes, without its escapes.
pub(crate) fn unescaped(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next() {
                Some('n') => text.push('\n'),
                Some(other @ ('"' | '\\')) => text.push(other),
                Some(other) => text.extend(['\\', other]),
                None => text.push('\\'),
            },
            char => text.push(char),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_labels_are_checked_too() {
        let mut text: String = (0..1_000).map(|at| format!("l{at}=\"\",")).collect();
        let (_, labels) = named(&format!("a{{{text}}}")).expect("labels");
        assert_eq!(labels.len(), 1_000);
        for twice in ["l0", "l500"] {
            text.push_str(twice);
            let why = named(&format!("a{{{text}=\"\"}}")).expect_err("twice");
            assert!(why.contains("is there twice"), "{why}");
            text.truncate(text.len() - twice.len());
        }
    }

    #[test]
    fn families_are_named_without_their_samples_ending() {
        assert_eq!(family("a_seconds_bucket"), "a_seconds");
        assert_eq!(family("a_total"), "a");
        assert_eq!(family("a_total_b"), "a_total_b");
    }
}
