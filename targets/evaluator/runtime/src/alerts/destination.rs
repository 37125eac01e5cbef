//! Where alerts are sent.

use std::path::{Path, PathBuf};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use percent_encoding::percent_decode_str;
use ureq::http::Uri;

use super::{book::Kind, error::AlertsError, firing::fnv};

/// An Alertmanager or a webhook.
#[derive(Clone, PartialEq, Eq)]
pub struct Destination {
    kind: Kind,
    name: String,
    key: String,
    /// Without name and password.
    url: String,
    secret: Secret,
}

#[derive(Clone, PartialEq, Eq)]
enum Secret {
    None,
    /// `Basic ...`.
    Basic(String),
    /// A file with a token, read for each request: a token that is renewed needs no restart.
    File(PathBuf),
}

impl Destination {
    /// An Alertmanager by its URL, which may have a path before that of the API: `http://user:password@host:9093/prefix`.
    /// What is in the token file is sent as a bearer token.
    ///
    /// # Errors
    /// Where that is no URL of http or https, or there are both a password and a file.
    pub fn alertmanager(url: &str, token_file: Option<PathBuf>) -> Result<Destination, AlertsError> {
        let parts = Parts::read(url)?;
        let posted = format!("{}{}/api/v2/alerts", parts.origin, parts.path.trim_end_matches('/'));
        let name = format!("{}{}", parts.origin, parts.path.trim_end_matches('/'));
        parts.destination(Kind::Alertmanager, name, posted, token_file)
    }

    /// A webhook by its URL, with path and query.
    ///
    /// # Errors
    /// As [`Destination::alertmanager`].
    pub fn webhook(url: &str, token_file: Option<PathBuf>) -> Result<Destination, AlertsError> {
        let parts = Parts::read(url)?;
        let query = parts.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        let posted = format!("{}{}{query}", parts.origin, parts.path);
        // Who knows the path of many a chat's webhook can write there.
        let name = parts.origin.clone();
        parts.destination(Kind::Webhook, name, posted, token_file)
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its URL without what may be secret: for messages and metrics. Two webhooks of one host have one name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Under what its state is found again: the same for the same URL, and different for others.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// To where requests go.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The value of the header `Authorization`.
    ///
    /// # Errors
    /// Where the file with the token cannot be read, or has none.
    pub(crate) fn authorization(&self) -> Result<Option<String>, String> {
        match &self.secret {
            Secret::None => Ok(None),
            Secret::Basic(basic) => Ok(Some(basic.clone())),
            Secret::File(path) => token(path).map(|token| Some(format!("Bearer {token}"))),
        }
    }
}

/// Without secrets.
impl std::fmt::Debug for Destination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Destination").field("kind", &self.kind).field("name", &self.name).finish_non_exhaustive()
    }
}

fn token(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("the token in {}: {error}", path.display()))?;
    match text.trim() {
        "" => Err(format!("there is no token in {}", path.display())),
        token if token.bytes().any(|byte| byte.is_ascii_control()) => {
            Err(format!("what is in {} is more than one line", path.display()))
        }
        token => Ok(token.to_string()),
    }
}

struct Parts {
    /// `http://host:9093`.
    origin: String,
    path: String,
    query: Option<String>,
    /// `user:password`, as written.
    userinfo: Option<String>,
}

impl Parts {
    fn read(url: &str) -> Result<Parts, AlertsError> {
        let refused = |why: &str| AlertsError::Url { url: shown(url), why: why.to_string() };
        let uri: Uri = url.trim().parse().map_err(|_| refused("it is no URL"))?;
        let scheme = match uri.scheme_str() {
            Some(scheme @ ("http" | "https")) => scheme,
            Some(_) => return Err(refused("only http and https are known")),
            None => return Err(refused("it has no scheme")),
        };
        let authority = uri.authority().ok_or_else(|| refused("it has no host"))?.as_str();
        let (userinfo, host) = match authority.rsplit_once('@') {
            Some((userinfo, host)) => (Some(userinfo.to_string()), host),
            None => (None, authority),
        };
        Ok(Parts {
            origin: format!("{scheme}://{host}"),
            path: uri.path().to_string(),
            query: uri.query().map(str::to_string),
            userinfo,
        })
    }

    fn destination(
        self,
        kind: Kind,
        name: String,
        url: String,
        token_file: Option<PathBuf>,
    ) -> Result<Destination, AlertsError> {
        let secret = match (self.userinfo, token_file) {
            (Some(_), Some(_)) => return Err(AlertsError::TwoSecrets { url: name }),
            (Some(userinfo), None) => {
                let (user, password) = userinfo.split_once(':').unwrap_or((&userinfo, ""));
                let pair = [user, password].map(|part| percent_decode_str(part).collect::<Vec<u8>>()).join(&b':');
                Secret::Basic(format!("Basic {}", STANDARD.encode(pair)))
            }
            (None, Some(path)) => Secret::File(path),
            (None, None) => Secret::None,
        };
        let key = format!("{}-{:016x}", kind.name(), fnv(url.bytes()));
        Ok(Destination { kind, name, key, url, secret })
    }
}

/// A text that should have been a URL, without what would be secret in one.
fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    if scheme.is_empty() { host.to_string() } else { format!("{scheme}://{host}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_goes_before_that_of_the_api() {
        for (given, posted, name) in [
            ("http://a:9093", "http://a:9093/api/v2/alerts", "http://a:9093"),
            ("https://a/am/", "https://a/am/api/v2/alerts", "https://a/am"),
            ("http://u:p@[::1]:9093/x", "http://[::1]:9093/x/api/v2/alerts", "http://[::1]:9093/x"),
        ] {
            let made = Destination::alertmanager(given, None).unwrap();
            assert_eq!((made.url(), made.name()), (posted, name));
        }
        let hook = Destination::webhook("https://u:p@chat.example.com/hooks/s3cret?x=1", None).unwrap();
        assert_eq!(
            (hook.url(), hook.name()),
            ("https://chat.example.com/hooks/s3cret?x=1", "https://chat.example.com")
        );
    }

    #[test]
    fn a_name_and_a_password_are_decoded() {
        let made = Destination::alertmanager("http://me:p%40ss%3Aword@host", None).unwrap();
        // me:p@ss:word
        assert_eq!(made.authorization(), Ok(Some("Basic bWU6cEBzczp3b3Jk".into())));
        assert!(!format!("{made:?}").contains("ss"), "{made:?}");
    }

    #[test]
    fn a_token_is_read_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let made = Destination::webhook("http://host", Some(path.clone())).unwrap();
        assert!(made.authorization().unwrap_err().contains("token"));
        for token in ["first", "second"] {
            std::fs::write(&path, format!("{token}\n")).unwrap();
            assert_eq!(made.authorization(), Ok(Some(format!("Bearer {token}"))));
        }
        std::fs::write(&path, "\n").unwrap();
        assert!(made.authorization().unwrap_err().contains("no token"));
    }

    #[test]
    fn what_is_no_url_is_refused_without_its_secrets() {
        for (given, said) in [
            ("alertmanager:9093", "scheme"),
            ("ftp://user:hidden@host/hidden", "http and https"),
            ("http://user:hidden@ho st/", "no URL"),
            ("", "no URL"),
        ] {
            let error = Destination::alertmanager(given, None).unwrap_err().to_string();
            assert!(error.contains(said) && !error.contains("hidden"), "{error}");
        }
        let two = Destination::alertmanager("http://u:hidden@host", Some("t".into())).unwrap_err();
        assert_eq!(two, AlertsError::TwoSecrets { url: "http://host".into() });
    }
}
