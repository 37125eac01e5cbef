//! The state file: one embedded database, `state.redb`, in the folder that `--state` names.
//!
//! Everything that must outlive the process is written in one transaction: the evaluator's records, the keys of batches
//! that were taken, and which alerts were told. So after any end, all of it is of one moment.

mod keys;
mod open;

use std::{collections::BTreeMap, path::PathBuf};

use farthing_evaluator::SavedState;
use redb::{Database, ReadableDatabase, TableDefinition};

pub use open::{FILE, OpenError};

/// The evaluator's records.
const RECORDS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("records");
/// What else is remembered, by name.
const NAMED: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("named");

/// What is to be written.
#[derive(Default)]
pub struct Changes {
    /// The evaluator's records: values, or none where they go.
    pub records: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    /// Batches that were taken: their key, the time, and what was answered.
    pub batches: Vec<(String, i64, Vec<u8>)>,
    /// What else is remembered, by name.
    pub named: BTreeMap<&'static str, Vec<u8>>,
}

/// The open file.
pub struct StateFile {
    path: PathBuf,
    /// None after a failure: a database that failed to write must be opened anew.
    database: Option<Database>,
}

impl StateFile {
    /// Where it is.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Writes changes; when it returns, they survive the end of the process and of the machine. Where it fails, nothing
    /// of them is written, and the next call tries to open the file anew.
    ///
    /// # Errors
    /// Why the file cannot be written, such as a full disk.
    pub fn write(&mut self, changes: &Changes) -> Result<(), String> {
        let written = self.database().and_then(|database| write(database, changes).map_err(|error| error.to_string()));
        if written.is_err() {
            self.database = None;
        }
        written
    }

    /// What was answered to a batch with this key.
    ///
    /// # Errors
    /// Why the file cannot be read.
    pub fn answer(&mut self, key: &str) -> Result<Option<Vec<u8>>, String> {
        keys::find(self.database()?, key).map_err(|error| error.to_string())
    }

    /// What is remembered under a name.
    ///
    /// # Errors
    /// Why the file cannot be read.
    pub fn named(&mut self, name: &str) -> Result<Option<Vec<u8>>, String> {
        let read = || -> Result<_, redb::Error> {
            let transaction = self.database.as_ref().ok_or(redb::Error::DatabaseClosed)?.begin_read()?;
            let table = transaction.open_table(NAMED)?;
            Ok(table.get(name)?.map(|value| value.value().to_vec()))
        };
        read().map_err(|error| error.to_string())
    }

    /// How large the file is, in bytes.
    pub fn bytes(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |metadata| metadata.len())
    }

    fn database(&mut self) -> Result<&Database, String> {
        if self.database.is_none() {
            self.database = Some(open::again(&self.path).map_err(|error| error.to_string())?);
        }
        self.database.as_ref().ok_or_else(|| "the file is not open".to_string())
    }
}

fn write(database: &Database, changes: &Changes) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    {
        let mut records = transaction.open_table(RECORDS)?;
        for (key, value) in &changes.records {
            match value {
                Some(value) => drop(records.insert(key.as_slice(), value.as_slice())?),
                None => drop(records.remove(key.as_slice())?),
            }
        }
        let mut named = transaction.open_table(NAMED)?;
        for (name, value) in &changes.named {
            named.insert(*name, value.as_slice())?;
        }
        keys::add(&transaction, &changes.batches)?;
    }
    transaction.commit()?;
    Ok(())
}

impl SavedState for StateFile {
    type Error = redb::Error;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, redb::Error> {
        get(self.database.as_ref().ok_or(redb::Error::DatabaseClosed)?, key)
    }

    fn scan(&self, prefix: &[u8], each: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), redb::Error> {
        scan(self.database.as_ref().ok_or(redb::Error::DatabaseClosed)?, prefix, each)
    }
}

/// One of the evaluator's records.
fn get(database: &impl ReadableDatabase, key: &[u8]) -> Result<Option<Vec<u8>>, redb::Error> {
    let table = database.begin_read()?.open_table(RECORDS)?;
    Ok(table.get(key)?.map(|value| value.value().to_vec()))
}

/// The evaluator's records whose keys begin so.
fn scan(
    database: &impl ReadableDatabase,
    prefix: &[u8],
    each: &mut dyn FnMut(&[u8], &[u8]),
) -> Result<(), redb::Error> {
    let table = database.begin_read()?.open_table(RECORDS)?;
    for record in table.range(prefix..)? {
        let (key, value) = record?;
        if !key.value().starts_with(prefix) {
            break;
        }
        each(key.value(), value.value());
    }
    Ok(())
}
