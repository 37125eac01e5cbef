//! What the parser found, as diagnostics.

use farthing_grammar::{MAX_BYTES, MAX_DEPTH, Span, SyntaxError, SyntaxErrorKind};

use crate::{
    diagnostics::{Diagnostic, codes, suggest},
    sources::{FileId, Place},
    syntax_hints,
};

/// The diagnostic of a syntax error in a text.
pub(crate) fn diagnostic(error: &SyntaxError, file: FileId, text: &str) -> Diagnostic {
    let place = Place { file, span: error.span };
    match &error.kind {
        SyntaxErrorKind::Expected { expected, found } => {
            let words = suggest::one_of(expected);
            let diagnostic = Diagnostic::error(
                codes::EXPECTED,
                format!("expected {words}, found {found}"),
                place,
                format!("{words} belongs here"),
            );
            match syntax_hints::hint(expected, text, error.span) {
                Some(hint) => diagnostic.help(hint),
                None => diagnostic,
            }
        }
        SyntaxErrorKind::UnknownKeyword { found, place: within, known } => {
            let diagnostic = Diagnostic::error(
                codes::UNKNOWN_KEYWORD,
                format!("`{found}` starts no declaration of {within}"),
                place,
                "not known here",
            );
            if let Some(home) = farthing_grammar::home_of(found) {
                return diagnostic.help(format!("`{found}` belongs in {home}, not in {within}"));
            }
            match found.as_str() {
                "import" | "include" => return diagnostic.help("modules are imported by `use`, as in `use std::vllm`"),
                _ if text.get(error.span.end..).is_some_and(|after| after.starts_with(':')) => {
                    return diagnostic.help(
                        "this is no YAML: a file begins with `use std::vllm` and a `service name { ... }`; `farthing demo --out DIR` writes an example",
                    );
                }
                _ => {}
            }
            match suggest::nearest(found, known.iter().copied()) {
                Some(near) => diagnostic.did_you_mean(place, near),
                None => diagnostic.help(format!("{within} can hold {}", suggest::one_of(known))),
            }
        }
        SyntaxErrorKind::Unclosed { opening } => {
            let closing = match *opening {
                "{" => "}",
                "(" => ")",
                "[" => "]",
                other => other,
            };
            Diagnostic::error(codes::UNCLOSED, format!("this `{opening}` is never closed"), place, "opened here")
                .help(format!("add the missing `{closing}`"))
        }
        SyntaxErrorKind::Unopened { closing } => Diagnostic::error(
            codes::UNOPENED,
            format!("this `{closing}` closes nothing"),
            place,
            "nothing is open here",
        )
        .help("remove it, or look above for a block that was closed too early"),
        SyntaxErrorKind::TooDeep => Diagnostic::error(
            codes::TOO_DEEP,
            format!("nested more than {MAX_DEPTH} levels deep, or too long for one expression"),
            place,
            "here it becomes too much",
        )
        .help("give a part of it a name of its own (a `cost`, `volume` or `sli`) and use that"),
        SyntaxErrorKind::TooLarge => Diagnostic::error(
            codes::TOO_LARGE,
            format!("the file has more than {} MiB", MAX_BYTES / 1024 / 1024),
            place,
            "not read",
        )
        .help("split it into several files; `farthing compile` takes a folder"),
        SyntaxErrorKind::Character { found } => Diagnostic::error(
            codes::CHARACTER,
            format!("the character `{}` means nothing here", shown(*found)),
            place,
            "not part of the language",
        )
        .help(match found {
            ';' => "a declaration ends where the next one begins: leave the `;` out",
            '#' => "a comment begins with `//`",
            '\'' | '`' | '“' | '”' | '„' => "a text stands in straight double quotes: \"...\"",
            '±' => "write `+-`",
            '≤' | '≥' => "write `<=` or `>=`",
            _ => "only texts in quotes and comments may hold any character",
        }),
        SyntaxErrorKind::Escape { found } => {
            Diagnostic::error(codes::ESCAPE, format!("there is no escape `{found}`"), place, "unknown escape")
                .help("there are \\\" \\\\ \\n \\t and \\u{...}; for a backslash write \\\\")
        }
    }
}

/// A file that says nothing.
pub(crate) fn empty(file: FileId) -> Diagnostic {
    let place = Place { file, span: Span::new(0, 0) };
    Diagnostic::error(codes::EMPTY_FILE, "the file declares nothing", place, "nothing here").help(
        "a file begins with `use std::vllm` and a `service name { ... }`; `farthing demo --out DIR` writes an example",
    )
}

/// A character as it is read, where it can be.
fn shown(character: char) -> String {
    match character {
        '\'' | '"' => character.to_string(),
        other => other.escape_debug().to_string(),
    }
}
