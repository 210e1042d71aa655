//! Uploads in two steps: announced, sent to an address that is itself the permission, confirmed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use support::media::{MP4, PNG};
use support::{Request, Response, Server};

use crate::{Report, download, path_of};

fn checksum(bytes: &[u8]) -> String {
    STANDARD.encode(Md5::digest(bytes))
}

fn announcement(name: &str, bytes: &[u8]) -> Value {
    json!({
        "filename": name,
        "byte_size": bytes.len(),
        "checksum": checksum(bytes),
        "content_type": "application/x-anything",
    })
}

fn presign(report: &Report<'_>, kind: &str, name: &str, bytes: &[u8]) -> Value {
    let request = report
        .post(&format!("{kind}/presigned_upload"))
        .json(&announcement(name, bytes));
    let answer = report.server.send(&request);
    assert!(
        matches!(answer.status, 200 | 201),
        "{} {}",
        answer.status,
        answer.text()
    );
    answer.json()
}

/// Sends the bytes as a client does: to the address, with the headers, and with no token.
fn put(server: &Server, presigned: &Value, bytes: &[u8]) -> Response {
    let path = path_of(&presigned["direct_upload_url"]);
    let headers = &presigned["headers"];
    let request = Request::new("PUT", path)
        .header("Content-MD5", headers["Content-MD5"].as_str().unwrap())
        .body(headers["Content-Type"].as_str().unwrap(), bytes);
    server.send(&request)
}

fn confirm(report: &Report<'_>, kind: &str, presigned: &Value) -> Response {
    let request = report.post(&format!("{kind}/confirm_upload"));
    let body = json!({"blob_signed_id": presigned["blob_signed_id"], "name": "confirmed.bin"});
    report.server.send(&request.json(&body))
}

#[test]
fn each_kind_is_announced_sent_and_confirmed() {
    let mut server = Server::start();
    let large: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
    let files: [(&str, &[u8]); 5] = [
        ("screenshots", PNG),
        ("video_clips", MP4),
        ("log_files", b"line one\n"),
        ("binary_files", &large),
        ("binary_files", b""),
    ];
    let report = Report::new(&server);
    let presigned = files.map(|(kind, bytes)| {
        let presigned = presign(&report, kind, "announced.bin", bytes);
        assert_eq!(presigned["direct_upload"]["url"], presigned["direct_upload_url"]);
        assert_eq!(presigned["direct_upload"]["headers"], presigned["headers"]);
        assert!(presigned["blob_id"].is_u64(), "{presigned}");
        put(&server, &presigned, bytes).expect_status(200).json();
        assert_eq!(
            report.list(kind),
            Vec::<Value>::new(),
            "nothing before it is confirmed"
        );
        presigned
    });
    // What was answered is on the disk, also without a record.
    let kept = report.kept();
    server.kill_hard();
    server.restart();
    let report = kept.on(&server);
    for ((kind, bytes), presigned) in files.iter().zip(&presigned) {
        let file = confirm(&report, kind, presigned).expect_status(201).json();
        assert_eq!(file["filename"], "confirmed.bin");
        assert_eq!(file["size_bytes"], bytes.len());
        assert!(download(&server, &file).body == *bytes, "{kind}");
    }
    assert_eq!(report.list("screenshots")[0]["content_type"], "image/png");
    let answer = confirm(&report, "screenshots", &presigned[0]).expect_status(201);
    assert_eq!(
        answer.json()["id"],
        report.list("screenshots")[0]["id"],
        "the same file again"
    );
    assert_eq!(report.list("screenshots").len(), 1);
}

#[test]
fn bytes_that_were_not_announced_are_refused_and_leave_nothing() {
    let server = Server::start();
    let report = Report::new(&server);
    let presigned = presign(&report, "screenshots", "a.png", PNG);
    let mut other = PNG.to_vec();
    other[20] ^= 1;
    for (bytes, field) in [
        (other.as_slice(), "checksum"),
        (&PNG[1..], "byte_size"),
        (&[PNG, PNG].concat(), "byte_size"),
    ] {
        let refused = put(&server, &presigned, bytes).expect_status(422);
        assert!(refused.error().contains(field), "{}", refused.error());
    }
    let refused = confirm(&report, "screenshots", &presigned).expect_status(422);
    assert!(refused.error().contains("blob_signed_id"), "{}", refused.error());
    let text = b"<html><script>alert(1)</script>";
    let disguised = presign(&report, "screenshots", "a.png", text);
    put(&server, &disguised, text).expect_status(422);
    // The address is as good as before.
    put(&server, &presigned, PNG).expect_status(200);
    confirm(&report, "screenshots", &presigned).expect_status(201);
}

#[test]
fn an_announcement_is_checked_field_by_field() {
    let server = Server::with_args(["--upload-mib", "1"]);
    let report = Report::new(&server);
    let whole = announcement("a.bin", b"abc");
    for (field, wrong) in [
        ("filename", json!("  ")),
        ("filename", json!("\u{19}\t")),
        ("filename", json!(null)),
        ("byte_size", json!(null)),
        ("byte_size", json!(-1)),
        ("byte_size", json!("many")),
        ("byte_size", json!(1024 * 1024 + 1)),
        ("checksum", json!(null)),
        ("checksum", json!("900150983cd24fb0d6963f7d28e17f72")),
        ("content_type", json!("text/plain\r\nX: y")),
    ] {
        let mut body = whole.clone();
        body[field] = wrong.clone();
        let request = report.post("binary_files/presigned_upload.json").json(&body);
        let refused = server.send(&request).expect_status(422);
        assert!(
            refused.error().contains(field),
            "{field} {wrong}: {}",
            refused.error()
        );
    }
    let nothing = report.post("binary_files/presigned_upload").json(&json!({}));
    let refused = server.send(&nothing).expect_status(422).json();
    assert_eq!(refused["errors"].as_array().unwrap().len(), 3, "{refused}");
}

#[test]
fn an_id_is_for_its_issue_and_kind_and_nothing_stands_in_for_it() {
    let server = Server::start();
    let (report, other) = (Report::new(&server), Report::new(&server));
    let presigned = presign(&report, "binary_files", "a.bin", b"abc");
    put(&server, &presigned, b"abc").expect_status(200);
    confirm(&other, "binary_files", &presigned).expect_status(422);
    confirm(&report, "log_files", &presigned).expect_status(422);
    let url = presigned["direct_upload_url"].as_str().unwrap();
    let address = url.rsplit('/').next().unwrap();
    for id in [
        json!(address),
        json!(report.token),
        json!("x.y.z"),
        json!(""),
        json!(null),
    ] {
        let forged = json!({"blob_signed_id": id, "direct_upload_url": "", "headers": {}});
        let refused = confirm(&report, "binary_files", &forged).expect_status(422);
        assert!(refused.error().contains("blob_signed_id"), "{}", refused.error());
    }
    for id in [presigned["blob_signed_id"].as_str().unwrap(), &report.token, "x"] {
        let put = Request::new("PUT", format!("/direct_uploads/{id}")).body("text/plain", "abc");
        assert!(!server.send(&put).expect_status(403).error().is_empty());
    }
    for token in [address, presigned["blob_signed_id"].as_str().unwrap()] {
        let upload = Request::post(report.path("log_files")).bearer(token);
        server
            .send(&upload.form(&[("log_file[contents]", "x")]))
            .expect_status(401);
    }
    let stranger = Request::post(report.path("binary_files/presigned_upload"));
    server
        .send(&stranger.json(&announcement("a", b"a")))
        .expect_status(401);
    let get = server
        .send(&Request::get(format!("/direct_uploads/{address}")))
        .expect_status(405);
    assert_eq!(get.header("Allow"), Some("PUT"));
}

#[test]
fn a_page_of_another_origin_may_send_the_bytes() {
    let server = Server::start();
    let report = Report::new(&server);
    let presigned = presign(&report, "binary_files", "a.bin", b"abc");
    let path = path_of(&presigned["direct_upload_url"]);
    let preflight = Request::new("OPTIONS", path)
        .header("Origin", "https://game.example")
        .header("Access-Control-Request-Method", "PUT")
        .header("Access-Control-Request-Headers", "content-md5,content-type");
    let answer = server.send(&preflight).expect_status(204);
    assert!(
        answer
            .header("Access-Control-Allow-Methods")
            .unwrap()
            .contains("PUT")
    );
    assert!(
        answer
            .header("Access-Control-Allow-Headers")
            .unwrap()
            .contains("Content-MD5")
    );
}
