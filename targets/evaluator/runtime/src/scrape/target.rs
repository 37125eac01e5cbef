//! One address that is asked.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering},
};

use ureq::http::Uri;

use super::{Options, TargetSpec};

/// One address that is asked for metrics.
#[derive(Debug)]
pub struct Target {
    /// No other target of this process has it, also none that had the same URL before.
    pub id: u64,
    /// Where its metrics are.
    pub url: String,
    /// What its series get: `instance`, and what was configured. Sorted by name.
    pub labels: Vec<(String, String)>,
    /// The address, where it is one of several of the URL's name.
    pub address: Option<SocketAddr>,
    /// How it is asked.
    pub options: Options,
}

impl Target {
    /// The target of a URL, or of one of its name's addresses.
    pub(super) fn new(spec: &TargetSpec, address: Option<SocketAddr>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut labels = spec.labels.clone();
        if !labels.iter().any(|(name, _)| name == "instance") {
            let instance = address.map_or_else(
                || {
                    let (host, port) = host_and_port(&spec.url);
                    format!("{host}:{port}")
                },
                |address| address.to_string(),
            );
            labels.push(("instance".to_string(), instance));
            labels.sort();
        }
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Target { id, url: spec.url.clone(), labels, address, options: spec.options.clone() }
    }
}

/// The host of a URL, an IPv6 address in brackets, and its port.
pub(super) fn host_and_port(url: &str) -> (String, u16) {
    let uri: Uri = url.parse().unwrap_or_default();
    let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
    (uri.host().unwrap_or_default().to_string(), port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instance_is_host_and_port() {
        let instance = |text: &str, address: Option<&str>| {
            let spec = TargetSpec::parse(text, &Options::default()).expect("a URL");
            let address = address.map(|address| address.parse().expect("an address"));
            let target = Target::new(&spec, address);
            target.labels.iter().find(|(name, _)| name == "instance").map(|(_, value)| value.clone())
        };
        assert_eq!(instance("http://host/metrics", None).as_deref(), Some("host:80"));
        assert_eq!(instance("https://host/metrics", None).as_deref(), Some("host:443"));
        assert_eq!(instance("http://[::1]:9400/metrics", None).as_deref(), Some("[::1]:9400"));
        assert_eq!(instance("http://host:9400/;instance=mine", None).as_deref(), Some("mine"));
        assert_eq!(instance("dns+http://host:9400/", Some("10.0.0.1:9400")).as_deref(), Some("10.0.0.1:9400"));
    }
}
