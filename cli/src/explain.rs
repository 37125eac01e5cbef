use farthing_compiler::diagnostics::{CATALOGUE, Code, explain, suggest};

use crate::{Failure, Outcome, output};

/// What the command takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The code, such as F0301 or 301; without it, all codes are listed.
    code: Option<String>,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    match &arguments.code {
        None => output::print(&list())?,
        Some(text) => {
            let page = code(text).and_then(explain).ok_or_else(|| unknown(text))?;
            output::page(page)?;
        }
    }
    Ok(Outcome::Fine)
}

/// All codes with their titles.
fn list() -> String {
    CATALOGUE.iter().map(|(code, title, _)| format!("{code}  {title}\n")).collect()
}

/// `F0301`, `f0301`, `0301`, `301`
fn code(text: &str) -> Option<Code> {
    let digits = text.strip_prefix(['F', 'f']).unwrap_or(text);
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| digits.parse().ok().map(Code)).flatten()
}

fn unknown(text: &str) -> Failure {
    let known: Vec<String> = CATALOGUE.iter().map(|(code, _, _)| code.to_string()).collect();
    let wanted = code(text).map_or_else(|| text.to_string(), |code| code.to_string());
    let way_out = match suggest::nearest(&wanted, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {near}? "),
        None => String::new(),
    };
    Failure::usage(format!("there is no code {text}; {way_out}`farthing explain` lists all codes"))
}
