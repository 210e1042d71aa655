//! People: who belongs to a project or an organization, and what they change of their own account.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

mod bad_input;
mod claimed_addresses;
mod forms;
mod invitations;
mod members;
mod organizations;
mod profile;

use serde_json::{Value, json};
use support::{Request, Response, Server};

/// The number of the account that a personal token is of.
#[track_caller]
fn id_of(server: &Server, token: &str) -> u64 {
    let me = server.send(&Request::get("/profiles/me.json").bearer(token));
    me.expect_status(200).json()["id"].as_u64().unwrap()
}

/// Adds somebody to what lies at `path`: a project or an organization.
fn add(server: &Server, path: &str, token: &str, email: &str, role: &str) -> Response {
    let request = Request::post(format!("{path}/members.json")).bearer(token);
    server.send(&request.json(&json!({"email": email, "role": role})))
}

fn change(server: &Server, path: &str, token: &str, user: u64, role: &str) -> Response {
    let request = Request::patch(format!("{path}/members/{user}.json")).bearer(token);
    server.send(&request.json(&json!({"role": role})))
}

fn remove(server: &Server, path: &str, token: &str, user: u64) -> Response {
    server.send(&Request::delete(format!("{path}/members/{user}.json")).bearer(token))
}

/// Who belongs to what lies at `path`: their numbers and roles, in the order of the list.
#[track_caller]
fn members(server: &Server, path: &str, token: &str) -> Vec<(u64, String)> {
    let listed = server.send(&Request::get(format!("{path}/members.json")).bearer(token));
    let listed = listed.expect_status(200).json();
    let pair = |member: &Value| {
        let role = member["role"].as_str().unwrap();
        (member["id"].as_u64().unwrap(), role.to_owned())
    };
    listed["members"].as_array().unwrap().iter().map(pair).collect()
}

fn project(server: &Server) -> String {
    format!("/projects/{}", server.project())
}

/// What a request for the project's issues is answered with that token.
fn reads(server: &Server, token: &str) -> u16 {
    server
        .send(&Request::get(server.path("issues.json")).bearer(token))
        .status
}

/// What a request for the project's tokens is answered, which needs a developer.
fn develops(server: &Server, token: &str) -> u16 {
    server
        .send(&Request::get(server.path("auth_tokens.json")).bearer(token))
        .status
}

/// Makes an organization, and gives the path that it lies at, and its number.
#[track_caller]
fn create_organization(server: &Server, token: &str, name: &str) -> (String, u64) {
    let request = Request::post("/organizations.json").bearer(token);
    let made = server.send(&request.json(&json!({"name": name})));
    let id = made.expect_status(201).json()["id"].as_u64().unwrap();
    (format!("/organizations/{id}"), id)
}

/// Puts the project that lies at `path` into an organization, or with `null` takes it out.
fn move_project(server: &Server, path: &str, token: &str, organization: &Value) -> Response {
    let request = Request::patch(format!("{path}.json")).bearer(token);
    server.send(&request.json(&json!({"organization_id": organization})))
}
