//! The fuzzer's corpus, and thousands of texts made from it by chance: none may panic.

#[path = "common/invariants.rs"]
mod invariants;

use std::{fs, path::Path};

use proptest::prelude::*;

fn corpus() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/parse");
    let files = fs::read_dir(folder).expect("a corpus");
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    paths.into_iter().map(|path| fs::read(path).expect("a text")).collect()
}

/// One change: where, as a part of the text's length; how many bytes go, and which come.
type Change = (f64, usize, Vec<u8>);

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let pieces = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..4),
        proptest::sample::select(vec![
            "{", "}", "\"", "\\", "\n", ",", "=", " ", "# ", "# EOF\n", "# TYPE ", "NaN", "ü", "\t"
        ])
        .prop_map(|piece| piece.as_bytes().to_vec()),
    ];
    proptest::collection::vec((0.0..=1.0, 0usize..6, pieces), 1..6)
}

#[test]
fn the_corpus_holds() {
    let corpus = corpus();
    assert!(corpus.len() >= 6);
    for text in &corpus {
        invariants::hold(text);
        for end in 0..text.len() {
            invariants::hold(&text[..end]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]
    #[test]
    fn changed_texts_hold(at in 0usize..64, changes in changes()) {
        let corpus = corpus();
        let mut text = corpus[at % corpus.len()].clone();
        for (place, gone, come) in changes {
            let start = (place * text.len() as f64) as usize;
            let end = (start + gone).min(text.len());
            text.splice(start..end, come);
        }
        invariants::hold(&text);
    }
}
