//! Lines of code.

/// How wide rustfmt lets lines be.
const WIDTH: usize = 100;

/// What warns of generated code and cannot be helped: names are the plan's, and a program uses what it needs.
const ALLOWED: [&str; 2] =
    ["#[allow(nonstandard_style, unused)]", "#[allow(clippy::all, clippy::pedantic, rustdoc::all)]"];

/// A text that grows by lines, each indented as deep as the blocks that are open.
pub(crate) struct Code {
    text: String,
    depth: usize,
}

impl Code {
    pub fn new() -> Code {
        Code { text: String::new(), depth: 0 }
    }

    pub fn line(&mut self, line: &str) {
        if !line.is_empty() {
            self.text.extend(std::iter::repeat_n("    ", self.depth));
            self.text.push_str(line);
        }
        self.text.push('\n');
    }

    /// `head {`, what stands in it, and `}` or what else ends it.
    pub fn block(&mut self, head: &str, end: &str, fill: impl FnOnce(&mut Code)) {
        self.line(head);
        self.depth += 1;
        fill(self);
        self.depth -= 1;
        self.line(end);
    }

    /// A documentation comment. It is text of a `.slo` file: nothing in it is taken for an example, which would be run.
    pub fn doc(&mut self, text: &str) {
        for line in text.lines() {
            let line: String = line.chars().filter(|c| !hidden(*c)).collect();
            let line = line.trim().replace("```", "'''").replace("~~~", "---");
            self.line(format!("/// {line}").trim_end());
        }
    }

    /// The attributes that keep compilers and linters from warning of what is generated.
    pub fn allowed(&mut self) {
        ALLOWED.iter().for_each(|attribute| self.line(attribute));
    }

    /// `name: receiver.method(argument)?,` as rustfmt breaks it.
    pub fn field(&mut self, name: &str, receiver: &str, call: &str) {
        let line = format!("{name}: {receiver}.{call}?,");
        if self.depth * 4 + line.chars().count() <= WIDTH {
            self.line(&line);
        } else {
            self.line(&format!("{name}: {receiver}"));
            self.depth += 1;
            self.line(&format!(".{call}?,"));
            self.depth -= 1;
        }
    }

    /// Another text after this one.
    pub fn append(&mut self, other: &Code) {
        self.text.push_str(&other.text);
    }

    pub fn finish(self) -> String {
        self.text
    }
}

/// Control characters, and those that turn the direction of what follows them: the compiler refuses these.
pub(crate) fn hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
