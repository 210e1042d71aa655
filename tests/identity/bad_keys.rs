//! JWTs that no key of the project verifies, or that say what they may not; and keys that are no good.

use serde_json::{Value, json};
use support::signing::{Signer, unsigned};
use support::{Launch, Request, Server};

use crate::{check_refused, in_seconds, register, register_signer, report, seen, with_claims, with_part};

fn claims() -> Value {
    json!({"sub": "player-77", "email": "jo@studio.example", "name": "Jo", "exp": in_seconds(600)})
}

fn changed(change: &Value) -> Value {
    let mut claims = claims();
    for (name, value) in change.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

/// Whether the project vouches for who sent a report with this JWT. It is taken in any case.
#[track_caller]
fn is_vouched_for(server: &Server, jwt: &str) -> bool {
    let created = server.send(&report(server, jwt)).expect_status(201).json();
    let seen = seen(server, "issues", &created);
    let is_named = seen["reported_by"]["name"] == "Jo";
    assert_eq!(seen["contact"]["vouched"].is_object(), is_named, "{seen}");
    assert_eq!(seen["contact"]["email"].is_string(), is_named, "{seen}");
    is_named
}

/// Lets the project token send as much as a test likes.
fn server() -> Server {
    let server = Server::start();
    let tokens = Request::get(server.path("auth_tokens.json")).bearer(server.personal_token());
    let id = server.send(&tokens).expect_status(200).json()["auth_tokens"][0]["id"].clone();
    let edit = Request::patch(server.path(&format!("auth_tokens/{id}.json"))).bearer(server.personal_token());
    server
        .send(&edit.json(&json!({"bug_reports_per_day": 1000})))
        .expect_status(200);
    server
}

#[test]
fn what_no_key_has_signed_says_nothing_and_loses_no_report() {
    let server = server();
    let signers = [Signer::hs256(), Signer::rs256(), Signer::es256(), Signer::eddsa()];
    for signer in &signers {
        let key = register_signer(&server, signer);
        let (algorithm, kid) = (signer.algorithm(), &key["kid"]);
        let good = signer.sign(&claims());
        assert!(is_vouched_for(&server, &good), "{algorithm}");
        let mut bad = vec![
            unsigned(&json!({"alg": "none", "kid": kid}), &claims()),
            unsigned(&json!({"alg": algorithm, "kid": kid}), &claims()),
            signer.sign_with(&json!({"alg": algorithm, "kid": "ik-99"}), &claims()),
            signer.sign_with(&json!({"alg": "HS512", "kid": kid}), &claims()),
            with_claims(&good, |claims| claims["name"] = "Jo".into()) + "A",
            with_claims(&good, |claims| claims["sub"] = "player-1".into()),
            with_part(&good, 2, ""),
        ];
        if !matches!(signer, Signer::Hs256(_)) {
            let forger = Signer::with_secret(signer.public_pem());
            bad.push(forger.sign(&claims()));
            bad.push(forger.sign_with(&json!({"alg": "HS256", "kid": kid}), &claims()));
        }
        for bad in bad {
            assert!(!is_vouched_for(&server, &bad), "{algorithm}: {bad}");
        }
    }
    for malformed in [
        "a.b.c".to_owned(),
        "....".to_owned(),
        "x".to_owned(),
        format!("{}.e30.AAAA", "A".repeat(9000)),
        Signer::es256().sign(&claims()),
    ] {
        assert!(!is_vouched_for(&server, &malformed), "{malformed}");
    }
}

#[test]
fn what_a_claim_forbids_says_nothing() {
    let server = server();
    let signer = Signer::es256();
    register_signer(&server, &signer);
    for (change, expected) in [
        (json!({"exp": in_seconds(-30)}), true),
        (json!({"exp": in_seconds(-600)}), false),
        (json!({"exp": null}), false),
        (json!({"nbf": in_seconds(30)}), true),
        (json!({"nbf": in_seconds(600)}), false),
        (json!({"iat": in_seconds(600)}), false),
        (json!({"exp": in_seconds(29 * 24 * 3600)}), true),
        (json!({"exp": in_seconds(31 * 24 * 3600)}), false),
        (json!({"aud": server.project()}), true),
        (json!({"aud": ["https://studio.example", server.project()]}), true),
        (json!({"aud": "pr-0000000001"}), false),
        (json!({"email": "nobody"}), false),
        (json!({"email": null, "sub": null}), false),
        (json!({"custom": {"plan": ""}}), false),
        (json!({"purpose": "identify_player"}), true),
        (json!({"purpose": "anything"}), false),
    ] {
        let jwt = signer.sign(&changed(&change));
        let said = server.send(&report(&server, &jwt)).expect_status(201).json();
        let vouched = seen(&server, "issues", &said)["contact"]["vouched"].is_object();
        assert_eq!(vouched, expected, "{change}");
    }
}

#[test]
fn another_projects_key_says_nothing() {
    let server = server();
    let signer = Signer::eddsa();
    register_signer(&server, &signer);
    let other = server.create_project(server.personal_token(), "Other");
    let place = |path: &str| format!("/projects/{other}/{path}");
    let token = Request::post(place("auth_tokens.json"))
        .bearer(server.personal_token())
        .json(&json!({"name": "Game"}));
    let token = server.send(&token).expect_status(201).json();
    let credentials = format!("{},{}", token["token"].as_str().unwrap(), signer.sign(&claims()));
    let create = Request::post(place("issues.json"))
        .form_user(&credentials)
        .json(&json!({"title": "The lift"}));
    let created = server.send(&create).expect_status(201).json();
    let show = Request::get(place(&format!(
        "issues/{}.json",
        created["scoped_id"].as_str().unwrap()
    )));
    let seen = server
        .send(&show.bearer(server.personal_token()))
        .expect_status(200)
        .json();
    assert_eq!(seen["contact"]["vouched"], Value::Null, "{seen}");
    // The other way round: this project's token, and the other's address.
    let crossed = Request::post(place("issues.json"))
        .form_user(&format!("{},{}", server.project_token(), signer.sign(&claims())))
        .json(&json!({"title": "The lift"}));
    server.send(&crossed).expect_status(403);
}

#[test]
fn a_key_makes_nothing_that_the_server_signs_itself() {
    let server = server();
    let signer = Signer::hs256();
    register_signer(&server, &signer);
    let draft = report(&server, "").json(&json!({"title": "A draft", "draft": true}));
    let draft = server.send(&draft).expect_status(201).json();
    let project: u64 = server.project().trim_start_matches("pr-").parse().unwrap();
    let exp = in_seconds(600);

    let update = json!({"purpose": "update_issue", "project": project, "issue": draft["id"], "exp": exp, "sub": "p-1"});
    let update = signer.sign(&update);
    let publish = Request::post(server.path(&format!("issues/g-{}/publish", draft["id"])));
    server.send(&publish.clone().bearer(&update)).expect_status(401);
    let credentials = format!("{},{update}", server.project_token());
    server.send(&publish.form_user(&credentials)).expect_status(403);
    assert!(!is_vouched_for(&server, &update));

    let submission = json!({
        "purpose": "submit_report", "project": project, "email": "jo@studio.example",
        "jti": "CQkJCQkJCQkJCQkJCQkJCQ", "exp": exp, "sub": "p-1", "name": "Jo",
    });
    let submission = report(&server, &signer.sign(&submission));
    check_refused(&server, &submission, "The submission token is not valid");

    let player = json!({"purpose": "sign_in_player", "user": 1, "exp": exp, "sub": "p-1", "name": "Jo"});
    let player = signer.sign(&player);
    let created = server.send(&report(&server, &player)).expect_status(201).json();
    let seen = seen(&server, "issues", &created);
    assert_eq!(seen["reported_by"], json!({"id": null, "name": null}), "{seen}");
    assert_eq!(seen["contact"]["vouched"], Value::Null, "{seen}");

    for purpose in ["store_upload", "confirm_upload"] {
        let upload = json!({
            "purpose": purpose, "upload": 1, "project": project, "issue": draft["id"], "kind": "screenshots",
            "filename": "a.png", "size": 1, "md5": vec![0; 16], "exp": exp, "sub": "p-1",
        });
        let upload = signer.sign(&upload);
        let store = Request::new("PUT", format!("/direct_uploads/{upload}"));
        assert!(server.send(&store).status >= 400, "{purpose}");
        assert!(!is_vouched_for(&server, &upload), "{purpose}");
    }
}

#[test]
fn alone_it_is_nobody() {
    let server = server();
    let signer = Signer::es256();
    register_signer(&server, &signer);
    let jwt = signer.sign(&claims());
    let create = Request::post(server.path("issues.json"))
        .bearer(&jwt)
        .json(&json!({"title": "The lift"}));
    server.send(&create).expect_status(401);
    server
        .send(&Request::get(server.path("issues.json")).bearer(&jwt))
        .expect_status(401);
}

#[test]
fn a_key_that_is_no_good_is_told_by_its_field() {
    let server = server();
    let rsa_1024 = include_str!("../../src/http/identity_keys/examples/rsa-1024.pem");
    let p_384 = include_str!("../../src/http/identity_keys/examples/p-384.pem");
    let private = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
    let es256 = Signer::es256().public_pem();
    for (body, words) in [
        (json!({}), "name can't be blank; algorithm must be one of"),
        (
            json!({"name": "K", "algorithm": "RS256", "public_key": rsa_1024}),
            "public_key is an RSA key of fewer than 2048 bits",
        ),
        (
            json!({"name": "K", "algorithm": "ES256", "public_key": p_384}),
            "public_key is a key on another curve than P-256",
        ),
        (
            json!({"name": "K", "algorithm": "ES256", "public_key": private}),
            "public_key is a private key: never send it",
        ),
        (
            json!({"name": "K", "algorithm": "RS256", "public_key": es256}),
            "public_key is a key on the curve P-256, and RS256",
        ),
        (
            json!({"name": "K", "algorithm": "HS256", "public_key": es256}),
            "public_key is not for HS256",
        ),
        (
            json!({"name": "K", "algorithm": "HS256", "secret": es256}),
            "secret is PEM",
        ),
        (
            json!({"name": "K", "algorithm": "HS256", "secret": "too short"}),
            "secret must have 32",
        ),
        (
            json!({"name": "K", "algorithm": "none"}),
            "algorithm must be one of",
        ),
        (
            json!({"name": "x".repeat(121), "algorithm": "HS256"}),
            "name is too long",
        ),
    ] {
        let refused = register(&server, &body).expect_status(422);
        assert!(refused.error().starts_with(words), "{body}: {}", refused.error());
    }
    let list = Request::get(server.path("identity_keys.json")).bearer(server.personal_token());
    assert_eq!(
        server.send(&list).expect_status(200).json(),
        json!({"identity_keys": []})
    );
    register_signer(&server, &Signer::with_secret("0123456789abcdef0123456789abcdef"));
    let again = json!({"name": "K", "algorithm": "HS256", "secret": "0123456789abcdef0123456789abcdef"});
    let refused = register(&server, &again).expect_status(422);
    assert_eq!(refused.error(), "secret has already been registered");
    for secret in ["0123456789abcdef", "jo@studio.example"] {
        assert!(!server.log().contains(secret), "the log tells {secret}");
    }
}

#[test]
fn the_log_says_why_one_says_nothing_and_not_what_it_says() {
    let mut server = Launch::new().with_env("BUGLE_LOG", "bugle=debug").start();
    let signer = Signer::es256();
    register_signer(&server, &signer);
    let expired = signer.sign(&changed(&json!({"exp": in_seconds(-600)})));
    server.send(&report(&server, &expired)).expect_status(201);
    server.stop();
    let (_, log) = server.last_output();
    assert!(log.contains("it has expired"), "{log}");
    for secret in [
        &*expired,
        "player-77",
        "jo@studio.example",
        server.project_token(),
    ] {
        assert!(!log.contains(secret), "the log tells {secret}");
    }
}
