//! Signing in from a game, and what that is good for.

use serde_json::{Value, json};
use support::media::PNG;
use support::{Multipart, Request, Server};

use crate::{
    begin, cookie_of, decide, decision, form_token, page_of, player_token, poll, report, sign_in, uuid,
};

#[test]
fn the_page_signs_in_and_asks_then_the_game_gets_a_token_once() {
    let server = Server::start();
    let id = uuid(1);
    assert_eq!(
        begin(&server, &id).expect_status(201).json(),
        json!({"status": "created"})
    );
    assert_eq!(
        poll(&server, &id).expect_status(200).json(),
        json!({"status": "pending"})
    );
    let form = server.send(&Request::get(page_of(&id))).expect_status(200);
    assert!(
        form.text().contains("type=\"password\"") && form.text().contains("Fountain"),
        "{}",
        form.text()
    );
    let start = server.first_start();
    let sign_in = |password: &str| {
        Request::post(page_of(&id))
            .header("Sec-Fetch-Site", "same-origin")
            .form(&[("email", &start.owner_email), ("password", password)])
    };
    let wrong = server.send(&sign_in("guess")).expect_status(401);
    assert!(wrong.text().contains("is wrong") && wrong.header("Set-Cookie").is_none());
    let page = server.send(&sign_in(&start.owner_password)).expect_status(200);
    let cookie = cookie_of(&page);
    assert!(page.text().contains(&start.owner_email), "{}", page.text());
    let approve = decision(&id, &cookie, &form_token(&page), "approve");
    server.send(&approve).expect_status(200);
    let approved = poll(&server, &id).expect_status(200);
    assert_eq!(approved.header("Cache-Control"), Some("no-store"));
    let approved = approved.json();
    assert_eq!(approved["status"], "approved");
    assert_eq!(approved["user_name"], "Owner");
    assert_eq!(approved["token"].as_str().unwrap().split('.').count(), 3);
    assert_eq!(
        poll(&server, &id).expect_status(200).json(),
        json!({"status": "expired"})
    );
    server.send(&approve).expect_status(404);
}

#[test]
fn a_refusal_is_told_and_stays() {
    let server = Server::start();
    let id = uuid(1);
    begin(&server, &id).expect_status(201);
    decide(&server, &id, "refuse");
    let told = poll(&server, &id).expect_status(200).json();
    assert_eq!(told["status"], "refused");
    assert_eq!(told["error"], "The sign-in was refused");
    server.send(&Request::get(page_of(&id))).expect_status(404);
}

#[test]
fn a_player_reports_as_themselves_and_adds_to_that_alone() {
    let server = Server::start();
    let jwt = player_token(&server, &uuid(1));
    let verify = server
        .send(&Request::post("/auth/verify").bearer(&jwt))
        .expect_status(200)
        .json();
    assert_eq!(verify["token_type"], "jwt");
    assert_eq!(verify["user"]["name"], "Owner");
    let issue = server.send(&report(&server, &jwt)).expect_status(201).json();
    let seen = server
        .issue(issue["id"].as_u64().unwrap())
        .expect_status(200)
        .json();
    assert_eq!(seen["reported_by"]["name"], "Owner", "{seen}");
    let others = server.report("Of somebody else", "").expect_status(201).json();
    let add = |issue: &Value| {
        let picture = Multipart::new().file("screenshot[image]", "a.png", "image/png", PNG);
        let path = server.path(&format!("issues/g-{}/screenshots", issue["id"]));
        server.send(&Request::post(path).bearer(&jwt).multipart(picture))
    };
    add(&issue).expect_status(201);
    add(&others).expect_status(403);
    let fields = Request::get(server.path("custom_issue_fields.json"));
    server.send(&fields.bearer(&jwt)).expect_status(200);
}

/// The owner may do all of it; a game that they signed in from may not.
#[test]
fn a_signed_in_game_may_nothing_else() {
    let server = Server::start();
    let jwt = player_token(&server, &uuid(1));
    let issue = server.send(&report(&server, &jwt)).expect_status(201).json();
    let one = server.path(&format!("issues/{}.json", issue["scoped_id"].as_str().unwrap()));
    let publish = server.path(&format!("issues/g-{}/publish", issue["id"]));
    for request in [
        Request::get(server.path("issues.json")),
        Request::get(&*one),
        Request::patch(&*one).json(&json!({"priority": "high"})),
        Request::post(publish),
        Request::post(server.path("issues.json")).json(&json!({"title": "Without a project token"})),
        Request::post(server.path("releases.json")).json(&json!({"label": "1.0"})),
        Request::post(server.path("submission_tokens.json")),
        Request::post(server.path("auth_tokens.json")).json(&json!({"name": "x"})),
        Request::get("/profiles/me.json"),
        Request::post("/personal_access_tokens.json").json(&json!({"name": "x"})),
        Request::get(format!("/projects/{}.json", server.project())),
    ] {
        let answer = server.send(&request.clone().bearer(&jwt));
        assert_eq!(answer.status, 403, "{}: {}", request.summary(), answer.text());
    }
    // Beside a project token it is the game that asks.
    let beside = format!("{},{jwt}", server.project_token());
    server
        .send(&Request::get(server.path("issues.json")).form_user(&beside))
        .expect_status(403);
    let labelled = Request::post(server.path("issues.json"))
        .form_user(&beside)
        .json(&json!({"title": "A bug", "release_label": "9.9"}));
    let refused = server.send(&labelled).expect_status(403);
    assert!(
        refused.error().contains("permission to create releases"),
        "{}",
        refused.error()
    );
}

#[test]
fn a_token_outlives_a_restart_and_a_sign_in_does_not() {
    let mut server = Server::start();
    let jwt = player_token(&server, &uuid(1));
    begin(&server, &uuid(2)).expect_status(201);
    server.kill_hard();
    server.restart();
    server.send(&report(&server, &jwt)).expect_status(201);
    let told = poll(&server, &uuid(2)).expect_status(404).json();
    assert_eq!(told["status"], "not_found");
    begin(&server, &uuid(2)).expect_status(201);
}

#[test]
fn a_browser_that_is_signed_in_is_asked_at_once() {
    let server = Server::start();
    let cookie = sign_in(&server);
    begin(&server, &uuid(1)).expect_status(201);
    let page = server
        .send(&Request::get(page_of(&uuid(1))).header("Cookie", &cookie))
        .expect_status(200);
    assert!(!page.text().contains("type=\"password\""));
    form_token(&page);
}
