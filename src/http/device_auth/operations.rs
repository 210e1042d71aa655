//! Signing in from a game, as the document tells it.

use serde_json::{Value, json};

use super::{BeginBody, PageBody, PollView};
use crate::http::openapi::operation::{Operation, Shape, fields_of, get, post};
use crate::http::openapi::schemas::Schemas;

/// What a page is.
const PAGE: (&str, Shape) = ("text/html; charset=utf-8", |_| text());

fn text() -> Value {
    json!({"type": "string"})
}

/// Signing in from a game.
pub fn operations() -> Vec<Operation> {
    const PAGE_PATH: &str = "/device_auth/{request}/authorize";
    vec![
        post("/device_auth/create.json", super::begin)
            .says(
                "Begin to sign in from a game",
                "The game opens `/device_auth/{request_id}/authorize` in the player's browser, and polls. An address \
                 begins twenty in ten minutes; then it is 429.",
            )
            .takes::<BeginBody>(&["request_id"])
            .succeeds(
                201,
                "It was begun, for ten minutes",
                json!({}),
                vec![("application/json", |_| {
                    json!({"type": "object", "required": ["status"], "properties": {"status": {"const": "created"}}})
                })],
            )
            .refuses(&[429]),
        get("/device_auth/{request}/poll.json", super::poll)
            .says(
                "Ask whether the player has decided",
                "`pending` until then. `approved` comes once, with a `token` that is good for a day: \
                 `FormUser tkn-…,TOKEN` reports as the player.",
            )
            .answers::<PollView>("How it stands")
            .succeeds(
                404,
                "There is no such sign-in, or not any more",
                json!({}),
                vec![("application/json", Schemas::reference::<PollView>)],
            ),
        get(PAGE_PATH, super::show)
            .says("The page on which the player decides", "")
            .succeeds(200, "The page", json!({}), vec![PAGE])
            .succeeds(404, "A page that says that there is nothing to decide", json!({}), vec![PAGE]),
        post(PAGE_PATH, super::answer)
            .says(
                "Sign in on the page, or decide",
                "What the page's forms send: `email` and `password`, or `decision` and the `form_token` of the page.",
            )
            .takes_shape("application/x-www-form-urlencoded", fields_of::<PageBody>(&[]))
            .succeeds(200, "The next page", json!({}), vec![PAGE])
            .succeeds(401, "The page again, because they do not belong together", json!({}), vec![PAGE])
            .succeeds(404, "A page that says that there is nothing to decide", json!({}), vec![PAGE])
            .succeeds(429, "The page again, after too many failed attempts", json!({}), vec![PAGE]),
    ]
}
