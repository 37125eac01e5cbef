//! What the README, the tutorial and the page on gaming show of the command line is what it says: their commands are run,
//! in order, on their files.

mod scratch;

use std::fs;

use scratch::{Scratch, repository};

/// Runs a page's `console` blocks. A block that follows `<!-- file: NAME -->` is that file. Of the output, each line that
/// is shown must be there, in that order; `...` stands for any lines.
fn play(page: &str) -> usize {
    let text = fs::read_to_string(repository().join(page)).expect("the page is there");
    let scratch = Scratch::new();
    let mut commands = 0;
    let mut file = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("<!-- file: ").and_then(|rest| rest.strip_suffix(" -->")) {
            file = Some(name);
        } else if let Some(mark) = line.strip_prefix("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if let Some(name) = file.take() {
                scratch.file(name, block.join("\n") + "\n");
            } else if mark == "console" {
                commands += console(page, &scratch, &block);
            }
        }
    }
    commands
}

fn console(page: &str, scratch: &Scratch, block: &[&str]) -> usize {
    let mut commands = 0;
    let mut output = String::new();
    let mut rest = "";
    for line in block {
        if let Some(command) = line.strip_prefix("$ farthing ") {
            let arguments: Vec<&str> = command.split_whitespace().collect();
            let said = scratch.run(&arguments);
            assert_ne!(said.code, Some(2), "{page}: {command}: {said:?}");
            output = said.out + &said.err;
            rest = &output;
            commands += 1;
        } else if *line != "..." {
            let place = rest.lines().position(|own| own.trim_end() == line.trim_end());
            let place = place.unwrap_or_else(|| panic!("{page} shows a line that is not said:\n{line}\n\n{output}"));
            let end: usize = rest.split_inclusive('\n').take(place + 1).map(str::len).sum();
            rest = &rest[end..];
        }
    }
    commands
}

#[test]
fn the_tutorial_can_be_followed() {
    assert!(play("docs/src/tutorial.md") >= 6, "the tutorial runs hardly anything");
}

#[test]
fn the_readme_shows_a_real_report() {
    assert!(play("README.md") >= 1, "the README runs nothing");
}

#[test]
fn the_worked_example_of_a_fixed_mix_is_right() {
    assert!(play("docs/src/explanation/gaming.md") >= 1, "the page on gaming runs nothing");
}
