//! `farthing doc`: the standard library as its own doc comments tell it.

mod module;

use farthing_compiler::diagnostics::suggest;
use farthing_stdlib::MODULES;

use crate::{Failure, Outcome, output};
use module::Module;

/// What the command takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A module, such as std::vllm, or one of its declarations, such as std::vllm::generation_tokens; without it, all
    /// modules are listed.
    name: Option<String>,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let name = arguments.name.as_deref().unwrap_or("std");
    let path = name.strip_prefix("std::").unwrap_or(name);
    if let Some(text) = farthing_stdlib::module(path) {
        output::page(&Module::read(path, text).page())?;
        return Ok(Outcome::Fine);
    }
    // `std` is the folder of all modules, `std::prices` that of some.
    let folder = if name == "std" { String::new() } else { format!("{path}::") };
    let below = list(&folder);
    if !below.is_empty() {
        output::print(&below)?;
        return Ok(Outcome::Fine);
    }
    let declaration =
        path.rsplit_once("::").and_then(|(module, name)| Some((module, farthing_stdlib::module(module)?, name)));
    let Some((module, text, declaration)) = declaration else {
        return Err(unknown(path));
    };
    let module = Module::read(module, text);
    let page = module.declaration(declaration).ok_or_else(|| unknown_in(&module, declaration))?;
    output::page(&page)?;
    Ok(Outcome::Fine)
}

/// The modules below a folder, each with its first sentence.
fn list(folder: &str) -> String {
    let found: Vec<_> = MODULES.iter().filter(|(path, _)| path.starts_with(folder)).collect();
    let width = found.iter().map(|(path, _)| path.len()).max().unwrap_or(0);
    let line =
        |(path, text): &&(&str, &str)| format!("std::{path:width$}  {}\n", Module::read(path, text).first_sentence());
    found.iter().map(line).collect()
}

fn unknown(path: &str) -> Failure {
    let name = path.rsplit("::").next().unwrap_or(path);
    // "prices::gpus" is near "prices::gpu", "gpu" is its last part, and "generation_tokens" is declared in some.
    let modules = || MODULES.iter().map(|(module, _)| *module);
    let mut near: Vec<_> = modules().filter(|module| module.ends_with(&format!("::{name}"))).collect();
    if near.is_empty() {
        near.extend(suggest::nearest(path, modules()));
    }
    let mut near: Vec<_> = near.into_iter().map(|module| format!("std::{module}")).collect();
    if near.is_empty() {
        let declare = |(module, text): &&(&str, &str)| Module::read(module, text).declaration(name).is_some();
        near.extend(MODULES.iter().filter(declare).map(|(module, _)| format!("std::{module}::{name}")));
    }
    let way_out = if near.is_empty() { String::new() } else { format!("did you mean {}? ", near.join(" or ")) };
    Failure::usage(format!("the standard library has no std::{path}; {way_out}`farthing doc` lists all modules"))
}

fn unknown_in(module: &Module, name: &str) -> Failure {
    let path = module.path();
    let way_out = match suggest::nearest(name, module.names()) {
        Some(near) => format!("did you mean std::{path}::{near}? "),
        None => String::new(),
    };
    Failure::usage(format!("std::{path} has no {name}; {way_out}`farthing doc std::{path}` shows what it has"))
}
