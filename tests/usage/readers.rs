//! Who is told what a token was used for.

use serde_json::json;
use support::{Request, Server};

fn status(server: &Server, path: &str, authorization: &str) -> u16 {
    let request = Request::get(path).header("Authorization", authorization);
    server.send(&request).status
}

#[test]
fn owners_and_developers_are_told_and_nobody_else() {
    let mut server = Server::start();
    let tester = server.add_person("tester@studio.example").token;
    let developer = server.add_person("developer@studio.example").token;
    for (email, role) in [
        ("tester@studio.example", "tester"),
        ("developer@studio.example", "developer"),
    ] {
        let request = Request::post(server.path("members.json")).bearer(server.personal_token());
        let answer = server.send(&request.json(&json!({"email": email, "role": role})));
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    let made = server.create_token(&json!({"name": "Game"}));
    let path = server.path(&format!("auth_tokens/{}/usage", made["id"]));
    for path in [path.clone(), format!("{path}.json")] {
        assert_eq!(status(&server, &path, server.personal_token()), 200);
        assert_eq!(status(&server, &path, &developer), 200);
        assert_eq!(status(&server, &path, &tester), 403);
        assert_eq!(status(&server, &path, server.project_token()), 403);
        assert_eq!(status(&server, &path, ""), 401);
    }
    let none = server.path("auth_tokens/4711/usage.json");
    assert_eq!(status(&server, &none, server.personal_token()), 404);
    let other = server.create_project(server.personal_token(), "Another");
    let elsewhere = format!("/projects/{other}/auth_tokens/{}/usage.json", made["id"]);
    assert_eq!(status(&server, &elsewhere, server.personal_token()), 404);
    let one = server.path(&format!("auth_tokens/{}.json", made["id"]));
    let deleted = server.send(&Request::delete(one).bearer(server.personal_token()));
    assert_eq!(deleted.status, 200);
    assert_eq!(status(&server, &path, server.personal_token()), 404);
}

#[test]
fn nobody_is_told_of_the_tokens_of_others() {
    let mut server = Server::start();
    let stranger = server.add_person("stranger@studio.example").token;
    let request = Request::post("/personal_access_tokens.json").bearer(server.personal_token());
    let made = server
        .send(&request.json(&json!({"name": "Script"})))
        .expect_status(201)
        .json();
    let path = format!("/personal_access_tokens/{}/usage.json", made["id"]);
    assert_eq!(status(&server, &path, server.personal_token()), 200);
    assert_eq!(status(&server, &path, &stranger), 404);
    assert_eq!(status(&server, &path, server.project_token()), 403);
    assert_eq!(status(&server, &path, ""), 401);
}
