//! How many files an issue takes, and how large they may be together.

use support::{Multipart, Request, Server};

use crate::{Report, of_file};

const MIB: usize = 1024 * 1024;

fn log(size: usize) -> Multipart {
    Multipart::new().file("log_file[file]", "x.log", "text/plain", &vec![b'x'; size])
}

#[test]
fn files_of_an_issue_are_bounded_together() {
    let server = Server::with_args(["--issue-files-mib", "1"]);
    let report = Report::new(&server);
    report.upload("log_files", log(MIB - 100)).expect_status(201);
    report.upload("log_files", log(101)).expect_status(413);
    let text = report
        .post("log_files")
        .form(&[("log_file[contents]", &"y".repeat(101))]);
    server.send(&text).expect_status(413);
    report.upload("log_files", log(100)).expect_status(201);
    let refused = report.upload("log_files", log(1)).expect_status(413);
    assert!(!refused.error().is_empty());
    // What is taken away makes room, and another issue has its own.
    Report::new(&server)
        .upload("log_files", log(MIB))
        .expect_status(201);
    let files = report.list("log_files");
    server
        .send(&of_file("DELETE", &server, &files[0]))
        .expect_status(200);
    report.upload("log_files", log(MIB - 100)).expect_status(201);
}

#[test]
fn announcing_has_an_end_for_reporters() {
    let server = Server::with_args(["--issue-files-mib", "3"]);
    let report = Report::new(&server);
    let announcement = serde_json::json!({
        "filename": "a.bin",
        "byte_size": MIB,
        "checksum": "kAFQmDzST7DWlj99KOF/cg==",
    });
    let announce = |request: Request| server.send(&request.json(&announcement));
    for _ in 0..3 {
        announce(report.post("binary_files/presigned_upload")).expect_status(201);
    }
    let refused = announce(report.post("binary_files/presigned_upload")).expect_status(403);
    assert!(!refused.error().is_empty());
    let piece = Multipart::new()
        .file("video_segment[video]", "0.mp4", "video/mp4", support::media::MP4)
        .text("video_segment[position]", "0")
        .text("video_segment[merge_group]", "g")
        .text("video_segment[merge_total]", "2");
    report.upload("video_segments", piece).expect_status(403);
    let member = Request::post(report.path("binary_files/presigned_upload"));
    announce(member.bearer(server.personal_token())).expect_status(201);
}

#[test]
fn members_have_a_bound_too() {
    let server = Server::start();
    let report = Report::new(&server);
    let mut connection = server.connect();
    let mut send = || {
        let request = Request::post(report.path("log_files")).bearer(server.personal_token());
        connection
            .send(&request.form(&[("log_file[contents]", "x")]))
            .unwrap()
    };
    for number in 0..200 {
        let answer = send();
        assert_eq!(answer.status, 201, "file {number}: {}", answer.text());
    }
    assert!(!send().expect_status(403).error().is_empty());
    assert_eq!(report.list("log_files").len(), 200);
}
