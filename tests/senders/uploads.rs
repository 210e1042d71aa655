//! Files that come slowly.

use std::thread;

use serde_json::json;
use support::{Multipart, Request, Server};

use crate::partial::{FORM, begin_upload, issue};

/// Enough of a file that some of it is on the disk, and not all.
const SENT: usize = 300_000;
const SIZE: usize = 400_000;

/// More than a worker has threads that may block: actix shares 512 out to the cores.
fn more_than_there_are_threads() -> usize {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    512 / cores + 8
}

#[test]
fn files_need_none_of_the_memory_for_bodies() {
    let server = Server::with_args(["--body-memory-mib", "1"]);
    let issue = issue(&server);
    let mut uploads: Vec<_> = (0..20)
        .map(|_| {
            let mut upload = begin_upload(&server, &issue, SIZE);
            upload.send_part(&vec![b'x'; SENT]).unwrap();
            upload
        })
        .collect();
    for upload in &mut uploads {
        upload.send_part(&vec![b'y'; SIZE - SENT]).unwrap();
        upload.send_part(FORM.1.as_bytes()).unwrap();
        let stored = upload.receive().unwrap().expect_status(201).json();
        assert_eq!(stored["media_size_bytes"], SIZE);
    }
}

#[test]
fn uploads_that_stand_still_hold_no_thread() {
    let server = Server::with_args(["--workers", "1"]);
    let issue = issue(&server);
    let mut still: Vec<_> = (0..more_than_there_are_threads())
        .map(|_| {
            let mut upload = begin_upload(&server, &issue, SIZE);
            upload.send_part(&vec![b'x'; SENT]).unwrap();
            upload
        })
        .collect();

    let report = Request::post(server.path("issues.json")).bearer(server.personal_token());
    let report = report.json(&json!({"title": "With a log", "logs": "a line\n"}));
    server.send(&report).expect_status(201);
    let files = server.path(&format!("issues/g-{}/log_files", issue["id"]));
    let small = Request::post(&files).bearer(server.personal_token());
    let form = Multipart::new().file("log_file[file]", "small.log", "text/plain", b"small");
    server.send(&small.multipart(form)).expect_status(201);
    server
        .send(&Request::get(server.path("issues.json")).bearer(server.personal_token()))
        .expect_status(200);

    let upload = &mut still[0];
    upload.send_part(&vec![b'y'; SIZE - SENT]).unwrap();
    upload.send_part(FORM.1.as_bytes()).unwrap();
    let stored = upload.receive().unwrap().expect_status(201).json();
    assert_eq!(stored["media_size_bytes"], SIZE);
}
