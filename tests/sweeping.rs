//! Files that no record names go away by themselves, and no others do.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail the test")]

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use support::{Request, Server, eventually};

/// The files in the blob store.
fn blobs(server: &Server) -> Vec<PathBuf> {
    let folders = fs::read_dir(server.data().join("blobs")).unwrap();
    let files = folders.flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap());
    files.map(|file| file.unwrap().path()).collect()
}

fn upload(server: &Server, issue: &Value, text: &str) -> Request {
    Request::post(server.path(&format!("issues/g-{}/log_files", issue["id"])))
        .bearer(issue["token"].as_str().unwrap())
        .header("Idempotency-Key", "the same for both")
        .form(&[("log_file[contents]", text)])
}

#[test]
fn what_a_refused_upload_leaves_is_removed_a_day_later() {
    let mut server = Server::start();
    let issue = server.report("With a log", "").expect_status(201).json();
    let kept = server
        .send(&upload(&server, &issue, "kept"))
        .expect_status(201)
        .json();
    // The key turns out to belong to another request when the file is there already.
    server.send(&upload(&server, &issue, "lost")).expect_status(422);
    assert_eq!(blobs(&server).len(), 2);
    server.restart();
    eventually("a sweep at the start", || {
        server.log().contains("no record names")
    });
    assert_eq!(blobs(&server).len(), 2, "both are young");
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
    let url = kept["url"].as_str().unwrap();
    let path = &url[url.find("/projects").unwrap()..];
    let file = server.send(&Request::get(path).bearer(server.personal_token()));
    assert_eq!(file.expect_status(200).body, b"kept");
}
