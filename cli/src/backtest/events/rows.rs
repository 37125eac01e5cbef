//! Rows that cannot be read: the end of it, or left out and counted.

use farthing_intake::Flaw;

use crate::{Failure, report::count};

/// How many bad rows are shown where they are left out.
const SHOWN: usize = 3;

/// Counts rows and what is wrong with them.
pub(super) struct Rows<'a> {
    name: &'a str,
    skip: bool,
    read: u64,
    skipped: u64,
    shown: Vec<String>,
}

impl<'a> Rows<'a> {
    pub fn new(name: &'a str, skip: bool) -> Self {
        Rows { name, skip, read: 0, skipped: 0, shown: Vec::new() }
    }

    /// One more row, which ended so; it begins in this line of the file.
    ///
    /// # Errors
    /// The first bad row, with its place; unless bad rows are left out.
    pub fn row(&mut self, line: u64, result: Result<(), Flaw>) -> Result<(), Failure> {
        self.read += 1;
        let Err(flaw) = result else {
            return Ok(());
        };
        let column = flaw.column.map_or(String::new(), |column| format!(", column {column}"));
        let message = format!("{}:{line}: row {}{column}: {}", self.name, count(self.read), flaw.message);
        if !self.skip {
            return Err(Failure::input(format!("{message}\n  --skip-bad-rows leaves such rows out")));
        }
        self.skipped += 1;
        if self.shown.len() < SHOWN {
            self.shown.push(message);
        }
        Ok(())
    }

    /// All rows, bad ones included.
    pub fn read(&self) -> u64 {
        self.read
    }

    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// What was left out, for people.
    pub fn summary(&self) -> Option<String> {
        if self.skipped == 0 {
            return None;
        }
        let mut text = format!("warning: left out {} of {} rows:\n", count(self.skipped), count(self.read));
        for shown in &self.shown {
            text.push_str(&format!("  {shown}\n"));
        }
        if self.skipped > SHOWN as u64 {
            text.push_str("  …\n");
        }
        Some(text)
    }
}
