//! Submission tokens that are no good, and asking for them badly.

use serde_json::json;
use support::{Request, Server, eventually};

use crate::{ask, check_refused, player_token, report, token, unsigned, uuid, with_claims, with_part};

const NOT_VALID: &str = "The submission token is not valid";

#[test]
fn what_was_tampered_with_is_refused() {
    let server = Server::start();
    let jwt = token(&server, &json!({"email": "jo@studio.example"}));
    let header = |algorithm: &str| {
        use base64::Engine;
        let header = format!(r#"{{"typ":"JWT","alg":"{algorithm}"}}"#);
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(header)
    };
    for bad in [
        with_claims(&jwt, |claims| claims["email"] = "forged@evil.example".into()),
        with_claims(&jwt, |claims| claims["exp"] = 99_999_999_999_i64.into()),
        with_claims(&jwt, |claims| drop(claims.as_object_mut().unwrap().remove("exp"))),
        with_part(&jwt, 2, ""),
        with_part(&jwt, 2, "AAAA"),
        with_part(&jwt, 0, &header("RS256")),
        with_part(&jwt, 0, &header("HS512")),
        with_part(&jwt, 0, "e30"),
        unsigned(&jwt),
    ] {
        check_refused(&server, &report(&server, &bad), NOT_VALID);
    }
    server.send(&report(&server, &jwt)).expect_status(201);
}

#[test]
fn one_for_another_project_is_refused() {
    let server = Server::start();
    let other = server.create_project(server.personal_token(), "Other");
    let request =
        Request::post(format!("/projects/{other}/submission_tokens.json")).bearer(server.personal_token());
    let jwt = server.send(&request).expect_status(201).json();
    let request = report(&server, jwt["token"].as_str().unwrap());
    check_refused(&server, &request, "The submission token is for another project");
}

#[test]
fn one_that_has_expired_is_refused_and_its_report_still_answered() {
    let server = Server::start();
    let jwt = token(&server, &json!({"expires_in": 1}));
    let sent = report(&server, &jwt).header("Idempotency-Key", "early");
    let first = server.send(&sent).expect_status(201);
    let unused = token(&server, &json!({"expires_in": 1}));
    let invalid = Request::post(server.path("issues.json"))
        .form_user(&format!("{},{unused}", server.project_token()))
        .json(&json!({}));
    let expired = "The submission token has expired";
    eventually("the token ends", || server.send(&invalid).status == 403);
    check_refused(&server, &report(&server, &unused), expired);
    let late = report(&server, &unused).header("Idempotency-Key", "late");
    check_refused(&server, &late, expired);
    assert_eq!(server.send(&sent).expect_status(201).text(), first.text());
}

#[test]
fn a_token_of_another_purpose_is_none() {
    let server = Server::start();
    let strict = server.create_token(&json!({"name": "Widget", "require_submission_token": true}));
    let strict = strict["token"].as_str().unwrap();
    let issue = server.report("A bug", "").expect_status(201).json();
    let update = issue["token"].as_str().unwrap().to_owned();
    let player = player_token(&server, &uuid(1));
    let renamed = with_claims(&player, |claims| claims["purpose"] = "submit_report".into());
    for (jwt, words) in [
        (update, "Submission token is required"),
        (player, "Submission token is required"),
        ("not.a.jwt".to_owned(), "Submission token is required"),
        (renamed, NOT_VALID),
    ] {
        let request = Request::post(server.path("issues.json"))
            .form_user(&format!("{strict},{jwt}"))
            .json(&json!({"title": "A bug"}));
        check_refused(&server, &request, words);
    }
    // Nor is a submission token any of the others.
    let jwt = token(&server, &json!({}));
    let publish = Request::post(server.path(&format!("issues/g-{}/publish", issue["id"])));
    server.send(&publish.bearer(&jwt)).expect_status(401);
    server
        .send(&Request::post("/auth/verify").bearer(&jwt))
        .expect_status(401);
}

#[test]
fn whoever_asks_badly_is_told_the_field() {
    let server = Server::start();
    for (body, field) in [
        (json!({"expires_in": 0}), "expires_in"),
        (json!({"expires_in": -5}), "expires_in"),
        (json!({"expires_in": 86_401}), "expires_in"),
        (json!({"expires_in": "soon"}), "expires_in"),
        (json!({"expires_in": 9_223_372_036_854_775_807_i64}), "expires_in"),
        (json!({"email": "nobody"}), "email"),
        (json!({"email": ["a@b.example"]}), "email"),
        (json!({"custom": "gold"}), "custom"),
        (json!({"custom": {"plan": {"a": 1}}}), "custom"),
        (json!({"custom": {"plan": " "}}), "custom.plan"),
        (json!({"custom": {"plan": []}}), "custom.plan"),
        (json!({"custom": {"plan": "x".repeat(2100)}}), "custom"),
        (json!({"custom": {"plan": "x".repeat(9000)}}), "custom.plan"),
    ] {
        let answer = ask(&server, &body).expect_status(422);
        assert!(answer.error().starts_with(field), "{body}: {}", answer.error());
    }
    let both = ask(&server, &json!({"email": "nobody", "expires_in": 0})).expect_status(422);
    assert_eq!(both.json()["errors"].as_array().unwrap().len(), 2);
    let largest = json!({"custom": {"plan": "x".repeat(2044)}, "expires_in": 86_400});
    server
        .send(&report(&server, &token(&server, &largest)))
        .expect_status(201);
}
