//! The server itself, as the document tells it.

use serde_json::{Value, json};

use crate::http::metrics;
use crate::http::openapi::operation::{Operation, get};
use crate::http::openapi::{self, page};

/// What can be asked of the server.
pub fn operations() -> Vec<Operation> {
    vec![
        get("/healthz", super::alive)
            .says("Is the process there?", "")
            .succeeds(200, "It is", json!({}), vec![("application/json", |_| {
                json!({"type": "object", "required": ["status"], "properties": {"status": {"const": "ok"}}})
            })]),
        get("/readyz", super::ready)
            .says("Are reports taken?", "")
            .succeeds(200, "They are", json!({}), vec![("application/json", |_| readiness())])
            .succeeds(503, "They are not", json!({}), vec![("application/json", |_| readiness())]),
        get("/metrics", metrics::show)
            .says("What the server counts", "For the machine itself: through a proxy it is 404.")
            .succeeds(200, "The figures, for Prometheus", json!({}), vec![(
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
                |_| text(),
            )])
            .refuses(&[404]),
        get("/ping.txt", super::ping)
            .says("How long is the way?", "")
            .succeeds(200, "`pong`", json!({}), vec![("text/plain; charset=utf-8", |_| text())]),
        get("/openapi.json", openapi::show)
            .says("This document", "")
            .succeeds(200, "The document", json!({}), vec![("application/json", |_| json!({"type": "object"}))]),
        get("/docs/api", page::show)
            .says("This document as a page", "")
            .succeeds(200, "The page", json!({}), vec![("text/html; charset=utf-8", |_| text())]),
    ]
}

fn text() -> Value {
    json!({"type": "string"})
}

fn readiness() -> Value {
    json!({
        "type": "object",
        "required": ["ready", "store", "actor_restarts"],
        "properties": {
            "ready": {"type": "boolean"},
            "store": {"enum": ["writable", "full", "busy", "failed"]},
            "actor_restarts": {"type": "integer", "minimum": 0},
            "error": {"type": "string"},
        },
    })
}
