//! The samples of "Project Auth Tokens".

use serde_json::json;
use support::{Request, Server};

use super::{paste, run_javascript};

/// The sample shows the headers on a list. Whether a game may read it is not said, and was decided: it may not
/// (protocol 13, "S1/S2 curl").
#[test]
fn the_authentication_format_is_understood_and_a_game_may_not_list() {
    let server = Server::start();
    let sample = r#"curl -H "Authorization: FormUser tkn-YOUR_TOKEN_HERE" \
-H "BetaHub-Project-ID: pr-YOUR_PROJECT_ID" \
-H "Content-Type: application/json" \
https://app.betahub.io/projects/pr-YOUR_PROJECT_ID/issues.json"#;
    if let Some(answer) = paste(sample, &server, server.project_token()) {
        let error = answer["error"].as_str().unwrap();
        assert!(error.starts_with("Not allowed to "), "{error}");
    }
    let list = Request::get(server.path("issues.json")).form_user(server.project_token());
    server.send(&list).expect_status(403);
}

#[test]
fn creating_a_bug_report() {
    let server = Server::start();
    let sample = r#"curl -X POST \
-H "Authorization: FormUser tkn-abc123def456..." \
-H "BetaHub-Project-ID: pr-abc123" \
-H "Content-Type: application/json" \
-d '{
"title": "Player falls through floor in level 3",
"description": "When jumping near the water fountain...",
"category": "bug",
"priority": "high"
}' \
https://app.betahub.io/projects/pr-abc123/issues.json"#;
    if let Some(answer) = paste(sample, &server, server.project_token()) {
        assert_eq!(
            answer["title"], "Player falls through floor in level 3",
            "{answer}"
        );
        assert_eq!(answer["priority"], "high");
        assert_eq!(server.issue_count(), 1);
    }
}

#[test]
fn a_custom_web_form() {
    let sample = r"
const bugTitle = 'From the form', bugDescription = 'What happened';
// Submit bug from custom form
await fetch('https://app.betahub.io/projects/pr-123/issues.json', {
method: 'POST',
headers: {
'Authorization': 'FormUser tkn-YOUR_TOKEN',
'BetaHub-Project-ID': 'pr-123',
'Content-Type': 'application/json'
},
body: JSON.stringify({
title: bugTitle,
description: bugDescription,
category: 'bug'
})
});";
    let server = Server::start();
    if run_javascript(sample, &server, server.project_token()).is_none() {
        let report = json!({"title": "From the form", "description": "What happened", "category": "bug"});
        let create = Request::post(server.path("issues.json")).form_user(server.project_token());
        let create = create.header("BetaHub-Project-ID", server.project());
        server.send(&create.json(&report)).expect_status(201);
    }
    let issues = server.issues();
    assert_eq!(issues[0]["title"], "From the form", "{issues:?}");
}
