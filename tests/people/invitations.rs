//! Invitations by link: made by owners, shown once, accepted once.

use serde_json::{Value, json};
use support::{Request, Response, Server};

use crate::forms::{ADA, Form, browse, link, session_of};
use crate::{add, change, develops, id_of, members, project, reads};

fn path(server: &Server) -> String {
    format!("{}/invitations.json", project(server))
}

fn invite(server: &Server, token: &str, body: &Value) -> Response {
    server.send(&Request::post(path(server)).bearer(token).json(body))
}

#[test]
fn a_link_makes_one_account_a_member_and_outlives_a_kill() {
    let mut server = Server::start();
    let link = link(&server, "developer");
    server.kill_hard();
    server.restart();
    let link_path = link.clone();
    let form = Form::of(&server, &link_path, None);
    let joined = form
        .send(&server, &format!("{link_path}/join"), &ADA)
        .expect_status(303);
    assert_eq!(joined.header("Location"), Some(&*project(&server)));
    server.kill_hard();
    server.restart();
    let cookie = session_of(&server, "ada@studio.example", "ten letters at least");
    let me = Request::get("/profiles/me.json").header("Cookie", cookie);
    let me = server.send(&me).expect_status(200).json();
    assert_eq!(me["project_roles"][0]["role"], "developer");
    let page = server.send(&browse(&link_path)).expect_status(410);
    assert!(page.text().contains("has been used"), "{}", page.text());
    let listed = server.send(&Request::get(path(&server)).bearer(server.personal_token()));
    assert_eq!(listed.json()["invitations"][0]["state"], "accepted");
    assert!(!server.log().contains(link.rsplit('/').next().unwrap()));
}

#[test]
fn somebody_with_an_account_accepts_and_a_member_does_not_use_a_link_up() {
    let mut server = Server::start();
    let ben = server.add_person("ben@studio.example");
    let link = link(&server, "developer");
    let start = server.first_start();
    let owner = session_of(&server, &start.owner_email, &start.owner_password);
    let refused = Form::of(&server, &link, Some(&owner)).send(&server, &link, &[]);
    assert!(
        refused
            .expect_status(422)
            .text()
            .contains("a member of the project already")
    );
    let cookie = session_of(&server, &ben.email, &ben.password);
    let form = Form::of(&server, &link, Some(&cookie));
    form.send(&server, &link, &[]).expect_status(303);
    assert_eq!(develops(&server, &ben.token), 200);
    form.send(&server, &link, &[]).expect_status(410);
    let me = id_of(&server, &ben.token);
    let expected = [(1, "owner".to_owned()), (me, "developer".to_owned())];
    assert_eq!(members(&server, &project(&server), &ben.token), expected);
}

#[test]
fn an_owner_who_was_removed_does_not_come_back_by_a_link_of_their_own() {
    let mut server = Server::start();
    let eve = server.add_person("eve@studio.example");
    let project = project(&server);
    let owner = server.personal_token().to_owned();
    add(&server, &project, &owner, &eve.email, "owner").expect_status(201);
    let made = invite(&server, &eve.token, &json!({"role": "owner"})).expect_status(201);
    let url = made.json()["url"].as_str().unwrap().to_owned();
    let link = url.strip_prefix(server.url()).unwrap();
    let cookie = session_of(&server, &eve.email, &eve.password);
    let form = Form::of(&server, "/projects/new", Some(&cookie));
    let id = id_of(&server, &eve.token);
    // An owner no more, and then no member either.
    change(&server, &project, &owner, id, "tester").expect_status(200);
    server
        .send(&browse(link).header("Cookie", &*cookie))
        .expect_status(410);
    let removal = Request::delete(format!("{project}/members/{id}.json")).bearer(&owner);
    server.send(&removal).expect_status(200);
    let refused = form.send(&server, link, &[]);
    assert!(refused.status >= 400, "{refused:?}");
    assert_eq!(reads(&server, &eve.token), 403);
}

#[test]
fn a_link_that_is_withdrawn_is_refused_and_so_is_nonsense() {
    let server = Server::start();
    let made = invite(&server, server.personal_token(), &json!({"role": "tester"}));
    let made = made.expect_status(201).json();
    let link = made["url"].as_str().unwrap().strip_prefix(server.url()).unwrap();
    let form = Form::of(&server, link, None);
    let one = format!("{}/invitations/{}.json", project(&server), made["id"]);
    let withdraw = Request::delete(&*one).bearer(server.personal_token());
    let withdrawn = server.send(&withdraw).expect_status(200).json();
    assert_eq!(withdrawn["state"], "withdrawn");
    server.send(&withdraw).expect_status(200);
    let join = form.send(&server, &format!("{link}/join"), &ADA);
    assert!(join.expect_status(410).text().contains("was withdrawn"));
    for nonsense in [
        "/invitations/x",
        "/invitations/%00",
        &format!("/invitations/{}", "a".repeat(43)),
    ] {
        let page = server.send(&browse(nonsense)).expect_status(404);
        assert!(page.text().contains("This is no invitation"), "{nonsense}");
    }
    let none = format!("{}/invitations/1.json", project(&server));
    let none = Request::delete(none).bearer(server.personal_token());
    server.send(&none).expect_status(404);
}

#[test]
fn what_is_wrong_with_a_new_account_is_said_and_uses_nothing_up() {
    let server = Server::start();
    let link = link(&server, "tester");
    let join = format!("{link}/join");
    let form = Form::of(&server, &link, None);
    let with = |field: &str, value: &str| {
        let fields: Vec<_> = ADA
            .iter()
            .map(|(name, kept)| (*name, if *name == field { value } else { *kept }))
            .collect();
        form.send(&server, &join, &fields).expect_status(422).text()
    };
    assert!(
        with("name", " ").contains("Your name can&#39;t be blank."),
        "name"
    );
    assert!(with("email", "ada").contains("E-mail address is not an e-mail address."));
    assert!(with("email", "owner@bugle.local").contains("E-mail address has already been taken."));
    assert!(with("password", "short").contains("Password must have 10 to 200 characters."));
    let listed = server.send(&Request::get(path(&server)).bearer(server.personal_token()));
    assert_eq!(listed.json()["invitations"][0]["state"], "open");
    let without = Form {
        token: "x".to_owned(),
        ..Form::of(&server, &link, None)
    };
    without.send(&server, &join, &ADA).expect_status(403);
    form.send(&server, &join, &ADA).expect_status(303);
}

#[test]
fn only_owners_invite_and_a_retry_does_not_show_the_link_again() {
    let mut server = Server::start();
    let ben = server.add_person("ben@studio.example").token;
    let owner = server.personal_token().to_owned();
    crate::add(
        &server,
        &project(&server),
        &owner,
        "ben@studio.example",
        "developer",
    )
    .expect_status(201);
    invite(&server, &ben, &json!({"role": "tester"})).expect_status(403);
    for (body, problem) in [
        (json!({}), "role can't be blank"),
        (
            json!({"role": "king"}),
            "role must be one of owner, developer, tester",
        ),
        (json!({"invitation": {"role": 7}}), "role must be one of"),
    ] {
        let refused = invite(&server, &owner, &body).expect_status(422);
        assert!(refused.error().contains(problem), "{body}: {}", refused.error());
    }
    let request = Request::post(path(&server))
        .bearer(&owner)
        .header("Idempotency-Key", "once")
        .json(&json!({"role": "tester"}));
    let first = server.send(&request).expect_status(201).json();
    let again = server.send(&request).expect_status(201).json();
    assert_eq!(first["id"], again["id"]);
    assert!(first["url"].is_string() && again.get("url").is_none(), "{again}");
    let listed = server.send(&Request::get(path(&server)).bearer(&owner)).json();
    assert_eq!(listed["invitations"].as_array().unwrap().len(), 1, "{listed}");
    assert!(!listed.to_string().contains("url"), "{listed}");
}

#[test]
fn an_address_that_guesses_is_stopped() {
    let server = Server::start();
    for number in 0..20 {
        let guess = format!("/invitations/{number:a>43}");
        server.send(&browse(&guess)).expect_status(404);
    }
    server.send(&browse("/invitations/x")).expect_status(429);
}
