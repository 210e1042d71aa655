//! What whoever sent a report may still do to it: as long as the project token lives that it was sent with, and
//! within bounds. Members have none.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

use serde_json::{Value, json};
use support::{Request, Server};

/// Sends a draft with a token of its own, and gives both.
fn draft(server: &Server) -> (Value, Value) {
    let token = server.create_token(&json!({"name": "Game"}));
    let request = Request::post(server.path("issues.json")).form_user(token["token"].as_str().unwrap());
    let body = json!({"title": "From a game", "draft": true});
    let issue = server.send(&request.json(&body)).expect_status(201).json();
    (token, issue)
}

fn post(server: &Server, issue: &Value, rest: &str) -> Request {
    Request::post(server.path(&format!("issues/g-{}/{rest}", issue["id"])))
}

fn log(request: Request, text: &str) -> Request {
    request.form(&[("log_file[contents]", text)])
}

fn email(request: Request, number: usize) -> Request {
    request.form(&[("email", &format!("player{number}@example.org"))])
}

#[test]
fn an_update_token_ends_with_the_project_token_it_came_by() {
    let server = Server::start();
    let (token, issue) = draft(&server);
    let (_, other) = draft(&server);
    let update_token = issue["token"].as_str().unwrap();
    let holder = |rest: &str| post(&server, &issue, rest).bearer(update_token);
    server
        .send(&email(holder("set_contact_info"), 1))
        .expect_status(200);
    server.send(&log(holder("log_files"), "first")).expect_status(201);
    let path = server.path(&format!("auth_tokens/{}.json", token["id"]));
    server
        .send(&Request::delete(path).bearer(server.personal_token()))
        .expect_status(200);
    for request in [
        email(holder("set_contact_info"), 2),
        email(holder("set_reporter_email"), 2),
        log(holder("log_files"), "second"),
        holder("publish"),
        // A project token that lives does not bring it back.
        log(
            post(&server, &issue, "log_files")
                .form_user(&format!("{},{update_token}", server.project_token())),
            "second",
        ),
    ] {
        let refused = server.send(&request).expect_status(403);
        assert!(refused.error().starts_with("Not allowed"), "{}", refused.error());
    }
    let theirs = post(&server, &other, "publish").bearer(other["token"].as_str().unwrap());
    server.send(&theirs).expect_status(200);
    let members = post(&server, &issue, "publish").bearer(server.personal_token());
    server.send(&members).expect_status(200);
}

#[test]
fn a_reporter_adds_50_files_and_no_more() {
    let server = Server::start();
    let (token, issue) = draft(&server);
    let update_token = issue["token"].as_str().unwrap();
    let holder = || post(&server, &issue, "log_files").bearer(update_token);
    for number in 0..49 {
        server
            .send(&log(holder(), &number.to_string()))
            .expect_status(201);
    }
    let last = log(holder().header("Idempotency-Key", "last"), "the last");
    let first_answer = server.send(&last).expect_status(201);
    let game = post(&server, &issue, "log_files").form_user(token["token"].as_str().unwrap());
    for request in [
        log(holder(), "one more"),
        log(holder().header("Idempotency-Key", "more"), "one more"),
        log(game, "one more"),
    ] {
        let refused = server.send(&request).expect_status(403);
        assert_eq!(refused.error(), "Not allowed to add more files to this report.");
    }
    assert_eq!(
        server.send(&last).text(),
        first_answer.text(),
        "whoever lost the last answer gets it"
    );
    let member = post(&server, &issue, "log_files").bearer(server.personal_token());
    server.send(&log(member, "a member's")).expect_status(201);
}

#[test]
fn a_reporter_changes_a_report_100_times_a_day() {
    let server = Server::start();
    let (_, issue) = draft(&server);
    let holder = || post(&server, &issue, "set_reporter_email").bearer(issue["token"].as_str().unwrap());
    for number in 0..100 {
        server.send(&email(holder(), number)).expect_status(200);
    }
    server.send(&email(holder(), 99)).expect_status(200);
    let refused = server.send(&email(holder(), 100)).expect_status(403);
    assert_eq!(
        refused.error(),
        "Not allowed to change this report any more today."
    );
    let member = post(&server, &issue, "set_reporter_email").bearer(server.personal_token());
    server.send(&email(member, 100)).expect_status(200);
}
