//! What lists say of files, who added them, and taking them away.

use serde_json::{Value, json};
use support::media::PNG;
use support::{Multipart, Request, Server};

use crate::{Report, download, of_file, path_of};

#[test]
fn a_save_game_is_a_binary_file() {
    let mut server = Server::start();
    let bytes = b"\0\x01SAVE\xff";
    let report = Report::new(&server);
    let form = Multipart::new().file("binary_file[file]", "slot1.sav", "application/x-save", bytes);
    let answer = report.upload("binary_files", form).expect_status(201).json();
    assert_eq!(answer["type"], "binary_file", "{answer}");
    let refused = report
        .upload("binary_files", Multipart::new().text("x", "y"))
        .expect_status(422);
    assert!(
        refused.error().contains("binary_file[file]"),
        "{}",
        refused.error()
    );
    let kept = report.kept();
    server.kill_hard();
    server.restart();
    let report = kept.on(&server);
    let listed = report.list("binary_files");
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(download(&server, &listed[0]).body, bytes);
    assert_eq!(report.list("log_files"), Vec::<Value>::new());
}

#[test]
fn a_list_is_a_bare_array_with_every_field() {
    let server = Server::start();
    let report = Report::new(&server);
    let form = Multipart::new().file("screenshot[image]", "a.png", "image/png", PNG);
    report.upload("screenshots", form.clone()).expect_status(201);
    let by_owner = Request::post(report.path("screenshots")).bearer(server.personal_token());
    server.send(&by_owner.multipart(form)).expect_status(201);
    let listed = report.list("screenshots");
    let names = [
        "id",
        "type",
        "created_at",
        "updated_at",
        "filename",
        "url",
        "content_type",
        "size_bytes",
        "developer_private",
        "user",
        "description",
        "layer_a_url",
        "layer_a_filename",
        "processing",
        "processed",
        "failed",
        "status",
        "issue_id",
        "media_size_bytes",
    ];
    for (file, name) in listed.iter().flat_map(|file| names.map(|name| (file, name))) {
        assert!(file.get(name).is_some(), "{name} is missed in {file}");
    }
    assert_eq!(
        listed[0]["user"],
        Value::Null,
        "the holder of an update token is nobody known"
    );
    assert_eq!(listed[1]["user"], json!({"id": 1, "name": "Owner"}));
}

#[test]
fn developers_take_files_away_for_good() {
    let mut server = Server::start();
    let report = Report::new(&server);
    let (first, second) = (report.log("a.log", b"a"), report.log("b.log", b"b"));
    let path = path_of(&first["url"]);
    for stranger in [
        Request::delete(path).bearer(&report.token),
        Request::delete(path).form_user(server.project_token()),
    ] {
        let answer = server.send(&stranger);
        assert!(matches!(answer.status, 401 | 403), "{}", answer.status);
    }
    let other_kind =
        Request::delete(path.replace("log_files", "screenshots")).bearer(server.personal_token());
    server.send(&other_kind).expect_status(404);
    let gone = server
        .send(&of_file("DELETE", &server, &first))
        .expect_status(200)
        .json();
    assert_eq!(gone["id"], first["id"]);
    server
        .send(&of_file("DELETE", &server, &first))
        .expect_status(404);
    let kept = report.kept();
    server.kill_hard();
    server.restart();
    let report = kept.on(&server);
    let left = report.list("log_files");
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0]["id"], second["id"]);
    server.send(&of_file("GET", &server, &first)).expect_status(404);
    let put = Request::new("PUT", path).bearer(server.personal_token());
    let refused = server.send(&put).expect_status(405);
    assert_eq!(refused.header("Allow"), Some("GET, HEAD, DELETE"));
}
