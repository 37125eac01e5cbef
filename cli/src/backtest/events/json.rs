//! JSON lines: one object a line.

use std::{io::BufRead as _, io::Read as _};

use super::{super::input::Input, intake::Intake, rows::Rows};
use crate::Failure;

/// The longest line, in bytes.
const LONGEST: u64 = 16 << 20;

/// Reads all rows. Blank lines are none.
///
/// # Errors
/// Exit code 2 for a file that cannot be read, 1 for the first bad row.
pub(super) fn read(mut input: Input, intake: &mut Intake, rows: &mut Rows<'_>) -> Result<(), Failure> {
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        let read = input.reader.by_ref().take(LONGEST).read_until(b'\n', &mut line);
        if read.map_err(|error| input.failed(&error))? == 0 {
            return Ok(());
        }
        number += 1;
        if line.len() as u64 == LONGEST && !line.ends_with(b"\n") {
            return Err(Failure::input(format!(
                "{}:{number}: a line of more than 16 MiB; one object a line is needed",
                input.name
            )));
        }
        let text = line.trim_ascii();
        if !text.is_empty() {
            rows.row(number, intake.json(text))?;
        }
    }
}
