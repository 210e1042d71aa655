//! The Roblox plugin's bug report with its log, live at once (protocol 6 and 13).

use serde_json::json;
use support::{Request, Server};

use crate::answers::{Created, files};

/// The plugin sends no `Accept`, and percent-codes everything but letters and digits.
fn create(server: &Server, path: &str) -> Request {
    let fields = [
        (
            "issue[description]",
            "The shop shows the wrong price for the red hat",
        ),
        ("issue[unformatted_steps_to_reproduce]", "Open the shop"),
        ("issue[source]", "in-game"),
        ("issue[custom][roblox_id]", "156"),
    ];
    Request::post(server.path(path))
        .form_user(server.project_token())
        .header("BetaHub-Project-ID", server.project())
        .form(&fields)
}

#[test]
fn a_report_is_live_and_takes_its_log() {
    let server = Server::start();
    let issue = Created::read(&server, &server.send(&create(&server, "issues.json")));
    assert_eq!(server.issue_count(), 1, "live without a publish");

    // The whole console: more than frameworks take of a form by default.
    let console = "12:00:01 Info: the quick brown fox & co = 100% [ok]\n".repeat(40_000);
    let log = Request::post(server.path(&format!("issues/g-{}/log_files.json", issue.id)))
        .header(
            "Authorization",
            format!("FormUser {},{}", server.project_token(), issue.token),
        )
        .header("BetaHub-Project-ID", server.project())
        .form(&[
            ("log_file[contents]", &console),
            ("log_file[name]", "console.log"),
            ("log_file[developer_private]", "true"),
        ]);
    let answer = server.send(&log);
    assert!(
        (200..300).contains(&answer.status),
        "{} {}",
        answer.status,
        answer.text()
    );
    assert_eq!(
        files(&server, issue.id, "log_files"),
        [("console.log".to_owned(), console.len() as u64)]
    );

    let stored = server.issue(issue.id).expect_status(200).json();
    assert_eq!(stored["title"], "The shop shows the wrong price for the red hat");
    assert_eq!(stored["url"], issue.url);
}

#[test]
fn an_error_is_told_in_the_key_that_is_read_last() {
    let server = Server::start();
    let request = Request::post(server.path("issues.json"))
        .form_user(server.project_token())
        .form(&[("issue[description]", "")]);
    let answer = server.send(&request).expect_status(422);
    assert!(
        answer.json().get("message").is_none(),
        "the plugin would show `message` first"
    );
    assert!(!answer.error().is_empty());
}

/// The plugin's first version: wrapped JSON, a path without `.json`, no project header, the log in the report.
#[test]
fn the_first_version_is_still_understood() {
    let server = Server::start();
    let body = json!({"issue": {
        "description": "The shop shows the wrong price", "unformatted_steps_to_reproduce": "Open the shop",
        "logs": "12:00:01 Info: all is well\n", "custom": [],
    }});
    let request = Request::post(server.path("issues"))
        .form_user(server.project_token())
        .header("Accept", "application/json")
        .json(&body);
    Created::read(&server, &server.send(&request));
    assert_eq!(server.issue_count(), 1);
}
