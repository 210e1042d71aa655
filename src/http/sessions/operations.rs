//! Signing in and out, as the document tells it.

use serde_json::json;

use super::SignInBody;
use crate::http::openapi::operation::{Operation, delete, post};

/// Signing in and out.
pub fn operations() -> Vec<Operation> {
    const SESSION: &str = "/session.json";
    let cookie = json!({
        "Set-Cookie": {"description": "`bugle_session`, for thirty days", "required": true, "schema": {"type": "string"}},
    });
    vec![
        post(SESSION, super::sign_in)
            .says(
                "Sign in",
                "After ten failed attempts within a quarter of an hour at one account from one address more of them are \
                 answered 429, right or wrong.",
            )
            .takes::<SignInBody>(&["email", "password"])
            .succeeds(
                201,
                "Signed in",
                cookie,
                vec![("application/json", |_| {
                    json!({
                        "type": "object",
                        "required": ["user"],
                        "properties": {"user": {"$ref": "#/components/schemas/Account"}},
                    })
                })],
            )
            .refuses(&[401, 429]),
        delete(SESSION, super::sign_out)
            .says("Sign out", "The session is refused at once.")
            .succeeds(200, "Signed out", json!({}), vec![("application/json", |_| json!({"type": "object"}))]),
    ]
}
