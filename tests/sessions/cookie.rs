//! The life of a session.

use std::fs;
use std::path::Path;

use serde_json::json;
use support::{Launch, Request, Server};

use crate::{cookie_of, from_own_page, me, owner_request, sign_in, sign_in_request, sign_out};

#[test]
fn signing_in_gives_the_person_and_a_cookie_out_of_reach_for_scripts() {
    let server = Server::start();
    let answer = server.send(&owner_request(&server)).expect_status(201);
    assert_eq!(answer.json()["user"]["email"], server.first_start().owner_email);
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    let set = answer.header("Set-Cookie").unwrap();
    let mut attributes: Vec<_> = set.split("; ").skip(1).collect();
    attributes.sort_unstable();
    assert_eq!(
        attributes,
        ["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Lax"]
    );
    let cookie = cookie_of(&answer);
    let value = cookie.strip_prefix("bugle_session=").unwrap();
    assert_eq!(value.len(), 43, "{value}");
    assert!(!answer.text().contains(value), "the value is in the cookie alone");
}

#[test]
fn a_session_may_what_its_persons_token_may() {
    let server = Server::start();
    let cookie = sign_in(&server);
    let owner = server.send(&me(&cookie)).expect_status(200).json();
    assert_eq!(owner["email"], server.first_start().owner_email);
    let verify = Request::post("/auth/verify").header("Cookie", &cookie);
    let verified = server.send(&from_own_page(verify)).expect_status(200).json();
    assert_eq!(verified["token_type"], "session", "{verified}");
    assert!(verified["expires_at"].is_string(), "{verified}");
    assert!(verified.get("scopes").is_none(), "it has all rights: {verified}");

    let create = Request::post(server.path("issues.json")).header("Cookie", &cookie);
    let create = from_own_page(create).json(&json!({"title": "Seen by the owner"}));
    let issue = server.send(&create).expect_status(201).json();
    let patch = Request::patch(server.path(&format!("issues/g-{}.json", issue["id"])));
    let patch = from_own_page(patch.header("Cookie", &cookie)).json(&json!({"priority": "high"}));
    assert_eq!(server.send(&patch).expect_status(200).json()["priority"], "high");
    let request = Request::post("/personal_access_tokens.json").header("Cookie", &cookie);
    let made = server.send(&from_own_page(request).json(&json!({"name": "Script"})));
    let token = made.expect_status(201).json()["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let theirs = Request::get("/profiles/me.json").bearer(&token);
    assert_eq!(server.send(&theirs).expect_status(200).json(), owner);
}

#[test]
fn a_wrong_password_an_unknown_address_and_nonsense_are_refused() {
    let server = Server::start();
    let start = server.first_start();
    let wrong = server
        .send(&sign_in_request(&start.owner_email, "guess"))
        .expect_status(401);
    let unknown = server.send(&sign_in_request("nobody@studio.example", &start.owner_password));
    let unknown = unknown.expect_status(401);
    assert_eq!(wrong.error(), unknown.error(), "nobody learns who has an account");
    for answer in [wrong, unknown] {
        assert_eq!(answer.header("Set-Cookie"), None);
    }
    let empty = server.send(&sign_in_request("", "")).expect_status(422);
    assert_eq!(
        empty.json()["errors"],
        json!(["email can't be blank", "password can't be blank"])
    );
    let huge = server.send(&sign_in_request(&start.owner_email, &"x".repeat(20_000)));
    huge.expect_status(413);
    server.send(&Request::get("/session.json")).expect_status(405);
}

#[test]
fn signing_out_ends_the_session_at_once_and_for_good() {
    let mut server = Server::start();
    let (ended, other) = (sign_in(&server), sign_in(&server));
    let answer = server.send(&from_own_page(sign_out(&ended))).expect_status(200);
    let removed = answer.header("Set-Cookie").unwrap();
    assert!(
        removed.starts_with("bugle_session=;") && removed.contains("Max-Age=0"),
        "{removed}"
    );
    server.send(&me(&ended)).expect_status(401);
    server.send(&from_own_page(sign_out(&ended))).expect_status(401);
    server.kill_hard();
    server.restart();
    server.send(&me(&ended)).expect_status(401);
    server.send(&me(&other)).expect_status(200);
}

#[test]
fn who_was_signed_in_is_told_that_the_session_has_ended() {
    let server = Server::start();
    let cookie = sign_in(&server);
    server.send(&from_own_page(sign_out(&cookie))).expect_status(200);
    let verify = |cookie: &str| Request::post("/auth/verify").header("Cookie", cookie);
    let list = |cookie: &str| Request::get(server.path("issues.json")).header("Cookie", cookie);
    let requests = |cookie: &str| [me(cookie), sign_out(cookie), verify(cookie), list(cookie)];
    for request in requests(&cookie) {
        let answer = server.send(&request).expect_status(401);
        assert_eq!(
            answer.error(),
            "The session has ended: sign in again",
            "{request:?}"
        );
    }
    for none in ["other=x", "bugle_session="] {
        for request in requests(none) {
            let answer = server.send(&request).expect_status(401);
            assert!(
                !answer.error().contains("ended"),
                "{request:?}: {}",
                answer.error()
            );
        }
    }
    let other = me(&cookie).header("Authorization", "Bearer pat-wrong");
    let answer = server.send(&other).expect_status(401);
    assert!(
        answer.error().contains("personal access token"),
        "the header counts: {}",
        answer.error()
    );
}

#[test]
fn an_authorization_header_counts_and_the_cookie_then_does_not() {
    let server = Server::start();
    let cookie = sign_in(&server);
    for authorization in ["Bearer pat-wrong", "FormUser anonymous", "Basic abc", ""] {
        let request = me(&cookie).header("Authorization", authorization);
        let answer = server.send(&request);
        assert!(
            [401, 403].contains(&answer.status),
            "{authorization:?}: {}",
            answer.status
        );
    }
    let game = me(&cookie).form_user(server.project_token());
    server.send(&game).expect_status(403);
    let out = from_own_page(sign_out(&cookie)).bearer(server.personal_token());
    server.send(&out).expect_status(401);
    server.send(&me(&cookie)).expect_status(200);
}

#[test]
fn what_is_no_session_is_nobody() {
    let server = Server::start();
    for cookie in [
        "bugle_session=",
        "bugle_session=AAAA",
        "other=x; bugle_session",
        "%%=;;",
    ] {
        server.send(&me(cookie)).expect_status(401);
    }
}

#[test]
fn neither_the_log_nor_the_disk_holds_password_or_value() {
    let mut server = Launch::new().with_env("BUGLE_LOG", "debug").start();
    let cookie = sign_in(&server);
    let value = cookie.strip_prefix("bugle_session=").unwrap().to_owned();
    let guess = "a-password-that-is-wrong";
    let email = server.first_start().owner_email.clone();
    server.send(&sign_in_request(&email, guess)).expect_status(401);
    server.send(&me(&cookie)).expect_status(200);
    let password = server.first_start().owner_password.clone();
    server.stop();
    let (_, log) = server.last_output();
    for secret in [value.as_str(), &password, guess] {
        assert!(!log.contains(secret), "{secret} is logged");
        assert!(!is_stored(server.data(), secret), "{secret} is stored");
    }
}

/// Whether a file below the folder holds the text.
fn is_stored(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return is_stored(&path, text);
        }
        let bytes = fs::read(&path).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}
