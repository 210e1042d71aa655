//! Which page sent a request. A browser adds its cookies to whatever any page makes it send, so a cookie alone
//! does not show that its owner wants what is asked.

use actix_web::http::Uri;
use actix_web::http::header::{self, HeaderMap, HeaderName};

/// What the browser says of the page behind a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Provenance {
    /// One of ours, or the person's own hand in the address bar.
    Ours,
    /// Somebody else's.
    Foreign,
    /// Nothing was said: an old browser, or no browser.
    Unknown,
}

impl Provenance {
    /// Reads what the browser says. `public_url` is what our own pages' addresses begin with; the `Host` that the
    /// request was sent to counts as ours too.
    pub(super) fn of(headers: &HeaderMap, public_url: &str) -> Self {
        let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
            return Self::ours_if(matches!(site, "same-origin" | "none"));
        }
        let Some(page) = text(header::ORIGIN).or_else(|| text(header::REFERER)) else {
            return Self::Unknown;
        };
        let Some(page) = Origin::parse(page) else {
            return Self::Foreign;
        };
        let host = text(header::HOST).and_then(|host| Origin::parse(&format!("{}://{host}", page.scheme)));
        Self::ours_if(Origin::parse(public_url).as_ref() == Some(&page) || host.as_ref() == Some(&page))
    }

    const fn ours_if(is_ours: bool) -> Self {
        if is_ours { Self::Ours } else { Self::Foreign }
    }
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
    fn check(headers: &[(&'static str, &'static str)], expected: Provenance) {
        let pairs = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let found = Provenance::of(&pairs.collect(), PUBLIC_URL);
        assert_eq!(found, expected, "{headers:?}");
    }

    #[test]
    fn what_the_browser_says_of_the_site_decides() {
        for (site, expected) in [
            ("same-origin", Provenance::Ours),
            ("none", Provenance::Ours),
            ("same-site", Provenance::Foreign),
            ("cross-site", Provenance::Foreign),
            ("", Provenance::Foreign),
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
            ("https://bugs.studio.example", Provenance::Ours),
            ("https://bugs.studio.example:443", Provenance::Ours),
            ("https://BUGS.studio.example", Provenance::Ours),
            ("http://10.0.0.7:8080", Provenance::Ours),
            ("http://bugs.studio.example", Provenance::Foreign),
            ("https://bugs.studio.example:8443", Provenance::Foreign),
            ("https://bugs.studio.example.evil.example", Provenance::Foreign),
            ("https://10.0.0.7", Provenance::Foreign),
            ("null", Provenance::Foreign),
            ("", Provenance::Foreign),
        ] {
            check(&[("host", "10.0.0.7:8080"), ("origin", page)], expected);
        }
    }

    #[test]
    fn the_referring_page_counts_when_there_is_no_origin() {
        let ours = ("referer", "https://bugs.studio.example/projects/pr-1?x=y");
        check(&[ours], Provenance::Ours);
        check(
            &[("referer", "https://evil.example/?https://bugs.studio.example")],
            Provenance::Foreign,
        );
        check(&[ours, ("origin", "https://evil.example")], Provenance::Foreign);
    }

    #[test]
    fn nothing_said_is_unknown() {
        check(&[("host", "bugs.studio.example")], Provenance::Unknown);
    }
}
