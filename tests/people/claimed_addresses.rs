//! Addresses that nobody vouches for: whoever joins by a link says themselves what theirs is.

use serde_json::{Value, json};
use support::{Request, Server};

use crate::forms::{ADA, Form, browse, link, session_of};
use crate::{add, project};

/// Ada joins by a link into the first project; the answer is the owner's form on the page of the members.
fn after_ada_joined(server: &Server) -> (String, Form) {
    let link = link(server, "tester");
    let form = Form::of(server, &link, None);
    form.send(server, &format!("{link}/join"), &ADA)
        .expect_status(303);
    let start = server.first_start();
    let cookie = session_of(server, &start.owner_email, &start.owner_password);
    let members = format!("{}/members", project(server));
    let form = Form::of(server, &members, Some(&cookie));
    (members, form)
}

/// A member as the list of a project shows them.
#[track_caller]
fn listed(server: &Server, path: &str, email: &str) -> Value {
    let request = Request::get(format!("{path}/members.json")).bearer(server.personal_token());
    let all = server.send(&request).expect_status(200).json();
    let members = all["members"].as_array().unwrap();
    let found = members.iter().find(|member| member["email"] == email);
    found.unwrap_or_else(|| panic!("{email} is not in {all}")).clone()
}

#[test]
fn the_members_page_says_whose_link_made_an_account_and_outlives_a_kill() {
    let mut server = Server::start();
    let (members, form) = after_ada_joined(&server);
    server.kill_hard();
    server.restart();
    let page = server.send(&browse(&members).header("Cookie", &form.cookie));
    let text = page.expect_status(200).text();
    assert!(
        text.contains("joined by <bdi>Owner</bdi>’s link, address not verified"),
        "{text}"
    );
    assert_eq!(text.matches("not verified").count(), 1, "only of Ada: {text}");
    let ada = listed(&server, &project(&server), "ada@studio.example");
    assert_eq!(
        (&ada["account_origin"], &ada["email_vouched"]),
        (&json!("invitation"), &json!(false))
    );
    let owner = listed(&server, &project(&server), "owner@bugle.local");
    assert_eq!(
        (&owner["account_origin"], &owner["email_vouched"]),
        (&json!("first_start"), &json!(true))
    );
}

#[test]
fn adding_an_account_that_came_by_a_link_asks_first() {
    let server = Server::start();
    let (_, form) = after_ada_joined(&server);
    let owner = server.personal_token().to_owned();
    let other = format!("/projects/{}", server.create_project(&owner, "Other"));
    let members = format!("{other}/members");
    let fields = [("email", "ADA@studio.example"), ("role", "developer")];
    let asked = form.send(&server, &members, &fields).expect_status(200).text();
    for expected in [
        "Add <bdi>Ada</bdi>?",
        "Joined by <bdi>Owner</bdi>’s link into <bdi>My game</bdi>",
        "ada@studio.example",
        "Nobody has verified",
    ] {
        assert!(asked.contains(expected), "{expected} is not in {asked}");
    }
    let count = || crate::members(&server, &other, &owner).len();
    assert_eq!(count(), 1, "nobody is added yet");
    let user = asked.split("name=\"confirmed\" value=\"").nth(1).unwrap();
    let user = user.split('"').next().unwrap();
    // What was confirmed is this account, and no other.
    let wrong = [fields[0], fields[1], ("confirmed", "1")];
    form.send(&server, &members, &wrong).expect_status(200);
    assert_eq!(count(), 1, "another account was confirmed");
    let confirmed = [fields[0], fields[1], ("confirmed", user)];
    form.send(&server, &members, &confirmed).expect_status(303);
    assert_eq!(count(), 2);
}

#[test]
fn an_account_that_the_operator_made_is_added_at_once_and_the_api_asks_nobody() {
    let mut server = Server::start();
    server.add_person("ben@studio.example");
    let (members, form) = after_ada_joined(&server);
    let fields = [("email", "ben@studio.example"), ("role", "tester")];
    form.send(&server, &members, &fields).expect_status(303);
    let ben = listed(&server, &project(&server), "ben@studio.example");
    assert_eq!(
        (&ben["account_origin"], &ben["email_vouched"]),
        (&json!("operator"), &json!(true))
    );
    let owner = server.personal_token().to_owned();
    let other = format!("/projects/{}", server.create_project(&owner, "Other"));
    add(&server, &other, &owner, "ada@studio.example", "tester").expect_status(201);
}
