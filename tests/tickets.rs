//! Support tickets: sent by somebody who can be answered, and worked off by the project's people (protocol 5.6).
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

use serde_json::{Value, json};
use support::{Multipart, Request, Response, Server};

fn owner(server: &Server, method: &str, rest: &str) -> Request {
    Request::new(method, server.path(rest)).bearer(server.personal_token())
}

#[track_caller]
fn get(server: &Server, rest: &str) -> Value {
    server.send(&owner(server, "GET", rest)).expect_status(200).json()
}

/// A ticket of a game; `identity` stands behind the token, with its comma.
fn ask(server: &Server, identity: &str, body: &Value) -> Response {
    let request = Request::post(server.path("tickets.json"))
        .form_user(&format!("{}{identity}", server.project_token()));
    server.send(&request.json(body))
}

fn listed(server: &Server, query: &str) -> Vec<String> {
    let list = get(server, &format!("tickets.json?{query}"));
    let found = list["tickets"].as_array().unwrap();
    let text = |ticket: &Value| ticket["description"].as_str().unwrap().to_owned();
    found.iter().map(text).collect()
}

#[test]
fn somebody_must_be_reachable() {
    let server = Server::start();
    let refused = ask(&server, "", &json!({"description": "Help"})).expect_status(422);
    assert_eq!(refused.error(), "reporter_email can't be blank");
    for wrong in [
        json!({"ticket": {"description": "Help", "reporter_email": "nobody"}}),
        json!({"description": "Help", "user": {"email": "@"}}),
    ] {
        let refused = ask(&server, "", &wrong).expect_status(422);
        assert!(
            refused.error().contains("is not an e-mail address"),
            "{}",
            refused.error()
        );
    }
    let twice = ask(&server, "", &json!({"ticket": {}})).expect_status(422);
    assert_eq!(twice.json()["errors"].as_array().map(Vec::len), Some(2));
    assert!(listed(&server, "").is_empty());

    for (identity, body, email) in [
        (
            ",email:head@studio.example",
            json!({"description": "1"}),
            Some("head@studio.example"),
        ),
        (
            ",discord_id:123456789012345678",
            json!({"description": "2"}),
            None,
        ),
        (
            "",
            json!({"ticket": {"description": "3", "reporter_email": "typed@studio.example"}}),
            Some("typed@studio.example"),
        ),
        (
            "",
            json!({"ticket": {"description": "4"}, "user": {"email": "known@studio.example"}}),
            Some("known@studio.example"),
        ),
        (
            ",email:head@studio.example",
            json!({"ticket": {"description": "5", "reporter_email": "typed@studio.example"}}),
            Some("typed@studio.example"),
        ),
    ] {
        let created = ask(&server, identity, &body).expect_status(201).json();
        assert!(
            created["id"].is_u64() && created["description"].is_string(),
            "{created}"
        );
        assert!(created["user"].get("email").is_none(), "{created}");
        let kept = get(&server, &format!("tickets/t-{}.json", created["id"]));
        assert_eq!(kept["user"].get("email").and_then(Value::as_str), email, "{body}");
    }
    let by_member = owner(&server, "POST", "tickets.json").json(&json!({"description": "6"}));
    server.send(&by_member).expect_status(201);
    assert_eq!(listed(&server, ""), ["6", "5", "4", "3", "2", "1"]);
}

#[test]
fn every_encoding_is_taken() {
    let server = Server::start();
    let post = || Request::post(server.path("tickets")).form_user(server.project_token());
    let fields = [
        ("ticket[description]", "Help"),
        ("ticket[reporter_email]", "jo@studio.example"),
        ("ticket[custom_fields][mood]", "low"),
    ];
    let parts = fields
        .iter()
        .fold(Multipart::new(), |parts, (name, value)| parts.text(name, value));
    for request in [post().form(&fields), post().multipart(parts)] {
        let answer = server.send(&request).expect_status(201);
        assert!(
            answer
                .header("RateLimit")
                .is_some_and(|it| it.contains("support_tickets"))
        );
    }
    let kept = get(&server, "tickets/1.json");
    assert_eq!(kept["custom_fields"], json!({"mood": "low"}));
    assert_eq!(kept["status"], "open");
    assert!(kept["url"].as_str().unwrap().ends_with("/tickets/1"));
}

#[test]
fn tickets_are_worked_off() {
    let mut server = Server::start();
    for text in ["One", "Two"] {
        ask(
            &server,
            ",email:jo@studio.example",
            &json!({"description": text, "draft": true}),
        )
        .expect_status(201);
    }
    let change = owner(&server, "PATCH", "tickets/1.json").json(&json!({"ticket": {"status": "resolved"}}));
    let changed = server.send(&change).expect_status(200).json();
    assert!(changed["resolved_at"].is_string());
    server.kill_hard();
    server.restart();
    assert_eq!(listed(&server, "status=resolved"), ["One"]);
    assert_eq!(
        listed(&server, "status=new"),
        ["Two"],
        "and a ticket is never a draft"
    );
    assert_eq!(
        get(&server, "tickets.json?per_page=1&page=2")["pagination"],
        json!({"current_page": 2, "total_pages": 2, "total_count": 2, "per_page": 1})
    );
    let wrong = owner(&server, "PATCH", "tickets/1.json").json(&json!({"status": "approved"}));
    let refused = server.send(&wrong).expect_status(422);
    assert!(
        refused.error().starts_with("status must be one of open"),
        "{}",
        refused.error()
    );
    for path in [
        "tickets/9.json",
        "tickets/x.json",
        "tickets/1/publish",
        "tickets/1/vote.json",
    ] {
        let method = if path.ends_with("json") && !path.contains("vote") {
            "GET"
        } else {
            "POST"
        };
        server.send(&owner(&server, method, path)).expect_status(404);
    }
}

#[test]
fn the_sender_can_say_later_how_to_be_reached() {
    let server = Server::start();
    let created = ask(
        &server,
        ",discord_id:123456789012345678",
        &json!({"description": "Help"}),
    );
    let created = created.expect_status(201).json();
    let token = created["token"].as_str().unwrap();
    let path = server.path(&format!("tickets/{}/set_contact_info", created["id"]));
    let contact = Request::post(path).bearer(token);
    let contact = contact.json(&json!({"email": "jo@studio.example"}));
    server.send(&contact).expect_status(200);
    assert_eq!(
        get(&server, "tickets/1.json")["user"]["email"],
        "jo@studio.example"
    );
}

#[test]
fn a_retry_gets_the_first_answer() {
    let server = Server::start();
    let request = Request::post(server.path("tickets.json"))
        .form_user(&format!("{},email:jo@studio.example", server.project_token()))
        .header("Idempotency-Key", "help-1")
        .json(&json!({"description": "Help"}));
    let first = server.send(&request).expect_status(201).json();
    let again = server.send(&request).expect_status(201);
    assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
    assert_eq!(again.json(), first);
    assert_eq!(listed(&server, ""), ["Help"]);
}

#[test]
fn its_own_right_its_own_limit_and_its_own_readers() {
    let mut server = Server::start();
    let settings = json!({"name": "g", "can_create_support_ticket": true, "support_tickets_per_day": 1});
    let game = server.create_token(&settings)["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let send = |token: &str| {
        let request =
            Request::post(server.path("tickets.json")).form_user(&format!("{token},email:jo@studio.example"));
        server.send(&request.json(&json!({"description": "Help"})))
    };
    send(&game).expect_status(201);
    let spent = send(&game).expect_status(403);
    assert_eq!(spent.error(), "Not allowed to create tickets.");
    let other = server.create_token(&json!({"name": "b", "can_create_support_ticket": false}));
    send(other["token"].as_str().unwrap()).expect_status(403);
    let stranger = server.add_person("stranger@studio.example").token;
    for path in ["tickets.json", "tickets/1.json"] {
        let by = |request: Request| server.send(&request).status;
        let read = || Request::get(server.path(path));
        assert_eq!(by(read().bearer(&stranger)), 403);
        assert_eq!(by(read().form_user(&game)), 403);
        assert_eq!(by(read()), 401);
    }
}
