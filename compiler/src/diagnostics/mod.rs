//! What the compiler says to people: data first, text last.
//!
//! Each kind of diagnostic has a [`Code`] in one catalogue; codes never change their meaning. Constructors live in
//! the module of their theme, next to one another, so that messages can be read and kept in one voice.

mod catalogue;
mod excerpt;
mod render;
pub mod suggest;

pub use catalogue::{CATALOGUE, Code, codes, explain};
pub use render::render;

use crate::sources::Place;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// There is no plan.
    Error,
    /// There is a plan, but it is probably not what was meant.
    Warning,
}

/// A place and what is to be said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub place: Place,
    /// What; in a few words.
    pub text: String,
}

/// A change of the text that mends it for sure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What is replaced.
    pub place: Place,
    /// By what.
    pub replacement: String,
}

/// One thing to tell the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind it is.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one sentence, without a full stop.
    pub message: String,
    /// The first is where the cursor should go; the others help to understand.
    pub labels: Vec<Label>,
    /// What to write or do.
    pub help: Option<String>,
    /// A mend that is sure.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: Code, message: impl Into<String>, place: Place, label: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            labels: vec![Label { place, text: label.into() }],
            help: None,
            fix: None,
        }
    }

    /// A warning at a place.
    pub fn warning(code: Code, message: impl Into<String>, place: Place, label: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, message, place, label) }
    }

    /// One more place.
    pub fn label(mut self, place: Place, text: impl Into<String>) -> Self {
        self.labels.push(Label { place, text: text.into() });
        self
    }

    /// What to write or do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// A mend that is sure.
    pub fn fix(mut self, place: Place, replacement: impl Into<String>) -> Self {
        self.fix = Some(Fix { place, replacement: replacement.into() });
        self
    }

    /// A name that is probably meant where another one stands.
    pub(crate) fn did_you_mean(self, place: Place, near: impl Into<String>) -> Self {
        let near = near.into();
        self.help(format!("did you mean `{near}`?")).fix(place, near)
    }

    /// The same of a text in quotes.
    pub(crate) fn did_you_mean_text(self, place: Place, near: &str) -> Self {
        let near = format!("{near:?}");
        self.help(format!("did you mean {near}?")).fix(place, near)
    }

    /// The first label's place.
    pub fn place(&self) -> Place {
        self.labels[0].place
    }
}
