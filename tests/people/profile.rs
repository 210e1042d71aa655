//! What people change of their own account.

use serde_json::{Value, json};
use support::{Person, Request, Response, Server};

use crate::forms::Form;
use crate::project;

const NEW: &str = "a longer password";

fn edit(server: &Server, token: &str, body: &Value) -> Response {
    server.send(&Request::patch("/profiles/me.json").bearer(token).json(body))
}

fn sign_in(server: &Server, email: &str, password: &str) -> Response {
    let body = json!({"email": email, "password": password});
    server.send(&Request::post("/session.json").json(&body))
}

/// Signs in, and gives the cookie.
#[track_caller]
fn session(server: &Server, person: &Person) -> String {
    let answer = sign_in(server, &person.email, &person.password).expect_status(201);
    let cookie = answer.header("Set-Cookie").unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

fn seen(server: &Server, cookie: &str) -> u16 {
    let request = Request::get("/profiles/me.json").header("Cookie", cookie);
    server.send(&request).status
}

#[test]
fn a_name_is_changed_and_outlives_a_kill() {
    let mut server = Server::start();
    let ben = server.add_person("ben@studio.example");
    let cookie = session(&server, &ben);
    let changed = edit(&server, &ben.token, &json!({"user": {"name": "Benjamin"}}));
    let changed = changed.expect_status(200).json();
    assert_eq!(
        (&changed["name"], &changed["email"]),
        (&json!("Benjamin"), &json!(ben.email))
    );
    assert_eq!(seen(&server, &cookie), 200, "a new name ends no session");
    let same = edit(&server, &ben.token, &json!({})).expect_status(200).json();
    assert_eq!(same, changed, "what is absent stays");
    let read_before = json!({"name": changed["name"], "email": changed["email"]});
    let same = edit(&server, &ben.token, &read_before).expect_status(200).json();
    assert_eq!(same, changed, "what was read can be sent back");
    server.kill_hard();
    server.restart();
    let me = server.send(&Request::get("/profiles/me").bearer(&ben.token));
    assert_eq!(me.expect_status(200).json(), changed);
}

#[test]
fn a_new_password_ends_the_other_sessions_and_only_it_signs_in() {
    let mut server = Server::start();
    let ben = server.add_person("ben@studio.example");
    let (mine, other) = (session(&server, &ben), session(&server, &ben));
    let strangers = server.first_start();
    let owner = sign_in(&server, &strangers.owner_email, &strangers.owner_password).expect_status(201);
    let owner = owner
        .header("Set-Cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();

    let body = json!({"current_password": ben.password, "password": NEW});
    let request = Request::patch("/profiles/me.json").header("Cookie", &mine);
    let foreign = request.clone().header("Sec-Fetch-Site", "cross-site").json(&body);
    server.send(&foreign).expect_status(403);
    let own = request.header("Sec-Fetch-Site", "same-origin").json(&body);
    server.send(&own).expect_status(200);
    assert_eq!((seen(&server, &mine), seen(&server, &other)), (200, 401));
    assert_eq!(seen(&server, &owner), 200, "somebody else's goes on");
    sign_in(&server, &ben.email, &ben.password).expect_status(401);
    server.kill_hard();
    server.restart();
    sign_in(&server, &ben.email, &ben.password).expect_status(401);
    sign_in(&server, &ben.email, NEW).expect_status(201);
    assert_eq!((seen(&server, &mine), seen(&server, &other)), (200, 401));

    let by_token = json!({"current_password": NEW, "password": "yet another one"});
    edit(&server, &ben.token, &by_token).expect_status(200);
    assert_eq!(
        seen(&server, &mine),
        401,
        "asked by token, no session is the one that asks"
    );
    edit(&server, &ben.token, &json!({"name": "Ben"})).expect_status(200);
}

#[test]
fn a_wrong_current_password_changes_nothing_and_counts_as_a_failed_sign_in() {
    let mut server = Server::start();
    let ben = server.add_person("ben@studio.example");
    let cookie = session(&server, &ben);
    let wrong = json!({"name": "Other", "current_password": "a guess", "password": NEW});
    for _ in 0..10 {
        let refused = edit(&server, &ben.token, &wrong).expect_status(422);
        assert_eq!(refused.error(), "current_password is wrong");
    }
    let right = json!({"current_password": ben.password, "password": NEW});
    let waits = edit(&server, &ben.token, &right).expect_status(429);
    assert!(waits.header("Retry-After").is_some());
    sign_in(&server, &ben.email, &ben.password).expect_status(429);
    assert_eq!(seen(&server, &cookie), 200);
    let me = server
        .send(&Request::get("/profiles/me").bearer(&ben.token))
        .json();
    assert_eq!(me["name"], "ben");
}

#[test]
fn a_new_address_signs_in_keeps_all_else_and_ends_the_other_sessions() {
    let mut server = Server::start();
    let ben = server.add_person("ben@studio.example");
    let (owner, path) = (server.personal_token().to_owned(), project(&server));
    crate::add(&server, &path, &owner, &ben.email, "developer").expect_status(201);
    let (mine, other) = (session(&server, &ben), session(&server, &ben));
    let body = json!({"email": " Benjamin@Studio.example ", "current_password": ben.password});
    let request = Request::patch("/profiles/me.json").header("Cookie", &mine);
    let changed = server.send(&request.json(&body)).expect_status(200).json();
    assert_eq!(changed["email"], "benjamin@studio.example");
    assert_eq!(changed["project_roles"][0]["role"], "developer");
    assert_eq!((seen(&server, &mine), seen(&server, &other)), (200, 401));
    server.kill_hard();
    server.restart();
    sign_in(&server, &ben.email, &ben.password).expect_status(401);
    sign_in(&server, "BENJAMIN@studio.example", &ben.password).expect_status(201);
    assert_eq!(crate::develops(&server, &ben.token), 200, "the token goes on");
    let listed = server.send(&Request::get(format!("{path}/members.json")).bearer(&owner));
    let listed = listed.expect_status(200).json();
    let member = &listed["members"][1];
    assert_eq!(
        (
            &member["email"],
            &member["account_origin"],
            &member["email_vouched"]
        ),
        (
            &json!("benjamin@studio.example"),
            &json!("operator"),
            &json!(false)
        ),
        "nobody vouches for what somebody says themselves"
    );
    // The old address is free.
    let back = json!({"email": ben.email, "current_password": ben.password});
    edit(&server, &ben.token, &back).expect_status(200);
}

#[test]
fn an_address_is_changed_only_with_the_password_and_to_one_that_is_free() {
    let mut server = Server::start();
    let ben = server.add_person("ben@studio.example");
    server.add_person("cleo@studio.example");
    let cookie = session(&server, &ben);
    for (email, password, problem) in [
        (
            "CLEO@studio.example",
            &*ben.password,
            "email has already been taken",
        ),
        ("nobody", &ben.password, "email is not an e-mail address"),
        (" ", &ben.password, "email can't be blank"),
        ("b@studio.example", "", "current_password can't be blank"),
        ("b@studio.example", "a guess", "current_password is wrong"),
    ] {
        let body = json!({"name": "Other", "email": email, "current_password": password});
        let refused = edit(&server, &ben.token, &body).expect_status(422);
        assert_eq!(refused.error(), problem, "{email}");
    }
    for _ in 0..9 {
        let wrong = json!({"email": "b@studio.example", "current_password": "a guess"});
        edit(&server, &ben.token, &wrong).expect_status(422);
    }
    let right = json!({"email": "b@studio.example", "current_password": ben.password});
    edit(&server, &ben.token, &right).expect_status(429);
    assert_eq!(seen(&server, &cookie), 200);
    let me = server
        .send(&Request::get("/profiles/me").bearer(&ben.token))
        .json();
    assert_eq!(
        (&me["name"], &me["email"]),
        (&json!("ben"), &json!(ben.email)),
        "nothing is half done"
    );
}

#[test]
fn the_profile_page_changes_the_address() {
    let mut server = Server::start();
    let ben = server.add_person("ben@studio.example");
    let cookie = session(&server, &ben);
    let form = Form::of(&server, "/profiles/me", Some(&cookie));
    let wrong = [("email", "b@studio.example"), ("current_password", "a guess")];
    let text = form
        .send(&server, "/profiles/me", &wrong)
        .expect_status(422)
        .text();
    assert_eq!(text.matches("Your password is wrong.").count(), 1, "{text}");
    assert!(text.contains("value=\"b@studio.example\""), "{text}");
    let right = [wrong[0], ("current_password", &ben.password)];
    form.send(&server, "/profiles/me", &right).expect_status(303);
    sign_in(&server, "b@studio.example", &ben.password).expect_status(201);
}

#[test]
fn only_people_have_a_profile() {
    let server = Server::start();
    let request = || Request::patch("/profiles/me.json").json(&json!({"name": "Game"}));
    server.send(&request()).expect_status(401);
    server
        .send(&request().form_user(server.project_token()))
        .expect_status(403);
}
