//! A state that cannot be used: a clear message, and the file as it was.

use std::{fs, path::PathBuf};

use redb::{Database, ReadableDatabase as _, TableDefinition};

use crate::{
    REQUESTS, ROW,
    process::{Farthing, refused},
    scratch::Scratch,
};

/// A state with some events in it, and its file.
fn kept(scratch: &Scratch) -> PathBuf {
    let farthing = Farthing::start(scratch, &["--no-gpu", "--state", "state"]);
    assert_eq!(farthing.send(&[("idempotency-key", "a")], ROW.repeat(50)).status, 200);
    assert_eq!(farthing.stop().0, Some(0));
    scratch.path().join("state/state.redb")
}

#[test]
fn a_state_has_one_owner() {
    let scratch = Scratch::new();
    let farthing = Farthing::start(&scratch, &["--no-gpu", "--state", "state"]);
    let said = refused(&scratch, &["--state", "state"]);
    let expected =
        "error: state/state.redb is in use by another process: each farthing needs a --state folder of its own\n";
    assert_eq!(said, expected);
    assert_eq!(farthing.send(&[], ROW).status, 200);
}

#[test]
fn a_damaged_state_is_refused_and_kept() {
    let scratch = Scratch::new();
    let file = kept(&scratch);
    let whole = fs::read(&file).expect("the state");
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        bytes
    };
    // The pages that hold something: the tables' roots are not where the file is blank.
    let used: Vec<usize> = (4_096..whole.len()).filter(|at| whole[*at] != 0).collect();
    let mut cases = vec![
        ("garbage".to_string(), b"this is no database".repeat(1_000)),
        ("its first byte".to_string(), flipped(0)),
        ("half of it".to_string(), whole[..whole.len() / 2].to_vec()),
        ("a few bytes".to_string(), whole[..100].to_vec()),
    ];
    cases.extend((1..32).map(|part| {
        let at = used[used.len() * part / 32];
        (format!("byte {at}"), flipped(at))
    }));
    let mut refusals = 0;
    for (what, bytes) in cases {
        fs::write(&file, &bytes).expect("a file in the test's folder");
        // What is not read as part of the newest state may be anything: then it begins with all that was counted.
        match starts(&scratch) {
            Ok(count) => assert_eq!(count, Some(50.0), "{what}: it begins with something else"),
            Err(said) => {
                refusals += 1;
                assert!(said.starts_with("error: state/state.redb is damaged ("), "{what}: {said}");
                assert!(
                    said.contains("It was left as it is.") && said.contains("mv state/state.redb "),
                    "{what}: {said}"
                );
                assert!(!said.contains("panicked"), "{what}: {said}");
                assert!(fs::read(&file).expect("the state") == bytes, "{what}: the file was changed");
            }
        }
    }
    assert!(refusals >= 5, "{refusals} damaged files were refused");
}

/// What it shows of requests where it starts, or its message.
fn starts(scratch: &Scratch) -> Result<Option<f64>, String> {
    match Farthing::try_start(scratch, &["--no-gpu", "--state", "state"]) {
        Ok(farthing) => Ok(farthing.metric(REQUESTS)),
        Err((code, said)) => {
            assert_eq!(code, Some(2), "{said}");
            Err(said)
        }
    }
}

#[test]
fn an_empty_file_is_an_empty_state() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path().join("state")).expect("a folder");
    scratch.file("state/state.redb", "");
    assert_eq!(starts(&scratch), Ok(None));
}

#[test]
fn a_state_of_a_newer_version_is_refused_and_kept() {
    const RECORDS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("records");
    let scratch = Scratch::new();
    let file = kept(&scratch);
    let database = Database::create(&file).expect("the state");
    let head = {
        let transaction = database.begin_read().expect("a transaction");
        let table = transaction.open_table(RECORDS).expect("the table");
        let head = table.get(&b"H\0\0\0\0"[..]).expect("a read").expect("the head");
        String::from_utf8(head.value().to_vec()).expect("JSON")
    };
    let newer = head.replace("\"version\":1", "\"version\":7");
    assert_ne!(head, newer);
    let transaction = database.begin_write().expect("a transaction");
    transaction.open_table(RECORDS).expect("the table").insert(&b"H\0\0\0\0"[..], newer.as_bytes()).expect("a write");
    transaction.commit().expect("a commit");
    drop(database);
    let before = fs::read(&file).expect("the state");
    let said = refused(&scratch, &["--state", "state"]);
    assert!(said.starts_with("error: state/state.redb: the state is of version 7, and this farthing reads"), "{said}");
    assert!(said.contains("mv state/state.redb "), "{said}");
    assert!(fs::read(&file).expect("the state") == before, "the file was changed");
}
