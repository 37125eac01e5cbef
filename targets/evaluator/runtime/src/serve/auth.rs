//! Who may ask.

use std::net::IpAddr;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};

use super::{Shared, error};

/// A bearer token.
#[derive(Clone)]
pub struct Token(Vec<u8>);

impl Token {
    /// A token as a file has it, without the blanks around it. None where it is too short to be one.
    pub fn new(text: &str) -> Option<Token> {
        let text = text.trim();
        (text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| Token(text.into()))
    }

    /// Takes as long for one wrong byte as for all.
    fn is(&self, other: &[u8]) -> bool {
        let different = self.0.iter().zip(other).fold(0, |different, (a, b)| different | (a ^ b));
        self.0.len() == other.len() && std::hint::black_box(different) == 0
    }
}

/// Lets through who has the token, where there is one, and no page of another site.
pub(super) async fn check(State(serving): State<Shared>, request: Request, next: Next) -> Response {
    if request.method() != Method::GET && is_of_another_site(request.headers()) {
        return error(StatusCode::FORBIDDEN, "a page of another site may not do this");
    }
    if let Some(token) = &serving.token {
        let given = request.headers().get(header::AUTHORIZATION).map(|value| value.as_bytes());
        // The scheme's name is in letters of any case.
        let given = given.and_then(|value| value.split_at_checked(7));
        let given = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer ")).map(|(_, token)| token);
        if !given.is_some_and(|given| token.is(given)) {
            let mut response =
                error(StatusCode::UNAUTHORIZED, "a bearer token is needed: the header `Authorization: Bearer TOKEN`");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, axum::http::HeaderValue::from_static("Bearer"));
            return response;
        }
    } else if !is_of_this_machine(request.headers()) {
        return error(
            StatusCode::FORBIDDEN,
            "without a token, farthing answers to localhost and to addresses, and to no other name",
        );
    }
    next.run(request).await
}

/// Whether it is asked by an address or as `localhost`. Any other name could be one that a page of another site gave to
/// this machine to get past the browser.
fn is_of_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else { return true };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

/// Whether a browser sends this for a page that is not farthing's own.
fn is_of_another_site(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_none_or(|(_, of)| of != host),
        (Some(_), None) => true,
        (None, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_compared_whole() {
        let token = Token::new("  0123456789abcdef\n").expect("a token");
        assert!(token.is(b"0123456789abcdef"));
        for other in ["", "0123456789abcde", "0123456789abcdeF", "0123456789abcdef0"] {
            assert!(!token.is(other.as_bytes()), "{other}");
        }
        for bad in ["", "short", "with blanks in it, though long"] {
            assert!(Token::new(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn names_of_other_sites_are_not_this_machine() {
        let is =
            |host: &str| is_of_this_machine(&HeaderMap::from_iter([(header::HOST, host.parse().expect("a value"))]));
        for host in ["localhost", "LocalHost:9464", "127.0.0.1:9464", "127.0.0.1", "[::1]:9464", "[::1]"] {
            assert!(is(host), "{host}");
        }
        for host in ["example.com", "example.com:9464", "localhost.example.com", "127.0.0.1.example.com:80", ""] {
            assert!(!is(host), "{host}");
        }
        assert!(is_of_this_machine(&HeaderMap::new()));
    }

    #[test]
    fn pages_of_other_sites_are_known() {
        let headers = |pairs: &[(header::HeaderName, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| (name.clone(), value.parse().expect("a value")));
            pairs.collect::<HeaderMap>()
        };
        let host = (header::HOST, "127.0.0.1:9464");
        assert!(!is_of_another_site(&headers(std::slice::from_ref(&host))));
        assert!(!is_of_another_site(&headers(&[host.clone(), (header::ORIGIN, "http://127.0.0.1:9464")])));
        assert!(is_of_another_site(&headers(&[host.clone(), (header::ORIGIN, "https://example.com")])));
        assert!(is_of_another_site(&headers(&[host, (header::ORIGIN, "null")])));
    }
}
