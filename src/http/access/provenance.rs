//! Which page sent a request. A browser adds its cookies to whatever any page makes it send, so a cookie alone
//! does not show that its owner wants what is asked.
//!
//! The rule: a request that a browser says comes from somebody else's page is refused; one about which nothing is said
//! is not. Browsers have said where a request comes from for years (`Origin` with whatever another page makes them
//! change, `Sec-Fetch-Site` with everything), and the cookie is `SameSite=Lax`, so it does not even go along then.
//! What says nothing is a script with a cookie jar, which nobody else's page can steer.

use actix_web::http::Uri;
use actix_web::http::header::{self, HeaderMap, HeaderName};

/// Whether the browser says that somebody else's page is behind a request.
///
/// `Sec-Fetch-Site` decides where it is sent: `same-origin` is a page of ours and `none` the person's own hand in the
/// address bar; `same-site` is a neighbour under the same domain, and foreign like all else. Otherwise `Origin` does,
/// and then `Referer`: ours is what our pages' addresses begin with (`public_url`) and the `Host` that the request was
/// sent to. What cannot be read (`Origin: null`) is foreign.
pub(super) fn is_foreign(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return !matches!(site, "same-origin" | "none");
    }
    let Some(page) = text(header::ORIGIN).or_else(|| text(header::REFERER)) else {
        return false;
    };
    let Some(page) = Origin::parse(page) else {
        return true;
    };
    let host = text(header::HOST).and_then(|host| Origin::parse(&format!("{}://{host}", page.scheme)));
    Origin::parse(public_url).as_ref() != Some(&page) && host.as_ref() != Some(&page)
}

/// Scheme, host and port of an address, in lower case, the port never left out.
#[derive(Debug, PartialEq, Eq)]
struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

impl Origin {
    fn parse(url: &str) -> Option<Self> {
        let url: Uri = url.parse().ok()?;
        let scheme = url.scheme_str()?.to_ascii_lowercase();
        let usual_port = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        Some(Self {
            scheme,
            host: url.host()?.to_ascii_lowercase(),
            port: url.port_u16().unwrap_or(usual_port),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    const PUBLIC_URL: &str = "https://bugs.studio.example";

    #[track_caller]
    fn check(headers: &[(&'static str, &'static str)], expected: bool) {
        let pairs = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let found = is_foreign(&pairs.collect(), PUBLIC_URL);
        assert_eq!(found, expected, "is {headers:?} foreign?");
    }

    const OURS: bool = false;
    const FOREIGN: bool = true;

    #[test]
    fn what_the_browser_says_of_the_site_decides() {
        for (site, expected) in [
            ("same-origin", OURS),
            ("none", OURS),
            ("same-site", FOREIGN),
            ("cross-site", FOREIGN),
            ("", FOREIGN),
        ] {
            check(&[("sec-fetch-site", site), ("origin", PUBLIC_URL)], expected);
            check(
                &[("sec-fetch-site", site), ("origin", "https://other.example")],
                expected,
            );
        }
    }

    #[test]
    fn an_older_browser_says_the_page() {
        for (page, expected) in [
            ("https://bugs.studio.example", OURS),
            ("https://bugs.studio.example:443", OURS),
            ("https://BUGS.studio.example", OURS),
            ("http://10.0.0.7:8080", OURS),
            ("http://bugs.studio.example", FOREIGN),
            ("https://bugs.studio.example:8443", FOREIGN),
            ("https://bugs.studio.example.evil.example", FOREIGN),
            ("https://10.0.0.7", FOREIGN),
            ("null", FOREIGN),
            ("", FOREIGN),
        ] {
            check(&[("host", "10.0.0.7:8080"), ("origin", page)], expected);
        }
    }

    #[test]
    fn the_referring_page_counts_when_there_is_no_origin() {
        let ours = ("referer", "https://bugs.studio.example/projects/pr-1?x=y");
        check(&[ours], OURS);
        check(
            &[("referer", "https://evil.example/?https://bugs.studio.example")],
            FOREIGN,
        );
        check(&[ours, ("origin", "https://evil.example")], FOREIGN);
    }

    #[test]
    fn nothing_said_is_not_foreign() {
        check(&[("host", "bugs.studio.example")], OURS);
    }
}
