//! The bmm app's report: a multipart draft by a player it knows, files in two steps, a log as text, contact, publish.

use serde_json::json;
use support::media::{MP4, PNG};
use support::{Multipart, Request, Server};

use crate::answers::{Created, files};
use crate::presigned::Steps;

#[test]
fn a_report_with_every_kind_of_file_is_drafted_and_published() {
    let server = Server::start();
    let create = Request::post(server.path("issues.json"))
        .form_user(&format!(
            "{},discord_id:123456789012345678",
            server.project_token()
        ))
        .header("BetaHub-Project-ID", server.project())
        .multipart(
            Multipart::new()
                .text("issue[title]", "Mod does not load")
                .text("issue[description]", "The mod list stays empty after the update.")
                .text("issue[source]", "bmm-app")
                .text("issue[due_date]", "2026-12-24")
                .text("draft", "true"),
        );
    let issue = Created::read(&server, &server.send(&create));
    let authorization = format!("Bearer {}", issue.token);
    let save = b"PK\x03\x04save".as_slice();
    let media: [(&str, &str, &str, &[u8]); 3] = [
        ("screenshots", "list.png", "image/png", PNG),
        ("video_clips", "list.mp4", "video/mp4", MP4),
        ("binary_files", "mods.zip", "application/zip", save),
    ];
    for (kind, name, content_type, bytes) in media {
        let steps = Steps {
            server: &server,
            authorization: authorization.clone(),
            media: format!("issues/g-{}/{kind}", issue.id),
        };
        steps.upload(name, content_type, bytes);
    }
    let path = |rest: &str| server.path(&format!("issues/g-{}/{rest}", issue.id));
    // Neither Accept nor a JSON body.
    let log = Request::post(path("log_files"))
        .header("Authorization", authorization.clone())
        .multipart(
            Multipart::new()
                .text("log_file[contents]", "all is well\n")
                .text("log_file[name]", "bmm.log"),
        );
    server.send(&log).expect_status(201).json();
    for (rest, body) in [
        ("set_contact_info", json!({"email": "jo@studio.example"})),
        ("publish", json!({"email_my_report": true})),
    ] {
        let request = Request::post(path(rest)).header("Authorization", authorization.clone());
        server.send(&request.json(&body)).expect_status(200).json();
    }
    for (kind, name, _, bytes) in media {
        assert_eq!(
            files(&server, issue.id, kind),
            [(name.to_owned(), bytes.len() as u64)],
            "{kind}"
        );
    }
    assert_eq!(
        files(&server, issue.id, "log_files"),
        [("bmm.log".to_owned(), 12)]
    );
}

#[test]
fn a_refused_announcement_says_why_in_a_list() {
    let server = Server::start();
    let issue = Created::read(&server, &server.report("Mod does not load", ""));
    let request = Request::post(server.path(&format!("issues/g-{}/screenshots/presigned_upload", issue.id)))
        .bearer(&issue.token)
        .json(&json!({"filename": "a.png", "byte_size": 3, "checksum": "none"}));
    let refused = server.send(&request).expect_status(422).json();
    assert_eq!(refused["errors"].as_array().map(Vec::len), Some(1), "{refused}");
}
