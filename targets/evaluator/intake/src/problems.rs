//! What is wrong in a batch: rows, and the batch as a whole.

use std::fmt;

use serde::Serialize;

use crate::row::Flaw;

/// What is wrong in one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The row's line in the body, from 1.
    pub line: u32,
    /// The column or key, where it is one.
    pub column: Option<String>,
    /// What is wrong with it and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some(column) => write!(f, "line {}, column {column}: {}", self.line, self.message),
            None => write!(f, "line {}: {}", self.line, self.message),
        }
    }
}

/// What is wrong in the rows of a batch. Each bad row has one problem.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Problems {
    /// The first of them, in the order of their lines.
    pub listed: Vec<Problem>,
    /// How many there are.
    pub count: u64,
}

impl Problems {
    /// Whether all rows are good.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(crate) fn add(&mut self, line: u32, flaw: Flaw, most: usize) {
        self.count += 1;
        if self.listed.len() < most {
            self.listed.push(Problem { line, column: flaw.column, message: flaw.message });
        }
    }

    /// Takes in those of other rows.
    pub(crate) fn merge(&mut self, others: Problems, most: usize) {
        self.count += others.count;
        self.listed.extend(others.listed);
        self.listed.sort_by_key(|problem| problem.line);
        self.listed.truncate(most);
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.listed.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        match self.count - self.listed.len() as u64 {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

/// Why a batch as a whole is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The body is packed in a way that is not known.
    Encoding {
        /// As its header has it.
        encoding: String,
    },
    /// The body says that it is gzipped, and is not, or is cut off.
    Gzip {
        /// What is wrong.
        message: String,
    },
    /// The body is too long.
    TooLong {
        /// The most bytes, unpacked.
        most: usize,
    },
    /// There are too many rows.
    TooManyRows {
        /// The most.
        most: usize,
    },
    /// The body is a JSON array.
    Array,
}

impl Refused {
    /// The status of HTTP that says so: 413 for what is too much, 415 for an unknown encoding, else 400.
    pub fn status(&self) -> u16 {
        match self {
            Refused::TooLong { .. } | Refused::TooManyRows { .. } => 413,
            Refused::Encoding { .. } => 415,
            Refused::Gzip { .. } | Refused::Array => 400,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Encoding { encoding } => {
                write!(f, "the content encoding {encoding:?} is not taken; use gzip, or none")
            }
            Refused::Gzip { message } => write!(f, "the gzip stream is damaged: {message}"),
            Refused::TooLong { most } => {
                write!(f, "the body is longer than {most} bytes, unpacked; send it in several batches")
            }
            Refused::TooManyRows { most } => {
                write!(f, "there are more than {most} rows; send them in several batches")
            }
            Refused::Array => f.write_str("a JSON array; one object a line is needed"),
        }
    }
}

impl std::error::Error for Refused {}
