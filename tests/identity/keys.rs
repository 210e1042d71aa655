//! What a studio's own server signs, with a key that its project has registered.

use serde_json::{Value, json};
use support::signing::Signer;
use support::{Request, Server, eventually};

use crate::{in_seconds, register, register_signer, report, seen};

/// What a studio's server says of a player.
pub(super) fn claims() -> Value {
    json!({"sub": "player-77", "email": "jo@studio.example", "name": "Jo", "exp": in_seconds(600)})
}

fn list(server: &Server) -> Value {
    let request = Request::get(server.path("identity_keys.json")).bearer(server.personal_token());
    server.send(&request).expect_status(200).json()["identity_keys"].clone()
}

/// Whom the project vouches for, of a report that is sent with this JWT.
#[track_caller]
fn vouched(server: &Server, jwt: &str) -> Value {
    let created = server.send(&report(server, jwt)).expect_status(201).json();
    seen(server, "issues", &created)["contact"]["vouched"].clone()
}

fn delete(server: &Server, id: &Value) -> Request {
    Request::delete(server.path(&format!("identity_keys/{id}.json"))).bearer(server.personal_token())
}

#[test]
fn every_algorithm_says_who_reports() {
    let server = Server::start();
    for signer in [Signer::hs256(), Signer::rs256(), Signer::es256(), Signer::eddsa()] {
        let algorithm = signer.algorithm();
        let key = register_signer(&server, &signer);
        assert_eq!(key["algorithm"], algorithm);
        let named = json!({"alg": algorithm, "kid": key["kid"]});
        for jwt in [signer.sign(&claims()), signer.sign_with(&named, &claims())] {
            let expected = json!({"subject": "player-77", "email": "jo@studio.example", "name": "Jo"});
            assert_eq!(vouched(&server, &jwt), expected, "{algorithm}");
        }
    }
}

#[test]
fn what_it_says_counts_more_than_the_report() {
    let server = Server::start();
    let signer = Signer::es256();
    register_signer(&server, &signer);
    let field = Request::post(server.path("custom_fields.json"))
        .bearer(server.personal_token())
        .json(&json!({"name": "Tier", "tester_settable": false, "applies_to": "ticket"}));
    server.send(&field).expect_status(201);
    let mut claims = claims();
    claims["custom"] = json!({"plan": "gold", "Tier": 3});
    let credentials = format!("{},{}", server.project_token(), signer.sign(&claims));
    for (folder, wrapper) in [
        ("issues", "issue"),
        ("feature_requests", "feature_request"),
        ("tickets", "ticket"),
    ] {
        let body = json!({wrapper: {
            "description": "The basket is empty",
            "reporter_email": "forged@evil.example",
            "custom_fields": {"plan": "forged", "own": "kept"},
        }, "user": {"email": "forged@evil.example"}});
        let request = Request::post(server.path(&format!("{folder}.json"))).form_user(&credentials);
        let created = server.send(&request.json(&body)).expect_status(201).json();
        let sender = if folder == "issues" { "reported_by" } else { "user" };
        assert_eq!(
            created[sender]["name"],
            Value::Null,
            "whoever sent it is told no more"
        );
        let seen = seen(&server, folder, &created);
        let text = seen.to_string();
        assert!(!text.contains("forged"), "{folder}: {text}");
        assert_eq!(seen["contact"]["email"], "jo@studio.example", "{folder}: {text}");
        assert_eq!(seen["custom_fields"]["plan"], "gold", "{folder}: {text}");
        assert_eq!(seen["custom_fields"]["own"], "kept", "{folder}: {text}");
        assert_eq!(seen[sender]["name"], "Jo", "{folder}: {text}");
        assert_eq!(seen[sender]["id"], Value::Null, "{folder}: {text}");
        if folder == "tickets" {
            assert_eq!(seen["custom_fields"]["tier"], "3", "{text}");
        }
    }
}

#[test]
fn a_player_without_an_address_can_give_one() {
    let server = Server::start();
    let signer = Signer::eddsa();
    register_signer(&server, &signer);
    let jwt = signer.sign(&json!({"sub": 76_561_197_960_287_930_u64, "exp": in_seconds(600)}));
    let credentials = format!("{},{jwt}", server.project_token());
    let ticket = Request::post(server.path("tickets.json")).form_user(&credentials);
    let refused = server.send(&ticket.clone().json(&json!({"description": "Help"})));
    assert_eq!(
        refused.expect_status(422).error(),
        "reporter_email can't be blank"
    );
    let body = json!({"description": "Help", "reporter_email": "jo@studio.example"});
    let created = server.send(&ticket.json(&body)).expect_status(201).json();
    let contact = seen(&server, "tickets", &created)["contact"].clone();
    assert_eq!(contact["email"], "jo@studio.example");
    let vouched = json!({"subject": "76561197960287930", "email": null, "name": null});
    assert_eq!(contact["vouched"], vouched);
}

#[test]
fn a_secret_that_the_server_makes_is_told_once() {
    let server = Server::start();
    let body = json!({"name": "Back end", "algorithm": "HS256"});
    let request = Request::post(server.path("identity_keys.json"))
        .bearer(server.personal_token())
        .header("Idempotency-Key", "once")
        .json(&body);
    let first = server.send(&request).expect_status(201);
    assert_eq!(first.header("Cache-Control"), Some("no-store"));
    let key = first.json();
    let secret = key["secret"].as_str().unwrap().to_owned();
    assert!(
        first
            .header("Location")
            .unwrap()
            .ends_with(&format!("/identity_keys/{}", key["id"]))
    );
    let again = server.send(&request).expect_status(201);
    assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
    let mut without = key.clone();
    without.as_object_mut().unwrap().remove("secret");
    assert_eq!(again.json(), without);
    assert_eq!(list(&server), json!([without]));
    let show = Request::get(server.path(&format!("identity_keys/{}.json", key["id"])));
    let shown = server
        .send(&show.bearer(server.personal_token()))
        .expect_status(200);
    assert_eq!(shown.json(), without);
    let jwt = Signer::with_secret(secret).sign(&claims());
    assert_eq!(vouched(&server, &jwt)["subject"], "player-77");
}

#[test]
fn a_jwk_brings_its_kid() {
    let server = Server::start();
    let signer = Signer::es256();
    let mut jwk = signer.jwk();
    jwk["kid"] = "2026-11".into();
    let body = json!({"identity_key": {"name": "Back end", "algorithm": "ES256", "public_key": jwk}});
    let key = register(&server, &body).expect_status(201).json();
    assert_eq!(key["kid"], "2026-11");
    let header = json!({"alg": "ES256", "kid": "2026-11"});
    assert_eq!(
        vouched(&server, &signer.sign_with(&header, &claims()))["name"],
        "Jo"
    );
    let taken = json!({"name": "Other", "algorithm": "HS256", "kid": "2026-11"});
    assert_eq!(
        register(&server, &taken).expect_status(422).error(),
        "kid has already been taken"
    );
    let form = Request::post(server.path("identity_keys.json"))
        .bearer(server.personal_token())
        .form(&[
            ("identity_key[name]", "A form"),
            ("identity_key[algorithm]", "EdDSA"),
            ("identity_key[public_key]", &Signer::eddsa().public_pem()),
        ]);
    server.send(&form).expect_status(201);
}

#[test]
fn what_a_removed_key_signed_says_nothing_from_then_on() {
    let server = Server::start();
    let (old, new) = (Signer::es256(), Signer::es256());
    let key = register_signer(&server, &old);
    register_signer(&server, &new);
    let jwt = old.sign(&claims());
    assert_eq!(vouched(&server, &jwt)["name"], "Jo");
    let removed = server
        .send(&delete(&server, &key["id"]))
        .expect_status(200)
        .json();
    assert_eq!(removed["kid"], key["kid"]);
    assert_eq!(vouched(&server, &jwt), Value::Null, "the very next request");
    server.send(&delete(&server, &key["id"])).expect_status(404);
    assert_eq!(list(&server).as_array().unwrap().len(), 1);
    assert_eq!(
        vouched(&server, &new.sign(&claims()))["name"],
        "Jo",
        "the other stays"
    );
    register_signer(&server, &old);
    assert_eq!(vouched(&server, &jwt)["name"], "Jo", "registered anew");
}

#[test]
fn a_hard_kill_takes_no_key_and_brings_none_back() {
    let mut server = Server::start();
    let (kept, gone) = (Signer::hs256(), Signer::es256());
    let key = register_signer(&server, &kept);
    let removed = register_signer(&server, &gone);
    server.send(&delete(&server, &removed["id"])).expect_status(200);
    server.kill_hard();
    server.restart();
    assert_eq!(list(&server), json!([key]));
    assert_eq!(vouched(&server, &kept.sign(&claims()))["name"], "Jo");
    assert_eq!(vouched(&server, &gone.sign(&claims())), Value::Null);
    server.stop();
    server.restart();
    assert!(list(&server)[0]["last_used_at"].is_string(), "{}", list(&server));
    let next = register_signer(&server, &gone);
    assert!(
        next["id"].as_u64() > removed["id"].as_u64(),
        "no number is given twice"
    );
}

#[test]
fn it_is_seen_when_a_key_was_last_used() {
    let server = Server::start();
    let signer = Signer::eddsa();
    let key = register_signer(&server, &signer);
    assert_eq!(key["last_used_at"], Value::Null);
    let jwt = signer.sign(&claims());
    let nowhere = server
        .path("issues.json")
        .replace(server.project(), "pr-0000000001");
    let refused = Request::post(nowhere).form_user(&format!("{},{jwt}", server.project_token()));
    server
        .send(&refused.json(&json!({"title": "x"})))
        .expect_status(404);
    assert_eq!(list(&server)[0]["last_used_at"], Value::Null, "it was refused");
    vouched(&server, &jwt);
    eventually("the use is seen", || list(&server)[0]["last_used_at"].is_string());
}

#[test]
fn owners_register_keys_and_nobody_else() {
    let mut server = Server::start();
    let ada = server.add_person("ada@studio.example");
    let add = Request::post(server.path("members.json"))
        .bearer(server.personal_token())
        .json(&json!({"email": ada.email, "role": "developer"}));
    server.send(&add).expect_status(201);
    let key = register_signer(&server, &Signer::es256());
    let one = server.path(&format!("identity_keys/{}.json", key["id"]));
    let body = json!({"name": "Back end", "algorithm": "HS256"});
    for request in [
        Request::get(server.path("identity_keys.json")),
        Request::post(server.path("identity_keys.json")).json(&body),
        Request::get(&*one),
        Request::delete(&*one),
    ] {
        server.send(&request).expect_status(401);
        server
            .send(&request.clone().form_user(server.project_token()))
            .expect_status(403);
        server
            .send(&request.clone().bearer(&ada.token))
            .expect_status(403);
    }
    let other = server.create_project(server.personal_token(), "Other");
    let elsewhere = one.replace(server.project(), &other);
    for request in [Request::get(&*elsewhere), Request::delete(&*elsewhere)] {
        server
            .send(&request.bearer(server.personal_token()))
            .expect_status(404);
    }
}

#[test]
fn there_is_an_end_to_a_projects_keys() {
    let server = Server::start();
    let body = json!({"name": "Back end", "algorithm": "HS256"});
    let keys: Vec<_> = (0..20)
        .map(|_| register(&server, &body).expect_status(201).json())
        .collect();
    let refused = register(&server, &body).expect_status(422);
    assert!(
        refused.error().starts_with("name would be one key too many"),
        "{}",
        refused.error()
    );
    // The last of them is found without its `kid`.
    let secret = keys[19]["secret"].as_str().unwrap();
    assert_eq!(
        vouched(&server, &Signer::with_secret(secret).sign(&claims()))["name"],
        "Jo"
    );
    server.send(&delete(&server, &keys[0]["id"])).expect_status(200);
    register(&server, &body).expect_status(201);
}

#[test]
fn a_retry_gets_the_first_answer_when_its_key_is_gone() {
    let server = Server::start();
    let signer = Signer::es256();
    let key = register_signer(&server, &signer);
    let request = report(&server, &signer.sign(&claims())).header("Idempotency-Key", "once");
    let first = server.send(&request).expect_status(201);
    server.send(&delete(&server, &key["id"])).expect_status(200);
    let again = server.send(&request).expect_status(201);
    assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
    assert_eq!(first.text(), again.text());
    let seen = seen(&server, "issues", &first.json());
    assert_eq!(seen["reported_by"]["name"], "Jo", "what was stored stays");
}

#[test]
fn it_is_no_submission_token() {
    let server = Server::start();
    let signer = Signer::es256();
    register_signer(&server, &signer);
    let strict = server.create_token(&json!({"name": "Widget", "require_submission_token": true}));
    let credentials = format!("{},{}", strict["token"].as_str().unwrap(), signer.sign(&claims()));
    let request = Request::post(server.path("issues.json")).form_user(&credentials);
    let refused = server
        .send(&request.json(&json!({"title": "A bug"})))
        .expect_status(403);
    assert_eq!(refused.error(), "Submission token is required");
}
