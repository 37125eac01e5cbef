//! A file's text.

use std::{fs::File, io::Read as _, path::Path, str};

use farthing_grammar::MAX_BYTES;

use crate::Failure;

/// Reads a file, but no more of it than shows that it is too large: the compiler refuses it then, with its place.
///
/// # Errors
/// Exit code 2 for a file that cannot be read, 1 for one that is not UTF-8.
pub(super) fn read(path: &Path, name: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    // A character has at most 4 bytes: what is left when a last, cut one is taken off is still too large.
    let limit = MAX_BYTES + 4;
    File::open(path)
        .and_then(|file| file.take(limit as u64).read_to_end(&mut bytes))
        .map_err(|error| Failure::usage(format!("cannot read {name}: {error}")))?;
    let cut = bytes.len() == limit;
    decode(bytes, cut).map_err(|place| Failure::input(format!("{name}:{place}")))
}

/// The text, or the place of the first byte that is not UTF-8 and what to do.
fn decode(mut bytes: Vec<u8>, cut: bool) -> Result<String, String> {
    let error = match str::from_utf8(&bytes) {
        Ok(_) => None,
        Err(error) if cut && error.error_len().is_none() => {
            bytes.truncate(error.valid_up_to());
            None
        }
        Err(error) => Some(error.valid_up_to()),
    };
    match error {
        None => Ok(String::from_utf8(bytes).expect("INVARIANT: just found to be UTF-8")),
        Some(at) => Err(not_utf8(&bytes, at)),
    }
}

fn not_utf8(bytes: &[u8], at: usize) -> String {
    let before = str::from_utf8(&bytes[..at]).expect("INVARIANT: valid up to there");
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    let encoding = match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "it seems to be UTF-16",
        _ if bytes.contains(&0) => "it seems to be no text at all",
        _ => "it seems to be in an older encoding, such as Latin-1",
    };
    format!("{line}:{column}: not UTF-8: the byte 0x{:02X} stands here; {encoding}: save the file as UTF-8", bytes[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bad_byte_has_a_place() {
        let message = decode(b"unit a\n// \xC3\xBC \xFCber".to_vec(), false).unwrap_err();
        assert!(message.starts_with("2:6: not UTF-8: the byte 0xFC"), "{message}");
        let message = decode(b"\xFF\xFEu\0".to_vec(), false).unwrap_err();
        assert!(message.starts_with("1:1: ") && message.contains("UTF-16"), "{message}");
    }

    #[test]
    fn a_character_cut_by_the_limit_is_no_error() {
        assert_eq!(decode(b"ab\xC3".to_vec(), true), Ok("ab".to_string()));
        assert!(decode(b"ab\xC3".to_vec(), false).is_err());
    }
}
