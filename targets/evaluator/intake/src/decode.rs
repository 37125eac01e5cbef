//! From the body of a request to its text.

use std::{
    borrow::Cow,
    io::{ErrorKind, Read as _},
};

use flate2::bufread::MultiGzDecoder;

use crate::problems::Refused;

/// How gzip begins. No JSON begins so, so a body is unpacked where its header forgot to say it as well.
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// Unpacks a body that came with this `Content-Encoding`, if any, to at most so many bytes: a small body that unpacks to
/// a large one takes no more memory than that.
///
/// # Errors
/// Where the encoding is neither gzip nor `identity`, the stream is damaged or cut off, or the text is too long.
pub fn decode<'b>(body: &'b [u8], encoding: Option<&str>, most: usize) -> Result<Cow<'b, [u8]>, Refused> {
    let encoding = encoding.map(str::trim).unwrap_or_default();
    let gzip = match encoding.to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => true,
        "" | "identity" => body.starts_with(&GZIP),
        _ => return Err(Refused::Encoding { encoding: encoding.to_string() }),
    };
    if !gzip {
        return if body.len() > most { Err(Refused::TooLong { most }) } else { Ok(body.into()) };
    }
    let mut text = Vec::new();
    let read = MultiGzDecoder::new(body).take(most as u64 + 1).read_to_end(&mut text);
    if text.len() > most {
        return Err(Refused::TooLong { most });
    }
    match read {
        Ok(_) => Ok(text.into()),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            Err(Refused::Gzip { message: "it ends too soon".to_string() })
        }
        Err(error) => Err(Refused::Gzip { message: error.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).expect("memory");
        encoder.finish().expect("memory")
    }

    #[test]
    fn a_packed_body_is_unpacked() {
        let text = b"{\"a\": 1}\n".repeat(100);
        let packed = gzip(&text);
        for encoding in [Some("gzip"), Some(" X-GZIP "), Some("identity"), Some(""), None] {
            assert_eq!(decode(&packed, encoding, 900).as_deref(), Ok(&text[..]), "{encoding:?}");
        }
        // Several members are one text.
        assert_eq!(decode(&[packed.clone(), packed].concat(), Some("gzip"), 1800).map(|text| text.len()), Ok(1800));
        assert_eq!(decode(&text, None, 900).as_deref(), Ok(&text[..]));
        assert_eq!(decode(b"", None, 0).as_deref(), Ok(&b""[..]));
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let packed = gzip(&vec![b' '; 32 << 20]);
        assert!(packed.len() < 100_000);
        assert_eq!(decode(&packed, Some("gzip"), 1 << 20), Err(Refused::TooLong { most: 1 << 20 }));
        assert_eq!(decode(b"abc", None, 2), Err(Refused::TooLong { most: 2 }));
    }

    #[test]
    fn what_cannot_be_unpacked_is_told() {
        let packed = gzip(b"{}");
        let cut = decode(&packed[..packed.len() - 4], Some("gzip"), 100).expect_err("cut off");
        assert_eq!(cut.to_string(), "the gzip stream is damaged: it ends too soon");
        let wrong = decode(b"{\"a\": 1}", Some("gzip"), 100).expect_err("not packed");
        assert!(matches!(wrong, Refused::Gzip { .. }), "{wrong}");
        let mut damaged = packed.clone();
        let checksum = damaged.len() - 8;
        damaged[checksum] ^= 1;
        assert!(matches!(decode(&damaged, Some("gzip"), 100), Err(Refused::Gzip { .. })));
        let zstd = decode(b"", Some("zstd"), 100).expect_err("unknown");
        assert_eq!((zstd.status(), zstd.to_string().contains("use gzip")), (415, true));
    }
}
