//! Who reports: submission tokens, which a studio's own server asks for, what it signs itself, and signing in from a game.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

mod bad_device;
mod bad_keys;
mod bad_submission;
mod device;
mod examples;
mod keys;
mod limits;
mod once;
mod submission;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use support::signing::Signer;
use support::{Request, Response, Server};

/// Asks for a submission token as the owner.
fn ask(server: &Server, body: &Value) -> Response {
    let request = Request::post(server.path("submission_tokens.json")).bearer(server.personal_token());
    server.send(&request.json(body))
}

/// A submission token in the clear.
#[track_caller]
fn token(server: &Server, body: &Value) -> String {
    let answer = ask(server, body).expect_status(201).json();
    answer["token"].as_str().unwrap().to_owned()
}

/// A report with what stands behind the project token's comma.
fn report(server: &Server, jwt: &str) -> Request {
    let credentials = format!("{},{jwt}", server.project_token());
    Request::post(server.path("issues.json"))
        .form_user(&credentials)
        .json(&json!({"title": "The lift never comes"}))
}

/// The report as the owner sees it.
#[track_caller]
fn seen(server: &Server, folder: &str, created: &Value) -> Value {
    let path = format!("{folder}/{}.json", created["scoped_id"].as_str().unwrap());
    let request = Request::get(server.path(&path)).bearer(server.personal_token());
    server.send(&request).expect_status(200).json()
}

/// Panics unless the report is refused with these words, and the project has as many as before.
#[track_caller]
fn check_refused(server: &Server, request: &Request, words: &str) {
    let before = server.issue_count();
    let refused = server.send(request).expect_status(403);
    assert_eq!(refused.error(), words);
    assert_eq!(server.issue_count(), before);
}

/// Another text in the place of the first, second or third part of a JWT.
fn with_part(jwt: &str, part: usize, text: &str) -> String {
    let mut parts: Vec<_> = jwt.split('.').collect();
    parts[part] = text;
    parts.join(".")
}

/// The claims of a JWT, changed.
fn with_claims(jwt: &str, change: impl FnOnce(&mut Value)) -> String {
    let claims = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1).unwrap()).unwrap();
    let mut claims = serde_json::from_slice(&claims).unwrap();
    change(&mut claims);
    with_part(jwt, 1, &URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// The same claims, said not to be signed.
fn unsigned(jwt: &str) -> String {
    let head = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"none"}"#);
    with_part(&with_part(jwt, 0, &head), 2, "")
}

/// Registers a key as the owner.
fn register(server: &Server, body: &Value) -> Response {
    let request = Request::post(server.path("identity_keys.json")).bearer(server.personal_token());
    server.send(&request.json(body))
}

/// Registers what verifies this signer's JWTs, and gives the key as it is answered.
#[track_caller]
fn register_signer(server: &Server, signer: &Signer) -> Value {
    let mut body = json!({"name": "Back end", "algorithm": signer.algorithm()});
    match signer {
        Signer::Hs256(secret) => body["secret"] = String::from_utf8(secret.clone()).unwrap().into(),
        _ => body["public_key"] = signer.public_pem().into(),
    }
    register(server, &body).expect_status(201).json()
}

/// A moment so many seconds from now, in seconds since the epoch.
fn in_seconds(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap() + seconds
}

/// A UUID that is not another's.
fn uuid(number: u64) -> String {
    format!("7c9e6679-7425-40de-944b-{number:012x}")
}

/// Begins to sign in from a game.
fn begin(server: &Server, id: &str) -> Response {
    let body = json!({"request_id": id, "entity_kind": "game", "entity_name": "Fountain"});
    server.send(&Request::post("/device_auth/create").json(&body))
}

fn poll(server: &Server, id: &str) -> Response {
    server.send(&Request::get(format!("/device_auth/{id}/poll")))
}

fn page_of(id: &str) -> String {
    format!("/device_auth/{id}/authorize")
}

/// Signs the owner in, and gives the cookie.
#[track_caller]
fn sign_in(server: &Server) -> String {
    let start = server.first_start();
    let request = Request::post("/session.json")
        .json(&json!({"email": start.owner_email, "password": start.owner_password}));
    cookie_of(&server.send(&request).expect_status(201))
}

/// The cookie as a browser sends it back.
fn cookie_of(answer: &Response) -> String {
    let set = answer.header("Set-Cookie").unwrap();
    set.split(';').next().unwrap().to_owned()
}

/// What the page's form brings back, beside the decision.
#[track_caller]
fn form_token(page: &Response) -> String {
    let text = page.text();
    // Behind the menu at the top, which has a form of its own.
    let own = text.split("<main").nth(1);
    let found = own.and_then(|own| own.split("name=\"form_token\" value=\"").nth(1));
    let found = found.unwrap_or_else(|| panic!("no form in {text}"));
    found.split('"').next().unwrap().to_owned()
}

/// A decision as the page's form sends it.
fn decision(id: &str, cookie: &str, form_token: &str, decision: &str) -> Request {
    Request::post(page_of(id))
        .header("Cookie", cookie)
        .header("Sec-Fetch-Site", "same-origin")
        .form(&[("form_token", form_token), ("decision", decision)])
}

/// Decides as the owner, in a browser that is signed in.
#[track_caller]
fn decide(server: &Server, id: &str, approve_or_refuse: &str) {
    let cookie = sign_in(server);
    let page = Request::get(page_of(id)).header("Cookie", &cookie);
    let page = server.send(&page).expect_status(200);
    let request = decision(id, &cookie, &form_token(&page), approve_or_refuse);
    server.send(&request).expect_status(200);
}

/// The token of the owner, who signs in from a game.
#[track_caller]
fn player_token(server: &Server, id: &str) -> String {
    begin(server, id).expect_status(201);
    decide(server, id, "approve");
    let answer = poll(server, id).expect_status(200).json();
    answer["token"]
        .as_str()
        .unwrap_or_else(|| panic!("no token in {answer}"))
        .to_owned()
}
