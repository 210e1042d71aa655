//! Files: kept as they came, streamed and not held, given back as downloads, and gone when nobody finished them.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

use std::fs;
use std::path::{Path, PathBuf};

use bugle_storage::records::{Membership, Role};
use bugle_storage::{
    Batch, EmbeddedStore, Key, ProjectId, Shard, ShardId, Store, StoreOptions, Table, Timestamp, UserId,
};
use serde_json::{Value, json};
use support::load::Process;
use support::media::{MP4, PNG};
use support::{Connection, Multipart, Request, Response, Server, eventually};

/// An issue that is live, with its update token.
fn issue(server: &Server) -> Value {
    server.report("With files", "").expect_status(201).json()
}

fn path(issue: &Value, rest: &str, server: &Server) -> String {
    server.path(&format!("issues/g-{}/{rest}", issue["id"]))
}

fn upload(server: &Server, issue: &Value, kind: &str, form: Multipart) -> Response {
    let request = Request::post(path(issue, kind, server)).bearer(issue["token"].as_str().unwrap());
    server.send(&request.multipart(form))
}

fn list(server: &Server, issue: &Value, kind: &str) -> Vec<Value> {
    let request = Request::get(path(issue, &format!("{kind}.json"), server)).bearer(server.personal_token());
    let list = server.send(&request).expect_status(200).json();
    list.as_array().unwrap().clone()
}

/// Fetches a file from the address that lists give.
fn download(server: &Server, file: &Value, token: &str) -> Response {
    let url = file["url"].as_str().unwrap();
    let path = url.strip_prefix(server.url()).unwrap();
    server.send(&Request::get(path).bearer(token))
}

/// How many files the blob store holds, whole or not.
fn blob_count(server: &Server) -> usize {
    fn count(folder: &Path) -> usize {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries
            .map(|path| if path.is_dir() { count(&path) } else { 1 })
            .sum()
    }
    count(&server.data().join("blobs"))
}

fn incoming(server: &Server) -> Vec<PathBuf> {
    let folder = fs::read_dir(server.data().join("blobs/incoming")).unwrap();
    folder.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn each_kind_of_file_comes_back_byte_for_byte_as_a_download() {
    let mut server = Server::start();
    let issue = issue(&server);
    let log = "12:00:01 h\u{e4}ngt\r\n--\r\n".repeat(10_000).into_bytes();
    let files: [(&str, &str, &str, &str, &[u8]); 3] = [
        ("screenshots", "screenshot[image]", "shot 1.png", "image/png", PNG),
        ("video_clips", "video_clip[video]", "clip.mp4", "video/mp4", MP4),
        ("log_files", "log_file[file]", "Player.log", "text/plain", &log),
    ];
    for (kind, field, name, content_type, bytes) in files {
        // What the client calls the content does not count.
        let form = Multipart::new().file(field, name, "text/html", bytes);
        let answer = upload(&server, &issue, kind, form).expect_status(201).json();
        assert_eq!(answer["media_size_bytes"], bytes.len(), "{answer}");
        assert_eq!(answer["issue_id"], issue["id"], "{answer}");
        assert_eq!(answer["content_type"], content_type, "{answer}");
    }
    server.kill_hard();
    server.restart();
    for (kind, _, name, content_type, bytes) in files {
        let listed = list(&server, &issue, kind);
        assert_eq!(listed.len(), 1, "{listed:?}");
        assert_eq!(listed[0]["filename"], name);
        let answer = download(&server, &listed[0], server.personal_token()).expect_status(200);
        assert!(
            answer.body == bytes,
            "{name}: {} bytes of {}",
            answer.body.len(),
            bytes.len()
        );
        assert_eq!(answer.header("Content-Type"), Some(content_type));
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"));
        let disposition = answer.header("Content-Disposition").unwrap();
        assert!(disposition.starts_with("attachment"), "{disposition}");
        assert!(download(&server, &listed[0], server.project_token()).status >= 401);
    }
}

#[test]
fn a_log_may_come_as_text_in_any_encoding() {
    let server = Server::start();
    let issue = issue(&server);
    let form = [
        ("log_file[contents]", "in a form"),
        ("log_file[name]", "form.log"),
    ];
    let post =
        || Request::post(path(&issue, "log_files.json", &server)).bearer(issue["token"].as_str().unwrap());
    server.send(&post().form(&form)).expect_status(201);
    server
        .send(&post().json(&json!({"log_file": {"contents": "in JSON", "name": "json.log"}})))
        .expect_status(201);
    let parts = Multipart::new()
        .text("log_file[contents]", "in parts")
        .text("log_file[name]", "parts.log");
    server.send(&post().multipart(parts)).expect_status(201);
    let texts: Vec<_> = list(&server, &issue, "log_files")
        .iter()
        .map(|file| {
            (
                file["filename"].as_str().unwrap().to_owned(),
                download(&server, file, server.personal_token()).text(),
            )
        })
        .collect();
    let expected = [
        ("form.log", "in a form"),
        ("json.log", "in JSON"),
        ("parts.log", "in parts"),
    ];
    assert_eq!(
        texts,
        expected.map(|(name, text)| (name.to_owned(), text.to_owned()))
    );
}

#[test]
fn what_is_no_file_of_its_kind_is_refused_and_leaves_nothing() {
    let server = Server::start();
    let issue = issue(&server);
    let long = "not a picture at all ".repeat(50_000);
    let table: [(&str, &str, &[u8]); 5] = [
        ("screenshots", "screenshot[image]", long.as_bytes()),
        (
            "screenshots",
            "screenshot[image]",
            b"<html><script>alert(1)</script>",
        ),
        ("screenshots", "screenshot[image]", MP4),
        ("video_clips", "video_clip[video]", PNG),
        ("video_clips", "video_clip[video]", b"MZ\x90\0"),
    ];
    for (kind, field, bytes) in table {
        let form = Multipart::new().file(field, "x.png", "image/png", bytes);
        let refused = upload(&server, &issue, kind, form).expect_status(422);
        assert!(refused.error().contains(field), "{}", refused.error());
    }
    for (kind, field) in [
        ("screenshots", "screenshot[image]"),
        ("log_files", "log_file[file]"),
    ] {
        let refused = upload(&server, &issue, kind, Multipart::new().text("x", "y")).expect_status(422);
        assert!(refused.error().contains(field), "{}", refused.error());
        assert_eq!(list(&server, &issue, kind), Vec::<Value>::new());
    }
    eventually("nothing is left of what was refused", || {
        incoming(&server).is_empty()
    });
}

#[test]
fn a_name_is_a_name_and_not_a_path() {
    let server = Server::start();
    let issue = issue(&server);
    for name in [
        "../../../etc/passwd",
        "..\\..\\boot.ini",
        "/etc/passwd",
        "a\u{202e}gnp.exe",
        "con",
        "",
    ] {
        let form = Multipart::new().file("log_file[file]", name, "text/plain", b"text");
        let kept = upload(&server, &issue, "log_files", form)
            .expect_status(201)
            .json();
        let kept = kept["filename"].as_str().unwrap();
        assert!(
            !kept.is_empty() && !kept.contains(['/', '\\', '\u{202e}']),
            "{name:?} is kept as {kept:?}"
        );
    }
}

/// Sends the head of an upload of `size` bytes, of which the form takes some, and gives what is to come before its end.
fn begin_upload(server: &Server, issue: &Value, size: usize) -> (Connection, &'static str) {
    const END: &str = "\r\n--frontier--\r\n";
    let part =
        "--frontier\r\nContent-Disposition: form-data; name=\"log_file[file]\"; filename=\"big.log\"\r\n\r\n";
    let mut connection = server.connect();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\
         Content-Type: multipart/form-data; boundary=frontier\r\n\r\n{part}",
        path(issue, "log_files", server),
        connection.host(),
        issue["token"].as_str().unwrap(),
        part.len() + size + END.len(),
    );
    connection.send_part(head.as_bytes()).unwrap();
    (connection, END)
}

#[test]
fn a_large_file_is_streamed_and_never_held() {
    const MIB: usize = 1024 * 1024;
    const SIZE: usize = 300 * MIB;
    let server = Server::start();
    let issue = issue(&server);
    let process = Process(server.id());
    let before = process.peak_memory();
    assert!(before > 0, "what is measured can be measured");
    let (mut connection, end) = begin_upload(&server, &issue, SIZE);
    let piece = b"0123456789abcde\n".repeat(MIB / 16);
    for _ in 0..SIZE / MIB {
        connection.send_part(&piece).unwrap();
    }
    connection.send_part(end.as_bytes()).unwrap();
    let answer = connection.receive().unwrap().expect_status(201).json();
    assert_eq!(answer["media_size_bytes"], SIZE);
    let grown = process.peak_memory().saturating_sub(before) / MIB as u64;
    assert!(grown < 64, "the server grew by {grown} MiB");
    let file = download(
        &server,
        &list(&server, &issue, "log_files")[0],
        server.personal_token(),
    );
    assert_eq!(file.body.len(), SIZE);
    assert!(
        file.body.chunks(MIB).all(|chunk| chunk == piece),
        "the same bytes"
    );
    let grown = process.peak_memory().saturating_sub(before) / MIB as u64;
    assert!(grown < 64, "the server grew by {grown} MiB when it sent the file");
}

#[test]
fn a_client_that_hangs_up_leaves_nothing() {
    let server = Server::start();
    let issue = issue(&server);
    let (mut connection, _) = begin_upload(&server, &issue, 1_000_000);
    connection.send_part(&vec![b'x'; 300_000]).unwrap();
    eventually("the file is being written", || !incoming(&server).is_empty());
    drop(connection);
    eventually("the file is gone", || blob_count(&server) == 0);
    assert_eq!(list(&server, &issue, "log_files"), Vec::<Value>::new());
    server.report("The server goes on", "").expect_status(201);
}

#[test]
fn a_file_above_the_limit_is_refused_and_leaves_nothing() {
    let server = Server::with_args(["--upload-mib", "1"]);
    let issue = issue(&server);
    let file = |size: usize| {
        let bytes = vec![b'x'; size];
        Multipart::new().file("log_file[file]", "big.log", "text/plain", &bytes)
    };
    let refused = upload(&server, &issue, "log_files", file(1024 * 1024 + 1)).expect_status(413);
    assert!(refused.error().contains("1048576"), "{}", refused.error());
    eventually("nothing is left", || blob_count(&server) == 0);
    upload(&server, &issue, "log_files", file(1024 * 1024)).expect_status(201);
}

/// Makes somebody a tester of the project, which no part of the server does yet.
fn make_tester(server: &mut Server, email: &str) -> String {
    let person = server.add_person(email);
    let me = Request::get("/profiles/me.json").bearer(&person.token);
    let user = UserId(server.send(&me).json()["id"].as_u64().unwrap());
    let project: ProjectId = server.project().parse().unwrap();
    server.stop();
    let store = std::sync::Arc::new(EmbeddedStore::open(&StoreOptions::new(server.data())).unwrap());
    let mut shard = Shard::open(store.clone(), ShardId::SYSTEM).unwrap();
    let (key, membership) = (
        Key::new(ShardId::SYSTEM, Table::Membership)
            .u64(project.0)
            .u64(user.0),
        Membership {
            project,
            user,
            role: Role::Tester,
            created_at: Timestamp(0),
        },
    );
    let mut batch = Batch::new();
    batch.put(key, &membership).unwrap();
    shard.commit(batch, Box::new(|outcome| outcome.expect("the store takes it")));
    store.close().unwrap();
    server.restart();
    person.token
}

#[test]
fn what_is_private_to_developers_is_hidden_from_testers() {
    let mut server = Server::start();
    let issue = issue(&server);
    for (name, private) in [("open.log", "false"), ("secret.log", "True")] {
        let form = Multipart::new()
            .file("log_file[file]", name, "text/plain", name.as_bytes())
            .text("log_file[developer_private]", private);
        upload(&server, &issue, "log_files", form).expect_status(201);
    }
    let tester = make_tester(&mut server, "tester@studio.example");
    let all = list(&server, &issue, "log_files");
    let private: Vec<_> = all.iter().map(|file| file["developer_private"].clone()).collect();
    assert_eq!(private, [json!(false), json!(true)]);

    let request = Request::get(path(&issue, "log_files.json", &server)).bearer(&tester);
    let seen = server.send(&request).expect_status(200).json();
    assert_eq!(seen.as_array().unwrap().len(), 1, "{seen}");
    assert_eq!(seen[0]["filename"], "open.log");
    download(&server, &all[0], &tester).expect_status(200);
    download(&server, &all[1], &tester).expect_status(404);
    download(&server, &all[1], server.personal_token()).expect_status(200);

    // A tester reads and reports, and changes nothing.
    let change = Request::patch(path(&issue, "", &server).trim_end_matches('/')).bearer(&tester);
    server
        .send(&change.json(&json!({"status": "closed"})))
        .expect_status(403);
    let create = Request::post(server.path("issues.json")).bearer(&tester);
    server
        .send(&create.json(&json!({"title": "By a tester"})))
        .expect_status(201);
    server
        .send(&Request::get(server.path("auth_tokens.json")).bearer(&tester))
        .expect_status(403);
}
