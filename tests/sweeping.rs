//! Files that no record names go away by themselves, and no others do.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use support::{Launch, Request, Server, eventually};

/// The files in the blob store.
fn blobs(server: &Server) -> Vec<PathBuf> {
    let folders = fs::read_dir(server.data().join("blobs")).unwrap();
    let files = folders.flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap());
    files.map(|file| file.unwrap().path()).collect()
}

fn upload(server: &Server, issue: &Value, text: &str) -> Request {
    Request::post(server.path(&format!("issues/g-{}/log_files", issue["id"])))
        .bearer(issue["token"].as_str().unwrap())
        .form(&[("log_file[contents]", text)])
}

/// Sends a log in two steps, without the last of them.
fn send_without_confirming(server: &Server, issue: &Value, text: &str) {
    let path = format!("issues/g-{}/log_files/presigned_upload", issue["id"]);
    let announced = Request::post(server.path(&path))
        .bearer(issue["token"].as_str().unwrap())
        .json(&json!({
            "filename": "a.log", "byte_size": text.len(), "checksum": STANDARD.encode(Md5::digest(text)),
            "content_type": "text/plain",
        }));
    let announced = server.send(&announced).expect_status(201).json();
    let url = announced["direct_upload_url"].as_str().unwrap();
    let put = Request::new("PUT", &url[url.find("/direct_uploads").unwrap()..]).body("text/plain", text);
    server.send(&put).expect_status(200);
}

#[test]
fn an_upload_that_nobody_confirms_is_removed_a_day_later() {
    // A sweep that removes nothing is no news, and shows in the log of who looks for it alone.
    let launch = Launch::new().with_env("BUGLE_LOG", "info,bugle::server::sweeping=debug");
    let mut server = launch.start();
    let issue = server.report("With a log", "").expect_status(201).json();
    let kept = server
        .send(&upload(&server, &issue, "kept"))
        .expect_status(201)
        .json();
    send_without_confirming(&server, &issue, "lost");
    assert_eq!(
        blobs(&server).len(),
        3,
        "two files, and a note of which upload one is"
    );
    server.restart();
    eventually("a sweep at the start", || {
        server.log().contains("no file is there that no record names")
    });
    assert_eq!(blobs(&server).len(), 3, "all are young");
    server.stop();
    let two_days_ago = SystemTime::now() - Duration::from_secs(2 * 24 * 3600);
    for blob in blobs(&server) {
        File::options()
            .append(true)
            .open(blob)
            .unwrap()
            .set_modified(two_days_ago)
            .unwrap();
    }
    server.restart();
    eventually("the file that no record names is gone", || {
        blobs(&server).len() == 1
    });
    eventually("the log tells of it", || {
        server.log().contains("files that no record names were removed")
    });
    let url = kept["url"].as_str().unwrap();
    let path = &url[url.find("/projects").unwrap()..];
    let file = server.send(&Request::get(path).bearer(server.personal_token()));
    assert_eq!(file.expect_status(200).body, b"kept");
}
