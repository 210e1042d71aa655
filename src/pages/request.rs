//! What a browser sends, told from what scripts and games send.

use actix_web::HttpRequest;
use actix_web::guard::{Guard, GuardContext};
use actix_web::http::header::{self, HeaderMap};

/// Whether a request asks for a page (protocol 2.2): it says that it takes HTML, shows no token, sends no JSON, and its
/// address does not end in `.json`. Everything else is answered as the API answers.
pub fn wants_page(path: &str, headers: &HeaderMap) -> bool {
    let says = |name, part: &str| {
        headers
            .get_all(name)
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.to_ascii_lowercase().contains(part))
    };
    says(header::ACCEPT, "text/html")
        && !headers.contains_key(header::AUTHORIZATION)
        && !says(header::CONTENT_TYPE, "json")
        && !path.to_ascii_lowercase().ends_with(".json")
}

/// Lets requests for pages through to their routes.
pub struct WantsPage;

impl Guard for WantsPage {
    fn check(&self, context: &GuardContext<'_>) -> bool {
        let head = context.head();
        wants_page(head.uri.path(), &head.headers)
    }
}

/// The request's own address with its query, to come back to.
pub fn own_address(request: &HttpRequest) -> String {
    request
        .uri()
        .path_and_query()
        .map_or_else(|| "/".to_owned(), ToString::to_string)
}

/// An address of this server that a query or a form named to go to next; anything else is the front page.
///
/// `//other.example` and `/\other.example` lead elsewhere, and a browser drops tabs and line ends from an address.
pub fn own_target(text: &str) -> &str {
    let elsewhere = text.starts_with("//") || text.contains('\\') || text.contains(char::is_control);
    if text.starts_with('/') && !elsewhere {
        text
    } else {
        "/"
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    #[track_caller]
    fn check(path: &str, headers: &[(HeaderName, &'static str)], expected: bool) {
        let pairs = headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        assert_eq!(wants_page(path, &pairs.collect()), expected, "{path} {headers:?}");
    }

    const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    #[test]
    fn browsers_get_pages_and_nobody_else_does() {
        let accept = || (header::ACCEPT, BROWSER);
        check("/projects", &[accept()], true);
        check("/projects.json", &[accept()], false);
        check("/projects.JSON", &[accept()], false);
        check("/projects", &[], false);
        check("/projects", &[(header::ACCEPT, "*/*")], false);
        check("/projects", &[(header::ACCEPT, "application/json")], false);
        check(
            "/projects",
            &[accept(), (header::AUTHORIZATION, "Bearer x")],
            false,
        );
        check(
            "/projects",
            &[accept(), (header::CONTENT_TYPE, "application/json")],
            false,
        );
        let form = "application/x-www-form-urlencoded";
        check("/projects", &[accept(), (header::CONTENT_TYPE, form)], true);
    }

    #[test]
    fn nobody_is_led_to_another_server() {
        for (text, expected) in [
            ("/projects?page=2", "/projects?page=2"),
            ("", "/"),
            ("projects", "/"),
            ("https://other.example/", "/"),
            ("//other.example/", "/"),
            ("/\\other.example", "/"),
            ("/\t/other.example", "/"),
            ("/a\r\nSet-Cookie: x", "/"),
        ] {
            assert_eq!(own_target(text), expected, "{text:?}");
        }
    }
}
