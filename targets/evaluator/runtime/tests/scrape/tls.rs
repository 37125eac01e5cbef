//! Exporters behind HTTPS.
//!
//! `tests/data/localhost.pem` vouches for itself, for a hundred years, and for nothing but `localhost` and `127.0.0.1`:
//! `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout localhost.key -out localhost.pem
//! -days 36500 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1`

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    path::PathBuf,
    sync::Arc,
    thread,
};

use farthing_runtime::scrape::Reason;
use rustls::{
    ServerConfig, ServerConnection, Stream,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

use crate::once;

fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// Answers every connection with one sample; gives the port.
fn server() -> u16 {
    let certificate = CertificateDer::from_pem_file(data("localhost.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(data("localhost.key")).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a certificate with its key");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut connection = ServerConnection::new(config.clone()).expect("a connection");
            let mut tls = Stream::new(&mut connection, &mut stream);
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\na 1\n";
            // Who does not trust it goes away.
            let _ = tls.read(&mut [0; 4096]).and_then(|_| tls.write_all(answer)).and_then(|()| tls.flush());
            connection.send_close_notify();
            let _ = connection.write_tls(&mut stream);
        }
    });
    port
}

#[test]
fn certificates_are_checked_against_the_file_that_is_given() {
    let port = server();
    let url = format!("https://localhost:{port}/metrics");
    let error = once(&url).result.expect_err("nobody vouches for it");
    assert_eq!(error.reason, Reason::Tls, "{error}");
    let ca = data("localhost.pem");
    let trusted = once(&format!("{url};;ca_file={}", ca.display()));
    assert!(trusted.result.is_ok(), "{trusted:?}");
    // The name counts that the certificate is for, and not the address.
    let by_address = once(&format!("dns+{url};;ca_file={}", ca.display()));
    assert!(
        by_address.result.is_ok() || by_address.target.address.is_some_and(|address| address.is_ipv6()),
        "{by_address:?}"
    );
    let other_name = once(&format!("https://127.0.0.2:{port}/;;ca_file={}", ca.display()));
    assert!(other_name.result.is_err());
    assert!(once(&format!("{url};;insecure_skip_verify=true")).result.is_ok());
    let error =
        once(&format!("{url};;ca_file={}", data("localhost.key").display())).result.expect_err("no certificate");
    assert_eq!((error.reason, error.message.contains("there are none in PEM")), (Reason::File, true), "{error}");
    let error = once(&format!("{url};;ca_file=/no/such/file")).result.expect_err("no file");
    assert_eq!(error.reason, Reason::File, "{error}");
}
