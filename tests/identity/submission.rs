//! What a submission token does.

use serde_json::{Value, json};
use support::media::PNG;
use support::{Multipart, Request, Server};

use crate::{ask, check_refused, report, seen, token};

#[test]
fn it_says_who_reports_and_its_values_win() {
    let server = Server::start();
    let vouched =
        json!({"email": "jo@studio.example", "custom": {"plan": "gold", "modes": ["a", "b"], "level": 7}});
    for (folder, wrapper) in [
        ("issues", "issue"),
        ("feature_requests", "feature_request"),
        ("tickets", "ticket"),
    ] {
        let jwt = token(&server, &vouched);
        let body = json!({wrapper: {
            "description": "The basket is empty",
            "reporter_email": "forged@evil.example",
            "custom_fields": {"plan": "forged", "own": "kept"},
        }, "user": {"email": "forged@evil.example"}});
        let request = Request::post(server.path(&format!("{folder}.json")))
            .form_user(&format!("{},{jwt}", server.project_token()))
            .json(&body);
        let created = server.send(&request).expect_status(201).json();
        let seen = seen(&server, folder, &created);
        let text = seen.to_string();
        assert!(!text.contains("forged"), "{folder}: {text}");
        let fields = &seen["custom_fields"];
        assert_eq!(fields["plan"], "gold", "{folder}: {text}");
        assert_eq!(fields["modes"], json!(["a", "b"]), "{folder}: {text}");
        assert_eq!(fields["level"], "7", "{folder}: {text}");
        assert_eq!(fields["own"], "kept", "{folder}: {text}");
        if folder != "issues" {
            assert!(text.contains("jo@studio.example"), "{folder}: {text}");
        }
    }
}

#[test]
fn it_sets_fields_that_players_may_not() {
    let server = Server::start();
    let field = Request::post(server.path("custom_fields.json"))
        .bearer(server.personal_token())
        .json(&json!({"name": "Tier", "tester_settable": false}));
    server.send(&field).expect_status(201);
    let jwt = token(&server, &json!({"custom": {"Tier": "3"}}));
    let created = server.send(&report(&server, &jwt)).expect_status(201).json();
    assert_eq!(
        seen(&server, "issues", &created)["custom_fields"],
        json!({"tier": "3"})
    );
}

#[test]
fn a_project_token_can_ask_for_one() {
    let server = Server::start();
    let strict = server.create_token(&json!({"name": "Widget", "require_submission_token": true}));
    let strict = strict["token"].as_str().unwrap();
    let create = |credentials: &str, path: &str, body: &Value| {
        Request::post(server.path(path)).form_user(credentials).json(body)
    };
    let bodies = [
        ("issues.json", json!({"title": "A bug"})),
        ("feature_requests.json", json!({"description": "A wish"})),
        (
            "tickets.json",
            json!({"description": "Help", "reporter_email": "jo@studio.example"}),
        ),
    ];
    for (path, body) in &bodies {
        for without in [
            strict.to_owned(),
            format!("{strict},email:jo@studio.example"),
            format!("{strict},a.b.c"),
        ] {
            let refused = server.send(&create(&without, path, body)).expect_status(403);
            assert_eq!(refused.error(), "Submission token is required");
        }
        let with = format!("{strict},{}", token(&server, &json!({})));
        server.send(&create(&with, path, body)).expect_status(201);
    }
    // Its files are added without one.
    let with = format!("{strict},{}", token(&server, &json!({})));
    let issue = server
        .send(&create(&with, "issues.json", &bodies[0].1))
        .expect_status(201)
        .json();
    let place = server.path(&format!("issues/g-{}/screenshots", issue["id"]));
    for credentials in [strict, &with] {
        let picture = Multipart::new().file("screenshot[image]", "a.png", "image/png", PNG);
        let add = Request::post(&*place).form_user(credentials).multipart(picture);
        server.send(&add).expect_status(201);
    }
}

#[test]
fn it_is_good_for_one_report_of_whatever_kind() {
    let server = Server::start();
    let jwt = token(&server, &json!({}));
    server.send(&report(&server, &jwt)).expect_status(201);
    let used = "The submission token was already used";
    check_refused(&server, &report(&server, &jwt), used);
    let wish = Request::post(server.path("feature_requests.json"))
        .form_user(&format!("{},{jwt}", server.project_token()))
        .multipart(
            Multipart::new()
                .text("feature_request[description]", "A wish")
                .file("feature_request[files][]", "a.png", "image/png", PNG),
        );
    assert_eq!(server.send(&wish).expect_status(403).error(), used);
}

#[test]
fn a_report_that_is_refused_does_not_use_it_up() {
    let server = Server::start();
    let jwt = token(&server, &json!({}));
    let credentials = format!("{},{jwt}", server.project_token());
    let wrong = Request::post(server.path("issues.json"))
        .form_user(&credentials)
        .json(&json!({}));
    server.send(&wrong).expect_status(422);
    let none_left = server.create_token(&json!({"name": "Spent", "bug_reports_per_day": 0}));
    let spent = format!("{},{jwt}", none_left["token"].as_str().unwrap());
    let spent = Request::post(server.path("issues.json"))
        .form_user(&spent)
        .json(&json!({"title": "A bug"}));
    server.send(&spent).expect_status(403);
    server.send(&report(&server, &jwt)).expect_status(201);
}

#[test]
fn a_draft_uses_it_and_is_completed_without() {
    let server = Server::start();
    let jwt = token(&server, &json!({"email": "jo@studio.example"}));
    let credentials = format!("{},{jwt}", server.project_token());
    let draft = Request::post(server.path("issues.json"))
        .form_user(&credentials)
        .json(&json!({"title": "A draft", "draft": true}));
    let draft = server.send(&draft).expect_status(201).json();
    check_refused(
        &server,
        &report(&server, &jwt),
        "The submission token was already used",
    );
    let publish = Request::post(server.path(&format!("issues/g-{}/publish", draft["id"])));
    server
        .send(&publish.bearer(draft["token"].as_str().unwrap()))
        .expect_status(200);
}

#[test]
fn owners_and_developers_ask_for_it_and_nobody_else() {
    let mut server = Server::start();
    let ada = server.add_person("ada@studio.example");
    let role = |role: &str| {
        let add = Request::post(server.path("members.json"))
            .bearer(server.personal_token())
            .json(&json!({"email": ada.email, "role": role}));
        server.send(&add).expect_status(201).json()
    };
    let request = Request::post(server.path("submission_tokens.json")).json(&json!({}));
    server.send(&request).expect_status(401);
    server
        .send(&request.clone().form_user(server.project_token()))
        .expect_status(403);
    server
        .send(&request.clone().bearer(&ada.token))
        .expect_status(403);
    let member = role("tester");
    server
        .send(&request.clone().bearer(&ada.token))
        .expect_status(403);
    let change = Request::patch(server.path(&format!("members/{}.json", member["id"])));
    let change = change
        .bearer(server.personal_token())
        .json(&json!({"role": "developer"}));
    server.send(&change).expect_status(200);
    let answer = server.send(&request.bearer(&ada.token)).expect_status(201);
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    assert!(answer.json()["expires_at"].is_string());
    ask(
        &server,
        &json!({"submission_token": {"email": "jo@studio.example"}}),
    )
    .expect_status(201);
}

#[test]
fn a_retry_gets_the_first_answer() {
    let server = Server::start();
    let jwt = token(&server, &json!({"email": "jo@studio.example"}));
    let request = report(&server, &jwt).header("Idempotency-Key", "once");
    let first = server.send(&request).expect_status(201);
    let again = server.send(&request).expect_status(201);
    assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
    assert_eq!(first.text(), again.text());
    assert_eq!(server.issue_count(), 1);
    let other = report(&server, &jwt).header("Idempotency-Key", "twice");
    check_refused(&server, &other, "The submission token was already used");
}

#[test]
fn whoever_sent_it_puts_no_address_before_the_one_it_says() {
    let server = Server::start();
    let jwt = token(&server, &json!({"email": "jo@studio.example"}));
    let created = server.send(&report(&server, &jwt)).expect_status(201).json();
    let update = created["token"].as_str().unwrap();
    let place = |action: &str| server.path(&format!("issues/g-{}/{action}", created["id"]));
    let other = json!({"email": "forged@evil.example", "discord_id": "80351110224678912"});
    for action in ["set_reporter_email", "set_contact_info"] {
        let request = Request::post(place(action)).bearer(update).json(&other);
        server.send(&request).expect_status(200);
        let contact = seen(&server, "issues", &created)["contact"].clone();
        assert_eq!(contact["email"], "jo@studio.example", "{action}");
        assert_eq!(contact["discord_id"], Value::Null, "{action}");
    }
    let by_developer = Request::post(place("set_reporter_email"))
        .bearer(server.personal_token())
        .json(&json!({"email": "new@studio.example"}));
    server.send(&by_developer).expect_status(200);
    let contact = seen(&server, "issues", &created)["contact"].clone();
    assert_eq!(contact["email"], "new@studio.example");
    assert_eq!(contact["vouched"]["email"], "jo@studio.example");
}
