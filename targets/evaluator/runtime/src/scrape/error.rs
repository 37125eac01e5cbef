//! Why a scrape has nothing.

use std::{error::Error, fmt, io};

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// No address has that name, or no name server answers.
    Resolve,
    /// No connection, or it broke before there was an answer.
    Connect,
    /// The certificate is not trusted, or there was no agreement on encryption.
    Tls,
    /// Not complete within the timeout.
    Timeout,
    /// A status other than 200, or too many redirects.
    Status,
    /// An answer that is not HTTP, a body that is cut off, or one that cannot be decompressed.
    Body,
    /// A body, a line or a number of series beyond the limit.
    TooLarge,
    /// Not the format that it should be.
    Parse,
    /// A file of this machine, such as that of the token, cannot be read.
    File,
    /// The target is no longer asked.
    Removed,
}

impl Reason {
    /// All of them.
    pub const ALL: [Reason; 10] = [
        Reason::Resolve,
        Reason::Connect,
        Reason::Tls,
        Reason::Timeout,
        Reason::Status,
        Reason::Body,
        Reason::TooLarge,
        Reason::Parse,
        Reason::File,
        Reason::Removed,
    ];

    /// As a label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Resolve => "resolve",
            Reason::Connect => "connect",
            Reason::Tls => "tls",
            Reason::Timeout => "timeout",
            Reason::Status => "status",
            Reason::Body => "body",
            Reason::TooLarge => "too_large",
            Reason::Parse => "parse",
            Reason::File => "file",
            Reason::Removed => "removed",
        }
    }
}

/// Why a scrape has nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScrapeError {
    /// The kind of failure.
    pub reason: Reason,
    /// A sentence for people.
    pub message: String,
}

impl ScrapeError {
    pub(super) fn new(reason: Reason, message: impl Into<String>) -> Self {
        ScrapeError { reason, message: message.into() }
    }

    /// A failure of the HTTP client. `answered` is whether the headers had arrived.
    pub(super) fn http(error: ureq::Error, answered: bool) -> Self {
        let (reason, message) = match error {
            ureq::Error::Timeout(_) => (Reason::Timeout, "not complete within the timeout".to_string()),
            ureq::Error::HostNotFound => (Reason::Resolve, "no address has this name".to_string()),
            ureq::Error::TooManyRedirects => (Reason::Status, "it redirects again and again".to_string()),
            ureq::Error::BodyExceedsLimit(limit) => {
                (Reason::TooLarge, format!("a body of more than {limit} bytes; `body_limit` sets the limit"))
            }
            ureq::Error::Io(error) => return Self::io(&error, answered),
            ureq::Error::Decompress(_, error) => (Reason::Body, format!("cannot be decompressed: {error}")),
            ureq::Error::ConnectionFailed => (Reason::Connect, "no connection".to_string()),
            error @ (ureq::Error::Rustls(_) | ureq::Error::Tls(_) | ureq::Error::Pem(_)) => {
                (Reason::Tls, error.to_string())
            }
            error => (Reason::Body, error.to_string()),
        };
        ScrapeError { reason, message }
    }

    fn io(error: &io::Error, answered: bool) -> Self {
        let message = error.to_string();
        let reason = match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Reason::Timeout,
            // What the system says of a name that it does not find has no kind of its own.
            _ if message.starts_with("failed to lookup address") => Reason::Resolve,
            // So does the TLS library, inside of an error of the connection.
            io::ErrorKind::InvalidData if !answered => Reason::Tls,
            _ if answered => Reason::Body,
            _ => Reason::Connect,
        };
        ScrapeError { reason, message }
    }
}

impl fmt::Display for ScrapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for ScrapeError {}
