//! `Idempotency-Key`: whoever lost the answer asks again and gets the same, at no cost.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail the test")]

use std::thread;

use serde_json::{Value, json};
use support::{Multipart, Request, Response, Server};

fn report(server: &Server, token: &str, key: &str) -> Request {
    Request::post(server.path("issues.json"))
        .form_user(token)
        .header("Idempotency-Key", key)
        .json(&json!({"title": "Sent twice", "description": "The answer was lost."}))
}

/// Panics unless the second answer is the first again, and says so.
#[track_caller]
fn check_same(first: &Response, second: &Response) {
    assert_eq!(
        (first.status, second.status),
        (201, 201),
        "{} {}",
        first.text(),
        second.text()
    );
    assert_eq!(first.text(), second.text());
    assert_eq!(first.header("Idempotent-Replayed"), None);
    assert_eq!(second.header("Idempotent-Replayed"), Some("true"));
    assert_eq!(first.header("Location"), second.header("Location"));
}

#[test]
fn the_same_key_gives_the_same_answer_and_takes_nothing() {
    let server = Server::start();
    let token = server.token_with_limit(2);
    let first = server.send(&report(&server, &token, "k-1"));
    for _ in 0..5 {
        check_same(&first, &server.send(&report(&server, &token, "k-1")));
    }
    assert_eq!(server.issue_count(), 1);
    let second = server.send(&report(&server, &token, "k-2")).expect_status(201);
    assert_ne!(
        first.json()["id"],
        second.json()["id"],
        "another key is another report"
    );
    // The limit is spent, and only those who were answered before are answered.
    server.send(&report(&server, &token, "k-3")).expect_status(403);
    check_same(&first, &server.send(&report(&server, &token, "k-1")));
    check_same(&second, &server.send(&report(&server, &token, "k-2")));
    assert_eq!(server.issue_count(), 2);
}

#[test]
fn the_first_answer_outlives_a_kill_and_later_changes() {
    let mut server = Server::start();
    let token = server.token_with_limit(1);
    let first = server.send(&report(&server, &token, "k")).expect_status(201);
    let id = &first.json()["id"];
    let change = Request::patch(server.path(&format!("issues/g-{id}.json"))).bearer(server.personal_token());
    server
        .send(&change.json(&json!({"title": "Renamed since", "status": "closed"})))
        .expect_status(200);
    let address = server.url().to_owned();
    server.kill_hard();
    server.restart();
    let again = server.send(&report(&server, &token, "k")).expect_status(201);
    assert_eq!(again.text(), first.text().replace(&address, server.url()));
    assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
    assert_eq!(server.issue_count(), 1);
}

#[test]
fn one_key_sent_by_16_threads_at_once_makes_one_report() {
    let server = Server::start();
    let token = server.token_with_limit(100);
    let request = report(&server, &token, "all at once");
    let answers: Vec<_> = thread::scope(|scope| {
        let clients: Vec<_> = (0..16).map(|_| scope.spawn(|| server.send(&request))).collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    let bodies: Vec<_> = answers
        .iter()
        .map(|answer| (answer.status, answer.text()))
        .collect();
    assert!(
        bodies.iter().all(|body| body.0 == 201 && body == &bodies[0]),
        "{bodies:#?}"
    );
    let first = |answer: &&Response| answer.header("Idempotent-Replayed").is_none();
    assert_eq!(answers.iter().filter(first).count(), 1);
    assert_eq!(server.issue_count(), 1);
}

#[test]
fn a_key_is_for_one_request_only() {
    let server = Server::start();
    let token = server.token_with_limit(100);
    server.send(&report(&server, &token, "k")).expect_status(201);
    let other = Request::post(server.path("issues.json"))
        .form_user(&token)
        .header("Idempotency-Key", "k")
        .json(&json!({"title": "Something else"}));
    let refused = server.send(&other).expect_status(422);
    assert!(refused.error().contains("Idempotency-Key"), "{}", refused.error());
    assert_eq!(server.issue_count(), 1);
}

#[test]
fn a_key_is_not_used_up_by_a_refusal() {
    let server = Server::start();
    let token = server.token_with_limit(100);
    let empty = Request::post(server.path("issues.json"))
        .form_user(&token)
        .header("Idempotency-Key", "k")
        .json(&json!({}));
    server.send(&empty).expect_status(422);
    let answer = server.send(&report(&server, &token, "k")).expect_status(201);
    assert_eq!(answer.header("Idempotent-Replayed"), None);
}

#[test]
fn the_same_key_of_another_token_is_another_key() {
    let server = Server::start();
    let (one, other) = (server.token_with_limit(9), server.token_with_limit(9));
    let first = server.send(&report(&server, &one, "k")).expect_status(201);
    let second = server.send(&report(&server, &other, "k")).expect_status(201);
    assert_ne!(first.json()["id"], second.json()["id"]);
    assert_eq!(second.header("Idempotent-Replayed"), None);
}

#[test]
fn a_key_has_1_to_255_characters() {
    let server = Server::start();
    let token = server.token_with_limit(9);
    server
        .send(&report(&server, &token, &"k".repeat(255)))
        .expect_status(201);
    for key in ["", "  ", &"k".repeat(256)] {
        let refused = server.send(&report(&server, &token, key)).expect_status(400);
        assert!(refused.error().contains("Idempotency-Key"), "{}", refused.error());
    }
    assert_eq!(server.issue_count(), 1);
}

fn upload(server: &Server, issue: &Value, key: &str, content: &str) -> Request {
    let file = Multipart::new().file("log_file[file]", "player.log", "text/plain", content.as_bytes());
    Request::post(server.path(&format!("issues/g-{}/log_files", issue["id"])))
        .bearer(issue["token"].as_str().unwrap())
        .header("Idempotency-Key", key)
        .multipart(file)
}

fn file_count(server: &Server, issue: &Value) -> usize {
    let path = server.path(&format!("issues/g-{}/log_files.json", issue["id"]));
    let list = server.send(&Request::get(path).bearer(server.personal_token()));
    list.expect_status(200).json().as_array().unwrap().len()
}

#[test]
fn an_upload_is_repeated_under_its_key() {
    let mut server = Server::start();
    let issue = server.report("With a log", "").expect_status(201).json();
    let first = server.send(&upload(&server, &issue, "k", "all is well\n"));
    check_same(
        &first,
        &server.send(&upload(&server, &issue, "k", "all is well\n")),
    );
    let refused = server
        .send(&upload(&server, &issue, "k", "something else\n"))
        .expect_status(422);
    assert!(refused.error().contains("Idempotency-Key"), "{}", refused.error());
    let address = server.url().to_owned();
    server.kill_hard();
    server.restart();
    let again = server
        .send(&upload(&server, &issue, "k", "all is well\n"))
        .expect_status(201);
    assert_eq!(again.text(), first.text().replace(&address, server.url()));
    assert_eq!(file_count(&server, &issue), 1);
}

#[test]
fn two_players_with_the_same_key_do_not_meet() {
    let server = Server::start();
    // Games that count their requests send the same keys from every player's machine.
    let issues = ["One", "Another"].map(|title| server.report(title, "").expect_status(201).json());
    for issue in &issues {
        let answer = server.send(&upload(&server, issue, "1", "all is well\n"));
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(file_count(&server, issue), 1);
    }
}

#[test]
fn a_project_is_made_once() {
    let server = Server::start();
    let request = Request::post("/projects.json")
        .bearer(server.personal_token())
        .header("Idempotency-Key", "k")
        .json(&json!({"name": "My second game"}));
    check_same(&server.send(&request), &server.send(&request));
    let list = Request::get("/projects.json").bearer(server.personal_token());
    assert_eq!(server.send(&list).json()["total_count"], 2);
}

#[test]
fn a_token_is_made_once_and_shown_once() {
    let server = Server::start();
    for path in ["/personal_access_tokens.json", &server.path("auth_tokens.json")] {
        let request = Request::post(path)
            .bearer(server.personal_token())
            .header("Idempotency-Key", format!("k {path}"))
            .json(&json!({"name": "Asked for twice"}));
        let first = server.send(&request).expect_status(201).json();
        let again = server.send(&request).expect_status(201);
        assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
        let again = again.json();
        assert_eq!(first["id"], again["id"], "{path}");
        // Only the hash is kept, so whoever lost the answer deletes the token and makes another.
        assert!(
            first["token"].is_string() && again.get("token").is_none(),
            "{again}"
        );
        let list = server
            .send(&Request::get(path).bearer(server.personal_token()))
            .json();
        let list = list
            .as_object()
            .unwrap()
            .values()
            .next()
            .unwrap()
            .as_array()
            .unwrap();
        assert_eq!(list.len(), 2, "the first start's and this: {list:?}");
    }
}

#[test]
fn a_member_is_added_once() {
    let mut server = Server::start();
    server.add_person("ben@studio.example");
    let organization = Request::post("/organizations.json").bearer(server.personal_token());
    let organization = server.send(&organization.json(&json!({"name": "Fountain Studio"})));
    let organization = organization.expect_status(201).json()["id"].clone();
    let groups = [
        server.path("members"),
        format!("/organizations/{organization}/members"),
    ];
    let request = |server: &Server, group: &str, role: &str| {
        Request::post(format!("{group}.json"))
            .bearer(server.personal_token())
            .header("Idempotency-Key", format!("k {group}"))
            .json(&json!({"email": "ben@studio.example", "role": role}))
    };
    let first = groups.each_ref().map(|group| {
        let first = server.send(&request(&server, group, "tester"));
        check_same(&first, &server.send(&request(&server, group, "tester")));
        server
            .send(&request(&server, group, "developer"))
            .expect_status(422);
        first
    });
    server.kill_hard();
    server.restart();
    for (group, first) in groups.iter().zip(first) {
        // A new role since, or no place at all any more, is no matter of the first answer.
        let one = format!("{group}/{}.json", first.json()["id"]);
        let change = Request::patch(&*one).bearer(server.personal_token());
        server
            .send(&change.json(&json!({"role": "developer"})))
            .expect_status(200);
        check_same(&first, &server.send(&request(&server, group, "tester")));
        server
            .send(&Request::delete(&*one).bearer(server.personal_token()))
            .expect_status(200);
        check_same(&first, &server.send(&request(&server, group, "tester")));
        let list = Request::get(format!("{group}.json")).bearer(server.personal_token());
        let members = server.send(&list).expect_status(200).json()["members"].clone();
        assert_eq!(
            members.as_array().map(Vec::len),
            Some(1),
            "nobody came back: {members}"
        );
    }
}

#[test]
fn a_retry_is_answered_though_the_project_asks_for_more_by_now() {
    let mut server = Server::start();
    let token = server.token_with_limit(9);
    let first = server.send(&report(&server, &token, "k")).expect_status(201);
    let project = format!("/projects/{}.json", server.project());
    let edit = Request::patch(project).bearer(server.personal_token());
    server
        .send(&edit.json(&json!({"description_length_min": 500})))
        .expect_status(200);
    check_same(&first, &server.send(&report(&server, &token, "k")));
    let refused = server.send(&report(&server, &token, "other")).expect_status(422);
    assert_eq!(
        refused.error(),
        "description is too short (minimum is 500 characters)"
    );
    let address = server.url().to_owned();
    server.kill_hard();
    server.restart();
    let again = server.send(&report(&server, &token, "k")).expect_status(201);
    assert_eq!(again.text(), first.text().replace(&address, server.url()));
    assert_eq!(server.issue_count(), 1);
}
