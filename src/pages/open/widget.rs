//! `/widget.js`: the script with which a page of any site sends reports here.

use std::sync::OnceLock;

use actix_web::http::header::{self, ETag, EntityTag, Header, HeaderName, IfNoneMatch};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::http::access::{Anybody, Caller};
use crate::http::cors;

/// Its parts in one function, so that a page sees nothing of them but what they put into `window`.
const SCRIPT: &str = concat!(
    "// Bugle's widget: BugleWidget.init({ projectId, authToken }), or data-project and data-token. See /docs/web.\n",
    "(() => {\n\"use strict\";\n",
    include_str!("../assets/widget/texts.js"),
    include_str!("../assets/widget/queue.js"),
    include_str!("../assets/widget/picture.js"),
    include_str!("../assets/widget/style.js"),
    include_str!("../assets/widget/form.js"),
    include_str!("../assets/widget/sender.js"),
    include_str!("../assets/widget/start.js"),
    "})();\n",
);

/// Sites that isolate themselves, as games with threads must, embed only what says that others may.
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

fn tag() -> EntityTag {
    static TAG: OnceLock<String> = OnceLock::new();
    let hash = TAG.get_or_init(|| URL_SAFE_NO_PAD.encode(Sha256::digest(SCRIPT)));
    EntityTag::new_strong(hash.clone())
}

/// Whether the browser has the script as it is.
fn is_known(request: &HttpRequest) -> bool {
    if !request.headers().contains_key(header::IF_NONE_MATCH) {
        return false;
    }
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(&tag())),
        Err(_) => false,
    }
}

/// `GET /widget.js`. Its address stays, because it stands in pages of others: a browser asks each time whether it has
/// changed.
pub async fn script(_: Caller<Anybody>, request: HttpRequest) -> HttpResponse {
    if is_known(&request) {
        return described(HttpResponse::NotModified()).finish();
    }
    described(HttpResponse::Ok()).body(SCRIPT)
}

fn described(mut answer: HttpResponseBuilder) -> HttpResponseBuilder {
    answer
        .insert_header((header::CONTENT_TYPE, "text/javascript; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((RESOURCE_POLICY, "cross-origin"))
        // Also for a page that asks for it without an origin first, and later, by `integrity`, with one: the browser may
        // have kept the first answer.
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, cors::ALLOW_ORIGIN))
        .insert_header(ETag(tag()));
    answer
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_browser_that_has_it_is_told_so() {
        let asked = |tags: Option<String>| {
            let mut request = TestRequest::get();
            if let Some(tags) = tags {
                request = request.insert_header((header::IF_NONE_MATCH, tags));
            }
            is_known(&request.to_http_request())
        };
        assert!(asked(Some(format!("\"old\", {}", tag()))));
        assert!(asked(Some("*".to_owned())));
        assert!(!asked(Some("\"old\"".to_owned())));
        assert!(!asked(Some("?".to_owned())));
        assert!(!asked(None));
    }
}
