//! What a page of somebody else's makes a signed-in browser send.

use serde_json::json;
use support::{Request, Response, Server};

use crate::{me, owner_request, sign_in, sign_out};

fn create(server: &Server, cookie: &str, headers: &[(&str, &str)]) -> Response {
    let request = Request::post("/projects.json")
        .header("Cookie", cookie)
        .json(&json!({"name": "Made by a page"}));
    let with = headers
        .iter()
        .fold(request, |request, (name, value)| request.header(name, *value));
    server.send(&with)
}

#[test]
fn a_foreign_page_changes_nothing() {
    let server = Server::start();
    let cookie = sign_in(&server);
    for page in [
        &[("Sec-Fetch-Site", "cross-site")][..],
        &[("Sec-Fetch-Site", "same-site")],
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", server.url())],
        &[("Origin", "https://evil.example")],
        &[("Origin", "null")],
        &[("Referer", "https://evil.example/page")],
    ] {
        let refused = create(&server, &cookie, page).expect_status(403);
        assert!(
            refused.error().contains("own pages"),
            "{page:?}: {}",
            refused.error()
        );
    }
    let forged = sign_out(&cookie).header("Origin", "https://evil.example");
    server.send(&forged).expect_status(403);
    let me = server.send(&me(&cookie)).expect_status(200).json();
    assert_eq!(me["project_roles"].as_array().unwrap().len(), 1, "{me}");
}

#[test]
fn an_own_page_may() {
    let server = Server::start();
    let cookie = sign_in(&server);
    let referrer = format!("{}/projects", server.url());
    for page in [
        ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Site", "none"),
        ("Origin", server.url()),
        ("Referer", &referrer),
    ] {
        create(&server, &cookie, &[page]).expect_status(201);
    }
}

#[test]
fn a_script_with_a_cookie_jar_may() {
    let server = Server::start();
    let cookie = sign_in(&server);
    create(&server, &cookie, &[]).expect_status(201);
    server.send(&sign_out(&cookie)).expect_status(200);
    server.send(&me(&cookie)).expect_status(401);
}

#[test]
fn reading_needs_no_proof() {
    let server = Server::start();
    let cookie = sign_in(&server);
    server
        .send(&me(&cookie).header("Sec-Fetch-Site", "cross-site"))
        .expect_status(200);
}

#[test]
fn a_token_needs_no_proof_whatever_the_cookie() {
    let server = Server::start();
    let cookie = sign_in(&server);
    let request = Request::post("/projects.json")
        .header("Cookie", cookie)
        .header("Sec-Fetch-Site", "cross-site")
        .header("Origin", "https://game.example")
        .bearer(server.personal_token());
    server
        .send(&request.json(&json!({"name": "Made by a tool"})))
        .expect_status(201);
}

#[test]
fn a_foreign_page_signs_nobody_in() {
    let server = Server::start();
    for (name, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Origin", "https://evil.example"),
    ] {
        let refused = server
            .send(&owner_request(&server).header(name, value))
            .expect_status(403);
        assert_eq!(refused.header("Set-Cookie"), None);
    }
}

#[test]
fn no_answer_lets_another_page_read_with_the_cookie() {
    let server = Server::start();
    let cookie = sign_in(&server);
    let preflight = Request::new("OPTIONS", "/projects.json").header("Origin", "https://evil.example");
    let read = me(&cookie).header("Origin", "https://evil.example");
    for request in [preflight, read] {
        let answer = server.send(&request);
        assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("*"));
        assert_eq!(answer.header("Access-Control-Allow-Credentials"), None);
    }
}
