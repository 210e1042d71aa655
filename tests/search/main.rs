//! Full-text search: what is found, by whom, how soon, and what a restart makes of it.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

mod life;
mod similar;
mod suggestions;
mod words;

use serde_json::{Value, json};
use support::{Request, Response, Server, eventually};

/// A report with its update token.
struct Report {
    id: u64,
    token: String,
}

/// Files a report, a draft or not, as the owner, whom no daily limit concerns.
#[track_caller]
fn report(server: &Server, title: &str, description: &str, draft: bool) -> Report {
    let body = json!({"title": title, "description": description, "draft": draft});
    let request = Request::post(server.path("issues.json"))
        .bearer(server.personal_token())
        .json(&body);
    let answer = server.send(&request).expect_status(201).json();
    Report {
        id: answer["id"].as_u64().unwrap(),
        token: answer["token"].as_str().unwrap().to_owned(),
    }
}

fn as_owner(server: &Server, path: &str) -> Response {
    server.send(&Request::get(server.path(path)).bearer(server.personal_token()))
}

/// The answer to a search; while the index is being built, it is asked for again.
#[track_caller]
fn search(server: &Server, query: &str) -> Value {
    let path = format!("issues/search.json?{query}");
    eventually("the index is built", || as_owner(server, &path).status != 503);
    as_owner(server, &path).expect_status(200).json()
}

fn ids(list: &Value) -> Vec<u64> {
    let issues = list["issues"].as_array().unwrap();
    issues.iter().map(|issue| issue["id"].as_u64().unwrap()).collect()
}

/// Waits until a search finds exactly these, in this order.
#[track_caller]
fn expect_found(server: &Server, query: &str, expected: &[u64]) {
    eventually(&format!("{query} finds {expected:?}"), || {
        ids(&search(server, query)) == expected
    });
}
