//! The export, as the document tells it.

use serde_json::json;

use crate::http::openapi::operation::{Operation, Shape, get};

/// What can be exported.
pub fn operations() -> Vec<Operation> {
    let lines: Shape = |_| json!({"type": "array", "items": {"type": "object"}});
    let headers = json!({
        "Content-Disposition": {"description": "`attachment`, and what it is called", "required": true, "schema": {"type": "string"}},
    });
    vec![
        get("/projects/{project}/export/{folder}.ndjson", super::download)
            .says(
                "Export all reports of a kind",
                "Oldest first, a JSON object a line: the report as other answers show it, with all its `comments`. A \
                 connection that ends without its last chunk was cut short.",
            )
            .succeeds(200, "The reports", headers, vec![("application/x-ndjson", lines)]),
    ]
}
