//! What the keys of a project are tried for once a daily limit is spent: nothing.

use serde_json::{Value, json};
use support::signing::Signer;
use support::{Launch, Request, Server, eventually};

use crate::keys::claims;
use crate::register_signer;

#[test]
fn a_ticket_whose_player_a_key_vouched_for_is_answered_again_once_the_limit_is_spent() {
    let server = Server::start();
    let signer = Signer::es256();
    register_signer(&server, &signer);
    let token = server.create_token(&json!({"name": "Game", "support_tickets_per_day": 1}));
    let credentials = format!("{},{}", token["token"].as_str().unwrap(), signer.sign(&claims()));
    let send = |key: &str| {
        let request = Request::post(server.path("tickets.json")).form_user(&credentials);
        let request = request.json(&json!({"description": "I cannot get out of the lift."}));
        server.send(&request.header("Idempotency-Key", key))
    };
    let first = send("first").expect_status(201);
    for _ in 0..2 {
        send("second").expect_status(403);
        let again = send("first").expect_status(201);
        assert_eq!(again.text(), first.text());
    }
}

/// How often the log says that a JWT was tried in vain.
fn tried(server: &Server) -> usize {
    server.log().matches("a JWT does not say who is playing").count()
}

#[test]
fn once_the_limit_is_spent_no_key_is_tried_any_more() {
    let server = Launch::new().with_env("BUGLE_LOG", "debug").start();
    let signer = Signer::es256();
    register_signer(&server, &signer);
    let (good, bad) = (signer.sign(&claims()), Signer::es256().sign(&claims()));
    let token = server.token_with_limit(2);
    let send = |token: &str, jwt: &str, key: Option<&str>| {
        let request = Request::post(server.path("issues.json")).form_user(&format!("{token},{jwt}"));
        let request = request.json(&json!({"title": "The lift never comes"}));
        server.send(
            &key.into_iter()
                .fold(request, |request, key| request.header("Idempotency-Key", key)),
        )
    };
    let first = send(&token, &good, Some("first")).expect_status(201);
    send(&token, &bad, None).expect_status(201);
    // This one is refused by the project, which makes the limit known to all.
    send(&token, &bad, None).expect_status(403);
    let told = send(&token, &bad, None).expect_status(403);
    for _ in 0..20 {
        assert_eq!(send(&token, &bad, None).expect_status(403).text(), told.text());
    }
    assert!(told.header("Retry-After").is_some(), "{told:?}");
    // Nor are those that could be retries, each for itself or many at once.
    for number in 0..5 {
        let key = format!("flood-{number}");
        let refused = send(&token, &bad, Some(&key)).expect_status(403);
        assert_eq!(refused.text(), told.text());
    }
    let line = json!({"idempotency_key": "flood", "title": "The lift never comes"}).to_string();
    let first_line = json!({"idempotency_key": "first", "title": "The lift never comes"}).to_string();
    let batch = Request::post(server.path("issues/batch.json")).form_user(&format!("{token},{bad}"));
    let batch = batch.body("application/x-ndjson", format!("{line}\n{first_line}\n"));
    let lines = server.send(&batch).expect_status(200).text();
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (&lines[0]["status"], &lines[1]["status"]),
        (&json!(403), &json!(201))
    );
    assert_eq!(lines[1]["issue"]["id"], first.json()["id"], "{lines:?}");
    // A retry is answered as it was, also one whose player is tried no more.
    for jwt in [&good, &bad] {
        let again = send(&token, jwt, Some("first")).expect_status(201);
        assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
        assert_eq!(again.text(), first.text());
    }
    // What is logged now is logged behind all that came before.
    send(&server.token_with_limit(5), &bad, None).expect_status(201);
    eventually("the last one in the log", || tried(&server) >= 3);
    assert_eq!(
        tried(&server),
        3,
        "two before the limit was spent, and the last one"
    );
}
