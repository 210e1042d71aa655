//! Suggestions: sent, listed, voted for, decided about (protocol 5.5).
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

mod bad_input;
mod create;
mod drafts;
mod images;
mod lists;
mod votes;

use serde_json::Value;
use support::{Request, Response, Server};

/// A request of the owner.
fn owner(server: &Server, method: &str, rest: &str) -> Request {
    Request::new(method, server.path(rest)).bearer(server.personal_token())
}

/// A suggestion of a game; the test may still add to it.
fn suggest(server: &Server) -> Request {
    Request::post(server.path("feature_requests.json")).form_user(server.project_token())
}

#[track_caller]
fn get(server: &Server, rest: &str) -> Value {
    server.send(&owner(server, "GET", rest)).expect_status(200).json()
}

/// Sends a suggestion as the owner, whom no limit concerns, and gives its number.
#[track_caller]
fn add(server: &Server, title: &str) -> String {
    let request = owner(server, "POST", "feature_requests.json");
    let answer = server.send(&request.json(&serde_json::json!({"title": title})));
    let answer = answer.expect_status(201).json();
    answer["scoped_id"].as_str().unwrap().to_owned()
}

#[track_caller]
fn set_status(server: &Server, number: &str, status: &str) -> Response {
    let request = owner(server, "PATCH", &format!("feature_requests/{number}.json"));
    server.send(&request.json(&serde_json::json!({"status": status})))
}

/// The titles of a list, in its order.
#[track_caller]
fn listed(server: &Server, query: &str) -> Vec<String> {
    let list = get(server, &format!("feature_requests.json?{query}"));
    let found = list["feature_requests"].as_array().unwrap();
    found
        .iter()
        .map(|one| one["title"].as_str().unwrap().to_owned())
        .collect()
}

/// The same with a title beside each vote count.
#[track_caller]
fn counted(server: &Server, query: &str) -> Vec<(String, u64)> {
    let list = get(server, &format!("feature_requests.json?{query}"));
    let found = list["feature_requests"].as_array().unwrap();
    let pair = |one: &Value| {
        (
            one["title"].as_str().unwrap().to_owned(),
            one["votes"].as_u64().unwrap(),
        )
    };
    found.iter().map(pair).collect()
}
