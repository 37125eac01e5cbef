//! Gets the text of one scrape.

use std::{fs, io::Read as _, net::SocketAddr, sync::Arc, time::Instant};

use farthing_exposition::Format;
use ureq::{
    Agent, Body,
    config::{Config, RedirectAuthHeaders},
    http::{Response, Uri, header},
    tls::{Certificate, PemItem, RootCerts, TlsConfig},
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

use super::{Reason, ScrapeError, Target};

/// What is asked for: OpenMetrics where the exporter has it, else Prometheus's text, else whatever there is.
const ACCEPT: &str = "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
/// Redirects that are followed, as by Prometheus.
const REDIRECTS: u32 = 10;
/// A buffer that is so many times too large is given back.
const SPARE: usize = 4;
/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;

/// Asks one target.
///
/// Every scrape has a connection of its own. So a name is resolved anew each time, and no server closes a connection
/// that lies idle at the moment when it is used.
pub(super) struct Client {
    target: Arc<Target>,
    /// None after a failure of TLS, for the file of certificates may have changed.
    agent: Option<Agent>,
    body: Vec<u8>,
}

impl Client {
    pub fn new(target: Arc<Target>) -> Self {
        Client { target, agent: None, body: Vec::new() }
    }

    /// The text, and its format.
    ///
    /// # Errors
    /// Why there is none.
    pub fn fetch(&mut self) -> Result<(&[u8], Format), ScrapeError> {
        let deadline = Instant::now() + self.target.options.timeout;
        self.body.clear();
        match self.try_fetch(deadline) {
            Ok(format) => {
                self.body.shrink_to(SPARE * self.body.len());
                Ok((&self.body, format.unwrap_or_else(|| Format::guess(&self.body))))
            }
            Err(error) => {
                self.body = Vec::new();
                if error.reason == Reason::Tls {
                    self.agent = None;
                }
                Err(error)
            }
        }
    }

    fn try_fetch(&mut self, deadline: Instant) -> Result<Option<Format>, ScrapeError> {
        let agent = match &self.agent {
            Some(agent) => agent,
            None => self.agent.insert(agent(&self.target)?),
        };
        let options = &self.target.options;
        let seconds = options.timeout.as_secs_f64().to_string();
        let mut request = agent
            .get(&self.target.url)
            .header(header::ACCEPT, ACCEPT)
            .header(header::CONNECTION, "close")
            .header("x-prometheus-scrape-timeout-seconds", seconds);
        if let Some(path) = &options.bearer_token_file {
            let failed = |error| ScrapeError::new(Reason::File, format!("the token in {}: {error}", path.display()));
            let token = fs::read_to_string(path).map_err(failed)?;
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.trim()));
        }
        let response = request.call().map_err(|error| ScrapeError::http(error, false))?;
        let format = checked(&response)?;
        let mut reader = response.into_body().into_with_config().limit(options.body_limit as u64).reader();
        loop {
            let failed = |error| ScrapeError::http(ureq::Error::from(error), true);
            let read = reader.by_ref().take(CHUNK as u64).read_to_end(&mut self.body).map_err(failed)?;
            if read == 0 {
                return Ok(format);
            }
            // What comes fast enough never waits for the network, which is where the client looks at the clock.
            if Instant::now() > deadline {
                return Err(ScrapeError::new(Reason::Timeout, "not complete within the timeout"));
            }
        }
    }
}

/// The format that an answer says it has.
fn checked(response: &Response<Body>) -> Result<Option<Format>, ScrapeError> {
    let status = response.status();
    if status.as_u16() != 200 {
        return Err(ScrapeError::new(Reason::Status, format!("it answers with the status {status}")));
    }
    let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default();
    for (kind, what) in
        [("text/html", "a web page"), ("application/json", "JSON"), ("application/vnd.google.protobuf", "protobuf")]
    {
        if content_type.trim_start().to_ascii_lowercase().starts_with(kind) {
            let message = format!("it answers with {what}, not with metrics; is the path of the URL right?");
            return Err(ScrapeError::new(Reason::Parse, message));
        }
    }
    Ok(Format::from_content_type(content_type))
}

fn agent(target: &Target) -> Result<Agent, ScrapeError> {
    let config = Config::builder()
        .timeout_global(Some(target.options.timeout))
        .http_status_as_error(false)
        .max_redirects(REDIRECTS)
        .redirect_auth_headers(RedirectAuthHeaders::Never)
        .max_idle_connections(0)
        // An exporter is near; a proxy that the environment names is for what is far.
        .proxy(None)
        .user_agent(concat!("farthing/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls(target)?)
        .build();
    Ok(match target.address {
        None => Agent::new_with_config(config),
        Some(address) => {
            let host = super::target::host_and_port(&target.url).0;
            Agent::with_parts(config, DefaultConnector::default(), Pinned { host, address })
        }
    })
}

fn tls(target: &Target) -> Result<TlsConfig, ScrapeError> {
    let options = &target.options;
    let tls = TlsConfig::builder().disable_verification(options.insecure_skip_verify);
    let Some(path) = &options.ca_file else {
        return Ok(tls.root_certs(RootCerts::WebPki).build());
    };
    let failed = |why: String| ScrapeError::new(Reason::File, format!("the certificates in {}: {why}", path.display()));
    let pem = fs::read(path).map_err(|error| failed(error.to_string()))?;
    let mut certificates: Vec<Certificate<'static>> = Vec::new();
    for item in ureq::tls::parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| failed(error.to_string()))? {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(failed("there are none in PEM".to_string()));
    }
    Ok(tls.root_certs(RootCerts::new_with_certs(&certificates)).build())
}

/// Has one address of a name that has several. A redirect to another host is resolved as any.
#[derive(Debug)]
struct Pinned {
    host: String,
    address: SocketAddr,
}

impl Resolver for Pinned {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        if uri.host() != Some(self.host.as_str()) {
            return DefaultResolver::default().resolve(uri, config, timeout);
        }
        let mut address = self.address;
        if let Some(port) = uri.port_u16() {
            address.set_port(port);
        }
        let mut found = self.empty();
        found.push(address);
        Ok(found)
    }
}
