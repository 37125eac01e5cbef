//! CSV with a header.

use std::{
    cell::Cell,
    io::{self, BufRead, Read},
    rc::Rc,
};

use csv::{ByteRecord, ErrorKind, ReaderBuilder};
use farthing_intake::{Column, Flaw, did_you_mean, listed};

use super::{super::input::Input, intake::Intake, rows::Rows};
use crate::{Failure, output::plural, report::plain};

/// The longest row, in bytes: a quote that is not closed would take in all that follows.
const LONGEST: u64 = 16 << 20;

/// Reads all rows.
///
/// # Errors
/// Exit code 2 for a file that cannot be read, 1 for a header without the columns, and for the first bad row.
pub(super) fn read(mut input: Input, intake: &mut Intake, rows: &mut Rows<'_>) -> Result<(), Failure> {
    let name = input.name.clone();
    let delimiter = delimiter(&mut input)?;
    let (reader, failed) = input.split();
    let row_bytes = Rc::new(Cell::new(0));
    let failed = |error: csv::Error, line: u64| match error.into_kind() {
        ErrorKind::Io(_) if row_bytes.get() > LONGEST => Failure::input(format!(
            "{name}:{line}: a row of more than {} MiB; a quote that is not closed?",
            LONGEST >> 20
        )),
        ErrorKind::Io(error) => failed(&error),
        other => Failure::input(format!("{name}: {other:?}")),
    };
    let reader = Limited { reader, row_bytes: row_bytes.clone() };
    let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(reader);
    let header = reader.byte_headers().map_err(|error| failed(error, 1))?.clone();
    let columns = columns(&header, intake).map_err(|message| Failure::input(format!("{name}:1: {message}")))?;
    let mut record = ByteRecord::new();
    loop {
        let line = reader.position().line();
        match reader.read_byte_record(&mut record) {
            Ok(false) => return Ok(()),
            Ok(true) => {}
            Err(error) => return Err(failed(error, line)),
        }
        row_bytes.set(0);
        // Where blank lines came before, the record knows better.
        let line = record.position().map_or(line, csv::Position::line);
        let result = row(&record, header.len(), &columns, intake);
        rows.row(line, result)?;
    }
}

/// Fails where more is read than a row may have, so that memory stays bounded.
struct Limited {
    reader: Box<dyn BufRead>,
    /// What was read since the last row ended.
    row_bytes: Rc<Cell<u64>>,
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.row_bytes.get() > LONGEST {
            return Err(io::Error::other("a row is too long"));
        }
        let read = self.reader.read(buffer)?;
        self.row_bytes.set(self.row_bytes.get() + read as u64);
        Ok(read)
    }
}

fn row(record: &ByteRecord, length: usize, columns: &[usize], intake: &mut Intake) -> Result<(), Flaw> {
    if record.len() != length {
        let lines = record.iter().map(|cell| cell.iter().filter(|byte| **byte == b'\n').count()).sum::<usize>();
        let hint = if lines > 0 { "; a quote that is not closed?" } else { "" };
        return Err(Flaw::of_row(format!("{}, but the header has {length}{hint}", plural(record.len(), "cell"))));
    }
    for (wanted, column) in columns.iter().enumerate() {
        let text = str::from_utf8(&record[*column]).map_err(|error| Flaw {
            column: Some(plain(intake.schema.columns()[wanted].name())),
            message: format!(
                "not UTF-8: the byte 0x{:02X}; save the file as UTF-8",
                record[*column].get(error.valid_up_to()).copied().unwrap_or_default()
            ),
        })?;
        intake.text(wanted, text)?;
    }
    intake.end_row()
}

/// The sign between columns: the one that the header has most of.
fn delimiter(input: &mut Input) -> Result<u8, Failure> {
    let header = input.reader.fill_buf();
    let header = match header {
        Ok(bytes) => bytes,
        Err(error) => {
            let error = io::Error::new(error.kind(), error.to_string());
            return Err(input.failed(&error));
        }
    };
    let header = header.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let count = |sign: u8| header.iter().filter(|byte| **byte == sign).count();
    // The last of equals wins: a comma.
    Ok([b'\t', b';', b','].into_iter().max_by_key(|sign| count(*sign)).unwrap_or(b','))
}

/// Where each wanted column is.
fn columns(header: &ByteRecord, intake: &Intake) -> Result<Vec<usize>, String> {
    let mut names = Vec::with_capacity(header.len());
    for (at, name) in header.iter().enumerate() {
        let name = str::from_utf8(name)
            .map_err(|_| format!("the name of column {} is not UTF-8; save the file as UTF-8", at + 1))?;
        names.push(name.trim());
    }
    let find = |wanted: &Column| {
        let column = wanted.name();
        let mut found = names.iter().enumerate().filter(|(_, name)| **name == column).map(|(at, _)| at);
        match (found.next(), found.next()) {
            (Some(at), None) => Ok(at),
            (Some(first), Some(second)) => Err(format!(
                "the header has the column {column} twice, as column {} and {}; rename one",
                first + 1,
                second + 1
            )),
            (None, _) => Err(format!(
                "there is no column {column:?}{}; the header has: {}. `from \"NAME\"` after a field's type names \
                 the column that it is read from",
                did_you_mean(column, &names),
                listed(&names)
            )),
        }
    };
    intake.schema.columns().iter().map(find).collect()
}
