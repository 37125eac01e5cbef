//! What `--scrape` says.

use std::{path::PathBuf, time::Duration};

use ureq::http::Uri;

/// Where and how to ask for metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetSpec {
    /// `http` or `https`, with a path.
    pub url: String,
    /// Whether every address of the name is a target of its own.
    pub addresses: bool,
    /// Labels that all of its series get, sorted by name.
    pub labels: Vec<(String, String)>,
    /// How to ask.
    pub options: Options,
}

/// How a target is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// From one scrape to the next.
    pub interval: Duration,
    /// For a whole scrape: name, connection, headers and body. Not more than the interval.
    pub timeout: Duration,
    /// Whether the exporter's own labels win over the target's.
    pub honor_labels: bool,
    /// Bytes of a body, decompressed.
    pub body_limit: usize,
    /// A file with a bearer token, read anew for every scrape.
    pub bearer_token_file: Option<PathBuf>,
    /// A file with the certificates, in PEM, that are trusted instead of the public ones.
    pub ca_file: Option<PathBuf>,
    /// Whether any certificate is taken.
    pub insecure_skip_verify: bool,
}

impl Default for Options {
    /// Every 15 s, within 10 s, up to 64 MiB.
    fn default() -> Self {
        Options {
            interval: Duration::from_secs(15),
            timeout: Duration::from_secs(10),
            honor_labels: false,
            body_limit: 64 << 20,
            bearer_token_file: None,
            ca_file: None,
            insecure_skip_verify: false,
        }
    }
}

/// The names of the options, for messages.
const OPTIONS: &str =
    "interval, timeout, honor_labels, body_limit, bearer_token_file, ca_file and insecure_skip_verify";
/// The largest limit of a body; two targets at it already fill most machines.
const LARGEST: usize = 1 << 30;

impl TargetSpec {
    /// Reads `[dns+]URL[;LABEL=VALUE,...[;OPTION=VALUE,...]]`. What the options do not say is as in `defaults`.
    ///
    /// # Errors
    /// What is wrong with it, and what to write.
    pub fn parse(text: &str, defaults: &Options) -> Result<Self, String> {
        let (url, rest) = cut(text);
        let (labels, rest) = cut(rest);
        let (options, rest) = cut(rest);
        if !rest.is_empty() {
            return Err(format!("{rest:?} follows the options; write `URL;labels;options`, and a `;` in a URL as %3B"));
        }
        let (addresses, url) = match url.trim().strip_prefix("dns+") {
            Some(url) => (true, url),
            None => (false, url.trim()),
        };
        let url = checked_url(url)?;
        let mut labels = pairs(labels, "label")?;
        for (name, _) in &labels {
            let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if !plain || name.starts_with(|first: char| first.is_ascii_digit()) || name.starts_with("__") {
                return Err(format!("{name:?} cannot be a label: letters, digits and `_`, not `__` at the beginning"));
            }
            if addresses && name == "instance" {
                return Err("the addresses of a name differ by `instance`, so it cannot be set".to_string());
            }
        }
        labels.sort();
        labels.retain(|(_, value)| !value.is_empty());
        Ok(TargetSpec { url, addresses, labels, options: self::options(options, defaults)? })
    }
}

/// Cuts at the first `;` outside of quotes.
fn cut(text: &str) -> (&str, &str) {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b';' if !quoted => return (&text[..at], &text[at + 1..]),
            _ => {}
        }
    }
    (text, "")
}

fn checked_url(url: &str) -> Result<String, String> {
    let uri: Uri = url.parse().map_err(|error| format!("{url:?} is no URL: {error}"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(format!("{url:?} is no URL to scrape: write http://HOST:PORT/metrics or https://..."));
    }
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    if uri.host().is_none_or(str::is_empty) {
        return Err(format!("{url:?} has no host: write http://HOST:PORT/metrics"));
    }
    if authority.contains('@') {
        // The message does not repeat it.
        return Err("a URL with a password can be seen by everybody on this machine: use the option bearer_token_file"
            .to_string());
    }
    if authority.ends_with(':')
        || (authority.rsplit(']').next().unwrap_or("").contains(':') && uri.port_u16().is_none())
    {
        return Err(format!("{url:?} has no port that could be one: write http://HOST:PORT/metrics"));
    }
    // As in Prometheus, the path is /metrics where there is none.
    let path = match uri.path_and_query().map_or("", |path| path.as_str()) {
        "" | "/" if !url.ends_with('/') => "/metrics".to_string(),
        path if path.starts_with('?') => format!("/metrics{path}"),
        path => path.to_string(),
    };
    Ok(format!("{}://{authority}{path}", uri.scheme_str().unwrap_or("http")))
}

/// `NAME=VALUE,NAME="VALUE"`
fn pairs(text: &str, what: &str) -> Result<Vec<(String, String)>, String> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or_else(|| format!("{rest:?} has no value; write {what}=value"))?;
        let name = name.trim();
        if name.is_empty() {
            return Err(format!("a {what} without a name before {rest:?}"));
        }
        let after = after.trim_start();
        let value;
        (value, rest) = if after.starts_with('"') {
            quoted(after)?
        } else {
            let (value, after) = after.split_once(',').unwrap_or((after, ""));
            (value.trim().to_string(), after.trim_start())
        };
        if pairs.iter().any(|(known, _)| known == name) {
            return Err(format!("the {what} {name:?} is there twice"));
        }
        pairs.push((name.to_string(), value));
    }
    Ok(pairs)
}

/// A value in quotes, and what follows its comma.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' => value.extend(chars.next().map(|(_, char)| char)),
            '"' => {
                let rest = text[at + 1..].trim_start();
                return match rest.strip_prefix(',') {
                    Some(rest) => Ok((value, rest.trim_start())),
                    None if rest.is_empty() => Ok((value, rest)),
                    None => Err(format!("{rest:?} follows a value in quotes; a comma is needed")),
                };
            }
            char => value.push(char),
        }
    }
    Err(format!("the quotes of {text:?} are not closed"))
}

fn options(text: &str, defaults: &Options) -> Result<Options, String> {
    let mut options = defaults.clone();
    let mut timed = false;
    for (name, value) in pairs(text, "option")? {
        let value = value.as_str();
        match name.as_str() {
            "interval" => options.interval = duration(value)?,
            "timeout" => (options.timeout, timed) = (duration(value)?, true),
            "honor_labels" => options.honor_labels = truth(&name, value)?,
            "body_limit" => options.body_limit = bytes(value)?,
            "bearer_token_file" => options.bearer_token_file = Some(value.into()),
            "ca_file" => options.ca_file = Some(value.into()),
            "insecure_skip_verify" => options.insecure_skip_verify = truth(&name, value)?,
            _ => return Err(format!("there is no option {name:?}; there are {OPTIONS}")),
        }
    }
    if options.timeout > options.interval {
        if timed {
            return Err("the timeout is longer than the interval; a scrape must end before the next begins".to_string());
        }
        options.timeout = options.interval;
    }
    Ok(options)
}

fn truth(name: &str, value: &str) -> Result<bool, String> {
    value.parse().map_err(|_| format!("{name} is true or false, not {value:?}"))
}

fn duration(text: &str) -> Result<Duration, String> {
    let end = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: Option<u64> = number.parse().ok();
    let milliseconds = match unit {
        "ms" => number,
        "s" => number.and_then(|number| number.checked_mul(1_000)),
        "m" => number.and_then(|number| number.checked_mul(60_000)),
        _ => None,
    };
    match milliseconds {
        Some(milliseconds @ 10..=3_600_000) => Ok(Duration::from_millis(milliseconds)),
        Some(_) => Err(format!("{text:?} is out of range: from 10ms to 60m")),
        None => Err(format!("{text:?} is no duration; write 500ms, 15s or 1m")),
    }
}

fn bytes(text: &str) -> Result<usize, String> {
    let (number, unit) = match text.strip_suffix("MiB") {
        Some(number) => (number, 1 << 20),
        None => (text.strip_suffix("KiB").unwrap_or(text), if text.ends_with("KiB") { 1 << 10 } else { 1 }),
    };
    let bytes = number.trim().parse::<usize>().ok().and_then(|number| number.checked_mul(unit));
    match bytes {
        Some(bytes) if (1..=LARGEST).contains(&bytes) => Ok(bytes),
        Some(_) => Err(format!("{text:?} is out of range: up to 1024MiB")),
        None => Err(format!("{text:?} is no size; write 64MiB, 512KiB or a number of bytes")),
    }
}

#[cfg(test)]
#[path = "spec_tests.rs"]
mod tests;
