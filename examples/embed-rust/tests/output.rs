//! The README shows what the program says.

use std::{fs, process::Command};

#[test]
fn the_readme_shows_what_is_printed() {
    let output = Command::new(env!("CARGO_BIN_EXE_embed-rust"))
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).expect("text");
    let readme =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("there");
    assert!(
        readme.contains(&format!("```text\n{printed}```")),
        "{printed}"
    );
}
