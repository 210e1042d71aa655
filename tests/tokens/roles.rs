//! Who may do what in which project.

use serde_json::json;
use support::{Request, Response, Server};

/// A call with each method that the addresses of a project take from its members.
fn calls(project: &str, issue: &str, token_id: &str) -> Vec<Request> {
    let path = |rest: &str| format!("/projects/{project}/{rest}");
    vec![
        Request::patch(format!("/projects/{project}.json")).json(&json!({"anonymous_reports": true})),
        Request::get(path("issues.json")),
        Request::post(path("issues.json")).json(&json!({"title": "Not mine"})),
        Request::get(path(&format!("issues/{issue}.json"))),
        Request::patch(path(&format!("issues/{issue}.json"))).json(&json!({"status": "closed"})),
        Request::post(path(&format!("issues/{issue}/publish"))),
        Request::post(path(&format!("issues/{issue}/set_reporter_email")))
            .json(&json!({"email": "a@b.example"})),
        Request::post(path(&format!("issues/{issue}/log_files"))).form(&[("log_file[contents]", "text")]),
        Request::get(path(&format!("issues/{issue}/log_files.json"))),
        Request::get(path("members.json")),
        Request::post(path("members.json")).json(&json!({"email": "owner@bugle.local", "role": "owner"})),
        Request::patch(path("members/1.json")).json(&json!({"role": "tester"})),
        Request::delete(path("members/1.json")),
        Request::get(path("auth_tokens.json")),
        Request::post(path("auth_tokens.json")).json(&json!({"name": "Not mine"})),
        Request::get(path(&format!("auth_tokens/{token_id}.json"))),
        Request::patch(path(&format!("auth_tokens/{token_id}.json")))
            .json(&json!({"bug_reports_per_day": 9})),
        Request::delete(path(&format!("auth_tokens/{token_id}.json"))),
    ]
}

fn list(server: &Server, path: &str, token: &str) -> Response {
    server.send(&Request::get(path).bearer(token))
}

#[test]
fn a_stranger_gets_into_no_project_but_their_own() {
    let mut server = Server::start();
    let stranger = server.add_person("stranger@studio.example").token;
    let issue = server.report("Private", "").expect_status(201).json()["scoped_id"].clone();
    let token_id = server.create_token(&json!({"name": "Theirs"}))["id"].to_string();

    for call in calls(server.project(), issue.as_str().unwrap(), &token_id) {
        let summary = call.summary();
        let answer = server.send(&call.bearer(&stranger));
        assert_eq!(answer.status, 403, "{summary}: {}", answer.text());
        assert!(!answer.error().is_empty(), "{summary}");
    }
    let project = format!("/projects/{}.json", server.project());
    list(&server, &project, &stranger).expect_status(403);
    let projects = list(&server, "/projects.json", &stranger)
        .expect_status(200)
        .json();
    assert_eq!(projects["projects"], json!([]));

    let own = server.create_project(&stranger, "My own game");
    let projects = list(&server, "/projects.json", &stranger)
        .expect_status(200)
        .json();
    assert_eq!(projects["projects"][0]["id"], own.as_str());
    list(&server, &format!("/projects/{own}/issues.json"), &stranger).expect_status(200);
    // The owner of the installation is an administrator, and so an owner of every project.
    list(
        &server,
        &format!("/projects/{own}/issues.json"),
        server.personal_token(),
    )
    .expect_status(200);
}

#[test]
fn what_is_in_one_project_is_not_found_in_another() {
    let server = Server::start();
    let other = server.create_project(server.personal_token(), "Another game");
    let issue = server
        .report("In the first project", "")
        .expect_status(201)
        .json();
    let token_id = server.create_token(&json!({"name": "Of the first"}))["id"].to_string();
    let issue = format!("g-{}", issue["id"]);
    for call in calls(&other, &issue, &token_id) {
        let summary = call.summary();
        if !summary.contains("g-") && !summary.contains(&format!("/{token_id}.json")) {
            continue;
        }
        let answer = server.send(&call.bearer(server.personal_token()));
        assert_eq!(answer.status, 404, "{summary}: {}", answer.text());
    }
}

#[test]
fn a_project_token_reports_in_its_own_project_and_manages_nothing() {
    let server = Server::start();
    let other = server.create_project(server.personal_token(), "Another game");
    let issue = server.report("Sent by the game", "").expect_status(201).json();
    let token_id = server.create_token(&json!({"name": "Another"}))["id"].to_string();
    let own_calls = calls(server.project(), &format!("g-{}", issue["id"]), &token_id);
    for call in own_calls {
        let summary = call.summary();
        let may = matches!(summary.as_str(), path if path.starts_with("POST") && (path.ends_with("issues.json") || path.ends_with("log_files")));
        let answer = server.send(&call.form_user(server.project_token()));
        assert_eq!(
            answer.status == 201,
            may,
            "{summary}: {} {}",
            answer.status,
            answer.text()
        );
        assert!(may || answer.status == 403, "{summary}: {}", answer.status);
    }
    for call in calls(&other, &format!("g-{}", issue["id"]), &token_id) {
        let summary = call.summary();
        let answer = server.send(&call.form_user(server.project_token()));
        assert_eq!(answer.status, 403, "{summary}: {}", answer.text());
    }
    let projects = Request::get("/projects.json").form_user(server.project_token());
    let projects = server.send(&projects).expect_status(200).json();
    assert_eq!(
        projects["projects"].as_array().map(Vec::len),
        Some(1),
        "its one project: {projects}"
    );
    server
        .send(&Request::get("/personal_access_tokens.json").form_user(server.project_token()))
        .expect_status(403);
}

#[test]
fn visitors_see_public_projects_and_nothing_else() {
    let server = Server::start();
    let request = Request::post("/projects.json").bearer(server.personal_token());
    let public = server
        .send(&request.json(&json!({"name": "Open beta", "visibility": "public"})))
        .expect_status(201)
        .json();
    let projects = server
        .send(&Request::get("/projects.json"))
        .expect_status(200)
        .json();
    assert_eq!(projects["projects"][0]["id"], public["id"]);
    assert_eq!(projects["total_count"], 1);
    let public = public["id"].as_str().unwrap();
    server
        .send(&Request::get(format!("/projects/{public}.json")))
        .expect_status(200);
    server
        .send(&Request::get(format!("/projects/{public}/issues.json")))
        .expect_status(401);
    server
        .send(&Request::get(format!("/projects/{}.json", server.project())))
        .expect_status(401);
}
