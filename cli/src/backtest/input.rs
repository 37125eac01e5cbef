//! A file, or stdin, as bytes: unpacked where it is gzipped.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Cursor, ErrorKind, Read},
};

use flate2::bufread::MultiGzDecoder;

use crate::Failure;

/// Bytes in a buffer of the file.
const BUFFER: usize = 1 << 17;

/// Bytes that are looked at before the rest is read.
const HEAD: u64 = 1 << 16;

/// Text to be read.
pub(super) struct Input {
    /// What messages call it.
    pub name: String,
    /// The text, without a mark of its encoding.
    pub reader: Box<dyn BufRead>,
    gzip: bool,
}

impl Input {
    /// Opens a file; `-` is stdin.
    ///
    /// # Errors
    /// Exit code 2 for what cannot be opened or read, 1 for what is no text.
    pub fn open(path: &str) -> Result<Input, Failure> {
        let (name, file): (String, Box<dyn Read>) = if path == "-" {
            ("stdin".to_string(), Box::new(io::stdin()))
        } else {
            let file = File::open(path).map_err(|error| match error.kind() {
                ErrorKind::NotFound => Failure::usage(format!("there is no file {path}")),
                _ => Failure::usage(format!("cannot read {path}: {error}")),
            })?;
            if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
                return Err(Failure::usage(format!("{path} is a folder; name a file")));
            }
            (path.to_string(), Box::new(file))
        };
        Input::of(name, file)
    }

    /// Finds out by the first bytes, not by the name, what it is.
    fn of(name: String, file: Box<dyn Read>) -> Result<Input, Failure> {
        let mut input = Input { name, reader: Box::new(io::empty()), gzip: false };
        let mut file = BufReader::with_capacity(BUFFER, file);
        let first = first(&mut file).map_err(|error| input.failed(&error))?;
        let gzip = first.starts_with(&[0x1F, 0x8B]);
        let whole = Cursor::new(first.clone()).chain(file);
        let (first, whole): (Vec<u8>, Box<dyn BufRead>) = if gzip {
            input.gzip = true;
            let mut unpacked = BufReader::with_capacity(BUFFER, MultiGzDecoder::new(whole));
            let first = self::first(&mut unpacked).map_err(|error| input.failed(&error))?;
            (first.clone(), Box::new(Cursor::new(first).chain(unpacked)))
        } else {
            (first, Box::new(whole))
        };
        if let Some(what) = not_text(&first) {
            return Err(Failure::input(format!("{}: {what}", input.name)));
        }
        input.reader = whole;
        if first.starts_with(&[0xEF, 0xBB, 0xBF]) {
            input.reader.consume(3);
        }
        Ok(input)
    }

    /// Why reading failed.
    pub fn failed(&self, error: &io::Error) -> Failure {
        failed(&self.name, self.gzip, error)
    }

    /// The reader apart from what is needed to say why reading it failed.
    pub fn split(self) -> (Box<dyn BufRead>, impl Fn(&io::Error) -> Failure) {
        let Input { name, reader, gzip } = self;
        (reader, move |error: &io::Error| failed(&name, gzip, error))
    }
}

fn failed(name: &str, gzip: bool, error: &io::Error) -> Failure {
    match error.kind() {
        ErrorKind::UnexpectedEof if gzip => {
            Failure::input(format!("{name}: the gzip stream ends too soon: the file is cut off; get it again"))
        }
        ErrorKind::InvalidInput | ErrorKind::InvalidData if gzip => {
            Failure::input(format!("{name}: the gzip stream is damaged ({error}); get the file again"))
        }
        _ => Failure::usage(format!("cannot read {name}: {error}")),
    }
}

/// The first bytes: enough for a header, in one piece.
fn first(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(HEAD).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn not_text(first: &[u8]) -> Option<&'static str> {
    match first {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Some("not UTF-8: it seems to be UTF-16; save the file as UTF-8"),
        [b'P', b'K', 3, 4, ..] => Some("a zip archive; unpack it first"),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Some("packed with zstd; unpack it first, or use gzip"),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => Some("packed with bzip2; unpack it first, or use gzip"),
        [0xFD, b'7', b'z', b'X', ..] => Some("packed with xz; unpack it first, or use gzip"),
        [b'P', b'A', b'R', b'1', ..] => Some("a Parquet file; turn it into CSV or JSON lines first"),
        _ => None,
    }
}
