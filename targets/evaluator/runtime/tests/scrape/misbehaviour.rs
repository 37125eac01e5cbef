//! Exporters that hang, lie or flood.

use std::{
    io::Write,
    net::{TcpListener, TcpStream},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use farthing_runtime::scrape::Reason;
use flate2::{Compression, write::GzEncoder};

use crate::{
    WAIT, all, once,
    server::{Server, respond},
    start,
};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n";

fn gzipped(parts: usize, part: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..parts {
        encoder.write_all(part).expect("memory");
    }
    encoder.finish().expect("memory")
}

/// Writes again and again until nobody listens.
fn flood(mut stream: TcpStream, head: &[u8], part: &[u8], pause: Duration) {
    let mut going = stream.write_all(head).is_ok();
    while going {
        thread::sleep(pause);
        going = stream.write_all(part).is_ok();
    }
}

/// Why the first scrape failed, and what is said of it.
fn why(options: &str, answer: impl Fn(TcpStream, Vec<String>, usize) + Send + Sync + 'static) -> (Reason, String) {
    let server = Server::start(answer);
    let scrape = once(&format!("{};;{options}", server.url()));
    let error = scrape.result.expect_err("it misbehaves");
    (error.reason, error.message)
}

#[test]
fn no_answer_is_an_answer() {
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let error = once(&format!("http://{closed}/metrics")).result.expect_err("nobody is there");
    assert_eq!(error.reason, Reason::Connect, "{error}");
    let error = once("http://no-such-host.invalid/metrics").result.expect_err("nobody is there");
    assert_eq!(error.reason, Reason::Resolve, "{error}");
    let (reason, said) = why("", |stream, _, _| drop(stream));
    assert!(matches!(reason, Reason::Connect | Reason::Body), "{reason:?} {said}");
    let (reason, said) = why("", |mut stream, _, _| drop(stream.write_all(b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n")));
    assert_eq!(reason, Reason::Body, "{said}");
    let (reason, said) = why("", |stream, _, _| flood(stream, OK, b"X-Header: 1234567890\r\n", Duration::ZERO));
    assert_eq!(reason, Reason::Body, "{said}");
}

#[test]
fn an_answer_of_another_kind_is_refused() {
    for (status, headers, body, reason, part) in [
        ("500 Internal Server Error", "", "a 1\n", Reason::Status, "500"),
        ("204 No Content", "", "", Reason::Status, "204"),
        ("404 Not Found", "", "", Reason::Status, "404"),
        ("302 Found", "Location: /metrics", "", Reason::Status, "redirects again and again"),
        ("200 OK", "Content-Type: text/html", "<html>", Reason::Parse, "a web page"),
        ("200 OK", "Content-Type: application/json", "{}", Reason::Parse, "JSON"),
        ("200 OK", "X-None: 1", "<html>", Reason::Parse, "line 1, column 1: expected the name of a metric"),
        ("200 OK", "Content-Type: application/openmetrics-text", "a 1\n", Reason::Parse, "cut off"),
        ("200 OK", "Content-Encoding: gzip", "a 1\n", Reason::Body, ""),
        ("200 OK", "X-None: 1", "a 1\n\u{1}\u{2}\u{3}\n", Reason::Parse, "line 2"),
    ] {
        let (found, said) = why("", move |stream, _, _| {
            respond(stream, status, &[headers].map(|h| if h.is_empty() { "X-None: 1" } else { h }), body.as_bytes())
        });
        assert!(found == reason && said.contains(part), "{status} {headers} {body}: {found:?} {said}");
    }
    let (reason, said) = why("", |stream, _, _| respond(stream, "200 OK", &[], b"\x7fELF\xff\xfe\x00"));
    assert_eq!((reason, said.as_str()), (Reason::Parse, "line 1, column 5: not UTF-8"));
}

#[test]
fn a_body_that_is_cut_off_is_refused() {
    let (reason, said) = why("", |mut stream, _, _| {
        let _ = stream.write_all(OK).and_then(|()| stream.write_all(b"Content-Length: 100\r\n\r\na 1\n"));
    });
    assert_eq!(reason, Reason::Body, "{said}");
    let (reason, said) = why("", |mut stream, _, _| {
        let _ =
            stream.write_all(OK).and_then(|()| stream.write_all(b"Transfer-Encoding: chunked\r\n\r\n4\r\na 1\n\r\n"));
    });
    assert_eq!(reason, Reason::Body, "{said}");
    let (reason, said) = why("", |stream, _, _| {
        let body = gzipped(1, b"a 1\nb 2\n");
        respond(stream, "200 OK", &["Content-Encoding: gzip"], &body[..body.len() - 9]);
    });
    assert_eq!(reason, Reason::Body, "{said}");
}

#[test]
fn what_hangs_or_drips_runs_into_the_timeout() {
    let soon = "timeout=500ms";
    let (reason, said) = why(soon, |stream, _, _| {
        thread::sleep(WAIT);
        drop(stream);
    });
    assert_eq!(reason, Reason::Timeout, "{said}");
    let pause = Duration::from_millis(20);
    let (reason, said) = why(soon, move |stream, _, _| flood(stream, b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a", pause));
    assert_eq!(reason, Reason::Timeout, "{said}");
    let body = [OK, b"\r\n"].concat();
    let (reason, said) = why(soon, move |stream, _, _| flood(stream, &body, b"a 1\n", pause));
    assert_eq!(reason, Reason::Timeout, "{said}");
    // It never fills the buffer, and never ends: members of a gzip stream with nothing in them.
    let body = [OK, b"Content-Encoding: gzip\r\n\r\n"].concat();
    let nothing = gzipped(0, b"").repeat(1_000);
    let (reason, said) = why(soon, move |stream, _, _| flood(stream, &body, &nothing, Duration::ZERO));
    assert_eq!(reason, Reason::Timeout, "{said}");
}

#[test]
fn what_floods_runs_into_the_limit() {
    let (reason, said) = why("body_limit=1MiB", |stream, _, _| {
        flood(stream, &[OK, b"\r\n"].concat(), &b"a 1\n".repeat(1_000), Duration::ZERO);
    });
    assert_eq!((reason, said.contains("more than 1048576 bytes")), (Reason::TooLarge, true), "{said}");
    let (reason, said) = why("body_limit=1MiB", |stream, _, _| {
        let bomb = gzipped(1_000, &[b'a'; 1 << 20]);
        respond(stream, "200 OK", &["Content-Encoding: gzip"], &bomb);
    });
    assert_eq!(reason, Reason::TooLarge, "{said}");
    let (reason, said) = why("interval=60s,timeout=60s", |stream, _, _| {
        // Ten million series are more than 64 MiB, or more than are kept, whichever is first.
        let body: String = (0..250_000).map(|at| format!("a{{l=\"{at}\"}} 1\n")).collect();
        respond(stream, "200 OK", &[], body.as_bytes());
    });
    assert_eq!((reason, said.contains("more than 200000 series")), (Reason::TooLarge, true), "{said}");
}

#[test]
fn a_body_as_large_as_the_limit_is_taken() {
    let server = Server::texts(vec!["a 1\n".repeat(256)]);
    let batch = once(&format!("{};;body_limit=1KiB", server.url())).result.expect("a batch");
    assert_eq!((batch.read, batch.samples.len(), batch.duplicates), (256, 1, 255));
}

#[test]
fn who_hangs_harms_only_itself() {
    let hung = Server::start(|stream, _, _| {
        thread::sleep(WAIT);
        drop(stream);
    });
    let good = Server::texts(vec!["a 1\n".to_string()]);
    let specs =
        [format!("{};;interval=30s,timeout=30s", hung.url()), format!("{};;interval=50ms,timeout=50ms", good.url())];
    let (scraper, scrapes) = start(&specs, all());
    let mut succeeded = 0;
    while succeeded < 5 {
        let scrape = scrapes.recv_timeout(WAIT).expect("a scrape");
        succeeded += usize::from(scrape.target.url == good.url() && scrape.result.is_ok());
    }
    let health = scraper.health();
    assert_eq!(health.len(), 2);
}

#[test]
fn a_stop_does_not_wait_for_who_hangs() {
    let (arrived, arrivals) = mpsc::channel();
    let server = Server::start(move |stream, _, _| {
        let _ = arrived.send(());
        thread::sleep(WAIT);
        drop(stream);
    });
    let (scraper, scrapes) = start(&[format!("{};;interval=60s,timeout=60s", server.url())], all());
    arrivals.recv_timeout(WAIT).expect("a request");
    let stopping = Instant::now();
    scraper.stop();
    assert!(stopping.elapsed() < Duration::from_secs(30), "the timeout is 60 s");
    assert!(scrapes.try_recv().is_err());
    assert!(scraper.health().is_empty());
}

#[test]
fn gzip_and_redirects_are_followed() {
    let body = gzipped(1, b"a 1\n");
    let server = Server::start(move |stream, lines, _| {
        if lines[0].starts_with("get /metrics ") {
            respond(stream, "301 Moved Permanently", &["Location: /other"], b"");
        } else {
            respond(stream, "200 OK", &["Content-Encoding: gzip"], &body);
        }
    });
    assert_eq!(once(&server.url()).result.expect("a batch").samples.len(), 1);
}

#[test]
fn the_token_of_a_file_is_shown() {
    let file = std::env::temp_dir().join(format!("farthing-token-{}", std::process::id()));
    std::fs::write(&file, "open sesame\n").expect("a file");
    let server = Server::start(|stream, lines, _| {
        let shown = lines.iter().any(|line| line == "authorization: bearer open sesame");
        respond(stream, if shown { "200 OK" } else { "401 Unauthorized" }, &[], b"a 1\n");
    });
    let with_token = format!("{};;bearer_token_file={}", server.url(), file.display());
    assert!(once(&with_token).result.is_ok());
    assert_eq!(once(&server.url()).result.expect_err("no token").reason, Reason::Status);
    std::fs::remove_file(&file).expect("a file");
    let error = once(&with_token).result.expect_err("no file");
    assert_eq!((error.reason, error.message.contains("the token in ")), (Reason::File, true), "{error}");
}
