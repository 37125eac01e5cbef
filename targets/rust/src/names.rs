//! Names of Rust from names of the language, and from any text.

use std::collections::HashSet;

/// Words that are no names, of all editions; those that are raw identifiers otherwise.
const KEYWORDS: [&str; 48] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Words that are no names even raw.
const NEVER: [&str; 5] = ["_", "self", "Self", "super", "crate"];

/// The names of one scope, each once.
pub(crate) struct Scope {
    /// Without `r#`.
    taken: HashSet<String>,
}

impl Scope {
    /// A scope in which some names stand for something already.
    pub fn new(taken: &[&str]) -> Scope {
        Scope { taken: taken.iter().copied().chain(NEVER).map(String::from).collect() }
    }

    /// The name itself where it is free; else with the suffix, which says what it is of; else with a number too.
    pub fn name(&mut self, name: &str, suffix: &str) -> String {
        let mut own = name.to_string();
        let mut number = 1;
        while !self.taken.insert(own.clone()) {
            let digits = if number == 1 { String::new() } else { number.to_string() };
            own = format!("{name}{suffix}{digits}");
            number += 1;
        }
        if KEYWORDS.contains(&own.as_str()) { format!("r#{own}") } else { own }
    }
}

/// A name of the language, with what a class or another text adds: `by_class:timed out` is `by_class_timed_out`.
pub(crate) fn snake(text: &str) -> String {
    let words: Vec<String> = text.split(|c: char| c != '_' && !is_word(c)).map(word).collect();
    let name = words.join("_");
    if name.starts_with(|c: char| c.is_ascii_digit()) || name.is_empty() { format!("_{name}") } else { name }
}

/// `timed_out`, `timed out` are `TimedOut`; `gpt-4o` is `Gpt4o`; a name cannot begin with a digit, so `4o` is `Value4o`.
pub(crate) fn camel(text: &str) -> String {
    let mut name = String::new();
    for part in text.split(|c: char| !is_word(c) || c == '_').map(word) {
        let mut letters = part.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    match name.chars().next() {
        None if text.is_empty() => "Empty".to_string(),
        None => "Unnamed".to_string(),
        Some('0'..='9') => format!("Value{name}"),
        Some(_) => name,
    }
}

/// Letters of other alphabets are words too.
fn is_word(character: char) -> bool {
    character == '_' || character.is_ascii_alphanumeric() || (!character.is_ascii() && character.is_alphanumeric())
}

/// A word in ASCII: compilers warn of letters that look like others, so these stand by number, `ü` as `U00fc`.
fn word(text: &str) -> String {
    text.chars().fold(String::new(), |mut word, character| {
        if character.is_ascii() {
            word.push(character);
        } else {
            word.push_str(&format!("U{:04x}", u32::from(character)));
        }
        word
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_names() {
        assert_eq!(camel("timed_out"), "TimedOut");
        assert_eq!(camel("gpt-4o mini"), "Gpt4oMini");
        assert_eq!(camel("4o"), "Value4o");
        assert_eq!(camel(""), "Empty");
        assert_eq!(camel("::"), "Unnamed");
        assert_eq!(camel("über"), "U00fcber");
        assert_eq!(snake("by_class:timed out"), "by_class_timed_out");
        assert_eq!(snake("_own"), "_own");
        assert_eq!(snake("4x"), "_4x");
    }

    #[test]
    fn names_that_are_taken_or_are_none_get_another() {
        let mut scope = Scope::new(&["std"]);
        assert_eq!(scope.name("std", "_event"), "std_event");
        assert_eq!(scope.name("type", "_event"), "r#type");
        assert_eq!(scope.name("type", "_event"), "type_event");
        assert_eq!(scope.name("type", "_event"), "type_event2");
        assert_eq!(scope.name("self", "_event"), "self_event");
        assert_eq!(scope.name("_", "_event"), "__event");
    }
}
