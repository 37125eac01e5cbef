//! The kept bodies of the fuzzer, and some thousand that are like them.

#[path = "common/check.rs"]
mod check;
mod common;

use std::{fs, path::Path};

use common::{NOON, Random, plan};
use farthing_intake::Schema;

fn corpus() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/json_lines");
    let files = fs::read_dir(folder).expect("the corpus");
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a file")).collect()
}

#[test]
fn kept_bodies_hold() {
    let plan = plan(true);
    let schema = Schema::new(&plan, "requests").expect("an event");
    let corpus = corpus();
    assert!(corpus.len() >= 10, "{}", corpus.len());
    for body in &corpus {
        check::body(&plan, &schema, body);
    }
}

#[test]
fn mutated_bodies_hold() {
    let plan = plan(true);
    let schema = Schema::new(&plan, "requests").expect("an event");
    let corpus = corpus();
    let mut random = Random(NOON as u64);
    for _ in 0..5_000 {
        let mut body = corpus[random.below(corpus.len())].clone();
        for _ in 0..=random.below(6) {
            mutate(&mut body, &corpus, &mut random);
        }
        check::body(&plan, &schema, &body);
    }
}

/// Bytes that mean something in JSON.
const SIGNS: &[u8] = b"{}[]\",:\\-+.eE0123456789 \n\ttrufalsn\x00\x7F\xC3\xFF";

fn mutate(body: &mut Vec<u8>, corpus: &[Vec<u8>], random: &mut Random) {
    if body.is_empty() {
        body.push(b'{');
    }
    let at = random.below(body.len());
    match random.below(6) {
        0 => body[at] = SIGNS[random.below(SIGNS.len())],
        1 => body[at] ^= 1 << random.below(8),
        2 => body.insert(at, SIGNS[random.below(SIGNS.len())]),
        3 => {
            body.remove(at);
        }
        4 => {
            let end = body.len().min(at + random.below(40));
            let piece = body[at..end].to_vec();
            body.splice(at..at, piece);
        }
        _ => {
            let other = &corpus[random.below(corpus.len())];
            let from = random.below(other.len());
            body.truncate(at);
            body.extend_from_slice(&other[from..]);
        }
    }
}
