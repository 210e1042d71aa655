//! Who changed what of a report: shown to members, kept across a kill.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

use serde_json::{Value, json};
use support::media::PNG;
use support::{Multipart, Request, Server};

#[track_caller]
fn patch(server: &Server, path: &str, body: &Value) {
    let request = Request::patch(server.path(path)).bearer(server.personal_token());
    server.send(&request.json(body)).expect_status(200);
}

#[track_caller]
fn history(server: &Server, path: &str) -> Vec<Value> {
    let request = Request::get(server.path(path)).bearer(server.personal_token());
    let listed = server.send(&request).expect_status(200).json();
    listed["history"].as_array().unwrap().clone()
}

/// The fields that an entry names, with their values before and after.
fn changes(entry: &Value) -> Vec<(String, Value, Value)> {
    let changes = entry["changes"].as_array().unwrap().iter();
    changes
        .map(|change| {
            let field = change["field"].as_str().unwrap().to_owned();
            (field, change["from"].clone(), change["to"].clone())
        })
        .collect()
}

fn told(field: &str, from: impl Into<Value>, to: impl Into<Value>) -> (String, Value, Value) {
    (field.to_owned(), from.into(), to.into())
}

#[test]
fn every_change_is_told_newest_first_and_outlives_a_kill() {
    let mut server = Server::start();
    let issue = server.report("Before", "It fell").expect_status(201).json();
    assert_eq!(history(&server, "issues/1/history.json"), [] as [Value; 0]);
    patch(
        &server,
        "issues/1.json",
        &json!({"title": "After", "priority": "high"}),
    );
    patch(&server, "issues/1.json", &json!({"status": "resolved"}));
    patch(&server, "issues/1.json", &json!({"status": "resolved"}));
    let entries = history(&server, "issues/1/history.json");
    assert_eq!(entries.len(), 2, "what changes nothing is no change: {entries:?}");
    assert_eq!(changes(&entries[0]), [told("status", "open", "resolved")]);
    assert_eq!(
        changes(&entries[1]),
        [
            told("title", "Before", "After"),
            told("priority", "medium", "high")
        ]
    );
    assert_eq!(entries[0]["via"], "personal_access_token");
    assert!(entries[0]["by"]["id"].is_u64() && entries[0]["by"]["name"].is_string());
    server.kill_hard();
    server.restart();
    let path = format!("issues/g-{}/history", issue["id"]);
    assert_eq!(history(&server, &path), entries);
}

#[test]
fn what_a_game_adds_is_told_without_a_name_and_a_draft_has_no_history() {
    let server = Server::start();
    let draft = Request::post(server.path("issues.json")).form_user(server.project_token());
    let draft = server.send(&draft.json(&json!({"title": "Seen", "draft": true})));
    let draft = draft.expect_status(201).json();
    let holder = |rest: &str| {
        let path = server.path(&format!("issues/g-{}/{rest}", draft["id"]));
        Request::post(path).bearer(draft["token"].as_str().unwrap())
    };
    let picture = || Multipart::new().file("screenshot[image]", "shot.png", "image/png", PNG);
    server
        .send(&holder("screenshots").multipart(picture()))
        .expect_status(201);
    let path = format!("issues/g-{}/history.json", draft["id"]);
    let hidden = Request::get(server.path(&path)).bearer(server.personal_token());
    server.send(&hidden).expect_status(404);
    server.send(&holder("publish")).expect_status(200);
    assert_eq!(history(&server, &path).len(), 0, "it begins with the publishing");
    let email = json!({"email": "player@studio.example"});
    server
        .send(&holder("set_reporter_email").json(&email))
        .expect_status(200);
    let added = server.send(&holder("screenshots").multipart(picture()));
    let added = added.expect_status(201).json()["id"].to_string();
    let entries = history(&server, &path);
    assert_eq!(changes(&entries[0]), [told("attachment", Value::Null, added)]);
    assert_eq!(changes(&entries[1]), [told("contact", Value::Null, Value::Null)]);
    assert_eq!(entries[0]["by"], json!({"id": null, "name": null}));
    assert_eq!(entries[0]["via"], "update_token");
}

#[test]
fn suggestions_have_a_history_too_and_strangers_see_none() {
    let server = Server::start();
    let create = Request::post(server.path("feature_requests.json")).form_user(server.project_token());
    let wish = json!({"description": "A hat"});
    server.send(&create.json(&wish)).expect_status(201);
    patch(&server, "feature_requests/1.json", &json!({"status": "approved"}));
    let entries = history(&server, "feature_requests/1/history.json");
    assert_eq!(changes(&entries[0]), [told("status", "pending", "approved")]);
    let game = Request::get(server.path("feature_requests/1/history.json"));
    server
        .send(&game.form_user(server.project_token()))
        .expect_status(403);
    let nobody = Request::get(server.path("feature_requests/1/history.json"));
    server.send(&nobody).expect_status(401);
}

#[test]
fn a_page_of_the_history_is_as_long_as_was_asked_for() {
    let server = Server::start();
    server.report("Before", "").expect_status(201);
    for number in 0..5 {
        patch(
            &server,
            "issues/1.json",
            &json!({"title": format!("Title {number}")}),
        );
    }
    let request = Request::get(server.path("issues/1/history.json?page=2&per_page=2"));
    let page = server.send(&request.bearer(server.personal_token()));
    let page = page.expect_status(200).json();
    assert_eq!(page["pagination"]["total_count"], 5);
    assert_eq!(
        changes(&page["history"][0]),
        [told("title", "Title 1", "Title 2")]
    );
}

#[test]
fn a_page_of_long_texts_ends_early_and_each_change_can_be_had_alone() {
    let server = Server::start();
    server.report("Long", "").expect_status(201);
    for letter in ["a", "b", "c", "d", "e", "f", "g"] {
        let text = letter.repeat(1 << 20);
        patch(&server, "issues/1.json", &json!({"description": text}));
    }
    let page = |query: &str| {
        let path = server.path(&format!("issues/1/history.json?{query}"));
        let answer = server.send(&Request::get(path).bearer(server.personal_token()));
        answer.expect_status(200)
    };
    let all = page("per_page=100");
    assert!(all.body.len() < 11 << 20, "{} bytes", all.body.len());
    let all = all.json();
    assert_eq!(all["pagination"]["total_count"], 7);
    let shown = all["history"].as_array().unwrap().len();
    assert!((4..7).contains(&shown), "{shown}");
    let last = page("per_page=1&page=7").json();
    let to = last["history"][0]["changes"][0]["to"].as_str().unwrap();
    assert!(to.starts_with("aaa"));
}
