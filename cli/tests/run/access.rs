//! Who may ask, and where it listens.

use crate::{
    ROW,
    process::{Farthing, refused},
    scratch::Scratch,
};

const TOKEN: &str = "0123456789abcdef";

#[test]
fn beyond_this_machine_a_token_is_needed() {
    let scratch = Scratch::new();
    let said = refused(&scratch, &["--listen", "0.0.0.0:0"]);
    assert!(said.contains("--token-file") && said.contains("127.0.0.1"), "{said}");
    scratch.file("token", "short\n");
    let said = refused(&scratch, &["--listen", "0.0.0.0:0", "--token-file", "token"]);
    assert_eq!(said, "error: token is not a token: 16 characters or more, letters, digits and signs of ASCII\n");
    let said = refused(&scratch, &["--token-file", "no"]);
    assert!(said.starts_with("error: no: "), "{said}");
    scratch.file("token", format!("{TOKEN}\n"));
    let farthing = Farthing::start(&scratch, &["--no-gpu", "--listen", "0.0.0.0:0", "--token-file", "token"]);
    assert_eq!(farthing.get("/-/healthy").status, 200);
}

#[test]
fn whoever_has_no_token_learns_nothing() {
    let scratch = Scratch::new();
    scratch.file("token", TOKEN);
    let farthing = Farthing::start(&scratch, &["--no-gpu", "--token-file", "token"]);
    let all = [
        ("GET", "/"),
        ("GET", "/metrics"),
        ("GET", "/api/v1/report"),
        ("POST", "/api/v1/events/requests"),
        ("POST", "/api/v1/events/no"),
        ("POST", "/-/reload"),
    ];
    for (method, path) in all {
        for header in ["", "Bearer", "Bearer 0123456789abcdeF", "Basic 0123456789abcdef", TOKEN] {
            let said = farthing.ask(method, path, &[("authorization", header)], ROW);
            assert_eq!(
                (said.status, said.header("www-authenticate")),
                (401, Some("Bearer")),
                "{method} {path} {said:?}"
            );
            assert!(!said.body.contains("chat"), "{said:?}");
        }
    }
    for path in ["/-/healthy", "/-/ready"] {
        assert_eq!(farthing.get(path).status, 200, "{path}");
    }
    for scheme in ["Bearer", "bearer"] {
        let header = format!("{scheme} {TOKEN}");
        assert_eq!(farthing.ask("GET", "/metrics", &[("authorization", &header)], "").status, 200);
        assert_eq!(farthing.send(&[("authorization", &header)], ROW).status, 200);
    }
}

#[test]
fn pages_of_other_sites_change_nothing() {
    let scratch = Scratch::new();
    let farthing = Farthing::start(&scratch, &["--no-gpu"]);
    for path in ["/api/v1/events/requests", "/-/reload"] {
        let said = farthing.ask("POST", path, &[("origin", "https://example.com")], ROW);
        assert_eq!((said.status, said.error().as_str()), (403, "a page of another site may not do this"));
    }
    let own = format!("http://{}", farthing.address);
    assert_eq!(farthing.send(&[("origin", &own)], ROW).status, 200);
    farthing.shows("farthing_events_total", 1.0);
    farthing.shows("farthing_reloads_total", 0.0);
}

#[test]
fn an_address_in_use_is_told() {
    let scratch = Scratch::new();
    let farthing = Farthing::start(&scratch, &["--no-gpu"]);
    let said = refused(&scratch, &["--listen", &farthing.address]);
    assert!(said.starts_with(&format!("error: cannot listen at {}: ", farthing.address)), "{said}");
}

#[test]
fn arguments_that_make_no_sense_are_told() {
    let scratch = Scratch::new();
    for (arguments, expected) in [
        (["--scrape", "localhost"], "--scrape localhost: "),
        (["--scrape", "ftp://h/metrics"], "--scrape ftp://h/metrics: "),
        (["--scrape", "http://user:password@h/"], "password"),
        (["--alertmanager", "localhost"], "localhost"),
        (["--alert-webhook", "ftp://h"], "ftp"),
        (["--scrape-interval", "0"], "--scrape-interval"),
        (["--events-per-second", "0"], "--events-per-second"),
        (["--state", "a.slo"], "a.slo"),
    ] {
        let said = refused(&scratch, &arguments);
        assert!(said.starts_with("error: ") && said.contains(expected), "{arguments:?}: {said}");
    }
    // What is wrong with the files is told as `check` does it.
    scratch.file("a.slo", "service {}");
    let said = scratch.run(&["run", "a.slo", "--listen", "127.0.0.1:0"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    scratch.file("a.slo", "service chat { title \"Chat\" }");
    let said = scratch.run(&["run", "a.slo", "--listen", "127.0.0.1:0"]);
    assert_eq!((said.code, said.err.as_str()), (Some(1), "error: there is no objective in a.slo\n"));
}
