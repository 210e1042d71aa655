//! `/docs/api`: the document as people read it. All of it is in the binary, and the page asks nobody else for anything.

use actix_web::HttpResponse;
use actix_web::http::header;

use crate::http::access::{Anybody, Caller};

/// Scripts and styles from this server only, and nothing else at all.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn asset(content_type: &'static str, text: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, content_type))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(text)
}

/// `GET /docs/api`
pub async fn show(_: Caller<Anybody>) -> HttpResponse {
    asset("text/html; charset=utf-8", include_str!("page/page.html"))
}

/// `GET /docs/api/page.js`
pub async fn script(_: Caller<Anybody>) -> HttpResponse {
    asset("text/javascript; charset=utf-8", include_str!("page/page.js"))
}

/// `GET /docs/api/page.css`
pub async fn style(_: Caller<Anybody>) -> HttpResponse {
    asset("text/css; charset=utf-8", include_str!("page/page.css"))
}
