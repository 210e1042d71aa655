//! The page of one report, as the document tells it.

use serde_json::json;

use crate::http::openapi::operation::{Operation, Shape, get};

/// What a page is.
const PAGE: (&str, Shape) = ("text/html; charset=utf-8", |_| json!({"type": "string"}));

/// The page that a mail leads to.
pub fn operations() -> Vec<Operation> {
    vec![
        get("/reports/{link}", super::show)
            .says(
                "The page of one report, for whoever sent it",
                "The address is in a mail and nowhere else, and works for 90 days. It shows title, description and status, \
                 and of a ticket the comments. It changes nothing.",
            )
            .succeeds(200, "The page", json!({}), vec![PAGE])
            .succeeds(404, "A page that says that there is nothing to see", json!({}), vec![PAGE]),
    ]
}
