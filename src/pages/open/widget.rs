//! `/widget.js`: the script with which a page of any site sends reports here.

use std::sync::LazyLock;

use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, HttpResponse};

use crate::http::access::{Anybody, Caller};
use crate::http::cors;
use crate::http::fixed_text::FixedText;

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

/// `GET /widget.js`. Its address stays, because it stands in pages of others: a browser asks each time whether it has
/// changed.
pub async fn script(_: Caller<Anybody>, request: HttpRequest) -> HttpResponse {
    static TEXT: LazyLock<FixedText> = LazyLock::new(|| FixedText::new(SCRIPT));
    TEXT.answer(&request, |answer| {
        answer
            .insert_header((header::CONTENT_TYPE, "text/javascript; charset=utf-8"))
            .insert_header((header::CACHE_CONTROL, "no-cache"))
            .insert_header((RESOURCE_POLICY, "cross-origin"))
            // Also for a page that asks for it without an origin first, and later, by `integrity`, with one: the browser
            // may have kept the first answer.
            .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, cors::ALLOW_ORIGIN));
    })
}
