//! An edit that says what is there already is answered as any other, and writes nothing.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail the test")]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use support::{Request, Server};

/// Every byte of the journal.
fn journal(data: &Path) -> Vec<Vec<u8>> {
    let mut files: Vec<_> = fs::read_dir(data.join("journal"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Makes something by `POST`, and gives its address and what it says.
fn made(server: &Server, path: &str, body: &Value) -> Value {
    let request = Request::post(path).bearer(server.personal_token()).json(body);
    server.send(&request).expect_status(201).json()
}

#[test]
fn what_is_there_already_is_not_written_again() {
    let mut server = Server::with_args(["--segment-mib", "1"]);
    let colleague = server.add_person("colleague@studio.example");
    let in_project = |rest: &str| server.path(rest);
    let tag = json!({"name": "Menu", "color": "#1E90FF"});
    let field = json!({"name": "Mood", "field_type": "text"});
    let token = json!({"name": "Release build", "bug_reports_per_day": 20});
    let name = json!({"name": "The same"});
    let member = json!({"email": colleague.email, "role": "tester"});
    let issue =
        json!({"title": "The same", "status": "resolved", "tag_ids": [1], "custom_fields": {"mood": "calm"}});
    server.report("Reported", "").expect_status(201);
    let tags = made(&server, &in_project("issue_tags.json"), &tag)["id"].clone();
    let fields = made(&server, &in_project("custom_fields.json"), &field)["id"].clone();
    let tokens = made(&server, &in_project("auth_tokens.json"), &token)["id"].clone();
    let organization = made(&server, "/organizations.json", &name)["id"].clone();
    let members = made(&server, &in_project("members.json"), &member)["id"].clone();
    let project = in_project("");
    let edits = [
        (format!("{}.json", project.trim_end_matches('/')), name.clone()),
        (in_project(&format!("issue_tags/{tags}.json")), tag),
        (
            in_project(&format!("custom_fields/{fields}.json")),
            json!({"name": "Mood"}),
        ),
        (in_project(&format!("auth_tokens/{tokens}.json")), token),
        (format!("/organizations/{organization}.json"), name.clone()),
        (
            in_project(&format!("members/{members}.json")),
            json!({"role": "tester"}),
        ),
        ("/profiles/me.json".to_owned(), name),
        (in_project("issues/1.json"), issue),
    ];
    let edit = |(path, body): &(String, Value)| {
        let request = Request::patch(path.as_str())
            .bearer(server.personal_token())
            .json(body);
        server.send(&request).expect_status(200).json()
    };
    let first: Vec<_> = edits.iter().map(edit).collect();
    let before = journal(server.data());
    let second: Vec<_> = edits.iter().map(edit).collect();
    for ((path, _), (first, second)) in edits.iter().zip(first.iter().zip(&second)) {
        assert_eq!(first["updated_at"], second["updated_at"], "{path}");
    }
    assert!(journal(server.data()) == before, "something was written");
}
