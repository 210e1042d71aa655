//! What a token is good for, as the document tells it.

use serde_json::json;

use crate::http::openapi::operation::{Operation, post};

/// Asking who is asking.
pub fn operations() -> Vec<Operation> {
    vec![
        post("/auth/verify.json", super::verify)
            .says("Ask what a token is good for", "The request has no body.")
            .succeeds(
                200,
                "The token is good",
                json!({}),
                vec![("application/json", |_| {
                    json!({
                        "type": "object",
                        "required": ["valid", "token_type"],
                        "properties": {
                            "valid": {"const": true},
                            "token_type": {"enum": ["personal_access_token", "project_auth_token", "jwt", "session"]},
                            "user": {"$ref": "#/components/schemas/Account"},
                            "project": {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}},
                            "expires_at": {"type": ["string", "null"], "format": "date-time"},
                            "scopes": {"type": "array", "items": {"$ref": "#/components/schemas/ScopeName"}},
                            "projects": {"type": ["array", "null"], "items": {"type": "string"}},
                        },
                    })
                })],
            )
            .succeeds(
                401,
                "The token is not good, of whatever kind it is",
                json!({}),
                vec![("application/json", |_| {
                    json!({
                        "type": "object",
                        "required": ["valid", "error"],
                        "properties": {"valid": {"const": false}, "error": {"type": "string"}},
                    })
                })],
            ),
    ]
}
