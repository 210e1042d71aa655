//! Signing in from a game badly.

use serde_json::json;
use support::{Request, Server};

use crate::{
    begin, decision, form_token, page_of, player_token, poll, report, sign_in, unsigned, uuid, with_claims,
    with_part,
};

#[test]
fn what_is_no_new_uuid_is_422() {
    let server = Server::start();
    begin(&server, &uuid(1)).expect_status(201);
    for bad in [
        "",
        "1",
        "7c9e6679742540de944be07fc1f90ae7",
        "../../session",
        &uuid(1),
        &uuid(1).to_uppercase(),
    ] {
        let refused = begin(&server, bad).expect_status(422);
        assert!(
            refused.error().starts_with("request_id"),
            "{bad}: {}",
            refused.error()
        );
    }
    let create = |body: &serde_json::Value| server.send(&Request::post("/device_auth/create").json(body));
    create(&json!({})).expect_status(422);
    let long = json!({"request_id": uuid(2), "entity_name": "x".repeat(121)});
    assert!(
        create(&long)
            .expect_status(422)
            .error()
            .starts_with("entity_name")
    );
    create(&json!({"request_id": uuid(2), "entity_name": "x".repeat(20_000)})).expect_status(413);
    create(&json!({"request_id": uuid(2)})).expect_status(201);
    for unknown in [uuid(3), "nonsense".to_owned(), "%00".to_owned()] {
        poll(&server, &unknown).expect_status(404).json();
        server.send(&Request::get(page_of(&unknown))).expect_status(404);
    }
}

#[test]
fn an_address_begins_twenty_and_no_more() {
    let server = Server::start();
    for number in 0..20 {
        begin(&server, &uuid(number)).expect_status(201);
    }
    let refused = begin(&server, &uuid(20)).expect_status(429);
    assert!(!refused.error().is_empty());
    assert!(refused.header("Retry-After").is_some());
    assert_eq!(
        poll(&server, &uuid(0)).expect_status(200).json(),
        json!({"status": "pending"})
    );
}

#[test]
fn only_our_page_in_the_same_session_decides() {
    let server = Server::start();
    let (id, other) = (uuid(1), uuid(2));
    begin(&server, &id).expect_status(201);
    begin(&server, &other).expect_status(201);
    let cookie = sign_in(&server);
    let page = |id: &str, cookie: &str| server.send(&Request::get(page_of(id)).header("Cookie", cookie));
    let ours = form_token(&page(&id, &cookie));
    for (what, token) in [
        ("none", String::new()),
        ("another sign-in's", form_token(&page(&other, &cookie))),
        ("another session's", form_token(&page(&id, &sign_in(&server)))),
    ] {
        let refused = server
            .send(&decision(&id, &cookie, &token, "approve"))
            .expect_status(403);
        assert!(
            refused.error().contains("out of date"),
            "{what}: {}",
            refused.error()
        );
    }
    let fields = [("form_token", ours.as_str()), ("decision", "approve")];
    for (name, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Origin", "https://evil.example"),
    ] {
        let foreign = Request::post(page_of(&id))
            .header("Cookie", &cookie)
            .header(name, value);
        server.send(&foreign.form(&fields)).expect_status(403);
    }
    let nobody = Request::post(page_of(&id)).form(&fields);
    server.send(&nobody).expect_status(401);
    server
        .send(&decision(&id, &cookie, &ours, "maybe"))
        .expect_status(422);
    assert_eq!(
        poll(&server, &id).expect_status(200).json(),
        json!({"status": "pending"})
    );
    server
        .send(&decision(&id, &cookie, &ours, "approve"))
        .expect_status(200);
}

#[test]
fn a_foreign_page_signs_nobody_in_here_either() {
    let server = Server::start();
    begin(&server, &uuid(1)).expect_status(201);
    let start = server.first_start();
    let forged = Request::post(page_of(&uuid(1)))
        .header("Origin", "https://evil.example")
        .form(&[("email", &start.owner_email), ("password", &start.owner_password)]);
    assert_eq!(server.send(&forged).expect_status(403).header("Set-Cookie"), None);
}

#[test]
fn the_page_runs_no_script_of_others_and_shows_a_name_as_text() {
    let server = Server::start();
    let name = "<script>alert(1)</script>\"'&";
    let body = json!({"request_id": uuid(1), "entity_name": name});
    server
        .send(&Request::post("/device_auth/create").json(&body))
        .expect_status(201);
    let cookie = sign_in(&server);
    for page in [
        Request::get(page_of(&uuid(1))),
        Request::get(page_of(&uuid(1))).header("Cookie", cookie),
        Request::get(page_of(&uuid(2))),
    ] {
        let page = server.send(&page);
        assert_eq!(page.header("Content-Type"), Some("text/html; charset=utf-8"));
        // One script, which is ours and has an address.
        assert_eq!(page.text().matches("<script").count(), 1, "{}", page.text());
        assert!(page.text().contains("<script src=\"/assets/app-"));
        let policy = page.header("Content-Security-Policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self';"),
            "{policy}"
        );
        for part in ["form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        assert_eq!(page.header("X-Content-Type-Options"), Some("nosniff"));
        assert_eq!(page.header("Cache-Control"), Some("no-store"));
    }
}

/// A sign-in that is stale, or was never ours, loses no report: it is sent by nobody in particular.
#[test]
fn a_bad_token_of_a_player_counts_as_none() {
    let server = Server::start();
    let jwt = player_token(&server, &uuid(1));
    for bad in [
        with_claims(&jwt, |claims| claims["user"] = 999.into()),
        with_part(&jwt, 2, "AAAA"),
        unsigned(&jwt),
        "not-a-jwt".to_owned(),
    ] {
        let issue = server.send(&report(&server, &bad)).expect_status(201).json();
        let seen = server
            .issue(issue["id"].as_u64().unwrap())
            .expect_status(200)
            .json();
        assert!(seen["reported_by"]["id"].is_null(), "{seen}");
        server
            .send(&Request::post("/auth/verify").bearer(&bad))
            .expect_status(401);
    }
}
