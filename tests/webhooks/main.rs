//! Webhooks: who may set them up, what is told, how it is signed, and what happens when it cannot be told.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod endpoints;
mod events;
mod failing;
mod signed;

use serde_json::{Value, json};
use support::{Received, Receiver, Request, Response, Server};

/// A server that may send to this machine.
fn start() -> Server {
    Server::with_args(["--webhook-allow", "127.0.0.1/32"])
}

/// A request of the owner's to the project's webhooks: `webhooks("/1.json")`.
fn at(server: &Server, method: &str, rest: &str) -> Request {
    Request::new(method, server.path(&format!("webhooks{rest}"))).bearer(server.personal_token())
}

fn get(server: &Server, rest: &str) -> Value {
    server.send(&at(server, "GET", rest)).expect_status(200).json()
}

fn create(server: &Server, body: &Value) -> Response {
    server.send(&at(server, "POST", ".json").json(body))
}

/// Makes a webhook that hears of these events, and gives its number.
#[track_caller]
fn subscribe(server: &Server, receiver: &Receiver, events: &[&str]) -> u64 {
    let created = create(server, &json!({"url": receiver.url(), "events": events}));
    created.expect_status(201).json()["id"].as_u64().unwrap()
}

/// The attempts of a webhook that the log has, newest first.
fn log_of(server: &Server, webhook: u64) -> Vec<Value> {
    let page = get(server, &format!("/{webhook}/deliveries.json?per_page=100"));
    page["deliveries"].as_array().unwrap().clone()
}

/// The ids of the messages.
fn ids(messages: &[Received]) -> Vec<String> {
    let ids = messages
        .iter()
        .map(|message| message.header("webhook-id").to_owned());
    ids.collect()
}

/// Sends a request of the owner's with this body.
#[track_caller]
fn owner(server: &Server, method: &str, rest: &str, body: &Value, status: u16) -> Value {
    let request = Request::new(method, server.path(rest)).bearer(server.personal_token());
    server.send(&request.json(body)).expect_status(status).json()
}
