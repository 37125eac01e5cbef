//! Why alerts cannot be sent as configured.

use std::fmt;

/// Why a destination is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertsError {
    /// Not a URL.
    Url {
        /// As given, without what may be secret.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// A name and password in the URL, and a file with a token.
    TwoSecrets {
        /// As given, without what may be secret.
        url: String,
    },
    /// One destination twice: it would be told everything twice.
    Twice {
        /// As given, without what may be secret.
        url: String,
    },
    /// No thread could be started.
    Thread(String),
}

impl fmt::Display for AlertsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AlertsError::Url { url, why } => {
                write!(f, "alerts cannot be sent to {url}: {why}; write a URL such as http://alertmanager:9093")
            }
            AlertsError::TwoSecrets { url } => {
                write!(f, "alerts for {url} have a name and password in the URL and a file with a token: leave one out")
            }
            AlertsError::Twice { url } => write!(f, "alerts would be sent to {url} twice: leave one out"),
            AlertsError::Thread(why) => write!(f, "no thread could be started that sends alerts: {why}"),
        }
    }
}

impl std::error::Error for AlertsError {}
