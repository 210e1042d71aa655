//! `/projects/{project}/auth_tokens`: the management of project tokens.

use serde_json::{Value, json};
use support::{Request, Response, Server};

use crate::secrets::{check_hidden, shown};

fn create(server: &Server, settings: &Value) -> Response {
    let request = Request::post(server.path("auth_tokens.json"))
        .bearer(server.personal_token())
        .json(settings);
    server.send(&request)
}

/// The path within this server of the `Location` that an answer gives.
fn location(server: &Server, answer: &Response) -> String {
    let url = answer.header("Location").unwrap();
    let path = url.strip_prefix(server.url()).unwrap();
    format!("{path}.json")
}

fn manage(server: &Server, method: &str, path: &str) -> Request {
    Request::new(method, path).bearer(server.personal_token())
}

fn report(token: &str, server: &Server) -> Request {
    Request::post(server.path("issues.json"))
        .form_user(token)
        .json(&json!({"title": "A report"}))
}

#[test]
fn a_token_is_shown_once_and_lives_from_create_to_delete() {
    let server = Server::start();
    let created = create(
        &server,
        &json!({"name": "  Steam build  ", "bug_reports_per_day": 100}),
    );
    let token = shown(&created, "tkn-");
    let path = location(&server, &created);

    let record = server
        .send(&manage(&server, "GET", &path))
        .expect_status(200)
        .json();
    check_hidden(&record, &token);
    assert_eq!(record["name"], "Steam build");
    assert_eq!(record["bug_reports_per_day"], 100);
    assert_eq!(record["project_id"], server.project());
    assert_eq!(record["last_used_at"], Value::Null);

    server.send(&report(&token, &server)).expect_status(201);
    let list = server.send(&manage(&server, "GET", &server.path("auth_tokens.json")));
    let list = list.expect_status(200).json();
    let listed = list["auth_tokens"].as_array().unwrap();
    let listed = listed.iter().find(|listed| listed["id"] == record["id"]).unwrap();
    check_hidden(listed, &token);
    assert!(listed["last_used_at"].is_string(), "its use is noted: {listed}");

    let deleted = server
        .send(&manage(&server, "DELETE", &path))
        .expect_status(200)
        .json();
    check_hidden(&deleted, &token);
    server.send(&report(&token, &server)).expect_status(403);
    server.send(&manage(&server, "GET", &path)).expect_status(404);
    server.send(&manage(&server, "DELETE", &path)).expect_status(404);
}

#[test]
fn what_is_not_said_is_as_the_documents_say() {
    let server = Server::start();
    let token = create(&server, &json!({"name": "Defaults"}))
        .expect_status(201)
        .json();
    let expected = json!({
        "can_create_bug_report": true, "bug_reports_per_day": 8,
        "can_create_feature_request": true, "feature_requests_per_day": 8,
        "can_create_support_ticket": true, "support_tickets_per_day": 8,
        "can_create_release": false, "require_submission_token": false,
    });
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&token[field], value, "{field}");
    }
}

#[test]
fn a_token_is_made_from_a_form_as_from_json() {
    let server = Server::start();
    let form = [
        ("auth_token[name]", "From a form"),
        ("auth_token[bug_reports_per_day]", "12"),
        ("auth_token[can_create_bug_report]", "False"),
    ];
    let request = manage(&server, "POST", &server.path("auth_tokens")).form(&form);
    let token = server.send(&request).expect_status(201).json();
    assert_eq!(token["name"], "From a form");
    assert_eq!(token["bug_reports_per_day"], 12);
    assert_eq!(token["can_create_bug_report"], false);
}

#[test]
fn limits_are_from_zero_to_the_largest_and_others_are_refused_by_name() {
    let server = Server::start();
    for field in [
        "bug_reports_per_day",
        "feature_requests_per_day",
        "support_tickets_per_day",
    ] {
        for limit in [json!(0), json!(2_147_483_647_u32), json!("17")] {
            let answer = create(&server, &json!({"name": "Limits", field: limit}));
            let stored = answer.expect_status(201).json()[field].clone();
            assert_eq!(stored.to_string(), limit.to_string().replace('"', ""), "{field}");
        }
        for limit in [
            json!(-1),
            json!(2_147_483_648_u32),
            json!("x"),
            json!(1.5),
            json!([]),
            json!({}),
        ] {
            let answer = create(&server, &json!({"name": "Limits", field: limit}));
            assert_eq!(answer.status, 422, "{field} = {limit}: {}", answer.text());
            assert!(answer.error().contains(field), "{limit}: {}", answer.error());
        }
    }
}

#[test]
fn a_name_is_required() {
    let server = Server::start();
    for body in [
        json!({}),
        json!({"name": ""}),
        json!({"name": "  "}),
        json!({"name": null}),
        json!({"name": {}}),
    ] {
        let answer = create(&server, &body);
        assert_eq!(answer.status, 422, "{body}: {}", answer.text());
        assert!(answer.error().contains("name"), "{body}: {}", answer.error());
    }
    let long = create(&server, &json!({"name": "n".repeat(10_000)})).expect_status(422);
    assert!(long.error().contains("name"), "{}", long.error());
}

#[test]
fn an_edit_changes_what_it_names_and_counts_at_once() {
    let server = Server::start();
    let created = create(&server, &json!({"name": "Before", "support_tickets_per_day": 3}));
    let token = shown(&created, "tkn-");
    let path = location(&server, &created);
    // One connection for all, as a game keeps it open: what was looked up before must not be remembered.
    let mut game = server.connect();
    assert_eq!(game.send(&report(&token, &server)).unwrap().status, 201);

    let edit = |body: Value| {
        let answer = server.send(&manage(&server, "PATCH", &path).json(&body));
        let record = answer.expect_status(200).json();
        check_hidden(&record, &token);
        record
    };
    let record = edit(json!({"can_create_bug_report": false}));
    assert_eq!(record["support_tickets_per_day"], 3);
    assert_eq!(record["name"], "Before");
    let refused = game.send(&report(&token, &server)).unwrap().expect_status(403);
    assert_eq!(refused.error(), "Not allowed to create bug reports.");
    assert_eq!(
        refused.header("Retry-After"),
        None,
        "a missing right does not come back by itself"
    );

    edit(json!({"can_create_bug_report": "true", "bug_reports_per_day": 1}));
    let refused = game.send(&report(&token, &server)).unwrap().expect_status(403);
    assert!(refused.header("Retry-After").is_some(), "a spent limit does");
    edit(json!({"auth_token": {"bug_reports_per_day": 2, "name": "After"}}));
    assert_eq!(game.send(&report(&token, &server)).unwrap().status, 201);

    edit(json!({"require_submission_token": true, "bug_reports_per_day": 100}));
    let refused = game.send(&report(&token, &server)).unwrap().expect_status(403);
    assert_eq!(refused.error(), "Submission token is required");
    let answer = server.send(&manage(&server, "PATCH", &path).json(&json!({"bug_reports_per_day": -1})));
    assert!(answer.expect_status(422).error().contains("bug_reports_per_day"));
}

#[test]
fn a_deleted_token_is_refused_on_a_connection_that_it_opened() {
    let server = Server::start();
    let created = create(&server, &json!({"name": "Short-lived"}));
    let token = shown(&created, "tkn-");
    let mut game = server.connect();
    assert_eq!(game.send(&report(&token, &server)).unwrap().status, 201);
    server
        .send(&manage(&server, "DELETE", &location(&server, &created)))
        .expect_status(200);
    let refused = game.send(&report(&token, &server)).unwrap().expect_status(403);
    assert_eq!(refused.error(), "The project token is not valid or was deleted");
    assert_eq!(server.issue_count(), 1);
}

#[test]
fn what_was_answered_holds_after_a_kill() {
    let mut server = Server::start();
    let (edited, deleted) = (
        create(&server, &json!({"name": "Edited"})),
        create(&server, &json!({"name": "Deleted"})),
    );
    let path = location(&server, &edited);
    server
        .send(&manage(&server, "PATCH", &path).json(&json!({"name": "New name", "bug_reports_per_day": 5})))
        .expect_status(200);
    server
        .send(&manage(&server, "DELETE", &location(&server, &deleted)))
        .expect_status(200);
    server.kill_hard();
    server.restart();
    let record = server
        .send(&manage(&server, "GET", &path))
        .expect_status(200)
        .json();
    assert_eq!(
        (&record["name"], &record["bug_reports_per_day"]),
        (&json!("New name"), &json!(5))
    );
    server
        .send(&report(&shown(&edited, "tkn-"), &server))
        .expect_status(201);
    server
        .send(&report(&shown(&deleted, "tkn-"), &server))
        .expect_status(403);
}
