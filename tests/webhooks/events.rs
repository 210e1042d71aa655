//! What is told, and when: each event once, under its name, with the record as the API tells it.

use serde_json::{Value, json};
use support::{Received, Receiver, Reply, Request, Server};

use super::{create, owner, start, subscribe};

/// Waits for as many messages as there are events, gives a moment to one too many, and compares the types.
#[track_caller]
fn check_events(server: &Server, receiver: &Receiver, webhook: u64, expected: &[&str]) -> Vec<Value> {
    receiver.wait_for(expected.len());
    // One event more would have been told while the test is: it is due at the end of the same moment.
    let test = super::at(server, "POST", &format!("/{webhook}/test.json"));
    server.send(&test).expect_status(202);
    let messages = receiver.wait_for(expected.len() + 1);
    let mut events: Vec<_> = messages.iter().map(Received::event).collect();
    events.retain(|event| event != "webhook.test");
    events.sort_unstable();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(events, expected);
    messages.iter().map(Received::json).collect()
}

const API: &str = include_str!("../../docs/api.md");

/// Panics unless the documentation names every field of these messages, each in the part that is about its kind.
#[track_caller]
fn check_documented(messages: &[Value]) {
    let start = API.find("### What a message says").expect("the section is there");
    let section = API[start..].split("\n## ").next().unwrap_or_default();
    let part_of = |begins: &str| {
        let start = section.find(begins).unwrap_or_else(|| panic!("no part {begins}"));
        let part = &section[start + begins.len()..];
        part.split("\n**").next().unwrap_or_default()
    };
    for message in messages {
        let event = message["type"].as_str().unwrap();
        let about = match event.split_once('.').unwrap() {
            (_, "commented") => "**Comments**",
            ("release", _) => "**Releases**",
            ("token", _) => "**Project tokens**",
            ("quota", _) => "**Spent limits**",
            ("webhook", _) => "**Tests**",
            _ => "**Reports**",
        };
        let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        for name in names(message) {
            assert!(
                section.contains(&format!("\n| `{name}`")),
                "{name} of {event} is not told"
            );
        }
        for name in names(&message["data"]) {
            let part = part_of(about);
            let is_told = part.contains(&format!("`{name}`")) || part.contains(&format!("\"{name}\""));
            assert!(is_told, "{name} in the data of {event} is not told under {about}");
        }
    }
}

fn of_type<'a>(messages: &'a [Value], event: &str) -> &'a Value {
    let found = messages.iter().find(|message| message["type"] == event);
    found.unwrap_or_else(|| panic!("no {event} in {messages:?}"))
}

#[test]
fn what_happens_to_reports_is_told() {
    let server = start();
    let receiver = Receiver::start(Reply::Status(200));
    let webhook = create(&server, &json!({"url": receiver.url()}))
        .expect_status(201)
        .json();
    let webhook = webhook["id"].as_u64().unwrap();
    let mut expected = Vec::new();
    for (kind, folder) in [
        ("issue", "issues"),
        ("feature_request", "feature_requests"),
        ("ticket", "tickets"),
    ] {
        let body = json!({"title": "The lift never comes", "description": "I pressed it.", "email": "p@example.org"});
        let report = owner(&server, "POST", &format!("{folder}.json"), &body, 201);
        let one = format!("{folder}/{}", report["scoped_id"].as_str().unwrap());
        owner(
            &server,
            "PATCH",
            &format!("{one}.json"),
            &json!({"title": "No lift"}),
            200,
        );
        let closed = json!({"status": if kind == "feature_request" { "rejected" } else { "closed" }});
        owner(&server, "PATCH", &format!("{one}.json"), &closed, 200);
        owner(&server, "PATCH", &format!("{one}.json"), &closed, 200);
        owner(
            &server,
            "POST",
            &format!("{one}/comments.json"),
            &json!({"body": "See you."}),
            201,
        );
        expected.extend(
            ["created", "updated", "updated", "status_changed", "commented"]
                .map(|event| format!("{kind}.{event}")),
        );
    }
    let expected: Vec<_> = expected.iter().map(String::as_str).collect();
    let messages = check_events(&server, &receiver, webhook, &expected);
    let told = of_type(&messages, "issue.status_changed");
    assert_eq!(told["project_id"], server.project());
    assert_eq!(
        told["changes"],
        json!({"status": {"from": "open", "to": "closed"}})
    );
    let id = told["data"]["id"].as_u64().unwrap();
    let mut shown = server.issue(id).json();
    shown.as_object_mut().unwrap().remove("potential_duplicate");
    let mut data = told["data"].clone();
    data.as_object_mut().unwrap().remove("potential_duplicate");
    assert_eq!(data, shown, "what a developer is shown");
    assert_eq!(of_type(&messages, "ticket.commented")["data"]["body"], "See you.");
    check_documented(&messages);
    assert!(told["timestamp"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn a_draft_is_told_of_when_it_is_published_and_not_before() {
    let server = start();
    let receiver = Receiver::start(Reply::Status(200));
    let events = [
        "issue.created",
        "issue.updated",
        "issue.published",
        "issue.status_changed",
    ];
    let webhook = subscribe(&server, &receiver, &events);
    let draft = Request::post(server.path("issues.json"))
        .form_user(server.project_token())
        .json(&json!({"issue": {"title": "Half", "description": "A draft"}, "draft": true}));
    let draft = server.send(&draft).expect_status(201).json();
    let contact = Request::post(server.path(&format!("issues/g-{}/set_reporter_email", draft["id"])))
        .bearer(draft["token"].as_str().unwrap())
        .json(&json!({"email": "p@example.org"}));
    server.send(&contact).expect_status(200);
    let publish = Request::post(server.path(&format!("issues/g-{}/publish", draft["id"])))
        .bearer(draft["token"].as_str().unwrap())
        .json(&json!({}));
    server.send(&publish).expect_status(200);
    server.send(&publish).expect_status(200);
    let messages = check_events(&server, &receiver, webhook, &["issue.published"]);
    assert_eq!(of_type(&messages, "issue.published")["data"]["scoped_id"], "1");
}

#[test]
fn releases_tokens_and_spent_limits_are_told() {
    let server = start();
    let receiver = Receiver::start(Reply::Status(200));
    let events = [
        "release.created",
        "token.created",
        "token.revoked",
        "quota.exhausted",
    ];
    let webhook = subscribe(&server, &receiver, &events);
    let token =
        server.create_token(&json!({"name": "Build", "bug_reports_per_day": 2, "can_create_release": true}));
    let plain = token["token"].as_str().unwrap();
    for label in ["1.0", "1.0"] {
        let report = Request::post(server.path("issues.json"))
            .form_user(plain)
            .json(&json!({"title": "Fell", "description": "Through the floor", "release_label": label}));
        server.send(&report).expect_status(201);
    }
    let refused = Request::post(server.path("issues.json"))
        .form_user(plain)
        .json(&json!({"title": "Fell", "description": "Once more"}));
    server.send(&refused).expect_status(403);
    // What a report has made known is filled in, and not one more.
    owner(
        &server,
        "POST",
        "releases.json",
        &json!({"label": "1.0", "summary": "The first"}),
        201,
    );
    owner(&server, "POST", "releases.json", &json!({"label": "1.1"}), 201);
    owner(
        &server,
        "DELETE",
        &format!("auth_tokens/{}.json", token["id"]),
        &json!({}),
        200,
    );
    let expected = [
        "token.created",
        "release.created",
        "quota.exhausted",
        "release.created",
        "token.revoked",
    ];
    let messages = check_events(&server, &receiver, webhook, &expected);
    let spent = &of_type(&messages, "quota.exhausted")["data"];
    assert_eq!(spent["auth_token_id"], token["id"]);
    assert_eq!(
        (&spent["report_type"], &spent["per_day"]),
        (&json!("issue"), &json!(2))
    );
    let revoked = &of_type(&messages, "token.revoked")["data"];
    assert_eq!(
        (&revoked["name"], &revoked["deleted"]),
        (&json!("Build"), &json!(true))
    );
    check_documented(&messages);
    let text = format!("{messages:?}");
    assert!(!text.contains(plain), "a token's value is in no message");
}

#[test]
fn nobody_hears_of_what_they_did_not_choose_or_was_before_them() {
    let server = start();
    let early = Receiver::start(Reply::Status(200));
    let first = subscribe(&server, &early, &["issue.created", "issue.updated"]);
    server
        .report("Before", "The second one is not there")
        .expect_status(201);
    let late = Receiver::start(Reply::Status(200));
    let second = subscribe(&server, &late, &["issue.created"]);
    server.report("After", "Both are there").expect_status(201);
    owner(
        &server,
        "PATCH",
        "issues/2.json",
        &json!({"title": "After all"}),
        200,
    );
    check_events(
        &server,
        &early,
        first,
        &["issue.created", "issue.created", "issue.updated"],
    );
    let messages = check_events(&server, &late, second, &["issue.created"]);
    assert_eq!(of_type(&messages, "issue.created")["data"]["scoped_id"], "2");
    let id_of_second = |receiver: &Receiver| {
        let all = receiver.received();
        let is_it = |message: &&Received| {
            let json = message.json();
            json["type"] == "issue.created" && json["data"]["scoped_id"] == "2"
        };
        all.iter().find(is_it).unwrap().header("webhook-id").to_owned()
    };
    assert_eq!(
        id_of_second(&early),
        id_of_second(&late),
        "the same event has the same id everywhere"
    );
}

#[test]
fn what_is_gone_when_it_is_told_is_said_to_be() {
    let server = start();
    let receiver = Receiver::start(Reply::Status(503));
    subscribe(&server, &receiver, &["issue.commented"]);
    server.report("A lift", "It never comes").expect_status(201);
    let comment = owner(
        &server,
        "POST",
        "issues/1/comments.json",
        &json!({"body": "Oh"}),
        201,
    );
    receiver.wait_for(1);
    owner(
        &server,
        "DELETE",
        &format!("issues/1/comments/{}.json", comment["id"]),
        &json!({}),
        200,
    );
    receiver.answer_with(Reply::Status(200));
    let messages = receiver.wait_for(2);
    assert_eq!(
        messages[1].json()["data"],
        json!({"id": comment["id"], "deleted": true})
    );
}
