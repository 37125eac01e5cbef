//! The keys of batches that were taken, so that one which is sent again is not counted again.

use redb::{
    Database, ReadableDatabase as _, ReadableTable as _, ReadableTableMetadata as _, TableDefinition, WriteTransaction,
};

/// What was answered, by key.
const ANSWERS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("batches");
/// The keys, by the time when they were taken.
const TIMES: TableDefinition<'_, (i64, &str), ()> = TableDefinition::new("batches by time");

/// For how long keys are kept, in milliseconds.
const KEPT_MS: i64 = 24 * 3_600_000;
/// The most keys that are kept; beyond it the oldest go.
const MAX_KEYS: u64 = 1_000_000;
/// The most that go with one that comes, so that no batch waits for many.
const SWEPT: usize = 8;

/// The tables are there before anything is read.
pub(super) fn create(transaction: &WriteTransaction) -> Result<(), redb::Error> {
    transaction.open_table(ANSWERS)?;
    transaction.open_table(TIMES)?;
    Ok(())
}

/// What was answered to a batch with this key.
pub(super) fn find(database: &Database, key: &str) -> Result<Option<Vec<u8>>, redb::Error> {
    let transaction = database.begin_read()?;
    let answers = transaction.open_table(ANSWERS)?;
    Ok(answers.get(key)?.map(|answer| answer.value().to_vec()))
}

/// Adds keys, with the time and what was answered, and lets old ones go.
pub(super) fn add(transaction: &WriteTransaction, batches: &[(String, i64, Vec<u8>)]) -> Result<(), redb::Error> {
    if batches.is_empty() {
        return Ok(());
    }
    let mut answers = transaction.open_table(ANSWERS)?;
    let mut times = transaction.open_table(TIMES)?;
    let newest = batches.iter().map(|(_, time, _)| *time).max().unwrap_or_default();
    for (key, time, answer) in batches {
        answers.insert(key.as_str(), answer.as_slice())?;
        times.insert((*time, key.as_str()), ())?;
    }
    for _ in 0..batches.len() * SWEPT {
        let oldest = times.first()?.map(|(key, _)| (key.value().0, key.value().1.to_string()));
        let Some((time, key)) = oldest else { break };
        if time > newest - KEPT_MS && times.len()? <= MAX_KEYS {
            break;
        }
        times.remove((time, key.as_str()))?;
        answers.remove(key.as_str())?;
    }
    Ok(())
}
