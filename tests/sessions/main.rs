//! A browser signs in, acts with its cookie, and signs out; and what other pages cannot make it do.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail the test")]

mod cookie;
mod forgery;
mod throttle;

use serde_json::json;
use support::{Request, Response, Server};

/// A request to sign in, as no browser sends it: without a word of where it comes from.
fn sign_in_request(email: &str, password: &str) -> Request {
    Request::post("/session.json").json(&json!({"email": email, "password": password}))
}

/// The owner's, with the right password.
fn owner_request(server: &Server) -> Request {
    let start = server.first_start();
    sign_in_request(&start.owner_email, &start.owner_password)
}

/// The cookie as a browser sends it back: name and value, without the attributes.
fn cookie_of(answer: &Response) -> String {
    let set = answer.header("Set-Cookie").unwrap();
    set.split(';').next().unwrap().to_owned()
}

/// Signs the owner in, and gives the cookie.
#[track_caller]
fn sign_in(server: &Server) -> String {
    cookie_of(&server.send(&owner_request(server)).expect_status(201))
}

fn me(cookie: &str) -> Request {
    Request::get("/profiles/me.json").header("Cookie", cookie)
}

fn sign_out(cookie: &str) -> Request {
    Request::delete("/session.json").header("Cookie", cookie)
}

/// As a browser sends it from one of our own pages.
fn from_own_page(request: Request) -> Request {
    request.header("Sec-Fetch-Site", "same-origin")
}
