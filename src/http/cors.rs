//! Lets pages of any origin call the API (protocol 2.5): web forms, widgets and games run in browsers.
//!
//! Every origin may, because whoever calls from elsewhere shows a token. What a browser's session cookie brings
//! about is for our own pages: without `Access-Control-Allow-Credentials`, which is never sent, no other page can
//! read it, and what changes something is refused before (`access::session`).

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderMap, HeaderValue};

/// `Access-Control-Allow-Origin` of every answer.
pub const ALLOW_ORIGIN: &str = "*";

/// `Access-Control-Allow-Methods` of a preflight.
pub const ALLOW_METHODS: &str = "GET, POST, PUT, PATCH, DELETE, OPTIONS";

/// `Access-Control-Allow-Headers` of a preflight, by name: a `*` would not cover `Authorization`.
pub const ALLOW_HEADERS: &str =
    "Authorization, BetaHub-Project-ID, Content-Type, Accept, Content-MD5, Idempotency-Key, If-Range, Range";

/// `Access-Control-Expose-Headers` of every answer.
pub const EXPOSE_HEADERS: &str = "Location, RateLimit, RateLimit-Policy, \
    Retry-After, Idempotent-Replayed, Accept-Ranges, Content-Disposition, Content-Range, ETag";

/// `Access-Control-Max-Age` of a preflight: seconds that a browser may remember it, a day.
pub const MAX_AGE: &str = "86400";

/// Answers `OPTIONS`, on any path: 204, and no token asked.
pub fn preflight() -> HttpResponse {
    let mut response = HttpResponse::NoContent();
    response
        .insert_header((
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static(ALLOW_METHODS),
        ))
        .insert_header((
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static(ALLOW_HEADERS),
        ))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE)));
    let mut response = response.finish();
    allow(response.headers_mut());
    response
}

/// Adds what every answer of the API carries, errors included: a page cannot read a refusal without it.
pub fn allow(headers: &mut HeaderMap) {
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static(ALLOW_ORIGIN),
    );
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(EXPOSE_HEADERS),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preflight_says_all_that_browsers_ask() {
        let response = preflight();
        assert_eq!(response.status(), 204);
        for (name, value) in [
            ("access-control-allow-origin", "*"),
            ("access-control-allow-methods", ALLOW_METHODS),
            ("access-control-allow-headers", ALLOW_HEADERS),
            ("access-control-expose-headers", EXPOSE_HEADERS),
            ("access-control-max-age", "86400"),
        ] {
            let sent = response
                .headers()
                .get_all(name)
                .map(|sent| sent.to_str().unwrap())
                .collect::<Vec<_>>();
            assert_eq!(sent, [value], "{name}");
        }
    }

    #[test]
    fn headers_are_set_once_however_often_they_are_added() {
        let mut headers = HeaderMap::new();
        allow(&mut headers);
        allow(&mut headers);
        assert_eq!(headers.len(), 2);
        assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
    }
}
