//! The binary `farthing`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(farthing::main_from(std::env::args_os()))
}
