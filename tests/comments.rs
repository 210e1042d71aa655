//! Comments under reports of every kind: written, listed and deleted by whom it behoves.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

use serde_json::{Value, json};
use support::{Multipart, Request, Response, Server};

fn write(server: &Server, token: &str, path: &str, body: &Value) -> Response {
    let request = Request::post(server.path(path)).bearer(token);
    server.send(&request.json(body))
}

#[track_caller]
fn list(server: &Server, token: &str) -> Vec<String> {
    let request = Request::get(server.path("issues/1/comments.json")).bearer(token);
    let listed = server.send(&request).expect_status(200).json();
    let body = |comment: &Value| comment["body"].as_str().unwrap().to_owned();
    listed["comments"].as_array().unwrap().iter().map(body).collect()
}

/// A server with one issue, and somebody who tests the game.
fn server_with_tester() -> (Server, String) {
    let mut server = Server::start();
    server.report("Seen", "").expect_status(201);
    let tester = server.add_person("tester@studio.example").token;
    let member = Request::post(server.path("members.json")).bearer(server.personal_token());
    let member = member.json(&json!({"email": "tester@studio.example", "role": "tester"}));
    server.send(&member).expect_status(201);
    (server, tester)
}

#[test]
fn a_comment_is_shown_listed_and_outlives_a_kill() {
    let (mut server, tester) = server_with_tester();
    let owner = server.personal_token().to_owned();
    let answer = write(
        &server,
        &tester,
        "issues/1/comments.json",
        &json!({"body": "Me too."}),
    );
    let location = answer.header("Location").unwrap().to_owned();
    let comment = answer.expect_status(201).json();
    assert_eq!(comment["body"], "Me too.");
    assert_eq!(comment["commentable_type"], "Issue");
    assert_eq!(comment["user"]["name"], "tester");
    assert!(location.ends_with(&format!("/comments/{}", comment["id"])));
    let id = &comment["commentable_id"];
    let wrapped = json!({"comment": {"body": "On it.\nSoon."}});
    write(&server, &owner, &format!("issues/g-{id}/comments"), &wrapped).expect_status(201);
    assert_eq!(list(&server, &tester), ["Me too.", "On it.\nSoon."]);
    server.kill_hard();
    server.restart();
    assert_eq!(list(&server, &tester), ["Me too.", "On it.\nSoon."]);
}

#[test]
fn the_address_without_a_project_finds_the_issue_by_its_id() {
    let (server, tester) = server_with_tester();
    let show = Request::get(server.path("issues/1.json")).bearer(&tester);
    let id = server.send(&show).expect_status(200).json()["id"].to_string();
    let form = |id: &str, kind: &str| {
        let form = Multipart::new()
            .text("comment[body]", "By form")
            .text("comment[commentable_id]", id)
            .text("comment[commentable_type]", kind);
        server.send(&Request::post("/comments.json").bearer(&tester).multipart(form))
    };
    form(&id, "Issue").expect_status(201);
    assert_eq!(list(&server, &tester), ["By form"]);
    form("64000064", "Issue").expect_status(404);
    let refused = form("x", "Painting").expect_status(422);
    assert!(
        refused.error().contains("commentable_type"),
        "{}",
        refused.error()
    );
    assert!(refused.error().contains("commentable_id"), "{}", refused.error());
}

#[test]
fn there_are_comments_under_every_kind_of_report() {
    let (mut server, tester) = server_with_tester();
    for (folder, kind, prefix) in [
        ("issues", "Issue", "g-"),
        ("feature_requests", "FeatureRequest", "fr-"),
        ("tickets", "Ticket", "t-"),
    ] {
        let new = Request::post(server.path(&format!("{folder}.json"))).bearer(server.personal_token());
        let new = server
            .send(&new.json(&json!({"title": "It"})))
            .expect_status(201)
            .json();
        let (id, number) = (new["id"].to_string(), new["scoped_id"].as_str().unwrap());
        let nested = server.path(&format!("{folder}/{number}/comments.json"));
        let written = Request::post(&*nested)
            .bearer(&tester)
            .json(&json!({"body": "One"}));
        let written = server.send(&written).expect_status(201).json();
        assert_eq!(
            (&written["commentable_type"], &written["commentable_id"]),
            (&json!(kind), &new["id"])
        );
        for name in [id.clone(), format!("{prefix}{id}")] {
            let body = json!({"body": "Two", "commentable_id": name, "commentable_type": kind});
            server
                .send(&Request::post("/comments.json").bearer(&tester).json(&body))
                .expect_status(201);
        }
        let other = if kind == "Issue" { "Ticket" } else { "Issue" };
        let body = json!({"body": "Astray", "commentable_id": id, "commentable_type": other});
        server
            .send(&Request::post("/comments.json").bearer(&tester).json(&body))
            .expect_status(404);
        server.kill_hard();
        server.restart();
        let page = format!("{nested}?per_page=2&page=2");
        let page = server
            .send(&Request::get(page).bearer(&tester))
            .expect_status(200)
            .json();
        assert_eq!(page["comments"].as_array().map(Vec::len), Some(1));
        assert_eq!(page["pagination"]["total_count"], 3);
        let one = server.path(&format!("{folder}/{number}/comments/{}.json", written["id"]));
        server
            .send(&Request::delete(&*one).bearer(&tester))
            .expect_status(200);
        server
            .send(&Request::delete(&*one).bearer(&tester))
            .expect_status(404);
    }
}

#[test]
fn a_file_goes_with_a_comment() {
    let (mut server, tester) = server_with_tester();
    let show = Request::get(server.path("issues/1.json")).bearer(&tester);
    let id = server.send(&show).expect_status(200).json()["id"].to_string();
    let form = Multipart::new()
        .text("comment[body]", "See the save")
        .text("comment[commentable_id]", &id)
        .text("comment[commentable_type]", "Issue")
        .file(
            "file",
            "slot 1.sav",
            "application/octet-stream",
            b"PK\x03\x04save",
        );
    let written = server.send(&Request::post("/comments.json").bearer(&tester).multipart(form));
    let written = written.expect_status(201).json();
    let file = &written["file"];
    assert_eq!(
        (&file["filename"], &file["size_bytes"]),
        (&json!("slot 1.sav"), &json!(8))
    );
    server.kill_hard();
    server.restart();
    let url = file["url"].as_str().unwrap();
    let path = url[url.find("/projects/").unwrap()..].to_owned();
    let bytes = server
        .send(&Request::get(&*path).bearer(&tester))
        .expect_status(200);
    assert_eq!(bytes.body, b"PK\x03\x04save");
    assert!(
        bytes
            .header("Content-Disposition")
            .unwrap()
            .starts_with("attachment")
    );
    let files = Request::get(server.path("issues/1/binary_files.json")).bearer(&tester);
    assert_eq!(
        server.send(&files).expect_status(200).json(),
        json!([]),
        "it is no file of the issue"
    );
    let stranger = server.add_person("stranger@studio.example").token;
    server
        .send(&Request::get(&*path).bearer(&stranger))
        .expect_status(403);
    let comment = path.strip_suffix("/file").unwrap();
    server
        .send(&Request::delete(comment).bearer(&tester))
        .expect_status(200);
    server
        .send(&Request::get(&*path).bearer(&tester))
        .expect_status(404);
}

/// A comment with a file of this content, under a key.
fn keyed(server: &Server, token: &str, key: &str, content: &[u8]) -> Response {
    let form = Multipart::new().text("comment[body]", "See the save").file(
        "file",
        "slot 1.sav",
        "application/octet-stream",
        content,
    );
    let request = Request::post(server.path("issues/1/comments.json")).bearer(token);
    server.send(&request.header("Idempotency-Key", key).multipart(form))
}

#[test]
fn a_comment_is_written_once_under_its_key() {
    let (mut server, tester) = server_with_tester();
    let first = keyed(&server, &tester, "k", b"PK").expect_status(201);
    assert_eq!(first.header("Idempotent-Replayed"), None);
    keyed(&server, &tester, "k", b"another file").expect_status(422);
    let another = keyed(&server, server.personal_token(), "k", b"PK").expect_status(201);
    assert_ne!(
        another.json()["id"],
        first.json()["id"],
        "a key is for one sender"
    );
    let address = server.url().to_owned();
    server.kill_hard();
    server.restart();
    for _ in 0..2 {
        let again = keyed(&server, &tester, "k", b"PK").expect_status(201);
        assert_eq!(again.text(), first.text().replace(&address, server.url()));
        assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
        let location = first.header("Location").unwrap();
        assert_eq!(
            again.header("Location").unwrap(),
            location.replace(&address, server.url())
        );
    }
    let both = ["See the save", "See the save"];
    assert_eq!(list(&server, &tester), both);
    // It is the first answer, whatever became of the comment since.
    let path = format!("issues/1/comments/{}.json", first.json()["id"]);
    let delete = Request::delete(server.path(&path)).bearer(&tester);
    server.send(&delete).expect_status(200);
    keyed(&server, &tester, "k", b"PK").expect_status(201);
    assert_eq!(list(&server, &tester).len(), 1);
}

#[test]
fn the_address_without_a_project_heeds_the_key_too() {
    let (mut server, tester) = server_with_tester();
    let show = Request::get(server.path("issues/1.json")).bearer(&tester);
    let id = server.send(&show).expect_status(200).json()["id"].clone();
    let body = json!({"body": "Once", "commentable_id": id, "commentable_type": "Issue"});
    let request = Request::post("/comments.json").bearer(&tester);
    let request = request.header("Idempotency-Key", "k").json(&body);
    let first = server.send(&request).expect_status(201);
    let address = server.url().to_owned();
    server.kill_hard();
    server.restart();
    let again = server.send(&request).expect_status(201);
    assert_eq!(again.text(), first.text().replace(&address, server.url()));
    assert_eq!(list(&server, &tester), ["Once"]);
}

#[test]
fn a_comment_without_a_file_has_none() {
    let (server, tester) = server_with_tester();
    let body = json!({"body": "Bare"});
    let written = write(&server, &tester, "issues/1/comments.json", &body)
        .expect_status(201)
        .json();
    assert_eq!(written["file"], Value::Null);
    let path = server.path(&format!("issues/1/comments/{}/file", written["id"]));
    server
        .send(&Request::get(path).bearer(&tester))
        .expect_status(404);
}

#[test]
fn what_is_wrong_is_named_and_not_stored() {
    let (server, tester) = server_with_tester();
    for body in [
        json!({}),
        json!({"body": " \n"}),
        json!({"body": "x".repeat(70_000)}),
    ] {
        let refused = write(&server, &tester, "issues/1/comments.json", &body).expect_status(422);
        assert!(refused.error().contains("body"), "{}", refused.error());
    }
    let body = json!({"body": "Where?"});
    write(&server, &tester, "issues/99/comments.json", &body).expect_status(404);
    write(&server, &tester, "issues/x/comments.json", &body).expect_status(404);
    assert!(list(&server, &tester).is_empty());
}

#[test]
fn a_draft_takes_no_comment() {
    let (server, tester) = server_with_tester();
    let draft = Request::post(server.path("issues.json")).bearer(server.personal_token());
    let draft = draft.json(&json!({"title": "Later", "draft": true}));
    let id = server.send(&draft).expect_status(201).json()["id"].to_string();
    let path = format!("issues/g-{id}/comments.json");
    write(&server, &tester, &path, &json!({"body": "Early"})).expect_status(404);
    server
        .send(&Request::get(server.path(&path)).bearer(&tester))
        .expect_status(404);
}

#[test]
fn whoever_wrote_it_or_a_developer_deletes() {
    let (server, tester) = server_with_tester();
    let owner = server.personal_token();
    let comment = |token: &str| {
        let body = json!({"body": "Mine"});
        let written = write(&server, token, "issues/1/comments.json", &body).expect_status(201);
        server.path(&format!("issues/1/comments/{}.json", written.json()["id"]))
    };
    let delete = |path: &str, token: &str| server.send(&Request::delete(path).bearer(token));
    let (of_owner, of_tester, another) = (comment(owner), comment(&tester), comment(&tester));
    delete(&of_owner, &tester).expect_status(403);
    delete(&of_tester, &tester).expect_status(200);
    delete(&of_tester, &tester).expect_status(404);
    delete(&another, owner).expect_status(200);
    assert_eq!(list(&server, &tester), ["Mine"]);
}

#[test]
fn strangers_and_games_are_kept_out() {
    let (mut server, _) = server_with_tester();
    let stranger = server.add_person("stranger@studio.example").token;
    let body = json!({"body": "Hello?"});
    write(&server, &stranger, "issues/1/comments.json", &body).expect_status(403);
    let game = Request::post(server.path("issues/1/comments.json"))
        .header("Authorization", format!("FormUser {}", server.project_token()));
    server.send(&game.json(&body)).expect_status(403);
    let nobody = Request::post(server.path("issues/1/comments.json"));
    server.send(&nobody.json(&body)).expect_status(401);
}

#[test]
fn a_comment_is_changed_by_whoever_wrote_it_and_by_nobody_else() {
    let (mut server, tester) = server_with_tester();
    let owner = server.personal_token().to_owned();
    let written = write(
        &server,
        &tester,
        "issues/1/comments.json",
        &json!({"body": "Me too."}),
    );
    let id = written.expect_status(201).json()["id"].to_string();
    let edit = |server: &Server, token: &str, body: &Value| {
        let path = server.path(&format!("issues/1/comments/{id}.json"));
        server.send(&Request::patch(path).bearer(token).json(body))
    };
    let refused = edit(&server, &owner, &json!({"body": "Not me."})).expect_status(403);
    assert!(
        refused.error().contains("edit the comments of others"),
        "{}",
        refused.error()
    );
    let blank = edit(&server, &tester, &json!({"body": " "})).expect_status(422);
    assert!(blank.error().contains("body"), "{}", blank.error());
    let edited = edit(&server, &tester, &json!({"comment": {"body": "Me too, twice."}}));
    let edited = edited.expect_status(200).json();
    assert_eq!(edited["body"], "Me too, twice.");
    assert!(edited["updated_at"].as_str() >= edited["created_at"].as_str());
    server.kill_hard();
    server.restart();
    assert_eq!(list(&server, &tester), ["Me too, twice."]);
    let path = server.path(&format!("issues/1/comments/{id}.json"));
    server
        .send(&Request::delete(path).bearer(&tester))
        .expect_status(200);
    edit(&server, &tester, &json!({"body": "Back again."})).expect_status(404);
    assert!(list(&server, &tester).is_empty(), "what is deleted stays deleted");
}
