//! Names in messages.

/// The most names that a message lists.
const LISTED: usize = 20;

/// ` (did you mean "…"?)`, where a name is near to one that there is; else nothing.
pub fn did_you_mean(name: &str, known: &[&str]) -> String {
    let lower = name.to_lowercase();
    let distance = |other: &str| strsim::damerau_levenshtein(&lower, &other.to_lowercase());
    let nearest = known.iter().min_by_key(|other| distance(other));
    match nearest {
        Some(other) if distance(other) <= 1 + name.chars().count() / 3 => {
            format!(" (did you mean {other:?}?)")
        }
        _ => String::new(),
    }
}

/// The first twenty of some names, with commas between.
pub fn listed(names: &[&str]) -> String {
    let listed: Vec<String> = names.iter().take(LISTED).map(|name| plain(name)).collect();
    let more = if names.len() > LISTED { ", …" } else { "" };
    format!("{}{more}", listed.join(", "))
}

/// A text from a file, with control characters written out: it may come to a terminal.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_control() { out.extend(char.escape_unicode()) } else { out.push(char) }
    }
    out
}
