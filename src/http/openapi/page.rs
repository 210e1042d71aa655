//! `/docs/api`: the document as people read it. All of it is in the binary, and the page asks nobody else for anything.

use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

use crate::http::access::{Anybody, Caller};
use crate::http::fixed_text::FixedText;

/// Scripts and styles from this server only, and nothing else at all.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn answer(request: &HttpRequest, content_type: &'static str, text: &FixedText) -> HttpResponse {
    text.answer(request, |answer| {
        answer
            .insert_header((header::CONTENT_TYPE, content_type))
            .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
            .insert_header((header::REFERRER_POLICY, "no-referrer"))
            .insert_header((header::CACHE_CONTROL, "no-cache"));
    })
}

/// `GET /docs/api`
pub async fn show(_: Caller<Anybody>, request: HttpRequest) -> HttpResponse {
    static TEXT: LazyLock<FixedText> = LazyLock::new(|| FixedText::new(include_str!("page/page.html")));
    answer(&request, "text/html; charset=utf-8", &TEXT)
}

/// `GET /docs/api/page.js`
pub async fn script(_: Caller<Anybody>, request: HttpRequest) -> HttpResponse {
    static TEXT: LazyLock<FixedText> = LazyLock::new(|| FixedText::new(include_str!("page/page.js")));
    answer(&request, "text/javascript; charset=utf-8", &TEXT)
}

/// `GET /docs/api/page.css`
pub async fn style(_: Caller<Anybody>, request: HttpRequest) -> HttpResponse {
    static TEXT: LazyLock<FixedText> = LazyLock::new(|| FixedText::new(include_str!("page/page.css")));
    answer(&request, "text/css; charset=utf-8", &TEXT)
}
